#include "server/console/reporting_period.h"

#include <array>

namespace tally::server::console {
namespace {

constexpr std::size_t years_max = 10;
constexpr std::array kinds = {YearKind::Academic, YearKind::Financial, YearKind::Calendar};

std::optional<YearKind> kind_of(Date first_day)
{
    for (const YearKind kind : kinds)
        if (start_of(kind) == YearStart{first_day.month, first_day.day})
            return kind;
    return std::nullopt;
}

} // namespace

ReportingPeriod period_from(std::string_view text)
{
    ReportingPeriod period;
    if (const auto quarter = parse_quarter(text))
        period.quarter = *quarter;
    else
        period.year = year_from(text);
    return period;
}

std::optional<ReportingYear> year_from(std::string_view first_day)
{
    const auto first = parse_date(first_day);
    const auto kind = first ? kind_of(*first) : std::nullopt;
    return kind ? std::optional(year_containing(*first, *kind)) : std::nullopt;
}

std::string name_of(const ReportingPeriod& period)
{
    return period.quarter ? format_quarter(*period.quarter)
           : period.year  ? format_date(period.year->first)
                          : std::string();
}

std::string years_title(YearKind kind)
{
    switch (kind) {
    case YearKind::Calendar:
        return "Calendar years";
    case YearKind::Financial:
        return "Financial years";
    case YearKind::Academic:
        return "Academic years";
    }
    return "";
}

std::string year_title(ReportingYear year)
{
    const auto kind = kind_of(year.first);
    std::string title = years_title(kind.value_or(YearKind::Calendar));
    title.pop_back();
    return title + " " + format_year(year);
}

std::vector<ReportingYear> years_between(YearKind kind, Date first, Date last)
{
    std::vector<ReportingYear> years;
    for (auto year = year_containing(last, kind); first <= year.last && years.size() < years_max;
         year = year_containing(date_from_days(days_from_date(year.first) - 1), kind))
        years.push_back(year);
    return years;
}

void set_period_options(View& view, const ReportingPeriod& chosen, const std::vector<Quarter>& quarters,
                        const std::vector<ReportingYear>& years)
{
    ViewList quarter_options;
    for (const Quarter& quarter : quarters)
        quarter_options.push_back(
            choice(format_quarter(quarter), format_quarter_long(quarter), chosen.quarter == quarter));
    set_list(view, "quarters", std::move(quarter_options));
    ViewList groups;
    for (const YearKind kind : kinds) {
        ViewList options;
        for (const ReportingYear& year : years)
            if (kind_of(year.first) == kind)
                options.push_back(choice(format_date(year.first), year_title(year), chosen.year == year));
        if (options.empty())
            continue;
        View group = object();
        group.set("title", years_title(kind));
        set_list(group, "options", std::move(options));
        groups.push_back(std::move(group));
    }
    set_list(view, "years_groups", std::move(groups));
}

} // namespace tally::server::console
