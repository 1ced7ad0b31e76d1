#include "client/sync/problem.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

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

/// Nothing when it is none, or larger than any that a day has to do with.
std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = !text.empty() && failed == std::errc() && end == text.data() + text.size();
    return is_whole && number >= 0 && number <= 1'000'000'000 ? std::optional(number) : std::nullopt;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT": the one form that servers may write (RFC 9110, 5.6.7).
std::optional<Timestamp> http_date(std::string_view text)
{
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    constexpr std::string_view form = "..., .. ... .... ..:..:.. GMT";
    if (text.size() != form.size())
        return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] != '.' && form[i] != text[i])
            return std::nullopt;
    const auto day = number_in(text.substr(5, 2));
    const auto month = months.find(text.substr(8, 3));
    const auto year = number_in(text.substr(12, 4));
    const auto hour = number_in(text.substr(17, 2));
    const auto minute = number_in(text.substr(20, 2));
    const auto second = number_in(text.substr(23, 2));
    if (!day || month == std::string_view::npos || month % 3 != 0 || !year || !hour || !minute || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return Timestamp{(((days * 24 + *hour) * 60 + *minute) * 60 + *second) * 1000};
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

std::optional<std::int64_t> retry_after_ms_of(const HttpResponse& response, Timestamp now)
{
    // Whoever asks for more may be mistaken, and nothing would come of this device until then.
    constexpr std::int64_t longest_ms = 86'400'000;
    const std::string_view text = response.header("Retry-After");
    const bool is_number =
        !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_number) {
        const auto seconds = number_in(text);
        return seconds ? std::min(longest_ms, *seconds * 1000) : longest_ms; // beyond all numbers
    }
    const auto until = http_date(text);
    if (!until)
        return std::nullopt;
    const std::int64_t wait_ms = until->ms - http_date(response.header("Date")).value_or(now).ms;
    return std::clamp<std::int64_t>(wait_ms, 0, longest_ms);
}

} // namespace tally::client
