#pragma once
/// Perceptual hashes: equal or close for copies of a picture that were encoded or resized again.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// Signs of the 64 lowest frequencies of the picture in grey, lowest first (a DCT hash as Zauner 2010
/// describes it), and of the brightness steps to the right and downwards on a grid of 8 x 8 (difference
/// hash).
struct PictureHash
{
    std::uint64_t frequencies = 0;
    std::array<std::uint64_t, 2> steps{};

    bool operator==(const PictureHash&) const = default;

    /// 48 lower-case hex digits, for a table.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<PictureHash> parse(std::string_view text);
};

/// Of a JPEG or PNG file. Nothing when read_picture() gives none, or it shows too little to be told
/// from others (a blank sheet, a signature). Takes milliseconds. Thread-safe. Throws std::bad_alloc.
[[nodiscard]] std::optional<PictureHash> picture_hash(std::string_view file_bytes);

/// How sure it is that one is a copy of the other, 0 to 1000; 0 for different pictures. Symmetric.
[[nodiscard]] std::int32_t copy_per_mille(const PictureHash& a, const PictureHash& b);

/// Values of which copies share at least one, nearly always, and others nearly never.
[[nodiscard]] std::vector<std::uint64_t> picture_bands(const PictureHash& hash);

} // namespace tally::server
