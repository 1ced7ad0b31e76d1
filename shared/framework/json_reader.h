#pragma once
/// Reads JSON strictly and goes on after a mistake, so that one report names everything that is wrong
/// in a file. For files that people write: frameworks, questionnaires, contracts.

#include "shared/base/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {

/// Parses one JSON document. On failure notes `bad_json` with line and column and gives nothing.
[[nodiscard]] std::optional<nlohmann::json> parse_json(std::string_view text, std::vector<Error>& problems);

/// One object inside a document. Each read notes in `problems` a member that is missing
/// (`missing_key`) or of another type (`wrong_type`) and then gives an empty value.
class JsonObject
{
public:
    /// `json` and `problems` must outlive the reader. `where` is the path to it, such as "measures[3]".
    JsonObject(const nlohmann::json& json, std::string where, std::vector<Error>& problems);

    [[nodiscard]] bool has(const char* key) const;

    /// A string that is not empty.
    [[nodiscard]] std::string text(const char* key) const;
    /// A string or null; the key must be there.
    [[nodiscard]] std::optional<std::string> text_or_null(const char* key) const;
    /// A string, or nothing when the key is missing or null.
    [[nodiscard]] std::optional<std::string> optional_text(const char* key) const;
    [[nodiscard]] std::int64_t integer(const char* key) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(const char* key) const;
    [[nodiscard]] bool boolean(const char* key) const;
    [[nodiscard]] bool optional_boolean(const char* key, bool otherwise) const;
    /// Strings that are not empty; the key must be there.
    [[nodiscard]] std::vector<std::string> texts(const char* key) const;
    [[nodiscard]] std::vector<std::string> optional_texts(const char* key) const;

    /// Calls `each(JsonObject)` for every object of an array; the key must be there.
    template <typename Each>
    void objects(const char* key, Each each) const
    {
        const nlohmann::json* list = array(key);
        if (list == nullptr)
            return;
        for (std::size_t i = 0; i < list->size(); ++i)
            each(JsonObject((*list)[i], path(key) + "[" + std::to_string(i) + "]", *m_problems));
    }

    /// One of a fixed list of words.
    template <typename Enum>
    [[nodiscard]] Enum word(const char* key,
                            std::initializer_list<std::pair<std::string_view, Enum>> words) const
    {
        const std::string found = text(key);
        std::string known;
        for (const auto& [name, value] : words) {
            if (name == found)
                return value;
            known += (known.empty() ? "" : ", ") + std::string(name);
        }
        if (!found.empty())
            note(key, "unknown_word", "\"" + found + "\" is not one of: " + known + ".");
        return words.begin()->second;
    }

    void note(const char* key, std::string code, std::string message) const;

    /// The array under `key`, or null when it is missing or something else.
    [[nodiscard]] const nlohmann::json* array(const char* key) const;
    /// The member under `key`, or null when it is missing.
    [[nodiscard]] const nlohmann::json* member(const char* key) const;
    [[nodiscard]] std::string path(const char* key) const;
    [[nodiscard]] const std::string& where() const { return m_where; }
    [[nodiscard]] std::vector<Error>& problems() const { return *m_problems; }

private:
    [[nodiscard]] const nlohmann::json* required(const char* key) const;
    [[nodiscard]] std::vector<std::string> texts_of(const nlohmann::json& list, const char* key) const;

    const nlohmann::json* m_json;
    std::string m_where;
    std::vector<Error>* m_problems;
};

/// One Error for a whole report: the first problem, and how many more there are.
[[nodiscard]] Error summary_of(const std::vector<Error>& problems);

} // namespace tally
