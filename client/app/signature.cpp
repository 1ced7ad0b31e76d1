#include "client/app/signature.h"

#include <algorithm>
#include <cmath>

namespace tally::client {
namespace {

constexpr int width = 900;
constexpr int height = static_cast<int>(static_cast<float>(width) / widgets::signature_shape);
constexpr float half_line = 2.4F;

struct Spot
{
    float x, y;
};

float distance_to_line(Spot spot, Spot from, Spot to)
{
    const float dx = to.x - from.x;
    const float dy = to.y - from.y;
    const float length = dx * dx + dy * dy;
    const float along =
        length > 0 ? std::clamp(((spot.x - from.x) * dx + (spot.y - from.y) * dy) / length, 0.0F, 1.0F) : 0;
    return std::hypot(spot.x - from.x - along * dx, spot.y - from.y - along * dy);
}

/// Darkens the pixels around a piece of a stroke, softly at its edge.
void draw_piece(Pixels& pixels, Spot from, Spot to)
{
    const int left = std::max(0, static_cast<int>(std::min(from.x, to.x) - half_line - 1));
    const int right = std::min(width - 1, static_cast<int>(std::max(from.x, to.x) + half_line + 2));
    const int top = std::max(0, static_cast<int>(std::min(from.y, to.y) - half_line - 1));
    const int bottom = std::min(height - 1, static_cast<int>(std::max(from.y, to.y) + half_line + 2));
    for (int y = top; y <= bottom; ++y)
        for (int x = left; x <= right; ++x) {
            const float away = distance_to_line({static_cast<float>(x), static_cast<float>(y)}, from, to);
            const float cover = std::clamp(half_line + 0.5F - away, 0.0F, 1.0F);
            const auto shade = static_cast<std::uint8_t>(255 - std::lround(cover * 225));
            auto* pixel =
                &pixels.rgba[(static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)) * 4];
            for (int channel = 0; channel < 3; ++channel)
                pixel[channel] = std::min(pixel[channel], shade);
        }
}

} // namespace

Pixels draw_signature(const std::vector<widgets::Stroke>& strokes)
{
    Pixels pixels;
    pixels.width = width;
    pixels.height = height;
    pixels.rgba.assign(static_cast<std::size_t>(width) * height * 4, 255);
    const auto spot = [](const widgets::Point& point) {
        return Spot{static_cast<float>(point.x * width) / 1000, static_cast<float>(point.y * height) / 1000};
    };
    for (const widgets::Stroke& stroke : strokes)
        for (std::size_t index = 0; index < stroke.size(); ++index)
            draw_piece(pixels, spot(stroke[index == 0 ? 0 : index - 1]), spot(stroke[index]));
    return pixels;
}

} // namespace tally::client
