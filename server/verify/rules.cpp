#include "server/verify/rules.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace tally::verify {
namespace {

Error broken(const char* code, const char* why)
{
    return {code, why};
}

/// Value is quantity times proxy, exactly.
Result<void> check_value(const LeafFields& leaf)
{
    const auto value = leaf.number("value");
    if (!value)
        return {};
    const auto quantity = leaf.number("quantity");
    const auto proxy = leaf.number("proxy");
    if (!quantity || !proxy)
        return broken("bad_value",
                      "The row has a value without the quantity and the price that it comes from.");
    const auto product = value_of(Quantity{*quantity}, Proxy{*proxy});
    if (!product || product->parts != *value)
        return broken("bad_value", "The value is not quantity times price.");
    return {};
}

/// Fields that only make sense together.
Result<void> check_together(const LeafFields& leaf)
{
    if ((leaf.text("action") == "capture") == leaf.has("amends"))
        return broken("bad_amends", "A change names the entry that it changes, and nothing else does.");
    const auto aggregate = leaf.text("aggregate");
    if (leaf.has("until") != (aggregate == "latest"))
        return broken("bad_aggregate", "A last day belongs to figures of which only the newest counts.");
    const auto& persons = leaf.texts("persons");
    if (!persons.empty() && aggregate != "once")
        return broken("bad_aggregate", "People are named only where each counts once.");
    if (std::set(persons.begin(), persons.end()).size() != persons.size())
        return broken("bad_persons", "The row names somebody twice.");
    if (leaf.has("part_of") != leaf.has("by"))
        return broken("bad_part", "A part names the entry and who divided it, and nothing else does.");
    return {};
}

Result<void> add_to(Sum& sum, Quantity quantity, Money value)
{
    const auto quantities = add(sum.quantity, quantity);
    const auto values = add(sum.value, value);
    if (!quantities || !values)
        return broken("overflow", "A total is too large to be written as a number.");
    sum = Sum{sum.entries + 1, *quantities, *values};
    return {};
}

} // namespace

Result<void> Rules::apply(std::uint64_t position, const LeafFields& leaf)
{
    const auto type = leaf.text("type");
    if (type == "received")
        return receive(position, leaf);
    if (type == "flagged")
        return raise_flag(position, leaf);
    if (type == "erased")
        return erase(leaf);
    if (type == "closed")
        return close(leaf);
    auto done = type == "split"      ? split(leaf)
                : type == "resolved" ? resolve(leaf)
                : type == "reopened" ? reopen(leaf)
                                     : decide(leaf);
    if (done)
        ++m_counts.decisions;
    return done;
}

Rules::Entry* Rules::find(const Uuid& id)
{
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : &found->second;
}

const std::string* Rules::kept(std::string_view text)
{
    auto found = m_texts.find(text);
    if (found == m_texts.end())
        found = m_texts.emplace(text, text).first;
    return &found->second;
}

// Where an entry stands

Rules::Place Rules::place_of(const Entry& entry)
{
    if (entry.ended || (entry.withdraws && entry.verdict == Verdict::Accepted))
        return Place::Gone;
    if (entry.duplicate)
        return Place::Duplicate;
    switch (entry.verdict) {
    case Verdict::Accepted:
        return Place::Accepted;
    case Verdict::Declined:
        return Place::Declined;
    case Verdict::Split:
        return Place::Split;
    case Verdict::None:
    case Verdict::Queried:
        break;
    }
    // Nobody can decide any more on words that were destroyed.
    return entry.erased ? Place::Gone : Place::Open;
}

bool Rules::stands(const Entry& entry)
{
    return !entry.beside || entry.verdict == Verdict::Accepted;
}

bool Rules::was_captured_by(const Entry& entry, std::string_view person)
{
    for (const Entry* revision = &entry; revision != nullptr; revision = revision->earlier)
        if (!revision->author->empty() && *revision->author == person)
            return true;
    return false;
}

bool Rules::is_open(const Flag& flag)
{
    return !flag.resolved && std::all_of(flag.entries.begin(), flag.entries.end(), [](const Entry* entry) {
        const auto place = place_of(*entry);
        return place == Place::Open || place == Place::Accepted || place == Place::Split;
    });
}

bool Rules::is_held_by_flag(const Entry& entry) const
{
    if (entry.is_part && is_held_by_flag(*entry.earlier))
        return true;
    const auto flags = m_flags_of.find(&entry);
    return flags != m_flags_of.end() &&
           std::any_of(flags->second.begin(), flags->second.end(),
                       [this](std::uint64_t position) { return is_open(m_flags.at(position)); });
}

// Receiving

Result<void> Rules::receive(std::uint64_t position, const LeafFields& leaf)
{
    const Uuid id = leaf.id("entry");
    if (find(id) != nullptr)
        return broken("entry_twice", "An entry with this id stands in an earlier row.");
    if (const auto value = check_value(leaf); !value)
        return value;
    if (const auto together = check_together(leaf); !together)
        return together;

    Entry entry;
    entry.position = position;
    entry.device = leaf.id("device");
    entry.author = kept(leaf.text("author"));
    entry.kind = kept(leaf.text("kind"));
    entry.quarter = kept(leaf.text("quarter"));
    entry.quantity.parts = leaf.number("quantity").value_or(0);
    entry.proxy = leaf.number("proxy").value_or(0);
    entry.value.parts = leaf.number("value").value_or(0);
    entry.has_quantity = leaf.has("quantity");
    entry.has_proxy = leaf.has("proxy");
    entry.has_value = leaf.has("value");
    entry.held = leaf.has("held");
    entry.withdraws = leaf.text("action") == "withdraw";
    entry.counts_persons = leaf.has("persons");
    if (leaf.has("aggregate"))
        entry.aggregate = leaf.text("aggregate") == "latest" ? Aggregate::Latest : Aggregate::Once;
    TotalKey key{std::string(leaf.text("contract")), std::string(leaf.text("framework")),
                 std::string(leaf.text("version")), std::string(leaf.text("measure")),
                 std::string(leaf.text("class"))};
    entry.total = &m_keys.try_emplace(std::move(key)).first->first;

    if (leaf.has("part_of"))
        return receive_part(id, entry, leaf);
    if (leaf.has("amends"))
        if (const auto changed = receive_change(entry, find(leaf.id("amends"))); !changed)
            return changed;
    const Entry* stored = &m_entries.emplace(id, entry).first->second;
    for (const auto& person : leaf.texts("persons"))
        m_persons_of[stored].push_back(kept(person));
    return {};
}

Result<void> Rules::receive_part(const Uuid& id, Entry part, const LeafFields& leaf)
{
    Entry* whole = find(leaf.id("part_of"));
    const auto division = m_divisions.find(whole);
    if (whole == nullptr || place_of(*whole) != Place::Split || division == m_divisions.end() ||
        leaf.text("action") != "capture" || whole->kind != part.kind)
        return broken("bad_part", "It is a part of an entry that nobody divides here.");
    auto& left = division->second;
    const std::int64_t rest = left.quantity_left - part.quantity.parts;
    if (part.quantity.parts <= 0 || rest < 0 || (left.parts_left == 1 && rest != 0))
        return broken("split_sum", "The parts do not add up to the entry that was divided.");
    part.is_part = true;
    part.earlier = whole;
    part.erased = whole->erased;
    left = {left.parts_left - 1, rest};
    if (left.parts_left == 0)
        m_divisions.erase(division);
    m_parts_of[whole].push_back(&m_entries.emplace(id, part).first->second);
    return {};
}

Result<void> Rules::receive_change(Entry& change, Entry* target)
{
    if (target == nullptr)
        return broken("amends_unknown", "It changes an entry that no earlier row holds.");
    if (target->device != change.device && (change.author->empty() || change.author != target->author))
        return broken("amends_foreign", "It changes an entry of somebody else.");
    if (target->kind != change.kind)
        return broken("amends_other_kind", "It changes an entry of another kind.");
    if (target->erased)
        return broken("amends_erased", "It changes an entry that was erased before.");
    const auto place = place_of(*target);
    if (place == Place::Split || target->is_part)
        return broken("amends_split", "It changes an entry that was divided before.");
    if (target->withdraws || place == Place::Gone)
        return broken("amends_replaced", "It changes an entry that was replaced or withdrawn before.");
    change.earlier = target;
    if (place == Place::Accepted) {
        change.beside = true; // the accepted one stands until somebody decides
        return {};
    }
    change.beside = !stands(*target);
    change.ended = change.withdraws;
    target->ended = true;
    return {};
}

// Decisions

Result<void> Rules::decide(const LeafFields& leaf)
{
    Entry* entry = find(leaf.id("entry"));
    if (entry == nullptr)
        return broken("decision_unknown", "It decides on an entry that no earlier row holds.");
    if (was_captured_by(*entry, leaf.text("by")))
        return broken("own_entry", "Somebody decided on an entry that they captured themselves.");
    const auto type = leaf.text("type");
    if (type == "reversed")
        return reverse(*entry);
    if (type == "released" || type == "held")
        return release(*entry, type == "released");
    if (place_of(*entry) != Place::Open)
        return broken("wrong_state", "It decides on an entry that was no longer open.");
    if (type == "accepted")
        return accept(*entry);
    entry->verdict = type == "queried" ? Verdict::Queried : Verdict::Declined;
    return {};
}

Result<void> Rules::accept(Entry& entry)
{
    if (is_held_by_flag(entry))
        return broken("flag_open", "It accepts an entry although something flagged was not settled.");
    if (entry.beside) {
        Entry* old = entry.earlier;
        while (old != nullptr && old->verdict != Verdict::Accepted)
            old = old->earlier;
        if (old == nullptr || place_of(*old) != Place::Accepted)
            return broken("wrong_state", "It accepts a change of an entry that is not accepted any more.");
        old->ended = true;
        entry.replaces = old;
    }
    entry.verdict = Verdict::Accepted;
    return {};
}

Result<void> Rules::reverse(Entry& entry)
{
    const Error nothing = broken("wrong_state", "It takes back a decision that there is not.");
    const bool decided = entry.verdict != Verdict::None && !entry.duplicate;
    const bool erased_open = entry.erased && entry.verdict == Verdict::Queried;
    if (!decided || entry.ended || erased_open)
        return nothing;
    if (entry.verdict == Verdict::Split) {
        auto& parts = m_parts_of[&entry];
        for (const Entry* part : parts)
            if (const auto place = place_of(*part); place == Place::Accepted || place == Place::Duplicate)
                return broken("wrong_state", "It puts an entry together of which a part was accepted.");
        for (Entry* part : parts)
            part->ended = true;
        m_divisions.erase(&entry);
    }
    if (entry.replaces != nullptr)
        entry.replaces->ended = false;
    entry.replaces = nullptr;
    entry.verdict = Verdict::None;
    return {};
}

Result<void> Rules::release(Entry& entry, bool released)
{
    const auto place = place_of(entry);
    if ((place != Place::Open && place != Place::Accepted) || !entry.held || !entry.has_value ||
        entry.released == released)
        return broken("wrong_state", "It decides on a held value where there is none.");
    entry.released = released;
    return {};
}

Result<void> Rules::split(const LeafFields& leaf)
{
    Entry* entry = find(leaf.id("entry"));
    if (entry == nullptr)
        return broken("decision_unknown", "It divides an entry that no earlier row holds.");
    if (was_captured_by(*entry, leaf.text("by")))
        return broken("own_entry", "Somebody divided an entry that they captured themselves.");
    if (place_of(*entry) != Place::Open || !stands(*entry))
        return broken("wrong_state", "It divides an entry that was no longer open.");
    if (is_held_by_flag(*entry))
        return broken("flag_open", "It divides an entry although something flagged was not settled.");
    if (!entry->has_quantity || entry->counts_persons || entry->is_part)
        return broken("wrong_state", "It divides an entry that has no amount to divide.");
    constexpr std::int64_t parts_max = 20;
    const auto parts = leaf.number("parts").value_or(0);
    if (parts < 2 || parts > parts_max)
        return broken("split_sum", "An entry is divided into 2 to 20 parts.");
    entry->verdict = Verdict::Split;
    m_divisions[entry] = {parts, entry->quantity.parts};
    return {};
}

Result<void> Rules::erase(const LeafFields& leaf)
{
    Entry* entry = find(leaf.id("entry"));
    if (entry == nullptr)
        return broken("erased_unknown", "It erases an entry that no earlier row holds.");
    if (entry->erased)
        return broken("erased_twice", "It erases an entry that was erased before.");
    entry->erased = true;
    if (entry->verdict == Verdict::Split)
        for (Entry* part : m_parts_of[entry])
            part->erased = true;
    ++m_counts.erasures;
    return {};
}

// Flags

Result<void> Rules::raise_flag(std::uint64_t position, const LeafFields& leaf)
{
    Flag flag;
    flag.rule = leaf.text("rule");
    const auto& ids = leaf.texts("entries");
    // Lower-case ids of one length sort as text as they do as bytes.
    if (std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) != ids.end())
        return broken("bad_flag", "It names its entries out of order, or one of them twice.");
    for (const auto& id : ids) {
        Entry* entry = find(Uuid::parse(id).value());
        if (entry == nullptr)
            return broken("flag_unknown", "It flags an entry that no earlier row holds.");
        flag.entries.push_back(entry);
    }
    for (const auto other : m_flags_of[flag.entries.front()])
        if (m_flags.at(other).rule == flag.rule && m_flags.at(other).entries == flag.entries)
            return broken("flag_twice", "The same flag stands in an earlier row.");
    for (const Entry* entry : flag.entries)
        m_flags_of[entry].push_back(position);
    m_flags.emplace(position, std::move(flag));
    ++m_counts.flags;
    return {};
}

Result<Rules::Flag*> Rules::flag_of(const LeafFields& leaf)
{
    const auto number = leaf.number("flag").value_or(-1);
    const auto found = number < 0 ? m_flags.end() : m_flags.find(static_cast<std::uint64_t>(number));
    if (found == m_flags.end())
        return broken("flag_unknown", "It decides on a flag that no earlier row raises.");
    for (const Entry* entry : found->second.entries)
        if (was_captured_by(*entry, leaf.text("by")))
            return broken("own_entry", "Somebody decided on an entry that they captured themselves.");
    return &found->second;
}

Result<void> Rules::resolve(const LeafFields& leaf)
{
    const auto found = flag_of(leaf);
    if (!found)
        return found.error();
    Flag& flag = **found;
    if (!is_open(flag))
        return broken("wrong_state", "It settles a flag that was not open.");
    const auto as = leaf.text("as");
    const bool keeps_one = as == "same" || as == "part_of";
    Entry* one = leaf.has("kept") ? find(leaf.id("kept")) : nullptr;
    const bool is_named = std::find(flag.entries.begin(), flag.entries.end(), one) != flag.entries.end();
    if (keeps_one != leaf.has("kept") || keeps_one != is_named || (keeps_one && flag.entries.size() < 2))
        return broken("wrong_state", "It does not name the one entry that is to count.");
    if (keeps_one) {
        for (const Entry* entry : flag.entries)
            if (entry != one && place_of(*entry) == Place::Split)
                return broken("wrong_state", "It makes a divided entry a duplicate.");
        for (Entry* entry : flag.entries)
            entry->duplicate = entry != one;
    }
    flag.resolved = true;
    flag.kept = one;
    return {};
}

Result<void> Rules::reopen(const LeafFields& leaf)
{
    const auto found = flag_of(leaf);
    if (!found)
        return found.error();
    Flag& flag = **found;
    if (!flag.resolved)
        return broken("wrong_state", "It reopens a flag that nobody settled.");
    // The one that was kept may have become a duplicate of another since: that stands.
    if (flag.kept != nullptr)
        for (Entry* entry : flag.entries)
            entry->duplicate = entry->duplicate && entry == flag.kept;
    flag.resolved = false;
    flag.kept = nullptr;
    return {};
}

// Quarters

Result<void> Rules::close(const LeafFields& leaf)
{
    const auto quarter = leaf.text("quarter"); // sorts in order of time
    if (quarter <= m_closed_through)
        return broken("quarter_closed", "It closes a quarter that was closed before.");
    m_closed_through = quarter;
    ++m_counts.closings;
    return {};
}

// In the end

Result<void> Rules::check_end() const
{
    if (!m_divisions.empty())
        return Error{"split_unfinished", "The parts of this entry are not all in the log.",
                     "row " + std::to_string(m_divisions.begin()->first->position)};
    return {};
}

RowCounts Rules::counts() const
{
    RowCounts counts = m_counts;
    for (const auto& [position, flag] : m_flags)
        counts.open_flags += is_open(flag) ? 1 : 0;
    return counts;
}

bool Rules::counts_in_totals(const Entry& entry) const
{
    const auto place = place_of(entry);
    return stands(entry) && (place == Place::Open || place == Place::Accepted);
}

/// Each person counts in the first quarter of a calendar year that reports them for a measure of a
/// contract, whatever the order of arrival; within a quarter the first to arrive counts them.
std::unordered_map<const Rules::Entry*, std::int64_t> Rules::count_persons() const
{
    using Key =
        std::tuple<const std::string*, std::string, std::string, std::string, std::string, std::string>;
    std::map<Key, const Entry*> first;
    for (const auto& [entry, persons] : m_persons_of) {
        if (!counts_in_totals(*entry))
            continue;
        const auto& total = *entry->total;
        for (const auto* person : persons) {
            auto& counts = first[Key(person, total.contract, total.framework, total.version, total.measure,
                                     entry->quarter->substr(0, 4))];
            if (counts == nullptr ||
                std::tie(*entry->quarter, entry->position) < std::tie(*counts->quarter, counts->position))
                counts = entry;
        }
    }
    std::unordered_map<const Entry*, std::int64_t> counted;
    for (const auto& [key, entry] : first)
        ++counted[entry];
    return counted;
}

Result<std::map<TotalKey, Total>> Rules::totals() const
{
    auto totals = m_keys;
    const auto persons = count_persons();
    for (const auto& [id, entry] : m_entries) {
        if (!counts_in_totals(entry))
            continue;
        const bool open = place_of(entry) == Place::Open;
        const bool held = (entry.held && !entry.released) || (open && is_held_by_flag(entry));
        Quantity quantity = entry.quantity;
        Money value = entry.value;
        if (entry.aggregate == Aggregate::Latest) {
            quantity = {}; // figures of which only the newest counts add up to nothing
            value = {};
        } else if (entry.counts_persons) {
            const auto counted = persons.find(&entry);
            quantity.parts = (counted == persons.end() ? 0 : counted->second) * Quantity::parts_per_unit;
            if (entry.has_proxy) {
                const auto product = value_of(quantity, Proxy{entry.proxy});
                if (!product)
                    return Error{"overflow", product.error().message, "entry " + id.text()};
                value = *product;
            }
        }
        Total& total = totals.find(*entry.total)->second;
        Sum& sum = held ? (open ? total.held_claimed : total.held_confirmed)
                        : (open ? total.claimed : total.confirmed);
        if (auto added = add_to(sum, quantity, value); !added)
            return Error{added.error().code, added.error().message, "entry " + id.text()};
    }
    return totals;
}

} // namespace tally::verify
