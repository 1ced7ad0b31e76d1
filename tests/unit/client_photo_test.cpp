#include "client/capture/exif.h"
#include "client/capture/photo.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace tally;
using namespace tally::client;

namespace {

/// Left half red, right half blue, top quarter white, so that every turn can be told.
Pixels sample_pixels(int width, int height)
{
    Pixels pixels;
    pixels.width = width;
    pixels.height = height;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool white = y < height / 4;
            const bool left = x < width / 2;
            pixels.rgba.push_back(white || left ? 255 : 0);
            pixels.rgba.push_back(white ? 255 : 0);
            pixels.rgba.push_back(white || !left ? 255 : 0);
            pixels.rgba.push_back(255);
        }
    }
    return pixels;
}

std::string png_of(int width, int height)
{
    return encode_drawing(sample_pixels(width, height)).value().bytes;
}

std::string jpeg_of(int width, int height)
{
    return prepare_photo(png_of(width, height)).value().bytes;
}

/// A camera's note with an orientation and a place, put in front of a JPEG's other segments.
std::string with_exif(const std::string& jpeg, char orientation)
{
    std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19);
    tiff += orientation;
    tiff.append(6, '\0');
    tiff += "GPS 53.7632N 2.7031W";
    std::string segment("Exif\0\0", 6);
    segment += tiff;
    std::string out = jpeg.substr(0, 2) + "\xff\xe1";
    append_u16(out, static_cast<std::uint16_t>(segment.size() + 2));
    return out + segment + jpeg.substr(2);
}

char colour_at(const Pixels& pixels, int x, int y)
{
    const auto at = std::size_t{4} * static_cast<std::size_t>(y * pixels.width + x);
    const int red = pixels.rgba[at];
    const int green = pixels.rgba[at + 1];
    return green > 128 ? 'w' : red > 128 ? 'r' : 'b';
}

/// The colours in the middle of the four sides: top, right, bottom, left.
std::string sides(const Pixels& pixels)
{
    const int w = pixels.width;
    const int h = pixels.height;
    // Away from the exact middle, where two colours meet.
    return {colour_at(pixels, w / 3, h / 16), colour_at(pixels, w - 1 - w / 16, h / 3),
            colour_at(pixels, w / 3, h - 1 - h / 16), colour_at(pixels, w / 16, h / 3)};
}

} // namespace

TEST_CASE("a photo is at most 2048 pixels, keeps its shape, and is named by its bytes")
{
    const auto photo = prepare_photo(jpeg_of(1600, 1200));
    REQUIRE(photo.ok());
    CHECK(photo->width == 1600);
    const auto large = prepare_photo(png_of(3000, 1500));
    REQUIRE(large.ok());
    CHECK(large->width == 2048);
    CHECK(large->height == 1024);
    CHECK(large->media_type == "image/jpeg");
    CHECK(large->digest == crypto::sha256_hex(large->bytes));
    CHECK(large->bytes.starts_with("\xff\xd8\xff"));
    const auto narrow = prepare_photo(png_of(5000, 1));
    REQUIRE(narrow.ok());
    CHECK(narrow->height == 1);
}

TEST_CASE("the camera's notes, such as the place, are gone")
{
    const std::string noted = with_exif(jpeg_of(320, 240), 1);
    CHECK(noted.find("GPS") != std::string::npos);
    const auto photo = prepare_photo(noted);
    REQUIRE(photo.ok());
    CHECK(photo->bytes.find("GPS") == std::string::npos);
    CHECK(photo->bytes.find("Exif") == std::string::npos);
}

TEST_CASE("photos stand upright, however the camera was held")
{
    const std::string jpeg = jpeg_of(320, 240);
    struct Case
    {
        char orientation;
        const char* sides; ///< top, right, bottom, left
    };
    const Case cases[] = {{'\1', "wbrr"}, {'\2', "wrbb"}, {'\3', "brwb"}, {'\4', "rbwr"},
                          {'\5', "rrbw"}, {'\6', "rwbr"}, {'\7', "bwrb"}, {'\x8', "bbrw"}};
    for (const Case& one : cases) {
        CAPTURE(static_cast<int>(one.orientation));
        const std::string noted = with_exif(jpeg, one.orientation);
        CHECK(exif_orientation(noted) == one.orientation);
        const auto pixels = decode_thumbnail(noted, 160);
        REQUIRE(pixels.ok());
        const bool turned = one.orientation >= 5;
        CHECK(pixels->width == (turned ? 120 : 160));
        CHECK(pixels->height == (turned ? 160 : 120));
        CHECK(sides(*pixels) == one.sides);
    }
    CHECK(exif_orientation(jpeg) == 1);
    CHECK(exif_orientation(with_exif(jpeg, '\x9')) == 1);
    CHECK(exif_orientation(with_exif(jpeg, '\3').substr(0, 20)) == 1);
}

TEST_CASE("damaged, huge and other files are refused in words")
{
    const std::string jpeg = jpeg_of(640, 480);
    CHECK(prepare_photo("").error().code == "photo_not_a_picture");
    CHECK(prepare_photo("GIF89a and so on").error().code == "photo_not_a_picture");
    CHECK(prepare_photo(jpeg.substr(0, jpeg.size() / 2)).error().code == "photo_damaged");
    CHECK(prepare_photo(jpeg.substr(0, 30)).error().code == "photo_damaged");
    const std::string png = png_of(64, 64);
    CHECK(prepare_photo(png.substr(0, png.size() / 2)).error().code == "photo_damaged");

    // A header that promises 30,000 x 30,000 pixels.
    std::string bomb = png;
    bomb.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8));
    const auto refused = prepare_photo(bomb);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "photo_too_large");
    CHECK(prepare_photo(std::string(photo_file_bytes_max + 1, '\xff')).error().code == "photo_too_large");
    CHECK(prepare_photo_file("/no/such/photo.jpg").error().code == "file_missing");
}

TEST_CASE("any damage to a photo gives a picture or a refusal, never a crash")
{
    const std::string whole[] = {jpeg_of(200, 150), png_of(60, 50)};
    std::uint32_t state = 7;
    const auto next = [&state] { return state = state * 1'664'525U + 1'013'904'223U; };
    for (const std::string& good : whole) {
        for (int i = 0; i < 300; ++i) {
            std::string bytes = good;
            for (int k = 0; k < 3; ++k)
                bytes[(next() >> 8) % bytes.size()] = static_cast<char>(next() >> 24);
            const auto photo = prepare_photo(bytes);
            if (photo.ok())
                CHECK(photo->width <= photo_side_max);
        }
    }
}

TEST_CASE("a drawing without pixels is refused")
{
    CHECK(encode_drawing(Pixels{}).error().code == "drawing_empty");
    CHECK(encode_drawing(sample_pixels(20, 10))->media_type == "image/png");
}
