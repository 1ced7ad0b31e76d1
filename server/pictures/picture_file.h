#pragma once
/// Photos and drawings as they were captured, decoded.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tally::server {

enum class Tones : std::uint8_t
{
    Grey = 1,   ///< one byte a pixel
    Colour = 3, ///< red, green and blue
};

/// Rows from the top, without gaps.
struct Picture
{
    std::vector<std::uint8_t> bytes;
    int width = 0;
    int height = 0;
};

/// Room for one.
[[nodiscard]] Picture picture_of_size(int width, int height, Tones tones);

/// Of a JPEG or PNG; a PNG on white, as a drawn signature is looked at. A JPEG comes out at a half, a quarter
/// or an eighth of its size when `is_enough` says so of that: its decoder shrinks for nearly nothing. A
/// damaged end does not matter. Nothing when the bytes are no picture, one of more than
/// limits::photo_side_max pixels a side, or one made to keep a decoder busy: see README.md of this folder.
/// Thread-safe; one is decoded at a time. Throws std::bad_alloc.
[[nodiscard]] std::optional<Picture> read_picture(std::string_view file, Tones tones,
                                                  bool (*is_enough)(int width, int height));

} // namespace tally::server
