#pragma once
/// Pictures for demonstrations: a drawn landscape with people in it, so that no photo of anybody ships.

#include <cstdint>
#include <string>

namespace tally::server {

/// JPEG bytes of 1280 x 960 pixels; each seed draws another scene.
[[nodiscard]] std::string draw_picture(std::uint64_t seed);

} // namespace tally::server
