#include "shared/protocol/merkle_proof.h"

#include "shared/crypto/hash.h"
#include "shared/protocol/merkle.h"

#include <algorithm>
#include <bit>

namespace tally::protocol {
namespace {

Error bad_proof(const char* why)
{
    return {"bad_proof", why};
}

bool are_hashes(const ProofHashes& proof)
{
    return std::all_of(proof.begin(), proof.end(),
                       [](const std::string& hash) { return hash.size() == crypto::sha256_bytes; });
}

} // namespace

Result<void> check_inclusion(std::string_view leaf_hash, std::uint64_t position, std::uint64_t tree_size,
                             const ProofHashes& proof, std::string_view root)
{
    if (position >= tree_size)
        return bad_proof("The position lies beyond the end of the tree.");
    if (leaf_hash.size() != crypto::sha256_bytes || !are_hashes(proof))
        return bad_proof("A hash of the proof does not have 32 bytes.");
    // node and last walk from the leaf and from the last leaf to the root.
    std::uint64_t node = position;
    std::uint64_t last = tree_size - 1;
    std::string hash(leaf_hash);
    for (const auto& sibling : proof) {
        if (last == 0)
            return bad_proof("The proof has more hashes than the tree has levels.");
        if ((node & 1U) != 0 || node == last) {
            hash = merkle_node_hash(sibling, hash);
            // A node without a right neighbour has no partner on this level: up to where it has a left one.
            const int shift = (node & 1U) != 0 ? 0 : std::countr_zero(node);
            node >>= shift;
            last >>= shift;
        } else {
            hash = merkle_node_hash(hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0)
        return bad_proof("The proof has fewer hashes than the tree has levels.");
    if (hash != root)
        return bad_proof("The leaf is not the one at this position of the tree.");
    return {};
}

Result<void> check_consistency(std::uint64_t from_size, std::string_view from_root, std::uint64_t to_size,
                               std::string_view to_root, const ProofHashes& proof)
{
    if (from_size == 0 || from_size > to_size)
        return bad_proof("The earlier tree must have a leaf and must not be larger than the later one.");
    if (from_root.size() != crypto::sha256_bytes || to_root.size() != crypto::sha256_bytes ||
        !are_hashes(proof))
        return bad_proof("A hash of the proof does not have 32 bytes.");
    if (from_size == to_size) {
        if (!proof.empty())
            return bad_proof("Trees of one size need no hashes to be compared.");
        if (from_root != to_root)
            return bad_proof("Two trees of one size have different roots: the log was rewritten.");
        return {};
    }
    // A tree of a power of two is itself the first hash of the proof, so it is left out there.
    auto next = proof.begin();
    std::string from_hash(from_root);
    if (!std::has_single_bit(from_size)) {
        if (next == proof.end())
            return bad_proof("The proof has fewer hashes than the tree has levels.");
        from_hash = *next++;
    }
    std::string to_hash = from_hash;
    std::uint64_t node = from_size - 1;
    std::uint64_t last = to_size - 1;
    const int shift = std::countr_one(node);
    node >>= shift;
    last >>= shift;
    for (; next != proof.end(); ++next) {
        if (last == 0)
            return bad_proof("The proof has more hashes than the tree has levels.");
        if ((node & 1U) != 0 || node == last) {
            from_hash = merkle_node_hash(*next, from_hash);
            to_hash = merkle_node_hash(*next, to_hash);
            while ((node & 1U) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            to_hash = merkle_node_hash(to_hash, *next);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0)
        return bad_proof("The proof has fewer hashes than the tree has levels.");
    if (from_hash != from_root)
        return bad_proof("The proof does not lead to the earlier root.");
    if (to_hash != to_root)
        return bad_proof("The later tree does not begin with the earlier one: the log was rewritten.");
    return {};
}

} // namespace tally::protocol
