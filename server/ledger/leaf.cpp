#include "server/ledger/leaf.h"

#include "shared/protocol/json_reader.h"
#include "shared/protocol/json_writer.h"

namespace tally::server {
namespace {

using protocol::JsonObject;
using protocol::JsonProblems;
using protocol::JsonWriter;

constexpr std::string_view type_received = "received";

void write_received(JsonWriter& json, const ReceivedLeaf& leaf)
{
    const auto& facts = leaf.facts;
    json.field("type", type_received);
    json.field("at", leaf.at.ms);
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
}

void write_decision(JsonWriter& json, const DecisionLeaf& leaf)
{
    json.field("type", name_of(leaf.kind));
    json.field("at", leaf.at.ms);
    json.field("entry", leaf.entry.text());
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

ReceivedLeaf read_received(JsonObject& object)
{
    ReceivedLeaf leaf;
    auto& facts = leaf.facts;
    leaf.at.ms = object.integer("at");
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
    return leaf;
}

DecisionLeaf read_decision(JsonObject& object, DecisionKind kind)
{
    DecisionLeaf leaf;
    leaf.kind = kind;
    leaf.at.ms = object.integer("at");
    leaf.entry = checked(object, "entry", Uuid::parse(object.text("entry")));
    leaf.by = object.text("by");
    leaf.note_digest = object.text_or_empty("note");
    return leaf;
}

} // namespace

std::string write_leaf(const Leaf& leaf)
{
    std::string out;
    out.reserve(640);
    JsonWriter json(out);
    json.begin_object();
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        write_received(json, *received);
    else
        write_decision(json, std::get<DecisionLeaf>(leaf));
    json.end_object();
    return out;
}

Result<Leaf> parse_leaf(std::string_view text)
{
    const auto root = protocol::parse_json(text);
    if (!root)
        return Error{"bad_leaf", root.error().message};
    JsonProblems problems;
    JsonObject object(*root, "", problems);
    const auto type = object.text("type");
    Leaf leaf;
    if (type == type_received)
        leaf = read_received(object);
    else if (const auto kind = decision_named(type))
        leaf = read_decision(object, *kind);
    else
        object.report("bad_leaf", "This type of leaf is not known.", "type");
    object.refuse_the_rest();
    if (problems.any())
        return Error{"bad_leaf", problems.first().text()};
    return leaf;
}

Timestamp moment_of(const Leaf& leaf)
{
    return std::visit([](const auto& any) { return any.at; }, leaf);
}

const Uuid& entry_of(const Leaf& leaf)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return received->facts.id;
    return std::get<DecisionLeaf>(leaf).entry;
}

} // namespace tally::server
