#include "server/demo/demo_picture.h"
#include "server/pictures/thumbnail.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace tally;

namespace {

struct Size
{
    int width = 0;
    int height = 0;
};

/// As its frame header says (ITU T.81, B.2.2).
Size size_of(const std::string& jpeg)
{
    const auto frame = jpeg.find("\xff\xc0");
    REQUIRE(frame != std::string::npos);
    REQUIRE(frame + 9 < jpeg.size());
    const auto number = [&](std::size_t at) {
        return static_cast<int>(static_cast<unsigned char>(jpeg[at])) * 256 +
               static_cast<int>(static_cast<unsigned char>(jpeg[at + 1]));
    };
    return {number(frame + 7), number(frame + 5)};
}

} // namespace

TEST_CASE("a thumbnail is a small JPEG of the photo's shape")
{
    const std::string photo = server::draw_picture(5);
    const auto small = server::make_thumbnail(photo);
    REQUIRE(small.has_value());
    const Size whole = size_of(photo);
    const Size size = size_of(*small);
    CHECK(std::max(size.width, size.height) <= server::thumbnail_side_max);
    CHECK(small->size() <= photo.size());
    // Within a pixel.
    CHECK(std::abs(size.width * whole.height - size.height * whole.width) <=
          std::max(whole.width, whole.height));
    // The thumbnail of a thumbnail keeps its size.
    CHECK(size_of(server::make_thumbnail(*small).value()).width == size.width);
}

TEST_CASE("what is no picture, or a damaged one, has no thumbnail or what could be read of it")
{
    CHECK_FALSE(server::make_thumbnail("").has_value());
    CHECK_FALSE(server::make_thumbnail("\xff\xd8").has_value());
    CHECK_FALSE(server::make_thumbnail("\x89PNG\r\n\x1a\n").has_value());
    CHECK_FALSE(server::make_thumbnail(std::string(1000, 'x')).has_value());
    const std::string photo = server::draw_picture(6);
    for (std::size_t size = 0; size < photo.size(); size += 499)
        (void)server::make_thumbnail(std::string_view(photo).substr(0, size));
}
