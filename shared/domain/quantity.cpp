#include "shared/domain/quantity.h"

#include <limits>

namespace tally {
namespace {

Error overflow()
{
    return {"overflow",
            "This number is too large to be exact. Check the figure; no contract needs one so large."};
}

/// Integer division that rounds half to even; `divisor` is positive.
std::int64_t divide_half_even(std::int64_t value, std::int64_t divisor)
{
    std::int64_t quotient = value / divisor;
    const std::int64_t remainder = value % divisor;
    const std::int64_t magnitude = remainder < 0 ? -remainder : remainder;
    const std::int64_t rest = divisor - magnitude;
    if (magnitude > rest || (magnitude == rest && quotient % 2 != 0))
        quotient += value < 0 ? -1 : 1;
    return quotient;
}

/// Decimal text to a whole number of 1/scale; scale is 10,000 times `factor`.
Result<std::int64_t> parse_decimal(std::string_view text, std::int64_t factor)
{
    const Error bad{"bad_number", "Write the number with digits and at most four decimals, such as 12.5."};
    if (text.empty() || text.size() > 24)
        return bad;
    std::int64_t value = 0;
    int decimals = -1;
    bool digit_before = false;
    for (const char c : text) {
        if (c == '.') {
            if (decimals >= 0 || !digit_before)
                return bad;
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return bad;
        if (decimals < 0)
            digit_before = true;
        else if (++decimals > 4)
            return bad;
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
            __builtin_add_overflow(value, std::int64_t{c - '0'}, &value))
            return overflow();
    }
    if (decimals == 0)
        return bad;
    for (int k = decimals < 0 ? 0 : decimals; k < 4; ++k)
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value))
            return overflow();
    if (__builtin_mul_overflow(value, factor, &value))
        return overflow();
    return value;
}

/// `value` counts 10^-places; trailing zeros are dropped down to `places_min`.
std::string decimal_text(std::int64_t value, int places, int places_min)
{
    const bool negative = value < 0;
    // The magnitude of the smallest integer does not fit in a signed one.
    std::uint64_t rest = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    std::string digits = std::to_string(rest);
    if (digits.size() <= static_cast<std::size_t>(places))
        digits.insert(0, static_cast<std::size_t>(places) + 1 - digits.size(), '0');
    std::string whole = digits.substr(0, digits.size() - static_cast<std::size_t>(places));
    std::string part = digits.substr(digits.size() - static_cast<std::size_t>(places));
    while (part.size() > static_cast<std::size_t>(places_min) && part.back() == '0')
        part.pop_back();
    return (negative ? "-" : "") + whole + (part.empty() ? "" : "." + part);
}

std::string with_thousands(std::string text)
{
    const std::size_t start = text.starts_with('-') ? 1 : 0;
    std::size_t end = text.find('.');
    if (end == std::string::npos)
        end = text.size();
    while (end > start + 3) {
        end -= 3;
        text.insert(end, ",");
    }
    return text;
}

} // namespace

Result<Quantity> hours_from_minutes(std::int64_t minutes, std::int64_t heads)
{
    std::int64_t parts = 0;
    if (__builtin_mul_overflow(minutes, heads, &parts) ||
        __builtin_mul_overflow(parts, Quantity::parts_per_minute, &parts))
        return overflow();
    return Quantity{parts};
}

Result<Quantity> parse_quantity(std::string_view text)
{
    const auto parts = parse_decimal(text, Quantity::parts_per_unit / 10'000);
    if (!parts)
        return parts.error();
    return Quantity{*parts};
}

Result<Proxy> parse_proxy(std::string_view text)
{
    const auto parts = parse_decimal(text, Proxy::parts_per_pound / 10'000);
    if (!parts)
        return parts.error();
    return Proxy{*parts};
}

Result<Money> value_of(Quantity quantity, Proxy proxy)
{
    std::int64_t parts = 0;
    if (__builtin_mul_overflow(quantity.parts, proxy.parts, &parts))
        return overflow();
    return Money{parts};
}

Result<Quantity> add(Quantity a, Quantity b)
{
    std::int64_t parts = 0;
    if (__builtin_add_overflow(a.parts, b.parts, &parts))
        return overflow();
    return Quantity{parts};
}

Result<Money> add(Money a, Money b)
{
    std::int64_t parts = 0;
    if (__builtin_add_overflow(a.parts, b.parts, &parts))
        return overflow();
    return Money{parts};
}

std::string format_quantity(Quantity quantity)
{
    return decimal_text(divide_half_even(quantity.parts, Quantity::parts_per_unit / 10'000), 4, 0);
}

std::string format_exact(Money money)
{
    // Nine places of 1/600,000,000: five thirds of a unit each, so multiply by 10 and divide by 6; the
    // whole pounds are split off first so that the product cannot overflow.
    const std::int64_t pounds = money.parts / Money::parts_per_pound;
    const std::int64_t rest = money.parts % Money::parts_per_pound;
    const std::int64_t nanos = divide_half_even(rest * 10, 6);
    const bool negative = money.parts < 0;
    const std::string whole = std::to_string(pounds < 0 ? -pounds : pounds);
    const std::string part = decimal_text(nanos < 0 ? -nanos : nanos, 9, 2);
    if (part.starts_with("1."))
        return std::to_string(pounds + (negative ? -1 : 1)) + ".00";
    return (negative ? "-" : "") + whole + part.substr(1);
}

std::string format_exact(Proxy proxy)
{
    return decimal_text(proxy.parts, 4, 2);
}

std::int64_t round_half_even_to_pence(Money money)
{
    return divide_half_even(money.parts, Money::parts_per_pound / 100);
}

std::string format_pounds(Money money)
{
    const std::string text = with_thousands(decimal_text(round_half_even_to_pence(money), 2, 2));
    return text.starts_with('-') ? "-£" + text.substr(1) : "£" + text;
}

std::string format_quantity_for_people(Quantity quantity)
{
    return with_thousands(format_quantity(quantity));
}

std::string format_hours_for_people(Quantity hours)
{
    constexpr std::int64_t parts_per_hundredth = Quantity::parts_per_unit / 100;
    const bool is_whole_minutes = hours.parts % Quantity::parts_per_minute == 0 && hours.parts >= 0;
    if (hours.parts % parts_per_hundredth == 0 || !is_whole_minutes)
        return format_quantity_for_people(hours) +
               (hours.parts == Quantity::parts_per_unit ? " hour" : " hours");
    const std::int64_t minutes = hours.parts / Quantity::parts_per_minute;
    const std::string rest = std::to_string(minutes % 60) + " min";
    if (minutes < 60)
        return rest;
    return with_thousands(std::to_string(minutes / 60)) + " h " + rest;
}

} // namespace tally
