#pragma once
/// What was posted to another quarter than that of the work, because that one was closed. Pure.

#include "server/ledger/ledger.h"
#include "server/review/balance_table.h"
#include "shared/domain/quarter.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tally::server {

/// Of one contract: all work of one quarter that stands in another.
struct Correction
{
    std::string contract;
    std::string contract_title; ///< corrections_of() leaves it empty
    Quarter work;
    Quarter account;
    PhaseSums<Money> social;
    PhaseSums<Money> local_economic;
    PhaseSums<Money> held;
    std::int64_t entries_confirmed = 0; ///< net
    std::int64_t entries_claimed = 0;   ///< net
};

/// In order of contract, quarter of the work and quarter of the account; those that `wanted` takes. Throws
/// std::overflow_error when a sum leaves its range.
[[nodiscard]] std::vector<Correction>
corrections_of(const std::vector<Balance>& balances,
               const std::function<bool(Quarter work, Quarter account)>& wanted);

} // namespace tally::server
