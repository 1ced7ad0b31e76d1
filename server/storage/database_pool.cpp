#include "server/storage/database_pool.h"

namespace tally::server {

storage::Database open_database(const std::string& url)
{
    auto opened = storage::Database::open(url);
    if (!opened)
        throw storage::DatabaseError(storage::Failure::Unreachable, opened.error().message);
    return std::move(*opened);
}

DatabasePool::Lease::~Lease()
{
    if (m_database)
        m_pool->give_back(std::move(m_database));
}

DatabasePool::Lease DatabasePool::lease()
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle.empty()) {
            auto database = std::move(m_idle.back());
            m_idle.pop_back();
            return Lease(*this, std::move(database));
        }
    }
    return Lease(*this, std::make_unique<storage::Database>(open_database(m_url)));
}

void DatabasePool::give_back(std::unique_ptr<storage::Database> database)
{
    // A few idle sessions serve a steady load; the rest of a burst is closed again.
    constexpr std::size_t idle_max = 16;
    const std::lock_guard lock(m_mutex);
    if (m_idle.size() < idle_max)
        m_idle.push_back(std::move(database));
}

} // namespace tally::server
