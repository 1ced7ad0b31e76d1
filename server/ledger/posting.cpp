#include "server/ledger/posting.h"

#include "server/ledger/draft.h"

#include <algorithm>

namespace tally::server {
namespace {

Error wrong_state(EntryState state)
{
    return {"wrong_state", "This entry is " + std::string(name_of(state)) +
                               " now. Somebody may have decided first: look again."};
}

/// An entry whose words were destroyed can wait for no decision.
EntryState waiting_again(const EntryStanding& entry)
{
    return entry.erased ? EntryState::Erased : EntryState::Waiting;
}

/// Takes the entry out of its balance because a later revision stands in its place.
void supersede(EntryStanding& old, EntryState state)
{
    old.before = old.state;
    old.state = state;
}

/// Nobody decides on an entry that they captured, in any of its revisions.
bool captured_by(const EntryStanding& entry, std::string_view person, Draft& draft)
{
    const EntryStanding* revision = &entry;
    while (revision != nullptr) {
        const auto& facts = revision->facts;
        if (!facts.author.empty() && facts.author == person)
            return true;
        const auto& earlier = facts.part_of ? facts.part_of : facts.amends;
        revision = earlier ? draft.find(*earlier) : nullptr;
    }
    return false;
}

Error own_entry()
{
    return {"own_entry", "You captured this entry yourself. Somebody else has to decide on it."};
}

// Receiving

Result<void> receive_part(EntryStanding fresh, Draft& draft)
{
    const auto facts = fresh.facts;
    const auto* whole = draft.find(*facts.part_of);
    if (whole == nullptr || whole->state != EntryState::Split || whole->parts_left == 0)
        return Error{"wrong_state", "This entry is not being divided."};
    if (whole->facts.kind != facts.kind || facts.amends || facts.action != EntryAction::Capture)
        return Error{"wrong_state", "A part is of the same kind as the entry that it is a part of."};
    const std::int64_t left = whole->quantity_left.parts - facts.quantity.value_or(Quantity{}).parts;
    const bool last = whole->parts_left == 1;
    if (facts.quantity.value_or(Quantity{}).parts <= 0 || left < 0 || (last && left != 0))
        return Error{"split_sum", "The parts do not add up to the whole entry. Correct the amounts."};
    fresh.root = whole->root;
    fresh.erased = whole->erased;
    fresh.state = waiting_again(fresh);
    draft.add(std::move(fresh));
    auto& divided = draft.edit(*facts.part_of);
    --divided.parts_left;
    divided.quantity_left.parts = left;
    return {};
}

Result<void> check_revision(const EntryFacts& facts, const EntryStanding* target)
{
    if (target == nullptr)
        return Error{"amends_unknown",
                     "The entry that this one changes has not arrived. Send that one first.", "amends"};
    if (target->facts.device != facts.device &&
        (facts.author.empty() || target->facts.author != facts.author))
        return Error{"amends_foreign", "Only who captured an entry, or the same device, may change it.",
                     "amends"};
    if (target->facts.kind != facts.kind)
        return Error{"amends_other_kind", "An entry can only be replaced by one of its own kind.", "amends"};
    if (target->erased)
        return Error{"amends_erased", "The entry that this one changes was erased. Capture it anew.",
                     "amends"};
    if (target->state == EntryState::Split || target->facts.part_of)
        return Error{
            "amends_split",
            "The council divided this entry between contracts. Ask the contract manager to undo that "
            "first.",
            "amends"};
    if (target->facts.action == EntryAction::Withdraw || target->state == EntryState::Replaced ||
        target->state == EntryState::Withdrawn)
        return Error{
            "amends_replaced",
            "The entry that this one changes was replaced or withdrawn already. Change the newest revision.",
            "amends"};
    return {};
}

Result<void> receive(const ReceivedLeaf& leaf, Draft& draft)
{
    const auto& facts = leaf.facts;
    if (draft.find(facts.id) != nullptr)
        return Error{"already_known", "The ledger has an entry with this id."};
    EntryStanding fresh;
    fresh.facts = facts;
    fresh.position = draft.position();
    fresh.received_at = leaf.at;
    fresh.root = facts.id;
    if (facts.part_of)
        return receive_part(std::move(fresh), draft);
    if (facts.action == EntryAction::Capture) {
        draft.add(std::move(fresh));
        return {};
    }

    const EntryStanding* target = facts.amends ? draft.find(*facts.amends) : nullptr;
    if (const auto checked = check_revision(facts, target); !checked)
        return checked;
    fresh.root = target->root;
    if (target->state == EntryState::Accepted) {
        fresh.counts = false; // the accepted one stands until somebody decides
        draft.add(std::move(fresh));
        return {};
    }
    const bool withdraws = facts.action == EntryAction::Withdraw;
    if (withdraws) {
        fresh.state = EntryState::Withdrawn;
        fresh.counts = false;
    } else {
        // An amendment of an amendment that waits beside an accepted entry waits in its place.
        fresh.counts = target->counts;
    }
    draft.add(std::move(fresh));
    supersede(draft.edit(*facts.amends), withdraws ? EntryState::Withdrawn : EntryState::Replaced);
    return {};
}

// Decisions on one entry

/// The accepted entry that a waiting amendment or withdrawal would end, if that is what it is.
const EntryStanding* accepted_before(const EntryStanding& entry, Draft& draft)
{
    // An amendment may name a waiting amendment of the accepted entry: follow the names back.
    const EntryStanding* target = &entry;
    while (target->facts.amends) {
        target = draft.find(*target->facts.amends);
        if (target == nullptr || target->state == EntryState::Accepted)
            return target;
        if (target->before == EntryState::Accepted)
            return nullptr;
    }
    return nullptr;
}

Result<void> accept(const Uuid& id, Draft& draft)
{
    auto& entry = draft.edit(id);
    if (!is_open(entry.state))
        return wrong_state(entry.state);
    if (entry.held_by_flag)
        return Error{"flag_open", "Something about this entry has to be settled first: see what is flagged."};
    const bool withdraws = entry.facts.action == EntryAction::Withdraw;
    if (!entry.counts) {
        const EntryStanding* target = accepted_before(entry, draft);
        if (target == nullptr)
            return Error{
                "wrong_state",
                "The accepted entry that this one would replace has changed since. Look at it first."};
        entry.ended = target->facts.id;
        entry.counts = !withdraws;
        supersede(draft.edit(target->facts.id), withdraws ? EntryState::Withdrawn : EntryState::Replaced);
    }
    entry.before = EntryState::Waiting;
    entry.decided = draft.position();
    entry.state = withdraws ? EntryState::Withdrawn : EntryState::Accepted;
    return {};
}

Result<void> put(const Uuid& id, EntryState state, Draft& draft)
{
    auto& entry = draft.edit(id);
    if (!is_open(entry.state))
        return wrong_state(entry.state);
    entry.before = EntryState::Waiting;
    entry.decided = draft.position();
    entry.state = state;
    return {};
}

/// Ends the parts of a split entry that is put together again.
Result<void> end_parts(const Uuid& id, Draft& draft)
{
    for (const auto& part : draft.view().parts_of(id)) {
        const auto state = draft.find(part)->state;
        if (state == EntryState::Accepted || state == EntryState::Duplicate)
            return Error{"wrong_state",
                         "A part of this entry was accepted or is a duplicate. Take that back first."};
        if (state == EntryState::Replaced)
            continue;
        auto& ended = draft.edit(part);
        ended.state = EntryState::Replaced;
        ended.before.reset();
    }
    return {};
}

Result<void> reverse(const Uuid& id, Draft& draft)
{
    const Error nothing{"wrong_state", "There is no decision on this entry that could be taken back."};
    auto& entry = draft.edit(id);
    if (!entry.before || !entry.decided)
        return nothing;
    const bool decided_here = entry.state == EntryState::Accepted || entry.state == EntryState::Declined ||
                              entry.state == EntryState::Queried || entry.state == EntryState::Split;
    // An amendment or withdrawal that took the place of an accepted entry brings that one back. An amendment
    // that was itself withdrawn since does not: the withdrawal has to be taken back first.
    const bool withdraws = entry.facts.action == EntryAction::Withdraw;
    const bool took_place =
        entry.ended && entry.state == (withdraws ? EntryState::Withdrawn : EntryState::Accepted);
    if (!decided_here && !took_place)
        return nothing;
    if (entry.state == EntryState::Split)
        if (const auto ended = end_parts(id, draft); !ended)
            return ended;
    if (took_place) {
        auto& old = draft.edit(*entry.ended);
        if (old.before != EntryState::Accepted ||
            (old.state != EntryState::Replaced && old.state != EntryState::Withdrawn))
            return nothing;
        old.state = EntryState::Accepted;
        old.before = EntryState::Waiting;
        entry.counts = false;
        entry.ended.reset();
    }
    entry.state = waiting_again(entry);
    entry.before.reset();
    entry.decided = draft.position();
    entry.parts_left = 0;
    entry.quantity_left = {};
    return {};
}

Result<void> set_released(const Uuid& id, bool released, Draft& draft)
{
    auto& entry = draft.edit(id);
    if (!is_open(entry.state) && entry.state != EntryState::Accepted)
        return wrong_state(entry.state);
    if (!entry.facts.held || !entry.facts.value || entry.released == released)
        return Error{"wrong_state", released ? "No value of this entry is held by the framework."
                                             : "The value of this entry was not let through."};
    entry.released = released;
    return {};
}

Result<void> decide(const DecisionLeaf& leaf, Draft& draft)
{
    const EntryStanding* entry = draft.find(leaf.entry);
    if (entry == nullptr)
        return Error{"not_found", "There is no such entry."};
    if (captured_by(*entry, leaf.by, draft))
        return own_entry();
    switch (leaf.kind) {
    case DecisionKind::Accept:
        return accept(leaf.entry, draft);
    case DecisionKind::Query:
        return put(leaf.entry, EntryState::Queried, draft);
    case DecisionKind::Decline:
        return put(leaf.entry, EntryState::Declined, draft);
    case DecisionKind::Reverse:
        return reverse(leaf.entry, draft);
    case DecisionKind::Release:
        return set_released(leaf.entry, true, draft);
    case DecisionKind::Hold:
        return set_released(leaf.entry, false, draft);
    }
    return wrong_state(entry->state);
}

Result<void> split(const SplitLeaf& leaf, Draft& draft)
{
    const EntryStanding* entry = draft.find(leaf.entry);
    if (entry == nullptr)
        return Error{"not_found", "There is no such entry."};
    if (captured_by(*entry, leaf.by, draft))
        return own_entry();
    if (!is_open(entry->state) || !entry->counts)
        return wrong_state(entry->state);
    if (entry->held_by_flag)
        return Error{"flag_open", "Something about this entry has to be settled first: see what is flagged."};
    if (!entry->facts.quantity || !entry->facts.persons.empty() || entry->facts.part_of)
        return Error{"wrong_state", "This entry has no amount that could be divided."};
    constexpr std::int64_t parts_max = 20;
    if (leaf.parts < 2 || leaf.parts > parts_max)
        return Error{"split_sum", "Divide the entry into 2 to 20 parts."};
    auto& divided = draft.edit(leaf.entry);
    divided.before = EntryState::Waiting;
    divided.decided = draft.position();
    divided.state = EntryState::Split;
    divided.parts_left = leaf.parts;
    divided.quantity_left = *divided.facts.quantity;
    return {};
}

Result<void> erase(const ErasedLeaf& leaf, Draft& draft)
{
    const EntryStanding* found = draft.find(leaf.entry);
    if (found == nullptr)
        return Error{"not_found", "There is no such entry."};
    if (found->erased)
        return Error{"wrong_state", "This entry was erased already."};
    const auto destroy = [&](const Uuid& id) {
        auto& entry = draft.edit(id);
        entry.erased = true;
        if (is_open(entry.state)) {
            entry.state = EntryState::Erased;
            entry.before.reset();
        }
    };
    destroy(leaf.entry);
    // Parts have no words of their own.
    if (found->state == EntryState::Split)
        for (const auto& part : draft.view().parts_of(leaf.entry))
            destroy(part);
    return {};
}

// Flags

Result<void> raise_flag(const FlaggedLeaf& leaf, Draft& draft)
{
    if (leaf.rule.empty() || leaf.entries.empty() ||
        !std::is_sorted(leaf.entries.begin(), leaf.entries.end()) ||
        std::adjacent_find(leaf.entries.begin(), leaf.entries.end()) != leaf.entries.end())
        return Error{"wrong_state", "A flag names its rule and its entries, each once and in order."};
    for (const auto& id : leaf.entries)
        if (draft.find(id) == nullptr)
            return Error{"not_found", "The flag names an entry that is not in the ledger."};
    // Ids grow with time, and the newest entry has the fewest flags.
    for (const auto& other : draft.view().flags_of(leaf.entries.back()))
        if (other.rule == leaf.rule && other.entries == leaf.entries)
            return Error{"already_known", "This flag stands already."};
    draft.set_flag(
        FlagStanding{draft.position(), leaf.rule, leaf.entries, leaf.minutes, leaf.sure, {}, {}, {}});
    return {};
}

bool captured_any(const FlagStanding& flag, std::string_view person, Draft& draft)
{
    return std::any_of(flag.entries.begin(), flag.entries.end(),
                       [&](const Uuid& id) { return captured_by(*draft.find(id), person, draft); });
}

Result<void> resolve(const ResolvedLeaf& leaf, Draft& draft)
{
    auto flag = draft.view().flag(leaf.flag);
    if (!flag)
        return Error{"not_found", "There is no such flag."};
    if (captured_any(*flag, leaf.by, draft))
        return own_entry();
    const bool open =
        !flag->resolution && std::all_of(flag->entries.begin(), flag->entries.end(),
                                         [&](const Uuid& id) { return is_live(draft.find(id)->state); });
    if (!open)
        return Error{"wrong_state", "This was settled already, or one of the entries counts no longer."};
    const bool keeps_one = leaf.as == Resolution::Same || leaf.as == Resolution::PartOf;
    const bool names_one =
        leaf.kept && std::find(flag->entries.begin(), flag->entries.end(), *leaf.kept) != flag->entries.end();
    if (keeps_one != leaf.kept.has_value() || keeps_one != names_one ||
        (keeps_one && flag->entries.size() < 2))
        return Error{"wrong_state", "Name the one entry that is to count."};
    if (keeps_one)
        for (const auto& id : flag->entries) {
            if (id == *leaf.kept)
                continue;
            auto& duplicate = draft.edit(id);
            if (duplicate.state == EntryState::Split)
                return Error{"wrong_state",
                             "One of the entries is divided between contracts. Undo that first, "
                             "or keep that one."};
            duplicate.before = duplicate.state;
            duplicate.state = EntryState::Duplicate;
        }
    flag->resolution = leaf.as;
    flag->kept = leaf.kept;
    flag->resolved = draft.position();
    draft.set_flag(std::move(*flag));
    return {};
}

Result<void> reopen(const ReopenedLeaf& leaf, Draft& draft)
{
    auto flag = draft.view().flag(leaf.flag);
    if (!flag)
        return Error{"not_found", "There is no such flag."};
    if (captured_any(*flag, leaf.by, draft))
        return own_entry();
    if (!flag->resolution)
        return Error{"wrong_state", "This has not been settled yet."};
    if (flag->kept)
        for (const auto& id : flag->entries) {
            // Amended since: the newer revision stands for itself.
            if (id == *flag->kept || draft.find(id)->state != EntryState::Duplicate)
                continue;
            auto& entry = draft.edit(id);
            const auto state = entry.before.value_or(EntryState::Waiting);
            entry.state = is_open(state) && entry.erased ? EntryState::Erased : state;
            entry.before = entry.state == EntryState::Queried || entry.state == EntryState::Accepted
                               ? std::optional(EntryState::Waiting)
                               : std::nullopt;
        }
    flag->resolution.reset();
    flag->kept.reset();
    flag->resolved = draft.position();
    draft.set_flag(std::move(*flag));
    return {};
}

// Quarters

Result<void> close(const ClosedLeaf& leaf, Draft& draft)
{
    if (const auto closed = draft.view().closed_through(); closed && leaf.quarter <= *closed)
        return Error{"quarter_closed", format_quarter_long(leaf.quarter) + " is closed already."};
    draft.close(leaf.quarter);
    return {};
}

struct Apply
{
    Draft& draft;

    Result<void> operator()(const ReceivedLeaf& leaf) { return receive(leaf, draft); }
    Result<void> operator()(const DecisionLeaf& leaf) { return decide(leaf, draft); }
    Result<void> operator()(const SplitLeaf& leaf) { return split(leaf, draft); }
    Result<void> operator()(const FlaggedLeaf& leaf) { return raise_flag(leaf, draft); }
    Result<void> operator()(const ResolvedLeaf& leaf) { return resolve(leaf, draft); }
    Result<void> operator()(const ReopenedLeaf& leaf) { return reopen(leaf, draft); }
    Result<void> operator()(const ErasedLeaf& leaf) { return erase(leaf, draft); }
    Result<void> operator()(const ClosedLeaf& leaf) { return close(leaf, draft); }
};

} // namespace

Result<LedgerChange> apply_leaf(const Leaf& leaf, std::int64_t position, LedgerView& view)
{
    Draft draft(view, position);
    if (const auto applied = std::visit(Apply{draft}, leaf); !applied)
        return applied.error();
    return draft.finish();
}

} // namespace tally::server
