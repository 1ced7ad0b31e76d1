#pragma once
/// Identifiers in order of time: UUID version 7 (RFC 9562, section 5.7).

#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/time.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

struct Uuid
{
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;

    /// "0190a5c4-7d1e-7b3a-8f00-0123456789ab".
    [[nodiscard]] std::string text() const;
    static constexpr std::size_t text_size = 36;
    /// The same without a string around it.
    [[nodiscard]] std::array<char, text_size> characters() const;
    /// The 16 bytes as a byte string.
    [[nodiscard]] std::string_view view() const
    {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }

    /// Accepts any version, either case. Fails with `bad_uuid`.
    [[nodiscard]] static Result<Uuid> parse(std::string_view text);
    /// `bytes` must have 16 bytes.
    [[nodiscard]] static Uuid from_bytes(std::string_view bytes);
};

/// Makes version 7 identifiers that always increase within one source, also when the clock steps
/// back: it then keeps counting from the latest time it has used. Not thread-safe.
class UuidSource
{
public:
    /// Both must outlive the source.
    UuidSource(const Clock& clock, Random& random) : m_clock(clock), m_random(random) {}

    [[nodiscard]] Uuid next();

private:
    const Clock& m_clock;
    Random& m_random;
    std::int64_t m_last_ms = -1;
    std::uint16_t m_counter = 0; ///< the 12 bits of rand_a (RFC 9562, section 6.2, method 1)
};

} // namespace tally

template <>
struct std::hash<tally::Uuid>
{
    std::size_t operator()(const tally::Uuid& id) const noexcept
    {
        std::size_t value = 0;
        for (std::size_t i = 8; i < 16; ++i)
            value = (value << 8) | id.bytes[i];
        return value;
    }
};
