#include "server/merge/picture_hash.h"
#include "server/pictures/picture_file.h"
#include "server/pictures/picture_memory.h"
#include "server/pictures/thumbnail.h"
#include "shared/domain/validate.h"
#include "tests/support/process_status.h"

#include <doctest/doctest.h>
#include <jpeglib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

using namespace tally;
using namespace tally::server;

namespace {

constexpr int side_max = limits::photo_side_max;

bool whole_size(int, int)
{
    return false;
}

std::string big_endian(std::uint32_t number)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(number >> shift & 0xff);
    return bytes;
}

/// Decoders that we use look at no checksum.
std::string chunk(const std::string& type, const std::string& content)
{
    return big_endian(static_cast<std::uint32_t>(content.size())) + type + content + std::string(4, '\0');
}

/// Packed as RFC 1951 says, lowest bit first; codes of Huffman from their highest.
class Bits
{
public:
    void code(std::uint32_t bits, int count)
    {
        while (count-- > 0)
            bit((bits >> count & 1) != 0);
    }
    void bit(bool is_set)
    {
        m_byte = static_cast<unsigned char>(m_byte | (is_set ? 1U << m_count : 0U));
        if (++m_count == 8)
            flush();
    }
    std::string finish()
    {
        flush();
        return std::move(m_bytes);
    }

private:
    void flush()
    {
        m_bytes += static_cast<char>(m_byte);
        m_byte = 0;
        m_count = 0;
    }
    std::string m_bytes;
    unsigned char m_byte = 0;
    int m_count = 0;
};

/// That many zeros in a hundred and fiftieth of their room.
std::string packed_zeros(std::size_t count)
{
    constexpr std::size_t longest = 258;
    Bits bits;
    bits.bit(true); // the last block, with fixed codes
    bits.bit(true);
    bits.bit(false);
    bits.code(0x30, 8);
    for (--count; count >= longest; count -= longest) {
        bits.code(0xc5, 8); // as many as can be of
        bits.code(0, 5);    // the byte before
    }
    while (count-- > 0)
        bits.code(0x30, 8);
    bits.code(0, 7);
    return "\x78\x01" + bits.finish() + std::string(4, '\0');
}

std::string png(int width, int height, int depth, int form, const std::string& packed)
{
    std::string head =
        big_endian(static_cast<std::uint32_t>(width)) + big_endian(static_cast<std::uint32_t>(height));
    head += static_cast<char>(depth);
    head += static_cast<char>(form);
    head += std::string(3, '\0');
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + chunk("IDAT", packed) + chunk("IEND", "");
}

/// In pieces: some photos come in many scans, which sharpen it step by step.
std::string jpeg(int width, int height, bool progressive)
{
    jpeg_compress_struct encoder{};
    jpeg_error_mgr errors{};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&encoder, &bytes, &size);
    encoder.image_width = static_cast<JDIMENSION>(width);
    encoder.image_height = static_cast<JDIMENSION>(height);
    encoder.input_components = 1;
    encoder.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&encoder);
    if (progressive)
        jpeg_simple_progression(&encoder);
    jpeg_start_compress(&encoder, TRUE);
    std::string line(static_cast<std::size_t>(width), '\0');
    while (encoder.next_scanline < encoder.image_height) {
        for (std::size_t x = 0; x < line.size(); ++x)
            line[x] = static_cast<char>(x * 5 + encoder.next_scanline * 3);
        auto* row = reinterpret_cast<JSAMPLE*>(line.data());
        jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    jpeg_destroy_compress(&encoder);
    std::free(bytes);
    return out;
}

std::size_t scans_of(const std::string& photo)
{
    std::size_t scans = 0;
    for (auto at = photo.find("\xff\xda"); at != std::string::npos; at = photo.find("\xff\xda", at + 2))
        ++scans;
    return scans;
}

/// The same photo with its last scan again and again.
std::string with_scans(std::size_t count)
{
    const std::string photo = jpeg(64, 64, true);
    const auto last = photo.rfind("\xff\xda");
    REQUIRE(last != std::string::npos);
    const std::string scan = photo.substr(last, photo.size() - 2 - last);
    std::string more = photo.substr(0, photo.size() - 2);
    for (auto i = scans_of(photo); i < count; ++i)
        more += scan;
    return more + "\xff\xd9";
}

} // namespace

TEST_CASE("a picture as large as an entry may name is decoded, a larger one is not")
{
    for (const int beyond : {0, 1}) {
        CAPTURE(beyond);
        const int side = side_max + beyond;
        const auto rows = [&](int width, int height) {
            return packed_zeros(static_cast<std::size_t>(height) * (static_cast<std::size_t>(width) + 1));
        };
        for (const auto& photo : {jpeg(side, 8, false), jpeg(8, side, false),
                                  png(side, 8, 8, 0, rows(side, 8)), png(8, side, 8, 0, rows(8, side))}) {
            CHECK(read_picture(photo, Tones::Grey, whole_size).has_value() == (beyond == 0));
            CHECK(make_thumbnail(photo).has_value() == (beyond == 0));
        }
    }
}

TEST_CASE("the largest picture in the largest form of PNG is decoded")
{
    constexpr int bytes_a_pixel = 8; // red, green, blue and opacity of 16 bits
    constexpr std::size_t row = side_max * bytes_a_pixel + 1;
    const auto read =
        read_picture(png(side_max, side_max, 16, 6, packed_zeros(side_max * row)), Tones::Colour, whole_size);
    REQUIRE(read.has_value());
    CHECK(read->width == side_max);
    CHECK(std::ranges::count(read->bytes, 255) == std::int64_t{side_max} * side_max * 3); // nothing, on white
}

TEST_CASE("a PNG that unpacks to far more than its size needs no memory to speak of")
{
    constexpr std::size_t unpacked = 400'000'000;
    const std::string bomb = png(1, 1, 8, 0, packed_zeros(unpacked));
    REQUIRE(bomb.size() < static_cast<std::size_t>(limits::attachment_bytes_max));
    std::ofstream("/proc/self/clear_refs") << 5; // begins the peak anew
    const auto before = test::number_in_status(::getpid(), "VmHWM");
    REQUIRE(before > 0);
    CHECK_FALSE(read_picture(bomb, Tones::Grey, whole_size).has_value());
    CHECK_FALSE(make_thumbnail(bomb).has_value());
    CHECK_FALSE(picture_hash(bomb).has_value());
    if (test::measures_memory)
        CHECK(test::number_in_status(::getpid(), "VmHWM") - before < 40'000); // KiB
}

TEST_CASE("a JPEG of a hundred scans is decoded, one of more is not")
{
    REQUIRE(scans_of(with_scans(100)) == 100);
    CHECK(read_picture(with_scans(100), Tones::Grey, whole_size).has_value());
    CHECK_FALSE(read_picture(with_scans(101), Tones::Grey, whole_size).has_value());
    CHECK_FALSE(make_thumbnail(with_scans(20'000)).has_value());
}

TEST_CASE("what looks like scans inside other parts of a JPEG does not count")
{
    std::string noise;
    while (noise.size() < 60'000)
        noise += "\xff\xda\x01\x02";
    const std::string photo = jpeg(64, 64, true);
    // A comment, and what some cameras put behind the end.
    const std::string with_comment = photo.substr(0, 2) + "\xff\xfe" +
                                     big_endian(static_cast<std::uint32_t>(noise.size() + 2)).substr(2) +
                                     noise + photo.substr(2) + noise;
    CHECK(read_picture(with_comment, Tones::Grey, whole_size).has_value());
}

TEST_CASE("the memory of a decoder ends where it was told, and what it gives back can be taken again")
{
    CHECK(PictureMemory::take(1) == nullptr); // nobody said how much
    const PictureMemory memory(1'000);
    void* first = PictureMemory::take(600);
    REQUIRE(first != nullptr);
    CHECK(PictureMemory::take(401) == nullptr);
    CHECK(PictureMemory::take_more(first, 500) == nullptr); // both would be there for a moment
    void* second = PictureMemory::take(400);
    REQUIRE(second != nullptr);
    PictureMemory::give_back(first);
    static_cast<char*>(second)[399] = 'x';
    second = PictureMemory::take_more(second, 600);
    REQUIRE(second != nullptr);
    CHECK(static_cast<char*>(second)[399] == 'x');
    first = PictureMemory::take(400);
    CHECK(first != nullptr);
    PictureMemory::give_back(first);
    PictureMemory::give_back(second);
    PictureMemory::give_back(nullptr);
}
