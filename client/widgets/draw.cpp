#include "client/widgets/draw.h"

#include "client/widgets/imgui_compat.h"
#include "client/widgets/text_editor.h"

#include <algorithm>
#include <cmath>

namespace tally::client::widgets {
namespace {

ImVec2 corner(const accessibility::Rect& rect)
{
    return {rect.x, rect.y};
}
ImVec2 far_corner(const accessibility::Rect& rect)
{
    return {rect.x + rect.width, rect.y + rect.height};
}

} // namespace

std::vector<TextLine> wrap_text(std::string_view text, Font font, float width)
{
    std::vector<TextLine> lines;
    std::size_t begin = 0;
    std::size_t last_space = std::string_view::npos;
    float line_width = 0;
    float width_to_space = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const CodePoint code_point = code_point_at(text, at);
        if (code_point.value == '\n') {
            lines.push_back({begin, at});
            at += 1;
            begin = at;
            last_space = std::string_view::npos;
            line_width = 0;
            continue;
        }
        const float step = compat::advance(font.font, font.size_px, code_point.value);
        if (code_point.value == ' ') {
            last_space = at;
            width_to_space = line_width + step;
        } else if (line_width + step > width && at > begin) {
            if (last_space != std::string_view::npos) {
                lines.push_back({begin, last_space});
                begin = last_space + 1;
                line_width -= width_to_space;
            } else {
                lines.push_back({begin, at});
                begin = at;
                line_width = 0;
            }
            last_space = std::string_view::npos;
        }
        line_width += step;
        at += code_point.bytes;
    }
    lines.push_back({begin, text.size()});
    return lines;
}

float text_width(std::string_view text, Font font)
{
    float width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint code_point = code_point_at(text, at);
        width += compat::advance(font.font, font.size_px, code_point.value);
        at += code_point.bytes;
    }
    return width;
}

ImVec2 text_size(std::string_view text, Font font, float wrap_width)
{
    float width = 0;
    const auto lines = wrap_text(text, font, wrap_width);
    for (const TextLine& line : lines)
        width = std::max(width, text_width(text.substr(line.begin, line.end - line.begin), font));
    return {std::ceil(width), std::ceil(font.size_px) * static_cast<float>(lines.size())};
}

bool can_show(std::string_view text)
{
    ImFont* font = Context::current().font(TextStyle::Body).font;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint code_point = code_point_at(text, at);
        if (code_point.value >= ' ' && !compat::has_glyph(font, code_point.value))
            return false;
        at += code_point.bytes;
    }
    return true;
}

void draw_line(ImVec2 position, std::string_view line, Font font, ImU32 colour)
{
    const ImVec2 snapped(std::round(position.x), std::round(position.y));
    ImGui::GetWindowDrawList()->AddText(font.font, font.size_px, snapped, colour, line.data(),
                                        line.data() + line.size());
}

float draw_text(ImVec2 position, std::string_view text, Font font, ImU32 colour, float wrap_width)
{
    const float step = std::ceil(font.size_px);
    float y = position.y;
    for (const TextLine& line : wrap_text(text, font, wrap_width)) {
        draw_line({position.x, y}, text.substr(line.begin, line.end - line.begin), font, colour);
        y += step;
    }
    return y - position.y;
}

std::string fitted(std::string_view text, Font font, float width)
{
    std::string line(text.substr(0, text.find('\n')));
    if (line.size() == text.size() && text_width(line, font) <= width)
        return line;
    constexpr std::string_view ellipsis = "\u2026";
    const float room = width - text_width(ellipsis, font);
    float used = 0;
    std::size_t at = 0;
    while (at < line.size()) {
        const CodePoint code_point = code_point_at(line, at);
        used += compat::advance(font.font, font.size_px, code_point.value);
        if (used > room)
            break;
        at += code_point.bytes;
    }
    line.resize(at);
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return line.append(ellipsis);
}

void draw_fitted(ImVec2 position, std::string_view text, Font font, ImU32 colour, float width)
{
    draw_line(position, fitted(text, font, width), font, colour);
}

void draw_fill(accessibility::Rect rect, ImU32 colour, float rounding)
{
    ImGui::GetWindowDrawList()->AddRectFilled(corner(rect), far_corner(rect), colour, rounding);
}

void draw_frame(accessibility::Rect rect, ImU32 colour, float rounding, float thickness)
{
    const float half = thickness / 2;
    const auto inner = inset(rect, half);
    ImGui::GetWindowDrawList()->AddRect(corner(inner), far_corner(inner), colour, rounding, 0, thickness);
}

void draw_focus_ring(accessibility::Rect rect, float rounding)
{
    const Context& ui = Context::current();
    draw_frame(inset(rect, -ui.dp(4)), ui.palette().focus, rounding + ui.dp(4), ui.dp(3));
}

accessibility::Rect next_rect(float width, float height)
{
    const ImVec2 at = ImGui::GetCursorScreenPos();
    return {at.x, at.y, std::round(width), std::round(height)};
}

accessibility::Rect inset(accessibility::Rect rect, float by)
{
    return {rect.x + by, rect.y + by, rect.width - 2 * by, rect.height - 2 * by};
}

bool contains(accessibility::Rect rect, ImVec2 point)
{
    return point.x >= rect.x && point.y >= rect.y && point.x < rect.x + rect.width &&
           point.y < rect.y + rect.height;
}

} // namespace tally::client::widgets
