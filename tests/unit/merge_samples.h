#pragma once
/// Builders and an index in memory for the tests of merge.

#include "server/merge/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tally::server::test {

inline const std::string merge_secret(32, 'k');

inline Uuid numbered(int number)
{
    Uuid id;
    id.bytes[6] = 0x70;
    id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(number & 0xff);
    return id;
}

/// An entry captured on the evening of its day and received an hour later, so that only what a test says is
/// odd.
inline MergeFacts sample_facts(int number, Date date, EntryBody body)
{
    MergeFacts facts;
    facts.id = numbered(number);
    facts.root = facts.id;
    facts.device = numbered(9'000);
    facts.kind = kind_of(body, EvidenceKind::Hours);
    facts.about.contract = "C-1";
    facts.supplier = "S-1";
    facts.framework = "toms";
    facts.body = std::move(body);
    facts.work_date = date;
    facts.quarter = quarter_of(date);
    facts.captured_at = {(days_from_date(date) * 1440 + 23 * 60) * 60'000};
    facts.received_at = {facts.captured_at.ms + 3'600'000};
    return facts;
}

inline HoursBody sample_hours(std::string name, Date date, std::int32_t from, std::int32_t to)
{
    HoursBody body;
    body.host = "Ribble Rivers Group";
    body.activity = "Cleared balsam";
    body.date = date;
    body.start_min = from;
    body.end_min = to;
    body.people.name = std::move(name);
    return body;
}

inline MergeFacts person(int number, std::string name, std::int32_t from, std::int32_t to,
                         Date date = {2026, 3, 2})
{
    return sample_facts(number, date, sample_hours(std::move(name), date, from, to));
}

inline MergeFacts group(int number, int heads, std::int32_t from, std::int32_t to, Date date = {2026, 3, 2})
{
    HoursBody body = sample_hours("", date, from, to);
    body.people.adults = heads;
    return sample_facts(number, date, std::move(body));
}

inline HoursBody& hours_of(MergeFacts& facts)
{
    return std::get<HoursBody>(facts.body);
}

/// The table of keys that a server keeps, in memory.
class MergeIndex
{
public:
    /// The entries that share a key with this one.
    [[nodiscard]] std::vector<MergeFacts> candidates(const MergeFacts& facts) const
    {
        std::set<std::size_t> found;
        for (const BlockingKey& key : blocking_keys(facts, merge_secret)) {
            if (key.use == KeyUse::Store)
                continue;
            const auto [first, last] = m_rows.equal_range({key.day, key.key});
            for (auto row = first; row != last; ++row) {
                if (row->second.from_min < key.to_min && key.from_min < row->second.to_min)
                    found.insert(row->second.entry);
            }
        }
        std::vector<MergeFacts> out;
        for (const std::size_t entry : found)
            out.push_back(m_entries[entry]);
        return out;
    }

    void store(const MergeFacts& facts)
    {
        for (const BlockingKey& key : blocking_keys(facts, merge_secret)) {
            if (key.use != KeyUse::Look)
                m_rows.insert({{key.day, key.key}, {m_entries.size(), key.from_min, key.to_min}});
        }
        m_entries.push_back(facts);
    }

    /// What a server does with each arrival.
    std::vector<Flag> arrive(const MergeFacts& facts, const MergeRules& rules)
    {
        auto flags = flags_of(facts, candidates(facts), rules);
        store(facts);
        return flags;
    }

private:
    struct Row
    {
        std::size_t entry = 0;
        std::int64_t from_min = 0;
        std::int64_t to_min = 0;
    };
    std::vector<MergeFacts> m_entries;
    std::multimap<std::pair<std::int64_t, std::int64_t>, Row> m_rows;
};

inline const Flag* find_flag(const std::vector<Flag>& flags, FlagRule rule)
{
    const auto found = std::ranges::find(flags, rule, &Flag::rule);
    return found == flags.end() ? nullptr : &*found;
}

/// The flags of two entries, whichever came first; empty when the order matters.
inline std::vector<Flag> flags_of_pair(const MergeFacts& a, const MergeFacts& b, const MergeRules& rules = {})
{
    const auto between = [](std::vector<Flag> flags) {
        std::erase_if(flags, [](const Flag& flag) { return flag.entries.size() < 2; });
        return flags;
    };
    MergeIndex index;
    index.store(a);
    const auto flags = between(index.arrive(b, rules));
    MergeIndex other_way;
    other_way.store(b);
    return flags == between(other_way.arrive(a, rules)) ? flags : std::vector<Flag>{};
}

} // namespace tally::server::test
