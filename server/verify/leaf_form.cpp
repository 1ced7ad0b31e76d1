#include "server/verify/leaf_form.h"

#include "shared/base/time.h"
#include "shared/protocol/json_reader.h"
#include "shared/protocol/json_writer.h"

#include <algorithm>
#include <array>
#include <span>

namespace tally::verify {
namespace {

enum class Form
{
    Integer,
    Id,     ///< UUID in lower case
    Digest, ///< SHA-256 in lower-case hex
    Text,   ///< not empty
    True,   ///< `true`; otherwise the field is left out
    Ids,    ///< one UUID or more
    Texts,  ///< one text or more, none of them empty
};

enum class Presence
{
    Always,
    Maybe
};

struct Field
{
    std::string_view name;
    Form form = Form::Text;
    Presence presence = Presence::Always;
};

constexpr std::array received_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"entry", Form::Id},
    Field{"action"},
    Field{"kind"},
    Field{"amends", Form::Id, Presence::Maybe},
    Field{"digest", Form::Digest},
    Field{"device", Form::Id},
    Field{"seq", Form::Integer},
    Field{"author", Form::Text, Presence::Maybe},
    Field{"contract", Form::Text, Presence::Maybe},
    Field{"framework", Form::Text, Presence::Maybe},
    Field{"version", Form::Text, Presence::Maybe},
    Field{"revision", Form::Integer, Presence::Maybe},
    Field{"measure", Form::Text, Presence::Maybe},
    Field{"quantity", Form::Integer, Presence::Maybe},
    Field{"proxy", Form::Integer, Presence::Maybe},
    Field{"value", Form::Integer, Presence::Maybe},
    Field{"class"},
    Field{"held", Form::True, Presence::Maybe},
    Field{"quarter"},
    Field{"event", Form::Text, Presence::Maybe},
    Field{"place", Form::Text, Presence::Maybe},
    Field{"verification", Form::Text, Presence::Maybe},
    Field{"aggregate", Form::Text, Presence::Maybe},
    Field{"until", Form::Text, Presence::Maybe},
    Field{"persons", Form::Texts, Presence::Maybe},
    Field{"part_of", Form::Id, Presence::Maybe},
    Field{"by", Form::Text, Presence::Maybe},
};

constexpr std::array decision_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"entry", Form::Id},
    Field{"by"},
    Field{"note", Form::Digest, Presence::Maybe},
};

constexpr std::array split_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"entry", Form::Id},
    Field{"parts", Form::Integer},
    Field{"by"},
    Field{"note", Form::Digest, Presence::Maybe},
};

constexpr std::array flagged_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"rule"},
    Field{"entries", Form::Ids},
    Field{"minutes", Form::Integer},
    Field{"sure", Form::Integer},
};

constexpr std::array resolved_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"flag", Form::Integer},
    Field{"as"},
    Field{"kept", Form::Id, Presence::Maybe},
    Field{"by"},
    Field{"note", Form::Digest, Presence::Maybe},
};

constexpr std::array reopened_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"flag", Form::Integer},
    Field{"by"},
    Field{"note", Form::Digest, Presence::Maybe},
};

constexpr std::array erased_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"entry", Form::Id},
    Field{"why"},
    Field{"by", Form::Text, Presence::Maybe},
    Field{"note", Form::Digest, Presence::Maybe},
};

constexpr std::array closed_fields = {
    Field{"type"},
    Field{"at", Form::Integer},
    Field{"quarter"},
    Field{"by"},
    Field{"note", Form::Digest, Presence::Maybe},
};

struct LeafType
{
    std::string_view name;
    std::span<const Field> fields;
};

constexpr std::array leaf_types = {
    LeafType{"received", received_fields}, LeafType{"accepted", decision_fields},
    LeafType{"queried", decision_fields},  LeafType{"declined", decision_fields},
    LeafType{"reversed", decision_fields}, LeafType{"released", decision_fields},
    LeafType{"held", decision_fields},     LeafType{"split", split_fields},
    LeafType{"flagged", flagged_fields},   LeafType{"resolved", resolved_fields},
    LeafType{"reopened", reopened_fields}, LeafType{"erased", erased_fields},
    LeafType{"closed", closed_fields},
};

struct AllowedWords
{
    std::string_view field;
    std::span<const std::string_view> words;
};

constexpr std::array<std::string_view, 3> actions = {"capture", "amend", "withdraw"};
constexpr std::array<std::string_view, 4> kinds = {"hours", "story", "feedback", "delivery"};
constexpr std::array<std::string_view, 4> classes = {"social", "local_economic", "community", "none"};
constexpr std::array<std::string_view, 4> verifications = {"sign_in_sheet", "supervisor", "host", "document"};
constexpr std::array<std::string_view, 2> aggregates = {"latest", "once"};
constexpr std::array<std::string_view, 4> resolutions = {"different", "same", "part_of", "fine"};
constexpr std::array<std::string_view, 3> reasons = {"withdrawal", "staff", "retention"};
constexpr std::array allowed_words = {
    AllowedWords{"action", actions},       AllowedWords{"kind", kinds},
    AllowedWords{"class", classes},        AllowedWords{"verification", verifications},
    AllowedWords{"aggregate", aggregates}, AllowedWords{"as", resolutions},
    AllowedWords{"why", reasons},
};

Error bad(std::string why)
{
    return {"bad_leaf", std::move(why)};
}

std::string quoted(std::string_view name)
{
    return "\"" + std::string(name) + "\"";
}

bool is_digest(std::string_view text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text)
{
    const auto id = Uuid::parse(text);
    return id && id->text() == text;
}

/// "2026-Q1"
bool is_quarter(std::string_view text)
{
    return text.size() == 7 && text.substr(0, 4).find_first_not_of("0123456789") == std::string_view::npos &&
           text.substr(4, 2) == "-Q" && text[6] >= '1' && text[6] <= '4';
}

/// "2026-03-31"
bool is_date(std::string_view text)
{
    const auto date = parse_date(text);
    return date && format_date(*date) == text;
}

bool is_allowed(const Field& field, std::string_view text)
{
    if (field.form == Form::Id || field.form == Form::Ids)
        return is_id(text);
    if (field.form == Form::Digest)
        return is_digest(text);
    if (field.name == "quarter")
        return is_quarter(text);
    if (field.name == "until")
        return is_date(text);
    for (const auto& rule : allowed_words)
        if (rule.field == field.name)
            return std::find(rule.words.begin(), rule.words.end(), text) != rule.words.end();
    return !text.empty();
}

std::optional<LeafFields::Value> read_list(const Field& field, simdjson::dom::element element)
{
    simdjson::dom::array items;
    if (element.get(items) != simdjson::SUCCESS || items.size() == 0)
        return std::nullopt;
    LeafFields::Texts texts;
    for (const auto item : items) {
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS || !is_allowed(field, text))
            return std::nullopt;
        texts.emplace_back(text);
    }
    return texts;
}

std::optional<LeafFields::Value> read_value(const Field& field, simdjson::dom::element element)
{
    if (field.form == Form::Integer) {
        std::int64_t number = 0;
        if (element.get(number) != simdjson::SUCCESS)
            return std::nullopt;
        return number;
    }
    if (field.form == Form::True) {
        bool yes = false;
        if (element.get(yes) != simdjson::SUCCESS || !yes)
            return std::nullopt;
        return std::int64_t{1};
    }
    if (field.form == Form::Ids || field.form == Form::Texts)
        return read_list(field, element);
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS || !is_allowed(field, text))
        return std::nullopt;
    return std::string(text);
}

void write_list(protocol::JsonWriter& json, std::string_view name, const LeafFields::Texts& texts)
{
    json.key(name).begin_array();
    for (const auto& text : texts)
        json.text(text);
    json.end_array();
}

/// The bytes that these fields must have.
std::string written(std::span<const Field> fields, const LeafFields& values)
{
    std::string out;
    protocol::JsonWriter json(out);
    json.begin_object();
    for (const auto& field : fields) {
        if (!values.has(field.name))
            continue;
        if (field.form == Form::Integer)
            json.field(field.name, *values.number(field.name));
        else if (field.form == Form::True)
            json.key(field.name).boolean(true);
        else if (field.form == Form::Ids || field.form == Form::Texts)
            write_list(json, field.name, values.texts(field.name));
        else
            json.field(field.name, values.text(field.name));
    }
    json.end_object();
    return out;
}

} // namespace

std::string_view LeafFields::text(std::string_view name) const
{
    const auto* value = find(name);
    const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::optional<std::int64_t> LeafFields::number(std::string_view name) const
{
    const auto* value = find(name);
    const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

Uuid LeafFields::id(std::string_view name) const
{
    const auto parsed = Uuid::parse(text(name));
    return parsed ? *parsed : Uuid{};
}

const LeafFields::Texts& LeafFields::texts(std::string_view name) const
{
    static const Texts none;
    const auto* value = find(name);
    const auto* texts = value != nullptr ? std::get_if<Texts>(value) : nullptr;
    return texts != nullptr ? *texts : none;
}

const LeafFields::Value* LeafFields::find(std::string_view name) const
{
    for (const auto& [known, value] : m_fields)
        if (known == name)
            return &value;
    return nullptr;
}

Result<LeafFields> read_leaf(std::string_view leaf)
{
    const auto root = protocol::parse_json(leaf);
    if (!root)
        return bad(root.error().message);
    simdjson::dom::object object;
    std::string_view type_name;
    if (root->get(object) != simdjson::SUCCESS || object["type"].get(type_name) != simdjson::SUCCESS)
        return bad("The row is not an object with a type.");
    const auto type = std::find_if(leaf_types.begin(), leaf_types.end(),
                                   [&](const LeafType& known) { return known.name == type_name; });
    if (type == leaf_types.end())
        return bad("This version of tallybook-verify does not know rows of type " + quoted(type_name) +
                   ". Use the version that came with the server.");
    LeafFields fields;
    auto expected = type->fields.begin();
    for (const auto [name, element] : object) {
        while (expected != type->fields.end() && expected->name != name &&
               expected->presence == Presence::Maybe)
            ++expected;
        if (expected == type->fields.end() || expected->name != name)
            return bad("The field " + quoted(name) + " is unknown or does not stand in its place.");
        auto value = read_value(*expected, element);
        if (!value)
            return bad("The field " + quoted(name) + " holds something that cannot stand there.");
        fields.add(expected->name, std::move(*value));
        ++expected;
    }
    for (; expected != type->fields.end(); ++expected)
        if (expected->presence == Presence::Always)
            return bad("The field " + quoted(expected->name) + " is missing.");
    if (written(type->fields, fields) != leaf)
        return bad("The row says what a row may say but is not written in the one way that is allowed.");
    return fields;
}

} // namespace tally::verify
