#include "client/platform/sdl_render.h"

#include "client/widgets/imgui_compat.h"

#include <algorithm>
#include <cstddef>

namespace tally::client::platform {

SDL_Texture* make_font_texture(SDL_Renderer& renderer)
{
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
    SDL_Texture* texture =
        SDL_CreateTexture(&renderer, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STATIC, width, height);
    if (texture == nullptr)
        return nullptr;
    SDL_UpdateTexture(texture, nullptr, pixels, width * 4);
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
    SDL_SetTextureScaleMode(texture, SDL_ScaleModeLinear);
    atlas.SetTexID(compat::texture_id(texture));
    return texture;
}

void render(SDL_Renderer& renderer, const ImDrawData& data)
{
    SDL_RenderSetViewport(&renderer, nullptr);
    for (int index = 0; index < data.CmdListsCount; ++index) {
        const ImDrawList& list = *data.CmdLists[index];
        const auto* vertices = list.VtxBuffer.Data;
        for (const ImDrawCmd& command : list.CmdBuffer) {
            const int left = std::max(0, static_cast<int>(command.ClipRect.x - data.DisplayPos.x));
            const int top = std::max(0, static_cast<int>(command.ClipRect.y - data.DisplayPos.y));
            const int right = std::min(static_cast<int>(data.DisplaySize.x),
                                       static_cast<int>(command.ClipRect.z - data.DisplayPos.x));
            const int bottom = std::min(static_cast<int>(data.DisplaySize.y),
                                        static_cast<int>(command.ClipRect.w - data.DisplayPos.y));
            if (right <= left || bottom <= top || command.UserCallback != nullptr || command.ElemCount == 0)
                continue;
            const SDL_Rect clip{left, top, right - left, bottom - top};
            SDL_RenderSetClipRect(&renderer, &clip);
            const auto* first = reinterpret_cast<const char*>(vertices + command.VtxOffset);
            SDL_RenderGeometryRaw(
                &renderer, static_cast<SDL_Texture*>(compat::texture_of(command)),
                reinterpret_cast<const float*>(first + offsetof(ImDrawVert, pos)), sizeof(ImDrawVert),
                reinterpret_cast<const SDL_Color*>(first + offsetof(ImDrawVert, col)), sizeof(ImDrawVert),
                reinterpret_cast<const float*>(first + offsetof(ImDrawVert, uv)), sizeof(ImDrawVert),
                list.VtxBuffer.Size - static_cast<int>(command.VtxOffset),
                list.IdxBuffer.Data + command.IdxOffset, static_cast<int>(command.ElemCount),
                sizeof(ImDrawIdx));
        }
    }
    SDL_RenderSetClipRect(&renderer, nullptr);
}

} // namespace tally::client::platform
