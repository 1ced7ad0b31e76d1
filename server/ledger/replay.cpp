#include "server/ledger/replay.h"

namespace tally::server {

const EntryStanding* LedgerReplay::entry(const Uuid& id)
{
    for (const auto& asked : m_asked)
        if (asked.facts.id == id)
            return &asked;
    const auto found = m_standings.find(id);
    return found ? &m_asked.emplace_back(m_standings.standing(*found)) : nullptr;
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
    const auto found = m_entries_by_person.find(std::string(person));
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

Result<void> LedgerReplay::apply(const Leaf& leaf, std::int64_t position, std::vector<PostingLine>& lines)
{
    m_asked.clear();
    auto change = apply_leaf(leaf, position, *this);
    if (!change)
        return change.error();
    const std::size_t first = lines.size();
    append_lines(*change, position, lines);
    for (std::size_t i = 0; i < change->postings.size(); ++i) {
        const auto& posting = change->postings[i];
        auto found = m_balances.find(posting);
        if (found == m_balances.end())
            found = m_balances.emplace(key_of(posting), Total{}).first;
        if (const auto added = add_to(found->second.sum, posting); !added)
            return added.error();
        found->second.last_entry = lines[first + i].entry;
    }
    if (change->closed)
        m_closings.emplace(*change->closed, position);
    const auto mentioned = mentioned_by(leaf, *change);
    if (change->flag) {
        if (change->flag->position == position)
            for (const auto& id : change->flag->entries)
                m_flags_by_entry[id].push_back(position);
        m_flags.insert_or_assign(change->flag->position, std::move(*change->flag));
    }
    for (auto& standing : change->standings)
        keep(std::move(standing), position);
    for (const auto& id : mentioned)
        m_mentions.push_back({m_standings.find(id).value(), position});
    return {};
}

void LedgerReplay::keep(EntryStanding&& standing, std::int64_t position)
{
    const auto& facts = standing.facts;
    const bool is_new = standing.position == position;
    const auto persons = is_new ? facts.persons.size() : 0;
    if (is_new) {
        for (const auto& person : facts.persons)
            m_entries_by_person[person].push_back(facts.id);
        if (facts.part_of)
            m_parts[*facts.part_of].push_back(facts.id);
    }
    m_standings.put(std::move(standing));
    if (persons > 0)
        m_persons.emplace(static_cast<Ordinal>(m_standings.size() - 1), persons);
}

} // namespace tally::server
