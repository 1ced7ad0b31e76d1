#include "server/pictures/picture_file.h"

#include "server/pictures/picture_memory.h"
#include "shared/base/result.h"
#include "shared/domain/validate.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 2048
#define STBI_MALLOC(size) tally::server::PictureMemory::take(size)
#define STBI_REALLOC(block, size) tally::server::PictureMemory::take_more(block, size)
#define STBI_FREE(block) tally::server::PictureMemory::give_back(block)
#include <stb_image.h>

namespace tally::server {
namespace {

static_assert(limits::photo_side_max == STBI_MAX_DIMENSIONS);

/// Cameras write about ten; each costs a pass over the whole picture.
constexpr int scans_max = 100;

thread_local PictureMemory* memory = nullptr;

/// Before each block: how large it is.
constexpr std::size_t size_room = alignof(std::max_align_t);

bool is_too_large(int width, int height)
{
    return width < 1 || height < 1 || width > limits::photo_side_max || height > limits::photo_side_max;
}

/// How often a scan begins (ITU T.81, B.1.1.2), as a decoder comes upon them.
int scans_in(std::string_view jpeg)
{
    constexpr char start_of_scan = '\xda';
    constexpr char end_of_image = '\xd9';
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(jpeg[at]); };
    int scans = 0;
    for (std::size_t at = 2;
         (at = jpeg.find('\xff', at)) != std::string_view::npos && at + 1 < jpeg.size();) {
        const char marker = jpeg[at + 1];
        const auto code = byte(at + 1);
        constexpr unsigned char first_restart = 0xd0;
        constexpr unsigned char last_alone = 0xd8;
        if (marker == end_of_image)
            break;
        if (code == 0xff) { // filling
            ++at;
            continue;
        }
        at += 2;
        if (code <= 1 || (code >= first_restart && code <= last_alone))
            continue; // stands alone, or is no marker
        scans += marker == start_of_scan ? 1 : 0;
        if (at + 1 < jpeg.size())
            at += std::max<std::size_t>(2, std::size_t{byte(at)} << 8 | byte(at + 1));
    }
    return scans;
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
        is_too_large(width, height) || scans_in(file) > scans_max)
        return std::nullopt;
    int shrink = 1;
    while (shrink < 8 && is_enough(width / (2 * shrink), height / (2 * shrink)))
        shrink *= 2;
    Picture picture = picture_of_size((width + shrink - 1) / shrink, (height + shrink - 1) / shrink, tones);
    // A warning is a damaged end.
    if (tjDecompress2(decoder.get(), data, file.size(), picture.bytes.data(), picture.width, 0,
                      picture.height, tones == Tones::Grey ? TJPF_GRAY : TJPF_RGB, TJFLAG_LIMITSCANS) != 0 &&
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
    const PictureMemory bounded(png_memory(file.size(), width, height));
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

PictureMemory::PictureMemory(std::size_t bytes) : m_left(bytes)
{
    TALLY_ASSERT(memory == nullptr);
    memory = this;
}

PictureMemory::~PictureMemory()
{
    memory = nullptr;
}

bool PictureMemory::add(std::size_t bytes)
{
    if (bytes > m_left)
        return false;
    m_left -= bytes;
    return true;
}

void* PictureMemory::take(std::size_t bytes)
{
    return take_more(nullptr, bytes);
}

void* PictureMemory::take_more(void* block, std::size_t bytes)
{
    auto* start = block == nullptr ? nullptr : static_cast<char*>(block) - size_room;
    const std::size_t before = start == nullptr ? 0 : *reinterpret_cast<std::size_t*>(start);
    // Both may be there for a moment, when the block has to move.
    if (memory == nullptr || !memory->add(bytes))
        return nullptr;
    auto* more = static_cast<char*>(std::realloc(start, bytes + size_room));
    memory->m_left += more == nullptr ? bytes : before;
    if (more == nullptr)
        return nullptr;
    *reinterpret_cast<std::size_t*>(more) = bytes;
    return more + size_room;
}

void PictureMemory::give_back(void* block)
{
    if (block == nullptr)
        return;
    auto* start = static_cast<char*>(block) - size_room;
    if (memory != nullptr)
        memory->m_left += *reinterpret_cast<std::size_t*>(start);
    std::free(start);
}

std::size_t png_memory(std::size_t file_bytes, int width, int height)
{
    // The packed bytes, in a block that doubles; unpacked ones, the picture that is made of them and one in
    // the form that is wanted, each with at most eight bytes a pixel, and a byte a row; what is interlaced
    // has more rows.
    constexpr std::size_t most = std::size_t{96} * 1024 * 1024;
    constexpr std::size_t slack = std::size_t{64} * 1024;
    const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    return std::min(most, 3 * file_bytes + 32 * pixels + 8 * static_cast<std::size_t>(height) + slack);
}

Picture picture_of_size(int width, int height, Tones tones)
{
    return {std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                      static_cast<std::size_t>(tones)),
            width, height};
}

std::optional<Picture> read_picture(std::string_view file, Tones tones,
                                    bool (*is_enough)(int width, int height))
{
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    constexpr std::string_view png_start = "\x89PNG";
    return file.starts_with(png_start) ? read_png(file, tones) : read_jpeg(file, tones, is_enough);
}

} // namespace tally::server
