#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A device with one entry for a contract that the server does not know yet, and others that are fine.
struct Aside
{
    ServerUnderTest server;
    std::unique_ptr<DeviceUnderTest> device;
    TemporaryFolder folder;
    std::string bad;

    Aside()
    {
        server.start();
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
        device->capture(hours_input());
        bad = device->capture(misdirected());
        device->capture(hours_input());
        const json report = device->must_json({"sync"});
        REQUIRE(report.at("created") == 2);
        REQUIRE(report.at("rejected") == 1);
    }
    [[nodiscard]] static json misdirected()
    {
        json entry = story_input();
        entry["about"]["contract"] = "NEW-1";
        return entry;
    }
    [[nodiscard]] std::string state() const { return device->entry(bad).at("state"); }
    void add_contract() const
    {
        const fs::path file = folder.path() / "new.json";
        std::ofstream(file) << R"({"schema":"tallybook-contracts/1","contracts":[{"ref":"NEW-1","title":"New",
            "supplier":"Greenway","buyer":"Lancashire","framework":"lancashire-toms-2024",
            "framework_version":"2024-28","starts":"2025-04-01","ends":"2030-03-31","targets":[],"events":[]}]})";
        server.must({"contract", "import", file});
    }
    [[nodiscard]] std::size_t ledger_entries() const
    {
        return json::parse(server.must({"ledger", "verify", "--json"})).at("entries");
    }
};

} // namespace

TEST_CASE("what the server could not take is listed with the reason and what to do")
{
    const Aside aside;
    const json document = aside.device->must_json({"entries", "--state", "put-aside"});
    REQUIRE(document.at("entries").size() == 1);
    const json& entry = document.at("entries")[0];
    CHECK(entry.at("id") == aside.bad);
    CHECK(entry.at("code") == "contract_unknown");
    CHECK_FALSE(entry.at("note").get<std::string>().empty());
    const std::string text = aside.device->must({"entries", "--state", "put-aside"});
    CHECK(text.find(entry.at("note").get<std::string>()) != std::string::npos);
    CHECK(text.find("tallybook entry fix") == std::string::npos);
    CHECK(text.find("entry fix ID FILE") != std::string::npos);
    CHECK(aside.device->must({"status"}).find("--state put-aside") != std::string::npos);
}

TEST_CASE("a put-aside entry is sent again once the reason has gone")
{
    const Aside aside;
    CHECK(aside.device->command({"entry", "send-again"}).status == 2);
    aside.device->must({"entry", "send-again", aside.bad});
    CHECK(aside.state() == "unsent");
    CHECK(aside.device->must_json({"sync"}).at("rejected") == 1);
    aside.add_contract();
    aside.device->must({"entry", "send-again", "--all"});
    CHECK(aside.device->must_json({"sync"}).at("created") == 1);
    CHECK(aside.state() == "waiting");
    CHECK(aside.ledger_entries() == 3);
}

TEST_CASE("a put-aside entry is read with the PIN, put right, and counted once")
{
    const Aside aside;
    CHECK(aside.device->command({"entry", "show", aside.bad}).status == 1);
    json words = json::parse(aside.device->must({"entry", "show", aside.bad, "--pin-stdin"}, "2468\n"));
    CHECK(words ==
          Aside::misdirected().patch(json::parse(R"([{"op":"add","path":"/action","value":"capture"}])")));
    words["about"]["contract"] = "LCC-1";
    const auto fixed =
        json::parse(aside.device->must({"entry", "fix", aside.bad, "-", "--json"}, words.dump()));
    CHECK(aside.state() == "replaced");
    CHECK(aside.device->entry(aside.bad).at("replaced_by") == fixed.at("id"));
    CHECK(aside.device->must_json({"sync"}).at("created") == 1);
    CHECK(aside.device->entry(fixed.at("id")).at("state") == "waiting");
    // Even when the contract comes later.
    aside.add_contract();
    CHECK(aside.device->command({"entry", "send-again", aside.bad}).status == 1);
    CHECK(aside.device->must_json({"sync"}).at("created") == 0);
    CHECK(aside.ledger_entries() == 3);
}

TEST_CASE("photos of a put-aside entry go along when it is put right with the PIN")
{
    Aside aside;
    json story = Aside::misdirected();
    story["body"].erase("consents");
    const std::string bad = aside.device->capture(story, {write_photo(aside.folder.path(), 3)});
    aside.device->must({"sync"});
    story["about"]["contract"] = "LCC-1";
    CHECK(aside.device->command({"entry", "fix", bad, "-"}, story.dump()).err.find("--without-photos") !=
          std::string::npos);
    aside.device->must({"entry", "fix", bad, "-", "--pin-stdin"}, "2468\n" + story.dump());
    const json report = aside.device->must_json({"sync"});
    CHECK(report.at("created") == 1);
    CHECK(report.at("photos") == 1);
}

TEST_CASE("a put-aside entry is taken back on its own, and one that counts is withdrawn with a reason")
{
    const Aside aside;
    aside.device->must({"entry", "withdraw", aside.bad});
    CHECK(aside.state() == "withdrawn");
    CHECK(aside.device->must_json({"status"}).at("rejected") == 0);
    aside.add_contract();
    CHECK(aside.device->must_json({"sync"}).at("created") == 0);

    const std::string good = aside.device->entry_ids().front();
    CHECK(aside.device->command({"entry", "withdraw", good}).status == 1);
    aside.device->must({"entry", "withdraw", good, "--reason", "It was somebody else's"});
    aside.device->must({"sync"});
    CHECK(aside.device->entry(good).at("state") == "withdrawn");
}

TEST_CASE("a put-aside entry is carried to the server on its own")
{
    const Aside aside;
    aside.device->capture(hours_input());
    const fs::path stick = aside.folder.path() / "one.bundle";
    const json written = aside.device->must_json({"bundle", "export", stick, "--entry", aside.bad});
    CHECK(written.at("entries") == 1);
    aside.add_contract();
    const fs::path receipts = aside.folder.path() / "receipts.tally";
    const json report =
        json::parse(aside.server.must({"bundle", "import", stick, "--receipts", receipts, "--json"}));
    CHECK(report.at("created") == 1);
    aside.device->must({"bundle", "receipts", receipts});
    CHECK(aside.state() == "waiting");
    CHECK(aside.device->must_json({"status"}).at("outbox").at("entries") == 1);
}
