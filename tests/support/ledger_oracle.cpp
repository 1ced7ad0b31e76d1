#include "tests/support/ledger_oracle.h"

#include <algorithm>

namespace tally::test::oracle {

using server::DecisionKind;
using server::EntryFacts;
using server::Phase;
using server::Resolution;

std::string describe(const Event& event)
{
    std::string text = "#" + std::to_string(event.number) + " ";
    if (event.flag >= 0)
        text += "(flag #" + std::to_string(event.flag) + ") ";
    return text + server::write_leaf(event.leaf);
}

Where where_is(server::EntryState state)
{
    switch (state) {
    case server::EntryState::Waiting:
        return Where::Waiting;
    case server::EntryState::Queried:
        return Where::Queried;
    case server::EntryState::Accepted:
        return Where::Accepted;
    case server::EntryState::Declined:
        return Where::Declined;
    case server::EntryState::Split:
        return Where::Split;
    case server::EntryState::Duplicate:
        return Where::Duplicate;
    case server::EntryState::Replaced:
    case server::EntryState::Withdrawn:
    case server::EntryState::Erased:
        return Where::Gone;
    }
    return Where::Gone;
}

// Where entries are

Telling::Entry* Telling::find(const Uuid& id)
{
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : &found->second;
}

Where Telling::where(const Uuid& id) const
{
    return where(m_entries.at(id));
}

Where Telling::where(const Entry& entry) const
{
    const auto& id = entry.facts->id;
    const bool withdraws = entry.facts->action == EntryAction::Withdraw;
    if (entry.done || entry.put_together || entry.ended_at_once || entry.ended_by ||
        (withdraws && entry.verdict == Verdict::Accepted))
        return Where::Gone;
    for (const auto& [number, flag] : m_flags)
        if (flag.kept && *flag.kept != id &&
            std::find(flag.entries.begin(), flag.entries.end(), id) != flag.entries.end())
            return Where::Duplicate;
    switch (entry.verdict) {
    case Verdict::Accepted:
        return Where::Accepted;
    case Verdict::Declined:
        return Where::Declined;
    case Verdict::Split:
        return Where::Split;
    case Verdict::Queried:
        return entry.erased ? Where::Gone : Where::Queried;
    case Verdict::None:
        break;
    }
    return entry.erased ? Where::Gone : Where::Waiting;
}

std::map<Uuid, Where> Telling::everywhere() const
{
    std::map<Uuid, Where> all;
    for (const auto& [id, entry] : m_entries)
        all.emplace(id, where(entry));
    return all;
}

bool Telling::is_waiting(const Entry& entry) const
{
    const auto place = where(entry);
    return place == Where::Waiting || place == Where::Queried;
}

/// A change of accepted work counts for nothing until it is accepted itself.
bool Telling::stands(const Entry& entry) const
{
    return !entry.beside || entry.verdict == Verdict::Accepted;
}

bool Telling::is_open(const Flag& flag) const
{
    return !flag.as && std::all_of(flag.entries.begin(), flag.entries.end(), [&](const Uuid& id) {
        const auto place = where(id);
        return place == Where::Waiting || place == Where::Queried || place == Where::Accepted ||
               place == Where::Split;
    });
}

bool Telling::is_under_open_flag(const Uuid& id) const
{
    // What a divided entry waits for, its parts wait for.
    if (const auto& whole = m_entries.at(id).facts->part_of; whole && is_under_open_flag(*whole))
        return true;
    return std::any_of(m_flags.begin(), m_flags.end(), [&](const auto& numbered) {
        const auto& entries = numbered.second.entries;
        return std::find(entries.begin(), entries.end(), id) != entries.end() && is_open(numbered.second);
    });
}

bool Telling::is_own(const Uuid& id, const std::string& person) const
{
    const auto& facts = *m_entries.at(id).facts;
    if (!facts.author.empty() && facts.author == person)
        return true;
    if (facts.part_of)
        return is_own(*facts.part_of, person);
    return facts.amends && is_own(*facts.amends, person);
}

std::vector<Telling::Entry*> Telling::parts_of(const Uuid& id)
{
    std::vector<Entry*> parts;
    for (auto& [part_id, entry] : m_entries)
        if (entry.facts->part_of == id)
            parts.push_back(&entry);
    return parts;
}

// What entries are worth

/// How many people this entry counts: those whom no entry of an earlier quarter, or of the same one but
/// received earlier, counts for the same contract, measure and calendar year.
std::int64_t Telling::persons_of(const Entry& entry) const
{
    const auto& own = *entry.facts;
    const auto counts_person = [&](const std::string& person) {
        for (const auto& [id, other] : m_entries) {
            const auto& facts = *other.facts;
            const auto place = where(other);
            const bool counts = stands(other) && (place == Where::Waiting || place == Where::Queried ||
                                                  place == Where::Accepted);
            if (!counts ||
                std::find(facts.persons.begin(), facts.persons.end(), person) == facts.persons.end())
                continue;
            if (facts.contract != own.contract || facts.framework != own.framework ||
                facts.framework_version != own.framework_version || facts.measure != own.measure ||
                facts.quarter.year != own.quarter.year)
                continue;
            if (facts.quarter < own.quarter ||
                (facts.quarter == own.quarter && other.arrival < entry.arrival))
                return false;
        }
        return true;
    };
    return std::count_if(own.persons.begin(), own.persons.end(), counts_person);
}

std::map<Uuid, Share> Telling::shares() const
{
    std::map<Uuid, Share> all;
    for (const auto& [id, entry] : m_entries) {
        const auto place = where(entry);
        const bool confirmed = place == Where::Accepted;
        if (!stands(entry) || (!confirmed && !is_waiting(entry)))
            continue;
        const auto& facts = *entry.facts;
        Share share;
        share.phase = confirmed ? Phase::Confirmed : Phase::Claimed;
        share.held = (facts.held && !entry.released) || (!confirmed && is_under_open_flag(id));
        if (facts.counting != server::Counting::Latest) {
            share.quantity = facts.quantity ? facts.quantity->parts : 0;
            share.value = facts.value ? facts.value->parts : 0;
        }
        if (facts.counting == server::Counting::Once && !facts.persons.empty()) {
            share.quantity = persons_of(entry) * 60'000;
            if (facts.proxy)
                share.value = share.quantity * facts.proxy->parts;
        }
        all.emplace(id, share);
    }
    return all;
}

std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Uuid>
Telling::newest() const
{
    std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Uuid> found;
    for (const auto& [id, share] : shares()) {
        const auto& entry = m_entries.at(id);
        const auto& facts = *entry.facts;
        if (facts.counting != server::Counting::Latest || !facts.quantity)
            continue;
        auto& best = found
                         .try_emplace({facts.contract, facts.framework, facts.framework_version,
                                       facts.measure, std::string(name_of(share.phase))},
                                      id)
                         .first->second;
        const auto& other = m_entries.at(best);
        if (std::tuple(*other.facts->until, other.arrival) < std::tuple(*facts.until, entry.arrival))
            best = id;
    }
    return found;
}

// What may happen

bool Telling::hear(const Event& event)
{
    return std::visit([&](const auto& leaf) { return hear_leaf(leaf, event); }, event.leaf);
}

bool Telling::hear_leaf(const server::ReceivedLeaf& leaf, const Event&)
{
    if (m_entries.contains(leaf.facts.id))
        return false;
    Entry entry;
    entry.facts = std::make_shared<EntryFacts>(leaf.facts);
    entry.arrival = m_arrivals++;
    if (leaf.facts.part_of)
        return hear_part(std::move(entry));
    if (leaf.facts.action != EntryAction::Capture)
        return hear_change(std::move(entry));
    m_entries.emplace(leaf.facts.id, std::move(entry));
    return true;
}

bool Telling::hear_part(Entry part)
{
    Entry* whole = find(*part.facts->part_of);
    if (whole == nullptr || where(*whole) != Where::Split || whole->parts_due == 0)
        return false;
    if (part.facts->kind != whole->facts->kind || part.facts->action != EntryAction::Capture)
        return false;
    const std::int64_t amount = part.facts->quantity ? part.facts->quantity->parts : 0;
    if (amount <= 0 || amount > whole->amount_due)
        return false;
    if (whole->parts_due == 1 && amount != whole->amount_due)
        return false;
    whole->parts_due -= 1;
    whole->amount_due -= amount;
    part.erased = whole->erased;
    m_entries.emplace(part.facts->id, std::move(part));
    return true;
}

bool Telling::hear_change(Entry change)
{
    const auto& facts = *change.facts;
    Entry* target = facts.amends ? find(*facts.amends) : nullptr;
    if (target == nullptr)
        return false;
    const bool same_hand = target->facts->device == facts.device ||
                           (!facts.author.empty() && target->facts->author == facts.author);
    const auto place = where(*target);
    if (!same_hand || target->facts->kind != facts.kind || target->erased || target->facts->part_of ||
        target->facts->action == EntryAction::Withdraw || place == Where::Split || place == Where::Gone)
        return false;
    if (place == Where::Accepted) {
        change.beside = true;
    } else {
        change.beside = !stands(*target);
        change.done = facts.action == EntryAction::Withdraw;
        target->ended_at_once = true;
    }
    m_entries.emplace(facts.id, std::move(change));
    return true;
}

bool Telling::hear_leaf(const server::DecisionLeaf& leaf, const Event&)
{
    Entry* entry = find(leaf.entry);
    if (entry == nullptr || is_own(leaf.entry, leaf.by))
        return false;
    switch (leaf.kind) {
    case DecisionKind::Accept:
        return accept(*entry);
    case DecisionKind::Query:
    case DecisionKind::Decline:
        if (!is_waiting(*entry))
            return false;
        entry->verdict = leaf.kind == DecisionKind::Query ? Verdict::Queried : Verdict::Declined;
        return true;
    case DecisionKind::Reverse:
        return take_back(*entry);
    case DecisionKind::Release:
    case DecisionKind::Hold: {
        const bool release = leaf.kind == DecisionKind::Release;
        const bool live = is_waiting(*entry) || where(*entry) == Where::Accepted;
        if (!live || !entry->facts->held || !entry->facts->value || entry->released == release)
            return false;
        entry->released = release;
        return true;
    }
    }
    return false;
}

bool Telling::accept(Entry& entry)
{
    if (!is_waiting(entry) || is_under_open_flag(entry.facts->id))
        return false;
    if (entry.beside) {
        // The accepted work that it changes: the nearest before it that somebody accepted.
        Entry* old = find(*entry.facts->amends);
        while (old->verdict != Verdict::Accepted && old->facts->amends)
            old = find(*old->facts->amends);
        if (where(*old) != Where::Accepted)
            return false;
        old->ended_by = entry.facts->id;
        entry.place_of = old->facts->id;
    }
    entry.verdict = Verdict::Accepted;
    return true;
}

bool Telling::take_back(Entry& entry)
{
    const auto place = where(entry);
    const bool accepted_withdrawal = entry.facts->action == EntryAction::Withdraw && entry.place_of;
    if (place != Where::Accepted && place != Where::Declined && place != Where::Queried &&
        place != Where::Split && !accepted_withdrawal)
        return false;
    if (place == Where::Split) {
        const auto parts = parts_of(entry.facts->id);
        for (const Entry* part : parts)
            if (where(*part) == Where::Accepted || where(*part) == Where::Duplicate)
                return false;
        for (Entry* part : parts)
            part->put_together = true;
    }
    if (entry.place_of)
        find(*entry.place_of)->ended_by.reset();
    entry.place_of.reset();
    entry.verdict = Verdict::None;
    entry.parts_due = 0;
    entry.amount_due = 0;
    return true;
}

bool Telling::hear_leaf(const server::SplitLeaf& leaf, const Event&)
{
    Entry* entry = find(leaf.entry);
    if (entry == nullptr || is_own(leaf.entry, leaf.by) || !is_waiting(*entry) || !stands(*entry) ||
        is_under_open_flag(leaf.entry))
        return false;
    const auto& facts = *entry->facts;
    if (!facts.quantity || !facts.persons.empty() || facts.part_of || leaf.parts < 2 || leaf.parts > 20)
        return false;
    entry->verdict = Verdict::Split;
    entry->parts_due = leaf.parts;
    entry->amount_due = facts.quantity->parts;
    return true;
}

bool Telling::hear_leaf(const server::FlaggedLeaf& leaf, const Event& event)
{
    if (leaf.rule.empty() || leaf.entries.empty())
        return false;
    for (std::size_t i = 0; i < leaf.entries.size(); ++i)
        if (!m_entries.contains(leaf.entries[i]) || (i > 0 && !(leaf.entries[i - 1] < leaf.entries[i])))
            return false;
    for (const auto& [number, flag] : m_flags)
        if (flag.rule == leaf.rule && flag.entries == leaf.entries)
            return false;
    m_flags.emplace(event.number, Flag{leaf.rule, leaf.entries, {}, {}});
    return true;
}

bool Telling::hear_leaf(const server::ResolvedLeaf& leaf, const Event& event)
{
    const auto found = m_flags.find(event.flag);
    if (found == m_flags.end() || !is_open(found->second))
        return false;
    auto& flag = found->second;
    for (const auto& id : flag.entries)
        if (is_own(id, leaf.by))
            return false;
    if (leaf.as == Resolution::Same || leaf.as == Resolution::PartOf) {
        if (flag.entries.size() < 2 || !leaf.kept ||
            std::find(flag.entries.begin(), flag.entries.end(), *leaf.kept) == flag.entries.end())
            return false;
        for (const auto& id : flag.entries)
            if (id != *leaf.kept && where(id) == Where::Split)
                return false;
    } else if (leaf.kept) {
        return false;
    }
    flag.as = leaf.as;
    flag.kept = leaf.kept;
    return true;
}

bool Telling::hear_leaf(const server::ReopenedLeaf& leaf, const Event& event)
{
    const auto found = m_flags.find(event.flag);
    if (found == m_flags.end() || !found->second.as)
        return false;
    for (const auto& id : found->second.entries)
        if (is_own(id, leaf.by))
            return false;
    found->second.as.reset();
    found->second.kept.reset();
    return true;
}

bool Telling::hear_leaf(const server::ErasedLeaf& leaf, const Event&)
{
    Entry* entry = find(leaf.entry);
    if (entry == nullptr || entry->erased)
        return false;
    // The parts of a divided entry have no words but its own.
    if (where(*entry) == Where::Split)
        for (Entry* part : parts_of(leaf.entry))
            part->erased = true;
    entry->erased = true;
    return true;
}

bool Telling::hear_leaf(const server::ClosedLeaf& leaf, const Event&)
{
    if (m_closed && leaf.quarter <= *m_closed)
        return false;
    m_closed = leaf.quarter;
    return true;
}

// The account book

bool Book::add(const Event& event)
{
    auto longer = m_history;
    longer.push_back(event);
    Telling after;
    bool heard = false;
    for (const auto& each : longer)
        heard = after.hear(each);
    if (!heard)
        return false;
    const auto before_shares = m_now.shares();
    const auto after_shares = after.shares();
    // A closing itself moves nothing, so both tellings know the same closed quarter where it matters.
    for (const auto& [id, place] : after.everywhere()) {
        const auto was = before_shares.find(id);
        const auto is = after_shares.find(id);
        const bool had = was != before_shares.end();
        const bool has = is != after_shares.end();
        if (had && has && was->second == is->second)
            continue;
        if (had)
            book(after.facts(id), was->second, -1, m_now.closed());
        if (has)
            book(after.facts(id), is->second, 1, m_now.closed());
    }
    m_history = std::move(longer);
    m_now = std::move(after);
    return true;
}

namespace {

Key line_of(const EntryFacts& facts, const Share& share, Quarter account)
{
    return Key(facts.contract, format_quarter(account), format_quarter(facts.quarter), facts.framework,
               facts.framework_version, std::string(name_of(facts.kind)), facts.measure, facts.value_class,
               share.held, facts.place, facts.verification,
               share.phase == Phase::Claimed ? "claimed" : "confirmed");
}

std::map<Key, Amount> without_empty(const std::map<Key, Amount>& lines)
{
    std::map<Key, Amount> found;
    for (const auto& [key, amount] : lines)
        if (!(amount == Amount{}))
            found.emplace(key, amount);
    return found;
}

} // namespace

void Book::book(const EntryFacts& facts, const Share& share, std::int64_t sign, std::optional<Quarter> closed)
{
    Quarter account = facts.quarter;
    while (closed && account <= *closed)
        account = next(account);
    auto& line = m_lines[line_of(facts, share, account)];
    line.entries += sign;
    line.quantity += sign * share.quantity;
    line.value += sign * share.value;
}

std::map<Key, Amount> Book::balances() const
{
    return without_empty(m_lines);
}

std::map<Key, Amount> balances_of(const Telling& telling)
{
    TALLY_ASSERT(!telling.closed());
    std::map<Key, Amount> lines;
    for (const auto& [id, share] : telling.shares()) {
        const auto& facts = telling.facts(id);
        auto& line = lines[line_of(facts, share, facts.quarter)];
        ++line.entries;
        line.quantity += share.quantity;
        line.value += share.value;
    }
    return without_empty(lines);
}

Key key_of(const server::Balance& row)
{
    return Key(row.contract, row.quarter, row.work_quarter, row.framework, row.framework_version, row.kind,
               row.measure, row.value_class, row.held, row.place, row.verification,
               row.phase == Phase::Claimed ? "claimed" : "confirmed");
}

std::string describe(const Key& key, const Amount& amount)
{
    return std::apply(
               [](const auto&... parts) {
                   const auto text = [](const auto& part) {
                       if constexpr (std::is_same_v<std::decay_t<decltype(part)>, bool>)
                           return std::string(part ? "held" : "free");
                       else
                           return part;
                   };
                   return ((text(parts) + " ") + ...);
               },
               key) +
           "-> " + std::to_string(amount.entries) + " " + std::to_string(amount.quantity) + " " +
           std::to_string(amount.value);
}

} // namespace tally::test::oracle
