#pragma once
/// For what must hold on both databases.

#include "tests/support/postgres.h"

#include <doctest/doctest.h>

#include <string>

namespace tally::test {

/// Called once at the beginning of a test case, which runs twice then: with nothing, which is a SQLite of its
/// own, and with the address of a PostgreSQL.
[[nodiscard]] inline std::string either_database()
{
    std::string url;
    SUBCASE("SQLite") {}
    SUBCASE("PostgreSQL")
    {
        url = fresh_postgres_url();
    }
    return url;
}

} // namespace tally::test
