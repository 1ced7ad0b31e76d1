#pragma once
/// What a contract and its framework make of an entry: the facts that the ledger freezes when it arrives,
/// or when it is divided. Pure.

#include "server/ledger/types.h"
#include "server/reference/reference_snapshot.h"
#include "shared/domain/evidence.h"

namespace tally::server {

/// Fills framework, quantity, proxy, value, class, hold and counting of `facts`. Fails with the reason to
/// keep the entry apart: `contract_unknown`, `framework_unknown`, or the first problem of value_evidence.
[[nodiscard]] Result<void> assess(const Entry& entry, const ReferenceSnapshot& reference, EntryFacts& facts);

/// The same for a part of `whole`: contract, measure and quantity of `facts` say which. The quantity is in
/// what the whole counted already, so years of an FTE are not made into a share of a year again. Fails as
/// assess() does, and with `unit_mismatch` when the part's measure counts something else.
[[nodiscard]] Result<void> assess_part(const Entry& whole, const EntryFacts& whole_facts,
                                       const ReferenceSnapshot& reference, EntryFacts& facts);

} // namespace tally::server
