#include "server/storage/upload_schema.h"

#include <array>

namespace tally::server {
namespace {

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 2> migrations = {storage::Migration{1, R"(
    -- Unfinished uploads: when what has come of them may be thrown away. A row goes with the upload's end.
    CREATE TABLE uploads (
        sealed_digest TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX uploads_by_end ON uploads (expires_at);
)"},
                                                          storage::Migration{2, R"(
    -- Photos that were here, whose files are gone, and of which devices were asked.
    CREATE TABLE missing_photos (
        sealed_digest TEXT PRIMARY KEY,
        noticed_at INTEGER NOT NULL
    ) WITHOUT ROWID;
)"}};

} // namespace

std::span<const storage::Migration> upload_migrations()
{
    return migrations;
}

} // namespace tally::server
