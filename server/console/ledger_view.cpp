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
    case DecisionKind::Release:
        return "Held value let through";
    case DecisionKind::Hold:
        return "Value held again";
    }
    return "Decided";
}

std::string words_for(const Leaf& leaf)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return received->facts.part_of ? "Part of a divided entry" : received_words(received->facts);
    if (const auto* decision = std::get_if<DecisionLeaf>(&leaf))
        return decision_words(decision->kind);
    if (std::holds_alternative<FlaggedLeaf>(leaf))
        return "Possible double counting flagged";
    if (std::holds_alternative<ResolvedLeaf>(leaf))
        return "Flag settled";
    if (std::holds_alternative<ReopenedLeaf>(leaf))
        return "Flag opened again";
    if (std::holds_alternative<SplitLeaf>(leaf))
        return "Divided between contracts";
    if (std::holds_alternative<ErasedLeaf>(leaf))
        return "Personal words erased";
    return format_quarter_long(std::get<ClosedLeaf>(leaf).quarter) + " closed";
}

/// The entry that a line is about, for a flag the first; nothing for the closing of a quarter and for an
/// entry that the ledger does not have.
std::optional<EntryFacts> facts_behind(const Leaf& leaf, const LedgerReader& reader)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return received->facts;
    if (const auto* flagged = std::get_if<FlaggedLeaf>(&leaf))
        return flagged->entries.empty() ? std::nullopt : reader.entry(flagged->entries.front());
    if (const auto* resolved = std::get_if<ResolvedLeaf>(&leaf))
        return reader.flagged_entry(resolved->flag);
    if (const auto* reopened = std::get_if<ReopenedLeaf>(&leaf))
        return reader.flagged_entry(reopened->flag);
    const auto entry = entry_of(leaf);
    return entry ? reader.entry(*entry) : std::nullopt;
}

/// Everybody may know that a quarter is closed.
bool is_visible(const Leaf& leaf, const std::optional<EntryFacts>& facts, const LedgerReader& reader)
{
    return std::holds_alternative<ClosedLeaf>(leaf) || (facts && reader.sees(facts->contract));
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
    view.set("at", moment(moment_of(*leaf), clock));
    if (!is_visible(*leaf, facts, reader)) {
        view.set("what", "Something about a contract that you do not see");
        return view;
    }
    const std::string by(decided_by(*leaf).empty() ? "" : reader.person(std::string(decided_by(*leaf))));
    view.set("what", words_for(*leaf) + (by.empty() ? "" : " by " + by));
    if (!facts)
        return view;
    if (reader.may_see_evidence) {
        view.set("of", "/entries/" + facts->id.text());
        view.set("of_text", "see the entry");
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
    const bool visible = leaf && is_visible(*leaf, facts_behind(*leaf, reader), reader);
    if (visible) {
        if (const auto* received = std::get_if<ReceivedLeaf>(&*leaf)) {
            add_received(facts, *received, reader, clock);
        } else {
            add_fact(facts, "What", words_for(*leaf));
            add_fact(facts, "When", moment(moment_of(*leaf), clock));
            add_fact(facts, "By", reader.person(std::string(decided_by(*leaf))));
            if (const auto entry = entry_of(*leaf))
                add_fact(facts, "Entry", entry->text(),
                         reader.may_see_evidence ? "/entries/" + entry->text() : "");
            if (const auto* flagged = std::get_if<FlaggedLeaf>(&*leaf))
                for (const auto& entry : flagged->entries)
                    add_fact(facts, "Entry", entry.text(),
                             reader.may_see_evidence ? "/entries/" + entry.text() : "");
        }
    }
    set_list(view, "facts", std::move(facts));
    set_text(view, "leaf", leaf && !visible ? "" : row.leaf);
    view.set("hash", row.leaf_hash);
    return view;
}

} // namespace tally::server::console
