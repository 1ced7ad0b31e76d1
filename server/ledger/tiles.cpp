#include "server/ledger/tiles.h"

#include "shared/base/encoding.h"

#include <charconv>
#include <cstdio>

namespace tally::server {
namespace {

using protocol::tile_width;

// 8 levels of tiles hold 2^64 leaves; positions are 63 bits.
constexpr unsigned level_max = 7;
constexpr std::uint64_t index_max = std::uint64_t{1} << 55U;

/// Decimal without sign or leading zeros.
std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool padded = text.size() > 1 && text.front() == '0';
    if (text.empty() || padded || read.ec != std::errc{} || read.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// "x001/234" is 1234: groups of three digits, all but the last marked with x.
std::optional<std::uint64_t> parse_index(std::string_view text)
{
    std::uint64_t index = 0;
    for (bool first = true;; first = false) {
        const bool more = text.starts_with('x');
        if (more)
            text.remove_prefix(1);
        const auto group = text.substr(0, 3);
        if (group.size() != 3 || group.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        if (first && more && group == "000")
            return std::nullopt;
        index = index * 1000 +
                static_cast<std::uint64_t>((group[0] - '0') * 100 + (group[1] - '0') * 10 + (group[2] - '0'));
        text.remove_prefix(3);
        if (index > index_max)
            return std::nullopt;
        if (!more)
            return text.empty() ? std::optional(index) : std::nullopt;
        if (!text.starts_with('/'))
            return std::nullopt;
        text.remove_prefix(1);
    }
}

std::string write_index(std::uint64_t index)
{
    const auto group = [](std::uint64_t number) {
        char text[4];
        std::snprintf(text, sizeof text, "%03u", static_cast<unsigned>(number % 1000));
        return std::string(text);
    };
    std::string out = group(index);
    for (index /= 1000; index > 0; index /= 1000)
        out.insert(0, "x" + group(index) + "/");
    return out;
}

std::string hash_or_throw(const std::string& hex)
{
    const auto hash = from_hex(hex);
    if (!hash)
        throw storage::DatabaseError(storage::Failure::Damaged,
                                     "A hash of the log is damaged. Run tallybook-server verify.");
    return *hash;
}

std::optional<std::string> read_bundle(storage::Database& database, const TileName& name)
{
    const auto first = static_cast<std::int64_t>(name.index * tile_width);
    std::string out;
    std::uint64_t found = 0;
    database.for_each<std::string>(
        "SELECT leaf FROM ledger_log WHERE position >= :first AND position < :end ORDER BY position",
        [&](std::string&& leaf) {
            append_u16(out, static_cast<std::uint16_t>(leaf.size()));
            out += leaf;
            ++found;
        },
        first, first + static_cast<std::int64_t>(name.width));
    return found == name.width ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace

std::optional<TileName> parse_tile_name(std::string_view path)
{
    TileName name;
    const auto slash = path.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto what = path.substr(0, slash);
    path.remove_prefix(slash + 1);
    if (what == "entries") {
        name.is_entries = true;
    } else {
        const auto level = parse_number(what);
        if (!level || *level > level_max)
            return std::nullopt;
        name.level = static_cast<unsigned>(*level);
    }
    if (const auto partial = path.find(".p/"); partial != std::string_view::npos) {
        const auto width = parse_number(path.substr(partial + 3));
        if (!width || *width == 0 || *width >= tile_width)
            return std::nullopt;
        name.width = *width;
        path = path.substr(0, partial);
    }
    const auto index = parse_index(path);
    if (!index)
        return std::nullopt;
    name.index = *index;
    return name;
}

std::string tile_path(const TileName& name)
{
    std::string path = name.is_entries ? "entries" : std::to_string(name.level);
    path += "/" + write_index(name.index);
    if (!name.is_full())
        path += ".p/" + std::to_string(name.width);
    return path;
}

std::vector<std::string> read_tile_hashes(storage::Database& database, unsigned level, std::uint64_t first,
                                          std::uint64_t count)
{
    const auto from = static_cast<std::int64_t>(first);
    const auto end = from + static_cast<std::int64_t>(count);
    std::vector<std::string> hashes;
    hashes.reserve(count);
    const auto keep = [&](std::string&& hex) { hashes.push_back(hash_or_throw(hex)); };
    if (level == 0)
        database.for_each<storage::sql::BlobView>(
            "SELECT leaf_hash FROM ledger_log WHERE position >= :first AND position < :end ORDER BY position",
            [&](storage::sql::BlobView hash) { hashes.emplace_back(hash.bytes); }, from, end);
    else
        database.for_each<std::string>("SELECT hash FROM ledger_tree WHERE level = :level AND position >= "
                                       ":first AND position < :end ORDER BY position",
                                       keep, static_cast<std::int64_t>(level), from, end);
    return hashes;
}

std::optional<std::string> read_tile(storage::Database& database, const TileName& name)
{
    if (name.is_entries)
        return read_bundle(database, name);
    const auto hashes = read_tile_hashes(database, name.level, name.index * tile_width, name.width);
    if (hashes.size() != name.width)
        return std::nullopt;
    std::string out;
    out.reserve(hashes.size() * hashes.front().size());
    for (const auto& hash : hashes)
        out += hash;
    return out;
}

void insert_tile_hash(storage::Database& database, const protocol::TileHash& hash)
{
    database.run("INSERT INTO ledger_tree (level, position, hash) VALUES (:level, :position, :hash)",
                 static_cast<std::int64_t>(hash.level), static_cast<std::int64_t>(hash.index),
                 to_hex(hash.hash));
}

std::vector<protocol::TileHash> read_all_tile_hashes(storage::Database& database)
{
    std::vector<protocol::TileHash> hashes;
    database.for_each<std::int64_t, std::int64_t, std::string>(
        "SELECT level, position, hash FROM ledger_tree ORDER BY level, position",
        [&](std::int64_t&& level, std::int64_t&& position, std::string&& hex) {
            const auto hash = from_hex(hex);
            hashes.push_back({static_cast<unsigned>(level), static_cast<std::uint64_t>(position),
                              hash ? *hash : std::string()});
        });
    return hashes;
}

} // namespace tally::server
