#pragma once
/// Compression of one entry at a time: zstd (RFC 8878) with a dictionary that ships with the program.
/// Sealed bytes cannot be compressed later, and one short entry alone compresses badly; with the
/// dictionary its JSON shrinks to about a third.

#include "shared/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::protocol {

/// Dictionaries have numbers and never change: 0 is none, 1 is assets/dictionaries/entry-1.zdict.
inline constexpr std::uint8_t current_dictionary = 1;

[[nodiscard]] bool is_known_dictionary(std::uint8_t dictionary);
/// `dictionary` must be known. Thread-safe.
[[nodiscard]] std::string compress(std::string_view plain, std::uint8_t dictionary);
/// Fails with `unknown_dictionary`, `bad_compression` or, past `bytes_max`, `entry_too_large`.
[[nodiscard]] Result<std::string> decompress(std::string_view compressed, std::uint8_t dictionary,
                                             std::size_t bytes_max);

} // namespace tally::protocol
