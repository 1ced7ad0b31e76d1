#pragma once
/// A QR code as SVG.

#include <string>
#include <string_view>

namespace tally::server::console {

/// Inline SVG with a quiet zone, described by `label` for screen readers (plain words, no markup).
/// Empty when the text is too long for a QR code.
[[nodiscard]] std::string qr_svg(const std::string& text, std::string_view label);

} // namespace tally::server::console
