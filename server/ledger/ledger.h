#pragma once
/// Reading the ledger: balances, the log, its checkpoints. Writing goes through LedgerWriter alone.

#include "server/ledger/types.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::server {

/// A sum of postings: one contract, measure, class, quarter, place and phase.
struct Balance
{
    Phase phase = Phase::Claimed;
    std::string contract;
    std::string framework;
    std::string framework_version;
    std::string kind;
    std::string measure;
    std::string value_class;
    bool held = false;
    std::string quarter; ///< "2026-Q1"
    std::string place;
    std::int64_t entries = 0;
    Quantity quantity;
    Money value; ///< of held balances: what it would be; not part of any total
};

/// Balances that are not zero. Empty contract: all.
[[nodiscard]] std::vector<Balance> read_balances(storage::Database& database, std::string_view contract);

struct LogRow
{
    std::int64_t position = 0;
    std::string leaf;      ///< JSON, the bytes that are hashed
    std::string leaf_hash; ///< hex
};

/// At most `limit` rows with a position below `before` (all when none), newest first.
[[nodiscard]] std::vector<LogRow> read_log(storage::Database& database, std::optional<std::int64_t> before,
                                           std::size_t limit);
[[nodiscard]] std::optional<LogRow> read_log_row(storage::Database& database, std::int64_t position);

struct Checkpoint
{
    std::int64_t tree_size = 0;
    std::string root; ///< 32 bytes
    std::string note; ///< the C2SP signed note, as text
    Timestamp signed_at; ///< moment of the newest row that it covers
};

/// The newest; of the empty tree there is none.
[[nodiscard]] std::optional<Checkpoint> latest_checkpoint(storage::Database& database);

} // namespace tally::server
