#include "client/widgets/choices.h"

#include "client/widgets/controls.h"
#include "client/widgets/draw.h"
#include "client/widgets/layout.h"
#include "client/widgets/overlay.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace tally::client::widgets {

using accessibility::Rect;
using accessibility::Role;

namespace {

enum class Mark
{
    Radio,
    Check
};

constexpr float mark_space_dp = 14 + 26 + 10;

float marked_row_height(std::string_view title, std::string_view detail, float width)
{
    const Context& ui = Context::current();
    const float room = width - ui.dp(mark_space_dp) - ui.dp(10);
    // Sized by the bold face, so that choosing a row does not move the others.
    const float title_height = text_size(title, ui.font(TextStyle::BodyBold), room).y;
    const float detail_height = detail.empty() ? 0 : text_size(detail, ui.font(TextStyle::Body), room).y;
    return std::max(ui.dp(52), title_height + detail_height + ui.dp(24));
}

/// A row with a mark at its left; true when pressed.
bool marked_row(std::string_view title, std::string_view detail, bool is_chosen, Mark mark,
                float height_min = 0)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font font = ui.font(is_chosen ? TextStyle::BodyBold : TextStyle::Body);
    const Font soft = ui.font(TextStyle::Body);
    const float text_x = ui.dp(mark_space_dp);
    const float room = ui.width() - text_x - ui.dp(10);
    const ImVec2 title_size = text_size(title, ui.font(TextStyle::BodyBold), room);
    const float detail_height = detail.empty() ? 0 : text_size(detail, soft, room).y;
    const float height = std::max(height_min, marked_row_height(title, detail, ui.width()));
    const Rect rect = next_rect(ui.width(), height);
    const Press press = pressable(title, rect);
    const float rounding = ui.dp(8);
    draw_fill(rect,
              is_chosen                     ? palette.accent_soft
              : press.hovered || press.held ? palette.sunken
                                            : palette.surface,
              rounding);
    draw_frame(rect, is_chosen ? palette.accent : palette.outline, rounding, ui.dp(is_chosen ? 2.5F : 1.5F));
    if (press.focus.ring)
        draw_focus_ring(rect, rounding);
    const float text_height = title_size.y + detail_height;
    const float top = rect.y + (rect.height - text_height) / 2;
    const float size = ui.dp(26);
    const ImVec2 at(rect.x + ui.dp(14), top + (std::ceil(font.size_px) - size) / 2);
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (mark == Mark::Radio) {
        const ImVec2 centre(at.x + size / 2, at.y + size / 2);
        list->AddCircle(centre, size / 2 - 1, is_chosen ? palette.accent : palette.outline, 0, ui.dp(2));
        if (is_chosen)
            list->AddCircleFilled(centre, size / 2 - ui.dp(6), palette.accent);
    } else if (is_chosen) {
        draw_fill({at.x, at.y, size, size}, palette.accent, ui.dp(6));
        draw_icon(Icon::Check, {at.x + ui.dp(4), at.y + ui.dp(4)}, size - ui.dp(8), palette.accent_ink);
    } else {
        draw_frame({at.x, at.y, size, size}, palette.outline, ui.dp(6), ui.dp(2));
    }
    draw_text({rect.x + text_x, top}, title, font, palette.ink, room);
    if (!detail.empty())
        draw_text({rect.x + text_x, top + title_size.y}, detail, soft, palette.ink_soft, room);
    ui.describe({.id = press.id,
                 .role = mark == Mark::Radio ? Role::Radio : Role::CheckBox,
                 .name = std::string(title),
                 .description = std::string(detail),
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused, .checked = is_chosen}});
    return press.pressed;
}

void describe_group(std::string_view label, const std::string& description, const FieldOptions& field)
{
    Context& ui = Context::current();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ui.describe({.role = Role::RadioGroup,
                 .name = std::string(label),
                 .description = description,
                 .rect = {at.x, at.y, ui.width(), 1},
                 .states = {.invalid = !field.error.empty()}});
}

bool holds_words(std::string_view text, std::string_view wanted)
{
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

struct SelectState
{
    bool is_open = false;
    std::string search;
};

/// The sheet of a select; true when something was chosen.
bool select_sheet(std::string_view label, const std::vector<Option>& options, std::string& chosen,
                  const SelectOptions& settings, SelectState& state)
{
    bool changed = false;
    const DialogResult sheet = begin_dialog(label, {.width_dp = 640});
    if (options.size() > 7) {
        text_field(tr("widgets.search"), state.search,
                   {.placeholder = tr("widgets.search"), .has_hidden_label = true});
        gap(8);
    }
    const auto choose = [&](const std::string& id) {
        changed = chosen != id;
        chosen = id;
        state.is_open = false;
    };
    if (!settings.none_title.empty() &&
        list_row(settings.none_title, {.has_chevron = false, .is_chosen = chosen.empty()}))
        choose("");
    std::size_t shown = 0;
    for (const Option& option : options) {
        if (!holds_words(option.title, state.search) && !holds_words(option.detail, state.search))
            continue;
        ++shown;
        ImGui::PushID(option.id.c_str());
        if (list_row(option.title,
                     {.detail = option.detail, .has_chevron = false, .is_chosen = chosen == option.id}))
            choose(option.id);
        ImGui::PopID();
    }
    if (options.empty() && !settings.empty_text.empty()) {
        body_soft(settings.empty_text);
    } else if (shown == 0 && !options.empty()) {
        gap(8);
        body_soft(tr("widgets.nothing_found"));
    }
    gap(16);
    if (secondary_button(tr("widgets.close")) || sheet.dismissed)
        state.is_open = false;
    end_dialog();
    if (!state.is_open)
        state.search.clear();
    return changed;
}

} // namespace

bool choice_list(std::string_view label, const std::vector<Option>& options, std::string& chosen,
                 const FieldOptions& field)
{
    const std::string description = field_head(label, field);
    describe_group(label, description, field);
    bool changed = false;
    ImGui::PushID(label.data(), label.data() + label.size());
    for (std::size_t index = 0; index < options.size(); ++index) {
        const Option& option = options[index];
        if (index > 0)
            gap(8);
        ImGui::PushID(option.id.c_str());
        if (marked_row(option.title, option.detail, chosen == option.id, Mark::Radio) &&
            chosen != option.id) {
            chosen = option.id;
            changed = true;
        }
        ImGui::PopID();
    }
    ImGui::PopID();
    return changed;
}

bool segmented(std::string_view label, const std::vector<Option>& options, std::string& chosen,
               const FieldOptions& field)
{
    if (!is_wide(180.0F * static_cast<float>(options.size())))
        return choice_list(label, options, chosen, field);
    const std::string description = field_head(label, field);
    describe_group(label, description, field);
    bool changed = false;
    ImGui::PushID(label.data(), label.data() + label.size());
    {
        const auto count = static_cast<float>(options.size());
        const Context& ui = Context::current();
        const float cell = std::floor((ui.width() - ui.dp(8) * (count - 1)) / count);
        float height = 0;
        for (const Option& option : options)
            height = std::max(height, marked_row_height(option.title, option.detail, cell));
        Columns columns(static_cast<int>(options.size()), 8);
        for (const Option& option : options) {
            columns.next();
            ImGui::PushID(option.id.c_str());
            if (marked_row(option.title, option.detail, chosen == option.id, Mark::Radio) &&
                chosen != option.id) {
                chosen = option.id;
                changed = true;
            }
            ImGui::PopID();
        }
    }
    ImGui::PopID();
    return changed;
}

bool select(std::string_view label, const std::vector<Option>& options, std::string& chosen,
            const SelectOptions& settings)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const std::string description = field_head(label, settings.field);
    const Option* current = nullptr;
    for (const Option& option : options)
        if (option.id == chosen && !chosen.empty())
            current = &option;
    const Font font = ui.font(TextStyle::Body);
    const float line = std::ceil(font.size_px);
    const bool two_lines = current != nullptr && !current->detail.empty();
    const Rect rect =
        next_rect(ui.width(), two_lines ? std::max(ui.dp(72), 2 * line + ui.dp(20)) : ui.dp(52));
    const Press press = pressable(label, rect);
    draw_fill(rect, press.hovered || press.held ? palette.sunken : palette.surface, ui.dp(8));
    const bool is_invalid = !settings.field.error.empty();
    draw_frame(rect, is_invalid ? palette.bad : palette.outline, ui.dp(8), ui.dp(is_invalid ? 2.5F : 1.5F));
    if (press.focus.ring)
        draw_focus_ring(rect, ui.dp(8));
    const float room = rect.width - ui.dp(14 + 20 + 12 + 14);
    std::string shown = current != nullptr                   ? current->title
                        : !settings.none_title.empty()       ? std::string(settings.none_title)
                        : settings.field.placeholder.empty() ? tr("widgets.choose")
                                                             : std::string(settings.field.placeholder);
    const float top = rect.y + (rect.height - (two_lines ? 2 * line : line)) / 2;
    draw_fitted({rect.x + ui.dp(14), top}, shown, font, current != nullptr ? palette.ink : palette.ink_soft,
                room);
    if (two_lines)
        draw_fitted({rect.x + ui.dp(14), top + line}, current->detail, font, palette.ink_soft, room);
    const float icon = ui.dp(20);
    draw_icon(Icon::Down, {rect.x + rect.width - ui.dp(14) - icon, rect.y + (rect.height - icon) / 2}, icon,
              palette.accent);
    ImGui::PushID(label.data(), label.data() + label.size());
    SelectState& state = ui.state<SelectState>(ImGui::GetID("sheet"));
    if (press.pressed)
        state.is_open = true;
    ui.describe({.id = press.id,
                 .role = Role::Select,
                 .name = std::string(label),
                 .value = current != nullptr ? current->title : std::string(),
                 .description = description,
                 .rect = rect,
                 .states = {.focusable = true,
                            .focused = press.focus.focused,
                            .expanded = state.is_open,
                            .invalid = is_invalid}});
    const bool changed = state.is_open && select_sheet(label, options, chosen, settings, state);
    ImGui::PopID();
    return changed;
}

bool check_box(std::string_view label, bool& is_checked, std::string_view detail)
{
    if (!marked_row(label, detail, is_checked, Mark::Check))
        return false;
    is_checked = !is_checked;
    return true;
}

bool toggle(std::string_view label, bool& is_on, std::string_view detail)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const Font bold = ui.font(TextStyle::BodyBold);
    const Font regular = ui.font(TextStyle::Body);
    const float switch_width = ui.dp(60);
    const float room = ui.width() - switch_width - ui.dp(24);
    const ImVec2 title_size = text_size(label, bold, room);
    const float detail_height = detail.empty() ? 0 : text_size(detail, regular, room).y;
    const Rect rect = next_rect(ui.width(), std::max(ui.dp(64), title_size.y + detail_height + ui.dp(28)));
    const Press press = pressable(label, rect);
    const float top = rect.y + (rect.height - title_size.y - detail_height) / 2;
    draw_text({rect.x, top}, label, bold, palette.ink, room);
    if (!detail.empty())
        draw_text({rect.x, top + title_size.y}, detail, regular, palette.ink_soft, room);
    draw_fill({rect.x, rect.y + rect.height - 1, rect.width, 1}, palette.hairline, 0);
    if (press.pressed)
        is_on = !is_on;
    const float height = ui.dp(34);
    const Rect track{rect.x + rect.width - switch_width, rect.y + (rect.height - height) / 2, switch_width,
                     height};
    draw_fill(track, is_on ? palette.accent : palette.sunken, height / 2);
    if (!is_on)
        draw_frame(track, palette.outline, height / 2, ui.dp(2));
    const float knob = height - ui.dp(10);
    const float knob_x = is_on ? track.x + track.width - knob - ui.dp(5) : track.x + ui.dp(5);
    draw_fill({knob_x, track.y + ui.dp(5), knob, knob}, is_on ? palette.accent_ink : palette.outline,
              knob / 2);
    if (is_on)
        draw_icon(Icon::Check, {track.x + ui.dp(9), track.y + ui.dp(9)}, ui.dp(16), palette.accent_ink);
    if (press.focus.ring)
        draw_focus_ring(track, height / 2);
    ui.describe({.id = press.id,
                 .role = Role::Switch,
                 .name = std::string(label),
                 .value = tr(is_on ? "widgets.on" : "widgets.off"),
                 .description = std::string(detail),
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused, .checked = is_on}});
    return press.pressed;
}

bool check_list(std::string_view label, const std::vector<Option>& options, std::vector<std::string>& chosen,
                const FieldOptions& field)
{
    const std::string description = field_head(label, field);
    describe_group(label, description, field);
    bool changed = false;
    ImGui::PushID(label.data(), label.data() + label.size());
    for (std::size_t index = 0; index < options.size(); ++index) {
        const Option& option = options[index];
        if (index > 0)
            gap(8);
        ImGui::PushID(option.id.c_str());
        const bool was = std::find(chosen.begin(), chosen.end(), option.id) != chosen.end();
        if (marked_row(option.title, option.detail, was, Mark::Check)) {
            std::vector<std::string> next;
            for (const Option& other : options) {
                const bool is = std::find(chosen.begin(), chosen.end(), other.id) != chosen.end();
                if (other.id == option.id ? !is : is)
                    next.push_back(other.id);
            }
            chosen = std::move(next);
            changed = true;
        }
        ImGui::PopID();
    }
    ImGui::PopID();
    return changed;
}

bool smiley_scale(std::string_view label, const std::vector<std::string>& words_of_faces,
                  std::optional<std::int64_t>& value)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    describe_group(label, {}, {});
    bool changed = false;
    ImGui::PushID(label.data(), label.data() + label.size());
    {
        const auto count = static_cast<int>(words_of_faces.size());
        Columns columns(count, is_wide(560) ? 12 : 4);
        const Font font = ui.font(TextStyle::Body);
        float words_height = 0;
        for (const std::string& word : words_of_faces)
            words_height =
                std::max(words_height, text_size(word, ui.font(TextStyle::BodyBold),
                                                 ui.width() / static_cast<float>(count) - ui.dp(24))
                                           .y);
        for (int index = 0; index < count; ++index) {
            columns.next();
            const std::string& word = words_of_faces[static_cast<std::size_t>(index)];
            const bool is_chosen = value == index + 1;
            const float face = std::min(ui.dp(84), ui.width() - ui.dp(12));
            const Rect rect = next_rect(ui.width(), face + words_height + ui.dp(16 + 12 + 16));
            const Press press = pressable(word, rect);
            const float rounding = ui.dp(12);
            draw_fill(rect,
                      is_chosen                     ? palette.accent_soft
                      : press.hovered || press.held ? palette.sunken
                                                    : palette.surface,
                      rounding);
            draw_frame(rect, is_chosen ? palette.accent : palette.hairline, rounding,
                       ui.dp(is_chosen ? 3.0F : 1.0F));
            if (press.focus.ring)
                draw_focus_ring(rect, rounding);
            draw_smiley(count == 5 ? index : index * 4 / std::max(1, count - 1),
                        {rect.x + (rect.width - face) / 2, rect.y + ui.dp(16)}, face,
                        is_chosen ? palette.accent_ink : palette.ink,
                        is_chosen ? palette.accent : palette.page);
            const Font word_font = is_chosen ? ui.font(TextStyle::BodyBold) : font;
            float y = rect.y + ui.dp(16) + face + ui.dp(12);
            for (const TextLine& line : wrap_text(word, word_font, rect.width - ui.dp(8))) {
                const std::string_view part =
                    std::string_view(word).substr(line.begin, line.end - line.begin);
                draw_line({rect.x + (rect.width - text_width(part, word_font)) / 2, y}, part, word_font,
                          palette.ink);
                y += std::ceil(word_font.size_px);
            }
            ui.describe(
                {.id = press.id,
                 .role = Role::Radio,
                 .name = word,
                 .rect = rect,
                 .states = {.focusable = true, .focused = press.focus.focused, .checked = is_chosen}});
            if (press.pressed && !is_chosen) {
                value = index + 1;
                changed = true;
            }
        }
    }
    ImGui::PopID();
    return changed;
}

bool number_scale(std::string_view label, std::int64_t lowest, std::int64_t highest,
                  std::string_view low_word, std::string_view high_word, std::optional<std::int64_t>& value)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    describe_group(label, {}, {});
    bool changed = false;
    ImGui::PushID(label.data(), label.data() + label.size());
    const auto count = static_cast<int>(highest - lowest + 1);
    const float space = ui.dp(8);
    const float smallest = ui.dp(52);
    const int per_row = std::clamp(static_cast<int>((ui.width() + space) / (smallest + space)), 1, count);
    const int rows = (count + per_row - 1) / per_row;
    const int even = (count + rows - 1) / rows;
    const float cell =
        std::floor((ui.width() - space * static_cast<float>(even - 1)) / static_cast<float>(even));
    const float height = ui.dp(64);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const Font font = ui.font(TextStyle::LargeBold);
    for (int index = 0; index < count; ++index) {
        const std::int64_t point = lowest + index;
        const Rect rect{origin.x + static_cast<float>(index % even) * (cell + space),
                        origin.y + static_cast<float>(index / even) * (height + space), cell, height};
        const std::string name = std::to_string(point);
        const Press press = pressable(name, rect);
        const bool is_chosen = value == point;
        draw_fill(rect,
                  is_chosen                     ? palette.accent
                  : press.hovered || press.held ? palette.sunken
                                                : palette.surface,
                  ui.dp(8));
        if (!is_chosen)
            draw_frame(rect, palette.outline, ui.dp(8), ui.dp(1.5F));
        if (press.focus.ring)
            draw_focus_ring(rect, ui.dp(8));
        draw_line(
            {rect.x + (rect.width - text_width(name, font)) / 2, rect.y + (rect.height - font.size_px) / 2},
            name, font, is_chosen ? palette.accent_ink : palette.ink);
        ui.describe({.id = press.id,
                     .role = Role::Radio,
                     .name = name,
                     .rect = rect,
                     .states = {.focusable = true, .focused = press.focus.focused, .checked = is_chosen}});
        if (press.pressed && !is_chosen) {
            value = point;
            changed = true;
        }
    }
    ImGui::SetCursorScreenPos(origin);
    ImGui::Dummy(ImVec2(ui.width(), static_cast<float>(rows) * (height + space)));
    const Font soft = ui.font(TextStyle::Body);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_line(at, low_word, soft, palette.ink_soft);
    draw_line({at.x + ui.width() - text_width(high_word, soft), at.y}, high_word, soft, palette.ink_soft);
    ImGui::Dummy(ImVec2(ui.width(), std::ceil(soft.size_px)));
    ImGui::PopID();
    return changed;
}

} // namespace tally::client::widgets
