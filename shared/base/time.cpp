#include "shared/base/time.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace tally {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;
constexpr std::int64_t ms_per_minute = 60'000;

/// Decimal digits only, no sign or space.
bool parse_digits(std::string_view text, std::int32_t& value)
{
    value = 0;
    if (text.empty() || text.size() > 9)
        return false;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    return true;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b)
{
    const std::int64_t quotient = a / b;
    return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::chrono::year_month_day to_chrono(Date date)
{
    return std::chrono::year_month_day{std::chrono::year{date.year},
                                       std::chrono::month{static_cast<unsigned>(date.month)},
                                       std::chrono::day{static_cast<unsigned>(date.day)}};
}

} // namespace

std::int64_t days_from_date(Date date)
{
    return std::chrono::sys_days{to_chrono(date)}.time_since_epoch().count();
}

Date date_from_days(std::int64_t days)
{
    const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{days}}};
    return Date{static_cast<int>(ymd.year()), static_cast<std::int32_t>(static_cast<unsigned>(ymd.month())),
                static_cast<std::int32_t>(static_cast<unsigned>(ymd.day()))};
}

bool is_valid(Date date)
{
    return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= 31 && to_chrono(date).ok();
}

Date local_date(Timestamp moment, std::int32_t utc_offset_min)
{
    return date_from_days(floor_div(moment.ms + utc_offset_min * ms_per_minute, ms_per_day));
}

std::int32_t local_minute(Timestamp moment, std::int32_t utc_offset_min)
{
    const std::int64_t local = moment.ms + utc_offset_min * ms_per_minute;
    return static_cast<std::int32_t>((local - floor_div(local, ms_per_day) * ms_per_day) / ms_per_minute);
}

Result<Date> parse_date(std::string_view text)
{
    const Error bad{"bad_date", "Write the date as year-month-day, such as 2026-03-02."};
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return bad;
    Date date;
    if (!parse_digits(text.substr(0, 4), date.year) || !parse_digits(text.substr(5, 2), date.month) ||
        !parse_digits(text.substr(8, 2), date.day))
        return bad;
    if (!is_valid(date))
        return Error{"bad_date", "There is no such day in the calendar."};
    return date;
}

std::string format_date(Date date)
{
    std::array<char, 48> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02d", date.year, date.month, date.day);
    return buffer.data();
}

std::string format_date_long(Date date)
{
    static constexpr std::array<const char*, 12> months = {"January",   "February", "March",    "April",
                                                           "May",       "June",     "July",     "August",
                                                           "September", "October",  "November", "December"};
    return std::to_string(date.day) + " " + months[static_cast<std::size_t>(date.month - 1)] + " " +
           std::to_string(date.year);
}

Result<std::int32_t> parse_minute_of_day(std::string_view text)
{
    const Error bad{"bad_time", "Write the time as hours and minutes, such as 09:30."};
    std::int32_t hour = 0;
    std::int32_t minute = 0;
    if (text.size() != 5 || text[2] != ':' || !parse_digits(text.substr(0, 2), hour) ||
        !parse_digits(text.substr(3, 2), minute))
        return bad;
    if (hour > 23 || minute > 59)
        return bad;
    return hour * 60 + minute;
}

std::string format_minute_of_day(std::int32_t minute)
{
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%02d:%02d", minute / 60 % 24, minute % 60);
    return buffer.data();
}

std::string format_utc(Timestamp moment)
{
    const std::int64_t days = floor_div(moment.ms, ms_per_day);
    const auto in_day = static_cast<std::int32_t>(moment.ms - days * ms_per_day);
    const Date date = date_from_days(days);
    std::array<char, 80> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.year, date.month,
                  date.day, in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1000 % 60, in_day % 1000);
    return buffer.data();
}

Result<Timestamp> parse_utc(std::string_view text)
{
    const Error bad{"bad_time", "Write the moment in UTC, such as 2026-03-02T09:30:00.000Z."};
    if (text.size() != 24 || text[10] != 'T' || text[16] != ':' || text[19] != '.' || text[23] != 'Z')
        return bad;
    const auto date = parse_date(text.substr(0, 10));
    const auto minute = parse_minute_of_day(text.substr(11, 5));
    std::int32_t second = 0;
    std::int32_t milli = 0;
    if (!date || !minute || !parse_digits(text.substr(17, 2), second) || second > 59 ||
        !parse_digits(text.substr(20, 3), milli))
        return bad;
    return Timestamp{days_from_date(*date) * ms_per_day + *minute * ms_per_minute + second * 1000 + milli};
}

Timestamp SystemClock::now() const
{
    using namespace std::chrono;
    return Timestamp{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

std::int32_t SystemClock::utc_offset_min(Timestamp moment) const
{
    const auto seconds = static_cast<std::time_t>(moment.ms / 1000);
    std::tm local{};
    if (localtime_r(&seconds, &local) == nullptr)
        return 0;
    return static_cast<std::int32_t>(local.tm_gmtoff / 60);
}

ShiftedClock::ShiftedClock(Timestamp start) : m_shift_ms(start.ms - m_system.now().ms) {}

Timestamp ShiftedClock::now() const
{
    return Timestamp{m_system.now().ms + m_shift_ms};
}

std::int32_t ShiftedClock::utc_offset_min(Timestamp moment) const
{
    return m_system.utc_offset_min(moment);
}

Result<std::unique_ptr<Clock>> clock_from_environment()
{
    const char* given = std::getenv("TALLYBOOK_CLOCK");
    if (given == nullptr || *given == '\0')
        return std::unique_ptr<Clock>(std::make_unique<SystemClock>());
    const auto start = parse_utc(given);
    if (!start)
        return Error{start.error().code, start.error().message, "TALLYBOOK_CLOCK"};
    return std::unique_ptr<Clock>(std::make_unique<ShiftedClock>(*start));
}

} // namespace tally
