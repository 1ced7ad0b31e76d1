#include "server/http/http_date.h"

#include <array>
#include <cstdio>

namespace tally::server {

std::string http_date(Timestamp moment)
{
    constexpr std::array days = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; // from 1970-01-01
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::int64_t day_ms = 86'400'000;
    const std::int64_t day = moment.ms / day_ms;
    const std::int64_t second = moment.ms % day_ms / 1000;
    const Date date = date_from_days(day);
    char text[40];
    std::snprintf(
        text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days.at(static_cast<std::size_t>(day % 7)),
        date.day, months.at(static_cast<std::size_t>(date.month - 1)), date.year,
        static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
    return text;
}

} // namespace tally::server
