#include "client/capture/photo.h"

#include "client/capture/exif.h"
#include "client/capture/pictures.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace tally::client {

namespace {

constexpr int jpeg_quality = 85;

struct CloseJpeg
{
    void operator()(void* handle) const { tjDestroy(handle); }
};
using Jpeg = std::unique_ptr<void, CloseJpeg>;

Error damaged()
{
    return {"photo_damaged",
            "This photo is damaged and cannot be read. Take it again, or choose another one."};
}

Error too_large()
{
    return {"photo_too_large",
            "This photo is too large: at most 48 MB and 64 million pixels can be read. Make it "
            "smaller, or choose another one."};
}

bool too_many_pixels(int width, int height)
{
    return std::int64_t{width} * height > photo_pixels_max;
}

/// Decodes at the smallest of the decoder's own scales that is still at least `side_max` long.
Result<Pixels> decode_jpeg(std::string_view bytes, int side_max)
{
    const Jpeg jpeg(tjInitDecompress());
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto size = static_cast<unsigned long>(bytes.size());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(jpeg.get(), data, size, &width, &height, &subsampling, &colours) != 0)
        return damaged();
    if (too_many_pixels(width, height))
        return too_large();

    tjscalingfactor scale{1, 1};
    int count = 0;
    const tjscalingfactor* const known = tjGetScalingFactors(&count);
    for (int i = 0; i < count; ++i) {
        const int longer = TJSCALED(std::max(width, height), known[i]);
        if (longer >= side_max && known[i].num * scale.denom < scale.num * known[i].denom)
            scale = known[i];
    }
    Pixels pixels;
    pixels.width = TJSCALED(width, scale);
    pixels.height = TJSCALED(height, scale);
    pixels.rgba.resize(std::size_t{4} * static_cast<std::size_t>(pixels.width) *
                       static_cast<std::size_t>(pixels.height));
    int flags = TJFLAG_ACCURATEDCT;
#ifdef TJFLAG_LIMITSCANS
    // A progressive file of thousands of scans would take minutes.
    flags |= TJFLAG_LIMITSCANS;
#endif
    if (tjDecompress2(jpeg.get(), data, size, pixels.rgba.data(), pixels.width, 0, pixels.height, TJPF_RGBA,
                      flags) != 0) {
        // Cameras leave harmless oddities behind; a file that ends early is not one of them.
        const std::string_view why = tjGetErrorStr2(jpeg.get());
        if (tjGetErrorCode(jpeg.get()) != TJERR_WARNING ||
            why.find("remature end") != std::string_view::npos ||
            why.find("orrupt") != std::string_view::npos)
            return damaged();
    }
    return pixels;
}

/// Turned as the camera was held (EXIF orientation 1 to 8).
Pixels upright(Pixels from, int orientation)
{
    if (orientation <= 1)
        return from;
    const bool turned = orientation >= 5;
    Pixels to;
    to.width = turned ? from.height : from.width;
    to.height = turned ? from.width : from.height;
    to.rgba.resize(from.rgba.size());
    for (int y = 0; y < to.height; ++y) {
        for (int x = 0; x < to.width; ++x) {
            int u = turned ? y : x;
            int v = turned ? x : y;
            // 2 and 3 count from the right, 3 and 4 from below; 5 to 8 likewise once turned.
            if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
                u = from.width - 1 - u;
            if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
                v = from.height - 1 - v;
            const auto at = [](int column, int row, int width) {
                return std::size_t{4} * (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                                         static_cast<std::size_t>(column));
            };
            std::copy_n(from.rgba.begin() + static_cast<std::ptrdiff_t>(at(u, v, from.width)), 4,
                        to.rgba.begin() + static_cast<std::ptrdiff_t>(at(x, y, to.width)));
        }
    }
    return to;
}

/// Transparent parts become white: JPEG has no transparency.
void flatten(Pixels& pixels)
{
    for (std::size_t i = 0; i + 3 < pixels.rgba.size(); i += 4) {
        const unsigned alpha = pixels.rgba[i + 3];
        if (alpha == 255)
            continue;
        for (std::size_t c = 0; c < 3; ++c)
            pixels.rgba[i + c] =
                static_cast<std::uint8_t>((pixels.rgba[i + c] * alpha + 255U * (255U - alpha)) / 255U);
        pixels.rgba[i + 3] = 255;
    }
}

Result<Pixels> decode(std::string_view bytes, int side_max)
{
    Result<Pixels> pixels =
        Error{"photo_not_a_picture", "This file is not a JPEG or PNG picture. Choose a photo."};
    int orientation = 1;
    if (bytes.starts_with("\xff\xd8\xff")) {
        pixels = decode_jpeg(bytes, side_max);
        orientation = exif_orientation(bytes);
    } else if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
        const auto size = png_size(bytes);
        if (!size)
            return damaged();
        if (too_many_pixels(size->width, size->height))
            return too_large();
        auto decoded = decode_png(bytes);
        if (!decoded)
            return damaged();
        flatten(*decoded);
        pixels = std::move(*decoded);
    }
    if (!pixels)
        return pixels;
    const int longer = std::max(pixels->width, pixels->height);
    if (longer > side_max) {
        const auto scaled = [&](int side) {
            return std::max(1, static_cast<int>(std::int64_t{side} * side_max / longer));
        };
        pixels = resized(*pixels, scaled(pixels->width), scaled(pixels->height));
    }
    return upright(std::move(*pixels), orientation);
}

} // namespace

Result<Picture> prepare_photo(std::string_view file_bytes)
{
    if (file_bytes.size() > photo_file_bytes_max)
        return too_large();
    const auto pixels = decode(file_bytes, photo_side_max);
    if (!pixels)
        return pixels.error();

    const Jpeg jpeg(tjInitCompress());
    unsigned char* out = nullptr;
    unsigned long out_size = 0;
    if (tjCompress2(jpeg.get(), pixels->rgba.data(), pixels->width, 0, pixels->height, TJPF_RGBX, &out,
                    &out_size, TJSAMP_420, jpeg_quality, TJFLAG_ACCURATEDCT) != 0) {
        tjFree(out);
        return damaged();
    }
    Picture picture;
    picture.bytes.assign(reinterpret_cast<const char*>(out), out_size);
    tjFree(out);
    picture.media_type = "image/jpeg";
    picture.width = pixels->width;
    picture.height = pixels->height;
    picture.digest = crypto::sha256_hex(picture.bytes);
    return picture;
}

Result<Picture> prepare_photo_file(const std::filesystem::path& file)
{
    const auto bytes = read_file(file, photo_file_bytes_max);
    if (!bytes)
        return bytes.error().code == "file_too_large" ? too_large() : bytes.error();
    return prepare_photo(*bytes);
}

Result<Pixels> decode_thumbnail(std::string_view file_bytes, int side_max)
{
    return decode(file_bytes, side_max);
}

Result<Picture> encode_drawing(const Pixels& pixels)
{
    Picture picture;
    picture.bytes = encode_png(pixels);
    if (picture.bytes.empty())
        return Error{"drawing_empty", "There is nothing drawn yet."};
    picture.media_type = "image/png";
    picture.width = pixels.width;
    picture.height = pixels.height;
    picture.digest = crypto::sha256_hex(picture.bytes);
    return picture;
}

} // namespace tally::client
