#include "shared/base/time.h"

#include <doctest/doctest.h>

using namespace tally;

TEST_CASE("a date survives the way to days and back, leap days included")
{
    for (const char* text : {"1970-01-01", "2024-02-29", "2026-03-31", "1999-12-31", "2100-03-01"}) {
        const auto date = parse_date(text);
        REQUIRE(date.ok());
        CHECK(format_date(date_from_days(days_from_date(*date))) == text);
    }
}

TEST_CASE("a date that does not exist is refused")
{
    for (const char* text :
         {"", "2026", "2026-3-02", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "x"})
        CHECK_MESSAGE(parse_date(text).ok() == false, text);
}

TEST_CASE("a moment keeps its milliseconds in text")
{
    const auto moment = parse_utc("2026-03-02T09:30:00.125Z");
    REQUIRE(moment.ok());
    CHECK(format_utc(*moment) == "2026-03-02T09:30:00.125Z");
    CHECK(format_date(local_date(*moment, 60)) == "2026-03-02");
    CHECK(local_minute(*moment, 60) == 10 * 60 + 30);
}
