#pragma once
/// Exact quantities and money. No floating point, no rounding until something is shown.
///
/// The units are chosen so that every product is a whole number: a quantity counts in 1/60,000 of its
/// unit (60 for minutes of an hour, 10,000 for four decimals; both divide it), a proxy value in
/// 1/10,000 of a pound, and money in their product, 1/600,000,000 of a pound. 200 minutes at £16.93 an
/// hour never ends as a decimal and is still exact here.

#include "shared/base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

/// How much of something, in 1/60,000 of the measure's unit. The unit itself (hours, weeks, pounds
/// spent, tonnes ...) comes from the measure.
struct Quantity
{
    static constexpr std::int64_t parts_per_unit = 60'000;
    static constexpr std::int64_t parts_per_minute = parts_per_unit / 60;

    std::int64_t parts = 0;

    auto operator<=>(const Quantity&) const = default;
};

/// Pounds for one unit of a measure, in 1/10,000 of a pound.
struct Proxy
{
    static constexpr std::int64_t parts_per_pound = 10'000;

    std::int64_t parts = 0;

    auto operator<=>(const Proxy&) const = default;
};

/// Pounds, in 1/600,000,000 of a pound: up to about 15 thousand million pounds either way.
struct Money
{
    static constexpr std::int64_t parts_per_pound = Quantity::parts_per_unit * Proxy::parts_per_pound;

    std::int64_t parts = 0;

    auto operator<=>(const Money&) const = default;
};

/// Hours given: minutes times heads. Fails with `overflow`.
[[nodiscard]] Result<Quantity> hours_from_minutes(std::int64_t minutes, std::int64_t heads);

/// Decimal text such as "12.5" or "1234", at most four decimals, no sign, exponent or separators.
/// Fails with `bad_number` or `overflow`.
[[nodiscard]] Result<Quantity> parse_quantity(std::string_view text);
/// Decimal text of pounds for a proxy, at most four decimals. Fails as parse_quantity does.
[[nodiscard]] Result<Proxy> parse_proxy(std::string_view text);

/// Quantity times proxy value. Never rounds. Fails with `overflow`.
[[nodiscard]] Result<Money> value_of(Quantity quantity, Proxy proxy);

/// Sums. Fail with `overflow`.
[[nodiscard]] Result<Quantity> add(Quantity a, Quantity b);
[[nodiscard]] Result<Money> add(Money a, Money b);

/// The shortest exact decimal ("3.5"); a quantity that does not end as a decimal, such as 20 minutes in
/// hours, is rounded half to even at four decimals.
[[nodiscard]] std::string format_quantity(Quantity quantity);
/// The shortest exact decimal with at least two places: "59.255", "1.00". Money that does not end as a
/// decimal is rounded half to even at nine places.
[[nodiscard]] std::string format_exact(Money money);
[[nodiscard]] std::string format_exact(Proxy proxy);

/// Whole pence, half to even: the only place where money is rounded, once, for the total shown.
[[nodiscard]] std::int64_t round_half_even_to_pence(Money money);
/// "£1,234.56" from round_half_even_to_pence.
[[nodiscard]] std::string format_pounds(Money money);
/// "1,234.5" for people: format_quantity with separators between thousands.
[[nodiscard]] std::string format_quantity_for_people(Quantity quantity);
/// Hours for people: "3.5 hours" where two decimals say it exactly, else "3 h 40 min".
[[nodiscard]] std::string format_hours_for_people(Quantity hours);

} // namespace tally
