#pragma once
/// Draws ImGui's triangles with SDL_Renderer, so that any machine will do, also one without a graphics
/// card. Debian's libimgui has no backend for SDL_Renderer.

#include <SDL.h>
#include <imgui.h>

namespace tally::client::platform {

void render(SDL_Renderer& renderer, const ImDrawData& data);

/// The font atlas as a texture; null when there is no memory for it.
[[nodiscard]] SDL_Texture* make_font_texture(SDL_Renderer& renderer);

} // namespace tally::client::platform
