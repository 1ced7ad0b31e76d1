#pragma once
/// The Merkle tree over the ledger's log, as RFC 6962 section 2.1 hashes it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

/// SHA-256 of 0x00 and the leaf: 32 bytes.
[[nodiscard]] std::string merkle_leaf_hash(std::string_view leaf);
/// SHA-256 of 0x01, left and right.
[[nodiscard]] std::string merkle_node_hash(std::string_view left, std::string_view right);
/// Of the empty tree: SHA-256 of nothing.
[[nodiscard]] std::string merkle_empty_root();

/// A tile spans this many levels of the tree (C2SP tlog-tiles), so it holds 256 hashes when it is full.
inline constexpr unsigned tile_height = 8;
inline constexpr std::uint64_t tile_width = 1U << tile_height;

/// The hash at `index` of tile level `level`, 1 or higher: the root of the full tile `index` one level
/// below. (Level 0 holds the leaf hashes themselves.)
struct TileHash
{
    unsigned level = 1;
    std::uint64_t index = 0;
    std::string hash; ///< 32 bytes

    bool operator==(const TileHash&) const = default;
};

/// The right edge of a growing tree: the roots of its perfect subtrees, largest first. Appending costs
/// two hashes on average and needs no older leaf.
class MerkleFrontier
{
public:
    MerkleFrontier() = default;
    /// From what bytes() gave for a tree of `size` leaves; nothing when the length does not fit.
    [[nodiscard]] static std::optional<MerkleFrontier> restore(std::uint64_t size, std::string_view bytes);

    void append(std::string_view leaf_hash);
    /// Also adds to `completed` the root of each tile that this leaf fills, lowest first.
    void append(std::string_view leaf_hash, std::vector<TileHash>& completed);
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] std::string root() const;
    [[nodiscard]] std::string bytes() const;

private:
    void append(std::string_view leaf_hash, std::vector<TileHash>* completed);

    std::uint64_t m_size = 0;
    std::vector<std::string> m_roots;
};

} // namespace tally::protocol
