#include "shared/base/uuid.h"

#include "shared/base/encoding.h"

#include <cstring>

namespace tally {

std::string Uuid::text() const
{
    const std::string hex = to_hex(view());
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) +
           "-" + hex.substr(20);
}

Result<Uuid> Uuid::parse(std::string_view text)
{
    const Error bad{"bad_uuid", "An identifier looks like 0190a5c4-7d1e-7b3a-8f00-0123456789ab."};
    if (text.size() != 36)
        return bad;
    std::string hex;
    hex.reserve(32);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return bad;
        if (!dash)
            hex.push_back(text[i]);
    }
    const auto bytes = from_hex(hex);
    if (!bytes)
        return bad;
    return from_bytes(*bytes);
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
