#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

using namespace tally::test;
using nlohmann::json;

TEST_CASE("without a session there is the sign-in page, the public routes and nothing else")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string id = device.capture(story_input());
    device.must({"sync"});

    Browser stranger(server.address());
    for (const std::string& path :
         {std::string("/"), std::string("/queue"), "/entries/" + id, std::string("/contracts"),
          std::string("/contracts/LCC-1"), std::string("/ledger"), std::string("/ledger/0"),
          std::string("/devices"), std::string("/devices/new"), std::string("/people"),
          std::string("/account"), std::string("/nothing")}) {
        const Page page = stranger.get(path);
        CAPTURE(path);
        CHECK(page.status >= 300);
        CHECK_FALSE(page.has("river bank"));
        CHECK_FALSE(page.has("Highway"));
        CHECK_FALSE(page.has("Tablet"));
        if (page.status < 400)
            CHECK(page.location.starts_with("/sign-in"));
    }
    for (const char* path : {"/sign-in", "/healthz", "/openapi.json", "/api/v1/server", "/api/v1/checkpoint"})
        CHECK_MESSAGE(stranger.get(path).status == 200, path);
    for (const char* path :
         {"/entries/0190a5c4-7d1e-7b3a-8f00-0123456789ab/decisions", "/devices/codes", "/people"}) {
        const Page page = stranger.post(path, "decision=accept", "application/x-www-form-urlencoded");
        CHECK_MESSAGE(page.status >= 300, path);
        CHECK_MESSAGE((page.status >= 400 || page.location.starts_with("/sign-in")), path);
    }
    CHECK_FALSE(stranger.sign_in("manager@example.org", "wrong password here"));
    CHECK_FALSE(stranger.sign_in("nobody@example.org", test_password));
}

TEST_CASE("a form without its token does nothing")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string id = device.capture(hours_input());
    device.must({"sync"});
    Browser browser(server.address());
    REQUIRE(browser.sign_in("manager@example.org", test_password));
    const Page page = browser.get("/entries/" + id);
    CHECK(browser.submit(page, "/entries/" + id, {{"decision", "accept"}, {"csrf", "forged"}}).status >= 400);
    CHECK(browser.get("/entries/" + id).has("value=\"accept\""));
}

TEST_CASE("a device that nobody enrolled gets a problem document")
{
    ServerUnderTest server;
    server.start();
    Browser stranger(server.address());
    const Page batch = stranger.post("/api/v1/batches", "TLYB nonsense", "application/vnd.tallybook.batch");
    CHECK(batch.status >= 400);
    CHECK(batch.type == "application/problem+json");
    CHECK(json::parse(batch.body).contains("code"));
    const Page changes = stranger.get("/api/v1/changes");
    CHECK(changes.status == 401);
    CHECK(changes.type == "application/problem+json");

    const DeviceUnderTest never;
    const ProgramResult refused = never.command({"sync"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("nrol") != std::string::npos);
}

TEST_CASE("a device of another server is unknown here, and loses nothing")
{
    ServerUnderTest first;
    first.start();
    const DeviceUnderTest device(first, "Tablet 1");
    const std::string id = device.capture(hours_input());
    const std::string address = first.address();
    first.stop();

    // The same address now belongs to a server that does not know the device.
    ServerUnderTest second;
    second.must({"device", "list"});
    second.start();
    CHECK(device.command({"sync", "--timeout", "5"}).status == 1);
    CHECK(device.entry_ids() == std::vector<std::string>{id});
}

TEST_CASE("a revoked device is refused with a reason, keeps its entries and can be enrolled again")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string sent = device.capture(hours_input());
    device.must({"sync"});
    server.must({"device", "revoke", "Tablet 1"});

    const std::string kept = device.capture(hours_input());
    const ProgramResult refused = device.command({"sync", "--timeout", "5"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("nrol") != std::string::npos);
    CHECK(device.entry_ids().size() == 2);

    device.must({"enrol", server.device_code("Tablet 1 again"), "--pin-stdin"}, "2468\n");
    device.must({"sync"});
    Reviewer manager(server, "manager@example.org");
    CHECK(manager.entry(sent).status == 200);
    CHECK(device.entry_ids().size() == 2);
    (void)kept;
}

TEST_CASE("an enrolment code works once")
{
    ServerUnderTest server;
    server.start();
    const std::string code = server.device_code("Tablet 1");
    const DeviceUnderTest first;
    const DeviceUnderTest second;
    first.must({"enrol", code, "--pin-stdin"}, "2468\n");
    const ProgramResult refused = second.command({"enrol", code, "--pin-stdin"}, "2468\n");
    CHECK(refused.status == 1);
    CHECK_FALSE(refused.err.empty());
    CHECK(second.command({"capture", "-"}, hours_input().dump()).status == 1);
}

TEST_CASE("bad input is refused with a sentence that names the field, and nothing is saved")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    json wrong_end = hours_input();
    wrong_end["body"]["end"] = "00:00";
    json no_host = hours_input();
    no_host["body"]["host"] = "";
    json extra = hours_input();
    extra["colour"] = "green";
    for (const std::string& input : {wrong_end.dump(), no_host.dump(), extra.dump(), std::string("not JSON"),
                                     hours_input().dump() + "\n" + no_host.dump()}) {
        const ProgramResult refused = device.command({"capture", "-"}, input);
        CHECK(refused.status == 1);
        CHECK_FALSE(refused.err.empty());
    }
    CHECK(device.entry_ids().empty());
    CHECK(device.command({"fly"}).status == 2);
    CHECK(server.command({"fly"}).status == 2);
    CHECK(device.command({"--help"}).status == 0);
}
