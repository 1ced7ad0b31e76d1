#pragma once
/// The Merkle tree over the log, as RFC 6962 section 2.1 hashes it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// SHA-256 of 0x00 and the leaf: 32 bytes.
[[nodiscard]] std::string merkle_leaf_hash(std::string_view leaf);
/// SHA-256 of 0x01, left and right.
[[nodiscard]] std::string merkle_node_hash(std::string_view left, std::string_view right);
/// Of the empty tree: SHA-256 of nothing.
[[nodiscard]] std::string merkle_empty_root();

/// The right edge of a growing tree: the roots of its perfect subtrees, largest first. Appending costs
/// two hashes on average and needs no older leaf.
class MerkleFrontier
{
public:
    MerkleFrontier() = default;
    /// From what bytes() gave for a tree of `size` leaves; nothing when the length does not fit.
    [[nodiscard]] static std::optional<MerkleFrontier> restore(std::uint64_t size, std::string_view bytes);

    void append(std::string_view leaf_hash);
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] std::string root() const;
    [[nodiscard]] std::string bytes() const;

private:
    std::uint64_t m_size = 0;
    std::vector<std::string> m_roots;
};

} // namespace tally::server
