#pragma once
/// What the ledger knows of an entry: quantities, codes and digests, never a word that somebody wrote.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/domain/evidence.h"
#include "shared/domain/quantity.h"
#include "shared/domain/quarter.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

/// Where an entry stands.
enum class EntryState
{
    Waiting,   ///< claimed: waits for a decision
    Queried,   ///< claimed: a question went back to the device
    Accepted,  ///< confirmed
    Declined,  ///< void
    Replaced,  ///< void: a later revision stands in its place
    Withdrawn, ///< void: taken back by who captured it
};

[[nodiscard]] std::string_view name_of(EntryState state);
[[nodiscard]] std::optional<EntryState> entry_state_named(std::string_view name);

/// The two phases, as in accounting.
enum class Phase
{
    Claimed,   ///< waits for a decision (also while queried)
    Confirmed, ///< accepted by somebody other than its author
};

[[nodiscard]] std::string_view name_of(Phase phase);

/// Everything that decides where and how an entry counts. Frozen when it arrives.
struct EntryFacts
{
    Uuid id;
    EntryAction action = EntryAction::Capture;
    EvidenceKind kind = EvidenceKind::Hours;
    std::optional<Uuid> amends;
    std::string digest; ///< SHA-256 of the sealed record, hex
    Uuid device;
    std::int64_t device_seq = 0;
    std::string author; ///< person key; empty for a kiosk
    std::string contract;
    std::string framework; ///< id; empty when the contract has none
    std::string framework_version;
    std::int64_t framework_revision = 0;
    std::string measure;
    std::optional<Quantity> quantity;
    std::optional<Proxy> proxy;
    std::optional<Money> value;
    std::string value_class = "none"; ///< social, local_economic, community or none
    bool held = false;                ///< the value stays out of totals
    Quarter quarter;                  ///< of the work
    std::string event;
    std::string place;

    bool operator==(const EntryFacts&) const = default;
};

/// One line of a balance change. A correction is a second line with the opposite sign.
struct Posting
{
    Phase phase = Phase::Claimed;
    std::string contract;
    std::string framework;
    std::string framework_version;
    std::string kind;
    std::string measure;
    std::string value_class;
    bool held = false;
    Quarter quarter;
    std::string place;
    std::int64_t entries = 0; ///< +1 or -1
    Quantity quantity;        ///< signed
    Money value;              ///< signed

    bool operator==(const Posting&) const = default;
};

enum class DecisionKind
{
    Accept,
    Query,
    Decline,
    Reverse, ///< takes the last decision back and restores the state before
};

/// The word in the log: accepted, queried, declined, reversed.
[[nodiscard]] std::string_view name_of(DecisionKind kind);
[[nodiscard]] std::optional<DecisionKind> decision_named(std::string_view name);

} // namespace tally::server
