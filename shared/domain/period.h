#pragma once
/// Years for reporting: calendar, financial and academic.
///
/// An academic year begins on 1 September, which lies inside a calendar quarter. The ledger keeps whole
/// quarters; a report by academic year therefore sums by the day of the work, and quarters_in() says
/// which days of which quarters belong to it.

#include "shared/domain/quarter.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

enum class YearKind
{
    Calendar,  ///< from 1 January
    Financial, ///< from 1 April
    Academic,  ///< from 1 September
};

/// "calendar", "financial", "academic".
[[nodiscard]] std::string_view name_of(YearKind kind);
[[nodiscard]] std::optional<YearKind> year_kind_named(std::string_view name);

/// The day on which a year begins; the day is 28 at most, so that every year has it.
struct YearStart
{
    std::int32_t month = 1;
    std::int32_t day = 1;

    auto operator<=>(const YearStart&) const = default;
};

[[nodiscard]] YearStart start_of(YearKind kind);

/// A year from its first day to the day before the next begins, both included.
struct ReportingYear
{
    Date first;
    Date last;

    auto operator<=>(const ReportingYear&) const = default;
    [[nodiscard]] bool contains(Date day) const { return first <= day && day <= last; }
};

[[nodiscard]] ReportingYear year_containing(Date day, YearStart start);
[[nodiscard]] ReportingYear year_containing(Date day, YearKind kind);
[[nodiscard]] ReportingYear next(ReportingYear year);

/// The days of one calendar quarter that lie in a span.
struct QuarterPart
{
    Quarter quarter;
    Date first;
    Date last;
    bool whole = true; ///< false when the quarter also has days outside the span

    bool operator==(const QuarterPart&) const = default;
};

/// In order of time; together they have every day of the year once.
[[nodiscard]] std::vector<QuarterPart> quarters_in(ReportingYear year);

/// "2026" for a year that is a calendar year, else "2025/26".
[[nodiscard]] std::string format_year(ReportingYear year);

} // namespace tally
