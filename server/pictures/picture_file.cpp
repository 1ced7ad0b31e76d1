#include "server/pictures/picture_file.h"

#include <turbojpeg.h>

#include <cstddef>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 30000
#include <stb_image.h>

namespace tally::server {
namespace {

constexpr std::int64_t pixels_max = 64'000'000;

bool is_too_large(int width, int height)
{
    return width <= 0 || height <= 0 || std::int64_t{width} * height > pixels_max;
}

std::optional<Picture> read_jpeg(std::string_view file, Tones tones, bool (*is_enough)(int width, int height))
{
    const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
    const auto* data = reinterpret_cast<const unsigned char*>(file.data());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int space = 0;
    if (decoder == nullptr ||
        tjDecompressHeader3(decoder.get(), data, file.size(), &width, &height, &subsampling, &space) != 0 ||
        is_too_large(width, height))
        return std::nullopt;
    int shrink = 1;
    while (shrink < 8 && is_enough(width / (2 * shrink), height / (2 * shrink)))
        shrink *= 2;
    Picture picture = picture_of_size((width + shrink - 1) / shrink, (height + shrink - 1) / shrink, tones);
    // A warning is a damaged end.
    if (tjDecompress2(decoder.get(), data, file.size(), picture.bytes.data(), picture.width, 0,
                      picture.height, tones == Tones::Grey ? TJPF_GRAY : TJPF_RGB, 0) != 0 &&
        tjGetErrorCode(decoder.get()) == TJERR_FATAL)
        return std::nullopt;
    return picture;
}

std::optional<Picture> read_png(std::string_view file, Tones tones)
{
    const auto* data = reinterpret_cast<const stbi_uc*>(file.data());
    const auto size = static_cast<int>(file.size());
    const auto channels = static_cast<std::size_t>(tones);
    int width = 0;
    int height = 0;
    int in_file = 0;
    if (stbi_info_from_memory(data, size, &width, &height, &in_file) == 0 || is_too_large(width, height))
        return std::nullopt;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(data, size, &width, &height, &in_file, static_cast<int>(channels) + 1),
        &stbi_image_free);
    if (pixels == nullptr)
        return std::nullopt;
    Picture picture = picture_of_size(width, height, tones);
    for (std::size_t i = 0; i * channels < picture.bytes.size(); ++i) {
        const stbi_uc* pixel = pixels.get() + (channels + 1) * i;
        const int opacity = pixel[channels];
        for (std::size_t c = 0; c < channels; ++c)
            picture.bytes[channels * i + c] =
                static_cast<std::uint8_t>((pixel[c] * opacity + 255 * (255 - opacity)) / 255);
    }
    return picture;
}

} // namespace

Picture picture_of_size(int width, int height, Tones tones)
{
    return {std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                      static_cast<std::size_t>(tones)),
            width, height};
}

std::optional<Picture> read_picture(std::string_view file, Tones tones,
                                    bool (*is_enough)(int width, int height))
{
    constexpr std::string_view png_start = "\x89PNG";
    return file.starts_with(png_start) ? read_png(file, tones) : read_jpeg(file, tones, is_enough);
}

} // namespace tally::server
