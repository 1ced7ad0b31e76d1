#pragma once
/// Checking that a leaf is in a tree, and that a later tree only added to an earlier one. Needs nothing but
/// the proof, so that devices and auditors can do it themselves: RFC 9162 sections 2.1.3.2 and 2.1.4.2 (the
/// proofs are those of RFC 6962 sections 2.1.1 and 2.1.2).

#include "shared/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

/// Each 32 bytes, from the leaf upwards.
using ProofHashes = std::vector<std::string>;

/// Succeeds when the leaf with this hash stands at `position` (from 0) in the tree of `tree_size` leaves
/// with that root. Fails with `bad_proof`.
[[nodiscard]] Result<void> check_inclusion(std::string_view leaf_hash, std::uint64_t position,
                                           std::uint64_t tree_size, const ProofHashes& proof,
                                           std::string_view root);

/// Succeeds when the first `from_size` leaves of the tree `to_root` are those of the tree `from_root`.
/// Fails with `bad_proof`; also for a `from_size` of zero, of which nothing can be proved.
[[nodiscard]] Result<void> check_consistency(std::uint64_t from_size, std::string_view from_root,
                                             std::uint64_t to_size, std::string_view to_root,
                                             const ProofHashes& proof);

} // namespace tally::protocol
