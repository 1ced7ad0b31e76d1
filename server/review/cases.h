#pragma once
/// Flags that belong together, and how a decision on all of them is written to the ledger. Pure.
///
/// Merge flags pairs. A person decides on a case: all flags of one rule that are connected by their
/// entries, such as a group count with each of its sign-ins.

#include "server/ledger/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct FlagCase
{
    std::string rule;
    std::vector<FlagStanding> flags; ///< in order of position
    std::vector<Uuid> entries;       ///< ascending, each once

    /// The name of the case: its oldest flag.
    [[nodiscard]] std::int64_t position() const { return flags.front().position; }
    /// The highest of its flags, per mille.
    [[nodiscard]] std::int64_t sure() const;
};

/// In order of their oldest flags.
[[nodiscard]] std::vector<FlagCase> cases_of(std::vector<FlagStanding> flags);

/// What a person says of a case.
struct Settlement
{
    Resolution as = Resolution::Different;
    std::optional<Uuid> kept; ///< for Same and PartOf
    /// For Same and PartOf: the entries that are the same work as the kept one. Others of the case that are
    /// flagged together with one of these are different work.
    std::vector<Uuid> about;
};

/// One resolved leaf.
struct SettlementStep
{
    std::int64_t flag = 0;
    Resolution as = Resolution::Different;
    std::optional<Uuid> kept;

    bool operator==(const SettlementStep&) const = default;
};

/// In the order in which the ledger takes them. A flag can only be settled while all its entries live, so
/// what is different comes first, and duplicates are made from the far end of a chain towards the kept
/// entry. A step whose flag is no longer open by then has nothing left to say and is passed over. Flags
/// that an earlier step leaves without a live entry have no step.
[[nodiscard]] std::vector<SettlementStep> steps_of(const FlagCase& flag_case, const Settlement& settlement);

} // namespace tally::server
