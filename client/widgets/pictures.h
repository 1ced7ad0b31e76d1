#pragma once
/// Photos, signatures and QR codes.

#include "client/widgets/context.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::client::widgets {

/// A texture of the window; null while it is being made.
struct Texture
{
    void* handle = nullptr;
    int width = 0;
    int height = 0;
};

/// Fills a square of the layout's width at most `side_dp`; cuts what does not fit.
void photo(const Texture& picture, std::string_view name, float side_dp);

/// Points in thousandths of the pad's width and height.
struct Point
{
    int x = 0;
    int y = 0;
    bool operator==(const Point&) const = default;
};
using Stroke = std::vector<Point>;

/// A place to sign with a finger, pen or mouse. True when the drawing changed.
bool signature_pad(std::string_view label, std::vector<Stroke>& strokes);
/// Width of a signature divided by its height.
constexpr float signature_shape = 3;

/// Black on white in either theme, so that every reader can read it.
void qr_code(std::string_view text, std::string_view name, float side_dp);

} // namespace tally::client::widgets
