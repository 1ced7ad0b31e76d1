#pragma once
/// Proofs that a leaf is in the log, and that the log only grew: RFC 6962 sections 2.1.1 and 2.1.2, made
/// from stored hashes. Each costs two short reads a tile level, whatever the size of the log. Checking
/// them is in shared/protocol/merkle_proof.h.

#include "shared/base/result.h"
#include "shared/protocol/merkle_proof.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <string>

namespace tally::server {

struct InclusionProof
{
    std::uint64_t position = 0;
    std::uint64_t tree_size = 0;
    std::string leaf_hash; ///< 32 bytes
    std::string root;      ///< 32 bytes
    protocol::ProofHashes hashes;
};

struct ConsistencyProof
{
    std::uint64_t from_size = 0;
    std::uint64_t to_size = 0;
    std::string from_root; ///< 32 bytes
    std::string to_root;   ///< 32 bytes
    protocol::ProofHashes hashes;
};

/// How many leaves the log has.
[[nodiscard]] std::uint64_t log_size(storage::Database& database);

/// Fails with `bad_position` when the position is not in a tree of that size, or with `bad_size` when the
/// log is shorter.
[[nodiscard]] Result<InclusionProof> make_inclusion_proof(storage::Database& database, std::uint64_t position,
                                                          std::uint64_t tree_size);

/// Fails with `bad_size` unless 0 < from_size <= to_size <= log_size.
[[nodiscard]] Result<ConsistencyProof> make_consistency_proof(storage::Database& database,
                                                              std::uint64_t from_size, std::uint64_t to_size);

} // namespace tally::server
