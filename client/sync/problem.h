#pragma once
/// What a refusal of the server means to the client.

#include "client/sync/transport.h"
#include "shared/base/time.h"

#include <cstdint>
#include <optional>

namespace tally::client {

/// The code and sentence of a problem document (RFC 9457); `http_<status>` for an answer without one.
[[nodiscard]] Error error_of(const HttpResponse& response);
/// `server_time_ms` of a refusal for a wrong clock.
[[nodiscard]] std::optional<std::int64_t> server_time_ms_of(const HttpResponse& response);
/// Milliseconds of a Retry-After, in seconds or as a date; at most a day. A date is held against the server's
/// own
/// (`Date`) or, when it says none, against `now`.
[[nodiscard]] std::optional<std::int64_t> retry_after_ms_of(const HttpResponse& response, Timestamp now);

} // namespace tally::client
