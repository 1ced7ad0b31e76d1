#include "server/console/ledger_view.h"

#include "server/console/words.h"

namespace tally::server::console {
namespace {

std::string received_words(const EntryFacts& facts)
{
    const std::string kind = word_for(facts.kind);
    if (facts.action == EntryAction::Amend)
        return kind + " amended";
    return facts.action == EntryAction::Withdraw ? kind + " withdrawn" : kind + " received";
}

std::string decision_words(DecisionKind kind)
{
    switch (kind) {
    case DecisionKind::Accept:
        return "Accepted";
    case DecisionKind::Query:
        return "Queried";
    case DecisionKind::Decline:
        return "Declined";
    case DecisionKind::Reverse:
        return "Decision reversed";
    }
    return "Decided";
}

/// The entry that a line is about; nothing for a decision on an entry that the ledger does not have.
std::optional<EntryFacts> facts_behind(const Leaf& leaf, const LedgerReader& reader)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return received->facts;
    return reader.entry(entry_of(leaf));
}

bool is_visible(const std::optional<EntryFacts>& facts, const LedgerReader& reader)
{
    return facts && reader.sees(facts->contract);
}

Timestamp time_of(const Leaf& leaf)
{
    return std::visit([](const auto& line) { return line.at; }, leaf);
}

void add_fact(ViewList& facts, std::string_view name, std::string text, std::string_view link = {})
{
    if (text.empty())
        return;
    View fact = object();
    fact.set("name", std::string(name));
    fact.set("text", std::move(text));
    set_text(fact, "link", link);
    facts.push_back(std::move(fact));
}

void add_received(ViewList& facts, const ReceivedLeaf& leaf, const LedgerReader& reader, const Clock& clock)
{
    const EntryFacts& entry = leaf.facts;
    const auto entry_link = [&](const Uuid& id) {
        return reader.may_see_evidence ? "/entries/" + id.text() : "";
    };
    add_fact(facts, "Received", moment(leaf.at, clock));
    add_fact(facts, "Entry", entry.id.text(), entry_link(entry.id));
    if (entry.amends)
        add_fact(facts, "Replaces or takes back", entry.amends->text(), entry_link(*entry.amends));
    add_fact(facts, "Contract", entry.contract.empty() ? "" : reader.contract(entry.contract));
    add_fact(facts, "Quarter", format_quarter_long(entry.quarter));
    add_fact(facts, "Measure", entry.measure);
    if (!entry.framework.empty())
        add_fact(facts, "Framework",
                 entry.framework + ", edition " + entry.framework_version + ", revision " +
                     std::to_string(entry.framework_revision));
    if (entry.quantity)
        add_fact(facts, "Quantity", format_quantity_for_people(*entry.quantity));
    if (entry.proxy)
        add_fact(facts, "Proxy value", pounds(*entry.proxy));
    if (entry.value)
        add_fact(facts, "Value, exact",
                 "£" + format_exact(*entry.value) + (entry.held ? ", held apart" : ""));
    add_fact(facts, "Kind of value", word_for_value_class(entry.value_class));
    add_fact(facts, "Device and number", entry.device.text() + " / " + std::to_string(entry.device_seq));
    add_fact(facts, "SHA-256 of the sealed record", entry.digest);
}

} // namespace

View ledger_line(const LogRow& row, const LedgerReader& reader, const Clock& clock)
{
    View view = object();
    view.set("position", std::to_string(row.position));
    for (const auto* name : {"contract", "measure", "of", "of_text", "quantity", "value", "held", "at"})
        view.set(name, false);
    const auto leaf = parse_leaf(row.leaf);
    if (!leaf) {
        view.set("what", "A line that this program cannot read");
        return view;
    }
    const auto facts = facts_behind(*leaf, reader);
    view.set("at", moment(time_of(*leaf), clock));
    if (!is_visible(facts, reader)) {
        view.set("what", "Something about a contract that you do not see");
        return view;
    }
    if (reader.may_see_evidence) {
        view.set("of", "/entries/" + facts->id.text());
        view.set("of_text", "see the entry");
    }
    if (const auto* decision = std::get_if<DecisionLeaf>(&*leaf)) {
        const std::string by = reader.person(decision->by);
        view.set("what", decision_words(decision->kind) + (by.empty() ? "" : " by " + by));
    } else {
        view.set("what", received_words(*facts));
    }
    set_text(view, "contract", facts->contract.empty() ? "" : reader.contract(facts->contract));
    set_text(view, "measure", facts->measure);
    set_text(view, "quantity",
             !facts->quantity                     ? std::string()
             : facts->kind == EvidenceKind::Hours ? format_hours_for_people(*facts->quantity)
                                                  : format_quantity_for_people(*facts->quantity));
    set_text(view, "value", facts->value ? format_pounds(*facts->value) : "");
    view.set("held", facts->held);
    return view;
}

View ledger_row_view(const LogRow& row, const LedgerReader& reader, const Clock& clock)
{
    View view = ledger_line(row, reader, clock);
    ViewList facts;
    const auto leaf = parse_leaf(row.leaf);
    const bool visible = leaf && is_visible(facts_behind(*leaf, reader), reader);
    if (visible) {
        if (const auto* received = std::get_if<ReceivedLeaf>(&*leaf)) {
            add_received(facts, *received, reader, clock);
        } else {
            const auto& decision = std::get<DecisionLeaf>(*leaf);
            add_fact(facts, "Decided", moment(decision.at, clock));
            add_fact(facts, "By", reader.person(decision.by));
            add_fact(facts, "Entry", decision.entry.text(),
                     reader.may_see_evidence ? "/entries/" + decision.entry.text() : "");
            add_fact(facts, "Digest of the note", decision.note_digest);
        }
    }
    set_list(view, "facts", std::move(facts));
    set_text(view, "leaf", leaf && !visible ? "" : row.leaf);
    view.set("hash", row.leaf_hash);
    return view;
}

} // namespace tally::server::console
