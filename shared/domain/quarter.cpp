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
    if (quarter.year < 1000 || quarter.year > 9999 || quarter.number < 1 || quarter.number > 4)
        return format_date(Date{quarter.year, 1, 1}).substr(0, 4) + "-Q" + std::to_string(quarter.number);
    std::string text = "0000-Q0";
    for (std::size_t i = 4, year = static_cast<std::size_t>(quarter.year); i-- > 0; year /= 10)
        text[i] = static_cast<char>('0' + year % 10);
    text[6] = static_cast<char>('0' + quarter.number);
    return text;
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
    bool fits = text.size() == 7 && text.substr(4, 2) == "-Q" && text[6] >= '1' && text[6] <= '4';
    std::int32_t year = 0;
    for (std::size_t i = 0; fits && i < 4; ++i) {
        fits = text[i] >= '0' && text[i] <= '9';
        year = 10 * year + (text[i] - '0');
    }
    if (!fits || !is_valid(Date{year, 1, 1}))
        return Error{"bad_quarter", "Write a quarter as year and number, such as 2026-Q1."};
    return Quarter{year, text[6] - '0'};
}

} // namespace tally
