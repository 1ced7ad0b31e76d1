#pragma once
/// SHA-256 (FIPS 180-4) and keyed BLAKE2b (RFC 7693) for deriving keys.

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace tally::crypto {

inline constexpr std::size_t sha256_bytes = 32;

/// 32 bytes. Thread-safe.
[[nodiscard]] std::string sha256(std::string_view bytes);
/// Of the parts one after another, without joining them first.
[[nodiscard]] std::string sha256(std::initializer_list<std::string_view> parts);
/// SHA-256 of what comes part by part, for streams that do not fit in memory.
class Sha256
{
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view bytes);
    /// 32 bytes of all that was added. Call it once, at the end.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Lower-case hex of sha256.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// 20 bytes. Only for formats that prescribe it, where it finds damage and proves nothing.
[[nodiscard]] std::string sha1(std::string_view bytes);

/// BLAKE2b of the parts with a 32-byte key; `size` is 16 to 64 bytes.
[[nodiscard]] std::string derive(std::string_view key, std::initializer_list<std::string_view> parts,
                                 std::size_t size);
/// BLAKE2b without a key; `size` is 16 to 64 bytes.
[[nodiscard]] std::string blake2b(std::string_view bytes, std::size_t size);

/// Takes the same time wherever the strings differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace tally::crypto
