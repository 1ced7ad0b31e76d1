#pragma once
/// The one camera's note that matters: how the camera was held. Everything else is thrown away.

#include <string_view>

namespace tally::client {

/// 1 to 8 as in EXIF 2.3, section 4.6.4; 1 (upright) when there is none or it makes no sense.
[[nodiscard]] int exif_orientation(std::string_view jpeg);

} // namespace tally::client
