#include "shared/domain/quarter.h"

#include <array>

namespace tally {

Quarter quarter_of(Date date)
{
    return Quarter{date.year, (date.month - 1) / 3 + 1};
}

Date first_day(Quarter quarter)
{
    return Date{quarter.year, (quarter.number - 1) * 3 + 1, 1};
}

Date last_day(Quarter quarter)
{
    return date_from_days(days_from_date(first_day(next(quarter))) - 1);
}

Quarter next(Quarter quarter)
{
    return quarter.number == 4 ? Quarter{quarter.year + 1, 1} : Quarter{quarter.year, quarter.number + 1};
}

std::string format_quarter(Quarter quarter)
{
    return format_date(Date{quarter.year, 1, 1}).substr(0, 4) + "-Q" + std::to_string(quarter.number);
}

std::string format_quarter_long(Quarter quarter)
{
    static constexpr std::array<const char*, 4> spans = {"January to March", "April to June",
                                                         "July to September", "October to December"};
    return std::string(spans[static_cast<std::size_t>(quarter.number - 1)]) + " " +
           std::to_string(quarter.year);
}

Result<Quarter> parse_quarter(std::string_view text)
{
    const Error bad{"bad_quarter", "Write a quarter as year and number, such as 2026-Q1."};
    if (text.size() != 7 || text.substr(4, 2) != "-Q" || text[6] < '1' || text[6] > '4')
        return bad;
    const auto day = parse_date(std::string(text.substr(0, 4)) + "-01-01");
    if (!day)
        return bad;
    return Quarter{day->year, text[6] - '0'};
}

} // namespace tally
