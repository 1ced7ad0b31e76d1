#include "server/accounts/guard.h"

namespace tally::server {
namespace {

/// A browser keeps a cookie with this prefix only when it is Secure, for this host alone and for all of
/// its paths, so another site on a sibling host cannot plant one.
std::string_view cookie_name(bool secure)
{
    return secure ? "__Host-tallybook" : "tallybook";
}

std::string cookie(std::string_view value, bool secure, std::string_view life)
{
    return std::string(cookie_name(secure)) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Lax" +
           (secure ? "; Secure" : "") + std::string(life);
}

Response to_sign_in(const Request& request, const GuardOptions& options)
{
    std::string location = options.sign_in_path;
    if (request.method == Method::Get && request.target != "/")
        location += "?next=" + percent_encoded(request.target);
    return redirect_to(std::move(location));
}

using Refuse = std::function<Response(const Request&, const Error&)>;

/// Fills Request::visitor when there is a session.
bool recognise(Accounts& accounts, const GuardOptions& options, Request& request)
{
    auto visitor = accounts.visitor(session_token(request, options.secure_cookies));
    request.visitor = visitor ? std::make_shared<const Visitor>(*std::move(visitor)) : nullptr;
    return request.visitor != nullptr;
}

Response not_signed_in(const Request& request, const GuardOptions& options, const Refuse& refuse)
{
    return request.wants_html() ? to_sign_in(request, options)
                                : refuse(request, {"not_signed_in", "Sign in first."});
}

Response forbidden(const Request& request, const Refuse& refuse)
{
    return refuse(request, {"forbidden", "Your role (" + std::string(name_of(request.visitor->user.role)) +
                                             ") does not allow this. Ask an administrator if you need it."});
}

Response too_many_requests(const Request& request, std::chrono::seconds wait, const Refuse& refuse)
{
    return refuse(request, {"too_many_requests", "This device has sent too many requests. Wait a moment."})
        .with("Retry-After", std::to_string(wait.count()));
}

} // namespace

std::string session_cookie(std::string_view token, bool secure)
{
    return cookie(token, secure, "; Max-Age=" + std::to_string(session_life_ms / 1000));
}

std::string ended_session_cookie(bool secure)
{
    return cookie("", secure, "; Max-Age=0");
}

std::string_view session_token(const Request& request, bool secure)
{
    return request.cookie(cookie_name(secure)).value_or("");
}

bool is_from_own_pages(const Request& request)
{
    const auto site = request.headers.find("Sec-Fetch-Site");
    if (site)
        return *site == "same-origin" || *site == "none";
    const auto origin = request.headers.find("Origin");
    if (!origin)
        return true; // old browsers and programs; the csrf field still decides
    const std::size_t scheme = origin->find("://");
    return scheme != std::string_view::npos && origin->substr(scheme + 3) == request.headers.get("Host");
}

Guard make_guard(Accounts& accounts, DeviceCheck device_check, GuardOptions options, Refuse refuse)
{
    auto rates = std::make_shared<RequestRates>(options.requests_per_device);
    return [&accounts, rates, device_check = std::move(device_check), options = std::move(options),
            refuse = std::move(refuse)](Request& request, Permission permission) -> std::optional<Response> {
        if (permission == Permission::Public)
            return std::nullopt;
        if (permission == Permission::Device) {
            if (!device_check)
                return refuse(request, {"device_unknown", "Devices are not accepted here."});
            if (auto refusal = device_check(request))
                return refusal;
            const auto wait = rates->refuse(request.device_id, std::chrono::steady_clock::now());
            if (wait)
                return too_many_requests(request, *wait, refuse);
            return std::nullopt;
        }
        if (!recognise(accounts, options, request))
            return not_signed_in(request, options, refuse);
        const bool changes = request.method != Method::Get && request.method != Method::Options;
        if (changes &&
            (!is_from_own_pages(request) || !is_csrf_field(*request.visitor, request.form.get("csrf"))))
            return refuse(request,
                          {"bad_csrf_token", "This form is out of date, so nothing was changed. Go back, "
                                             "load the page again and repeat what you did."});
        if (!request.visitor->may(permission))
            return forbidden(request, refuse);
        return std::nullopt;
    };
}

Admission make_admission(Accounts& accounts, GuardOptions options, Refuse refuse)
{
    return [&accounts, options = std::move(options),
            refuse = std::move(refuse)](Request& request, Permission permission) -> std::optional<Response> {
        if (permission == Permission::Public || permission == Permission::Device)
            return std::nullopt;
        if (!recognise(accounts, options, request))
            return not_signed_in(request, options, refuse);
        if (!request.visitor->may(permission))
            return forbidden(request, refuse);
        return std::nullopt;
    };
}

} // namespace tally::server
