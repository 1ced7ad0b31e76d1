#pragma once
/// The reference data that entries are checked against, loaded again only after it has changed.

#include "server/reference/reference_snapshot.h"
#include "shared/storage/database.h"

#include <memory>
#include <mutex>

namespace tally::server {

/// Thread-safe.
class ReferenceCache
{
public:
    /// Up to date as of this call.
    [[nodiscard]] std::shared_ptr<const ReferenceSnapshot> get(storage::Database& database);

private:
    std::mutex m_mutex;
    std::shared_ptr<const ReferenceSnapshot> m_snapshot;
};

} // namespace tally::server
