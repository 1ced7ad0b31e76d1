#include "server/demo/demo_picture.h"

#include "shared/base/random.h"
#include "shared/base/result.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cmath>
#include <vector>

namespace tally::server {

namespace {

constexpr int width = 1280;
constexpr int height = 960;
constexpr int quality = 82;

struct Colour
{
    double red = 0;
    double green = 0;
    double blue = 0;
};

Colour mix(Colour a, Colour b, double share)
{
    return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
            a.blue + (b.blue - a.blue) * share};
}

class Scene
{
public:
    explicit Scene(std::uint64_t seed) : m_random(seed), m_pixels(std::size_t{width} * height * 3) {}

    std::string draw()
    {
        sky();
        for (int layer = 0; layer < 4; ++layer)
            hill(layer);
        for (int i = 0; i < 9; ++i)
            tree();
        const int people = 3 + static_cast<int>(m_random.u64() % 6);
        for (int i = 0; i < people; ++i)
            person(i, people);
        return encode();
    }

private:
    /// From 0 to 1.
    double any() { return static_cast<double>(m_random.u64() % 10'000) / 10'000; }
    double between(double low, double high) { return low + (high - low) * any(); }

    void paint(int x, int y, Colour colour, double share = 1)
    {
        if (x < 0 || y < 0 || x >= width || y >= height)
            return;
        const std::size_t at = (static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)) * 3;
        const double parts[] = {colour.red, colour.green, colour.blue};
        for (std::size_t i = 0; i < 3; ++i) {
            const double value = m_pixels[at + i] + (parts[i] - m_pixels[at + i]) * share;
            m_pixels[at + i] = static_cast<unsigned char>(std::clamp(value, 0.0, 255.0));
        }
    }

    /// With a soft edge of one pixel.
    void ellipse(double cx, double cy, double rx, double ry, Colour colour)
    {
        for (int y = static_cast<int>(cy - ry) - 1; y <= static_cast<int>(cy + ry) + 1; ++y) {
            for (int x = static_cast<int>(cx - rx) - 1; x <= static_cast<int>(cx + rx) + 1; ++x) {
                const double distance = std::hypot((x - cx) / rx, (y - cy) / ry);
                const double inside = (1 - distance) * std::min(rx, ry) + 0.5;
                if (inside > 0)
                    paint(x, y, colour, std::min(inside, 1.0));
            }
        }
    }

    void sky()
    {
        const Colour top = mix({96, 150, 205}, {150, 165, 190}, any());
        const Colour low = mix({246, 224, 190}, {222, 235, 242}, any());
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x)
                paint(x, y, mix(top, low, std::min(1.0, y / (height * 0.6))));
        }
        ellipse(between(150, 1130), between(90, 260), 48, 48, {255, 240, 200});
        for (int cloud = 0; cloud < 5; ++cloud) {
            const double x = between(0, width);
            const double y = between(60, 260);
            for (int puff = 0; puff < 5; ++puff)
                ellipse(x + puff * 34 - 68, y + between(-10, 10), between(34, 60), between(16, 26),
                        {250, 250, 250});
        }
    }

    void hill(int layer)
    {
        const double base = 380 + layer * 130;
        const Colour far = mix({132, 158, 150}, {120, 150, 110}, any());
        const Colour near = mix({92, 134, 60}, {120, 150, 70}, any());
        const Colour colour = mix(far, near, layer / 3.0);
        const double phase = between(0, 6);
        const double wave = between(0.003, 0.007);
        for (int x = 0; x < width; ++x) {
            const double edge =
                base + 46 * std::sin(x * wave + phase) + 18 * std::sin(x * wave * 2.7 + phase * 3);
            for (int y = static_cast<int>(edge); y < height; ++y)
                paint(x, y, mix(colour, {60, 90, 45}, std::min(0.5, (y - edge) / 700)),
                      y < edge + 1 ? 1 - (edge - std::floor(edge)) : 1);
        }
    }

    void tree()
    {
        const double x = between(40, width - 40);
        const double y = between(560, 720);
        const double size = between(26, 52) * (y / 700);
        for (int part = 0; part < static_cast<int>(size * 1.6); ++part)
            ellipse(x, y - part, size * 0.12, 2, {92, 70, 52});
        const Colour leaf = mix({58, 96, 48}, {128, 120, 50}, any() * 0.6);
        for (int part = 0; part < 7; ++part)
            ellipse(x + between(-0.6, 0.6) * size, y - size * 1.9 + between(-0.6, 0.5) * size, size * 0.62,
                    size * 0.56, mix(leaf, {30, 60, 30}, any() * 0.35));
    }

    void person(int number, int people)
    {
        const double x = width * (number + 0.5 + between(-0.2, 0.2)) / people;
        const double y = between(770, 880);
        const double size = between(0.85, 1.1) * y / 820;
        const Colour coat = mix(mix({190, 70, 50}, {50, 90, 150}, any()), {235, 190, 60}, any() * 0.7);
        const Colour skin = mix({236, 196, 166}, {110, 74, 52}, any());
        ellipse(x, y + 62 * size, 34 * size, 7 * size, {58, 84, 44});
        ellipse(x - 9 * size, y + 40 * size, 8 * size, 26 * size, {52, 56, 70});
        ellipse(x + 9 * size, y + 40 * size, 8 * size, 26 * size, {52, 56, 70});
        ellipse(x, y, 22 * size, 34 * size, coat);
        ellipse(x - 24 * size, y - 2 * size, 8 * size, 24 * size, mix(coat, {30, 30, 40}, 0.15));
        ellipse(x + 24 * size, y - 2 * size, 8 * size, 24 * size, mix(coat, {30, 30, 40}, 0.15));
        ellipse(x, y - 46 * size, 14 * size, 16 * size, skin);
        ellipse(x, y - 56 * size, 15 * size, 9 * size, mix({40, 30, 24}, {150, 130, 110}, any()));
    }

    std::string encode() const
    {
        std::string bytes;
        const auto append = [](void* context, void* data, int size) {
            static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                                       static_cast<std::size_t>(size));
        };
        const int written =
            stbi_write_jpg_to_func(append, &bytes, width, height, 3, m_pixels.data(), quality);
        TALLY_ASSERT(written != 0);
        return bytes;
    }

    SeededRandom m_random;
    std::vector<unsigned char> m_pixels;
};

} // namespace

std::string draw_picture(std::uint64_t seed)
{
    return Scene(seed).draw();
}

} // namespace tally::server
