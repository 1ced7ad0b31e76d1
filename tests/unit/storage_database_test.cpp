#include "shared/storage/database.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>

using namespace tally;
using namespace tally::storage;

namespace {

struct Place
{
    test::TemporaryFolder folder;
    std::string url;

    explicit Place(Dialect dialect)
        : url(dialect == Dialect::Sqlite ? "sqlite:" + (folder.path() / "a = b, c.db").string()
                                         : test::fresh_postgres_url())
    {
    }
    [[nodiscard]] Database open(OpenOptions options = {}) const
    {
        auto database = Database::open(url, options);
        REQUIRE_MESSAGE(database.ok(), (database.ok() ? "" : database.error().message));
        return std::move(*database);
    }
};

/// Runs one body on both databases.
void on_both(const std::function<void(const Place&, Database&)>& body)
{
    for (const Dialect dialect : {Dialect::Sqlite, Dialect::Postgres}) {
        CAPTURE(static_cast<int>(dialect));
        const Place place(dialect);
        Database database = place.open();
        CHECK(database.dialect() == dialect);
        body(place, database);
    }
}

constexpr Migration first[] = {{1, R"(
    -- INTEGER and BYTES in a comment; not a statement
    CREATE TABLE things (
        id TEXT PRIMARY KEY,
        size INTEGER NOT NULL CHECK (size < 9223372036854775807),
        note TEXT,
        bytes BYTES
    ) WITHOUT ROWID;
    CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL DEFAULT 'INTEGER; BYTES');
    FACT TABLE facts;
)"}};

void migrate_first(Database& db)
{
    const auto done = migrate(db, "test", first);
    REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
}

} // namespace

TEST_CASE("values come back from the database as they went in")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        const std::string bytes("\0\x01'\xff\\x", 7);
        Statement insert =
            db.prepare("INSERT INTO things (id, size, note, bytes) VALUES (:id, :size, :note, :bytes)");
        CHECK(insert.run("a", std::int64_t{-9'000'000'000'000'000'000}, std::nullopt, sql::blob(bytes)) == 1);
        CHECK(insert.run(std::string("b"), 7, std::optional<std::string>("quo'te \xc3\xa9"),
                         sql::optional_blob(std::nullopt)) == 1);

        auto rows = db.query<std::string, std::int64_t, std::optional<std::string>, std::optional<sql::Blob>>(
            "SELECT id, size, note, bytes FROM things ORDER BY id");
        REQUIRE(rows.size() == 2);
        CHECK(std::get<1>(rows[0]) == -9'000'000'000'000'000'000);
        CHECK(!std::get<2>(rows[0]).has_value());
        CHECK(std::get<3>(rows[0])->bytes == bytes);
        CHECK(std::get<0>(rows[1]) == "b");
        CHECK(*std::get<2>(rows[1]) == "quo'te \xc3\xa9");
        CHECK(!std::get<3>(rows[1]).has_value());
    });
}

TEST_CASE("a parameter may stand in a statement more than once")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        db.run("INSERT INTO things (id, size, note) VALUES (:word, :size, :word)", "x", 3);
        CHECK(db.query_one<std::string>(
                  "SELECT note FROM things WHERE id = :id AND note = :id AND size = :size", "x", 3) == "x");
        CHECK(!db.query_one<std::string>("SELECT note FROM things WHERE id = ':id' OR id = :id", "y"));
    });
}

TEST_CASE("a statement can stop early, fail and be used again")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        Statement insert = db.prepare("INSERT INTO things (id, size) VALUES (:id, :size)");
        for (int i = 0; i < 50; ++i)
            insert.run(std::to_string(i), i);
        CHECK_THROWS_AS(insert.run("3", 3), ConstraintError);
        CHECK(insert.run("50", 50) == 1);

        std::int64_t seen = 0;
        const auto count_three = [&](std::int64_t) { return ++seen < 3; };
        db.for_each<std::int64_t>("SELECT size FROM things ORDER BY size", count_three);
        CHECK(seen == 3);
        CHECK(db.query<std::int64_t>("SELECT size FROM things").size() == 51);
        CHECK(db.run("DELETE FROM things WHERE size > :size", 10) == 40);
        CHECK(db.run("DELETE FROM things WHERE size > :size", 10) == 0);
    });
}

TEST_CASE("a null or an integer that does not fit is an error, not a zero")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        db.run("INSERT INTO things (id, size) VALUES (:id, :size)", "a", 5'000'000'000);
        CHECK_THROWS_AS((void)db.query_one<std::string>("SELECT note FROM things"), DatabaseError);
        CHECK_THROWS_AS((void)db.query_one<std::int32_t>("SELECT size FROM things"), DatabaseError);
        CHECK(db.query_one<std::int64_t>("SELECT size FROM things") == 5'000'000'000);
        CHECK_THROWS_AS(db.run("INSERT INTO things (id, size) VALUES (:id, :size)", "b"), DatabaseError);
        CHECK_THROWS_AS(db.run("INSERT INTO nowhere VALUES (1)"), DatabaseError);
    });
}

TEST_CASE("messages of the database do not repeat the values")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        db.run("INSERT INTO things (id, size) VALUES (:id, :size)", "Aisha Khan", 1);
        try {
            db.run("INSERT INTO things (id, size) VALUES (:id, :size)", "Aisha Khan", 1);
            FAIL("the same id was taken twice");
        } catch (const ConstraintError& error) {
            CHECK(std::string(error.what()).find("Aisha") == std::string::npos);
        }
    });
}

TEST_CASE("a transaction that is not committed leaves nothing, and a savepoint undoes its part")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        constexpr std::string_view insert = "INSERT INTO things (id, size) VALUES (:id, :size)";
        {
            Transaction transaction(db);
            db.run(insert, "a", 1);
        }
        {
            Transaction transaction(db);
            transaction.lock_for_writing();
            db.run(insert, "b", 1);
            {
                Savepoint part(db);
                db.run(insert, "c", 1);
                CHECK_THROWS_AS(db.run(insert, "b", 1), ConstraintError);
            }
            {
                Savepoint part(db);
                db.run(insert, "d", 1);
                part.release();
            }
            transaction.commit();
        }
        CHECK(db.query<std::string>("SELECT id FROM things ORDER BY id") ==
              std::vector<std::string>{"b", "d"});
    });
}

TEST_CASE("writers who take the lock wait for one another")
{
    on_both([](const Place& place, Database& db) {
        migrate_first(db);
        db.run("INSERT INTO things (id, size) VALUES ('n', 0)");
        const auto add = [&place] {
            Database own = place.open();
            for (int i = 0; i < 50; ++i) {
                Transaction transaction(own);
                transaction.lock_for_writing();
                const auto size = own.query_one<std::int64_t>("SELECT size FROM things WHERE id = 'n'");
                own.run("UPDATE things SET size = :size WHERE id = 'n'", *size + 1);
                transaction.commit();
            }
        };
        std::thread one(add);
        std::thread two(add);
        one.join();
        two.join();
        CHECK(db.query_one<std::int64_t>("SELECT size FROM things WHERE id = 'n'") == 100);
    });
}

TEST_CASE("fact tables refuse changes")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        db.run("INSERT INTO facts (id) VALUES (1)");
        CHECK(db.query_one<std::string>("SELECT said FROM facts") == "INTEGER; BYTES");
        CHECK_THROWS_AS(db.run("UPDATE facts SET said = 'else'"), ConstraintError);
        CHECK_THROWS_AS(db.run("DELETE FROM facts"), ConstraintError);
        CHECK(db.query_one<std::string>("SELECT said FROM facts") == "INTEGER; BYTES");
    });
}

TEST_CASE("an existing fact cannot be replaced on SQLite")
{
    const Place place(Dialect::Sqlite);
    Database db = place.open();
    migrate_first(db);
    db.run("INSERT INTO facts (id) VALUES (1)");
    CHECK_THROWS_AS(db.run("INSERT OR REPLACE INTO facts (id, said) VALUES (1, 'else')"), ConstraintError);
}

TEST_CASE("migrations run once each, and all of one or nothing")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        migrate_first(db);
        CHECK(schema_version(db, "test") == 1);
        CHECK(schema_version(db, "other") == 0);

        const Migration broken[] = {first[0],
                                    {2, "CREATE TABLE more (id INTEGER PRIMARY KEY); CREATE NONSENSE;"}};
        CHECK_THROWS_AS((void)migrate(db, "test", broken), DatabaseError);
        CHECK(schema_version(db, "test") == 1);

        const Migration mended[] = {first[0], {2, "CREATE TABLE more (id INTEGER PRIMARY KEY);"}};
        CHECK(migrate(db, "test", mended).ok());
        CHECK(schema_version(db, "test") == 2);
    });
}

TEST_CASE("data of a newer program is refused in words")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        const Migration two[] = {first[0], {2, "CREATE TABLE more (id INTEGER PRIMARY KEY);"}};
        REQUIRE(migrate(db, "test", two).ok());
        const auto refused = migrate(db, "test", first);
        REQUIRE(!refused.ok());
        CHECK(refused.error().code == "database_newer");
    });
}

TEST_CASE("a database that is open for reading refuses changes")
{
    on_both([](const Place& place, Database& db) {
        migrate_first(db);
        Database reader = place.open({.access = Access::Read});
        CHECK(reader.query<std::string>("SELECT id FROM things").empty());
        CHECK_THROWS_AS(reader.run("DELETE FROM things"), DatabaseError);
    });
}

TEST_CASE("SQLite opens durably")
{
    const Place place(Dialect::Sqlite);
    Database db = place.open();
    CHECK(db.query_one<std::string>("PRAGMA journal_mode") == "wal");
    CHECK(db.query_one<int>("PRAGMA synchronous") == 2);
    CHECK(db.query_one<int>("PRAGMA foreign_keys") == 1);
}

TEST_CASE("what cannot be opened is refused in words")
{
    const test::TemporaryFolder folder;
    auto missing = Database::open("sqlite:" + (folder.path() / "no" / "such.db").string());
    REQUIRE(!missing.ok());
    CHECK(missing.error().code == "database_unreachable");

    auto gone = Database::open("postgres://secret:word@127.0.0.1:1/none");
    REQUIRE(!gone.ok());
    CHECK(gone.error().code == "database_unreachable");
    CHECK(gone.error().message.find("word") == std::string::npos);

    const auto path = folder.path() / "text.db";
    FILE* file = fopen(path.c_str(), "w");
    for (int i = 0; i < 1000; ++i)
        fputs("This is a text, not a database. ", file);
    fclose(file);
    auto damaged = Database::open("sqlite:" + path.string());
    REQUIRE(!damaged.ok());
    CHECK(damaged.error().code == "database_damaged");
}

TEST_CASE("a full disk is told apart, and leaves what was there")
{
    const Place place(Dialect::Sqlite);
    Database db = place.open();
    migrate_first(db);
    db.run("INSERT INTO things (id, size) VALUES ('before', 1)");
    db.run_script("PRAGMA max_page_count = 40");
    const std::string large(64 * 1024, 'x');
    try {
        Transaction transaction(db);
        for (int i = 0; i < 50; ++i)
            db.run("INSERT INTO things (id, size, bytes) VALUES (:id, :size, :bytes)", std::to_string(i), i,
                   sql::blob(large));
        transaction.commit();
        FAIL("there was room for everything");
    } catch (const DatabaseError& error) {
        CHECK(error.failure() == Failure::Full);
    }
    CHECK(db.query<std::string>("SELECT id FROM things") == std::vector<std::string>{"before"});
    db.run_script("PRAGMA max_page_count = 100000");
    db.run("INSERT INTO things (id, size) VALUES ('later', 1)");
}

TEST_CASE("rows that are added together are there before anything else looks")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        constexpr std::string_view insert = "INSERT INTO things (id, size, note, bytes) VALUES";
        constexpr std::int64_t many = 203; // so that some travel in each number that goes together
        const std::string bytes("\0\xff'", 3);
        {
            Transaction transaction(db);
            for (std::int64_t i = 0; i < many; ++i) {
                db.add_row(insert, std::to_string(i), i, i % 2 == 0 ? std::optional<std::string>() : "odd",
                           sql::blob(bytes));
                db.add_row("INSERT INTO facts (id) VALUES", i);
                if (i == 100)
                    CHECK(db.query_one<std::int64_t>("SELECT count(*) FROM facts") == 101);
                if (i == 150)
                    CHECK(db.query_one<std::int64_t>("SELECT count(*) FROM things") == 151);
            }
            transaction.commit();
        }
        CHECK(db.query_one<std::int64_t>("SELECT count(*) FROM facts") == many);
        std::int64_t next = 0;
        db.for_each<std::string_view, std::int64_t, std::optional<std::string_view>, sql::BlobView>(
            "SELECT id, size, note, bytes FROM things ORDER BY size",
            [&](std::string_view id, std::int64_t size, std::optional<std::string_view> note,
                sql::BlobView read) {
                CHECK(size == next);
                CHECK(id == std::to_string(next));
                CHECK(note.has_value() == (next % 2 == 1));
                CHECK(read.bytes == bytes);
                ++next;
            });
        CHECK(next == many);

        db.add_row(insert, "alone", 1, "no transaction", sql::blob(bytes));
        CHECK(db.query_one<std::string>("SELECT note FROM things WHERE id = 'alone'") == "no transaction");
    });
}

TEST_CASE("rows that wait are forgotten with their transaction or the part of it that is undone")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        constexpr std::string_view insert = "INSERT INTO things (id, size) VALUES";
        {
            Transaction transaction(db);
            db.add_row(insert, "lost", 1);
        }
        {
            Transaction transaction(db);
            db.add_row(insert, "kept", 1);
            {
                Savepoint part(db);
                db.add_row(insert, "undone", 1);
            }
            transaction.commit();
        }
        CHECK(db.query<std::string>("SELECT id FROM things") == std::vector<std::string>{"kept"});
    });
}

TEST_CASE("a transaction whose waiting rows could not be written is not committed")
{
    on_both([](const Place&, Database& db) {
        migrate_first(db);
        constexpr std::string_view insert = "INSERT INTO things (id, size) VALUES";
        {
            Transaction transaction(db);
            db.add_row(insert, "same", 1);
            db.add_row(insert, "same", 2);
            CHECK_THROWS_AS((void)db.query<std::string>("SELECT id FROM things"), ConstraintError);
            CHECK_THROWS_AS(transaction.commit(), DatabaseError);
        }
        CHECK(db.query<std::string>("SELECT id FROM things").empty());
        Transaction transaction(db);
        db.add_row(insert, "same", 1);
        transaction.commit();
        CHECK(db.query<std::string>("SELECT id FROM things").size() == 1);
    });
}
