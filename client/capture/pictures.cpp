#include "client/capture/pictures.h"

#include "shared/base/encoding.h"

#include <cstddef>
#include <cstdint>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 30000
#include <stb_image.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

// stb renamed its resizer: Debian 12 has the first, newer systems the second.
#if __has_include(<stb_image_resize2.h>)
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb_image_resize2.h>
#define TALLY_STB_RESIZE_2
#else
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb_image_resize.h>
#endif

namespace tally::client {

namespace {

std::size_t bytes_of(int width, int height)
{
    return std::size_t{4} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

const stbi_uc* data_of(std::string_view bytes)
{
    return reinterpret_cast<const stbi_uc*>(bytes.data());
}

} // namespace

std::optional<PictureSize> png_size(std::string_view png)
{
    // Width and height stand in the header chunk, right after its length and name. They are read here
    // because stb has limits of its own, and a picture that is too large should be called so.
    constexpr std::size_t before_size = 16;
    ByteReader reader(png);
    const bool is_header = reader.bytes(before_size).ends_with("IHDR");
    const std::uint32_t width = reader.u32();
    const std::uint32_t height = reader.u32();
    constexpr std::uint32_t side_max = 0x7fffffff;
    if (reader.failed() || !is_header || width == 0 || height == 0 || width > side_max || height > side_max)
        return std::nullopt;
    return PictureSize{static_cast<int>(width), static_cast<int>(height)};
}

std::optional<Pixels> decode_png(std::string_view png)
{
    Pixels pixels;
    int channels = 0;
    stbi_uc* const decoded = stbi_load_from_memory(data_of(png), static_cast<int>(png.size()), &pixels.width,
                                                   &pixels.height, &channels, 4);
    if (decoded == nullptr)
        return std::nullopt;
    pixels.rgba.assign(decoded, decoded + bytes_of(pixels.width, pixels.height));
    stbi_image_free(decoded);
    return pixels;
}

std::string encode_png(const Pixels& pixels)
{
    std::string out;
    if (pixels.rgba.empty() || pixels.rgba.size() != bytes_of(pixels.width, pixels.height))
        return out;
    const auto append = [](void* context, void* data, int size) {
        static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                                   static_cast<std::size_t>(size));
    };
    if (stbi_write_png_to_func(append, &out, pixels.width, pixels.height, 4, pixels.rgba.data(),
                               pixels.width * 4) == 0)
        out.clear();
    return out;
}

Pixels resized(const Pixels& from, int width, int height)
{
    Pixels to;
    to.width = width;
    to.height = height;
    to.rgba.resize(bytes_of(width, height));
#ifdef TALLY_STB_RESIZE_2
    stbir_resize_uint8_srgb(from.rgba.data(), from.width, from.height, 0, to.rgba.data(), width, height, 0,
                            STBIR_RGBA);
#else
    stbir_resize_uint8_srgb(from.rgba.data(), from.width, from.height, 0, to.rgba.data(), width, height, 0, 4,
                            3, 0);
#endif
    return to;
}

} // namespace tally::client
