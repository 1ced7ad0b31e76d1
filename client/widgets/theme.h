#pragma once
/// Colours and sizes by name, the same names as the review console uses.

#include <imgui.h>

namespace tally::client::widgets {

enum class Appearance
{
    Light,
    Dark
};

struct Palette
{
    ImU32 page;         ///< behind everything
    ImU32 surface;      ///< fields and raised sheets
    ImU32 sunken;       ///< quiet fills: a selected row, an unselected segment
    ImU32 ink;          ///< words
    ImU32 ink_soft;     ///< hints and details
    ImU32 hairline;     ///< between things
    ImU32 outline;      ///< around fields, 3:1 against surface and page
    ImU32 accent;       ///< the one thing to do next
    ImU32 accent_hover; ///< the same, pointed at or pressed
    ImU32 accent_ink;   ///< words on accent
    ImU32 accent_soft;  ///< behind something chosen
    ImU32 focus;        ///< the ring around what has the keyboard
    ImU32 good, good_soft;
    ImU32 attention, attention_soft;
    ImU32 bad, bad_soft;
    ImU32 shade; ///< over the page, below a dialog
};

[[nodiscard]] const Palette& palette_of(Appearance appearance);

/// The type scale, in pixels at 96 dpi before the text-size setting.
enum class TextStyle
{
    Body,      ///< 18 regular
    BodyBold,  ///< 18 bold
    Large,     ///< 22 regular
    LargeBold, ///< 22 bold
    Title,     ///< 28 bold
    Display,   ///< 40 bold
};
constexpr int text_style_count = 6;
[[nodiscard]] float base_size_of(TextStyle style);
[[nodiscard]] bool is_bold(TextStyle style);

/// A font of the atlas with the size at which it was made.
struct Font
{
    ImFont* font = nullptr;
    float size_px = 18;
};

struct Fonts
{
    Font styles[text_style_count];
};

/// Sets ImGui's own style, which shows only in scroll bars and spacing.
void apply_style(const Palette& palette, float scale);

} // namespace tally::client::widgets
