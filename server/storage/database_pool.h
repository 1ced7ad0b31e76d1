#pragma once
/// Database sessions for many threads: a session belongs to one thread while it is leased.

#include "shared/storage/database.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tally::server {

/// A session of one's own. Throws storage::DatabaseError when the database cannot be reached.
[[nodiscard]] storage::Database open_database(const std::string& url);

class DatabasePool
{
public:
    /// `url` as Database::open takes it.
    explicit DatabasePool(std::string url) : m_url(std::move(url)) {}

    /// Gives the session back when it goes out of scope.
    class Lease
    {
    public:
        Lease(DatabasePool& pool, std::unique_ptr<storage::Database> database)
            : m_pool(&pool), m_database(std::move(database))
        {
        }
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        storage::Database& operator*() { return *m_database; }
        storage::Database* operator->() { return m_database.get(); }

    private:
        DatabasePool* m_pool;
        std::unique_ptr<storage::Database> m_database;
    };

    /// An idle session, or a new one. Throws storage::DatabaseError when the database cannot be reached.
    [[nodiscard]] Lease lease();
    [[nodiscard]] const std::string& url() const { return m_url; }

private:
    void give_back(std::unique_ptr<storage::Database> database);

    std::string m_url;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<storage::Database>> m_idle;
};

} // namespace tally::server
