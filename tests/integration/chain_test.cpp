#include "shared/base/encoding.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"
#include "tests/support/browser.h"
#include "tests/support/either_database.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;
using nlohmann::json;

namespace {

constexpr const char* code = "7KQ2M4XPAB"; ///< in story_input

/// On either database.
struct Pair
{
    std::string url = either_database();
    ServerUnderTest server{url};
    std::unique_ptr<DeviceUnderTest> device;
    TemporaryFolder folder;

    Pair()
    {
        server.start();
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
    }
    [[nodiscard]] storage::Database database() const
    {
        return storage::Database::open(url.empty() ? "sqlite:" + (server.data() / "tallybook.db").string()
                                                   : url)
            .value();
    }
    [[nodiscard]] json shown() const
    {
        return json::parse(server.must({"device", "show", "Tablet 1", "--json"}));
    }
    [[nodiscard]] json checked() const
    {
        return json::parse(server.must({"device", "check", "Tablet 1", "--json"})).at(0);
    }
};

} // namespace

TEST_CASE(
    "an entry that was erased before it was sent leaves no number outstanding, and the chain is provable")
{
    const Pair pair;
    pair.device->capture(hours_input());
    pair.device->capture(story_input());
    pair.device->capture(hours_input());
    pair.device->must({"withdraw", code});
    CHECK(pair.device->must_json({"sync"}).at("created") == 2);
    const json shown = pair.shown();
    CHECK(shown.at("highest") == 3);
    CHECK(shown.at("outstanding").empty());
    REQUIRE(shown.at("told").size() == 1);
    CHECK(shown.at("told")[0].at("number") == 2);
    CHECK(shown.at("told")[0].at("state") == "erased");
    const json check = pair.checked();
    CHECK(check.at("records") == 2);
    CHECK(check.at("links") == 2);
    CHECK(check.at("broken").empty());
    CHECK(check.at("without_record").empty());
}

TEST_CASE("numbers on a stick that was lost are known, and come when the device is online")
{
    Pair pair;
    pair.device->capture(hours_input());
    pair.device->capture(hours_input());
    const std::string last = pair.device->capture(hours_input());
    const auto stick = pair.folder.path() / "one.bundle";
    pair.device->must({"bundle", "export", stick, "--entry", last});
    pair.server.must({"bundle", "import", stick});
    json shown = pair.shown();
    REQUIRE(shown.at("outstanding").size() == 1);
    CHECK(shown.at("outstanding")[0].at("first") == 1);
    CHECK(shown.at("outstanding")[0].at("last") == 2);

    pair.server.add_user("Ada", "ada@example.org", "admin");
    Browser browser(pair.server.address());
    REQUIRE(browser.sign_in("ada@example.org", test_password));
    const std::string path = "/devices/" + shown.at("id").get<std::string>();
    CHECK(browser.get("/devices").has(path));
    const Page page = browser.get(path);
    CHECK(page.status == 200);
    CHECK(page.has("1 to 2"));
    CHECK(page.has("2 numbers are outstanding"));
    CHECK(browser.get("/devices/0190a5c4-7d1e-7b3a-8f00-0123456789ab").status == 404);

    CHECK(pair.device->must_json({"sync"}).at("created") == 2);
    CHECK(pair.shown().at("outstanding").empty());
    CHECK(browser.get(path).has("Nothing is outstanding: every number up to 3"));
}

TEST_CASE("a device whose receipts outran a database that was put back by hand sends what it misses")
{
    Pair pair;
    for (int i = 0; i < 5; ++i)
        pair.device->capture(hours_input());
    pair.device->must({"sync"});
    pair.server.stop();
    {
        auto database = pair.database();
        // As if two numbers had never come; the ledger has them, so they are answered as there already.
        const auto id = pair.shown().at("id").get<std::string>();
        database.run("INSERT INTO device_gaps (device, first_seq, last_seq, since) VALUES (:id, 2, 3, 0)",
                     id);
    }
    pair.server.start();
    CHECK(pair.shown().at("outstanding").size() == 1);
    const json report = pair.device->must_json({"sync"});
    CHECK(report.at("again") == 2);
    CHECK(report.at("existing") == 2);
    CHECK(pair.shown().at("outstanding").empty());
    CHECK(pair.device->must_json({"sync"}).at("again") == 0);
}

TEST_CASE("an old stick does not bring back what was taken back on the device")
{
    const Pair pair;
    json entry = hours_input();
    entry["about"]["contract"] = "NEW-1";
    const std::string bad = pair.device->capture(entry);
    const auto stick = pair.folder.path() / "one.bundle";
    pair.device->must({"bundle", "export", stick});
    pair.device->must({"sync"});
    pair.device->must({"entry", "withdraw", bad});
    pair.device->must({"sync"});
    const auto imported = pair.server.command({"bundle", "import", stick, "--json"});
    CHECK(json::parse(imported.out).at("created") == 0);
    CHECK(pair.device->entry(bad).at("state") == "withdrawn");
}

TEST_CASE("a device whose clock is wrong is seen in the console and says so itself")
{
    const Pair pair;
    const auto ahead = format_utc({SystemClock().now().ms + 200'000});
    pair.device->must({"sync"}, "", ahead);
    pair.device->must({"sync"}, "", format_utc({SystemClock().now().ms + 200'000}));
    const json shown = pair.shown();
    CHECK(shown.at("clock_offset_ms").get<std::int64_t>() < -190'000);
    CHECK(shown.at("clock_offset_ms").get<std::int64_t>() > -230'000);
    CHECK(shown.at("clock_uncertainty_ms").get<std::int64_t>() >= 0);
    CHECK(pair.device->must({"status"}).find("clock is 3 min") != std::string::npos);
}
