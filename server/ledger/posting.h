#pragma once
/// The rules of the ledger as a pure function: what a leaf changes, given where the entries concerned
/// stand. Live posting and rebuilding from the log run the same code. README.md of this folder says the
/// rules in words.

#include "server/ledger/leaf.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// Where one entry stands: the row of ledger_entries.
struct EntryStanding
{
    EntryFacts facts;
    std::int64_t position = 0; ///< of the leaf that received it
    Timestamp received_at;
    Uuid root; ///< the first revision; of a part, that of the split entry
    EntryState state = EntryState::Waiting;
    std::optional<EntryState> before; ///< what a reversal of the last decision restores
    /// False for an amendment or withdrawal of an accepted entry that has not been accepted itself, and
    /// for a withdrawal that took effect: such an entry stands in no balance.
    bool counts = true;
    std::optional<std::int64_t> decided; ///< position of the last decision
    std::optional<Uuid> ended;           ///< the accepted entry whose place this one took
    bool flagged = false;                ///< a flag names it, open or not
    bool held_by_flag = false;           ///< an open flag names it
    bool released = false;               ///< an administrator let the held value count
    bool erased = false;                 ///< its words were destroyed
    std::int64_t persons_counted = 0;    ///< of facts.persons: those that no earlier entry counts
    std::int64_t parts_left = 0;         ///< of a split entry: parts whose leaves are still to come
    Quantity quantity_left;              ///< of a split entry: what those parts have to add up to

    bool operator==(const EntryStanding&) const = default;
};

/// How an entry adds to the balances; nothing when it is in none.
struct Stance
{
    Phase phase = Phase::Claimed;
    bool held = false; ///< by the framework or by a flag
    Quantity quantity; ///< zero for Counting::Latest, whose newest figure is looked up instead
    Money value;

    bool operator==(const Stance&) const = default;
};

/// Fails with `overflow`.
[[nodiscard]] Result<std::optional<Stance>> stance_of(const EntryStanding& standing);

[[nodiscard]] bool is_open(EntryState state); ///< waiting or queried
[[nodiscard]] bool is_live(EntryState state); ///< open, accepted or split: a flag on it matters

/// What apply_leaf asks of the ledger so far. Pointers are good until the leaf has been applied.
class LedgerView
{
public:
    virtual ~LedgerView() = default;
    /// nullptr when the ledger has none of that id.
    [[nodiscard]] virtual const EntryStanding* entry(const Uuid& id) = 0;
    [[nodiscard]] virtual std::optional<FlagStanding> flag(std::int64_t position) = 0;
    /// Every flag that names the entry, open or not.
    [[nodiscard]] virtual std::vector<FlagStanding> flags_of(const Uuid& entry) = 0;
    /// Every entry that names the person, whatever its state, measure or year.
    [[nodiscard]] virtual std::vector<Uuid> entries_of_person(std::string_view person) = 0;
    [[nodiscard]] virtual std::vector<Uuid> parts_of(const Uuid& entry) = 0;
    [[nodiscard]] virtual std::optional<Quarter> closed_through() = 0;
};

struct LedgerChange
{
    std::vector<EntryStanding> standings; ///< new or changed, the leaf's own entry first
    std::vector<Posting> postings;
    std::optional<FlagStanding> flag; ///< new or changed
    std::optional<Quarter> closed;    ///< the newest closed quarter
};

/// Fails, changing nothing, with `amends_unknown`, `amends_replaced`, `amends_other_kind`,
/// `amends_foreign`, `amends_split`, `amends_erased`, `already_known`, `not_found`, `wrong_state`,
/// `own_entry`, `flag_open`, `split_sum`, `quarter_closed` or `overflow`.
[[nodiscard]] Result<LedgerChange> apply_leaf(const Leaf& leaf, std::int64_t position, LedgerView& view);

} // namespace tally::server
