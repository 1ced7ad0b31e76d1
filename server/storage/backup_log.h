#pragma once
/// What the database knows of its own backups: which part of the ledger the newest one holds, so that devices
/// know what they alone still keep, and whether it was itself made from one.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tally::server {

struct BackupRecord
{
    std::int64_t tree_size = 0; ///< rows of the log that it holds
    Timestamp made_at;
};

/// A backup is whole and where it belongs.
void note_backup_made(storage::Database& database, const BackupRecord& backup);
/// That which holds most of the log.
[[nodiscard]] std::optional<BackupRecord> newest_backup(storage::Database& database);

/// This database was made from a backup: places in its lists of changes that were given out before mean
/// nothing any more.
void begin_database_epoch(storage::Database& database, Random& random);
/// Changes with each restore; empty before the first. Letters and digits.
[[nodiscard]] std::string database_epoch(storage::Database& database);

[[nodiscard]] std::span<const storage::Migration> backup_migrations();

} // namespace tally::server
