#pragma once
/// Text forms of bytes, and checks of text. Byte strings are std::string throughout the project.

#include "shared/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Accepts either case. Fails with `bad_hex`.
[[nodiscard]] Result<std::string> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Strict: padding required, no white space. Fails with `bad_base64`.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

/// RFC 4648 section 5 without padding, for addresses and codes that people pass on.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
[[nodiscard]] Result<std::string> from_base64url(std::string_view text);

/// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text);
/// Number of code points of well-formed UTF-8.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// Without white space (space, tab, CR, LF) at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// "1 entry", "2 entries".
[[nodiscard]] std::string counted(std::int64_t count, std::string_view one, std::string_view many);

/// Big-endian integers, for signed formats.
void append_u16(std::string& out, std::uint16_t value);
void append_u32(std::string& out, std::uint32_t value);
void append_u64(std::string& out, std::uint64_t value);

/// Reads big-endian fields in order; once it has run past the end every read gives zero and
/// `failed()` is true, so that a parser checks once.
class ByteReader
{
public:
    explicit ByteReader(std::string_view bytes) : m_bytes(bytes) {}

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    std::uint64_t u64();
    std::string_view bytes(std::size_t count);

    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] std::size_t remaining() const { return m_bytes.size() - m_position; }
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    std::uint64_t big_endian(std::size_t count);

    std::string_view m_bytes;
    std::size_t m_position = 0;
    bool m_failed = false;
};

} // namespace tally
