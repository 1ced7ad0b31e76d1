#include "client/widgets/controls.h"

#include "client/widgets/draw.h"
#include "client/widgets/layout.h"

#include <algorithm>
#include <cmath>

namespace tally::client::widgets {

using accessibility::Rect;
using accessibility::Role;

namespace {

constexpr float button_height_dp = 52;
constexpr float primary_height_dp = 56;

ImGuiID id_of(std::string_view label)
{
    return ImGui::GetID(label.data(), label.data() + label.size());
}

void heading(std::string_view text, TextStyle style, int level)
{
    Context& ui = Context::current();
    const Font font = ui.font(style);
    const ImVec2 size = text_size(text, font, ui.width());
    const Rect rect = next_rect(ui.width(), size.y);
    draw_text({rect.x, rect.y}, text, font, ui.palette().ink, ui.width());
    ui.describe({.role = Role::Heading, .name = std::string(text), .rect = rect, .level = level});
    ImGui::Dummy(ImVec2(size.x, size.y));
}

struct ButtonLook
{
    float height_dp;
    float padding_dp;
    ImU32 fill;
    ImU32 fill_hover;
    ImU32 ink;
    ImU32 outline;
};

bool button(std::string_view label, const ButtonOptions& options, const ButtonLook& look)
{
    Context& ui = Context::current();
    const Font font = ui.font(TextStyle::BodyBold);
    const bool has_icon = options.icon != Icon::None;
    const float icon_size = ui.dp(22);
    const float icon_space = has_icon ? icon_size + ui.dp(10) : 0;
    const float text = text_width(label, font);
    const float wanted = text + icon_space + 2 * ui.dp(look.padding_dp);
    const float width = options.fill_width ? ui.width() : std::min(wanted, ui.width());
    Rect rect = next_rect(width, ui.dp(look.height_dp));
    // A button without a face hangs out to the left, so that its words stand in line with others.
    if (look.fill == 0 && !options.fill_width)
        rect.x -= ui.dp(look.padding_dp);
    const Press press = pressable(label, rect, options.is_enabled);
    const bool lit = press.hovered || press.held;
    const Palette& palette = ui.palette();
    const float rounding = ui.dp(8);
    const ImU32 fill = !options.is_enabled && look.fill != 0 ? palette.sunken
                       : lit                                 ? look.fill_hover
                                                             : look.fill;
    const ImU32 ink = options.is_enabled ? look.ink : palette.ink_soft;
    if (fill != 0)
        draw_fill(rect, fill, rounding);
    if (look.outline != 0)
        draw_frame(rect, options.is_enabled ? look.outline : palette.hairline, rounding, ui.dp(1.5F));
    if (press.focus.ring)
        draw_focus_ring(rect, rounding);
    const float content = std::min(text + icon_space, rect.width - ui.dp(16));
    float x = rect.x + (rect.width - content) / 2;
    if (has_icon) {
        draw_icon(options.icon, {x, rect.y + (rect.height - icon_size) / 2}, icon_size, ink);
        x += icon_space;
    }
    draw_fitted({x, rect.y + (rect.height - font.size_px) / 2 - ui.dp(1)}, label, font, ink,
                content - icon_space + 1);
    ui.describe({.id = press.id,
                 .role = Role::Button,
                 .name = std::string(options.name.empty() ? label : options.name),
                 .description = std::string(options.description),
                 .rect = rect,
                 .states = {.focusable = options.is_enabled,
                            .focused = press.focus.focused,
                            .disabled = !options.is_enabled}});
    return press.pressed;
}

} // namespace

void display_heading(std::string_view text)
{
    heading(text, TextStyle::Display, 1);
}
void title_heading(std::string_view text)
{
    heading(text, TextStyle::Title, 2);
}
void section_heading(std::string_view text)
{
    heading(text, TextStyle::LargeBold, 3);
}

void words(std::string_view text, TextStyle style, ImU32 colour)
{
    Context& ui = Context::current();
    const Font font = ui.font(style);
    const ImVec2 size = text_size(text, font, ui.width());
    const Rect rect = next_rect(size.x, size.y);
    draw_text({rect.x, rect.y}, text, font, colour, ui.width());
    ui.describe({.role = Role::Text, .name = std::string(text), .rect = rect});
    ImGui::Dummy(size);
}

void body(std::string_view text)
{
    words(text, TextStyle::Body, Context::current().palette().ink);
}
void body_bold(std::string_view text)
{
    words(text, TextStyle::BodyBold, Context::current().palette().ink);
}
void body_soft(std::string_view text)
{
    words(text, TextStyle::Body, Context::current().palette().ink_soft);
}
void large(std::string_view text)
{
    words(text, TextStyle::Large, Context::current().palette().ink);
}

Press pressable(std::string_view label, Rect rect, bool is_enabled)
{
    Context& ui = Context::current();
    Press press;
    press.id = id_of(label);
    ImGui::SetCursorScreenPos(ImVec2(rect.x, rect.y));
    if (!is_enabled) {
        ImGui::Dummy(ImVec2(rect.width, rect.height));
        return press;
    }
    const std::string name(label);
    const bool clicked =
        ImGui::InvisibleButton(name.c_str(), ImVec2(std::max(1.0F, rect.width), std::max(1.0F, rect.height)));
    press.hovered = ImGui::IsItemHovered() && !ui.is_touch();
    press.held = ImGui::IsItemActive();
    if (ImGui::IsItemActivated())
        ui.focus_by_pointer(press.id);
    if (press.hovered)
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    if (ui.takes_label(label))
        ui.focus(press.id);
    press.focus = ui.focusable(press.id, rect);
    press.pressed = clicked || press.focus.activated;
    return press;
}

ToneColours colours_of(Tone tone)
{
    const Palette& palette = Context::current().palette();
    switch (tone) {
    case Tone::Good:
        return {palette.good, palette.good_soft};
    case Tone::Attention:
        return {palette.attention, palette.attention_soft};
    case Tone::Bad:
        return {palette.bad, palette.bad_soft};
    case Tone::Accent:
        return {palette.accent, palette.accent_soft};
    case Tone::Neutral:
        break;
    }
    return {palette.ink_soft, palette.sunken};
}

bool primary_button(std::string_view label, const ButtonOptions& options)
{
    const Palette& palette = Context::current().palette();
    const bool is_bad = options.tone == Tone::Bad;
    return button(label, options,
                  {.height_dp = primary_height_dp,
                   .padding_dp = 28,
                   .fill = is_bad ? palette.bad : palette.accent,
                   .fill_hover = is_bad ? palette.bad : palette.accent_hover,
                   .ink = is_bad ? palette.page : palette.accent_ink,
                   .outline = 0});
}

bool secondary_button(std::string_view label, const ButtonOptions& options)
{
    const Palette& palette = Context::current().palette();
    return button(label, options,
                  {.height_dp = button_height_dp,
                   .padding_dp = 22,
                   .fill = palette.surface,
                   .fill_hover = palette.sunken,
                   .ink = colours_of(options.tone).ink,
                   .outline = palette.outline});
}

bool quiet_button(std::string_view label, const ButtonOptions& options)
{
    const Palette& palette = Context::current().palette();
    return button(label, options,
                  {.height_dp = button_height_dp,
                   .padding_dp = 12,
                   .fill = 0,
                   .fill_hover = palette.sunken,
                   .ink = colours_of(options.tone).ink,
                   .outline = 0});
}

float button_width(std::string_view label, bool has_icon)
{
    const Context& ui = Context::current();
    return text_width(label, ui.font(TextStyle::BodyBold)) + (has_icon ? ui.dp(32) : 0) + 2 * ui.dp(22);
}

bool icon_button(Icon icon, std::string_view name, bool is_enabled)
{
    Context& ui = Context::current();
    const Rect rect = next_rect(ui.dp(button_height_dp), ui.dp(button_height_dp));
    const Press press = pressable(name, rect, is_enabled);
    const Palette& palette = ui.palette();
    if (press.hovered || press.held)
        draw_fill(rect, palette.sunken, ui.dp(8));
    if (press.focus.ring)
        draw_focus_ring(rect, ui.dp(8));
    const float size = ui.dp(24);
    draw_icon(icon, {rect.x + (rect.width - size) / 2, rect.y + (rect.height - size) / 2}, size,
              is_enabled ? palette.ink_soft : palette.hairline);
    ui.describe(
        {.id = press.id,
         .role = Role::Button,
         .name = std::string(name),
         .rect = rect,
         .states = {.focusable = is_enabled, .focused = press.focus.focused, .disabled = !is_enabled}});
    return press.pressed;
}

namespace {

float badge_width(std::string_view word)
{
    const Context& ui = Context::current();
    return text_width(word, ui.font(TextStyle::BodyBold)) + ui.dp(18 + 8 + 24);
}

void draw_badge(Rect rect, Icon icon, std::string_view word, ToneColours colours)
{
    const Context& ui = Context::current();
    const Font font = ui.font(TextStyle::BodyBold);
    draw_fill(rect, colours.soft, rect.height / 2);
    const float size = ui.dp(18);
    draw_icon(icon, {rect.x + ui.dp(12), rect.y + (rect.height - size) / 2}, size, colours.ink);
    draw_fitted({rect.x + ui.dp(12 + 18 + 8), rect.y + (rect.height - font.size_px) / 2}, word, font,
                colours.ink, rect.width - ui.dp(12 + 18 + 8 + 4));
}

} // namespace

void state_badge(Icon icon, std::string_view word, Tone tone)
{
    Context& ui = Context::current();
    const Rect rect = next_rect(std::min(badge_width(word), ui.width()), ui.dp(36));
    draw_badge(rect, icon, word, colours_of(tone));
    ui.describe({.role = Role::Status, .name = std::string(word), .rect = rect});
    ImGui::Dummy(ImVec2(rect.width, rect.height));
}

float badge_button_width(std::string_view word)
{
    return badge_width(word);
}

bool badge_button(Icon icon, std::string_view word, Tone tone, std::string_view name)
{
    Context& ui = Context::current();
    const float width = std::min(badge_width(word), ui.width());
    Rect rect = next_rect(width, ui.dp(48));
    rect.x += ui.width() - width; // badges that can be pressed stand at the end of a header
    const Press press = pressable(name, rect);
    const Rect pill{rect.x, rect.y + ui.dp(4), rect.width, rect.height - ui.dp(8)};
    draw_badge(pill, icon, word, colours_of(tone));
    if (press.hovered || press.held)
        draw_frame(pill, colours_of(tone).ink, pill.height / 2, ui.dp(1.5F));
    if (press.focus.ring)
        draw_focus_ring(pill, pill.height / 2);
    ui.describe({.id = press.id,
                 .role = Role::Button,
                 .name = std::string(name),
                 .value = std::string(word),
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused}});
    return press.pressed;
}

bool filter_chip(std::string_view label, bool is_chosen)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font font = ui.font(TextStyle::BodyBold);
    const float width = text_width(label, font) + ui.dp(36);
    // Chips flow like words.
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const Rect rect{at.x, at.y, std::round(width), ui.dp(48)};
    const Press press = pressable(label, rect);
    const Rect pill{rect.x, rect.y + ui.dp(2), rect.width, rect.height - ui.dp(4)};
    draw_fill(pill,
              is_chosen                     ? palette.accent
              : press.hovered || press.held ? palette.sunken
                                            : palette.surface,
              pill.height / 2);
    if (!is_chosen)
        draw_frame(pill, palette.outline, pill.height / 2, ui.dp(1.5F));
    if (press.focus.ring)
        draw_focus_ring(pill, pill.height / 2);
    draw_line({rect.x + ui.dp(18), rect.y + (rect.height - font.size_px) / 2}, label, font,
              is_chosen ? palette.accent_ink : palette.ink);
    ui.describe({.id = press.id,
                 .role = Role::Radio,
                 .name = std::string(label),
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused, .checked = is_chosen}});
    return press.pressed;
}

float filter_chip_width(std::string_view label)
{
    const Context& ui = Context::current();
    return std::round(text_width(label, ui.font(TextStyle::BodyBold)) + ui.dp(36));
}

bool list_row(std::string_view title, const RowOptions& options)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font title_font = ui.font(TextStyle::BodyBold);
    const Font detail_font = ui.font(TextStyle::Body);
    const float line = std::ceil(title_font.size_px);
    const bool two_lines = !options.detail.empty();
    const bool has_badge = !options.badge.empty();
    const bool badge_below = has_badge && !is_wide(560);
    const float height =
        std::max(ui.dp(64), ui.dp(14) * 2 + line + (two_lines ? line : 0)) + (badge_below ? ui.dp(40) : 0);
    const Rect rect = next_rect(ui.width(), height);
    const Press press = pressable(title, rect);
    const float pad = ui.dp(12);
    const Rect fill{rect.x - pad, rect.y, rect.width + 2 * pad, rect.height};
    if (press.hovered || press.held)
        draw_fill(fill, palette.sunken, ui.dp(8));
    else if (options.is_chosen)
        draw_fill(fill, palette.accent_soft, ui.dp(8));
    else if (options.has_line)
        draw_fill({rect.x, rect.y + rect.height - 1, rect.width, 1}, palette.hairline, 0);
    if (press.focus.ring)
        draw_focus_ring(inset(fill, ui.dp(5)), ui.dp(6));

    const float text_height = line * (two_lines ? 2 : 1);
    const float top = rect.y + (rect.height - (badge_below ? ui.dp(40) : 0) - text_height) / 2;
    float left = rect.x;
    float right = rect.x + rect.width;
    if (options.icon != Icon::None) {
        draw_icon(options.icon, {left + ui.dp(2), top + (text_height - ui.dp(26)) / 2}, ui.dp(26),
                  palette.accent);
        left += ui.dp(44);
    }
    if (options.has_chevron) {
        const float size = ui.dp(20);
        draw_icon(Icon::Forward, {right - size, top + (text_height - size) / 2}, size, palette.ink_soft);
        right -= size + ui.dp(12);
    } else if (options.is_chosen) {
        const float size = ui.dp(22);
        draw_icon(Icon::Check, {right - size, top + (text_height - size) / 2}, size, palette.accent);
        right -= size + ui.dp(12);
    }
    if (has_badge) {
        const float width = badge_width(options.badge);
        if (badge_below) {
            draw_badge({left, top + text_height + ui.dp(6), width, ui.dp(36)}, options.badge_icon,
                       options.badge, colours_of(options.badge_tone));
        } else {
            draw_badge({right - width, rect.y + (rect.height - ui.dp(36)) / 2, width, ui.dp(36)},
                       options.badge_icon, options.badge, colours_of(options.badge_tone));
            right -= width + ui.dp(16);
        }
    }
    if (!options.end_text.empty()) {
        const float width = text_width(options.end_text, title_font);
        draw_line({right - width, top + (text_height - line) / 2}, options.end_text, title_font, palette.ink);
        right -= width + ui.dp(16);
    }
    draw_fitted({left, top}, title, title_font, palette.ink, right - left);
    if (two_lines)
        draw_fitted({left, top + line}, options.detail, detail_font, palette.ink_soft, right - left);

    std::string value(options.end_text);
    if (has_badge)
        value += (value.empty() ? "" : ", ") + std::string(options.badge);
    ui.describe(
        {.id = press.id,
         .role = Role::ListRow,
         .name = std::string(title),
         .value = std::move(value),
         .description = std::string(options.detail),
         .rect = rect,
         .states = {.focusable = true, .focused = press.focus.focused, .checked = options.is_chosen}});
    return press.pressed;
}

bool action_tile(Icon icon, std::string_view title, std::string_view detail)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font title_font = ui.font(TextStyle::LargeBold);
    const Font detail_font = ui.font(TextStyle::Body);
    const float pad = ui.dp(20);
    const float icon_box = ui.dp(52);
    const float text_x = icon_box + ui.dp(16);
    const float text_room = ui.width() - 2 * pad - text_x;
    const ImVec2 detail_size = text_size(detail, detail_font, text_room);
    const float line = std::ceil(title_font.size_px);
    const float content = std::max(icon_box, line + detail_size.y);
    const Rect rect = next_rect(ui.width(), content + 2 * pad);
    const Press press = pressable(title, rect);
    const float rounding = ui.dp(12);
    draw_fill(rect, press.hovered || press.held ? palette.sunken : palette.surface, rounding);
    draw_frame(rect, palette.hairline, rounding, 1);
    if (press.focus.ring)
        draw_focus_ring(rect, rounding);
    const Rect disc{rect.x + pad, rect.y + (rect.height - icon_box) / 2, icon_box, icon_box};
    draw_fill(disc, palette.accent_soft, icon_box / 2);
    draw_icon(icon, {disc.x + ui.dp(13), disc.y + ui.dp(13)}, ui.dp(26), palette.accent);
    const float top = rect.y + (rect.height - line - detail_size.y) / 2;
    draw_fitted({rect.x + pad + text_x, top}, title, title_font, palette.ink, text_room);
    draw_text({rect.x + pad + text_x, top + line}, detail, detail_font, palette.ink_soft, text_room);
    ui.describe({.id = press.id,
                 .role = Role::Button,
                 .name = std::string(title),
                 .description = std::string(detail),
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused}});
    return press.pressed;
}

void empty_state(Icon icon, std::string_view title, std::string_view text)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font title_font = ui.font(TextStyle::LargeBold);
    const Font text_font = ui.font(TextStyle::Body);
    const float room = std::min(ui.width(), ui.dp(460));
    const float x = ImGui::GetCursorScreenPos().x;
    const float middle = x + ui.width() / 2;
    gap(32);
    float y = ImGui::GetCursorScreenPos().y;
    const float top = y;
    const float disc = ui.dp(84);
    draw_fill({middle - disc / 2, y, disc, disc}, palette.accent_soft, disc / 2);
    draw_icon(icon, {middle - ui.dp(20), y + ui.dp(22)}, ui.dp(40), palette.accent);
    y += disc + ui.dp(16);
    const auto centred = [&](std::string_view words_, Font font, ImU32 colour) {
        for (const TextLine& line : wrap_text(words_, font, room)) {
            const std::string_view part = words_.substr(line.begin, line.end - line.begin);
            draw_line({middle - text_width(part, font) / 2, y}, part, font, colour);
            y += std::ceil(font.size_px);
        }
    };
    centred(title, title_font, palette.ink);
    y += ui.dp(4);
    centred(text, text_font, palette.ink_soft);
    ui.describe({.role = Role::Text,
                 .name = std::string(title),
                 .value = std::string(text),
                 .rect = {x, top, ui.width(), y - top}});
    ImGui::Dummy(ImVec2(ui.width(), y - top));
    gap(32);
}

void notice(Icon icon, std::string_view text, Tone tone)
{
    Context& ui = Context::current();
    const Font font = ui.font(TextStyle::Body);
    const ToneColours colours = colours_of(tone);
    const float pad = ui.dp(16);
    const float text_x = pad + ui.dp(24 + 12);
    const ImVec2 size = text_size(text, font, ui.width() - text_x - pad);
    const Rect rect = next_rect(ui.width(), size.y + 2 * pad);
    draw_fill(rect, colours.soft, ui.dp(8));
    draw_icon(icon, {rect.x + pad, rect.y + pad + (font.size_px - ui.dp(24)) / 2}, ui.dp(24), colours.ink);
    draw_text({rect.x + text_x, rect.y + pad}, text, font,
              tone == Tone::Neutral ? ui.palette().ink : colours.ink, ui.width() - text_x - pad);
    ui.describe(
        {.role = tone == Tone::Bad ? Role::Alert : Role::Status, .name = std::string(text), .rect = rect});
    ImGui::Dummy(ImVec2(rect.width, rect.height));
}

void progress(std::string_view label, int done, int total)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Rect rect = next_rect(ui.width(), ui.dp(8));
    draw_fill(rect, palette.hairline, rect.height / 2);
    const float share = total > 0 ? static_cast<float>(done) / static_cast<float>(total) : 0;
    if (share > 0)
        draw_fill({rect.x, rect.y, std::max(rect.height, rect.width * share), rect.height}, palette.accent,
                  rect.height / 2);
    ui.describe({.role = Role::Progress,
                 .name = std::string(label),
                 .value = std::to_string(done) + " / " + std::to_string(total),
                 .rect = rect});
    ImGui::Dummy(ImVec2(rect.width, rect.height));
}

void loading(std::string_view text)
{
    Context& ui = Context::current();
    const Font font = ui.font(TextStyle::Body);
    const Rect rect = next_rect(ui.width(), ui.dp(56));
    draw_icon(Icon::Clock, {rect.x, rect.y + (rect.height - ui.dp(24)) / 2}, ui.dp(24),
              ui.palette().ink_soft);
    draw_fitted({rect.x + ui.dp(36), rect.y + (rect.height - font.size_px) / 2}, text, font,
                ui.palette().ink_soft, rect.width - ui.dp(36));
    ui.describe({.role = Role::Status, .name = std::string(text), .rect = rect});
    ImGui::Dummy(ImVec2(rect.width, rect.height));
}

int error_summary(std::string_view title, const std::vector<std::string>& messages)
{
    if (messages.empty())
        return -1;
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ui.width();
    const float pad = ui.dp(20);
    int chosen = -1;
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImDrawListSplitter below;
    below.Split(list, 2);
    below.SetCurrentChannel(list, 1);
    ImGui::SetCursorScreenPos(ImVec2(origin.x + pad, origin.y + pad));
    ImGui::BeginGroup();
    ui.push_width(width - 2 * pad);
    const Font font = ui.font(TextStyle::LargeBold);
    draw_icon(Icon::Warning, ImGui::GetCursorScreenPos(), ui.dp(26), palette.bad);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_fitted({at.x + ui.dp(38), at.y - ui.dp(2)}, title, font, palette.bad, ui.width() - ui.dp(38));
    ui.describe(
        {.role = Role::Alert, .name = std::string(title), .rect = {at.x, at.y, ui.width(), font.size_px}});
    ImGui::Dummy(ImVec2(1, std::ceil(font.size_px) + ui.dp(4)));
    for (std::size_t index = 0; index < messages.size(); ++index) {
        ImGui::PushID(static_cast<int>(index));
        if (quiet_button(messages[index], {.tone = Tone::Bad}))
            chosen = static_cast<int>(index);
        ImGui::PopID();
    }
    ui.pop_width();
    ImGui::EndGroup();
    const float height = ImGui::GetItemRectMax().y + ui.dp(8) - origin.y;
    below.SetCurrentChannel(list, 0);
    draw_fill({origin.x, origin.y, width, height}, palette.bad_soft, ui.dp(8));
    below.Merge(list);
    ImGui::SetCursorScreenPos(origin);
    ImGui::Dummy(ImVec2(width, height));
    return chosen;
}

void fact(std::string_view name, std::string_view value)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font name_font = ui.font(TextStyle::BodyBold);
    const Font value_font = ui.font(TextStyle::Body);
    const bool beside = is_wide(480);
    const float name_width = beside ? std::floor(ui.width() * 0.34F) : ui.width();
    const float value_x = beside ? name_width + ui.dp(16) : 0;
    const float value_width = ui.width() - value_x;
    const ImVec2 name_size = text_size(name, name_font, name_width);
    const ImVec2 value_size = text_size(value, value_font, value_width);
    const float pad = ui.dp(14);
    const float height =
        (beside ? std::max(name_size.y, value_size.y) : name_size.y + value_size.y) + 2 * pad;
    const Rect rect = next_rect(ui.width(), height);
    draw_text({rect.x, rect.y + pad}, name, name_font, palette.ink, name_width);
    draw_text({rect.x + value_x, rect.y + pad + (beside ? 0 : name_size.y)}, value, value_font, palette.ink,
              value_width);
    draw_fill({rect.x, rect.y + rect.height - 1, rect.width, 1}, palette.hairline, 0);
    ui.describe({.role = Role::Text, .name = std::string(name), .value = std::string(value), .rect = rect});
    ImGui::Dummy(ImVec2(rect.width, rect.height));
}

} // namespace tally::client::widgets
