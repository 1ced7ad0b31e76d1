#include "server/ingest/opened_entries.h"

#include <utility>

namespace tally::server {
namespace {

constexpr std::size_t generation_max = 2'048;

} // namespace

void OpenedEntries::keep_while(std::uint64_t epoch, std::shared_ptr<const ReferenceSnapshot> reference)
{
    if (m_epoch == epoch && m_reference == reference)
        return;
    m_young.clear();
    m_old.clear();
    m_epoch = epoch;
    m_reference = std::move(reference);
}

void OpenedEntries::make_room()
{
    if (m_young.size() < generation_max)
        return;
    m_old = std::move(m_young);
    m_young.clear();
}

const MergeEntry* OpenedEntries::find(std::int64_t position)
{
    if (const auto young = m_young.find(position); young != m_young.end())
        return &young->second;
    auto old = m_old.extract(position);
    if (old.empty())
        return nullptr;
    return &m_young.insert(std::move(old)).position->second;
}

const MergeEntry& OpenedEntries::put(std::int64_t position, MergeEntry entry)
{
    make_room();
    return m_young.insert_or_assign(position, std::move(entry)).first->second;
}

void OpenedEntries::forget(std::int64_t position)
{
    m_young.erase(position);
    m_old.erase(position);
}

} // namespace tally::server
