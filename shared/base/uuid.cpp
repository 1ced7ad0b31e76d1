#include "shared/base/uuid.h"

#include <cstring>

namespace tally {

namespace {

constexpr bool is_dash(std::size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

constexpr int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::array<char, Uuid::text_size> Uuid::characters() const
{
    static constexpr char digits[] = "0123456789abcdef";
    std::array<char, text_size> out{};
    std::size_t at = 0;
    for (const auto byte : bytes) {
        if (is_dash(at))
            out[at++] = '-';
        out[at++] = digits[byte >> 4];
        out[at++] = digits[byte & 15];
    }
    return out;
}

std::string Uuid::text() const
{
    const auto out = characters();
    return {out.data(), out.size()};
}

Result<Uuid> Uuid::parse(std::string_view text)
{
    const auto bad = [] {
        return Error{"bad_uuid", "An identifier looks like 0190a5c4-7d1e-7b3a-8f00-0123456789ab."};
    };
    if (text.size() != text_size)
        return bad();
    Uuid id;
    std::size_t at = 0;
    for (auto& byte : id.bytes) {
        if (is_dash(at) && text[at++] != '-')
            return bad();
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0)
            return bad();
        byte = static_cast<std::uint8_t>(high << 4 | low);
    }
    return id;
}

Uuid Uuid::from_bytes(std::string_view bytes)
{
    TALLY_ASSERT(bytes.size() == 16);
    Uuid id;
    std::memcpy(id.bytes.data(), bytes.data(), 16);
    return id;
}

Uuid UuidSource::next()
{
    std::int64_t ms = m_clock.now().ms;
    if (ms <= m_last_ms && m_counter < 0x0fff) {
        ms = m_last_ms;
        ++m_counter;
    } else {
        if (ms <= m_last_ms)
            ms = m_last_ms + 1;
        m_last_ms = ms;
        // Start in the lower half so that there is room to count within the millisecond.
        m_counter = static_cast<std::uint16_t>(m_random.u64() & 0x07ff);
    }

    Uuid id;
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(ms) >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (m_counter >> 8));
    id.bytes[7] = static_cast<std::uint8_t>(m_counter & 0xff);
    m_random.fill(id.bytes.data() + 8, 8);
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

} // namespace tally
