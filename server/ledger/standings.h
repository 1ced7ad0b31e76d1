#pragma once
/// Reading where entries stand: for queues, lists and the page of an entry.

#include "server/ledger/posting.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tally::server {

struct StandingFilter
{
    bool all_contracts = false;
    std::vector<std::string> contracts; ///< unless all; empty then means none
    std::string kind;                   ///< word, or empty for all
    std::vector<EntryState> states;     ///< empty: all
    std::string quarter;                ///< or empty
    std::string measure;                ///< or empty
    std::int64_t after = -1;            ///< position of the last row before this page
    std::size_t limit = 50;
};

/// In order of position.
[[nodiscard]] std::vector<EntryStanding> read_standings(storage::Database& database,
                                                        const StandingFilter& filter);
/// By state; ignores `states`, `after` and `limit`.
[[nodiscard]] std::vector<std::pair<EntryState, std::int64_t>> count_standings(storage::Database& database,
                                                                               const StandingFilter& filter);
/// The entry that the row of the log at `position` received.
[[nodiscard]] std::optional<Uuid> read_id_at(storage::Database& database, std::int64_t position);
[[nodiscard]] std::optional<EntryStanding> read_standing(storage::Database& database, const Uuid& id);
/// Every revision of the entry whose first revision is `root`, oldest first.
[[nodiscard]] std::vector<EntryStanding> read_revisions(storage::Database& database, const Uuid& root);

} // namespace tally::server
