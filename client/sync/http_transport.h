#pragma once
/// The Transport that speaks to a server: keep-alive, TCP_NODELAY, bounded answers and times, and TLS
/// that trusts either the enrolment's certificate or, when it named none, the system's authorities.

#include "client/sync/transport.h"

#include <memory>

namespace tally::client {

struct HttpTransportOptions
{
    std::string server = {};             ///< such as "https://host:port"
    std::string certificate_sha256 = {}; ///< lower-case hex; empty: check against the system's authorities
    int timeout_ms = 30'000;             ///< without a byte
    int connect_timeout_ms = 10'000;
    /// For all of a request and its answer, which may take longer while it comes at 4 KiB a second or faster:
    /// who sends a byte now and then does not hold the caller for ever.
    int whole_timeout_ms = 300'000;
};

[[nodiscard]] std::unique_ptr<Transport> make_http_transport(const HttpTransportOptions& options);

} // namespace tally::client
