#include "server/merge/picture_hash.h"

#include "server/pictures/picture_file.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <numbers>

namespace tally::server {

namespace {

constexpr std::size_t side = 32; ///< pixels of the small picture that is hashed

using Small = std::array<std::array<double, side>, side>;

/// Each small pixel is the mean of what it covers, so that resizing changes little.
Small shrunk(const Picture& grey)
{
    Small small{};
    const auto edge = [](std::size_t i, int length) {
        return static_cast<std::size_t>(static_cast<std::int64_t>(i) * length /
                                        static_cast<std::int64_t>(side));
    };
    for (std::size_t y = 0; y < side; ++y) {
        const std::size_t top = edge(y, grey.height);
        const std::size_t bottom = std::max(edge(y + 1, grey.height), top + 1);
        for (std::size_t x = 0; x < side; ++x) {
            const std::size_t left = edge(x, grey.width);
            const std::size_t right = std::max(edge(x + 1, grey.width), left + 1);
            std::int64_t sum = 0;
            for (std::size_t row = top; row < bottom; ++row) {
                for (std::size_t column = left; column < right; ++column)
                    sum += grey.bytes[row * static_cast<std::size_t>(grey.width) + column];
            }
            small[y][x] = static_cast<double>(sum) / static_cast<double>((bottom - top) * (right - left));
        }
    }
    return small;
}

/// The 64 lowest frequencies but the mean, from low to high.
std::array<double, 64> low_frequencies(const Small& small)
{
    constexpr std::size_t kept = 12;
    static const auto waves = [] {
        std::array<std::array<double, side>, kept> table{};
        for (std::size_t k = 0; k < kept; ++k) {
            for (std::size_t n = 0; n < side; ++n)
                table[k][n] =
                    std::cos(std::numbers::pi * static_cast<double>(k * (2 * n + 1)) / (2.0 * side));
        }
        return table;
    }();
    std::array<std::array<double, kept>, side> rows{};
    for (std::size_t y = 0; y < side; ++y) {
        for (std::size_t k = 0; k < kept; ++k) {
            for (std::size_t x = 0; x < side; ++x)
                rows[y][k] += small[y][x] * waves[k][x];
        }
    }
    std::array<double, 64> out{};
    std::size_t at = 0;
    for (std::size_t diagonal = 1; at < out.size(); ++diagonal) {
        for (std::size_t v = 0; v <= diagonal && at < out.size(); ++v) {
            const std::size_t h = diagonal - v;
            if (v >= kept || h >= kept)
                continue;
            for (std::size_t y = 0; y < side; ++y)
                out[at] += rows[y][h] * waves[v][y];
            ++at;
        }
    }
    return out;
}

/// Mean brightness of a field of an 8 x 8 or 9 x 8 grid.
double field(const Small& small, std::size_t x, std::size_t y, std::size_t columns, std::size_t rows)
{
    double sum = 0;
    int count = 0;
    for (std::size_t row = y * side / rows; row < (y + 1) * side / rows; ++row) {
        for (std::size_t column = x * side / columns; column < (x + 1) * side / columns; ++column) {
            sum += small[row][column];
            ++count;
        }
    }
    return sum / count;
}

bool shows_too_little(const Small& small)
{
    double sum = 0;
    double squares = 0;
    for (const auto& row : small) {
        for (const double value : row) {
            sum += value;
            squares += value * value;
        }
    }
    constexpr double count = side * side;
    constexpr double deviation_min = 10;
    const double variance = squares / count - (sum / count) * (sum / count);
    return variance < deviation_min * deviation_min;
}

} // namespace

std::string PictureHash::text() const
{
    std::array<char, 49> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx%016llx%016llx",
                  static_cast<unsigned long long>(frequencies), static_cast<unsigned long long>(steps[0]),
                  static_cast<unsigned long long>(steps[1]));
    return digits.data();
}

std::optional<PictureHash> PictureHash::parse(std::string_view text)
{
    constexpr std::size_t part_digits = 16;
    if (text.size() != 3 * part_digits)
        return std::nullopt;
    std::array<std::uint64_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = text.substr(i * part_digits, part_digits);
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), parts[i], 16);
        if (error != std::errc{} || end != part.data() + part.size())
            return std::nullopt;
    }
    return PictureHash{parts[0], {parts[1], parts[2]}};
}

std::optional<PictureHash> picture_hash(std::string_view file_bytes)
{
    const auto grey = read_picture(file_bytes, Tones::Grey, [](int width, int height) {
        constexpr int enough = 8 * static_cast<int>(side);
        return std::min(width, height) >= enough;
    });
    if (!grey)
        return std::nullopt;
    const Small small = shrunk(*grey);
    if (shows_too_little(small))
        return std::nullopt;

    PictureHash hash;
    const auto frequencies = low_frequencies(small);
    for (std::size_t i = 0; i < frequencies.size(); ++i)
        hash.frequencies |= std::uint64_t{frequencies[i] > 0} << i;
    for (std::size_t y = 0; y < 8; ++y) {
        for (std::size_t x = 0; x < 8; ++x) {
            const std::size_t bit = 8 * y + x;
            const bool right = field(small, x + 1, y, 9, 8) > field(small, x, y, 9, 8);
            const bool down = field(small, x, y + 1, 8, 9) > field(small, x, y, 8, 9);
            hash.steps[0] |= std::uint64_t{right} << bit;
            hash.steps[1] |= std::uint64_t{down} << bit;
        }
    }
    return hash;
}

std::int32_t copy_per_mille(const PictureHash& a, const PictureHash& b)
{
    const int frequencies = std::popcount(a.frequencies ^ b.frequencies);
    const int steps = std::popcount(a.steps[0] ^ b.steps[0]) + std::popcount(a.steps[1] ^ b.steps[1]);
    // Measured, see README.md: copies differ in few bits of both, unrelated pictures in many of one.
    constexpr int frequencies_max = 13;
    constexpr int steps_max = 24;
    if (frequencies > frequencies_max || steps > steps_max)
        return 0;
    return 970 - 10 * frequencies - 6 * steps;
}

std::vector<std::uint64_t> picture_bands(const PictureHash& hash)
{
    // Five groups of 12 bits, and every pair of groups is a band of 24: three groups may be wrong. Among five
    // million photos a band is shared by chance by less than one.
    constexpr int groups = 5;
    constexpr int group_bits = 12;
    constexpr std::uint64_t group_mask = 0xfff;
    std::vector<std::uint64_t> bands;
    for (int one = 0; one < groups; ++one) {
        for (int other = one + 1; other < groups; ++other) {
            const std::uint64_t low = hash.frequencies >> (group_bits * one) & group_mask;
            const std::uint64_t high = hash.frequencies >> (group_bits * other) & group_mask;
            const auto name = static_cast<std::uint64_t>(groups * one + other);
            bands.push_back(name << (2 * group_bits) | low << group_bits | high);
        }
    }
    return bands;
}

} // namespace tally::server
