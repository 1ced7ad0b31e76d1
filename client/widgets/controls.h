#pragma once
/// Words, buttons, rows and badges.

#include "client/widgets/context.h"
#include "client/widgets/icons.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::client::widgets {

// Words. All wrap to the width of the layout.
void display_heading(std::string_view text); ///< 40, once a screen at most
void title_heading(std::string_view text);   ///< 28
void section_heading(std::string_view text); ///< 22
void body(std::string_view text);
void body_bold(std::string_view text);
void body_soft(std::string_view text);
void large(std::string_view text);
/// Words in a style and colour of choice, read as plain text.
void words(std::string_view text, TextStyle style, ImU32 colour);

/// A place that can be pressed: pointer, keyboard and focus in one. `label` names it for ImGui.
struct Press
{
    bool pressed = false;
    bool hovered = false;
    bool held = false;
    Context::Focus focus;
    std::uint32_t id = 0;
};
[[nodiscard]] Press pressable(std::string_view label, accessibility::Rect rect, bool is_enabled = true);

enum class Tone
{
    Neutral,
    Good,
    Attention,
    Bad,
    Accent
};
struct ToneColours
{
    ImU32 ink;
    ImU32 soft;
};
[[nodiscard]] ToneColours colours_of(Tone tone);

struct ButtonOptions
{
    Icon icon = Icon::None;
    bool fill_width = false;
    bool is_enabled = true;
    Tone tone = Tone::Accent;
    std::string_view name = {};        ///< read aloud in place of the label, when that says too little
    std::string_view description = {}; ///< read after the name
};
/// The one thing to do next: at most one a screen.
[[nodiscard]] bool primary_button(std::string_view label, const ButtonOptions& options = {});
[[nodiscard]] bool secondary_button(std::string_view label, const ButtonOptions& options = {});
[[nodiscard]] bool quiet_button(std::string_view label, const ButtonOptions& options = {});
/// A square button with an icon alone; `name` is read aloud.
[[nodiscard]] bool icon_button(Icon icon, std::string_view name, bool is_enabled = true);
[[nodiscard]] float button_width(std::string_view label, bool has_icon);

/// A word with an icon on a soft fill: never colour alone.
void state_badge(Icon icon, std::string_view word, Tone tone);
/// The same, to be pressed.
[[nodiscard]] float badge_button_width(std::string_view word);
[[nodiscard]] bool badge_button(Icon icon, std::string_view word, Tone tone, std::string_view name);

/// One of a row of filters; the caller places them, see filter_row in the screens.
[[nodiscard]] bool filter_chip(std::string_view label, bool is_chosen);
[[nodiscard]] float filter_chip_width(std::string_view label);

struct RowOptions
{
    Icon icon = Icon::None;
    std::string_view detail = {};
    std::string_view end_text = {}; ///< at the right, such as hours, in figures that line up
    Icon badge_icon = Icon::None;
    std::string_view badge = {};
    Tone badge_tone = Tone::Neutral;
    bool has_chevron = true;
    bool has_line = true; ///< a hairline below, between it and the next
    bool is_chosen = false;
};
/// One line of a list, as wide as the layout, with a hairline below.
[[nodiscard]] bool list_row(std::string_view title, const RowOptions& options = {});

/// A large choice with an icon, a title and a line of explanation.
[[nodiscard]] bool action_tile(Icon icon, std::string_view title, std::string_view detail);

/// What stands where a list is empty.
void empty_state(Icon icon, std::string_view title, std::string_view text);
/// A message within the page: icon, words, soft fill.
void notice(Icon icon, std::string_view text, Tone tone);
void progress(std::string_view label, int done, int total);
/// Says that something is being fetched; still, not spinning.
void loading(std::string_view text);

/// What is wrong with a form, at its top. Returns the index of the line that was pressed, else -1.
int error_summary(std::string_view title, const std::vector<std::string>& messages);

/// A name and its value, as on a review page.
void fact(std::string_view name, std::string_view value);

} // namespace tally::client::widgets
