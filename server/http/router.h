#pragma once
/// Which handler answers which request, and what the caller must be allowed to do.

#include "server/http/message.h"
#include "server/http/permission.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally::server {

using Handler = std::function<Response(Request&)>;

enum class Body
{
    Whole,    ///< read into Request::body before the guard and the handler run
    Upload,   ///< as Whole; multipart/form-data is taken too, and becomes Request::form
    Streamed, ///< the handler reads Request::stream; the guard has run before
};

struct Route
{
    Method method = Method::Get;
    std::string pattern; ///< "/entries/{id}"; a last segment "{path*}" takes the rest, slashes included
    Permission permission = Permission::SignedIn;
    Handler handler;
    Body body = Body::Whole;
    std::uint64_t body_bytes_max = 64 * 1024; ///< a form is small; uploads and batches say their own
};

/// Gives a response to refuse a request, or nothing to let it through. It may fill Request::visitor and
/// Request::device_id.
using Guard = std::function<std::optional<Response>(Request&, Permission)>;

/// As Guard, of a request whose body has not come yet: for what can be said without it. The guard is asked
/// again when the body is there.
using Admission = Guard;

/// What something that was thrown means to the caller; nothing when it is not for the caller to know.
using Explanation = std::function<std::optional<Error>(const std::exception&)>;

/// Makes the page for a refusal when the caller is a person with a browser.
using ErrorPage = std::function<Response(const Request&, const Error&, int status)>;

/// Has the last word on every answer to a request whose path is known, whoever made it.
using Finish = std::function<void(const Request&, Response&)>;

/// Fill it before the server starts; afterwards it is only read, from any thread.
class Router
{
public:
    /// A pattern is refused (assertion) when another route already has the same method and pattern.
    void add(Route route);
    void add(std::vector<Route> routes);

    /// Without a guard everything that is not public is refused.
    void set_guard(Guard guard) { m_guard = std::move(guard); }
    void set_admission(Admission admission) { m_admission = std::move(admission); }
    void set_finish(Finish finish) { m_finish = std::move(finish); }
    void set_error_page(ErrorPage page) { m_error_page = std::move(page); }
    void set_explanation(Explanation explanation) { m_explanation = std::move(explanation); }

    /// The route for a request whose method and path are known, its params filled; nullptr when there is
    /// none. A literal segment wins over a {name}.
    [[nodiscard]] const Route* find(Request& request) const;

    /// Whether it is worth waiting for the body of this request; else how to refuse it.
    [[nodiscard]] std::optional<Response> admit(const Route& route, Request& request) const;

    /// Guard, then handler. Exceptions are logged with what they say and become what the explanation makes
    /// of them, or `internal_error`.
    [[nodiscard]] Response run(const Route& route, Request& request) const;

    /// 404, or 405 with Allow when the path exists for other methods. A person with a browser is recognised
    /// first, so that the page has the ways out that are theirs.
    [[nodiscard]] Response no_route(Request& request) const;

    /// A problem document or an error page, whichever suits the caller.
    [[nodiscard]] Response refuse(const Request& request, const Error& error) const;

    /// For each answer, before it is sent.
    void finish(const Request& request, Response& response) const;

    /// Find, run, refuse and finish in one step, for requests whose body is at hand (tests).
    [[nodiscard]] Response dispatch(Request& request) const;

private:
    struct Entry
    {
        Route route;
        std::vector<std::string> segments;
    };

    std::vector<Entry> m_entries;
    /// The answer to give when `action` throws.
    [[nodiscard]] std::optional<Response> caught(const Route& route, const Request& request,
                                                 const std::function<void()>& action) const;

    Guard m_guard;
    Admission m_admission;
    Finish m_finish;
    ErrorPage m_error_page;
    Explanation m_explanation;
};

} // namespace tally::server
