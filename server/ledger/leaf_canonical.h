#pragma once
/// Private to this folder: a quick reader for leaves just as write_leaf writes the two frequent kinds.

#include "server/ledger/leaf.h"

#include <optional>
#include <string_view>

namespace tally::server {

/// The leaf when `text` is, byte for byte, what write_leaf makes of an entry that arrived or a decision in
/// plain ASCII without escapes; nothing for everything else, which the strict reader then has to judge.
[[nodiscard]] std::optional<Leaf> read_canonical_leaf(std::string_view text);

} // namespace tally::server
