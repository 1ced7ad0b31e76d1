#include "tests/support/browser.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;
using nlohmann::json;

namespace {

/// A device that was revoked while it held two entries, one with a photo.
struct Revoked
{
    ServerUnderTest server;
    std::unique_ptr<DeviceUnderTest> device;
    TemporaryFolder folder;

    Revoked()
    {
        server.start();
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
        device->capture(hours_input());
        device->capture(story_input(), {write_photo(folder.path(), 5)});
        server.must({"device", "revoke", "Tablet 1"});
        const auto refused = device->command({"sync"});
        REQUIRE(refused.status == 1);
        REQUIRE(refused.err.find("Nothing on it is lost") != std::string::npos);
    }
    [[nodiscard]] std::filesystem::path bundle() const
    {
        const auto file = folder.path() / "held.bundle";
        device->must({"bundle", "export", file});
        return file;
    }
    [[nodiscard]] json outbox() const { return device->must_json({"status"}).at("outbox"); }
};

} // namespace

TEST_CASE("what a revoked device holds comes in from a stick when an administrator says so, and not before")
{
    const Revoked revoked;
    const auto file = revoked.bundle();
    const auto refused = revoked.server.command({"bundle", "import", file});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("revoked") != std::string::npos);
    const auto receipts = revoked.folder.path() / "receipts.tally";
    const json taken = json::parse(revoked.server.must(
        {"bundle", "import", file, "--accept-revoked", "--receipts", receipts, "--json"}));
    CHECK(taken.at("created") == 2);
    CHECK(taken.at("photos") == 1);
    revoked.device->must({"bundle", "receipts", receipts});
    CHECK(revoked.outbox().at("entries") == 0);
    CHECK(revoked.outbox().at("photos") == 0);
    // That decision was about one stick.
    CHECK(revoked.device->command({"sync"}).status == 1);
}

TEST_CASE("a revoked device that is enrolled anew sends what it held once an administrator lets it in")
{
    Revoked revoked;
    revoked.device->must({"enrol", revoked.server.device_code("Tablet 1b")});
    revoked.device->capture(hours_input());
    CHECK(revoked.device->must_json({"sync"}).at("created") == 1);
    CHECK(revoked.outbox().at("entries") == 2);
    CHECK(revoked.server.command({"device", "accept-rest", "Tablet 1b"}).status == 1);
    CHECK(revoked.server.command({"device", "accept-rest", "Nobody"}).status == 1);

    revoked.server.add_user("Ada", "ada@example.org", "admin");
    Browser browser(revoked.server.address());
    REQUIRE(browser.sign_in("ada@example.org", test_password));
    const std::string id =
        json::parse(revoked.server.must({"device", "show", "Tablet 1", "--json"})).at("id");
    CHECK(browser.get("/devices/" + id).has("Take in what it still holds"));
    revoked.server.must({"device", "accept-rest", "Tablet 1"});
    CHECK(browser.get("/devices/" + id).has("Take in nothing more"));
    const json report = revoked.device->must_json({"sync"});
    CHECK(report.at("created") == 2);
    CHECK(report.at("photos") == 1);
    CHECK(revoked.outbox().at("entries") == 0);

    revoked.server.must({"device", "accept-rest", "Tablet 1", "--off"});
    CHECK(browser.get("/devices/" + id).has("Take in what it still holds"));
    CHECK(json::parse(revoked.server.must({"ledger", "verify", "--json"})).at("entries") == 3);
}
