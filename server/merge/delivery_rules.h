#pragma once
/// The rules about deliveries: one delivery written down twice, or under two measures.

#include "server/merge/merge.h"

namespace tally::server {

/// An evidence reference without case, spaces and punctuation.
[[nodiscard]] std::string reference_key(std::string_view reference);
/// Whose deliveries can be one: the supplier's, or the contract's where no supplier is known.
[[nodiscard]] std::string delivery_scope(const MergeFacts& facts);

/// Both must be deliveries.
void flag_deliveries(const MergeFacts& a, const MergeFacts& b, const MergeRules& rules,
                     std::vector<Flag>& flags);

} // namespace tally::server
