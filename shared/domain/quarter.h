#pragma once
/// Reporting periods: calendar quarters. Years, also academic ones: period.h.

#include "shared/base/time.h"

#include <string>
#include <string_view>

namespace tally {

/// A calendar quarter: January to March is 1.
struct Quarter
{
    std::int32_t year = 1970;
    std::int32_t number = 1; ///< 1 to 4

    auto operator<=>(const Quarter&) const = default;
};

[[nodiscard]] Quarter quarter_of(Date date);
[[nodiscard]] Date first_day(Quarter quarter);
[[nodiscard]] Date last_day(Quarter quarter);
[[nodiscard]] Quarter next(Quarter quarter);

/// "2026-Q1". Sorts in order of time as text.
[[nodiscard]] std::string format_quarter(Quarter quarter);
/// "January to March 2026".
[[nodiscard]] std::string format_quarter_long(Quarter quarter);
/// Fails with `bad_quarter`.
[[nodiscard]] Result<Quarter> parse_quarter(std::string_view text);

} // namespace tally
