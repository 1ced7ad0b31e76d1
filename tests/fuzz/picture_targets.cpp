#include "server/merge/picture_hash.h"
#include "server/pictures/picture_file.h"
#include "server/pictures/thumbnail.h"
#include "shared/domain/validate.h"
#include "tests/fuzz/fuzz.h"

#include <cstddef>
#include <cstdint>

namespace tally::fuzz {
namespace {

using std::string;
using std::string_view;

void must_fit(const server::Picture& picture, server::Tones tones)
{
    must(picture.width >= 1 && picture.width <= limits::photo_side_max && picture.height >= 1 &&
             picture.height <= limits::photo_side_max,
         "a picture is no larger than an entry may name");
    must(picture.bytes.size() == static_cast<std::size_t>(picture.width) *
                                     static_cast<std::size_t>(picture.height) *
                                     static_cast<std::size_t>(tones),
         "a picture has all its bytes");
}

void check_picture(string_view file)
{
    constexpr auto whole = [](int, int) { return false; };
    for (const auto tones : {server::Tones::Grey, server::Tones::Colour})
        if (const auto picture = server::read_picture(file, tones, whole))
            must_fit(*picture, tones);
    (void)server::picture_hash(file);
    if (const auto small = server::make_thumbnail(file))
        must(server::make_thumbnail(*small).has_value(), "a thumbnail is a picture");
}

string big_endian(std::uint32_t number, int bytes)
{
    string text;
    while (bytes-- > 0)
        text += static_cast<char>(number >> (8 * bytes) & 0xff);
    return text;
}

/// Checksums are not looked at.
string chunk(string_view type, const string& content)
{
    return big_endian(static_cast<std::uint32_t>(content.size()), 4) + string(type) + content +
           string(4, '\0');
}

/// Of eight by eight pixels, in a block that is not packed (RFC 1951, 3.2.4).
string png(int form, std::size_t bytes_a_pixel)
{
    constexpr std::size_t side = 8;
    string rows;
    for (std::size_t y = 0; y < side; ++y) {
        rows += static_cast<char>(y % 5); // each way to filter
        for (std::size_t i = 0; i < side * bytes_a_pixel; ++i)
            rows += static_cast<char>(29 * i + 53 * y);
    }
    const auto size = static_cast<std::uint32_t>(rows.size());
    const string length{static_cast<char>(size & 0xff), static_cast<char>(size >> 8)};
    const string inverse{static_cast<char>(~size & 0xff), static_cast<char>(~size >> 8 & 0xff)};
    const string head =
        big_endian(side, 4) + big_endian(side, 4) + "\x08" + static_cast<char>(form) + string(3, '\0');
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) +
           chunk("IDAT", "\x78\x01\x01" + length + inverse + rows + string(4, '\0')) + chunk("IEND", "");
}

std::vector<string> picture_seeds()
{
    constexpr int grey = 0;
    constexpr int colour = 2;
    constexpr int colour_and_opacity = 6;
    std::vector<string> seeds = {png(grey, 1), png(colour, 3), png(colour_and_opacity, 4)};
    const auto jpeg = server::make_thumbnail(seeds[1]);
    must(jpeg.has_value(), "the seed is a picture");
    seeds.push_back(*jpeg);
    return seeds;
}

} // namespace

std::vector<Target> picture_targets()
{
    return {{"picture", check_picture, picture_seeds}};
}

} // namespace tally::fuzz
