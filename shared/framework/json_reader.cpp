#include "shared/framework/json_reader.h"

#include <algorithm>

namespace tally {

namespace {

std::string line_and_column(std::string_view text, std::size_t byte)
{
    const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t last = before.rfind('\n');
    const std::size_t column =
        1 + (last == std::string_view::npos ? before.size() : before.size() - last - 1);
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

} // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, std::vector<Error>& problems)
{
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        problems.push_back(
            {"bad_json",
             "The file is not JSON. Reading stopped at this place: look for a missing comma, quote or "
             "bracket just before it.",
             line_and_column(text, error.byte)});
    } catch (const nlohmann::json::out_of_range&) {
        // A number such as 1e999 is well formed, and beyond every number that there is.
        problems.push_back(
            {"bad_json",
             "A number in the file is too large. Look for one with very many digits or an e in it."});
    }
    return std::nullopt;
}

JsonObject::JsonObject(const nlohmann::json& json, std::string where, std::vector<Error>& problems)
    : m_json(&json), m_where(std::move(where)), m_problems(&problems)
{
    if (!json.is_object())
        m_problems->push_back({"wrong_type", "This must be an object.", m_where});
}

bool JsonObject::has(const char* key) const
{
    return member(key) != nullptr;
}

std::string JsonObject::text(const char* key) const
{
    const nlohmann::json* value = required(key);
    if (value == nullptr)
        return {};
    if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
        note(key, "wrong_type", "This must be a text that is not empty.");
        return {};
    }
    return value->get<std::string>();
}

std::optional<std::string> JsonObject::text_or_null(const char* key) const
{
    const nlohmann::json* value = required(key);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    if (!value->is_string()) {
        note(key, "wrong_type", "This must be a text or null.");
        return std::nullopt;
    }
    return value->get<std::string>();
}

std::optional<std::string> JsonObject::optional_text(const char* key) const
{
    return has(key) ? text_or_null(key) : std::nullopt;
}

std::int64_t JsonObject::integer(const char* key) const
{
    const nlohmann::json* value = required(key);
    if (value == nullptr)
        return 0;
    const bool fits = value->is_number_integer() &&
                      !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
    if (!fits) {
        note(key, "wrong_type", "This must be a whole number.");
        return 0;
    }
    return value->get<std::int64_t>();
}

std::optional<std::int64_t> JsonObject::optional_integer(const char* key) const
{
    const nlohmann::json* value = member(key);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    return integer(key);
}

bool JsonObject::boolean(const char* key) const
{
    const nlohmann::json* value = required(key);
    if (value == nullptr)
        return false;
    if (!value->is_boolean()) {
        note(key, "wrong_type", "This must be true or false.");
        return false;
    }
    return value->get<bool>();
}

bool JsonObject::optional_boolean(const char* key, bool otherwise) const
{
    return has(key) ? boolean(key) : otherwise;
}

std::vector<std::string> JsonObject::texts(const char* key) const
{
    const nlohmann::json* list = array(key);
    return list == nullptr ? std::vector<std::string>{} : texts_of(*list, key);
}

std::vector<std::string> JsonObject::optional_texts(const char* key) const
{
    return has(key) ? texts(key) : std::vector<std::string>{};
}

std::vector<std::string> JsonObject::texts_of(const nlohmann::json& list, const char* key) const
{
    std::vector<std::string> found;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const nlohmann::json& item = list[i];
        if (item.is_string() && !item.get_ref<const std::string&>().empty())
            found.push_back(item.get<std::string>());
        else
            m_problems->push_back({"wrong_type", "This must be a text that is not empty.",
                                   path(key) + "[" + std::to_string(i) + "]"});
    }
    return found;
}

void JsonObject::note(const char* key, std::string code, std::string message) const
{
    m_problems->push_back({std::move(code), std::move(message), path(key)});
}

const nlohmann::json* JsonObject::array(const char* key) const
{
    const nlohmann::json* value = required(key);
    if (value == nullptr)
        return nullptr;
    if (!value->is_array()) {
        note(key, "wrong_type", "This must be a list.");
        return nullptr;
    }
    return value;
}

const nlohmann::json* JsonObject::member(const char* key) const
{
    if (!m_json->is_object())
        return nullptr;
    const auto found = m_json->find(key);
    return found == m_json->end() ? nullptr : &*found;
}

const nlohmann::json* JsonObject::required(const char* key) const
{
    const nlohmann::json* value = member(key);
    // What is not an object was reported once, when the reader was made.
    if (value == nullptr && m_json->is_object())
        note(key, "missing_key", "This key is missing. Add \"" + std::string(key) + "\".");
    return value;
}

std::string JsonObject::path(const char* key) const
{
    return m_where.empty() ? std::string(key) : m_where + "." + key;
}

Error summary_of(const std::vector<Error>& problems)
{
    TALLY_ASSERT(!problems.empty());
    Error first = problems.front();
    if (problems.size() > 1)
        first.message += " (and " + std::to_string(problems.size() - 1) + " more)";
    return first;
}

} // namespace tally
