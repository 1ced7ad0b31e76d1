#pragma once
/// Photos as they are kept: upright, at most 2048 pixels on the longer side, JPEG without any of the
/// camera's notes (place, time, serial number). Pure functions, safe to call from a worker thread.

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

inline constexpr int photo_side_max = 2'048;
inline constexpr std::uint64_t photo_file_bytes_max = 48ULL * 1024 * 1024;
inline constexpr std::int64_t photo_pixels_max = 64'000'000;

/// A picture that is ready to be attached.
struct Picture
{
    std::string bytes;
    std::string media_type; ///< "image/jpeg", or "image/png" for a drawn signature
    std::int32_t width = 0;
    std::int32_t height = 0;
    std::string digest; ///< SHA-256 of `bytes`, lower-case hex
    std::string caption;
};

/// Four bytes a pixel, for the screen.
struct Pixels
{
    std::vector<std::uint8_t> rgba;
    int width = 0;
    int height = 0;
};

/// Reads JPEG or PNG. Fails with `photo_not_a_picture`, `photo_damaged`, `photo_too_large` or, from
/// the file, as read_file does.
[[nodiscard]] Result<Picture> prepare_photo(std::string_view file_bytes);
[[nodiscard]] Result<Picture> prepare_photo_file(const std::filesystem::path& file);

/// A small upright picture for a list: at most `side_max` pixels on the longer side.
[[nodiscard]] Result<Pixels> decode_thumbnail(std::string_view file_bytes, int side_max);

/// A drawing (such as a signature) as PNG.
[[nodiscard]] Result<Picture> encode_drawing(const Pixels& pixels);

} // namespace tally::client
