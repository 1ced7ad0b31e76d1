#pragma once
/// The whole ledger as one file for auditors (shared/protocol/ledger_file.h): every leaf, every signed
/// checkpoint, nothing personal. tallybook-verify reads it without this server.

#include "server/storage/server_keys.h"
#include "shared/base/result.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <filesystem>

namespace tally::server {

struct ExportReport
{
    std::int64_t rows = 0;
    std::int64_t checkpoints = 0;
    std::uint64_t bytes = 0;
};

/// Writes what one snapshot of the database holds, in constant memory. The file appears once it is whole
/// and on the disk. Fails with `file_unwritable`, or with `damaged` when a row cannot be written as it is.
[[nodiscard]] Result<ExportReport> export_ledger(storage::Database& database, const ServerKeys& keys,
                                                 const std::filesystem::path& path);

} // namespace tally::server
