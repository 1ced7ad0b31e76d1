#include "shared/protocol/merkle.h"

#include "shared/crypto/hash.h"

#include <bit>

namespace tally::protocol {

std::string merkle_leaf_hash(std::string_view leaf)
{
    return crypto::sha256({std::string_view("\x00", 1), leaf});
}

std::string merkle_node_hash(std::string_view left, std::string_view right)
{
    return crypto::sha256({std::string_view("\x01", 1), left, right});
}

std::string merkle_empty_root()
{
    return crypto::sha256(std::string_view());
}

std::optional<MerkleFrontier> MerkleFrontier::restore(std::uint64_t size, std::string_view bytes)
{
    const auto count = static_cast<std::size_t>(std::popcount(size));
    if (bytes.size() != count * crypto::sha256_bytes)
        return std::nullopt;
    MerkleFrontier frontier;
    frontier.m_size = size;
    for (std::size_t i = 0; i < count; ++i)
        frontier.m_roots.emplace_back(bytes.substr(i * crypto::sha256_bytes, crypto::sha256_bytes));
    return frontier;
}

void MerkleFrontier::append(std::string_view leaf_hash)
{
    append(leaf_hash, nullptr);
}

void MerkleFrontier::append(std::string_view leaf_hash, std::vector<TileHash>& completed)
{
    append(leaf_hash, &completed);
}

void MerkleFrontier::append(std::string_view leaf_hash, std::vector<TileHash>* completed)
{
    m_roots.emplace_back(leaf_hash);
    // Each trailing one bit of the old size is a perfect subtree of the same height to merge with.
    unsigned height = 0;
    for (std::uint64_t rest = m_size; (rest & 1U) != 0; rest >>= 1) {
        const std::string right = std::move(m_roots.back());
        m_roots.pop_back();
        m_roots.back() = merkle_node_hash(m_roots.back(), right);
        ++height;
        if (completed != nullptr && height % tile_height == 0)
            completed->push_back({height / tile_height, m_size >> height, m_roots.back()});
    }
    ++m_size;
}

std::string MerkleFrontier::root() const
{
    if (m_roots.empty())
        return merkle_empty_root();
    std::string root = m_roots.back();
    for (std::size_t i = m_roots.size() - 1; i-- > 0;)
        root = merkle_node_hash(m_roots[i], root);
    return root;
}

std::string MerkleFrontier::bytes() const
{
    std::string out;
    for (const auto& root : m_roots)
        out += root;
    return out;
}

} // namespace tally::protocol
