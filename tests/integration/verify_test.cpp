#include "shared/storage/database.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;

namespace {

namespace fs = std::filesystem;

/// Runs SQL on a server's database as somebody with sqlite3 and bad intentions would.
void tamper(const fs::path& database, const std::string& sql)
{
    const auto result = server::run_program({"/usr/bin/sqlite3", database, sql});
    REQUIRE_MESSAGE(result.ok(), result.err << result.out);
}

} // namespace

TEST_CASE("verify passes, and names the entry after anything in the ledger was changed by hand")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string first = device.capture(hours_input());
    device.capture(delivery_input());
    device.must({"sync"});
    CHECK(Reviewer(server, "manager@example.org").accept(first).status == 200);
    server.stop();
    const ProgramResult sound = server.command({"verify"});
    CHECK_MESSAGE(sound.ok(), sound.err << sound.out);

    const fs::path database = server.data() / "tallybook.db";
    const fs::path copy = server.data() / "untouched.db";
    tamper(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    fs::copy_file(database, copy);

    std::vector<std::pair<std::string, std::string>> changes;
    auto reader = storage::Database::open("sqlite:" + copy.string(), {storage::Access::Read});
    REQUIRE(reader.ok());
    for (const std::string& table :
         reader->query<std::string>("SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE "
                                    "'ledger_%' OR name = 'entry_records') ORDER BY name")) {
        for (const std::string& column :
             reader->query<std::string>("SELECT name FROM pragma_table_info(:table)", table))
            changes.emplace_back(table, column);
    }
    CHECK(changes.size() > 10);
    int tried = 0;
    for (const auto& [table, column] : changes) {
        const auto rows = reader->query_one<std::int64_t>("SELECT COUNT(*) FROM " + table);
        if (rows.value_or(0) == 0)
            continue;
        ++tried;
        CAPTURE(table);
        CAPTURE(column);
        fs::copy_file(copy, database, fs::copy_options::overwrite_existing);
        fs::remove(database.string() + "-wal");
        fs::remove(database.string() + "-shm");
        std::string script = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
        for (const std::string& trigger :
             reader->query<std::string>("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            script += "DROP TRIGGER " + trigger + ";";
        // One value of the last row: the number higher, the text or bytes with one more character.
        const auto key =
            reader->query_one<std::string>("SELECT name FROM pragma_table_info(:table) WHERE pk = 1", table);
        REQUIRE(key.has_value());
        script += "UPDATE " + table + " SET " + column + " = CASE typeof(" + column +
                  ") WHEN 'integer' THEN " + column +
                  " + 1000 WHEN 'blob' THEN CAST('x' AS BLOB) ELSE COALESCE(" + column +
                  ", '') || 'x' END WHERE " + *key + " = (SELECT MAX(" + *key + ") FROM " + table + ")";
        tamper(database, script);
        const ProgramResult found = server.command({"verify"});
        CHECK_MESSAGE(found.status == 1, found.out << found.err);
        const bool is_of_the_tree = table == "ledger_checkpoints" || table == "ledger_head";
        const bool is_named = found.err.find("entry 0") != std::string::npos ||
                              found.err.find("flag ") != std::string::npos ||
                              found.err.find("quarter ") != std::string::npos;
        CHECK_MESSAGE((is_of_the_tree || is_named), found.err);
    }
    CHECK(tried > 10);
}

TEST_CASE("the log names the entry whose leaf was changed")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string id = device.capture(hours_input());
    device.capture(hours_input());
    device.must({"sync"});
    server.stop();

    const fs::path database = server.data() / "tallybook.db";
    std::string script;
    auto reader = storage::Database::open("sqlite:" + database.string());
    REQUIRE(reader.ok());
    for (const std::string& trigger : reader->query<std::string>(
             "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_log'"))
        script += "DROP TRIGGER " + trigger + ";";
    tamper(database, script + "UPDATE ledger_log SET leaf = replace(leaf, '3.5', '9.5') WHERE leaf LIKE '%" +
                         id +
                         "%'; UPDATE ledger_log SET leaf = replace(leaf, 'NT86', 'NT15') WHERE leaf LIKE '%" +
                         id + "%'");
    const ProgramResult found = server.command({"verify"});
    CHECK(found.status == 1);
    CHECK((found.err + found.out).find(id) != std::string::npos);
}
