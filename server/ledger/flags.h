#pragma once
/// Reading what merge flagged: for the comparison page, the page of an entry and the closing checklist.

#include "server/ledger/types.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tally::server {

[[nodiscard]] std::optional<FlagStanding> read_flag(storage::Database& database, std::int64_t position);
/// Every flag that names the entry, open or not, oldest first.
[[nodiscard]] std::vector<FlagStanding> read_flags_of(storage::Database& database, const Uuid& entry);
/// Open flags with a position above `after`, oldest first, at most `limit`.
[[nodiscard]] std::vector<FlagStanding> read_open_flags(storage::Database& database, std::int64_t after,
                                                        std::size_t limit);
/// Flags that somebody resolved, newest resolution first, at most `limit`.
[[nodiscard]] std::vector<FlagStanding> read_resolved_flags(storage::Database& database, std::size_t limit);

} // namespace tally::server
