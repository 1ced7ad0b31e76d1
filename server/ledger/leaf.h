#pragma once
/// The leaves of the log: compact JSON with a fixed order of fields. A leaf is written once; everything
/// else in the ledger can be made again from the leaves. Described in README.md of this folder.

#include "server/ledger/types.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tally::server {

/// An entry arrived (capture, amendment or withdrawal), or a part of a split entry was made.
struct ReceivedLeaf
{
    Timestamp at; ///< server clock
    EntryFacts facts;

    bool operator==(const ReceivedLeaf&) const = default;
};

/// A person decided on one entry.
struct DecisionLeaf
{
    Timestamp at;
    DecisionKind kind = DecisionKind::Accept;
    Uuid entry;
    std::string by;          ///< account id
    std::string note_digest; ///< hex SHA-256 of salt and note; empty when there is no note

    bool operator==(const DecisionLeaf&) const = default;
};

/// A person divided an entry; the leaves of its parts follow at once.
struct SplitLeaf
{
    Timestamp at;
    Uuid entry;
    std::int64_t parts = 0; ///< 2 to 20
    std::string by;
    std::string note_digest;

    bool operator==(const SplitLeaf&) const = default;
};

/// Merge found something that a person has to look at.
struct FlaggedLeaf
{
    Timestamp at;
    std::string rule;
    std::vector<Uuid> entries; ///< one or more, in ascending order
    std::int64_t minutes = 0;
    std::int64_t sure = 0; ///< per mille

    bool operator==(const FlaggedLeaf&) const = default;
};

/// A person said what a flag comes to.
struct ResolvedLeaf
{
    Timestamp at;
    std::int64_t flag = 0; ///< position of the flagged leaf
    Resolution as = Resolution::Different;
    std::optional<Uuid> kept; ///< for Same and PartOf
    std::string by;
    std::string note_digest;

    bool operator==(const ResolvedLeaf&) const = default;
};

/// A person took that back.
struct ReopenedLeaf
{
    Timestamp at;
    std::int64_t flag = 0;
    std::string by;
    std::string note_digest;

    bool operator==(const ReopenedLeaf&) const = default;
};

/// The words of an entry were destroyed.
struct ErasedLeaf
{
    Timestamp at;
    Uuid entry;
    ErasureReason why = ErasureReason::Staff;
    std::string by; ///< account id; empty unless staff
    std::string note_digest;

    bool operator==(const ErasedLeaf&) const = default;
};

/// A quarter and all before it take no postings any more.
struct ClosedLeaf
{
    Timestamp at;
    Quarter quarter;
    std::string by;
    std::string note_digest;

    bool operator==(const ClosedLeaf&) const = default;
};

using Leaf = std::variant<ReceivedLeaf, DecisionLeaf, SplitLeaf, FlaggedLeaf, ResolvedLeaf, ReopenedLeaf,
                          ErasedLeaf, ClosedLeaf>;

[[nodiscard]] std::string write_leaf(const Leaf& leaf);
/// Strict: there is one way of writing a leaf. Fails with `bad_leaf`.
[[nodiscard]] Result<Leaf> parse_leaf(std::string_view json);
/// The same without the quick way for frequent leaves, which a test holds against it.
[[nodiscard]] Result<Leaf> parse_leaf_strictly(std::string_view json);
/// The entry that the leaf is about; nothing for flags and for the closing of a quarter.
[[nodiscard]] std::optional<Uuid> entry_of(const Leaf& leaf);
/// The word at the leaf's start, such as "received".
[[nodiscard]] std::string_view type_of(const Leaf& leaf);
/// Account id of the person who decided; empty when nobody did.
[[nodiscard]] std::string_view decided_by(const Leaf& leaf);
/// Server clock when it was received or decided.
[[nodiscard]] Timestamp moment_of(const Leaf& leaf);

} // namespace tally::server
