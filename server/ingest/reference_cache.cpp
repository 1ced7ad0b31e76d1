#include "server/ingest/reference_cache.h"

#include "server/reference/reference_changes.h"

namespace tally::server {

std::shared_ptr<const ReferenceSnapshot> ReferenceCache::get(storage::Database& database)
{
    const auto cursor = reference_cursor(database);
    const std::lock_guard lock(m_mutex);
    if (!m_snapshot || m_snapshot->cursor() != cursor)
        m_snapshot = ReferenceSnapshot::load(database);
    return m_snapshot;
}

} // namespace tally::server
