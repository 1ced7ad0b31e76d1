#include "server/pictures/thumbnail.h"

#include "server/pictures/picture_file.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace tally::server {
namespace {

constexpr int quality = 80;
constexpr auto colours = static_cast<std::size_t>(Tones::Colour);

/// Each pixel is the mean of those that it stands for.
Picture shrunk(const Picture& from, int width, int height)
{
    Picture to = picture_of_size(width, height, Tones::Colour);
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
    const std::unique_ptr<void, int (*)(tjhandle)> encoder(tjInitCompress(), &tjDestroy);
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
    const auto picture = read_picture(photo, Tones::Colour, [](int width, int height) {
        return std::max(width, height) >= thumbnail_side_max;
    });
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
