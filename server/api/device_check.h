#pragma once
/// Checks the signature that a device puts on a request (shared/protocol/PROTOCOL.md, section 6).

#include "server/api/seen_requests.h"
#include "server/http/message.h"
#include "server/storage/database_pool.h"
#include "shared/base/time.h"

#include <optional>

namespace tally::server {

/// Fills Request::device_id, or gives the problem to answer with. `seen` is the one of this process.
[[nodiscard]] std::optional<Response> check_device(Request& request, DatabasePool& pool, SeenRequests& seen,
                                                   const Clock& clock);

} // namespace tally::server
