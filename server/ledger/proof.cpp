#include "server/ledger/proof.h"

#include "server/ledger/tiles.h"

#include <bit>
#include <map>

namespace tally::server {
namespace {

using protocol::tile_height;
using protocol::tile_width;

/// Hashes of the tree over the first `size` leaves. Remembers the tiles that it has read.
class Tree
{
public:
    Tree(storage::Database& database, std::uint64_t size) : m_database(database), m_size(size) {}

    /// MTH(D[begin:end]) of RFC 6962: `begin` is a multiple of a power of two that is no smaller than the
    /// number of leaves.
    std::string hash(std::uint64_t begin, std::uint64_t end)
    {
        const std::uint64_t count = end - begin;
        if (std::has_single_bit(count))
            return perfect(static_cast<unsigned>(std::countr_zero(count)), begin / count);
        const std::uint64_t half = std::bit_floor(count);
        return protocol::merkle_node_hash(hash(begin, begin + half), hash(begin + half, end));
    }

private:
    /// The root of the perfect subtree `index` with 2^height leaves: it lies inside one tile.
    std::string perfect(unsigned height, std::uint64_t index)
    {
        const unsigned level = height / tile_height;
        const std::uint64_t count = std::uint64_t{1} << (height % tile_height);
        const auto& hashes = tile(level, index * count / tile_width);
        const std::uint64_t first = index * count % tile_width;
        if (first + count > hashes.size())
            throw storage::DatabaseError(storage::Failure::Damaged,
                                         "Hashes of the log are missing. Run tallybook-server verify.");
        std::vector<std::string> row(hashes.begin() + static_cast<std::ptrdiff_t>(first),
                                     hashes.begin() + static_cast<std::ptrdiff_t>(first + count));
        for (; row.size() > 1; row.resize(row.size() / 2))
            for (std::size_t i = 0; i < row.size() / 2; ++i)
                row[i] = protocol::merkle_node_hash(row[2 * i], row[2 * i + 1]);
        return std::move(row.front());
    }

    const std::vector<std::string>& tile(unsigned level, std::uint64_t index)
    {
        const auto known = m_tiles.find({level, index});
        if (known != m_tiles.end())
            return known->second;
        const std::uint64_t in_level = m_size >> (tile_height * level);
        const std::uint64_t first = index * tile_width;
        const std::uint64_t count = std::min(tile_width, in_level > first ? in_level - first : 0);
        return m_tiles.emplace(std::pair(level, index), read_tile_hashes(m_database, level, first, count))
            .first->second;
    }

    storage::Database& m_database;
    std::uint64_t m_size;
    std::map<std::pair<unsigned, std::uint64_t>, std::vector<std::string>> m_tiles;
};

/// PATH(position, D[begin:end]), from the leaf upwards.
void add_path(Tree& tree, std::uint64_t position, std::uint64_t begin, std::uint64_t end,
              protocol::ProofHashes& hashes)
{
    const std::uint64_t count = end - begin;
    if (count == 1)
        return;
    const std::uint64_t middle = begin + std::bit_floor(count - 1);
    if (position < middle) {
        add_path(tree, position, begin, middle, hashes);
        hashes.push_back(tree.hash(middle, end));
    } else {
        add_path(tree, position, middle, end, hashes);
        hashes.push_back(tree.hash(begin, middle));
    }
}

enum class Known
{
    Yes, ///< the earlier tree is this very subtree: whoever checks has its root
    No
};

/// SUBPROOF(from, D[begin:end], known).
void add_subproof(Tree& tree, std::uint64_t from, std::uint64_t begin, std::uint64_t end, Known known,
                  protocol::ProofHashes& hashes)
{
    if (from == end) {
        if (known == Known::No)
            hashes.push_back(tree.hash(begin, end));
        return;
    }
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    if (from <= middle) {
        add_subproof(tree, from, begin, middle, known, hashes);
        hashes.push_back(tree.hash(middle, end));
    } else {
        add_subproof(tree, from, middle, end, Known::No, hashes);
        hashes.push_back(tree.hash(begin, middle));
    }
}

Error longer_than_log(std::uint64_t size)
{
    return {"bad_size",
            "The log has " + std::to_string(size) + " rows. Ask about a tree of at most that many."};
}

} // namespace

std::uint64_t log_size(storage::Database& database)
{
    return static_cast<std::uint64_t>(
        database.query_one<std::int64_t>("SELECT tree_size FROM ledger_head WHERE one = 1").value_or(0));
}

Result<InclusionProof> make_inclusion_proof(storage::Database& database, std::uint64_t position,
                                            std::uint64_t tree_size)
{
    if (const auto size = log_size(database); tree_size > size)
        return longer_than_log(size);
    if (position >= tree_size)
        return Error{"bad_position", "Positions count from 0, so the last one of a tree of " +
                                         std::to_string(tree_size) + " rows is one less than that."};
    Tree tree(database, tree_size);
    InclusionProof proof;
    proof.position = position;
    proof.tree_size = tree_size;
    proof.leaf_hash = tree.hash(position, position + 1);
    proof.root = tree.hash(0, tree_size);
    add_path(tree, position, 0, tree_size, proof.hashes);
    return proof;
}

Result<ConsistencyProof> make_consistency_proof(storage::Database& database, std::uint64_t from_size,
                                                std::uint64_t to_size)
{
    if (const auto size = log_size(database); to_size > size)
        return longer_than_log(size);
    if (from_size == 0)
        return Error{"bad_size", "Any log begins with the empty one: ask from a tree of at least 1 row."};
    if (from_size > to_size)
        return Error{"bad_size", "The earlier tree must not be larger than the later one."};
    Tree tree(database, to_size);
    ConsistencyProof proof;
    proof.from_size = from_size;
    proof.to_size = to_size;
    proof.from_root = tree.hash(0, from_size);
    proof.to_root = tree.hash(0, to_size);
    add_subproof(tree, from_size, 0, to_size, Known::Yes, proof.hashes);
    return proof;
}

} // namespace tally::server
