#include "server/backup/tar.h"

#include "shared/base/encoding.h"
#include "shared/base/folders.h"
#include "shared/crypto/hash.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace tally::server {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::string_view sums_name = "SHA256SUMS";
constexpr std::size_t part_bytes = 1024 * 1024;

using Header = std::array<char, block_bytes>;

void put(Header& header, std::size_t at, std::string_view text)
{
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Digits in octal with leading zeros, then a zero byte.
void put_octal(Header& header, std::size_t at, std::size_t width, std::uint64_t value)
{
    for (std::size_t i = 0; i + 1 < width; ++i) {
        header[at + width - 2 - i] = static_cast<char>('0' + (value & 7));
        value >>= 3;
    }
}

constexpr std::size_t size_at = 124;
constexpr std::size_t size_width = 12;
constexpr std::size_t sum_at = 148;
constexpr std::size_t sum_width = 8;
constexpr std::size_t name_width = 100;

std::uint64_t sum_of(const Header& header)
{
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < header.size(); ++i)
        sum += i >= sum_at && i < sum_at + sum_width ? std::uint64_t{' '}
                                                     : std::uint64_t{static_cast<unsigned char>(header[i])};
    return sum;
}

Header make_header(std::string_view name, std::uint64_t size)
{
    Header header{};
    put(header, 0, name);
    put(header, 100, "0000600");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    if (size < (std::uint64_t{1} << 33)) {
        put_octal(header, size_at, size_width, size);
    } else {
        header[size_at] = static_cast<char>(0x80);
        for (std::size_t i = 0; i < 8; ++i)
            header[size_at + size_width - 1 - i] = static_cast<char>(size >> (8 * i) & 0xff);
    }
    put(header, 136, "00000000000");
    header[156] = '0';
    put(header, 257, "ustar");
    put(header, 263, "00");
    put_octal(header, sum_at, 7, sum_of(header));
    header[sum_at + 7] = ' ';
    return header;
}

std::optional<std::uint64_t> octal(std::string_view text)
{
    text = text.substr(0, text.find('\0'));
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(value)
                                                                           : std::nullopt;
}

std::optional<std::uint64_t> size_of(const Header& header)
{
    const std::string_view field(header.data() + size_at, size_width);
    if (field.front() != static_cast<char>(0x80))
        return octal(field);
    std::uint64_t size = 0;
    for (const char c : field.substr(4))
        size = size << 8 | static_cast<unsigned char>(c);
    return size;
}

Error bad_backup(std::string what)
{
    return {"bad_backup", "This file is not a whole backup: " + std::move(what) + ". Use another one."};
}

class TarReader
{
public:
    TarReader(const fs::path& file, const TarTarget& target)
        : m_file(file, std::ios::binary), m_target(target)
    {
    }

    Result<std::vector<std::string>> run()
    {
        std::vector<std::string> names;
        for (;;) {
            Header header{};
            if (!read(header.data(), header.size()))
                return bad_backup("it was cut short");
            if (std::all_of(header.begin(), header.end(), [](char c) { return c == 0; }))
                break;
            const auto sum = octal({header.data() + sum_at, sum_width});
            const auto size = size_of(header);
            if (!sum || *sum != sum_of(header) || !size || header[156] != '0')
                return bad_backup("it was changed");
            const std::string_view name_field(header.data(), name_width);
            std::string name(name_field.substr(0, name_field.find('\0')));
            if (const auto taken = name == sums_name ? read_sums(*size) : read_member(name, *size); !taken)
                return taken.error();
            if (name != sums_name)
                names.push_back(std::move(name));
        }
        if (m_expected != m_found)
            return bad_backup("its parts are not those that were written");
        return names;
    }

private:
    bool read(char* to, std::size_t size)
    {
        m_file.read(to, static_cast<std::streamsize>(size));
        return m_file.gcount() == static_cast<std::streamsize>(size);
    }

    bool skip_padding(std::uint64_t size)
    {
        Header padding{};
        return size % block_bytes == 0 || read(padding.data(), block_bytes - size % block_bytes);
    }

    Result<void> read_member(const std::string& name, std::uint64_t size)
    {
        const auto path = m_target(name);
        if (!path)
            return bad_backup("it holds \"" + name + "\"");
        if (const auto made = make_folder_durably(path->parent_path()); !made)
            return made;
        auto out = DurableFile::create(*path);
        if (!out)
            return out.error();
        crypto::Sha256 digest;
        std::string part(part_bytes, '\0');
        for (std::uint64_t left = size; left > 0;) {
            const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, part.size()));
            if (!read(part.data(), wanted))
                return bad_backup("it was cut short");
            const std::string_view bytes(part.data(), wanted);
            digest.add(bytes);
            if (const auto written = out->append(bytes); !written)
                return written;
            left -= wanted;
        }
        if (!skip_padding(size))
            return bad_backup("it was cut short");
        m_found[name] = to_hex(digest.finish());
        return out->commit();
    }

    Result<void> read_sums(std::uint64_t size)
    {
        constexpr std::uint64_t sums_bytes_max = 1ULL << 30;
        if (size > sums_bytes_max)
            return bad_backup("its list of digests is far too long");
        std::string text(static_cast<std::size_t>(size), '\0');
        if (!read(text.data(), text.size()) || !skip_padding(size))
            return bad_backup("it was cut short");
        constexpr std::size_t digest_width = 64;
        for (std::string_view rest = text; !rest.empty();) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            if (line.size() > digest_width + 2)
                m_expected[std::string(line.substr(digest_width + 2))] = line.substr(0, digest_width);
        }
        return {};
    }

    std::ifstream m_file;
    const TarTarget& m_target;
    std::map<std::string, std::string> m_expected;
    std::map<std::string, std::string> m_found;
};

} // namespace

Result<TarWriter> TarWriter::create(const fs::path& file)
{
    auto made = DurableFile::create(file);
    if (!made)
        return made.error();
    return TarWriter(std::move(*made));
}

Result<void> TarWriter::append(std::string_view bytes)
{
    m_bytes += static_cast<std::int64_t>(bytes.size());
    return m_file.append(bytes);
}

Result<void> TarWriter::begin(std::string_view name, std::uint64_t size)
{
    TALLY_ASSERT(name.size() <= name_width);
    const auto header = make_header(name, size);
    return append({header.data(), header.size()});
}

Result<void> TarWriter::end(std::string_view name, std::uint64_t size, std::string_view digest)
{
    m_sums += to_hex(digest) + "  " + std::string(name) + "\n";
    return size % block_bytes == 0 ? Result<void>()
                                   : append(std::string(block_bytes - size % block_bytes, '\0'));
}

Result<void> TarWriter::add(std::string_view name, std::string_view bytes)
{
    if (const auto begun = begin(name, bytes.size()); !begun)
        return begun;
    if (const auto written = append(bytes); !written)
        return written;
    return end(name, bytes.size(), crypto::sha256(bytes));
}

Result<void> TarWriter::add_file(std::string_view name, const fs::path& source)
{
    const Error unreadable{"file_unreadable", "The file " + source.string() + " cannot be read."};
    std::error_code failure;
    const auto size = fs::file_size(source, failure);
    std::ifstream in(source, std::ios::binary);
    if (failure || !in)
        return unreadable;
    if (const auto begun = begin(name, size); !begun)
        return begun;
    crypto::Sha256 digest;
    std::string part(part_bytes, '\0');
    for (std::uint64_t left = size; left > 0;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, part.size()));
        in.read(part.data(), static_cast<std::streamsize>(wanted));
        if (in.gcount() != static_cast<std::streamsize>(wanted))
            return unreadable;
        digest.add({part.data(), wanted});
        if (const auto written = append({part.data(), wanted}); !written)
            return written;
        left -= wanted;
    }
    return end(name, size, digest.finish());
}

Result<void> TarWriter::finish()
{
    const std::string sums = m_sums;
    if (const auto added = add(sums_name, sums); !added)
        return added;
    // Two empty blocks end an archive.
    if (const auto ended = append(std::string(2 * block_bytes, '\0')); !ended)
        return ended;
    return m_file.commit();
}

Result<std::vector<std::string>> unpack_tar(const fs::path& file, const TarTarget& target)
{
    return TarReader(file, target).run();
}

std::optional<std::pair<std::string, std::string>> read_first_member(const fs::path& file,
                                                                     std::uint64_t bytes_max)
{
    std::ifstream in(file, std::ios::binary);
    Header header{};
    in.read(header.data(), static_cast<std::streamsize>(header.size()));
    if (in.gcount() != static_cast<std::streamsize>(header.size()))
        return std::nullopt;
    const auto sum = octal({header.data() + sum_at, sum_width});
    const auto size = size_of(header);
    if (!sum || *sum != sum_of(header) || !size || *size > bytes_max)
        return std::nullopt;
    std::string bytes(static_cast<std::size_t>(*size), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (in.gcount() != static_cast<std::streamsize>(bytes.size()))
        return std::nullopt;
    const std::string_view name_field(header.data(), name_width);
    return std::pair(std::string(name_field.substr(0, name_field.find('\0'))), std::move(bytes));
}

} // namespace tally::server
