#include "server/ledger/posting.h"

namespace tally::server {
namespace {

bool is_open(EntryState state)
{
    return state == EntryState::Waiting || state == EntryState::Queried;
}

enum class Sign
{
    Plus,
    Minus
};

Posting line(const EntryFacts& facts, Phase phase, Sign sign)
{
    const std::int64_t factor = sign == Sign::Plus ? 1 : -1;
    Posting posting;
    posting.phase = phase;
    posting.contract = facts.contract;
    posting.framework = facts.framework;
    posting.framework_version = facts.framework_version;
    posting.kind = name_of(facts.kind);
    posting.measure = facts.measure;
    posting.value_class = facts.value_class;
    posting.held = facts.held;
    posting.quarter = facts.quarter;
    posting.place = facts.place;
    posting.entries = factor;
    posting.quantity.parts = factor * facts.quantity.value_or(Quantity{}).parts;
    posting.value.parts = factor * facts.value.value_or(Money{}).parts;
    return posting;
}

class Change
{
public:
    void add(const EntryFacts& facts, Phase phase)
    {
        m_change.postings.push_back(line(facts, phase, Sign::Plus));
    }
    void remove(const EntryFacts& facts, Phase phase)
    {
        m_change.postings.push_back(line(facts, phase, Sign::Minus));
    }
    void move(const EntryFacts& facts, Phase from, Phase to)
    {
        remove(facts, from);
        add(facts, to);
    }
    void keep(EntryStanding standing) { m_change.standings.push_back(std::move(standing)); }
    LedgerChange take() { return std::move(m_change); }

private:
    LedgerChange m_change;
};

Error wrong_state(EntryState state)
{
    return {"wrong_state", "This entry is " + std::string(name_of(state)) +
                               " now. Somebody may have decided first: look again."};
}

/// Takes `old` out of its balance because a later revision stands in its place.
void supersede(Change& change, EntryStanding old, EntryState state)
{
    if (old.counts && is_open(old.state))
        change.remove(old.facts, Phase::Claimed);
    else if (old.counts && old.state == EntryState::Accepted)
        change.remove(old.facts, Phase::Confirmed);
    old.before = old.state;
    old.state = state;
    change.keep(std::move(old));
}

Result<LedgerChange> receive(const ReceivedLeaf& leaf, std::int64_t position, const FindStanding& find)
{
    const auto& facts = leaf.facts;
    if (find(facts.id) != nullptr)
        return Error{"already_known", "The ledger has an entry with this id."};
    EntryStanding fresh;
    fresh.facts = facts;
    fresh.position = position;
    fresh.received_at = leaf.at;
    fresh.root = facts.id;

    Change change;
    if (facts.action == EntryAction::Capture) {
        change.add(facts, Phase::Claimed);
        change.keep(std::move(fresh));
        return change.take();
    }

    const EntryStanding* target = facts.amends ? find(*facts.amends) : nullptr;
    if (target == nullptr)
        return Error{"amends_unknown",
                     "The entry that this one changes has not arrived. Send that one first.", "amends"};
    if (target->facts.device != facts.device &&
        (facts.author.empty() || target->facts.author != facts.author))
        return Error{"amends_foreign", "Only who captured an entry, or the same device, may change it.",
                     "amends"};
    if (target->facts.kind != facts.kind)
        return Error{"amends_other_kind", "An entry can only be replaced by one of its own kind.", "amends"};
    if (target->facts.action == EntryAction::Withdraw || target->state == EntryState::Replaced ||
        target->state == EntryState::Withdrawn)
        return Error{
            "amends_replaced",
            "The entry that this one changes was replaced or withdrawn already. Change the newest revision.",
            "amends"};
    fresh.root = target->root;
    const bool withdraws = facts.action == EntryAction::Withdraw;
    if (target->state == EntryState::Accepted) {
        fresh.counts = false;
        change.keep(std::move(fresh));
        return change.take();
    }
    if (withdraws) {
        fresh.state = EntryState::Withdrawn;
        fresh.counts = false;
    } else {
        // An amendment of an amendment that waits beside an accepted entry waits in its place.
        fresh.counts = target->state == EntryState::Declined || target->counts;
        if (fresh.counts)
            change.add(facts, Phase::Claimed);
    }
    change.keep(std::move(fresh));
    supersede(change, *target, withdraws ? EntryState::Withdrawn : EntryState::Replaced);
    return change.take();
}

/// The accepted entry that a waiting amendment or withdrawal would end, if that is what it is.
const EntryStanding* standing_target(const EntryStanding& entry, const FindStanding& find)
{
    // An amendment may name a waiting amendment of the accepted entry: follow the names back.
    const EntryStanding* target = &entry;
    while (target->facts.amends) {
        target = find(*target->facts.amends);
        if (target == nullptr)
            return nullptr;
        if (target->state == EntryState::Accepted || target->before == EntryState::Accepted)
            return target;
    }
    return nullptr;
}

Result<LedgerChange> accept(EntryStanding entry, std::int64_t position, const FindStanding& find)
{
    if (!is_open(entry.state))
        return wrong_state(entry.state);
    Change change;
    const bool waited_beside = !entry.counts;
    const EntryStanding old = entry;
    entry.before = EntryState::Waiting;
    entry.decided = position;
    entry.state = EntryState::Accepted;
    if (waited_beside) {
        const EntryStanding* target = standing_target(old, find);
        if (target == nullptr || target->state != EntryState::Accepted)
            return Error{
                "wrong_state",
                "The accepted entry that this one would replace has changed since. Look at it first."};
        const bool withdraws = entry.facts.action == EntryAction::Withdraw;
        if (withdraws) {
            entry.state = EntryState::Withdrawn;
        } else {
            entry.counts = true;
            change.add(entry.facts, Phase::Confirmed);
        }
        EntryStanding ended = *target;
        change.keep(std::move(entry));
        supersede(change, std::move(ended), withdraws ? EntryState::Withdrawn : EntryState::Replaced);
        return change.take();
    }
    change.move(entry.facts, Phase::Claimed, Phase::Confirmed);
    change.keep(std::move(entry));
    return change.take();
}

Result<LedgerChange> query(EntryStanding entry, std::int64_t position)
{
    if (!is_open(entry.state))
        return wrong_state(entry.state);
    entry.before = EntryState::Waiting;
    entry.decided = position;
    entry.state = EntryState::Queried;
    Change change;
    change.keep(std::move(entry));
    return change.take();
}

Result<LedgerChange> decline(EntryStanding entry, std::int64_t position)
{
    if (!is_open(entry.state))
        return wrong_state(entry.state);
    Change change;
    if (entry.counts)
        change.remove(entry.facts, Phase::Claimed);
    entry.before = EntryState::Waiting;
    entry.decided = position;
    entry.state = EntryState::Declined;
    change.keep(std::move(entry));
    return change.take();
}

Result<LedgerChange> reverse(EntryStanding entry, std::int64_t position, const FindStanding& find)
{
    const Error nothing{"wrong_state", "There is no decision on this entry that could be taken back."};
    if (!entry.before || !entry.decided)
        return nothing;
    Change change;
    const bool ended_another = entry.facts.action != EntryAction::Capture &&
                               (entry.state == EntryState::Accepted || entry.state == EntryState::Withdrawn);
    const EntryStanding* restored = ended_another ? standing_target(entry, find) : nullptr;
    // Only an amendment that was accepted in the place of an accepted entry brings that one back.
    const bool brings_back =
        restored != nullptr && restored->before == EntryState::Accepted &&
        (restored->state == EntryState::Replaced || restored->state == EntryState::Withdrawn);
    if (entry.state == EntryState::Accepted) {
        change.remove(entry.facts, Phase::Confirmed);
        if (brings_back)
            entry.counts = false;
        else
            change.add(entry.facts, Phase::Claimed);
    } else if (entry.state == EntryState::Declined) {
        if (entry.counts)
            change.add(entry.facts, Phase::Claimed);
    } else if (entry.state != EntryState::Queried && !brings_back) {
        return nothing;
    }
    entry.state = EntryState::Waiting;
    entry.before.reset();
    entry.decided = position;
    change.keep(std::move(entry));
    if (brings_back) {
        EntryStanding old = *restored;
        old.state = EntryState::Accepted;
        old.before = EntryState::Waiting;
        change.add(old.facts, Phase::Confirmed);
        change.keep(std::move(old));
    }
    return change.take();
}

/// Nobody decides on an entry that they captured, in any of its revisions.
bool captured_by(const EntryStanding& entry, const std::string& person, const FindStanding& find)
{
    for (const EntryStanding* revision = &entry; revision != nullptr;
         revision = revision->facts.amends ? find(*revision->facts.amends) : nullptr)
        if (!revision->facts.author.empty() && revision->facts.author == person)
            return true;
    return false;
}

Result<LedgerChange> decide(const DecisionLeaf& leaf, std::int64_t position, const FindStanding& find)
{
    const EntryStanding* entry = find(leaf.entry);
    if (entry == nullptr)
        return Error{"not_found", "There is no such entry."};
    if (captured_by(*entry, leaf.by, find))
        return Error{"own_entry", "You captured this entry yourself. Somebody else has to decide on it."};
    switch (leaf.kind) {
    case DecisionKind::Accept:
        return accept(*entry, position, find);
    case DecisionKind::Query:
        return query(*entry, position);
    case DecisionKind::Decline:
        return decline(*entry, position);
    case DecisionKind::Reverse:
        return reverse(*entry, position, find);
    }
    return wrong_state(entry->state);
}

} // namespace

Result<LedgerChange> apply_leaf(const Leaf& leaf, std::int64_t position, const FindStanding& find)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return receive(*received, position, find);
    return decide(std::get<DecisionLeaf>(leaf), position, find);
}

} // namespace tally::server
