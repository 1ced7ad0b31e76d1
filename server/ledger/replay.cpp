#include "server/ledger/replay.h"

namespace tally::server {

const EntryStanding* LedgerReplay::entry(const Uuid& id)
{
    const auto found = m_standings.find(id);
    return found == m_standings.end() ? nullptr : &found->second;
}

std::optional<FlagStanding> LedgerReplay::flag(std::int64_t position)
{
    const auto found = m_flags.find(position);
    return found == m_flags.end() ? std::nullopt : std::optional(found->second);
}

std::vector<FlagStanding> LedgerReplay::flags_of(const Uuid& id)
{
    std::vector<FlagStanding> flags;
    if (const auto found = m_flags_by_entry.find(id); found != m_flags_by_entry.end())
        for (const auto position : found->second)
            flags.push_back(m_flags.at(position));
    return flags;
}

std::vector<Uuid> LedgerReplay::entries_of_person(std::string_view person)
{
    const auto found = m_entries_by_person.find(person);
    return found == m_entries_by_person.end() ? std::vector<Uuid>{} : found->second;
}

std::vector<Uuid> LedgerReplay::parts_of(const Uuid& id)
{
    const auto found = m_parts.find(id);
    return found == m_parts.end() ? std::vector<Uuid>{} : found->second;
}

std::optional<Quarter> LedgerReplay::closed_through()
{
    return m_closings.empty() ? std::nullopt : std::optional(m_closings.rbegin()->first);
}

Result<void> LedgerReplay::apply(const Leaf& leaf, std::int64_t position)
{
    auto change = apply_leaf(leaf, position, *this);
    if (!change)
        return change.error();
    for (const auto& id : mentioned_by(leaf, *change))
        m_mentions.emplace(id, position);
    std::int64_t line = 0;
    for (auto& posting : change->postings) {
        if (const auto added = add_to(m_balances[key_of(posting)], posting); !added)
            return added.error();
        m_lines.push_back({position, line++, std::move(posting)});
    }
    if (change->closed)
        m_closings.emplace(*change->closed, position);
    if (change->flag) {
        if (change->flag->position == position)
            for (const auto& id : change->flag->entries)
                m_flags_by_entry[id].push_back(position);
        m_flags.insert_or_assign(change->flag->position, std::move(*change->flag));
    }
    for (auto& standing : change->standings) {
        if (standing.position == position) {
            for (const auto& person : standing.facts.persons)
                m_entries_by_person[person].push_back(standing.facts.id);
            if (standing.facts.part_of)
                m_parts[*standing.facts.part_of].push_back(standing.facts.id);
        }
        m_standings.insert_or_assign(standing.facts.id, std::move(standing));
    }
    return {};
}

} // namespace tally::server
