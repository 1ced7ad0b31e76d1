#pragma once
/// The rules about hours: who was where, and when.

#include "server/merge/merge.h"
#include "server/merge/person_name.h"

namespace tally::server {

/// What the rules ask of an hours entry, made once for each entry that is compared.
struct HoursFacts
{
    const MergeFacts* facts = nullptr;
    const HoursBody* body = nullptr;
    PersonName name;           ///< no words for a group
    std::string identity;      ///< of the name, see there
    std::string host_key;      ///< the host's telling words in order of the alphabet
    std::int64_t from_min = 0; ///< local minutes since 1970-01-01
    std::int64_t to_min = 0;

    /// A head count, or a single word that may be anybody's name.
    [[nodiscard]] bool is_vague() const { return name.words.size() < 2; }
};

/// What a MergeEntry keeps. It never moves: `hours` points into `facts`.
struct MergeEntry::Reading
{
    explicit Reading(MergeFacts read);
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    MergeFacts facts;
    std::optional<HoursFacts> hours; ///< nothing for an entry of another kind
};

/// Nothing for an entry of another kind.
[[nodiscard]] std::optional<HoursFacts> hours_facts(const MergeFacts& facts);

/// What happened at one place at one time has one key: the event, else the host.
[[nodiscard]] std::string occasion_key(const HoursFacts& hours);

void flag_one_entry(const HoursFacts& hours, const MergeRules& rules, std::vector<Flag>& flags);
void flag_pair(const HoursFacts& a, const HoursFacts& b, const MergeRules& rules, std::vector<Flag>& flags);
/// Over 12 hours by all the entries of one person's day; `others` may hold anybody's.
void flag_day(const HoursFacts& arrived, std::span<const HoursFacts* const> others, const MergeRules& rules,
              std::vector<Flag>& flags);

/// Whether two codes stand in one exclusive group of a framework.
[[nodiscard]] bool are_exclusive(const MergeFacts& a, const MergeFacts& b, const MergeRules& rules);
[[nodiscard]] Flag pair_flag(FlagRule rule, const MergeFacts& a, const MergeFacts& b, std::int64_t minutes,
                             std::int32_t sure_per_mille, std::string why);

} // namespace tally::server
