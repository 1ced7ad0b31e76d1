#pragma once
/// Everything that differs between Dear ImGui 1.86 (Debian 12) and 1.92, so that the rest of the client
/// is written once. Keyboard and typed text never pass through ImGui: see Input in context.h.

#include <imgui.h>

#include <cstdint>

namespace tally::client::compat {

void mouse_position(float x, float y);
/// The pointer left the window: nothing is hovered.
void mouse_gone();
void mouse_button(int button, bool down);
void mouse_wheel(float horizontal, float vertical);
/// Forgets an active press, as when a touch turns out to be a scroll.
void cancel_press();

/// Loads one size of one font file; null when the file cannot be read.
[[nodiscard]] ImFont* add_font(ImFontAtlas& atlas, const char* path, float size_px, const ImWchar* ranges,
                               int oversample_horizontal);
void set_atlas_width(ImFontAtlas& atlas, int width_px);
[[nodiscard]] float advance(ImFont* font, float size_px, std::uint32_t code_point);

[[nodiscard]] bool has_glyph(ImFont* font, std::uint32_t code_point);

[[nodiscard]] ImTextureID texture_id(void* texture);
[[nodiscard]] void* texture_of(const ImDrawCmd& command);

/// Puts the window being drawn above all others without taking an active press away from them.
void bring_window_to_front();

/// A scrolling region without a frame of its own.
void begin_region(const char* name, ImVec2 size, ImGuiWindowFlags flags);

} // namespace tally::client::compat
