#pragma once
/// The time to which a page is narrowed: a quarter of the account, or a year by the day of the work. Pure.

#include "server/console/templates.h"
#include "shared/domain/period.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server::console {

/// At most one of them; neither is all the time.
struct ReportingPeriod
{
    std::optional<Quarter> quarter;
    std::optional<ReportingYear> year;
};

/// Of an address: "2026-Q1", or the first day of a year, "2025-09-01". Anything else is all the time.
[[nodiscard]] ReportingPeriod period_from(std::string_view text);
/// A calendar, financial or academic year by its first day.
[[nodiscard]] std::optional<ReportingYear> year_from(std::string_view first_day);
/// What period_from() reads; empty for all the time.
[[nodiscard]] std::string name_of(const ReportingPeriod& period);

/// "Academic years".
[[nodiscard]] std::string years_title(YearKind kind);
/// "Academic year 2025/26".
[[nodiscard]] std::string year_title(ReportingYear year);
/// Those that have a day from `first` to `last`, the newest first, at most ten of them.
[[nodiscard]] std::vector<ReportingYear> years_between(YearKind kind, Date first, Date last);

/// Sets what a select of periods shows: `quarters` and `years`, the newest first, in groups by kind.
void set_period_options(View& view, const ReportingPeriod& chosen, const std::vector<Quarter>& quarters,
                        const std::vector<ReportingYear>& years);

} // namespace tally::server::console
