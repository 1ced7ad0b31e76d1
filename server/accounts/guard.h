#pragma once
/// Stands before every route: who is asking, and may they.

#include "server/accounts/accounts.h"
#include "server/http/request_rates.h"
#include "server/http/router.h"

#include <functional>
#include <string>

namespace tally::server {

/// Checks a device's signature and fills Request::device_id, or refuses.
using DeviceCheck = std::function<std::optional<Response>(Request&)>;

struct GuardOptions
{
    bool secure_cookies = false; ///< people reach this server over TLS, its own or a proxy's
    std::string sign_in_path = "/sign-in";
    /// Of each device, once it is known to be that one. Nobody else can use it up.
    RequestRate requests_per_device = {200, 5'000};
};

/// A request without a session is sent to the sign-in page when it comes from a browser, else it gets a
/// 401 problem. A form that changes something must carry the session's `csrf` field and come from our
/// own pages. `refuse` makes the answers, usually Router::refuse. `accounts` must outlive the guard.
[[nodiscard]] Guard make_guard(Accounts& accounts, DeviceCheck device_check, GuardOptions options,
                               std::function<Response(const Request&, const Error&)> refuse);

/// Refuses whoever has no session, or may not do this, before what they send is read. What the guard needs
/// the body for is left to it: the `csrf` field, and the signature of a device, which covers the body.
[[nodiscard]] Admission make_admission(Accounts& accounts, GuardOptions options,
                                       std::function<Response(const Request&, const Error&)> refuse);

/// Set-Cookie values.
[[nodiscard]] std::string session_cookie(std::string_view token, bool secure);
[[nodiscard]] std::string ended_session_cookie(bool secure);
/// The token in a request's cookie, or an empty text.
[[nodiscard]] std::string_view session_token(const Request& request, bool secure);

/// False when the browser says that a form was sent from another site.
[[nodiscard]] bool is_from_own_pages(const Request& request);

} // namespace tally::server
