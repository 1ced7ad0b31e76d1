#include "server/http/router.h"

#include "server/http/problem.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

namespace tally::server {
namespace {

std::vector<std::string> split_path(std::string_view path)
{
    std::vector<std::string> segments;
    path.remove_prefix(std::min<std::size_t>(1, path.size()));
    while (true) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        segments.emplace_back(path.substr(0, slash));
        if (slash == path.size())
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_name(std::string_view segment)
{
    return segment.starts_with('{') && segment.ends_with('}');
}
bool takes_rest(std::string_view segment)
{
    return segment.starts_with('{') && segment.ends_with("*}");
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path)
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (takes_rest(pattern[i]))
            return i < path.size();
        if (i >= path.size())
            return false;
        if (is_name(pattern[i]) ? path[i].empty() : pattern[i] != path[i])
            return false;
    }
    return pattern.size() == path.size();
}

/// How many segments are literal: more is a closer match.
std::size_t closeness(const std::vector<std::string>& pattern)
{
    return static_cast<std::size_t>(
        std::count_if(pattern.begin(), pattern.end(), [](const auto& segment) { return !is_name(segment); }));
}

Fields params_of(const std::vector<std::string>& pattern, const std::vector<std::string>& path)
{
    Fields params;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::string& segment = pattern[i];
        if (takes_rest(segment)) {
            std::string rest = path[i];
            for (std::size_t j = i + 1; j < path.size(); ++j)
                rest += "/" + path[j];
            params.add(segment.substr(1, segment.size() - 3), std::move(rest));
        } else if (is_name(segment)) {
            params.add(segment.substr(1, segment.size() - 2), path[i]);
        }
    }
    return params;
}

} // namespace

void Router::add(Route route)
{
    TALLY_ASSERT(route.pattern.starts_with('/') && route.handler);
    TALLY_ASSERT(std::none_of(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
        return entry.route.method == route.method && entry.route.pattern == route.pattern;
    }));
    auto segments = split_path(route.pattern);
    m_entries.push_back({std::move(route), std::move(segments)});
}

void Router::add(std::vector<Route> routes)
{
    for (auto& route : routes)
        add(std::move(route));
}

const Route* Router::find(Request& request) const
{
    const auto path = split_path(request.path);
    const Entry* best = nullptr;
    for (const Entry& entry : m_entries) {
        if (entry.route.method != request.method || !matches(entry.segments, path))
            continue;
        if (best == nullptr || closeness(entry.segments) > closeness(best->segments))
            best = &entry;
    }
    if (best == nullptr)
        return nullptr;
    request.params = params_of(best->segments, path);
    return &best->route;
}

std::optional<Response> Router::admit(const Route& route, Request& request) const
{
    std::optional<Response> refusal;
    if (m_admission)
        if (auto failed = caught(route, request, [&] { refusal = m_admission(request, route.permission); }))
            return failed;
    return refusal;
}

Response Router::run(const Route& route, Request& request) const
{
    Response response;
    const auto failed = caught(route, request, [&] {
        if (m_guard) {
            if (auto refusal = m_guard(request, route.permission)) {
                response = *std::move(refusal);
                return;
            }
        } else if (route.permission != Permission::Public) {
            response = refuse(request, {"not_signed_in", "Sign in first."});
            return;
        }
        response = route.handler(request);
    });
    return failed ? *failed : response;
}

std::optional<Response> Router::caught(const Route& route, const Request& request,
                                       const std::function<void()>& action) const
{
    try {
        action();
        return std::nullopt;
    } catch (const std::exception& failure) {
        spdlog::error("{} {} failed: {}", name_of(route.method), route.pattern, failure.what());
        if (const auto explained = m_explanation ? m_explanation(failure) : std::nullopt)
            return refuse(request, *explained);
    } catch (...) {
        spdlog::error("{} {} failed with an unknown exception", name_of(route.method), route.pattern);
    }
    return refuse(request,
                  {"internal_error", "Something went wrong on the server, and it has been written to its "
                                     "log. Nothing that you sent before is lost. Try again in a minute."});
}

Response Router::no_route(Request& request) const
{
    if (m_guard && request.wants_html()) {
        try {
            // Whoever is not signed in is told the same, not led to the sign-in page for what is not there.
            (void)m_guard(request, Permission::SignedIn);
        } catch (const std::exception& failure) {
            spdlog::error("who asks for what is not there is unknown: {}", failure.what());
        }
    }
    const auto path = split_path(request.path);
    std::string allowed;
    for (const Entry& entry : m_entries) {
        if (!matches(entry.segments, path))
            continue;
        const auto name = name_of(entry.route.method);
        if (allowed.find(name) == std::string::npos)
            allowed += (allowed.empty() ? "" : ", ") + std::string(name) +
                       (entry.route.method == Method::Get ? ", HEAD" : "");
    }
    if (allowed.empty())
        return refuse(request, {"not_found", "There is nothing at this address."});
    return refuse(request, {"method_not_allowed", "This address answers to " + allowed + " only."})
        .with("Allow", allowed);
}

Response Router::refuse(const Request& request, const Error& error) const
{
    if (m_error_page && request.wants_html())
        return m_error_page(request, error, status_of(error));
    return problem(error);
}

Response Router::dispatch(Request& request) const
{
    const Route* route = find(request);
    Response response = route != nullptr ? run(*route, request) : no_route(request);
    finish(request, response);
    return response;
}

void Router::finish(const Request& request, Response& response) const
{
    if (m_finish)
        m_finish(request, response);
}

} // namespace tally::server
