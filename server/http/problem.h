#pragma once
/// Refusals as programs read them (RFC 9457) and the one place that decides on their HTTP status.

#include "server/http/message.h"
#include "shared/base/result.h"

namespace tally::server {

/// The status for a refusal: known codes have their own, anything else is 422 (understood, refused).
[[nodiscard]] int status_of(const Error& error);

/// The standard words for a status, such as "Not Found".
[[nodiscard]] std::string_view reason_of(int status);

/// application/problem+json with type, title, status, detail, code and, when the error names a place, where.
[[nodiscard]] Response problem(const Error& error);
[[nodiscard]] Response problem(const Error& error, int status);

} // namespace tally::server
