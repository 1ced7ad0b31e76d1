#pragma once
/// The door to stb: PNG and resizing.

#include "client/capture/photo.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally::client {

struct PictureSize
{
    int width = 0;
    int height = 0;
};

[[nodiscard]] std::optional<PictureSize> png_size(std::string_view png);
[[nodiscard]] std::optional<Pixels> decode_png(std::string_view png);
/// Empty when there are no pixels.
[[nodiscard]] std::string encode_png(const Pixels& pixels);
[[nodiscard]] Pixels resized(const Pixels& from, int width, int height);

} // namespace tally::client
