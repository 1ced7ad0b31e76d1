#include "client/capture/exif.h"

#include <cstddef>
#include <cstdint>

namespace tally::client {

namespace {

/// TIFF's integers in either byte order; zero past the end.
class TiffReader
{
public:
    explicit TiffReader(std::string_view bytes) : m_bytes(bytes), m_little_endian(bytes.starts_with("II")) {}

    [[nodiscard]] std::uint32_t u16(std::size_t at) const { return number(at, 2); }
    [[nodiscard]] std::uint32_t u32(std::size_t at) const { return number(at, 4); }
    [[nodiscard]] bool is_tiff() const
    {
        return (m_bytes.starts_with("II") || m_bytes.starts_with("MM")) && u16(2) == 42;
    }

private:
    [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count) const
    {
        if (at > m_bytes.size() || m_bytes.size() - at < count)
            return 0;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t from = m_little_endian ? at + count - 1 - i : at + i;
            value = (value << 8) | static_cast<unsigned char>(m_bytes[from]);
        }
        return value;
    }

    std::string_view m_bytes;
    bool m_little_endian;
};

int orientation_in(std::string_view tiff)
{
    constexpr std::uint32_t orientation_tag = 0x0112;
    constexpr std::size_t field_bytes = 12;
    const TiffReader reader(tiff);
    if (!reader.is_tiff())
        return 1;
    const std::size_t directory = reader.u32(4);
    const std::size_t count = reader.u16(directory);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t field = directory + 2 + i * field_bytes;
        if (reader.u16(field) == orientation_tag) {
            const std::uint32_t value = reader.u16(field + 8);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        }
    }
    return 1;
}

} // namespace

int exif_orientation(std::string_view jpeg)
{
    constexpr std::string_view exif("Exif\0\0", 6);
    constexpr unsigned char app1 = 0xe1;
    constexpr unsigned char start_of_scan = 0xda;
    std::size_t at = 2;
    while (at + 4 <= jpeg.size() && static_cast<unsigned char>(jpeg[at]) == 0xff) {
        const auto marker = static_cast<unsigned char>(jpeg[at + 1]);
        const std::size_t length = (std::size_t{static_cast<unsigned char>(jpeg[at + 2])} << 8) |
                                   static_cast<unsigned char>(jpeg[at + 3]);
        if (marker == start_of_scan || length < 2)
            break;
        const std::string_view segment = jpeg.substr(at + 4, length - 2);
        if (marker == app1 && segment.starts_with(exif))
            return orientation_in(segment.substr(exif.size()));
        at += 2 + length;
    }
    return 1;
}

} // namespace tally::client
