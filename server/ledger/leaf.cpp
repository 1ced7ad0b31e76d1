#include "server/ledger/leaf.h"

#include "server/ledger/leaf_canonical.h"
#include "shared/protocol/json_reader.h"
#include "shared/protocol/json_writer.h"

namespace tally::server {
namespace {

using protocol::JsonObject;
using protocol::JsonProblems;
using protocol::JsonWriter;

constexpr std::string_view type_received = "received";
constexpr std::string_view type_split = "split";
constexpr std::string_view type_flagged = "flagged";
constexpr std::string_view type_resolved = "resolved";
constexpr std::string_view type_reopened = "reopened";
constexpr std::string_view type_erased = "erased";
constexpr std::string_view type_closed = "closed";

template <typename... F>
struct Cases : F...
{
    using F::operator()...;
};
// Older clang, with which the fuzz targets are built, does not make this guide by itself.
template <typename... F>
Cases(F...) -> Cases<F...>;

void write_received(JsonWriter& json, const ReceivedLeaf& leaf)
{
    const auto& facts = leaf.facts;
    json.field("entry", facts.id.text());
    json.field("action", name_of(facts.action));
    json.field("kind", name_of(facts.kind));
    if (facts.amends)
        json.field("amends", facts.amends->text());
    json.field("digest", facts.digest);
    json.field("device", facts.device.text());
    json.field("seq", facts.device_seq);
    json.field_if("author", facts.author);
    json.field_if("contract", facts.contract);
    if (!facts.framework.empty()) {
        json.field("framework", facts.framework);
        json.field("version", facts.framework_version);
        json.field("revision", facts.framework_revision);
    }
    json.field_if("measure", facts.measure);
    if (facts.quantity)
        json.field("quantity", facts.quantity->parts);
    if (facts.proxy)
        json.field("proxy", facts.proxy->parts);
    if (facts.value)
        json.field("value", facts.value->parts);
    json.field("class", facts.value_class);
    if (facts.held)
        json.key("held").boolean(true);
    json.field("quarter", format_quarter(facts.quarter));
    json.field_if("event", facts.event);
    json.field_if("place", facts.place);
    if (facts.verification != "none")
        json.field("verification", facts.verification);
    if (facts.counting != Counting::Sum)
        json.field("aggregate", name_of(facts.counting));
    if (facts.until)
        json.field("until", format_date(*facts.until));
    if (!facts.persons.empty()) {
        json.key("persons").begin_array();
        for (const auto& person : facts.persons)
            json.text(person);
        json.end_array();
    }
    if (facts.part_of) {
        json.field("part_of", facts.part_of->text());
        json.field("by", facts.split_by);
    }
}

void write_decision(JsonWriter& json, const DecisionLeaf& leaf)
{
    json.field("entry", leaf.entry.text());
    json.field("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

void write_flagged(JsonWriter& json, const FlaggedLeaf& leaf)
{
    json.field("rule", leaf.rule);
    json.key("entries").begin_array();
    for (const auto& entry : leaf.entries)
        json.text(entry.text());
    json.end_array();
    json.field("minutes", leaf.minutes);
    json.field("sure", leaf.sure);
}

void write_split(JsonWriter& json, const SplitLeaf& leaf)
{
    json.field("entry", leaf.entry.text());
    json.field("parts", leaf.parts);
    json.field("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

void write_resolved(JsonWriter& json, const ResolvedLeaf& leaf)
{
    json.field("flag", leaf.flag);
    json.field("as", name_of(leaf.as));
    if (leaf.kept)
        json.field("kept", leaf.kept->text());
    json.field("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

void write_reopened(JsonWriter& json, const ReopenedLeaf& leaf)
{
    json.field("flag", leaf.flag);
    json.field("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

void write_erased(JsonWriter& json, const ErasedLeaf& leaf)
{
    json.field("entry", leaf.entry.text());
    json.field("why", name_of(leaf.why));
    json.field_if("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

void write_closed(JsonWriter& json, const ClosedLeaf& leaf)
{
    json.field("quarter", format_quarter(leaf.quarter));
    json.field("by", leaf.by);
    json.field_if("note", leaf.note_digest);
}

template <typename T>
T checked(JsonObject& object, std::string_view name, Result<T> parsed)
{
    if (parsed)
        return *parsed;
    object.report(parsed.error().code, parsed.error().message, name);
    return T{};
}

template <typename T>
std::optional<T> optional_parts(JsonObject& object, std::string_view name)
{
    if (!object.element(name))
        return std::nullopt;
    return T{object.integer(name)};
}

/// A word of ours; an unknown one is reported.
template <typename T>
T word(JsonObject& object, std::string_view name, std::optional<T> parsed, T otherwise)
{
    if (!parsed)
        object.report("bad_leaf", "This word is not known.", name);
    return parsed.value_or(otherwise);
}

std::vector<std::string> texts(JsonObject& object, std::string_view name)
{
    std::vector<std::string> found;
    for (const auto& item : object.items(name)) {
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS)
            object.report("bad_leaf", "Each of these is a text.", name);
        found.emplace_back(text);
    }
    return found;
}

ReceivedLeaf read_received(JsonObject& object)
{
    ReceivedLeaf leaf;
    auto& facts = leaf.facts;
    facts.id = checked(object, "entry", Uuid::parse(object.text("entry")));
    const auto action = action_named(object.text("action"));
    const auto kind = kind_named(object.text("kind"));
    if (!action || !kind)
        object.report("bad_leaf", "The action or kind is not known.", "kind");
    facts.action = action.value_or(EntryAction::Capture);
    facts.kind = kind.value_or(EvidenceKind::Hours);
    if (object.element("amends"))
        facts.amends = checked(object, "amends", Uuid::parse(object.text("amends")));
    facts.digest = object.text("digest");
    facts.device = checked(object, "device", Uuid::parse(object.text("device")));
    facts.device_seq = object.integer("seq");
    facts.author = object.text_or_empty("author");
    facts.contract = object.text_or_empty("contract");
    facts.framework = object.text_or_empty("framework");
    facts.framework_version = object.text_or_empty("version");
    facts.framework_revision = object.integer_or("revision", 0);
    facts.measure = object.text_or_empty("measure");
    facts.quantity = optional_parts<Quantity>(object, "quantity");
    facts.proxy = optional_parts<Proxy>(object, "proxy");
    facts.value = optional_parts<Money>(object, "value");
    facts.value_class = object.text("class");
    facts.held = object.boolean_or("held", false);
    facts.quarter = checked(object, "quarter", parse_quarter(object.text("quarter")));
    facts.event = object.text_or_empty("event");
    facts.place = object.text_or_empty("place");
    if (object.element("verification"))
        facts.verification = object.text("verification");
    if (object.element("aggregate"))
        facts.counting = word(object, "aggregate", counting_named(object.text("aggregate")), Counting::Sum);
    if (object.element("until"))
        facts.until = checked(object, "until", parse_date(object.text("until")));
    facts.persons = texts(object, "persons");
    if (object.element("part_of")) {
        facts.part_of = checked(object, "part_of", Uuid::parse(object.text("part_of")));
        facts.split_by = object.text("by");
    }
    return leaf;
}

DecisionLeaf read_decision(JsonObject& object, DecisionKind kind)
{
    DecisionLeaf leaf;
    leaf.kind = kind;
    leaf.entry = checked(object, "entry", Uuid::parse(object.text("entry")));
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

SplitLeaf read_split(JsonObject& object)
{
    SplitLeaf leaf;
    leaf.entry = checked(object, "entry", Uuid::parse(object.text("entry")));
    leaf.parts = object.integer("parts");
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

FlaggedLeaf read_flagged(JsonObject& object)
{
    FlaggedLeaf leaf;
    leaf.rule = object.text("rule");
    for (const auto& entry : texts(object, "entries"))
        leaf.entries.push_back(checked(object, "entries", Uuid::parse(entry)));
    leaf.minutes = object.integer("minutes");
    leaf.sure = object.integer("sure");
    return leaf;
}

ResolvedLeaf read_resolved(JsonObject& object)
{
    ResolvedLeaf leaf;
    leaf.flag = object.integer("flag");
    leaf.as = word(object, "as", resolution_named(object.text("as")), Resolution::Different);
    if (object.element("kept"))
        leaf.kept = checked(object, "kept", Uuid::parse(object.text("kept")));
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

ReopenedLeaf read_reopened(JsonObject& object)
{
    ReopenedLeaf leaf;
    leaf.flag = object.integer("flag");
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

ErasedLeaf read_erased(JsonObject& object)
{
    ErasedLeaf leaf;
    leaf.entry = checked(object, "entry", Uuid::parse(object.text("entry")));
    leaf.why = word(object, "why", erasure_reason_named(object.text("why")), ErasureReason::Staff);
    leaf.by = object.text_or_empty("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

ClosedLeaf read_closed(JsonObject& object)
{
    ClosedLeaf leaf;
    leaf.quarter = checked(object, "quarter", parse_quarter(object.text("quarter")));
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

/// Everything behind type and time.
Leaf read_rest(JsonObject& object, std::string_view type)
{
    if (type == type_received)
        return read_received(object);
    if (const auto kind = decision_named(type))
        return read_decision(object, *kind);
    if (type == type_flagged)
        return read_flagged(object);
    if (type == type_resolved)
        return read_resolved(object);
    if (type == type_reopened)
        return read_reopened(object);
    if (type == type_split)
        return read_split(object);
    if (type == type_erased)
        return read_erased(object);
    if (type == type_closed)
        return read_closed(object);
    object.report("bad_leaf", "This type of leaf is not known.", "type");
    return {};
}

} // namespace

std::string write_leaf(const Leaf& leaf)
{
    std::string out;
    out.reserve(640);
    JsonWriter json(out);
    json.begin_object();
    json.field("type", type_of(leaf));
    json.field("at", moment_of(leaf).ms);
    std::visit(Cases{[&](const ReceivedLeaf& received) { write_received(json, received); },
                     [&](const DecisionLeaf& decision) { write_decision(json, decision); },
                     [&](const SplitLeaf& split) { write_split(json, split); },
                     [&](const FlaggedLeaf& flagged) { write_flagged(json, flagged); },
                     [&](const ResolvedLeaf& resolved) { write_resolved(json, resolved); },
                     [&](const ReopenedLeaf& reopened) { write_reopened(json, reopened); },
                     [&](const ErasedLeaf& erased) { write_erased(json, erased); },
                     [&](const ClosedLeaf& closed) { write_closed(json, closed); }},
               leaf);
    json.end_object();
    return out;
}

Result<Leaf> parse_leaf(std::string_view text)
{
    if (auto leaf = read_canonical_leaf(text))
        return std::move(*leaf);
    return parse_leaf_strictly(text);
}

Result<Leaf> parse_leaf_strictly(std::string_view text)
{
    const auto root = protocol::parse_json(text);
    if (!root)
        return Error{"bad_leaf", root.error().message};
    JsonProblems problems;
    JsonObject object(*root, "", problems);
    const auto type = object.text("type");
    const Timestamp at{object.integer("at")};
    Leaf leaf = read_rest(object, type);
    std::visit([&](auto& any) { any.at = at; }, leaf);
    object.refuse_the_rest();
    if (problems.any())
        return Error{"bad_leaf", problems.first().text()};
    // One way of writing: what was hashed has no room for white space, another order or other escapes.
    if (write_leaf(leaf) != text)
        return Error{"bad_leaf", "The leaf is not written as leaves are."};
    return leaf;
}

std::string_view type_of(const Leaf& leaf)
{
    return std::visit(
        Cases{[](const ReceivedLeaf&) { return type_received; },
              [](const DecisionLeaf& decision) { return name_of(decision.kind); },
              [](const SplitLeaf&) { return type_split; }, [](const FlaggedLeaf&) { return type_flagged; },
              [](const ResolvedLeaf&) { return type_resolved; },
              [](const ReopenedLeaf&) { return type_reopened; },
              [](const ErasedLeaf&) { return type_erased; }, [](const ClosedLeaf&) { return type_closed; }},
        leaf);
}

Timestamp moment_of(const Leaf& leaf)
{
    return std::visit([](const auto& any) { return any.at; }, leaf);
}

std::optional<Uuid> entry_of(const Leaf& leaf)
{
    return std::visit(
        [](const auto& any) -> std::optional<Uuid> {
            if constexpr (requires { any.facts; })
                return any.facts.id;
            else if constexpr (requires { any.entry; })
                return any.entry;
            else
                return std::nullopt;
        },
        leaf);
}

std::string_view decided_by(const Leaf& leaf)
{
    return std::visit(
        [](const auto& any) -> std::string_view {
            if constexpr (requires { any.by; })
                return any.by;
            else if constexpr (requires { any.facts; })
                return any.facts.split_by;
            else
                return {};
        },
        leaf);
}

} // namespace tally::server
