#include "client/widgets/overlay.h"

#include "client/widgets/controls.h"
#include "client/widgets/draw.h"
#include "client/widgets/imgui_compat.h"
#include "client/widgets/layout.h"

#include <algorithm>
#include <cmath>

namespace tally::client::widgets {

using accessibility::Rect;
using accessibility::Role;

namespace {

constexpr ImGuiWindowFlags over_page = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                       ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                       ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoFocusOnAppearing;
constexpr float padding_dp = 28;

struct DialogState
{
    float content_height = 0; ///< of the frame before; zero in the first frame
    int last_frame = -2;
};

DialogState& dialog_state(int layer)
{
    return Context::current().state<DialogState>(2 + static_cast<unsigned>(layer));
}

} // namespace

DialogResult begin_dialog(std::string_view title, const DialogOptions& options)
{
    Context& ui = Context::current();
    ui.push_layer();
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    const std::string name = "dialog " + std::to_string(ui.layer());
    ImGui::SetNextWindowPos(ImVec2(0, 0));
    ImGui::SetNextWindowSize(display);
    ImGui::Begin(name.c_str(), nullptr, over_page | ImGuiWindowFlags_NoScrollWithMouse);
    compat::bring_window_to_front();
    draw_fill({0, 0, display.x, display.y}, ui.palette().shade, 0);

    DialogState& state = dialog_state(ui.layer());
    const int frame = ImGui::GetFrameCount();
    if (state.last_frame < frame - 1)
        state.content_height = 0;
    state.last_frame = frame;

    const float margin = ui.dp(16);
    const float pad = ui.dp(padding_dp);
    const float width = std::min(ui.dp(options.width_dp), display.x - 2 * margin);
    const float height = std::min(state.content_height + 2 * pad, display.y - 2 * margin);
    // The first frame only measures: at the window's edge, because ImGui lays out nothing that lies outside.
    const bool is_measured = state.content_height > 0;
    const Rect panel{std::floor((display.x - width) / 2),
                     is_measured ? std::floor((display.y - height) / 2) : display.y - ui.dp(8) - 2, width,
                     std::max(height, ui.dp(120))};
    if (!is_measured)
        ui.wake_in(0);
    draw_fill(panel, ui.palette().page, ui.dp(16));

    DialogResult result;
    const bool pressed_beside = ImGui::IsMouseClicked(0) && !contains(panel, ImGui::GetIO().MousePos);
    result.dismissed = is_measured && ui.layer_has_input() && (ui.take(Key::Escape) || pressed_beside);

    ImGui::SetCursorScreenPos(ImVec2(panel.x, panel.y + ui.dp(8)));
    compat::begin_region("content", ImVec2(panel.width, panel.height - ui.dp(16)), ImGuiWindowFlags_NoNav);
    ImGui::SetCursorPos(ImVec2(pad, pad - ui.dp(8)));
    ImGui::BeginGroup();
    ui.push_width(panel.width - 2 * pad);
    ui.describe({.role = Role::Dialog, .name = std::string(title), .rect = panel});
    title_heading(title);
    gap(12);
    return result;
}

void end_dialog()
{
    Context& ui = Context::current();
    ui.pop_width();
    ImGui::EndGroup();
    dialog_state(ui.layer()).content_height = ImGui::GetItemRectSize().y;
    ImGui::Dummy(ImVec2(1, ui.dp(padding_dp - 8)));
    ImGui::EndChild();
    ImGui::End();
    ui.pop_layer();
}

ToastPress toast(std::string_view message, std::string_view action_label, float above_dp)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    const Font font = ui.font(TextStyle::Body);
    const Font bold = ui.font(TextStyle::BodyBold);
    const float pad = ui.dp(20);
    const float action = action_label.empty() ? 0 : text_width(action_label, bold) + ui.dp(32);
    const float room = std::min(ui.dp(640), display.x - 2 * ui.dp(16)) - 2 * pad - action;
    const ImVec2 size = text_size(message, font, room);
    const float width = size.x + 2 * pad + action;
    const float height = std::max(ui.dp(60), size.y + ui.dp(32));
    const Rect rect{std::floor((display.x - width) / 2), display.y - ui.dp(above_dp) - height, width, height};
    ImGui::SetNextWindowPos(ImVec2(rect.x, rect.y));
    ImGui::SetNextWindowSize(ImVec2(rect.width, rect.height));
    ImGui::Begin("toast", nullptr, over_page);
    compat::bring_window_to_front();
    draw_fill(rect, palette.ink, ui.dp(10));
    draw_text({rect.x + pad, rect.y + (rect.height - size.y) / 2}, message, font, palette.page, room);
    ui.describe({.role = Role::Status, .name = std::string(message), .rect = rect});
    bool pressed = false;
    if (!action_label.empty()) {
        const Rect place{rect.x + rect.width - action - ui.dp(4), rect.y + ui.dp(4), action,
                         rect.height - ui.dp(8)};
        const Press press = pressable(action_label, place);
        const ImU32 colour = ui.appearance() == Appearance::Dark ? IM_COL32(0x14, 0x53, 0x4F, 255)
                                                                 : IM_COL32(0x9A, 0xD8, 0xCE, 255);
        draw_line({place.x + (place.width - text_width(action_label, bold)) / 2,
                   place.y + (place.height - bold.size_px) / 2},
                  action_label, bold, colour);
        if (press.focus.ring)
            draw_frame(inset(place, ui.dp(4)), palette.focus, ui.dp(6), ui.dp(3));
        ui.describe({.id = press.id,
                     .role = Role::Button,
                     .name = std::string(action_label),
                     .rect = place,
                     .states = {.focusable = true, .focused = press.focus.focused}});
        pressed = press.pressed;
    }
    ImGui::End();
    return pressed ? ToastPress::Action : ToastPress::None;
}

} // namespace tally::client::widgets
