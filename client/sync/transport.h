#pragma once
/// HTTP as the client needs it. One implementation speaks to a server (http_transport.h), others
/// stand in for it in tests and simulations.

#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::client {

struct HttpRequest
{
    std::string method = "GET";
    std::string target; ///< path and query
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content_type;
    std::string body;
};

struct HttpResponse
{
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first header of that name, in any case; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

class Transport
{
public:
    virtual ~Transport() = default;
    /// Any HTTP status is a success here. Fails with `offline` when no answer came (the request may
    /// or may not have arrived), `timed_out` when the link was too slow for it, `wrong_certificate`, or
    /// `connection_closed` when a kept connection ended under a request that is signed for one use: whoever
    /// signs it anew may send it again at once. Used by one thread at a time.
    [[nodiscard]] virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
    /// Makes a send() that is under way fail soon. From any thread.
    virtual void interrupt() = 0;
};

} // namespace tally::client
