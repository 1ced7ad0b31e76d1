#pragma once
/// Writes compact JSON (RFC 8259) straight into a string, in the order of the calls, so that a format
/// can fix its field order to the byte.

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::protocol {

class JsonWriter
{
public:
    explicit JsonWriter(std::string& out) : m_out(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    /// `name` is a plain word of ours: it is not escaped.
    JsonWriter& key(std::string_view name);
    JsonWriter& text(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();

    JsonWriter& field(std::string_view name, std::string_view value) { return key(name).text(value); }
    JsonWriter& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
    /// Leaves the field out when the text is empty.
    JsonWriter& field_if(std::string_view name, std::string_view value);

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string& m_out;
    bool m_needs_comma = false;
};

} // namespace tally::protocol
