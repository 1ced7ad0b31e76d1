#include "server/merge/merge.h"

#include "server/merge/delivery_rules.h"
#include "server/merge/hours_rules.h"
#include "server/merge/story_likeness.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

namespace tally::server {

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_min = 24 * 60;
constexpr std::int32_t sure = 990;

constexpr std::array<std::pair<FlagRule, std::string_view>, 11> rule_names = {{
    {FlagRule::PersonOverlap, "person_overlap"},
    {FlagRule::GroupAndIndividual, "group_and_individual"},
    {FlagRule::GroupOverlap, "group_overlap"},
    {FlagRule::SamePhoto, "same_photo"},
    {FlagRule::SimilarStory, "similar_story"},
    {FlagRule::BeyondEvent, "beyond_event"},
    {FlagRule::Over12Hours, "over_12_hours"},
    {FlagRule::ExclusiveMeasures, "exclusive_measures"},
    {FlagRule::SameDelivery, "same_delivery"},
    {FlagRule::Late, "late"},
    {FlagRule::Clock, "clock"},
}};

std::string in_words(std::int64_t minutes)
{
    if (minutes >= 2 * day_min)
        return std::to_string(minutes / day_min) + " days";
    return minutes == 1 ? "1 minute" : std::to_string(minutes) + " minutes";
}

void flag_late(const MergeFacts& facts, const MergeRules& rules, std::vector<Flag>& flags)
{
    const std::int64_t arrived = days_from_date(local_date(facts.received_at, facts.utc_offset_min));
    const std::int64_t days = arrived - days_from_date(last_day(facts.quarter));
    if (days > rules.late_days)
        flags.push_back(
            {FlagRule::Late,
             {facts.id},
             0,
             sure,
             "Arrived " + std::to_string(days) + " days after the end of the quarter of the work."});
}

/// What is wrong with the device's clock, the plainest sign first.
void flag_clock(const MergeFacts& facts, const MergeRules& rules, std::vector<Flag>& flags)
{
    const std::int64_t offset_min = std::abs(facts.clock_offset_ms.value_or(0)) / minute_ms;
    if (offset_min > rules.clock_minutes_max) {
        flags.push_back(
            {FlagRule::Clock,
             {facts.id},
             offset_min,
             sure,
             "The device's clock was " + in_words(offset_min) + " out of step with the server's."});
        return;
    }
    const std::int64_t ahead_min = (facts.captured_at.ms - facts.received_at.ms) / minute_ms;
    if (ahead_min > rules.clock_minutes_max) {
        flags.push_back({FlagRule::Clock,
                         {facts.id},
                         ahead_min,
                         sure,
                         "Captured " + in_words(ahead_min) + " after it arrived, by the device's clock."});
        return;
    }
    const auto* hours = std::get_if<HoursBody>(&facts.body);
    if (hours == nullptr)
        return;
    const std::int64_t captured = facts.captured_at.ms / minute_ms + facts.utc_offset_min;
    const std::int64_t early_min = days_from_date(hours->date) * day_min + hours->start_min - captured;
    if (early_min > day_min)
        flags.push_back(
            {FlagRule::Clock,
             {facts.id},
             early_min,
             sure,
             "Captured " + in_words(early_min) + " before the work began, by the device's clock."});
}

void flag_photos(const MergeFacts& a, const MergeFacts& b, std::vector<Flag>& flags)
{
    std::int32_t best = 0;
    bool is_same_file = false;
    for (const PhotoMark& one : a.photos) {
        for (const PhotoMark& other : b.photos) {
            if (one.digest == other.digest) {
                best = sure;
                is_same_file = true;
            } else if (one.hash && other.hash) {
                best = std::max(best, copy_per_mille(*one.hash, *other.hash));
            }
        }
    }
    if (best > 0)
        flags.push_back(pair_flag(FlagRule::SamePhoto, a, b, 0, best,
                                  is_same_file
                                      ? "Two entries carry the same photo."
                                      : "Two entries carry photos that look like copies of one picture."));
}

void flag_stories(const MergeFacts& a, const Shingles& shingles, const MergeFacts& b,
                  std::vector<Flag>& flags)
{
    const std::int32_t shared = shared_per_mille(shingles, shingles_of(std::get<StoryBody>(b.body)));
    if (shared < near_same_per_mille)
        return;
    flags.push_back(pair_flag(FlagRule::SimilarStory, a, b, 0, std::min(sure, shared + (1000 - shared) / 2),
                              "Two stories share " + std::to_string(shared / 10) +
                                  " per cent of their runs of three words."));
}

bool can_meet(const MergeFacts& arrived, const MergeFacts& other)
{
    return other.root != arrived.root && other.id != arrived.id && other.kind != EvidenceKind::Feedback &&
           !std::holds_alternative<std::monostate>(other.body);
}

} // namespace

MergeFacts merge_facts(const Entry& entry, Uuid root, Uuid device, Timestamp received_at)
{
    MergeFacts facts;
    facts.id = entry.id;
    facts.root = root;
    facts.device = device;
    facts.kind = entry.kind;
    facts.about = entry.about;
    facts.body = entry.body;
    facts.work_date = work_date(entry);
    facts.quarter = quarter_of(facts.work_date);
    facts.captured_at = entry.captured_at;
    facts.received_at = received_at;
    facts.utc_offset_min = entry.utc_offset_min;
    facts.clock_offset_ms = entry.clock_offset_ms;
    const auto* story = std::get_if<StoryBody>(&entry.body);
    for (const Attachment& attachment : entry.attachments) {
        const bool is_signature =
            story != nullptr && std::ranges::any_of(story->consents, [&](const Consent& consent) {
                return consent.signature == attachment.digest;
            });
        if (!is_signature)
            facts.photos.push_back({attachment.digest, std::nullopt});
    }
    return facts;
}

std::string_view name_of(FlagRule rule)
{
    const auto found = std::ranges::find(rule_names, rule, &std::pair<FlagRule, std::string_view>::first);
    TALLY_ASSERT(found != rule_names.end());
    return found->second;
}

std::optional<FlagRule> flag_rule_named(std::string_view name)
{
    const auto found = std::ranges::find(rule_names, name, &std::pair<FlagRule, std::string_view>::second);
    return found == rule_names.end() ? std::nullopt : std::optional(found->first);
}

void add_exclusive_measures(MergeRules& rules, const Framework& framework)
{
    for (const ExclusiveGroup& group : framework.exclusive_groups)
        rules.exclusive.push_back({framework.id, group.codes});
}

MergeEntry::Reading::Reading(MergeFacts read) : facts(std::move(read)), hours(hours_facts(facts)) {}

MergeEntry::MergeEntry(MergeFacts facts) : m_reading(std::make_shared<const Reading>(std::move(facts))) {}

const MergeFacts& MergeEntry::facts() const
{
    return m_reading->facts;
}

std::vector<Flag> flags_of(const MergeFacts& arrived, std::span<const MergeFacts> candidates,
                           const MergeRules& rules)
{
    std::vector<MergeEntry> others;
    others.reserve(candidates.size());
    for (const MergeFacts& candidate : candidates)
        others.emplace_back(candidate);
    return flags_of(MergeEntry(arrived), others, rules);
}

std::vector<Flag> flags_of(const MergeEntry& entry, std::span<const MergeEntry> candidates,
                           const MergeRules& rules)
{
    const MergeFacts& arrived = entry.facts();
    std::vector<Flag> flags;
    if (std::holds_alternative<std::monostate>(arrived.body))
        return flags;
    flag_late(arrived, rules, flags);
    flag_clock(arrived, rules, flags);
    if (arrived.kind == EvidenceKind::Feedback)
        return flags; // feedback is nobody's

    const auto& hours = entry.reading().hours;
    if (hours)
        flag_one_entry(*hours, rules, flags);
    Shingles shingles;
    if (const auto* story = std::get_if<StoryBody>(&arrived.body); story != nullptr && !candidates.empty())
        shingles = shingles_of(*story);

    std::vector<const HoursFacts*> others;
    for (const MergeEntry& candidate : candidates) {
        const MergeFacts& other = candidate.facts();
        if (!can_meet(arrived, other))
            continue;
        if (!arrived.photos.empty() && !other.photos.empty())
            flag_photos(arrived, other, flags);
        if (other.body.index() != arrived.body.index())
            continue;
        if (hours) {
            others.push_back(&*candidate.reading().hours);
            flag_pair(*hours, *others.back(), rules, flags);
        } else if (arrived.kind == EvidenceKind::Delivery) {
            flag_deliveries(arrived, other, rules, flags);
        } else if (arrived.kind == EvidenceKind::Story) {
            flag_stories(arrived, shingles, other, flags);
        }
    }
    if (hours)
        flag_day(*hours, others, rules, flags);

    std::ranges::sort(flags, {}, [](const Flag& flag) { return std::tuple(flag.rule, flag.entries); });
    // A candidate that was given twice says nothing twice.
    const auto same = [](const Flag& a, const Flag& b) { return a.rule == b.rule && a.entries == b.entries; };
    flags.erase(std::unique(flags.begin(), flags.end(), same), flags.end());
    return flags;
}

} // namespace tally::server
