#include "shared/base/encoding.h"

#include <array>

namespace tally {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string encode64(std::string_view bytes, const char* digits, bool padded)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8) | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) {
            if (k <= count)
                out.push_back(digits[(group >> (18 - 6 * k)) & 63U]);
            else if (padded)
                out.push_back('=');
        }
    }
    return out;
}

Result<std::string> decode64(std::string_view text, const char* digits, bool padded)
{
    const Error bad{"bad_base64", "This is not base64 text."};
    if (padded) {
        if (text.size() % 4 != 0)
            return bad;
        for (int k = 0; k < 2 && !text.empty() && text.back() == '='; ++k)
            text.remove_suffix(1);
    }
    if (text.size() % 4 == 1)
        return bad;
    std::array<int, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 64; ++i)
        values[static_cast<std::uint8_t>(digits[i])] = i;

    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = values[static_cast<std::uint8_t>(c)];
        if (value < 0)
            return bad;
        group = (group << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>((group >> bits) & 0xffU));
        }
    }
    // Bits left over must be zero, so that one byte string has one text.
    if ((group & ((1U << bits) - 1U)) != 0)
        return bad;
    return out;
}

} // namespace

std::string to_hex(std::string_view bytes)
{
    std::string out(bytes.size() * 2, '0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(bytes[i]);
        out[2 * i] = hex_digits[byte >> 4];
        out[2 * i + 1] = hex_digits[byte & 15];
    }
    return out;
}

Result<std::string> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return Error{"bad_hex", "Hexadecimal text has two digits for each byte."};
    std::string out(text.size() / 2, '\0');
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return Error{"bad_hex", "Hexadecimal text holds only 0 to 9 and a to f."};
        out[i] = static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string to_base64(std::string_view bytes)
{
    return encode64(bytes, base64_digits, true);
}
Result<std::string> from_base64(std::string_view text)
{
    return decode64(text, base64_digits, true);
}
std::string to_base64url(std::string_view bytes)
{
    return encode64(bytes, base64url_digits, false);
}
Result<std::string> from_base64url(std::string_view text)
{
    return decode64(text, base64url_digits, false);
}

bool is_utf8(std::string_view text)
{
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        std::size_t extra = 0;
        std::uint32_t point = 0;
        std::uint32_t least = 0;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        if ((lead & 0xe0U) == 0xc0U) {
            extra = 1, point = lead & 0x1fU, least = 0x80;
        } else if ((lead & 0xf0U) == 0xe0U) {
            extra = 2, point = lead & 0x0fU, least = 0x800;
        } else if ((lead & 0xf8U) == 0xf0U) {
            extra = 3, point = lead & 0x07U, least = 0x10000;
        } else {
            return false;
        }
        if (text.size() - i <= extra)
            return false;
        for (std::size_t k = 1; k <= extra; ++k) {
            const auto next = static_cast<std::uint8_t>(text[i + k]);
            if ((next & 0xc0U) != 0x80U)
                return false;
            point = (point << 6) | (next & 0x3fU);
        }
        if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += extra + 1;
    }
    return true;
}

std::size_t utf8_length(std::string_view text)
{
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80U ? 1 : 0;
    return count;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many)
{
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

void append_u16(std::string& out, std::uint16_t value)
{
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value & 0xff));
}

void append_u32(std::string& out, std::uint32_t value)
{
    append_u16(out, static_cast<std::uint16_t>(value >> 16));
    append_u16(out, static_cast<std::uint16_t>(value & 0xffff));
}

void append_u64(std::string& out, std::uint64_t value)
{
    append_u32(out, static_cast<std::uint32_t>(value >> 32));
    append_u32(out, static_cast<std::uint32_t>(value & 0xffffffff));
}

std::uint64_t ByteReader::big_endian(std::size_t count)
{
    std::uint64_t value = 0;
    for (const char c : bytes(count))
        value = (value << 8) | static_cast<std::uint8_t>(c);
    return value;
}

std::uint8_t ByteReader::u8()
{
    return static_cast<std::uint8_t>(big_endian(1));
}
std::uint16_t ByteReader::u16()
{
    return static_cast<std::uint16_t>(big_endian(2));
}
std::uint32_t ByteReader::u32()
{
    return static_cast<std::uint32_t>(big_endian(4));
}
std::uint64_t ByteReader::u64()
{
    return big_endian(8);
}

std::string_view ByteReader::bytes(std::size_t count)
{
    if (m_failed || count > remaining()) {
        m_failed = true;
        return {};
    }
    const auto part = m_bytes.substr(m_position, count);
    m_position += count;
    return part;
}

} // namespace tally
