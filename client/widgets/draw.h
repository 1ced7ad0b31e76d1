#pragma once
/// Text and shapes of the frame being drawn, in window pixels.

#include "client/widgets/context.h"

#include <string_view>
#include <vector>

namespace tally::client::widgets {

struct TextLine
{
    std::size_t begin = 0; ///< bytes of the text
    std::size_t end = 0;   ///< without the space or line end that broke the line
};

/// Breaks at spaces, else between letters; keeps line ends of the text. At least one line.
[[nodiscard]] std::vector<TextLine> wrap_text(std::string_view text, Font font, float width);
[[nodiscard]] float text_width(std::string_view text, Font font);
[[nodiscard]] ImVec2 text_size(std::string_view text, Font font, float wrap_width);

/// True when the fonts have every letter, so that nothing is shown as an empty box.
[[nodiscard]] bool can_show(std::string_view text);

void draw_line(ImVec2 position, std::string_view line, Font font, ImU32 colour);
/// Wrapped; returns the height.
float draw_text(ImVec2 position, std::string_view text, Font font, ImU32 colour, float wrap_width);
/// One line, with an ellipsis where it would pass the width.
void draw_fitted(ImVec2 position, std::string_view text, Font font, ImU32 colour, float width);
[[nodiscard]] std::string fitted(std::string_view text, Font font, float width);

void draw_fill(accessibility::Rect rect, ImU32 colour, float rounding);
void draw_frame(accessibility::Rect rect, ImU32 colour, float rounding, float thickness);
void draw_focus_ring(accessibility::Rect rect, float rounding);

/// The rectangle for a widget at the layout's cursor.
[[nodiscard]] accessibility::Rect next_rect(float width, float height);
[[nodiscard]] accessibility::Rect inset(accessibility::Rect rect, float by);
[[nodiscard]] bool contains(accessibility::Rect rect, ImVec2 point);

} // namespace tally::client::widgets
