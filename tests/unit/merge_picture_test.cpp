#include "server/merge/picture_hash.h"
#include "tests/unit/merge_samples.h"

#include <doctest/doctest.h>
#include <jpeglib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>

using namespace tally;
using namespace tally::server;
using namespace tally::server::test;

namespace {

struct Picture
{
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;

    [[nodiscard]] const std::uint8_t* at(int x, int y) const
    {
        return &rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                         static_cast<std::size_t>(x))];
    }
};

/// A scene as photos of work outdoors are: a sky, hills, and people and things of all sizes in front, with
/// the grain of a camera.
Picture scene(unsigned seed, int width = 960, int height = 720)
{
    std::mt19937 random(seed);
    const auto in = [&](double low, double high) {
        return low + (high - low) * double(random() % 10'000) / 10'000;
    };
    struct Shape
    {
        double x, y, across, down;
        double colour[3];
    };
    std::vector<Shape> shapes(14 + random() % 20);
    for (Shape& shape : shapes)
        shape = {in(0, 1), in(0.25, 1), in(0.02, 0.2), in(0.03, 0.3), {in(0, 255), in(0, 255), in(0, 255)}};
    const double horizon = in(0.25, 0.55);
    const double waves = in(3, 12);
    const double phase = in(0, 6);
    const double sky[3] = {in(90, 220), in(120, 230), in(150, 255)};
    const double ground[3] = {in(20, 140), in(60, 160), in(20, 110)};

    Picture picture{width, height, {}};
    picture.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    std::size_t next = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double u = double(x) / width;
            const double v = double(y) / height;
            const bool is_sky = v < horizon + 0.06 * std::sin(waves * u + phase);
            const double light = 0.75 + 0.3 * (is_sky ? 1 - v : v) + 0.1 * std::sin(9 * u + phase);
            const double* colour = is_sky ? sky : ground;
            for (const Shape& shape : shapes) {
                const double dx = (u - shape.x) / shape.across;
                const double dy = (v - shape.y) / shape.down;
                if (dx * dx + dy * dy < 1)
                    colour = shape.colour;
            }
            const double grain = double(random() % 17) - 8;
            for (int c = 0; c < 3; ++c)
                picture.rgb[next++] =
                    static_cast<std::uint8_t>(std::clamp(colour[c] * light + grain, 0.0, 255.0));
        }
    }
    return picture;
}

Picture resized(const Picture& from, int width, int height)
{
    Picture to{width, height, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double u = std::min((x + 0.5) * from.width / width - 0.5, from.width - 1.001);
            const double v = std::min((y + 0.5) * from.height / height - 0.5, from.height - 1.001);
            const int left = std::max(0, static_cast<int>(u));
            const int top = std::max(0, static_cast<int>(v));
            for (int c = 0; c < 3; ++c) {
                const double fx = std::max(0.0, u - left);
                const double fy = std::max(0.0, v - top);
                const double above = from.at(left, top)[c] * (1 - fx) + from.at(left + 1, top)[c] * fx;
                const double below =
                    from.at(left, top + 1)[c] * (1 - fx) + from.at(left + 1, top + 1)[c] * fx;
                to.rgb.push_back(static_cast<std::uint8_t>(above * (1 - fy) + below * fy + 0.5));
            }
        }
    }
    return to;
}

/// Without `per_cent` of the width and height, off the centre.
Picture cropped(const Picture& from, int per_cent)
{
    const int x0 = from.width * per_cent / 300;
    const int y0 = from.height * per_cent / 200;
    Picture to{from.width - from.width * per_cent / 100, from.height - from.height * per_cent / 100, {}};
    for (int y = 0; y < to.height; ++y)
        to.rgb.insert(to.rgb.end(), from.at(x0, y0 + y),
                      from.at(x0, y0 + y) + 3 * static_cast<std::ptrdiff_t>(to.width));
    return to;
}

Picture brighter(Picture picture)
{
    for (std::uint8_t& value : picture.rgb)
        value = static_cast<std::uint8_t>(std::min(255, value * 110 / 100 + 8));
    return picture;
}

std::string jpeg_of(const Picture& picture, int quality)
{
    jpeg_compress_struct encoder{};
    jpeg_error_mgr errors{};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&encoder, &bytes, &size);
    encoder.image_width = static_cast<JDIMENSION>(picture.width);
    encoder.image_height = static_cast<JDIMENSION>(picture.height);
    encoder.input_components = 3;
    encoder.in_color_space = JCS_RGB;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, quality, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    while (encoder.next_scanline < encoder.image_height) {
        auto* row = const_cast<JSAMPLE*>(picture.at(0, static_cast<int>(encoder.next_scanline)));
        jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    jpeg_destroy_compress(&encoder);
    std::free(bytes);
    return out;
}

bool share_a_band(const PictureHash& a, const PictureHash& b)
{
    const auto one = picture_bands(a);
    const auto other = picture_bands(b);
    return std::ranges::any_of(one, [&](auto band) { return std::ranges::find(other, band) != other.end(); });
}

/// How copies of one kind fare.
struct Tally
{
    const char* kind;
    int seen = 0;
    int alike = 0; ///< near enough to be flagged
    int found = 0; ///< and the index finds it
    int farthest = 0;
    int farthest_steps = 0;

    void add(const PictureHash& a, const PictureHash& b)
    {
        ++seen;
        const bool is_alike = copy_per_mille(a, b) > 0;
        alike += is_alike ? 1 : 0;
        found += is_alike && share_a_band(a, b) ? 1 : 0;
        farthest = std::max(farthest, std::popcount(a.frequencies ^ b.frequencies));
        farthest_steps = std::max(farthest_steps, std::popcount(a.steps[0] ^ b.steps[0]) +
                                                      std::popcount(a.steps[1] ^ b.steps[1]));
    }
    void print() const
    {
        std::printf("%-12s %5d copies, %5d alike, %5d found; at most %d of 64 and %d of 128 bits apart\n",
                    kind, seen, alike, found, farthest, farthest_steps);
    }
};

} // namespace

TEST_CASE("copies of a photo that were encoded, resized or cropped again are found, other photos are not")
{
    constexpr unsigned scenes = 60;
    std::vector<PictureHash> originals;
    Tally encoded{"re-encoded"};
    Tally smaller{"resized"};
    Tally lighter{"brightened"};
    Tally crop{"cropped 3%"};
    for (unsigned seed = 1; seed <= scenes; ++seed) {
        const Picture picture = scene(seed);
        const auto original = picture_hash(jpeg_of(picture, 90));
        REQUIRE(original);
        originals.push_back(*original);
        const auto hash = [](const Picture& copy, int quality) {
            return picture_hash(jpeg_of(copy, quality)).value();
        };
        for (const int quality : {75, 50, 30})
            encoded.add(*original, hash(picture, quality));
        smaller.add(*original, hash(resized(picture, 480, 360), 80));
        smaller.add(*original, hash(resized(picture, 300, 225), 60));
        smaller.add(*original, hash(resized(picture, 1400, 1050), 85));
        lighter.add(*original, hash(brighter(picture), 80));
        crop.add(*original, hash(cropped(picture, 3), 80));
    }
    for (const Tally* tally : {&encoded, &smaller, &lighter, &crop})
        tally->print();
    CHECK(encoded.found >= encoded.seen * 99 / 100);
    CHECK(smaller.found >= smaller.seen * 99 / 100);
    CHECK(lighter.found >= lighter.seen * 95 / 100);
    CHECK(crop.found >= crop.seen * 60 / 100);

    int nearest = 64;
    int nearest_steps = 128;
    int alike = 0;
    int bands = 0;
    for (std::size_t i = 0; i < originals.size(); ++i) {
        for (std::size_t j = i + 1; j < originals.size(); ++j) {
            nearest = std::min(nearest, std::popcount(originals[i].frequencies ^ originals[j].frequencies));
            nearest_steps =
                std::min(nearest_steps, std::popcount(originals[i].steps[0] ^ originals[j].steps[0]) +
                                            std::popcount(originals[i].steps[1] ^ originals[j].steps[1]));
            alike += copy_per_mille(originals[i], originals[j]) > 0 ? 1 : 0;
            bands += share_a_band(originals[i], originals[j]) ? 1 : 0;
        }
    }
    std::printf(
        "unrelated    %d pairs, %d alike, %d share a band; at least %d of 64 and %d of 128 bits apart\n",
        static_cast<int>(originals.size() * (originals.size() - 1) / 2), alike, bands, nearest,
        nearest_steps);
    CHECK(alike == 0);
    CHECK(bands <= 2);
}

TEST_CASE("entries with copies of one picture are flagged, and a hash survives its text form")
{
    const Picture picture = scene(7);
    MergeFacts a = person(1, "Tom Halliwell", 540, 720);
    MergeFacts b = person(2, "Beth Cartmell", 800, 900);
    a.photos = {{"aa", picture_hash(jpeg_of(picture, 90))}};
    b.photos = {{"bb", picture_hash(jpeg_of(resized(picture, 480, 360), 60))}};
    REQUIRE(a.photos[0].hash);
    const auto flags = flags_of_pair(a, b);
    const Flag* flag = find_flag(flags, FlagRule::SamePhoto);
    REQUIRE(flag != nullptr);
    CHECK(flag->sure_per_mille < 990);
    b.root = a.root;
    CHECK(flags_of_pair(a, b).empty());

    CHECK(PictureHash::parse(a.photos[0].hash->text()) == a.photos[0].hash);
    CHECK_FALSE(PictureHash::parse("12"));
    CHECK_FALSE(PictureHash::parse(std::string(48, 'x')));
}

TEST_CASE("a copy is near in its frequencies and in its steps")
{
    const PictureHash original{0x0123456789abcdef, {0x1111222233334444, 0x5555666677778888}};
    PictureHash other = original;
    other.frequencies ^= 0x1f;
    CHECK(copy_per_mille(original, other) > 0);
    CHECK(copy_per_mille(original, other) < copy_per_mille(original, original));
    other.frequencies ^= 0x7fff0000;
    CHECK(copy_per_mille(original, other) == 0);
    other = original;
    other.steps[0] ^= 0xffffffff;
    CHECK(copy_per_mille(original, other) == 0);
}

TEST_CASE("a blank sheet, a scribble and what is no picture have no hash")
{
    Picture sheet{600, 400, std::vector<std::uint8_t>(3 * 600 * 400, 250)};
    CHECK_FALSE(picture_hash(jpeg_of(sheet, 80)));
    for (int x = 100; x < 500; ++x)
        sheet.rgb[3 * (200 * 600 + static_cast<std::size_t>(x))] = 0;
    CHECK_FALSE(picture_hash(jpeg_of(sheet, 80)));
    CHECK_FALSE(picture_hash(""));
    CHECK_FALSE(picture_hash("\x89PNG rubbish"));
    CHECK_FALSE(picture_hash("plain text"));
    const std::string jpeg = jpeg_of(scene(3), 80);
    CHECK_FALSE(picture_hash(jpeg.substr(0, 20)));
}
