#pragma once
/// From the strokes of a signature to a picture.

#include "client/capture/photo.h"
#include "client/widgets/pictures.h"

#include <vector>

namespace tally::client {

/// Dark strokes on white, 900 pixels wide.
[[nodiscard]] Pixels draw_signature(const std::vector<widgets::Stroke>& strokes);

} // namespace tally::client
