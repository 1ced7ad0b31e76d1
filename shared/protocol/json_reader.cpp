#include "shared/protocol/json_reader.h"

#include <limits>
#include <memory>

namespace tally::protocol {

Result<simdjson::dom::element> parse_json(std::string_view bytes)
{
    // Evidence nests three deep; anything much deeper is an attack on the parser.
    constexpr std::size_t depth_max = 32;
    thread_local const auto parser = [] {
        auto made = std::make_unique<simdjson::dom::parser>();
        return made;
    }();
    thread_local simdjson::padded_string padded;
    padded = simdjson::padded_string(bytes);
    if (parser->max_depth() != depth_max &&
        parser->allocate(bytes.size() + 1, depth_max) != simdjson::SUCCESS)
        return Error{"bad_json", "There is not enough memory to read this."};
    simdjson::dom::element root;
    const auto outcome = parser->parse(padded).get(root);
    if (outcome == simdjson::DEPTH_ERROR)
        return Error{"json_too_deep", "This JSON is nested too deeply."};
    if (outcome != simdjson::SUCCESS)
        return Error{"bad_json", std::string("This is not valid JSON: ") + simdjson::error_message(outcome)};
    return root;
}

void JsonProblems::report(std::string code, std::string message, std::string where)
{
    if (!m_error)
        m_error = Error{std::move(code), std::move(message), std::move(where)};
}

JsonObject::JsonObject(simdjson::dom::element element, std::string where, JsonProblems& problems)
    : m_where(std::move(where)), m_problems(problems)
{
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) {
        problems.report("not_an_object", "An object in curly brackets belongs here.", m_where);
        return;
    }
    m_fields.reserve(12);
    for (const auto [name, value] : object) {
        for (const auto& known : m_fields)
            if (known.name == name)
                problems.report("repeated_field", "This field stands here twice.", path(name));
        m_fields.push_back({name, value, false});
        if (m_fields.size() > 64) {
            problems.report("too_many_fields", "This object has too many fields.", m_where);
            return;
        }
    }
}

std::string JsonObject::path(std::string_view name) const
{
    return m_where.empty() ? std::string(name) : m_where + "." + std::string(name);
}

void JsonObject::report(std::string code, std::string message, std::string_view name)
{
    m_problems.report(std::move(code), std::move(message), path(name));
}

const simdjson::dom::element* JsonObject::find(std::string_view name)
{
    for (auto& field : m_fields) {
        if (field.name == name) {
            field.asked = true;
            return &field.value;
        }
    }
    return nullptr;
}

std::string_view JsonObject::text_or_empty(std::string_view name)
{
    const auto* value = find(name);
    std::string_view text;
    if (value != nullptr && value->get(text) != simdjson::SUCCESS)
        report("wrong_type", "Text in quotation marks belongs here.", name);
    return text;
}

std::string_view JsonObject::text(std::string_view name)
{
    if (find(name) == nullptr) {
        report("missing", "This field is missing.", name);
        return {};
    }
    return text_or_empty(name);
}

std::int64_t JsonObject::integer_or(std::string_view name, std::int64_t fallback)
{
    const auto* value = find(name);
    if (value == nullptr)
        return fallback;
    std::int64_t number = fallback;
    if (value->get(number) != simdjson::SUCCESS)
        report("wrong_type", "A whole number belongs here.", name);
    return number;
}

std::int64_t JsonObject::integer(std::string_view name)
{
    if (find(name) == nullptr)
        report("missing", "This field is missing.", name);
    return integer_or(name, 0);
}

std::int32_t JsonObject::narrowed(std::string_view name, std::int64_t value)
{
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
        report("out_of_range", "This number is too large.", name);
        return 0;
    }
    return static_cast<std::int32_t>(value);
}

std::int32_t JsonObject::int32(std::string_view name)
{
    return narrowed(name, integer(name));
}

std::int32_t JsonObject::int32_or(std::string_view name, std::int32_t fallback)
{
    return narrowed(name, integer_or(name, fallback));
}

bool JsonObject::boolean_or(std::string_view name, bool fallback)
{
    const auto* value = find(name);
    bool flag = fallback;
    if (value != nullptr && value->get(flag) != simdjson::SUCCESS)
        report("wrong_type", "Either true or false belongs here.", name);
    return flag;
}

std::optional<simdjson::dom::element> JsonObject::element(std::string_view name)
{
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::vector<simdjson::dom::element> JsonObject::items(std::string_view name)
{
    std::vector<simdjson::dom::element> items;
    const auto* value = find(name);
    simdjson::dom::array array;
    if (value != nullptr && value->get(array) != simdjson::SUCCESS)
        report("wrong_type", "A list in square brackets belongs here.", name);
    else if (value != nullptr)
        for (const auto item : array)
            items.push_back(item);
    return items;
}

void JsonObject::refuse_the_rest()
{
    for (const auto& field : m_fields)
        if (!field.asked)
            report("unknown_field", "No such field is known here. Remove it, or check its spelling.",
                   field.name);
}

} // namespace tally::protocol
