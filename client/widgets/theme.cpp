#include "client/widgets/theme.h"

namespace tally::client::widgets {
namespace {

constexpr ImU32 rgb(unsigned hex, unsigned alpha = 255)
{
    return IM_COL32((hex >> 16) & 255U, (hex >> 8) & 255U, hex & 255U, alpha);
}

// Contrast: ink on page 15:1, ink_soft on page 6.4:1, accent on page 7.6:1, status words on their soft
// fills at least 5.5:1, outline on surface 3.4:1.
constexpr Palette light = {
    .page = rgb(0xFAF8F3),
    .surface = rgb(0xFFFFFF),
    .sunken = rgb(0xF1EDE4),
    .ink = rgb(0x1F1D1A),
    .ink_soft = rgb(0x5C574E),
    .hairline = rgb(0xE0DACE),
    .outline = rgb(0x8C8578),
    .accent = rgb(0x14534F),
    .accent_hover = rgb(0x0D3F3C),
    .accent_ink = rgb(0xFFFFFF),
    .accent_soft = rgb(0xE2EEEA),
    .focus = rgb(0xD9730D),
    .good = rgb(0x1D6638),
    .good_soft = rgb(0xE3F1E5),
    .attention = rgb(0x7D4E00),
    .attention_soft = rgb(0xFBEFD3),
    .bad = rgb(0xA12A1E),
    .bad_soft = rgb(0xFBE6E2),
    .shade = rgb(0x1F1D1A, 120),
};

constexpr Palette dark = {
    .page = rgb(0x191816),
    .surface = rgb(0x23211E),
    .sunken = rgb(0x2B2925),
    .ink = rgb(0xF4F0E8),
    .ink_soft = rgb(0xB9B2A5),
    .hairline = rgb(0x3A3732),
    .outline = rgb(0x857E72),
    .accent = rgb(0x7CC8BC),
    .accent_hover = rgb(0x9AD8CE),
    .accent_ink = rgb(0x0C2422),
    .accent_soft = rgb(0x1F3734),
    .focus = rgb(0xF2A34F),
    .good = rgb(0x8FD0A0),
    .good_soft = rgb(0x1D3424),
    .attention = rgb(0xF0C266),
    .attention_soft = rgb(0x3B2F14),
    .bad = rgb(0xF2A093),
    .bad_soft = rgb(0x42211C),
    .shade = rgb(0x000000, 150),
};

} // namespace

const Palette& palette_of(Appearance appearance)
{
    return appearance == Appearance::Dark ? dark : light;
}

float base_size_of(TextStyle style)
{
    switch (style) {
    case TextStyle::Body:
    case TextStyle::BodyBold:
        return 18;
    case TextStyle::Large:
    case TextStyle::LargeBold:
        return 22;
    case TextStyle::Title:
        return 28;
    case TextStyle::Display:
        return 40;
    }
    return 18;
}

bool is_bold(TextStyle style)
{
    return style != TextStyle::Body && style != TextStyle::Large;
}

void apply_style(const Palette& palette, float scale)
{
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = ImVec2(0, 0);
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 0;
    style.WindowRounding = 0;
    style.ChildRounding = 0;
    style.WindowMinSize = ImVec2(1, 1);
    style.ItemSpacing = ImVec2(0, 0);
    style.ItemInnerSpacing = ImVec2(0, 0);
    style.FramePadding = ImVec2(0, 0);
    style.ScrollbarSize = 12 * scale;
    style.ScrollbarRounding = 6 * scale;
    style.CurveTessellationTol = 0.6F;
    style.CircleTessellationMaxError = 0.2F;
    const auto set = [&](ImGuiCol slot, ImU32 colour) {
        style.Colors[slot] = ImGui::ColorConvertU32ToFloat4(colour);
    };
    set(ImGuiCol_WindowBg, palette.page);
    set(ImGuiCol_ChildBg, 0);
    set(ImGuiCol_Text, palette.ink);
    set(ImGuiCol_ScrollbarBg, 0);
    set(ImGuiCol_ScrollbarGrab, palette.hairline);
    set(ImGuiCol_ScrollbarGrabHovered, palette.outline);
    set(ImGuiCol_ScrollbarGrabActive, palette.outline);
}

} // namespace tally::client::widgets
