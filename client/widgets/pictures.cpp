#include "client/widgets/pictures.h"

#include "client/widgets/controls.h"
#include "client/widgets/draw.h"
#include "client/widgets/imgui_compat.h"
#include "client/widgets/layout.h"

#include <qrencode.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace tally::client::widgets {

using accessibility::Rect;
using accessibility::Role;

void photo(const Texture& picture, std::string_view name, float side_dp)
{
    Context& ui = Context::current();
    const float side = std::min(ui.dp(side_dp), ui.width());
    const Rect rect = next_rect(side, side);
    const float rounding = ui.dp(10);
    draw_fill(rect, ui.palette().sunken, rounding);
    if (picture.handle != nullptr && picture.width > 0 && picture.height > 0) {
        const float shape = static_cast<float>(picture.width) / static_cast<float>(picture.height);
        ImVec2 from(0, 0);
        ImVec2 to(1, 1);
        if (shape > 1) {
            from.x = (1 - 1 / shape) / 2;
            to.x = 1 - from.x;
        } else {
            from.y = (1 - shape) / 2;
            to.y = 1 - from.y;
        }
        ImGui::GetWindowDrawList()->AddImageRounded(
            compat::texture_id(picture.handle), ImVec2(rect.x, rect.y), ImVec2(rect.x + side, rect.y + side),
            from, to, IM_COL32_WHITE, rounding);
    } else {
        const float icon = ui.dp(36);
        draw_icon(Icon::Camera, {rect.x + (side - icon) / 2, rect.y + (side - icon) / 2}, icon,
                  ui.palette().ink_soft);
    }
    ui.describe({.role = Role::Image, .name = std::string(name), .rect = rect});
    ImGui::Dummy(ImVec2(side, side));
}

bool signature_pad(std::string_view label, std::vector<Stroke>& strokes)
{
    Context& ui = Context::current();
    const Palette& palette = ui.palette();
    const float width = std::min(ui.width(), ui.dp(600));
    const Rect rect = next_rect(width, std::floor(width / signature_shape));
    ImGui::PushID(label.data(), label.data() + label.size());
    ImGui::InvisibleButton("pad", ImVec2(rect.width, rect.height));
    bool changed = false;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (ImGui::IsItemActivated()) {
        strokes.emplace_back();
        changed = true;
    }
    if (ImGui::IsItemActive() && !strokes.empty()) {
        ui.claim_drag();
        const auto thousandths = [](float at, float from, float length) {
            return static_cast<int>(std::clamp((at - from) / length, 0.0F, 1.0F) * 1000);
        };
        const Point point{thousandths(mouse.x, rect.x, rect.width),
                          thousandths(mouse.y, rect.y, rect.height)};
        if (strokes.back().empty() || !(strokes.back().back() == point)) {
            strokes.back().push_back(point);
            changed = true;
        }
    }
    draw_fill(rect, palette.surface, ui.dp(8));
    draw_frame(rect, palette.outline, ui.dp(8), ui.dp(1.5F));
    const float base = rect.y + rect.height * 0.78F;
    draw_fill({rect.x + ui.dp(24), base, rect.width - ui.dp(48), 1}, palette.outline, 0);
    draw_icon(Icon::Cross, {rect.x + ui.dp(24), base - ui.dp(22)}, ui.dp(16), palette.outline);
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (const Stroke& stroke : strokes) {
        for (const Point& point : stroke)
            list->PathLineTo(ImVec2(rect.x + rect.width * static_cast<float>(point.x) / 1000,
                                    rect.y + rect.height * static_cast<float>(point.y) / 1000));
        list->PathStroke(palette.ink, 0, ui.dp(3));
    }
    ui.describe({.role = Role::Drawing,
                 .name = std::string(label),
                 .value = strokes.empty() ? tr("widgets.not_signed") : tr("widgets.signed"),
                 .rect = rect});
    if (!strokes.empty() && quiet_button(tr("widgets.clear_signature"), {.icon = Icon::Undo})) {
        strokes.clear();
        changed = true;
    }
    ImGui::PopID();
    return changed;
}

void qr_code(std::string_view text, std::string_view name, float side_dp)
{
    Context& ui = Context::current();
    const std::string whole(text);
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(whole.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
    if (!code)
        return;
    const int quiet = 4;
    const int modules = code->width + 2 * quiet;
    const float module = std::max(1.0F, std::floor(ui.dp(side_dp) / static_cast<float>(modules)));
    const float side = module * static_cast<float>(modules);
    const Rect rect = next_rect(side, side);
    draw_fill(rect, IM_COL32_WHITE, ui.dp(8));
    for (int y = 0; y < code->width; ++y)
        for (int x = 0; x < code->width; ++x)
            if ((code->data[y * code->width + x] & 1U) != 0)
                draw_fill({rect.x + module * static_cast<float>(x + quiet),
                           rect.y + module * static_cast<float>(y + quiet), module, module},
                          IM_COL32_BLACK, 0);
    ui.describe({.role = Role::Image, .name = std::string(name), .value = whole, .rect = rect});
    ImGui::Dummy(ImVec2(side, side));
}

} // namespace tally::client::widgets
