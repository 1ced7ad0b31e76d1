#pragma once
/// Merge: from what arrived and what is known to flags, for a person to look at. Pure functions without a
/// clock, a database or a network: the caller keeps an index of blocking keys, opens the candidates that
/// share one with the entry that arrived, and asks flags_of. What the rules and thresholds are: see
/// README.md.
///
/// Every rule about several entries is symmetric, so the flags that stand at the end do not depend on the
/// order in which the entries arrived. Thread-safe.

#include "server/merge/picture_hash.h"
#include "shared/domain/evidence.h"
#include "shared/domain/quarter.h"
#include "shared/framework/framework.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct PhotoMark
{
    std::string digest;              ///< SHA-256 of the plain bytes, lower-case hex
    std::optional<PictureHash> hash; ///< none before the photo arrived, or when it shows nothing to compare

    bool operator==(const PhotoMark&) const = default;
};

/// What merge has to know of one entry. Lives in memory only.
struct MergeFacts
{
    Uuid id;
    Uuid root; ///< the first entry of the chain of amendments; its own id when it amends nothing
    Uuid device;
    EvidenceKind kind = EvidenceKind::Hours;
    About about;
    std::string supplier;  ///< whose contract it is; empty when not known
    std::string framework; ///< id, empty when not known
    EntryBody body;        ///< monostate for a withdrawal, which has no flags
    Date work_date;
    Quarter quarter; ///< of the work
    Timestamp captured_at;
    Timestamp received_at;
    std::int32_t utc_offset_min = 0;
    std::optional<std::int64_t> clock_offset_ms;
    /// The event's local times in minutes since 1970-01-01; none when it has no event or no times.
    std::optional<std::int64_t> event_start_min;
    std::optional<std::int64_t> event_end_min;
    std::vector<PhotoMark> photos;
};

/// Everything that an entry itself says; drawn signatures are no photos. The caller adds supplier, framework,
/// the event's times and the hashes of the photos.
[[nodiscard]] MergeFacts merge_facts(const Entry& entry, Uuid root, Uuid device, Timestamp received_at);

/// An entry made ready to be compared with many: its words are read once. Cheap to copy, never changes.
class MergeEntry
{
public:
    explicit MergeEntry(MergeFacts facts);

    [[nodiscard]] const MergeFacts& facts() const;

    struct Reading;
    [[nodiscard]] const Reading& reading() const { return *m_reading; }

private:
    std::shared_ptr<const Reading> m_reading;
};

enum class FlagRule
{
    PersonOverlap,      ///< one person at two places at once, or written down twice
    GroupAndIndividual, ///< a head count beside an individual who may be one of the heads
    GroupOverlap,       ///< two head counts of what looks like one group
    SamePhoto,
    SimilarStory,
    BeyondEvent,       ///< hours outside the event's times
    Over12Hours,       ///< in one day, by one entry or all of one person's
    ExclusiveMeasures, ///< one thing under two measures that exclude each other
    SameDelivery,
    Late,  ///< arrived long after its quarter
    Clock, ///< the device's clock was out of step
};

/// Stable words, as used in the ledger: "person_overlap", "over_12_hours" ...
[[nodiscard]] std::string_view name_of(FlagRule rule);
/// The reverse of name_of; nothing for an unknown word.
[[nodiscard]] std::optional<FlagRule> flag_rule_named(std::string_view name);

struct Flag
{
    FlagRule rule = FlagRule::PersonOverlap;
    std::vector<Uuid> entries; ///< sorted; names the flag together with the rule
    std::int64_t minutes = 0;  ///< that overlap, lie outside or are over; 0 where none apply
    std::int32_t sure_per_mille = 0;
    std::string why; ///< a sentence for the reviewer, without names

    bool operator==(const Flag&) const = default;
};

/// Codes of one framework that must not be claimed together.
struct ExclusiveMeasures
{
    std::string framework;
    std::vector<std::string> codes;
};

/// What differs from council to council.
struct MergeRules
{
    std::vector<ExclusiveMeasures> exclusive;
    std::int64_t day_minutes_max = 12 * 60;
    std::int64_t event_margin_min = 15; ///< for coming early to set up and leaving late
    std::int64_t late_days = 30;        ///< after the end of the quarter of the work
    std::int64_t clock_minutes_max = 10;
};

/// Adds the exclusive groups of a framework.
void add_exclusive_measures(MergeRules& rules, const Framework& framework);

/// What to do with a key when an entry arrives.
enum class KeyUse
{
    Both,  ///< look for it, and store it for those that come later
    Store, ///< only store it
    Look,  ///< only look for it
};

/// What an index finds candidates by. The key is a keyed hash, so the index shows no names.
struct BlockingKey
{
    std::int64_t day = 0; ///< days since 1970-01-01 at which entries can meet; 0 where no day applies
    std::int64_t key = 0; ///< keyed BLAKE2b of rule and value
    std::int64_t from_min =
        0;                   ///< minutes after midnight of `day` (or since 1970 where that is 0); two entries
    std::int64_t to_min = 0; ///< can meet only when from_min < other.to_min and other.from_min < to_min
    KeyUse use = KeyUse::Both;

    bool operator==(const BlockingKey&) const = default;
};

/// The keys of an entry; `secret` has 32 bytes. An entry and its candidates share a (day, key) with
/// overlapping minutes, stored by one and looked for by the other; without duplicates, sorted.
[[nodiscard]] std::vector<BlockingKey> blocking_keys(const MergeEntry& entry, std::string_view secret);
[[nodiscard]] std::vector<BlockingKey> blocking_keys(const MergeFacts& facts, std::string_view secret);
/// The keys of its photos alone, for when a photo arrives after its entry: a subset of blocking_keys.
[[nodiscard]] std::vector<BlockingKey> photo_keys(const MergeFacts& facts, std::string_view secret);

/// The flags that the entry that arrived adds, given every live candidate that shares a key with it. More
/// candidates than that change nothing. Sorted by rule, then entries.
[[nodiscard]] std::vector<Flag> flags_of(const MergeEntry& arrived, std::span<const MergeEntry> candidates,
                                         const MergeRules& rules);
/// The same for entries that are compared once.
[[nodiscard]] std::vector<Flag> flags_of(const MergeFacts& arrived, std::span<const MergeFacts> candidates,
                                         const MergeRules& rules);

} // namespace tally::server
