#include "client/widgets/imgui_compat.h"

#include <imgui_internal.h>

#include <cfloat>

namespace tally::client::compat {

void mouse_position(float x, float y)
{
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMousePosEvent(x, y);
#else
    ImGui::GetIO().MousePos = ImVec2(x, y);
#endif
}

void mouse_gone()
{
    mouse_position(-FLT_MAX, -FLT_MAX);
}

void mouse_button(int button, bool down)
{
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMouseButtonEvent(button, down);
#else
    ImGui::GetIO().MouseDown[button] = down;
#endif
}

void mouse_wheel(float horizontal, float vertical)
{
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMouseWheelEvent(horizontal, vertical);
#else
    ImGui::GetIO().MouseWheelH += horizontal;
    ImGui::GetIO().MouseWheel += vertical;
#endif
}

void cancel_press()
{
    ImGui::ClearActiveID();
}

ImFont* add_font(ImFontAtlas& atlas, const char* path, float size_px, const ImWchar* ranges,
                 int oversample_horizontal)
{
    ImFontConfig config;
    config.OversampleH = oversample_horizontal;
    config.OversampleV = 1;
    config.PixelSnapH = oversample_horizontal == 1;
    return atlas.AddFontFromFileTTF(path, size_px, &config, ranges);
}

void set_atlas_width([[maybe_unused]] ImFontAtlas& atlas, [[maybe_unused]] int width_px)
{
#if IMGUI_VERSION_NUM < 19200
    atlas.TexDesiredWidth = width_px;
#endif
}

float advance(ImFont* font, float size_px, std::uint32_t code_point)
{
#if IMGUI_VERSION_NUM >= 19200
    return font->GetFontBaked(size_px)->GetCharAdvance(static_cast<ImWchar>(code_point));
#else
    const auto glyph = code_point <= IM_UNICODE_CODEPOINT_MAX ? code_point : IM_UNICODE_CODEPOINT_INVALID;
    return font->GetCharAdvance(static_cast<ImWchar>(glyph)) * (size_px / font->FontSize);
#endif
}

bool has_glyph(ImFont* font, std::uint32_t code_point)
{
    if (code_point > IM_UNICODE_CODEPOINT_MAX)
        return false;
#if IMGUI_VERSION_NUM >= 19200
    return font->IsGlyphInFont(static_cast<ImWchar>(code_point));
#else
    return font->FindGlyphNoFallback(static_cast<ImWchar>(code_point)) != nullptr;
#endif
}

ImTextureID texture_id(void* texture)
{
    return (ImTextureID)(intptr_t)texture;
}

void* texture_of(const ImDrawCmd& command)
{
    return reinterpret_cast<void*>((intptr_t)command.GetTexID());
}

void bring_window_to_front()
{
    ImGui::BringWindowToDisplayFront(ImGui::GetCurrentWindow());
}

void begin_region(const char* name, ImVec2 size, ImGuiWindowFlags flags)
{
    ImGui::BeginChild(name, size, 0, flags);
}

} // namespace tally::client::compat
