#include "server/pictures/thumbnail.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 30000
#include <stb_image.h>

namespace tally::server {
namespace {

constexpr std::int64_t pixels_max = 64'000'000;
constexpr int quality = 80;
constexpr std::size_t colours = 3;

/// Rows of red, green and blue.
struct Picture
{
    std::vector<std::uint8_t> bytes;
    int width = 0;
    int height = 0;
};

using Codec = std::unique_ptr<void, int (*)(tjhandle)>;

bool is_too_large(int width, int height)
{
    return width <= 0 || height <= 0 || std::int64_t{width} * height > pixels_max;
}

Picture of_size(int width, int height)
{
    return {std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                      colours),
            width, height};
}

std::optional<Picture> decode_jpeg(std::string_view photo)
{
    const Codec decoder(tjInitDecompress(), &tjDestroy);
    const auto* data = reinterpret_cast<const unsigned char*>(photo.data());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int space = 0;
    if (decoder == nullptr ||
        tjDecompressHeader3(decoder.get(), data, photo.size(), &width, &height, &subsampling, &space) != 0 ||
        is_too_large(width, height))
        return std::nullopt;
    // The decoder shrinks to a half, a quarter or an eighth for nearly nothing.
    int shrink = 1;
    while (shrink < 8 && std::max(width, height) / (2 * shrink) >= thumbnail_side_max)
        shrink *= 2;
    Picture picture = of_size((width + shrink - 1) / shrink, (height + shrink - 1) / shrink);
    if (tjDecompress2(decoder.get(), data, photo.size(), picture.bytes.data(), picture.width, 0,
                      picture.height, TJPF_RGB, 0) != 0 &&
        tjGetErrorCode(decoder.get()) == TJERR_FATAL)
        return std::nullopt;
    return picture;
}

/// On white, as a drawn signature is looked at.
std::optional<Picture> decode_png(std::string_view photo)
{
    const auto* data = reinterpret_cast<const stbi_uc*>(photo.data());
    int width = 0;
    int height = 0;
    int channels = 0;
    if (stbi_info_from_memory(data, static_cast<int>(photo.size()), &width, &height, &channels) == 0 ||
        is_too_large(width, height))
        return std::nullopt;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(data, static_cast<int>(photo.size()), &width, &height, &channels, 4),
        &stbi_image_free);
    if (pixels == nullptr)
        return std::nullopt;
    Picture picture = of_size(width, height);
    for (std::size_t i = 0; i * colours < picture.bytes.size(); ++i) {
        const stbi_uc* pixel = pixels.get() + 4 * i;
        for (std::size_t c = 0; c < colours; ++c)
            picture.bytes[colours * i + c] =
                static_cast<std::uint8_t>((pixel[c] * pixel[3] + 255 * (255 - pixel[3])) / 255);
    }
    return picture;
}

/// Each pixel is the mean of those that it stands for.
Picture shrunk(const Picture& from, int width, int height)
{
    Picture to = of_size(width, height);
    for (int y = 0; y < height; ++y) {
        const int top = static_cast<int>(std::int64_t{y} * from.height / height);
        const int bottom = std::max(top + 1, static_cast<int>((std::int64_t{y} + 1) * from.height / height));
        for (int x = 0; x < width; ++x) {
            const int left = static_cast<int>(std::int64_t{x} * from.width / width);
            const int right =
                std::max(left + 1, static_cast<int>((std::int64_t{x} + 1) * from.width / width));
            std::uint64_t sums[colours] = {};
            for (int row = top; row < bottom; ++row)
                for (int column = left; column < right; ++column)
                    for (std::size_t c = 0; c < colours; ++c)
                        sums[c] +=
                            from.bytes[(static_cast<std::size_t>(row) * static_cast<std::size_t>(from.width) +
                                        static_cast<std::size_t>(column)) *
                                           colours +
                                       c];
            const auto count =
                static_cast<std::uint64_t>(bottom - top) * static_cast<std::uint64_t>(right - left);
            for (std::size_t c = 0; c < colours; ++c)
                to.bytes[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x)) *
                             colours +
                         c] = static_cast<std::uint8_t>(sums[c] / count);
        }
    }
    return to;
}

std::optional<std::string> encode(const Picture& picture)
{
    const Codec encoder(tjInitCompress(), &tjDestroy);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    if (encoder == nullptr)
        return std::nullopt;
    const int failed = tjCompress2(encoder.get(), picture.bytes.data(), picture.width, 0, picture.height,
                                   TJPF_RGB, &bytes, &size, TJSAMP_420, quality, 0);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(bytes, &tjFree);
    if (failed != 0)
        return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes), size);
}

} // namespace

std::optional<std::string> make_thumbnail(std::string_view photo)
{
    const auto picture = photo.starts_with("\xff\xd8") ? decode_jpeg(photo) : decode_png(photo);
    if (!picture)
        return std::nullopt;
    const int longest = std::max(picture->width, picture->height);
    if (longest <= thumbnail_side_max)
        return encode(*picture);
    const auto scaled = [longest](int side) {
        return std::max(1, static_cast<int>(std::int64_t{side} * thumbnail_side_max / longest));
    };
    return encode(shrunk(*picture, scaled(picture->width), scaled(picture->height)));
}

} // namespace tally::server
