#pragma once
/// Reading the ledger: balances, the log, its checkpoints. Writing goes through LedgerWriter alone.

#include "server/ledger/types.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::server {

/// A sum of postings: one contract, measure, class, quarter, place, level of verification and phase.
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
    std::string quarter;      ///< of the account: "2026-Q1"
    std::string work_quarter; ///< of the work: earlier when that quarter was closed by then
    std::string place;
    std::string verification;
    std::int64_t entries = 0;
    Quantity quantity;
    Money value; ///< of held balances: what it would be; not part of any total
};

/// Balances that are not zero. Empty contract: all.
[[nodiscard]] std::vector<Balance> read_balances(storage::Database& database, std::string_view contract);

/// What all contracts together come to in one quarter of the account.
struct QuarterTotal
{
    std::string quarter;
    Phase phase = Phase::Claimed;
    bool held = false;
    std::int64_t entries = 0;
    Money value;
};

/// In order of quarter. Throws DatabaseError when a sum is too large.
[[nodiscard]] std::vector<QuarterTotal> read_quarter_totals(storage::Database& database);

/// The figure that stands for a measure of which only the newest counts.
struct LatestFigure
{
    Phase phase = Phase::Claimed;
    std::string framework;
    std::string framework_version;
    std::string measure;
    std::string quarter; ///< of the work
    Uuid entry;
    std::int64_t position = 0; ///< of the entry in the log: what arrived later
    Date until;                ///< last day of the period that it is about
    Quantity quantity;
};

/// At most one for each measure and phase: by the last day, then by arrival.
[[nodiscard]] std::vector<LatestFigure> read_latest_figures(storage::Database& database,
                                                            std::string_view contract);
/// At most one for each measure, phase and quarter of the work, by the same order.
[[nodiscard]] std::vector<LatestFigure> read_latest_figures_by_quarter(storage::Database& database,
                                                                       std::string_view contract);

/// The newest closed quarter: it and all before it take no postings.
[[nodiscard]] std::optional<Quarter> read_closed_through(storage::Database& database);

struct Closing
{
    Quarter quarter;
    std::int64_t position = 0; ///< of its leaf
};

/// Newest first.
[[nodiscard]] std::vector<Closing> read_closings(storage::Database& database);

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
    std::string root;    ///< 32 bytes
    std::string note;    ///< the C2SP signed note, as text
    Timestamp signed_at; ///< moment of the newest row that it covers
};

/// The newest, with the note as the server's present key signs it; of the empty tree there is none.
[[nodiscard]] std::optional<Checkpoint> latest_checkpoint(storage::Database& database);

} // namespace tally::server
