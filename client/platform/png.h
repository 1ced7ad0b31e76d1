#pragma once
/// Pictures of the window, for tests and for the handbook.

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tally::client::platform {

/// Four bytes a pixel. Fails with `file_unwritable`.
[[nodiscard]] Result<void> write_png(const std::filesystem::path& file, const std::vector<std::uint8_t>& rgba,
                                     int width, int height);

} // namespace tally::client::platform
