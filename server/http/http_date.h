#pragma once
/// Moments as HTTP writes them.

#include "shared/base/time.h"

#include <string>

namespace tally::server {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date(Timestamp moment);

} // namespace tally::server
