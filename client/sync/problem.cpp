#include "client/sync/problem.h"

#include "shared/base/time.h"

#include <nlohmann/json.hpp>

#include <charconv>

namespace tally::client {

namespace {

nlohmann::json document_of(const HttpResponse& response)
{
    auto json = nlohmann::json::parse(response.body, nullptr, false);
    return json.is_object() ? json : nlohmann::json::object();
}

std::string text_of(const nlohmann::json& json, const char* name)
{
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

Error error_of(const HttpResponse& response)
{
    const auto json = document_of(response);
    Error error{text_of(json, "code"), text_of(json, "detail")};
    if (error.code.empty())
        error.code = "http_" + std::to_string(response.status);
    if (error.message.empty())
        error.message = text_of(json, "title");
    if (error.message.empty())
        error.message = "The server answered with status " + std::to_string(response.status) + ".";
    return error;
}

std::optional<std::int64_t> server_time_ms_of(const HttpResponse& response)
{
    const auto json = document_of(response);
    const auto found = json.find("server_time_ms");
    if (found == json.end() || !found->is_number_integer())
        return std::nullopt;
    const Timestamp moment{found->get<std::int64_t>()};
    return is_ordinary(moment) ? std::optional(moment.ms) : std::nullopt;
}

std::optional<std::int64_t> retry_after_ms_of(const HttpResponse& response)
{
    const std::string_view text = response.header("Retry-After");
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size() || seconds < 0 ||
        seconds > 86'400)
        return std::nullopt;
    return seconds * 1000;
}

} // namespace tally::client
