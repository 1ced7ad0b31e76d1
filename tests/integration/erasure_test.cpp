#include "shared/base/files.h"
#include "shared/base/time.h"
#include "shared/domain/quarter.h"
#include "shared/storage/database.h"
#include "tests/support/postgres.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const Words story_words = {"The river bank is ours again", "Sixty people cleared", "could not find the bank",
                           "Edith Kershaw", "7KQ2M4XPAB"};

/// Files below the folder that hold the bytes.
Words files_with(const fs::path& folder, const std::string& bytes)
{
    Words found;
    for (const auto& file : fs::recursive_directory_iterator(folder))
        if (file.is_regular_file()) {
            const auto text = read_file(file.path());
            if (text && text->find(bytes) != std::string::npos)
                found.push_back(file.path().filename());
        }
    return found;
}

void check_nowhere(const fs::path& folder, const Words& words)
{
    for (const auto& word : words) {
        CAPTURE(word);
        CHECK(files_with(folder, word) == Words{});
    }
}

storage::Database database_of(const ServerUnderTest& server)
{
    auto database = storage::Database::open("sqlite:" + (server.data() / "tallybook.db").string());
    REQUIRE(database.ok());
    return std::move(*database);
}

std::string key_of(storage::Database& database, const std::string& id)
{
    const auto row = database.query_one<storage::sql::Blob>("SELECT key FROM entry_keys WHERE id = :id", id);
    return row ? row->bytes : std::string();
}

std::string photo_of(storage::Database& database, const std::string& id)
{
    return database
        .query_one<std::string>("SELECT sealed_digest FROM entry_attachments WHERE entry = :id", id)
        .value_or("");
}

std::size_t photo_files(const ServerUnderTest& server)
{
    std::size_t count = 0;
    for (const auto& file : fs::recursive_directory_iterator(server.data() / "photos"))
        count += file.is_regular_file() ? 1U : 0U;
    return count;
}

json story_with_code(const std::string& code)
{
    json story = story_input();
    story["body"]["consents"][0]["withdrawal_code"] = code;
    return story;
}

void copy_folder(const fs::path& from, const fs::path& to)
{
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
}

void check_whole(const ServerUnderTest& server)
{
    CHECK(server.command({"verify"}).ok());
    const auto rebuilt = server.command({"ledger", "rebuild", "--json"});
    CHECK(rebuilt.ok());
    CHECK(json::parse(rebuilt.out).at("agreed") == true);
    const fs::path file = server.data() / "export.ledger";
    server.must({"ledger", "export", file});
    const auto verified = server::run_program({server::programs_folder() / "tallybook-verify", file}, {});
    CHECK_MESSAGE(verified.ok(), verified.out << verified.err);
    fs::remove(file);
}

} // namespace

TEST_CASE("an erased story is gone from the server and from the tablet, and the ledger still verifies")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    const std::string kept = device.capture(hours_input());
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    device.must({"sync"});
    json amendment = story_input();
    amendment["action"] = "amend";
    amendment["amends"] = story;
    amendment["reason"] = "Edith asked for other words";
    const std::string amended = device.capture(amendment);
    device.must({"sync"});
    Reviewer manager(server, "manager@example.org");
    CHECK(manager.decide(amended, "query", "Did Edith see this?").status == 200);
    CHECK(photo_files(server) == 1);

    auto database = database_of(server);
    const Words keys = {key_of(database, story), key_of(database, amended)};
    const std::string other_key = key_of(database, kept);
    REQUIRE(keys[0].size() >= 32);
    REQUIRE(keys[1].size() >= 32);
    REQUIRE_FALSE(files_with(server.data(), keys[0]).empty());

    const auto erased = json::parse(server.must({"erase", story, "--reason", "Asked for by letter", "--by",
                                                 "manager@example.org", "--yes", "--json"}));
    CHECK(erased.at("erased").size() == 2);
    check_nowhere(server.data(), keys);
    check_nowhere(server.data(), story_words);
    CHECK_FALSE(files_with(server.data(), other_key).empty());
    CHECK(photo_files(server) == 0);
    for (const char* table : {"decision_notes", "entry_attachments", "attachments", "withdrawal_codes",
                              "merge_pictures", "erasure_remains", "erasing"}) {
        CAPTURE(table);
        CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM " + std::string(table)) == 0);
    }
    CHECK(manager.entry(kept).has("Ribble Rivers Group"));
    const Page page = manager.entry(amended);
    CHECK(page.status == 200);
    for (const auto& word : story_words)
        CHECK_FALSE(page.has(word));

    device.must({"sync"});
    CHECK(device.entry(story).at("state") == "erased");
    CHECK(device.entry(amended).at("state") == "erased");
    check_nowhere(device.data(), story_words);
    check_nowhere(device.data(), {"Edith asked for other words", "Did Edith see this?"});
    check_whole(server);
    CHECK(server.command({"erase", story, "--reason", "Again", "--yes"}).status == 1);
    for (const auto& word : story_words)
        CHECK(server.log().find(word) == std::string::npos);
}

TEST_CASE("nothing brings an erased entry back: no old tablet, no bundle, no amendment")
{
    ServerUnderTest server;
    server.start();
    const TemporaryFolder photos;
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    const TemporaryFolder before;
    copy_folder(device.data(), before.path() / "tablet");
    const fs::path bundle = before.path() / "evidence.tlyb";
    device.must({"bundle", "export", bundle});
    device.must({"sync"});
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    auto database = database_of(server);
    const auto rows = database.query_one<std::int64_t>("SELECT count(*) FROM ledger_log");

    // The bundle of before.
    const auto imported = json::parse(server.command({"bundle", "import", bundle, "--json"}).out);
    CHECK(imported.at("created") == 0);
    CHECK(imported.at("existing") == 0);
    CHECK(imported.at("problems").at(0).at("code") == "erased");

    // The tablet amends what it does not know to be erased.
    json amendment = story_input();
    amendment["action"] = "amend";
    amendment["amends"] = story;
    amendment["reason"] = "Spelling";
    const std::string amended = device.capture(amendment);
    (void)device.command({"sync"});
    CHECK(device.entry(amended).at("state") == "erased");

    // The tablet as it was before it synced at all.
    copy_folder(before.path() / "tablet", device.data());
    CHECK(files_with(device.data(), "").size() > 0);
    (void)device.command({"sync"});
    CHECK(device.entry(story).at("state") == "erased");
    check_nowhere(device.data(), story_words);

    CHECK(key_of(database, story).empty());
    CHECK(key_of(database, amended).empty());
    CHECK(photo_files(server) == 0);
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM refused_records") == 0);
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM ledger_log") == rows);
    const auto chain =
        database.query_one<std::int64_t, std::int64_t>("SELECT highest_seq, received FROM device_chains");
    REQUIRE(chain.has_value());
    CHECK(std::get<0>(*chain) == std::get<1>(*chain));
    check_whole(server);
}

TEST_CASE("a withdrawal code erases the story, also one that arrives later, however it is written")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string here = device.capture(story_with_code("K7QD-3MHX"));
    const std::string other = device.capture(story_with_code("AAAA-2222"));
    device.must({"sync"});
    auto database = database_of(server);
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM withdrawal_codes") == 2);
    check_nowhere(server.data(), {"K7QD3MHX", "K7QD-3MHX"});

    const auto erased =
        json::parse(server.must({"erase", " k7qd 3mhx", "--reason", "Letter", "--yes", "--json"}));
    CHECK(erased.at("erased") == json::array({here}));
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM withdrawal_codes") == 1);

    const std::string late = device.capture(story_with_code("LATE-9999"));
    const auto waits =
        json::parse(server.must({"erase", "late9999", "--reason", "Phone", "--yes", "--json"}));
    CHECK(waits.at("erased").empty());
    CHECK(waits.at("waits") == true);
    (void)device.command({"sync"});
    CHECK(device.entry(here).at("state") == "erased");
    CHECK(device.entry(late).at("state") == "erased");
    CHECK(device.entry(other).at("state") != "erased");
    CHECK(key_of(database, late).empty());
    CHECK_FALSE(key_of(database, other).empty());
    CHECK(database.query_one<std::string>("SELECT state FROM ledger_entries WHERE id = :id", late) ==
          "erased");
    check_whole(server);
}

TEST_CASE("a photo that another entry shows stays until that one is erased too")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    const std::string other = device.capture(hours_input());
    device.must({"sync"});
    auto database = database_of(server);
    const std::string photo = photo_of(database, story);
    REQUIRE_FALSE(photo.empty());
    database.run("INSERT INTO entry_attachments (entry, sealed_digest) VALUES (:entry, :photo)", other,
                 photo);
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    CHECK(photo_files(server) == 1);
    CHECK(photo_of(database, story).empty());
    server.must({"erase", other, "--reason", "Asked for", "--yes"});
    CHECK(photo_files(server) == 0);
}

TEST_CASE("keys are gone from a large table of keys too, byte for byte")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    std::string lines;
    for (int i = 0; i < 600; ++i)
        lines += hours_input().dump() + "\n";
    device.must({"capture", "-"}, lines);
    device.must({"sync"});
    auto database = database_of(server);
    const auto ids = device.entry_ids();
    REQUIRE(ids.size() == 600);
    Words keys;
    for (std::size_t i = 0; i < ids.size(); i += 60) {
        keys.push_back(key_of(database, ids[i]));
        server.must({"erase", ids[i], "--reason", "Asked for", "--yes"});
    }
    check_nowhere(server.data(), keys);
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM entry_keys") == 590);
    CHECK(database.query_one<std::int64_t>("SELECT count(*) FROM merge_keys WHERE position IN (SELECT "
                                           "position FROM ledger_entries WHERE erased = 1)") == 0);
    check_whole(server);
}

TEST_CASE("what is older than the rules allow is erased, once an administrator turned them on")
{
    ServerUnderTest server;
    server.add_user("Ann Moor", "admin@example.org", "admin");
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string story = device.capture(story_input());
    const std::string hours = device.capture(hours_input());
    device.must({"sync"});
    server.stop();
    const auto at = [&](const std::string& moment, const Words& words) {
        ::setenv("TALLYBOOK_CLOCK", moment.c_str(), 1);
        const auto out = json::parse(server.must(words));
        ::unsetenv("TALLYBOOK_CLOCK");
        return out;
    };
    auto database = database_of(server);
    const auto quarter = parse_quarter(
        database.query_one<std::string>("SELECT quarter FROM ledger_entries WHERE id = :id", story).value());
    REQUIRE(quarter.ok());
    const auto last = last_day(*quarter);
    const std::string year = std::to_string(last.year + 2);
    const std::string due_day =
        format_date(date_from_days(days_from_date({last.year + 2, last.month, last.day}) + 1));
    const std::string day_before = year + format_date(last).substr(4);

    const Words look = {"retention", "--json"};
    const Words apply = {"retention", "--apply", "--json"};
    CHECK(at(due_day + "T12:00:00.000Z", look).at("rules").at(1).at("due") == 1);
    CHECK(at(day_before + "T12:00:00.000Z", look).at("rules").at(1).at("due") == 0);
    CHECK(at(due_day + "T12:00:00.000Z", apply).at("erased") == 0); // off
    // Hours go by the end of their contract, 31 December 2028.
    CHECK(at("2034-12-31T12:00:00.000Z", look).at("rules").at(0).at("due") == 0);
    CHECK(at("2035-01-01T12:00:00.000Z", look).at("rules").at(0).at("due") == 1);

    server.start();
    Reviewer admin(server, "admin@example.org");
    const Page rules = admin.page("/erasures/retention");
    REQUIRE(rules.status == 200);
    Browser browser(server.address());
    REQUIRE(browser.sign_in("admin@example.org", test_password));
    CHECK(browser
              .submit(browser.get("/erasures/retention"), "/erasures/retention",
                      {{"active-story", "on"},
                       {"months-story", "24"},
                       {"from-story", "quarter_end"},
                       {"months-hours", "72"},
                       {"from-hours", "contract_end"},
                       {"months-feedback", "12"},
                       {"from-feedback", "quarter_end"},
                       {"months-delivery", "72"},
                       {"from-delivery", "contract_end"}})
              .status == 200);
    server.stop();
    CHECK(at(day_before + "T12:00:00.000Z", apply).at("erased") == 0);
    CHECK(at(due_day + "T12:00:00.000Z", apply).at("erased") == 1);
    CHECK(key_of(database, story).empty());
    CHECK_FALSE(key_of(database, hours).empty());
    const auto leaf =
        database.query_one<std::string>("SELECT leaf FROM ledger_log ORDER BY position DESC LIMIT 1");
    CHECK(leaf->find("\"why\":\"retention\"") != std::string::npos);
    check_whole(server);
}

TEST_CASE("no personal word stands in the ledger's tables, its export or the log")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    json hours = hours_input();
    hours["body"]["people"] = {{"name", "Zygmunt Quillfeather"}};
    hours["body"]["host"] = "Umbraglow Almshouse";
    device.capture(hours);
    device.capture(hours);
    device.capture(story_input(), {write_photo(photos.path(), 3)});
    device.capture(feedback_input());
    device.must({"sync"});
    Words words = story_words;
    words.insert(words.end(), {"Zygmunt", "Quillfeather", "Umbraglow"});
    check_nowhere(server.data(), words);
    server.must({"ledger", "export", server.data() / "export.ledger"});
    check_nowhere(server.data(), words);
    for (const auto& word : words)
        CHECK(server.log().find(word) == std::string::npos);
}

TEST_CASE("erasing works on PostgreSQL")
{
    const std::string url = fresh_postgres_url();
    ServerUnderTest server(url);
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    device.must({"sync"});
    CHECK(photo_files(server) == 1);
    server.must({"erase", "7kq2 m4xp ab", "--reason", "Letter", "--yes"});
    device.must({"sync"});
    CHECK(device.entry(story).at("state") == "erased");
    auto database = storage::Database::open(url);
    REQUIRE(database.ok());
    CHECK(key_of(*database, story).empty());
    CHECK(photo_files(server) == 0);
    check_whole(server);
}
