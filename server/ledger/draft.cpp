#include "server/ledger/draft.h"

#include <algorithm>
#include <tuple>

namespace tally::server {
namespace {

Posting line_of(const EntryFacts& facts, const Stance& stance, std::int64_t sign, Quarter account)
{
    Posting posting;
    posting.entry = facts.id;
    posting.phase = stance.phase;
    posting.contract = facts.contract;
    posting.framework = facts.framework;
    posting.framework_version = facts.framework_version;
    posting.kind = name_of(facts.kind);
    posting.measure = facts.measure;
    posting.value_class = facts.value_class;
    posting.held = stance.held;
    posting.quarter = account;
    posting.work_quarter = facts.quarter;
    posting.place = facts.place;
    posting.verification = facts.verification;
    posting.entries = sign;
    posting.quantity.parts = sign * stance.quantity.parts;
    posting.value.parts = sign * stance.value.parts;
    return posting;
}

bool in_balances(const EntryStanding& standing)
{
    return standing.counts && (is_open(standing.state) || standing.state == EntryState::Accepted);
}

/// A person is counted once for a measure of one edition in a contract and calendar year.
bool counts_the_same(const EntryFacts& a, const EntryFacts& b)
{
    return a.contract == b.contract && a.measure == b.measure && a.framework == b.framework &&
           a.framework_version == b.framework_version && a.quarter.year == b.quarter.year;
}

} // namespace

bool is_open(EntryState state)
{
    return state == EntryState::Waiting || state == EntryState::Queried;
}

bool is_live(EntryState state)
{
    return is_open(state) || state == EntryState::Accepted || state == EntryState::Split;
}

Result<std::optional<Stance>> stance_of(const EntryStanding& standing)
{
    if (!in_balances(standing))
        return std::optional<Stance>{};
    const auto& facts = standing.facts;
    Stance stance;
    stance.phase = standing.state == EntryState::Accepted ? Phase::Confirmed : Phase::Claimed;
    stance.held =
        (facts.held && !standing.released) || (stance.phase == Phase::Claimed && standing.held_by_flag);
    if (facts.counting == Counting::Latest)
        return std::optional(stance);
    stance.quantity = facts.quantity.value_or(Quantity{});
    stance.value = facts.value.value_or(Money{});
    if (facts.counting == Counting::Once && !facts.persons.empty()) {
        stance.quantity.parts = standing.persons_counted * Quantity::parts_per_unit;
        if (facts.proxy) {
            const auto value = value_of(stance.quantity, *facts.proxy);
            if (!value)
                return value.error();
            stance.value = *value;
        }
    }
    return std::optional(stance);
}

Draft::Slot* Draft::slot(const Uuid& id)
{
    for (auto& any : m_slots)
        if (any.now.facts.id == id)
            return &any;
    return nullptr;
}

const EntryStanding* Draft::find(const Uuid& id)
{
    if (const Slot* own = slot(id))
        return &own->now;
    return m_view.entry(id);
}

EntryStanding& Draft::edit(const Uuid& id)
{
    if (Slot* own = slot(id))
        return own->now;
    const EntryStanding& standing = *m_view.entry(id);
    return m_slots.emplace_back(Slot{standing, standing}).now;
}

EntryStanding& Draft::add(EntryStanding fresh)
{
    return m_slots.emplace_back(Slot{std::nullopt, std::move(fresh)}).now;
}

void Draft::set_flag(FlagStanding flag)
{
    for (const auto& id : flag.entries)
        if (!find(id)->flagged)
            edit(id).flagged = true;
    m_flag = std::move(flag);
}

/// As they stand in this draft.
std::vector<FlagStanding> Draft::flags_of(const Uuid& id)
{
    auto flags = m_view.flags_of(id);
    if (!m_flag || std::find(m_flag->entries.begin(), m_flag->entries.end(), id) == m_flag->entries.end())
        return flags;
    for (auto& flag : flags)
        if (flag.position == m_flag->position) {
            flag = *m_flag;
            return flags;
        }
    flags.push_back(*m_flag);
    return flags;
}

bool Draft::is_open_flag(const FlagStanding& flag)
{
    return !flag.resolution && std::all_of(flag.entries.begin(), flag.entries.end(), [&](const Uuid& id) {
        const auto* entry = find(id);
        return entry != nullptr && is_live(entry->state);
    });
}

bool Draft::is_under_open_flag(const Uuid& id)
{
    if (!find(id)->flagged)
        return false;
    const auto flags = flags_of(id);
    return std::any_of(flags.begin(), flags.end(),
                       [&](const FlagStanding& flag) { return is_open_flag(flag); });
}

void Draft::set_held(const Uuid& id, bool held)
{
    if (find(id)->held_by_flag != held)
        edit(id).held_by_flag = held;
}

/// Whether a flag is open depends on all its entries, so a change of one can hold or free the others. What
/// holds a divided entry holds its parts.
void Draft::settle_holds()
{
    if (m_flag && m_flag->position == m_position) {
        // A new flag can only add to what is held: no other flag has to be looked at.
        if (is_open_flag(*m_flag))
            for (const auto& id : m_flag->entries) {
                set_held(id, true);
                if (find(id)->state == EntryState::Split)
                    for (const auto& part : m_view.parts_of(id))
                        if (is_live(find(part)->state))
                            set_held(part, true);
            }
        return;
    }
    std::set<Uuid> affected;
    if (m_flag)
        affected.insert(m_flag->entries.begin(), m_flag->entries.end());
    for (const auto& changed : m_slots)
        if (changed.before && changed.now.flagged &&
            is_live(changed.before->state) != is_live(changed.now.state))
            for (const auto& flag : flags_of(changed.now.facts.id))
                affected.insert(flag.entries.begin(), flag.entries.end());
    for (const auto& changed : m_slots)
        if (changed.now.facts.part_of)
            affected.insert(changed.now.facts.id);
    std::vector<Uuid> parts;
    for (const auto& id : affected)
        if (find(id)->state == EntryState::Split)
            for (const auto& part : m_view.parts_of(id))
                parts.push_back(part);
    affected.insert(parts.begin(), parts.end());
    for (const auto& id : affected) {
        const auto& entry = *find(id);
        const auto whole = entry.facts.part_of;
        set_held(id,
                 is_live(entry.state) && (is_under_open_flag(id) || (whole && is_under_open_flag(*whole))));
    }
}

/// The entry that counts a person: of those in a balance the one of the first quarter, then the first to
/// arrive.
std::optional<Uuid> Draft::who_counts(std::string_view person, const EntryStanding& like, bool before)
{
    const EntryStanding* first = nullptr;
    const auto consider = [&](const EntryStanding* entry) {
        if (entry == nullptr || !in_balances(*entry) || !counts_the_same(entry->facts, like.facts))
            return;
        if (first == nullptr ||
            std::tie(entry->facts.quarter, entry->position) < std::tie(first->facts.quarter, first->position))
            first = entry;
    };
    for (const auto& id : m_view.entries_of_person(person))
        consider(before ? m_view.entry(id) : find(id));
    for (const auto& own : m_slots)
        if (!before && !own.before &&
            std::find(own.now.facts.persons.begin(), own.now.facts.persons.end(), person) !=
                own.now.facts.persons.end())
            consider(&own.now);
    return first == nullptr ? std::nullopt : std::optional(first->facts.id);
}

void Draft::settle_persons()
{
    struct Key
    {
        std::string person;
        std::size_t slot = 0; ///< an entry with the same contract, measure and year
    };
    std::vector<Key> keys;
    for (std::size_t i = 0; i < m_slots.size(); ++i) {
        const auto& own = m_slots[i];
        if (own.now.facts.persons.empty() ||
            (own.before ? in_balances(*own.before) : false) == in_balances(own.now))
            continue;
        for (const auto& person : own.now.facts.persons) {
            const bool known = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
                return key.person == person && counts_the_same(m_slots[key.slot].now.facts, own.now.facts);
            });
            if (!known)
                keys.push_back({person, i});
        }
    }
    for (const auto& key : keys) {
        const auto was = who_counts(key.person, m_slots[key.slot].now, true);
        const auto is = who_counts(key.person, m_slots[key.slot].now, false);
        if (was == is)
            continue;
        if (was)
            --edit(*was).persons_counted;
        if (is)
            ++edit(*is).persons_counted;
    }
}

Result<void> Draft::post(const Slot& own, std::vector<Posting>& postings)
{
    auto before = own.before ? stance_of(*own.before) : Result<std::optional<Stance>>(std::nullopt);
    auto now = stance_of(own.now);
    if (!before || !now)
        return before ? now.error() : before.error();
    if (*before == *now)
        return {};
    const auto closed = m_view.closed_through();
    const auto& facts = own.now.facts;
    const Quarter account = closed && facts.quarter <= *closed ? next(*closed) : facts.quarter;
    if (*before)
        postings.push_back(line_of(facts, **before, -1, account));
    if (*now)
        postings.push_back(line_of(facts, **now, 1, account));
    return {};
}

Result<LedgerChange> Draft::finish()
{
    settle_holds();
    settle_persons();
    LedgerChange change;
    change.flag = m_flag;
    change.closed = m_closed;
    for (const auto& own : m_slots)
        if (const auto posted = post(own, change.postings); !posted)
            return posted.error();
    change.standings.reserve(m_slots.size());
    for (auto& own : m_slots)
        if (!own.before || !(*own.before == own.now))
            change.standings.push_back(std::move(own.now));
    return change;
}

} // namespace tally::server
