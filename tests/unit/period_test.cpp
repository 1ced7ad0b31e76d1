#include "shared/domain/period.h"

#include <doctest/doctest.h>

using namespace tally;

TEST_CASE("an academic year runs from 1 September to 31 August")
{
    struct Case
    {
        Date day;
        Date first;
        Date last;
        const char* name;
    };
    for (const Case& c : {Case{{2025, 8, 31}, {2024, 9, 1}, {2025, 8, 31}, "2024/25"},
                          Case{{2025, 9, 1}, {2025, 9, 1}, {2026, 8, 31}, "2025/26"},
                          Case{{2026, 1, 1}, {2025, 9, 1}, {2026, 8, 31}, "2025/26"},
                          Case{{2024, 2, 29}, {2023, 9, 1}, {2024, 8, 31}, "2023/24"},
                          Case{{1999, 12, 31}, {1999, 9, 1}, {2000, 8, 31}, "1999/00"}}) {
        const ReportingYear year = year_containing(c.day, YearKind::Academic);
        CAPTURE(c.name);
        CHECK(year.first == c.first);
        CHECK(year.last == c.last);
        CHECK(year.contains(c.day));
        CHECK(format_year(year) == c.name);
    }
}

TEST_CASE("calendar and financial years begin in January and April")
{
    CHECK(year_containing({2026, 3, 31}, YearKind::Calendar) == ReportingYear{{2026, 1, 1}, {2026, 12, 31}});
    CHECK(format_year(year_containing({2026, 3, 31}, YearKind::Calendar)) == "2026");
    CHECK(year_containing({2026, 3, 31}, YearKind::Financial) == ReportingYear{{2025, 4, 1}, {2026, 3, 31}});
    CHECK(year_containing({2026, 4, 1}, YearKind::Financial) == ReportingYear{{2026, 4, 1}, {2027, 3, 31}});
    CHECK(year_containing({2026, 8, 10}, YearStart{8, 11}) == ReportingYear{{2025, 8, 11}, {2026, 8, 10}});
    for (const YearKind kind : {YearKind::Calendar, YearKind::Financial, YearKind::Academic})
        CHECK(year_kind_named(name_of(kind)) == kind);
    CHECK_FALSE(year_kind_named("lunar"));
}

TEST_CASE("1 September splits a quarter, and every day of the year stands in one part")
{
    const auto parts = quarters_in(year_containing({2025, 10, 1}, YearKind::Academic));
    REQUIRE(parts.size() == 5);
    CHECK(parts[0] == QuarterPart{{2025, 3}, {2025, 9, 1}, {2025, 9, 30}, false});
    CHECK(parts[1] == QuarterPart{{2025, 4}, {2025, 10, 1}, {2025, 12, 31}, true});
    CHECK(parts[4] == QuarterPart{{2026, 3}, {2026, 7, 1}, {2026, 8, 31}, false});

    CHECK(quarters_in(year_containing({2025, 10, 1}, YearKind::Financial)).size() == 4);
    for (const YearStart start : {YearStart{1, 1}, YearStart{4, 1}, YearStart{9, 1}, YearStart{2, 28}}) {
        ReportingYear year = year_containing({2023, 6, 1}, start);
        for (int i = 0; i < 8; ++i, year = next(year)) {
            std::int64_t days = 0;
            for (const QuarterPart& part : quarters_in(year)) {
                CHECK(part.first <= part.last);
                CHECK(part.first == date_from_days(days_from_date(year.first) + days));
                days += days_from_date(part.last) - days_from_date(part.first) + 1;
            }
            CHECK(days == days_from_date(year.last) - days_from_date(year.first) + 1);
        }
    }
}
