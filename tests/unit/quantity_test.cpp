#include "shared/domain/quantity.h"
#include "shared/domain/quarter.h"

#include <doctest/doctest.h>

#include <limits>

using namespace tally;

TEST_CASE("decimal text becomes an exact quantity, and nothing else does")
{
    CHECK(parse_quantity("0")->parts == 0);
    CHECK(parse_quantity("3.5")->parts == 210'000);
    CHECK(parse_quantity("0.0001")->parts == 6);
    CHECK(format_quantity(*parse_quantity("1234.5600")) == "1234.56");
    for (const auto* bad :
         {"", ".5", "5.", "1.23456", "-1", "+1", "1e3", "1,000", " 1", "1 ", "0x1", "1.2.3"})
        CHECK_MESSAGE(parse_quantity(bad).error().code == "bad_number", bad);
    CHECK(parse_quantity("999999999999999999").error().code == "overflow");
}

TEST_CASE("value is quantity times proxy without rounding, and overflow is an error")
{
    const auto hours = hours_from_minutes(210, 1);
    CHECK(format_exact(*value_of(*hours, *parse_proxy("16.93"))) == "59.255");
    // 200 minutes at 16.93 an hour is 56.4333... and three of them are exactly ten hours.
    const auto part = value_of(*hours_from_minutes(200, 1), *parse_proxy("16.93"));
    CHECK(add(*add(*part, *part), *part)->parts ==
          value_of(*hours_from_minutes(600, 1), *parse_proxy("16.93"))->parts);
    CHECK(value_of(Quantity{std::numeric_limits<std::int64_t>::max()}, Proxy{2}).error().code == "overflow");
    CHECK(add(Money{std::numeric_limits<std::int64_t>::max()}, Money{1}).error().code == "overflow");
    CHECK(hours_from_minutes(std::numeric_limits<std::int64_t>::max() / 2, 3).error().code == "overflow");
}

TEST_CASE("money is rounded once, half to even, and shown in pounds")
{
    const auto pounds = [](const char* text) {
        return *value_of(Quantity{Quantity::parts_per_unit}, *parse_proxy(text));
    };
    CHECK(format_pounds(pounds("59.255")) == "£59.26");
    CHECK(format_pounds(pounds("59.245")) == "£59.24");
    CHECK(format_pounds(pounds("0.005")) == "£0.00");
    CHECK(format_pounds(pounds("0.0151")) == "£0.02");
    CHECK(format_pounds(pounds("1234567.8")) == "£1,234,567.80");
    CHECK(format_pounds(Money{-pounds("59.255").parts}) == "-£59.26");
    CHECK(format_pounds(Money{std::numeric_limits<std::int64_t>::min()}).starts_with("-£15,372,286,728"));
    CHECK(format_exact(Money{1}) == "0.000000002");
    CHECK(format_exact(Money{-1}) == "-0.000000002");
    CHECK(format_exact(Money{Money::parts_per_pound - 0}) == "1.00");
    CHECK(format_quantity(*hours_from_minutes(20, 1)) == "0.3333");
    CHECK(format_quantity_for_people(*parse_quantity("12345.5")) == "12,345.5");
}

TEST_CASE("quarters follow the calendar")
{
    CHECK(format_quarter(quarter_of({2026, 3, 31})) == "2026-Q1");
    CHECK(format_quarter(quarter_of({2026, 4, 1})) == "2026-Q2");
    CHECK(last_day({2024, 1}) == Date{2024, 3, 31});
    CHECK(next(Quarter{2026, 4}) == Quarter{2027, 1});
    CHECK(*parse_quarter("2026-Q3") == Quarter{2026, 3});
    for (const auto* bad : {"2026", "2026-Q5", "2026-Q0", "26-Q1", "2026Q1", "2026-Q12"})
        CHECK_FALSE(parse_quarter(bad).ok());
    CHECK(format_quarter_long({2026, 1}) == "January to March 2026");
}
