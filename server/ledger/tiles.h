#pragma once
/// The log's tree as C2SP tlog-tiles cuts it up, so that existing tools and caches can serve it: tiles of
/// 256 hashes, and bundles of the leaves themselves. Both come straight from rows, in one range each.

#include "shared/protocol/merkle.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// Which tile or bundle a path names.
struct TileName
{
    bool is_entries = false; ///< a bundle of leaves instead of a tile
    unsigned level = 0;      ///< of tiles
    std::uint64_t index = 0;
    std::uint64_t width = protocol::tile_width; ///< hashes or leaves; less than 256 in a partial one

    [[nodiscard]] bool is_full() const { return width == protocol::tile_width; }
    bool operator==(const TileName&) const = default;
};

/// What follows "/tile/": "0/x001/234", "1/000.p/7", "entries/x001/234.p/9". Nothing for any other way to
/// write it, so that each has one address.
[[nodiscard]] std::optional<TileName> parse_tile_name(std::string_view path);
[[nodiscard]] std::string tile_path(const TileName& name);

/// Hashes `first` to `first + count - 1` of a tile level, 32 bytes each; fewer when the log is shorter.
[[nodiscard]] std::vector<std::string> read_tile_hashes(storage::Database& database, unsigned level,
                                                        std::uint64_t first, std::uint64_t count);

/// The bytes of a tile or bundle; nothing when the log is not that long yet.
[[nodiscard]] std::optional<std::string> read_tile(storage::Database& database, const TileName& name);

/// Keeps the roots of tiles that have become full. Part of the transaction that appends.
void insert_tile_hash(storage::Database& database, const protocol::TileHash& hash);
/// All that are kept, by level and index.
[[nodiscard]] std::vector<protocol::TileHash> read_all_tile_hashes(storage::Database& database);

} // namespace tally::server
