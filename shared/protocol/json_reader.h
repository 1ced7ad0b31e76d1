#pragma once
/// Strict reading of JSON objects: every field is asked for by name, and one that nobody asked for, or
/// that stands there twice, is refused. Private to shared/protocol and to those who read our formats.

#include "shared/base/result.h"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

/// Parses a whole document with the thread's own parser: the element is valid until the thread parses
/// the next one. `bytes` is copied. Fails with `bad_json` or `json_too_deep`.
[[nodiscard]] Result<simdjson::dom::element> parse_json(std::string_view bytes);

/// Remembers the first thing that is wrong; later reads then give defaults, so that a parser checks
/// once at the end.
class JsonProblems
{
public:
    void report(std::string code, std::string message, std::string where);
    [[nodiscard]] bool any() const { return m_error.has_value(); }
    [[nodiscard]] const Error& first() const { return *m_error; }

private:
    std::optional<Error> m_error;
};

class JsonObject
{
public:
    /// `where` is the path for messages, empty for the document.
    JsonObject(simdjson::dom::element element, std::string where, JsonProblems& problems);

    /// Empty when the field is missing.
    std::string_view text_or_empty(std::string_view name);
    std::string_view text(std::string_view name);
    std::int64_t integer(std::string_view name);
    std::int64_t integer_or(std::string_view name, std::int64_t fallback);
    std::int32_t int32(std::string_view name);
    std::int32_t int32_or(std::string_view name, std::int32_t fallback);
    bool boolean_or(std::string_view name, bool fallback);
    std::optional<simdjson::dom::element> element(std::string_view name);
    /// The items of an array, none when the field is missing.
    std::vector<simdjson::dom::element> items(std::string_view name);

    /// Refuses every field that was not asked for.
    void refuse_the_rest();
    void report(std::string code, std::string message, std::string_view name);
    [[nodiscard]] std::string path(std::string_view name) const;

private:
    struct Field
    {
        std::string_view name;
        simdjson::dom::element value;
        bool asked = false;
    };

    const simdjson::dom::element* find(std::string_view name);
    std::int32_t narrowed(std::string_view name, std::int64_t value);

    std::vector<Field> m_fields;
    std::string m_where;
    JsonProblems& m_problems;
};

} // namespace tally::protocol
