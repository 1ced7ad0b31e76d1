#pragma once
/// A database of each kind with nothing but the reference data that is shipped.

#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "shared/base/files.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace tally::test {

/// Runs the test on SQLite and on PostgreSQL, each with a database of its own.
inline void on_both_reference_databases(Timestamp loaded_at,
                                        const std::function<void(storage::Database&)>& test)
{
    const TemporaryFolder folder;
    for (const std::string& url :
         {"sqlite:" + (folder.path() / "server.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        auto database = storage::Database::open(url);
        REQUIRE(database.ok());
        REQUIRE(storage::migrate(*database, "reference", server::reference_migrations()).ok());
        REQUIRE(server::import_shipped(*database, assets_dir(), loaded_at).ok());
        test(*database);
    }
}

} // namespace tally::test
