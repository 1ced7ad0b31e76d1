#include "server/verify/rules.h"

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

Result<void> add_to(Sum& sum, std::int64_t entries, Quantity quantity, Money value)
{
    const auto quantities = add(sum.quantity, quantity);
    const auto values = add(sum.value, value);
    if (!quantities || !values)
        return broken("overflow", "A total is too large to be written as a number.");
    sum = Sum{sum.entries + entries, *quantities, *values};
    return {};
}

} // namespace

Result<void> Rules::apply(const LeafFields& leaf)
{
    return leaf.text("type") == "received" ? receive(leaf) : decide(leaf);
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

void Rules::end(Entry& entry, State state)
{
    entry.before = entry.state;
    entry.state = state;
}

Result<void> Rules::receive(const LeafFields& leaf)
{
    const Uuid id = leaf.id("entry");
    if (find(id) != nullptr)
        return broken("entry_twice", "An entry with this id stands in an earlier row.");
    if (const auto value = check_value(leaf); !value)
        return value;
    const auto action = leaf.text("action");
    if ((action == "capture") == leaf.has("amends"))
        return broken("bad_amends", "A change names the entry that it changes, and nothing else does.");

    Entry entry;
    entry.device = leaf.id("device");
    entry.amends = leaf.id("amends");
    entry.author = kept(leaf.text("author"));
    entry.kind = kept(leaf.text("kind"));
    entry.quantity.parts = leaf.number("quantity").value_or(0);
    entry.value.parts = leaf.number("value").value_or(0);
    entry.held = leaf.has("held");
    entry.withdraws = action == "withdraw";
    TotalKey key{std::string(leaf.text("contract")), std::string(leaf.text("framework")),
                 std::string(leaf.text("version")), std::string(leaf.text("measure")),
                 std::string(leaf.text("class"))};
    entry.total = &m_keys.try_emplace(std::move(key)).first->first;

    if (action != "capture") {
        Entry* target = find(entry.amends);
        if (target == nullptr)
            return broken("amends_unknown", "It changes an entry that no earlier row holds.");
        if (target->device != entry.device && (entry.author->empty() || entry.author != target->author))
            return broken("amends_foreign", "It changes an entry of somebody else.");
        if (target->kind != entry.kind)
            return broken("amends_other_kind", "It changes an entry of another kind.");
        if (target->withdraws || target->state == State::Replaced || target->state == State::Withdrawn)
            return broken("amends_replaced", "It changes an entry that was replaced or withdrawn before.");
        if (target->state == State::Accepted) {
            entry.stands = false; // the accepted one stands until somebody decides
        } else if (entry.withdraws) {
            entry.state = State::Withdrawn;
            entry.stands = false;
            end(*target, State::Withdrawn);
        } else {
            entry.stands = target->stands || target->state == State::Declined;
            end(*target, State::Replaced);
        }
    }
    m_entries.emplace(id, entry);
    return {};
}

bool Rules::was_captured_by(const Entry& entry, std::string_view person) const
{
    for (const Entry* revision = &entry;;) {
        if (!revision->author->empty() && *revision->author == person)
            return true;
        const auto before = m_entries.find(revision->amends);
        if (before == m_entries.end())
            return false;
        revision = &before->second;
    }
}

Rules::Entry* Rules::accepted_before(const Entry& entry)
{
    for (Entry* revision = find(entry.amends); revision != nullptr; revision = find(revision->amends))
        if (revision->state == State::Accepted || revision->before == State::Accepted)
            return revision;
    return nullptr;
}

Result<void> Rules::decide(const LeafFields& leaf)
{
    Entry* entry = find(leaf.id("entry"));
    if (entry == nullptr)
        return broken("decision_unknown", "It decides on an entry that no earlier row holds.");
    if (was_captured_by(*entry, leaf.text("by")))
        return broken("own_entry", "Somebody decided on an entry that they captured themselves.");
    const auto type = leaf.text("type");
    const bool open = entry->state == State::Waiting || entry->state == State::Queried;
    if (type != "reversed" && !open)
        return broken("wrong_state", "It decides on an entry that was no longer open.");
    Result<void> done;
    if (type == "accepted")
        done = accept(*entry);
    else if (type == "reversed")
        done = reverse(*entry);
    else {
        entry->before = State::Waiting;
        entry->state = type == "queried" ? State::Queried : State::Declined;
    }
    if (!done)
        return done;
    entry->decided = true;
    ++m_decisions;
    return {};
}

Result<void> Rules::accept(Entry& entry)
{
    if (!entry.stands) {
        Entry* old = accepted_before(entry);
        if (old == nullptr || old->state != State::Accepted)
            return broken("wrong_state", "It accepts a change of an entry that is not accepted any more.");
        end(*old, entry.withdraws ? State::Withdrawn : State::Replaced);
        entry.stands = !entry.withdraws;
    }
    entry.before = State::Waiting;
    entry.state = entry.withdraws ? State::Withdrawn : State::Accepted;
    return {};
}

Result<void> Rules::reverse(Entry& entry)
{
    const Error nothing = broken("wrong_state", "It takes back a decision that there is not.");
    if (!entry.before || !entry.decided)
        return nothing;
    const bool took_effect = entry.state == State::Accepted || entry.state == State::Withdrawn;
    Entry* old = took_effect ? accepted_before(entry) : nullptr;
    if (old != nullptr &&
        (old->before != State::Accepted || (old->state != State::Replaced && old->state != State::Withdrawn)))
        old = nullptr;
    const bool decided_here =
        entry.state == State::Accepted || entry.state == State::Declined || entry.state == State::Queried;
    if (!decided_here && old == nullptr)
        return nothing;
    if (old != nullptr) {
        old->state = State::Accepted;
        old->before = State::Waiting;
        entry.stands = false;
    }
    entry.state = State::Waiting;
    entry.before.reset();
    return {};
}

Result<std::map<TotalKey, Total>> Rules::totals() const
{
    auto totals = m_keys;
    for (const auto& [id, entry] : m_entries) {
        const bool open = entry.state == State::Waiting || entry.state == State::Queried;
        if (!entry.stands || (!open && entry.state != State::Accepted))
            continue;
        Total& total = totals.find(*entry.total)->second;
        Sum& sum = entry.held ? (open ? total.held_claimed : total.held_confirmed)
                              : (open ? total.claimed : total.confirmed);
        if (auto added = add_to(sum, 1, entry.quantity, entry.value); !added)
            return Error{added.error().code, added.error().message, "entry " + id.text()};
    }
    return totals;
}

} // namespace tally::verify
