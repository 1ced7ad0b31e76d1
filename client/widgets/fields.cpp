#include "client/widgets/fields.h"

#include "client/widgets/controls.h"
#include "client/widgets/draw.h"
#include "client/widgets/icons.h"
#include "client/widgets/layout.h"
#include "client/widgets/text_editor.h"
#include "shared/base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tally::client::widgets {

using accessibility::Rect;
using accessibility::Role;

namespace {

constexpr float box_height_dp = 52;
constexpr double blink_s = 0.53;
/// After this long without a key the cursor stays on and the window may sleep.
constexpr double blink_for_s = 8;

/// What an edit box remembers.
struct BoxState
{
    TextEditor editor;
    float scroll_x = 0;
    double active_at_s = 0;
    bool had_focus = false;
    bool is_dragging = false;
};

struct BoxOptions
{
    bool is_area = false;
    bool is_secret = false;
    bool is_invalid = false;
    bool is_centred = false;
    bool takes_focus = false;
    std::size_t code_points_max = 200;
    std::string_view placeholder = {};
    Role role = Role::TextField;
    std::string_view name = {};
    std::string_view description = {};
};

struct BoxResult
{
    FieldResult field;
    bool up = false; ///< arrow keys that a field of one line does not use
    bool down = false;
};

/// Dots for a secret, one for each code point.
std::string dots_for(std::string_view value)
{
    std::string dots;
    for (std::size_t i = 0; i < utf8_length(value); ++i)
        dots += "\u2022";
    return dots;
}

/// A byte position of `from` as the position of the same code point in `to`.
std::size_t same_place(std::string_view from, std::size_t position, std::string_view to)
{
    std::size_t place = 0;
    for (std::size_t at = 0; at < position && at < from.size(); at = next_code_point(from, at))
        place = next_code_point(to, place);
    return place;
}

std::size_t line_of(const std::vector<TextLine>& lines, std::size_t position)
{
    std::size_t found = 0;
    for (std::size_t index = 0; index < lines.size(); ++index)
        if (lines[index].begin <= position)
            found = index;
    return found;
}

float width_to(std::string_view text, const TextLine& line, std::size_t position, Font font)
{
    const std::size_t end =
        std::clamp(position, line.begin, std::max(line.begin, std::min(position, text.size())));
    return text_width(text.substr(line.begin, end - line.begin), font);
}

std::size_t position_at(std::string_view text, const TextLine& line, float x, Font font)
{
    float used = 0;
    std::size_t at = line.begin;
    while (at < line.end) {
        const std::size_t next = next_code_point(text, at);
        const float step = text_width(text.substr(at, next - at), font);
        if (used + step / 2 > x)
            return at;
        used += step;
        at = next;
    }
    return at;
}

/// Moves up or down a line of an area; false at its edge.
bool move_by_lines(TextEditor& editor, std::string_view text, const std::vector<TextLine>& lines, int by,
                   Font font, Selecting selecting)
{
    const std::size_t line = line_of(lines, editor.cursor());
    const auto target = static_cast<std::ptrdiff_t>(line) + by;
    if (target < 0 || target >= static_cast<std::ptrdiff_t>(lines.size()))
        return false;
    const float x = width_to(text, lines[line], editor.cursor(), font);
    editor.move_to(text, position_at(text, lines[static_cast<std::size_t>(target)], x, font), selecting);
    return true;
}

/// Applies one key; true when it was used. `changed` is set when the text changed.
bool apply_key(const KeyPress& press, TextEditor& editor, std::string& value, const BoxOptions& options,
               const std::vector<TextLine>& lines, Font font, BoxResult& result)
{
    Context& ui = Context::current();
    const Selecting selecting = press.shift ? Selecting::Yes : Selecting::No;
    bool& changed = result.field.changed;
    switch (press.key) {
    case Key::Left:
        press.ctrl ? editor.word_left(value, selecting) : editor.left(value, selecting);
        return true;
    case Key::Right:
        press.ctrl ? editor.word_right(value, selecting) : editor.right(value, selecting);
        return true;
    case Key::Up:
    case Key::Down:
        if (!options.is_area) {
            (press.key == Key::Up ? result.up : result.down) = true;
            return true;
        }
        if (!move_by_lines(editor, value, lines, press.key == Key::Up ? -1 : 1, font, selecting))
            editor.move_to(value, press.key == Key::Up ? 0 : value.size(), selecting);
        return true;
    case Key::Home:
        editor.move_to(value,
                       press.ctrl || !options.is_area ? 0 : lines[line_of(lines, editor.cursor())].begin,
                       selecting);
        return true;
    case Key::End:
        editor.move_to(
            value, press.ctrl || !options.is_area ? value.size() : lines[line_of(lines, editor.cursor())].end,
            selecting);
        return true;
    case Key::Backspace:
        changed |= press.ctrl ? editor.erase_word_left(value) : editor.erase_left(value);
        return true;
    case Key::Delete:
        changed |= editor.erase_right(value);
        return true;
    case Key::Enter:
        if (options.is_area)
            changed |= editor.insert(value, "\n", options.code_points_max);
        else
            result.field.submitted = true;
        return true;
    case Key::Space:
        return true; // comes as text too
    case Key::A:
        if (press.ctrl)
            editor.select_all(value);
        return press.ctrl;
    case Key::C:
    case Key::X:
        if (press.ctrl && editor.has_selection() && !options.is_secret) {
            ui.clipboard().write(editor.selected(value));
            if (press.key == Key::X)
                changed |= editor.erase_left(value);
        }
        return press.ctrl;
    case Key::V:
        if (press.ctrl) {
            std::string pasted = ui.clipboard().read();
            if (!is_utf8(pasted))
                return true;
            std::erase(pasted, '\r');
            if (!options.is_area)
                std::replace(pasted.begin(), pasted.end(), '\n', ' ');
            changed |= editor.insert(value, options.is_area ? std::string_view(pasted) : trimmed(pasted),
                                     options.code_points_max);
        }
        return press.ctrl;
    case Key::Z:
        if (press.ctrl)
            changed |= press.shift ? editor.redo(value) : editor.undo(value);
        return press.ctrl;
    case Key::Y:
        if (press.ctrl)
            changed |= editor.redo(value);
        return press.ctrl;
    case Key::S:
    case Key::Tab:
    case Key::Escape:
    case Key::PageUp:
    case Key::PageDown:
        return false;
    }
    return false;
}

/// The box itself, with its text. `key` names it for ImGui.
BoxResult edit_box(std::string_view key, Rect rect, std::string& value, const BoxOptions& options)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font font = ui.font(TextStyle::Body);
    const float pad_x = ui.dp(14);
    const float line_height = std::ceil(font.size_px);
    const float pad_y = options.is_area ? ui.dp(12) : (rect.height - line_height) / 2;
    const float inner_width = rect.width - 2 * pad_x;

    ImGui::SetCursorScreenPos(ImVec2(rect.x, rect.y));
    const std::string name(key);
    const ImGuiID id = ImGui::GetID(name.c_str());
    ImGui::InvisibleButton(name.c_str(), ImVec2(rect.width, rect.height));
    const bool activated = ImGui::IsItemActivated();
    const bool held = ImGui::IsItemActive();
    if (ImGui::IsItemHovered())
        ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
    const bool pressed_here = activated && !ui.is_touch();
    if (activated)
        ui.focus_by_pointer(id);
    if ((options.takes_focus && ui.screen_is_new()) || ui.takes_label(options.name))
        ui.focus(id);

    BoxState& state = ui.state<BoxState>(id);
    state.editor.clamp(value);
    const Context::Focus focus = ui.focusable(id, rect, Context::Takes::Text);
    BoxResult result;
    result.field.focused = focus.focused;
    result.field.left = state.had_focus && !focus.focused;

    std::string shown = options.is_secret ? dots_for(value) : value;
    const auto layout = [&] {
        shown = options.is_secret ? dots_for(value) : value;
        return options.is_area ? wrap_text(shown, font, inner_width)
                               : std::vector<TextLine>{{0, shown.size()}};
    };
    std::vector<TextLine> lines = layout();

    // Pointer: place the cursor, select by dragging or with a double press.
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if ((activated || (held && state.is_dragging)) && focus.focused) {
        const auto row = static_cast<std::ptrdiff_t>(std::floor((mouse.y - rect.y - pad_y) / line_height));
        const auto index = static_cast<std::size_t>(
            std::clamp<std::ptrdiff_t>(row, 0, static_cast<std::ptrdiff_t>(lines.size()) - 1));
        const std::size_t at = same_place(
            shown, position_at(shown, lines[index], mouse.x - rect.x - pad_x + state.scroll_x, font), value);
        if (activated && ImGui::IsMouseDoubleClicked(0))
            state.editor.select_word(value, at);
        else if (activated || !ImGui::IsMouseDoubleClicked(0))
            state.editor.move_to(value, at, activated ? Selecting::No : Selecting::Yes);
        state.active_at_s = ui.now_s();
    }
    if (pressed_here && !ImGui::IsMouseDoubleClicked(0)) {
        state.is_dragging = true;
        ui.claim_drag();
    }
    if (!held)
        state.is_dragging = false;

    if (focus.gained && focus.ring && !options.is_area)
        state.editor.select_all(value);
    if (focus.gained)
        state.active_at_s = ui.now_s();

    if (focus.focused) {
        auto& events = ui.keyboard();
        for (auto event = events.begin(); event != events.end();) {
            bool used = false;
            if (const auto* press = std::get_if<KeyPress>(&*event)) {
                used = apply_key(*press, state.editor, value, options, lines, font, result);
            } else {
                result.field.changed |=
                    state.editor.insert(value, std::get<std::string>(*event), options.code_points_max);
                used = true;
            }
            if (used) {
                state.active_at_s = ui.now_s();
                lines = layout();
                event = events.erase(event);
            } else {
                ++event;
            }
        }
    }
    state.had_focus = focus.focused;

    // The box.
    const float rounding = ui.dp(8);
    draw_fill(rect, palette.surface, rounding);
    if (focus.focused)
        draw_frame(inset(rect, -ui.dp(2)), palette.focus, rounding + ui.dp(2), ui.dp(3));
    else
        draw_frame(rect, options.is_invalid ? palette.bad : palette.outline, rounding,
                   ui.dp(options.is_invalid ? 2.5F : 1.5F));

    // The text, moved so that the cursor is in sight.
    const std::size_t cursor = same_place(value, state.editor.cursor(), shown);
    const std::size_t cursor_line = options.is_area ? line_of(lines, cursor) : 0;
    const float cursor_x = width_to(shown, lines[cursor_line], cursor, font);
    const float whole_width =
        text_width(std::string_view(shown).substr(lines[0].begin, lines[0].end - lines[0].begin), font);
    if (options.is_area) {
        state.scroll_x = 0;
    } else if (options.is_centred && whole_width < inner_width) {
        state.scroll_x = -(inner_width - whole_width) / 2;
    } else {
        state.scroll_x = std::max(0.0F, state.scroll_x);
        if (!focus.focused)
            state.scroll_x = 0;
        else if (cursor_x < state.scroll_x)
            state.scroll_x = cursor_x;
        else if (cursor_x > state.scroll_x + inner_width)
            state.scroll_x = cursor_x - inner_width;
    }
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->PushClipRect(ImVec2(rect.x + ui.dp(4), rect.y),
                       ImVec2(rect.x + rect.width - ui.dp(4), rect.y + rect.height), true);
    const float text_x = rect.x + pad_x - state.scroll_x;
    const float text_y = rect.y + pad_y;
    if (focus.focused && state.editor.has_selection()) {
        const std::size_t begin = same_place(value, state.editor.selection_begin(), shown);
        const std::size_t end = same_place(value, state.editor.selection_end(), shown);
        for (std::size_t index = 0; index < lines.size(); ++index) {
            if (end < lines[index].begin || begin > lines[index].end)
                continue;
            const float from = width_to(shown, lines[index], std::max(begin, lines[index].begin), font);
            const float to = width_to(shown, lines[index], std::min(end, lines[index].end), font);
            draw_fill({text_x + from, text_y + line_height * static_cast<float>(index),
                       std::max(to - from, ui.dp(4)), line_height},
                      ui.appearance() == Appearance::Dark ? palette.accent_soft
                                                          : IM_COL32(0xBF, 0xDD, 0xD6, 255),
                      ui.dp(2));
        }
    }
    if (shown.empty() && !options.placeholder.empty()) {
        const float width = options.is_centred ? text_width(options.placeholder, font) : 0;
        draw_fitted({options.is_centred ? rect.x + (rect.width - width) / 2 : rect.x + pad_x, text_y},
                    options.placeholder, font, palette.ink_soft, inner_width);
    }
    for (std::size_t index = 0; index < lines.size(); ++index)
        draw_line({text_x, text_y + line_height * static_cast<float>(index)},
                  std::string_view(shown).substr(lines[index].begin, lines[index].end - lines[index].begin),
                  font, palette.ink);
    if (focus.focused) {
        const double since = ui.now_s() - state.active_at_s;
        const bool blinks = !ui.is_still() && since < blink_for_s;
        if (!blinks || std::fmod(since, 2 * blink_s) < blink_s)
            draw_fill({std::round(text_x + cursor_x) - 1,
                       text_y + line_height * static_cast<float>(cursor_line) + ui.dp(1), ui.dp(2),
                       line_height - ui.dp(2)},
                      palette.ink, 0);
        if (blinks)
            ui.wake_in(blink_s - std::fmod(since, blink_s) + 0.005);
    }
    list->PopClipRect();

    ui.describe({.id = id,
                 .role = options.role,
                 .name = std::string(options.name),
                 .value = options.is_secret ? std::string() : value,
                 .description = std::string(options.description),
                 .rect = rect,
                 .states = {.focusable = true, .focused = focus.focused, .invalid = options.is_invalid}});
    return result;
}

float box_width(const FieldOptions& options)
{
    const Context& ui = Context::current();
    return options.box_width_dp > 0 ? std::min(ui.width(), ui.dp(options.box_width_dp)) : ui.width();
}

/// Digits and one separator.
std::optional<std::int32_t> read_digits(std::string_view text)
{
    std::int32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || number < 0)
        return std::nullopt;
    return number;
}

/// Text being typed for a value that is not text.
struct TypedState
{
    std::string text;
    bool is_typing = false;
};

/// Square buttons on either side of a box; `middle` draws the box.
constexpr float step_button_dp = 52;

bool step_button(Icon icon, std::string_view name, bool is_enabled)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Rect rect = next_rect(ui.dp(step_button_dp), ui.dp(box_height_dp));
    const Press press = pressable(name, rect, is_enabled);
    const float rounding = ui.dp(8);
    draw_fill(rect, press.hovered || press.held ? palette.sunken : palette.surface, rounding);
    draw_frame(rect, is_enabled ? palette.outline : palette.hairline, rounding, ui.dp(1.5F));
    if (press.focus.ring)
        draw_focus_ring(rect, rounding);
    const float size = ui.dp(20);
    draw_icon(icon, {rect.x + (rect.width - size) / 2, rect.y + (rect.height - size) / 2}, size,
              is_enabled ? palette.accent : palette.hairline);
    ui.describe(
        {.id = press.id,
         .role = Role::Button,
         .name = std::string(name),
         .rect = rect,
         .states = {.focusable = is_enabled, .focused = press.focus.focused, .disabled = !is_enabled}});
    return press.pressed;
}

/// A typed value between a button for less and one for more.
struct StepperResult
{
    bool typed = false;
    int steps = 0;
};

StepperResult stepper(std::string_view label, std::string& text, const FieldOptions& options, bool can_less,
                      bool can_more, float box_dp, Role role, std::string_view description)
{
    Context& ui = Context::current();
    StepperResult result;
    ImGui::PushID(label.data(), label.data() + label.size());
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float step = ui.dp(step_button_dp);
    const float space = ui.dp(8);
    const float wanted = ui.dp(box_dp);
    const float box = std::min(wanted, ui.width() - 2 * (step + space));
    const std::string less = tr("widgets.less", {{"name", std::string(label)}});
    const std::string more = tr("widgets.more", {{"name", std::string(label)}});
    if (step_button(Icon::Minus, less, can_less))
        --result.steps;
    BoxOptions box_options{.is_invalid = !options.error.empty(),
                           .is_centred = true,
                           .takes_focus = options.takes_focus,
                           .code_points_max = 10,
                           .placeholder = options.placeholder,
                           .role = role,
                           .name = label,
                           .description = description};
    const BoxResult edited =
        edit_box("box", {at.x + step + space, at.y, box, ui.dp(box_height_dp)}, text, box_options);
    result.typed = edited.field.changed;
    if (edited.up)
        ++result.steps;
    if (edited.down)
        --result.steps;
    ImGui::SetCursorScreenPos(ImVec2(at.x + step + space + box + space, at.y));
    if (step_button(Icon::Plus, more, can_more))
        ++result.steps;
    ImGui::PopID();
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy(ImVec2(2 * (step + space) + box, ui.dp(box_height_dp)));
    if (!edited.field.focused)
        ui.state<TypedState>(ImGui::GetID(label.data(), label.data() + label.size())).is_typing = false;
    return result;
}

/// A value with a text form: shows it, takes typing and steps.
template <typename Read, typename Write>
bool typed_stepper(std::string_view label, std::optional<std::int32_t>& value, std::int32_t minimum,
                   std::int32_t maximum, std::int32_t step, std::int32_t first, const FieldOptions& options,
                   float box_dp, Role role, Read read, Write write)
{
    Context& ui = Context::current();
    const std::string description = field_head(label, options);
    const ImGuiID id = ImGui::GetID(label.data(), label.data() + label.size());
    std::string text = ui.state<TypedState>(id).is_typing ? ui.state<TypedState>(id).text
                       : value                            ? write(*value)
                                                          : std::string();
    const auto result = stepper(label, text, options, !value || *value > minimum, !value || *value < maximum,
                                box_dp, role, description);
    TypedState& typed = ui.state<TypedState>(id);
    if (result.typed) {
        typed.is_typing = true;
        typed.text = text;
        const auto number = read(text);
        value = number && *number >= minimum && *number <= maximum ? number : std::nullopt;
        return true;
    }
    if (result.steps != 0) {
        // A step lands on the grid: from 9:10 up to 9:15, down to 9:00.
        std::int32_t next = first;
        if (value && result.steps > 0)
            next = (*value / step + 1) * step;
        else if (value)
            next = ((*value + step - 1) / step - 1) * step;
        value = std::clamp(next, minimum, maximum);
        typed.is_typing = false;
        ui.wake_in(0);
        return true;
    }
    return false;
}

const char* weekday_key(std::int64_t days)
{
    constexpr std::array<const char*, 7> keys = {"date.thursday", "date.friday", "date.saturday",
                                                 "date.sunday",   "date.monday", "date.tuesday",
                                                 "date.wednesday"};
    return keys[static_cast<std::size_t>(((days % 7) + 7) % 7)];
}

const char* month_key(std::int32_t month)
{
    constexpr std::array<const char*, 12> keys = {
        "date.january", "date.february", "date.march",     "date.april",   "date.may",      "date.june",
        "date.july",    "date.august",   "date.september", "date.october", "date.november", "date.december"};
    return keys[static_cast<std::size_t>(month - 1)];
}

/// First letters of a UTF-8 word.
std::string first_letters(std::string_view word, int count)
{
    std::size_t at = 0;
    for (int i = 0; i < count; ++i)
        at = next_code_point(word, at);
    return std::string(word.substr(0, at));
}

struct CalendarState
{
    bool is_open = false;
    Date month;
};

/// One month; true when a day was chosen.
bool calendar(CalendarState& state, Date& date, Date latest)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    bool chosen = false;
    const Card card(Card::Look::Surface, 16);
    const Date first{state.month.year, state.month.month, 1};
    const std::int64_t first_days = days_from_date(first);
    const std::string title = std::string(tr(month_key(first.month))) + " " + std::to_string(first.year);
    {
        Columns head({-52.0F, 1.0F, -52.0F}, 8);
        head.next();
        if (icon_button(Icon::Left, tr("date.previous_month")))
            state.month = date_from_days(first_days - 1);
        head.next();
        const Font font = ui.font(TextStyle::BodyBold);
        const Rect rect = next_rect(ui.width(), ui.dp(52));
        draw_line(
            {rect.x + (rect.width - text_width(title, font)) / 2, rect.y + (rect.height - font.size_px) / 2},
            title, font, palette.ink);
        ui.describe({.role = Role::Heading, .name = title, .rect = rect, .level = 4});
        ImGui::Dummy(ImVec2(rect.width, rect.height));
        head.next();
        const Date next_month = date_from_days(first_days + 32);
        if (icon_button(Icon::Forward, tr("date.next_month"),
                        Date{next_month.year, next_month.month, 1} <= latest))
            state.month = next_month;
    }
    const float cell = std::floor(ui.width() / 7);
    const float row = ui.dp(48);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const Font font = ui.font(TextStyle::Body);
    for (int column = 0; column < 7; ++column) {
        const std::string letters = first_letters(tr(weekday_key(4 + column)), 2); // day 4 was a Monday
        draw_line(
            {origin.x + cell * static_cast<float>(column) + (cell - text_width(letters, font)) / 2, origin.y},
            letters, font, palette.ink_soft);
    }
    const float top = origin.y + ui.dp(32);
    const auto lead = static_cast<int>((((first_days + 3) % 7) + 7) % 7); // 1970-01-01 was a Thursday
    int place = lead;
    for (std::int64_t days = first_days; date_from_days(days).month == first.month; ++days, ++place) {
        const Date day = date_from_days(days);
        const Rect rect{origin.x + cell * static_cast<float>(place % 7),
                        top + row * static_cast<float>(place / 7), cell, row};
        const bool is_enabled = day <= latest;
        const std::string name = day_words(day);
        const Press press = pressable(name, rect, is_enabled);
        const float disc = std::min(cell, row) - ui.dp(4);
        const Rect round{rect.x + (cell - disc) / 2, rect.y + (row - disc) / 2, disc, disc};
        const bool is_chosen = day == date;
        if (is_chosen)
            draw_fill(round, palette.accent, disc / 2);
        else if (press.hovered || press.held)
            draw_fill(round, palette.sunken, disc / 2);
        if (press.focus.ring)
            draw_focus_ring(inset(round, ui.dp(4)), disc / 2);
        const std::string number = std::to_string(day.day);
        draw_line({rect.x + (cell - text_width(number, font)) / 2, rect.y + (row - font.size_px) / 2}, number,
                  font,
                  is_chosen    ? palette.accent_ink
                  : is_enabled ? palette.ink
                               : palette.hairline);
        ui.describe({.id = press.id,
                     .role = Role::Button,
                     .name = name,
                     .rect = rect,
                     .states = {.focusable = is_enabled,
                                .focused = press.focus.focused,
                                .disabled = !is_enabled,
                                .checked = is_chosen}});
        if (press.pressed) {
            date = day;
            chosen = true;
        }
    }
    ImGui::SetCursorScreenPos(origin);
    ImGui::Dummy(ImVec2(ui.width(), ui.dp(32) + row * static_cast<float>((place + 6) / 7)));
    return chosen;
}

} // namespace

std::string field_head(std::string_view label, const FieldOptions& options)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    std::string description(options.hint);
    if (!options.has_hidden_label) {
        const Font bold = ui.font(TextStyle::BodyBold);
        const Font regular = ui.font(TextStyle::Body);
        const ImVec2 size = text_size(label, bold, ui.width());
        const Rect rect = next_rect(ui.width(), size.y);
        draw_text({rect.x, rect.y}, label, bold, palette.ink, ui.width());
        if (options.is_optional) {
            const std::string optional = tr("widgets.optional");
            const float after = text_width(label, bold) + ui.dp(8);
            if (after + text_width(optional, regular) < rect.width)
                draw_line({rect.x + after, rect.y}, optional, regular, palette.ink_soft);
            description = optional + (description.empty() ? "" : " ") + description;
        }
        ImGui::Dummy(ImVec2(rect.width, rect.height));
    }
    if (!options.hint.empty()) {
        const Font font = ui.font(TextStyle::Body);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float height = draw_text(at, options.hint, font, palette.ink_soft, ui.width());
        ImGui::Dummy(ImVec2(ui.width(), height));
    }
    if (!options.error.empty()) {
        gap(4);
        const Font font = ui.font(TextStyle::BodyBold);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float icon = ui.dp(20);
        draw_icon(Icon::Warning, {at.x, at.y + (font.size_px - icon) / 2}, icon, palette.bad);
        const float indent = icon + ui.dp(8);
        const float height =
            draw_text({at.x + indent, at.y}, options.error, font, palette.bad, ui.width() - indent);
        ImGui::Dummy(ImVec2(ui.width(), height));
        description += (description.empty() ? "" : " ") + std::string(options.error);
    }
    if (!options.has_hidden_label || !options.hint.empty() || !options.error.empty())
        gap(8);
    return description;
}

FieldResult text_field(std::string_view label, std::string& value, const FieldOptions& options)
{
    const Context& ui = Context::current();
    const std::string description = field_head(label, options);
    const Rect rect = next_rect(box_width(options), ui.dp(box_height_dp));
    return edit_box(label, rect, value,
                    {.is_secret = options.is_secret,
                     .is_invalid = !options.error.empty(),
                     .takes_focus = options.takes_focus,
                     .code_points_max = options.code_points_max,
                     .placeholder = options.placeholder,
                     .role = Role::TextField,
                     .name = label,
                     .description = description})
        .field;
}

FieldResult text_area(std::string_view label, std::string& value, const FieldOptions& options)
{
    const Context& ui = Context::current();
    const std::string description = field_head(label, options);
    const Font font = ui.font(TextStyle::Body);
    const float width = box_width(options);
    const auto lines = std::max<std::size_t>(static_cast<std::size_t>(options.rows),
                                             wrap_text(value, font, width - 2 * ui.dp(14)).size());
    const float height = std::ceil(font.size_px) * static_cast<float>(lines) + 2 * ui.dp(12);
    return edit_box(label, next_rect(width, height), value,
                    {.is_area = true,
                     .is_invalid = !options.error.empty(),
                     .takes_focus = options.takes_focus,
                     .code_points_max = options.code_points_max,
                     .placeholder = options.placeholder,
                     .role = Role::TextArea,
                     .name = label,
                     .description = description})
        .field;
}

bool number_stepper(std::string_view label, std::int32_t& value, std::int32_t minimum, std::int32_t maximum,
                    const FieldOptions& options)
{
    std::optional<std::int32_t> number = value;
    const bool changed =
        typed_stepper(label, number, minimum, maximum, 1, minimum, options, 88, Role::SpinButton, read_digits,
                      [](std::int32_t shown) { return std::to_string(shown); });
    if (changed)
        value = number.value_or(minimum);
    return changed;
}

std::optional<std::int32_t> read_time(std::string_view text)
{
    text = trimmed(text);
    const std::size_t mark = text.find_first_of(":.h");
    if (mark != std::string_view::npos) {
        const auto hours = read_digits(text.substr(0, mark));
        const std::string_view rest = text.substr(mark + 1);
        const auto minutes = rest.empty() ? std::optional<std::int32_t>(0) : read_digits(rest);
        if (!hours || !minutes || *hours > 23 || *minutes > 59 || rest.size() == 1)
            return std::nullopt;
        return *hours * 60 + *minutes;
    }
    const auto number = read_digits(text);
    if (!number || text.size() > 4)
        return std::nullopt;
    const std::int32_t hours = text.size() <= 2 ? *number : *number / 100;
    const std::int32_t minutes = text.size() <= 2 ? 0 : *number % 100;
    if (hours > 23 || minutes > 59)
        return std::nullopt;
    return hours * 60 + minutes;
}

std::optional<std::int32_t> read_duration(std::string_view text)
{
    text = trimmed(text);
    const std::size_t colon = text.find_first_of(":h");
    if (colon != std::string_view::npos) {
        const auto hours =
            colon == 0 ? std::optional<std::int32_t>(0) : read_digits(trimmed(text.substr(0, colon)));
        std::string_view rest = trimmed(text.substr(colon + 1));
        const auto minutes = rest.empty() ? std::optional<std::int32_t>(0) : read_digits(rest);
        if (!hours || !minutes || *hours > 24 || *minutes > 59)
            return std::nullopt;
        return *hours * 60 + *minutes;
    }
    // "3.5" is three and a half hours; only what is a whole number of minutes is taken.
    const std::size_t point = text.find('.');
    const auto hours = read_digits(text.substr(0, point));
    if (!hours || *hours > 24)
        return std::nullopt;
    if (point == std::string_view::npos)
        return *hours * 60;
    const std::string_view decimals = text.substr(point + 1);
    const auto part = read_digits(decimals);
    if (!part || decimals.size() > 2)
        return std::nullopt;
    const std::int32_t hundredths = decimals.size() == 1 ? *part * 10 : *part;
    if (hundredths * 60 % 100 != 0)
        return std::nullopt;
    return *hours * 60 + hundredths * 60 / 100;
}

bool time_input(std::string_view label, std::optional<std::int32_t>& minute, const FieldOptions& options)
{
    FieldOptions shown = options;
    if (shown.placeholder.empty())
        shown.placeholder = "00:00";
    return typed_stepper(label, minute, 0, 24 * 60 - 1, 15, 9 * 60, shown, 104, Role::TextField, read_time,
                         [](std::int32_t value) { return format_minute_of_day(value); });
}

bool duration_input(std::string_view label, std::optional<std::int32_t>& minutes, const FieldOptions& options)
{
    FieldOptions shown = options;
    if (shown.placeholder.empty())
        shown.placeholder = "0:00";
    return typed_stepper(label, minutes, 5, 24 * 60, 15, 60, shown, 104, Role::TextField, read_duration,
                         [](std::int32_t value) {
                             const std::string rest = std::to_string(value % 60);
                             return std::to_string(value / 60) + ":" + (rest.size() == 1 ? "0" : "") + rest;
                         });
}

std::string duration_words(std::int64_t minutes)
{
    const std::string hours = std::to_string(minutes / 60);
    const std::string rest = std::to_string(minutes % 60);
    if (minutes < 60)
        return tr("date.minutes", {{"minutes", rest}});
    if (minutes % 60 == 0)
        return tr("date.hours", {{"hours", hours}});
    return tr("date.hours_minutes", {{"hours", hours}, {"minutes", rest}});
}

std::string day_words(Date date)
{
    return tr("date.long", {{"weekday", tr(weekday_key(days_from_date(date)))},
                            {"day", std::to_string(date.day)},
                            {"month", tr(month_key(date.month))},
                            {"year", std::to_string(date.year)}});
}

std::string short_day_words(Date date)
{
    return tr("date.short",
              {{"day", std::to_string(date.day)}, {"month", first_letters(tr(month_key(date.month)), 3)}});
}

bool date_input(std::string_view label, Date& date, Date today, Date latest, const FieldOptions& options)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const std::string description = field_head(label, options);
    ImGui::PushID(label.data(), label.data() + label.size());
    bool changed = false;
    const std::uint32_t calendar_id = ImGui::GetID("calendar");
    const std::int64_t days = days_from_date(date);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float step = ui.dp(step_button_dp);
    const float space = ui.dp(8);
    const float middle = std::min(ui.width() - 2 * (step + space), ui.dp(420));

    if (step_button(Icon::Left, tr("date.day_before"), true)) {
        date = date_from_days(days - 1);
        changed = true;
    }
    const Rect rect{at.x + step + space, at.y, middle, ui.dp(box_height_dp)};
    const Press press = pressable(label, rect);
    draw_fill(rect, press.hovered || press.held ? palette.sunken : palette.surface, ui.dp(8));
    draw_frame(rect, options.error.empty() ? palette.outline : palette.bad, ui.dp(8), ui.dp(1.5F));
    if (press.focus.ring)
        draw_focus_ring(rect, ui.dp(8));
    const Font font = ui.font(TextStyle::Body);
    std::string shown = day_words(date);
    if (date == today)
        shown = tr("date.today") + (", " + shown);
    else if (days == days_from_date(today) - 1)
        shown = tr("date.yesterday") + (", " + shown);
    const float icon = ui.dp(22);
    draw_icon(Icon::Calendar, {rect.x + ui.dp(14), rect.y + (rect.height - icon) / 2}, icon, palette.accent);
    draw_fitted({rect.x + ui.dp(14) + icon + ui.dp(12), rect.y + (rect.height - font.size_px) / 2}, shown,
                font, palette.ink, rect.width - icon - ui.dp(40));
    if (press.focus.focused) {
        const auto move = [&](Key key, int by) {
            if (ui.take(key) && date_from_days(days + by) <= latest) {
                date = date_from_days(days + by);
                changed = true;
            }
        };
        move(Key::Left, -1);
        move(Key::Right, 1);
        move(Key::Up, -7);
        move(Key::Down, 7);
    }
    CalendarState& state = ui.state<CalendarState>(calendar_id);
    if (press.pressed) {
        state.is_open = !state.is_open;
        state.month = date;
    }
    ui.describe({.id = press.id,
                 .role = Role::Select,
                 .name = std::string(label),
                 .value = shown,
                 .description = description,
                 .rect = rect,
                 .states = {.focusable = true,
                            .focused = press.focus.focused,
                            .expanded = state.is_open,
                            .invalid = !options.error.empty()}});
    ImGui::SetCursorScreenPos(ImVec2(rect.x + rect.width + space, at.y));
    if (step_button(Icon::Forward, tr("date.day_after"), date_from_days(days + 1) <= latest)) {
        date = date_from_days(days + 1);
        changed = true;
    }
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy(ImVec2(ui.width(), ui.dp(box_height_dp)));
    if (state.is_open) {
        gap(8);
        const Narrow narrow(540);
        if (calendar(ui.state<CalendarState>(calendar_id), date, latest)) {
            ui.state<CalendarState>(calendar_id).is_open = false;
            changed = true;
        }
    }
    ImGui::PopID();
    return changed;
}

} // namespace tally::client::widgets
