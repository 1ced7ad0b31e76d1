#pragma once
/// The rules of the ledger as a pure function: what a leaf changes, given where the entries concerned
/// stand. Live posting and rebuilding from the log run the same code.
///
/// - On arrival an entry is claimed; a decision by a person other than its author makes it confirmed or
///   void. A query changes no balance.
/// - Amending or withdrawing a waiting entry replaces it at once. Amending or withdrawing an accepted
///   entry waits for a decision in no balance, and the old entry stands until then.
/// - A reversal takes the last decision back and restores the state before. An accepted entry is
///   declined only after a reversal.

#include "server/ledger/leaf.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tally::server {

/// Where one entry stands: the row of ledger_entries.
struct EntryStanding
{
    EntryFacts facts;
    std::int64_t position = 0; ///< of the leaf that received it
    Timestamp received_at;
    Uuid root; ///< the first revision
    EntryState state = EntryState::Waiting;
    std::optional<EntryState> before; ///< what a reversal of the last decision restores
    /// False for an amendment or withdrawal of an accepted entry that has not been accepted itself, and
    /// for a withdrawal that took effect: such an entry stands in no balance.
    bool counts = true;
    std::optional<std::int64_t> decided; ///< position of the last decision

    bool operator==(const EntryStanding&) const = default;
};

/// Finds the standing of an entry; nullptr when the ledger has none of that id.
using FindStanding = std::function<const EntryStanding*(const Uuid&)>;

struct LedgerChange
{
    std::vector<EntryStanding> standings; ///< new or changed, the leaf's own entry first
    std::vector<Posting> postings;
};

/// Fails, changing nothing, with `amends_unknown`, `amends_replaced`, `amends_other_kind`,
/// `amends_foreign`, `already_known`, `not_found`, `wrong_state` or `own_entry`.
[[nodiscard]] Result<LedgerChange> apply_leaf(const Leaf& leaf, std::int64_t position,
                                              const FindStanding& find);

} // namespace tally::server
