#pragma once
/// Small pictures for lists and pages.

#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

inline constexpr int thumbnail_side_max = 480; ///< pixels

/// A JPEG that fits a square of that side, of a JPEG or PNG; never larger than the photo is. Nothing when
/// read_picture() gives none. Thread-safe. Throws std::bad_alloc.
[[nodiscard]] std::optional<std::string> make_thumbnail(std::string_view photo);

} // namespace tally::server
