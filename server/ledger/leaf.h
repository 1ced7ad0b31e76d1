#pragma once
/// The leaves of the log: compact JSON with a fixed order of fields. A leaf is written once; everything
/// else in the ledger can be made again from the leaves. Described in README.md of this folder.

#include "server/ledger/types.h"

#include <string>
#include <string_view>
#include <variant>

namespace tally::server {

/// An entry arrived: capture, amendment or withdrawal.
struct ReceivedLeaf
{
    Timestamp at; ///< server clock
    EntryFacts facts;

    bool operator==(const ReceivedLeaf&) const = default;
};

/// A person decided.
struct DecisionLeaf
{
    Timestamp at;
    DecisionKind kind = DecisionKind::Accept;
    Uuid entry;
    std::string by;          ///< account id
    std::string note_digest; ///< hex SHA-256 of salt and note; empty when there is no note

    bool operator==(const DecisionLeaf&) const = default;
};

using Leaf = std::variant<ReceivedLeaf, DecisionLeaf>;

[[nodiscard]] std::string write_leaf(const Leaf& leaf);
/// Strict. Fails with `bad_leaf`.
[[nodiscard]] Result<Leaf> parse_leaf(std::string_view json);
[[nodiscard]] const Uuid& entry_of(const Leaf& leaf);
/// Server clock when it was received or decided.
[[nodiscard]] Timestamp moment_of(const Leaf& leaf);

} // namespace tally::server
