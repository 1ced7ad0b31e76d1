#pragma once
/// Private to this folder: sums that fail loudly when they leave their range.

#include "server/review/balance_table.h"

#include <stdexcept>

namespace tally::server {

/// Throws std::overflow_error.
template <typename T>
void add_to(T& sum, T more)
{
    const auto added = add(sum, more);
    if (!added)
        throw std::overflow_error("a total of the ledger is out of range");
    sum = *added;
}

template <typename T>
void add_phase(PhaseSums<T>& sums, Phase phase, T more)
{
    add_to(phase == Phase::Confirmed ? sums.confirmed : sums.claimed, more);
}

} // namespace tally::server
