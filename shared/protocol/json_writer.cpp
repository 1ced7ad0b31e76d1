#include "shared/protocol/json_writer.h"

#include <array>
#include <charconv>

namespace tally::protocol {

void JsonWriter::separate()
{
    if (m_needs_comma)
        m_out.push_back(',');
    m_needs_comma = true;
}

JsonWriter& JsonWriter::open(char bracket)
{
    separate();
    m_out.push_back(bracket);
    m_needs_comma = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket)
{
    m_out.push_back(bracket);
    m_needs_comma = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name)
{
    separate();
    m_out.push_back('"');
    m_out.append(name);
    m_out.append("\":");
    m_needs_comma = false;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value)
{
    static constexpr char digits[] = "0123456789abcdef";
    const auto is_plain = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    };
    separate();
    m_out.push_back('"');
    while (!value.empty()) {
        std::size_t plain = 0;
        while (plain < value.size() && is_plain(value[plain]))
            ++plain;
        m_out.append(value.data(), plain);
        value.remove_prefix(plain);
        if (value.empty())
            break;
        const char c = value.front();
        value.remove_prefix(1);
        switch (c) {
        case '"':
            m_out.append("\\\"");
            break;
        case '\\':
            m_out.append("\\\\");
            break;
        case '\n':
            m_out.append("\\n");
            break;
        case '\r':
            m_out.append("\\r");
            break;
        case '\t':
            m_out.append("\\t");
            break;
        default:
            m_out.append("\\u00");
            m_out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
            m_out.push_back(digits[c & 15]);
        }
    }
    m_out.push_back('"');
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value)
{
    separate();
    std::array<char, 24> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    m_out.append(buffer.data(), end);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value)
{
    separate();
    m_out.append(value ? "true" : "false");
    return *this;
}

JsonWriter& JsonWriter::null()
{
    separate();
    m_out.append("null");
    return *this;
}

JsonWriter& JsonWriter::field_if(std::string_view name, std::string_view value)
{
    return value.empty() ? *this : field(name, value);
}

} // namespace tally::protocol
