#pragma once
/// How much of their words two stories share: shingles of three words, compared by Jaccard's measure, and
/// found by MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3).

#include "shared/domain/evidence.h"

#include <cstdint>
#include <vector>

namespace tally::server {

/// The distinct shingles of a story as hashes, sorted.
using Shingles = std::vector<std::uint64_t>;

[[nodiscard]] Shingles shingles_of(const StoryBody& story);
/// Jaccard: shared over all, 0 to 1000; 0 when either says too little to be compared.
[[nodiscard]] std::int32_t shared_per_mille(const Shingles& a, const Shingles& b);

/// From here on two stories are near-same.
inline constexpr std::int32_t near_same_per_mille = 500;

/// 20 values; stories that share 60% of their shingles share one of them with 99% probability.
[[nodiscard]] std::vector<std::uint64_t> story_bands(const Shingles& shingles);

} // namespace tally::server
