#pragma once
/// A whole server in one file, made while it runs, and a server made from such a file again. The format is in
/// README.md of this folder.

#include "server/storage/database_pool.h"
#include "server/storage/server_keys.h"
#include "shared/base/time.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace tally::server {

struct BackupReport
{
    std::int64_t tree_size = 0; ///< rows of the log that it holds
    std::int64_t photos = 0;
    std::int64_t photos_missing = 0; ///< their files are gone
    std::int64_t bytes = 0;
};

/// Photos that are here by the database and whose files are gone.
enum class MissingPhotos
{
    Refuse, ///< no backup is made: devices would believe that it holds them, and forget theirs
    Accept, ///< the operator knows that they are lost
};

/// `data` is the server's folder. The file appears once it is whole, readable by its owner alone. Has devices
/// asked for photos that are missing. Fails with `backup_running`, `file_exists`, `file_unwritable`,
/// `file_unreadable`, `photos_missing` or `dump_failed` (pg_dump is missing or refuses).
[[nodiscard]] Result<BackupReport> make_backup(DatabasePool& pool, const ServerKeys& keys,
                                               const std::filesystem::path& data,
                                               const std::filesystem::path& file, const Clock& clock,
                                               MissingPhotos rule = MissingPhotos::Refuse);

/// Unpacks the backup into an empty or missing folder; on PostgreSQL (`database` is its address, else empty)
/// into an empty database too. The list of erasures of the backup, those beside it and beside the other
/// backups of this server in its folder (beside.h), and `erasures` (or none) become one: whoever opens the
/// server then applies it, and lets ErasureService::note_backup know of those backups again. Fails with
/// `data_not_empty`, `bad_backup`, `other_database`, `dump_failed` or as reading and writing files does.
[[nodiscard]] Result<void> unpack_backup(const std::filesystem::path& file, const std::filesystem::path& data,
                                         const std::string& database, const std::filesystem::path& erasures);

} // namespace tally::server
