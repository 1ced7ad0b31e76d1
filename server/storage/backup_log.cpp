#include "server/storage/backup_log.h"

#include "shared/base/encoding.h"

#include <array>

namespace tally::server {
namespace {

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 1> migrations = {storage::Migration{1, R"(
    -- Backups that were made of this database. A backup does not know of itself until it is restored.
    CREATE TABLE backups (
        made_at INTEGER PRIMARY KEY,
        tree_size INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- One row once the database was made from a backup: a random word that is new each time.
    CREATE TABLE database_epoch (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        epoch TEXT NOT NULL
    );
)"}};

} // namespace

void note_backup_made(storage::Database& database, const BackupRecord& backup)
{
    database.run("INSERT INTO backups (made_at, tree_size) VALUES (:made_at, :tree_size) "
                 "ON CONFLICT (made_at) DO UPDATE SET tree_size = excluded.tree_size",
                 backup.made_at.ms, backup.tree_size);
}

std::optional<BackupRecord> newest_backup(storage::Database& database)
{
    const auto row = database.query_one<std::int64_t, std::int64_t>(
        "SELECT tree_size, made_at FROM backups ORDER BY tree_size DESC, made_at DESC LIMIT 1");
    return row ? std::optional(BackupRecord{std::get<0>(*row), {std::get<1>(*row)}}) : std::nullopt;
}

void begin_database_epoch(storage::Database& database, Random& random)
{
    constexpr std::size_t epoch_bytes = 8;
    database.run("INSERT INTO database_epoch (one, epoch) VALUES (1, :epoch) ON CONFLICT (one) DO UPDATE SET "
                 "epoch = excluded.epoch",
                 to_hex(random.bytes(epoch_bytes)));
}

std::string database_epoch(storage::Database& database)
{
    return database.query_one<std::string>("SELECT epoch FROM database_epoch").value_or("");
}

std::span<const storage::Migration> backup_migrations()
{
    return migrations;
}

} // namespace tally::server
