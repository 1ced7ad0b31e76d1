#include "shared/domain/period.h"

#include "shared/base/result.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tally {

namespace {

constexpr std::array<std::pair<std::string_view, YearKind>, 3> names = {{
    {"calendar", YearKind::Calendar},
    {"financial", YearKind::Financial},
    {"academic", YearKind::Academic},
}};

Date day_after(Date day)
{
    return date_from_days(days_from_date(day) + 1);
}

std::string four_digits(std::int32_t year)
{
    return format_date({year, 1, 1}).substr(0, 4);
}

} // namespace

std::string_view name_of(YearKind kind)
{
    return std::ranges::find(names, kind, [](const auto& entry) { return entry.second; })->first;
}

std::optional<YearKind> year_kind_named(std::string_view name)
{
    const auto found = std::ranges::find(names, name, [](const auto& entry) { return entry.first; });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

YearStart start_of(YearKind kind)
{
    switch (kind) {
    case YearKind::Calendar:
        return {1, 1};
    case YearKind::Financial:
        return {4, 1};
    case YearKind::Academic:
        return {9, 1};
    }
    return {1, 1};
}

ReportingYear year_containing(Date day, YearStart start)
{
    TALLY_ASSERT(start.month >= 1 && start.month <= 12 && start.day >= 1 && start.day <= 28);
    Date first{day.year, start.month, start.day};
    if (day < first)
        --first.year;
    const Date following{first.year + 1, first.month, first.day};
    return {first, date_from_days(days_from_date(following) - 1)};
}

ReportingYear year_containing(Date day, YearKind kind)
{
    return year_containing(day, start_of(kind));
}

ReportingYear next(ReportingYear year)
{
    return year_containing(day_after(year.last), YearStart{year.first.month, year.first.day});
}

std::vector<QuarterPart> quarters_in(ReportingYear year)
{
    std::vector<QuarterPart> parts;
    for (Quarter quarter = quarter_of(year.first); first_day(quarter) <= year.last; quarter = next(quarter)) {
        const Date first = std::max(year.first, first_day(quarter));
        const Date last = std::min(year.last, last_day(quarter));
        parts.push_back({quarter, first, last, first == first_day(quarter) && last == last_day(quarter)});
    }
    return parts;
}

std::string format_year(ReportingYear year)
{
    const std::string first = four_digits(year.first.year);
    return year.first.year == year.last.year ? first : first + "/" + four_digits(year.last.year).substr(2);
}

} // namespace tally
