#include "server/merge/hours_rules.h"

#include "server/merge/latin.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tally::server {

namespace {

constexpr std::int64_t day_min = 24 * 60;
constexpr std::int32_t sure_max = 990;
constexpr std::int32_t sure_min = 500; ///< below this a flag costs more than it finds

std::string in_words(std::int64_t minutes)
{
    return minutes == 1 ? "1 minute" : std::to_string(minutes) + " minutes";
}

std::int64_t shared_minutes(const HoursFacts& a, const HoursFacts& b)
{
    return std::max<std::int64_t>(0, std::min(a.to_min, b.to_min) - std::max(a.from_min, b.from_min));
}

std::int64_t shorter_minutes(const HoursFacts& a, const HoursFacts& b)
{
    return std::min(a.to_min - a.from_min, b.to_min - b.from_min);
}

bool is_same_known(const std::string& a, const std::string& b)
{
    return !a.empty() && a == b;
}

bool is_other_known(const std::string& a, const std::string& b)
{
    return !a.empty() && !b.empty() && a != b;
}

/// Half of the longer one's telling words, at least.
bool are_hosts_alike(const HoursFacts& a, const HoursFacts& b)
{
    if (a.host_key == b.host_key)
        return true;
    const auto words_of = [](const std::string& key) {
        std::vector<std::string_view> words;
        for (std::size_t at = 0; at < key.size();) {
            const std::size_t end = std::min(key.find(' ', at), key.size());
            words.push_back(std::string_view(key).substr(at, end - at));
            at = end + 1;
        }
        return words;
    };
    const auto one = words_of(a.host_key);
    const auto other = words_of(b.host_key);
    const auto shared = static_cast<std::size_t>(
        std::ranges::count_if(one, [&](auto word) { return std::ranges::find(other, word) != other.end(); }));
    return shared > 0 && 2 * shared >= std::max(one.size(), other.size()) &&
           shared == std::min(one.size(), other.size());
}

enum class Occasion
{
    Other,
    SameHost,
    SameEvent
};

/// Only what blocking keys can find counts as the same occasion: the event; else the host by its words;
/// within one contract also a host written otherwise, or when one of the two names no event.
Occasion occasion_of(const HoursFacts& a, const HoursFacts& b)
{
    const std::string& event_a = a.facts->about.event;
    const std::string& event_b = b.facts->about.event;
    if (is_same_known(event_a, event_b))
        return Occasion::SameEvent;
    if (is_other_known(event_a, event_b))
        return Occasion::Other;
    const bool neither = event_a.empty() && event_b.empty();
    if (neither && !a.host_key.empty() && a.host_key == b.host_key)
        return Occasion::SameHost;
    return is_same_known(a.facts->about.contract, b.facts->about.contract) && are_hosts_alike(a, b)
               ? Occasion::SameHost
               : Occasion::Other;
}

/// The staff of two suppliers are two groups; so are staff and residents.
bool may_be_one_group(const HoursFacts& a, const HoursFacts& b)
{
    if (a.body->whose_time != b.body->whose_time)
        return false;
    return a.body->whose_time != WhoseTime::SupplierStaff ||
           !is_other_known(a.facts->supplier, b.facts->supplier);
}

std::string_view words_for(NameMatch match)
{
    switch (match) {
    case NameMatch::Same:
        return "The same name";
    case NameMatch::Form:
        return "The same name in another spelling or form";
    case NameMatch::Slip:
        return "A name that differs by a typing slip";
    case NameMatch::Script:
        return "The same name in another script";
    case NameMatch::Initial:
        return "A name and an initial that may stand for it";
    case NameMatch::Extra:
        return "The same name, once with a further name";
    default:
        return "The same single name";
    }
}

/// ", under two contracts" and the like.
std::string places_in_words(const HoursFacts& a, const HoursFacts& b)
{
    if (is_other_known(a.facts->about.contract, b.facts->about.contract))
        return ", under two contracts";
    if (is_same_known(a.facts->about.event, b.facts->about.event))
        return ", at one event";
    return a.facts->device != b.facts->device ? ", from two devices" : ", from one device";
}

void flag_exclusive(const HoursFacts& a, const HoursFacts& b, std::int64_t minutes, std::int32_t sure,
                    const MergeRules& rules, std::vector<Flag>& flags)
{
    if (!are_exclusive(*a.facts, *b.facts, rules))
        return;
    flags.push_back(
        pair_flag(FlagRule::ExclusiveMeasures, *a.facts, *b.facts, minutes, sure,
                  "The same " + in_words(minutes) + " stand under two measures that exclude each other."));
}

void flag_persons(const HoursFacts& a, const HoursFacts& b, std::int64_t minutes, const MergeRules& rules,
                  std::vector<Flag>& flags)
{
    const NameLikeness likeness = compare_names(a.name, b.name);
    if (likeness.match == NameMatch::None)
        return;
    const Occasion occasion = occasion_of(a, b);
    std::int32_t sure = std::min(likeness.per_mille, sure_max);
    if (likeness.match == NameMatch::SingleWord && occasion == Occasion::Other)
        return;
    if (likeness.match == NameMatch::SingleWord && occasion != Occasion::SameEvent &&
        2 * minutes < shorter_minutes(a, b))
        return;
    if (occasion == Occasion::Other)
        sure -= 30;
    if (likeness.match == NameMatch::Initial && is_other_known(a.facts->supplier, b.facts->supplier))
        sure -= 100;
    if (minutes < 10)
        sure -= 50;
    if (sure < sure_min)
        return;
    flags.push_back(pair_flag(FlagRule::PersonOverlap, *a.facts, *b.facts, minutes, sure,
                              std::string(words_for(likeness.match)) +
                                  " stands on two entries that overlap by " + in_words(minutes) +
                                  places_in_words(a, b) + "."));
    flag_exclusive(a, b, minutes, sure, rules, flags);
}

void flag_group_and_individual(const HoursFacts& a, const HoursFacts& b, std::int64_t minutes,
                               const MergeRules& rules, std::vector<Flag>& flags)
{
    const Occasion occasion = occasion_of(a, b);
    if (occasion == Occasion::Other || !may_be_one_group(a, b) || 2 * minutes < shorter_minutes(a, b))
        return;
    const std::int32_t sure = occasion == Occasion::SameEvent ? 800 : 650;
    flags.push_back(pair_flag(FlagRule::GroupAndIndividual, *a.facts, *b.facts, minutes, sure,
                              std::string("A head count and a person signed in by name at ") +
                                  (occasion == Occasion::SameEvent ? "one event" : "one host") + " share " +
                                  in_words(minutes) + "; the person may be one of the heads."));
    flag_exclusive(a, b, minutes, sure, rules, flags);
}

void flag_groups(const HoursFacts& a, const HoursFacts& b, std::int64_t minutes, const MergeRules& rules,
                 std::vector<Flag>& flags)
{
    const Occasion occasion = occasion_of(a, b);
    if (occasion == Occasion::Other || !may_be_one_group(a, b) || 2 * minutes < shorter_minutes(a, b))
        return;
    const std::int64_t heads_a = a.body->people.heads();
    const std::int64_t heads_b = b.body->people.heads();
    const std::int64_t apart = std::abs(heads_a - heads_b);
    const std::int64_t more = std::max(heads_a, heads_b);
    // Two people count a crowd within a fifth of each other.
    constexpr std::int64_t near_heads = 1;
    if (apart > near_heads && 5 * apart > more)
        return;
    std::int32_t sure = occasion == Occasion::SameEvent ? 800 : 700;
    sure += apart == 0 ? 100 : 0;
    sure += a.from_min == b.from_min && a.to_min == b.to_min ? 50 : 0;
    flags.push_back(pair_flag(FlagRule::GroupOverlap, *a.facts, *b.facts, minutes, sure,
                              std::string("Two head counts of ") +
                                  (apart == 0 ? "the same size" : "nearly the same size") + " at " +
                                  (occasion == Occasion::SameEvent ? "one event" : "one host") + " share " +
                                  in_words(minutes) + "."));
    flag_exclusive(a, b, minutes, sure, rules, flags);
}

std::string host_key_of(std::string_view host)
{
    constexpr std::array<std::string_view, 12> joining = {"the", "of", "and", "at", "in",  "for",
                                                          "a",   "st", "on",  "to", "ltd", "cic"};
    std::vector<LatinWord> words = latin_words(host);
    std::ranges::sort(words, {}, &LatinWord::text);
    std::string key;
    for (const LatinWord& word : words) {
        if (words.size() > 1 && std::ranges::find(joining, word.text) != joining.end())
            continue;
        if (!key.empty())
            key += ' ';
        key += word.text;
    }
    return key;
}

} // namespace

std::optional<HoursFacts> hours_facts(const MergeFacts& facts)
{
    const auto* body = std::get_if<HoursBody>(&facts.body);
    if (body == nullptr)
        return std::nullopt;
    HoursFacts hours;
    hours.facts = &facts;
    hours.body = body;
    if (!body->people.is_group())
        hours.name = parse_person_name(body->people.name);
    hours.identity = hours.name.identity();
    hours.host_key = host_key_of(body->host);
    const std::int64_t midnight = days_from_date(body->date) * day_min;
    hours.from_min = midnight + body->start_min;
    hours.to_min = midnight + body->end_min;
    return hours;
}

std::string occasion_key(const HoursFacts& hours)
{
    return hours.facts->about.event.empty() ? "host " + hours.host_key : "event " + hours.facts->about.event;
}

bool are_exclusive(const MergeFacts& a, const MergeFacts& b, const MergeRules& rules)
{
    const std::string& code_a = a.about.measure;
    const std::string& code_b = b.about.measure;
    if (code_a.empty() || code_b.empty() || code_a == code_b || a.framework != b.framework)
        return false;
    return std::ranges::any_of(rules.exclusive, [&](const ExclusiveMeasures& group) {
        return group.framework == a.framework &&
               std::ranges::find(group.codes, code_a) != group.codes.end() &&
               std::ranges::find(group.codes, code_b) != group.codes.end();
    });
}

Flag pair_flag(FlagRule rule, const MergeFacts& a, const MergeFacts& b, std::int64_t minutes,
               std::int32_t sure_per_mille, std::string why)
{
    Flag flag{rule, {a.id, b.id}, minutes, sure_per_mille, std::move(why)};
    std::ranges::sort(flag.entries);
    return flag;
}

void flag_one_entry(const HoursFacts& hours, const MergeRules& rules, std::vector<Flag>& flags)
{
    const MergeFacts& facts = *hours.facts;
    if (facts.event_start_min && facts.event_end_min) {
        const std::int64_t before = std::max<std::int64_t>(0, *facts.event_start_min - hours.from_min);
        const std::int64_t after = std::max<std::int64_t>(0, hours.to_min - *facts.event_end_min);
        const std::int64_t outside = std::min(before + after, hours.to_min - hours.from_min);
        if (before > rules.event_margin_min || after > rules.event_margin_min)
            flags.push_back({FlagRule::BeyondEvent,
                             {facts.id},
                             outside,
                             sure_max,
                             "Of these hours " + in_words(outside) + " lie outside the times of the event."});
    }
    const std::int64_t minutes = hours.body->minutes();
    if (minutes > rules.day_minutes_max)
        flags.push_back({FlagRule::Over12Hours,
                         {facts.id},
                         minutes,
                         sure_max,
                         "One entry has " + in_words(minutes) + ", more than a person works in a day."});
}

void flag_day(const HoursFacts& arrived, std::span<const HoursFacts* const> others, const MergeRules& rules,
              std::vector<Flag>& flags)
{
    if (arrived.identity.empty())
        return;
    const MergeFacts& first = *arrived.facts;
    Flag flag{FlagRule::Over12Hours, {first.id}, arrived.body->minutes(), 0, {}};
    bool is_one_device = true;
    bool is_one_supplier = true;
    bool is_one_contract = true;
    for (const HoursFacts* other : others) {
        if (other->body->date != arrived.body->date || other->identity != arrived.identity)
            continue;
        flag.entries.push_back(other->facts->id);
        flag.minutes += other->body->minutes();
        is_one_device = is_one_device && other->facts->device == first.device;
        is_one_supplier = is_one_supplier && is_same_known(other->facts->supplier, first.supplier);
        is_one_contract =
            is_one_contract && is_same_known(other->facts->about.contract, first.about.contract);
    }
    if (flag.entries.size() < 2 || flag.minutes <= rules.day_minutes_max)
        return;
    std::ranges::sort(flag.entries);
    flag.sure_per_mille = is_one_device || is_one_supplier || is_one_contract ? 850 : 650;
    flag.why = std::to_string(flag.entries.size()) + " entries with the same name on one day add up to " +
               in_words(flag.minutes) + ".";
    // The larger set says all that the entry alone would say.
    std::erase_if(flags, [](const Flag& one) { return one.rule == FlagRule::Over12Hours; });
    flags.push_back(std::move(flag));
}

void flag_pair(const HoursFacts& a, const HoursFacts& b, const MergeRules& rules, std::vector<Flag>& flags)
{
    const std::int64_t minutes = shared_minutes(a, b);
    if (minutes == 0)
        return;
    const bool is_group_a = a.body->people.is_group();
    const bool is_group_b = b.body->people.is_group();
    if (is_group_a && is_group_b)
        flag_groups(a, b, minutes, rules, flags);
    else if (is_group_a || is_group_b)
        flag_group_and_individual(a, b, minutes, rules, flags);
    else
        flag_persons(a, b, minutes, rules, flags);
}

} // namespace tally::server
