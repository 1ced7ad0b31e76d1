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
#include <vector>

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
    Duplicate, ///< void: another entry counts the same work
    Split,     ///< void: its parts count in its place
    Erased,    ///< void: its words were destroyed before anybody decided
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

/// How quantities of several entries of one measure combine. Years of an FTE are summed: the quantity of
/// such an entry is its share of a year already.
enum class Counting
{
    Sum,
    Latest, ///< only the newest counts: by the last day of the period, then by arrival
    Once,   ///< each person once a calendar year, in the first quarter that reports them
};

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
    std::string verification = "none"; ///< none, sign_in_sheet, supervisor, host or document
    Counting counting = Counting::Sum;
    std::optional<Date> until;        ///< last day of the work, for Counting::Latest
    std::vector<std::string> persons; ///< random tokens of those counted, for Counting::Once; may be empty
    std::optional<Uuid> part_of;      ///< the split entry of which this is a part
    std::string split_by;             ///< account id of who split it; only of a part

    bool operator==(const EntryFacts&) const = default;
};

/// One line of a balance change. A correction is a second line with the opposite sign.
struct Posting
{
    Uuid entry; ///< whose line it is
    Phase phase = Phase::Claimed;
    std::string contract;
    std::string framework;
    std::string framework_version;
    std::string kind;
    std::string measure;
    std::string value_class;
    bool held = false;
    Quarter quarter;      ///< of the account: that of the work, or the earliest open one
    Quarter work_quarter; ///< of the work
    std::string place;
    std::string verification;
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
    Release, ///< lets a value count that the framework holds
    Hold,    ///< takes a release back
};

/// The word in the log: accepted, queried, declined, reversed, released, held.
[[nodiscard]] std::string_view name_of(DecisionKind kind);
[[nodiscard]] std::optional<DecisionKind> decision_named(std::string_view name);

/// What becomes of a flag.
enum class Resolution
{
    Different, ///< each entry is work of its own
    Same,      ///< one entry is kept, the others are duplicates
    PartOf,    ///< the kept group count includes the others, which become duplicates
    Fine,      ///< what looked odd is right
};

/// different, same, part_of, fine.
[[nodiscard]] std::string_view name_of(Resolution resolution);
[[nodiscard]] std::optional<Resolution> resolution_named(std::string_view name);

enum class ErasureReason
{
    Withdrawal, ///< a person took their consent back
    Staff,      ///< somebody of the council, with a reason
    Retention,  ///< the time for which it may be kept is over
};

/// withdrawal, staff, retention.
[[nodiscard]] std::string_view name_of(ErasureReason reason);
[[nodiscard]] std::optional<ErasureReason> erasure_reason_named(std::string_view name);

/// A concern of merge about one or more entries: open while nobody resolved it and all its entries are
/// live, that is waiting, queried, accepted or split. An open flag holds the value of those that wait.
struct FlagStanding
{
    std::int64_t position = 0; ///< of its leaf: its name
    std::string rule;          ///< such as person_overlap, see server/merge
    std::vector<Uuid> entries; ///< in ascending order
    std::int64_t minutes = 0;  ///< counted twice, where the rule is about time
    std::int64_t sure = 0;     ///< per mille
    std::optional<Resolution> resolution;
    std::optional<Uuid> kept;             ///< for Same and PartOf
    std::optional<std::int64_t> resolved; ///< position of the leaf that resolved it or reopened it last

    bool operator==(const FlagStanding&) const = default;
};

[[nodiscard]] std::string_view name_of(Counting counting);
[[nodiscard]] std::optional<Counting> counting_named(std::string_view name);

} // namespace tally::server
