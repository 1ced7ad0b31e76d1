#include "shared/domain/quantity.h"

#include <doctest/doctest.h>

using namespace tally;

TEST_CASE("hours are said exactly: with two decimals, or else with minutes")
{
    const auto words = [](std::int64_t minutes) {
        return format_hours_for_people(hours_from_minutes(minutes, 1).value());
    };
    CHECK(words(60) == "1 hour");
    CHECK(words(210) == "3.5 hours");
    CHECK(words(195) == "3.25 hours");
    CHECK(words(220) == "3 h 40 min");
    CHECK(words(20) == "20 min");
    CHECK(words(0) == "0 hours");
    CHECK(words(60 * 1234 + 1) == "1,234 h 1 min");
}
