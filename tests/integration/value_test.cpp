#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

using namespace tally::test;
using nlohmann::json;

namespace {

bool says(const Page& page, const std::string& text)
{
    return page.words().find(text) != std::string::npos;
}

} // namespace

TEST_CASE("3.5 hours of staff time are claimed at exactly 59.255 and confirmed by somebody else")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.add_user("Elaine Fox", "author@example.org", "reviewer", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Elaine's tablet", "worker", "author@example.org");
    const std::string id = device.capture(hours_input("NT86"));
    device.must({"sync"});

    Reviewer author(server, "author@example.org");
    CHECK(says(author.entry(id), "59.255"));
    CHECK(says(author.entry(id), "£59.26"));
    CHECK_FALSE(author.entry(id).has("value=\"accept\""));

    Reviewer manager(server, "manager@example.org");
    CHECK(says(manager.page("/contracts/LCC-1"), "£59.26 waiting"));
    CHECK_FALSE(says(manager.page("/contracts/LCC-1"), "£59.26 confirmed"));
    CHECK(manager.accept(id).status == 200);
    CHECK(says(manager.entry(id), "Accepted"));
    CHECK(says(manager.page("/contracts/LCC-1"), "£59.26 confirmed"));
    CHECK_FALSE(says(manager.page("/contracts/LCC-1"), "£59.26 waiting"));

    device.must({"sync"});
    CHECK(device.entry(id).at("state") == "accepted");
}

TEST_CASE("nobody decides on what they captured, however they ask")
{
    ServerUnderTest server;
    server.add_user("Elaine Fox", "author@example.org", "reviewer", {"LCC-1"});
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Elaine's tablet", "worker", "author@example.org");
    const DeviceUnderTest other(server, "Tablet 2");
    const std::string own = device.capture(hours_input());
    const std::string foreign = other.capture(hours_input());
    device.must({"sync"});
    other.must({"sync"});

    // The form of another entry, sent to the address of their own: the server decides, not the page.
    Browser browser(server.address());
    REQUIRE(browser.sign_in("author@example.org", test_password));
    Page page = browser.get("/entries/" + foreign);
    std::string form = page.body;
    for (std::size_t at = form.find(foreign); at != std::string::npos; at = form.find(foreign, at))
        form.replace(at, foreign.size(), own);
    page.body = form;
    const Page refused = browser.submit(page, "/entries/" + own, {{"decision", "accept"}, {"note", ""}});
    CHECK(refused.status >= 400);
    Reviewer manager(server, "manager@example.org");
    CHECK_FALSE(says(manager.entry(own), "Accepted by"));
    CHECK(manager.entry(own).has("value=\"accept\""));
}

TEST_CASE("residents' hours under a staff measure are a community contribution without pounds")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    json input = hours_input("NT86");
    input["body"]["whose_time"] = "residents";
    const std::string id = device.capture(input);
    device.must({"sync"});

    Reviewer manager(server, "manager@example.org");
    const Page page = manager.entry(id);
    CHECK(says(page, "no pounds"));
    CHECK(says(page, "community contribution"));
    CHECK_FALSE(says(page, "59.2"));
    CHECK_FALSE(says(manager.page("/contracts/LCC-1"), "£59.26"));
}

TEST_CASE("measures with an odd published value are held out of totals with their note")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string weeks = device.capture(delivery_input("NT11", "2"));
    const std::string kilograms = device.capture(delivery_input("NT88", "1.5"));
    device.must({"sync"});

    Reviewer manager(server, "manager@example.org");
    CHECK(says(manager.entry(weeks), "Value held"));
    CHECK(says(manager.entry(weeks), "hours"));
    CHECK(says(manager.entry(kilograms), "Value held"));
    CHECK(manager.accept(weeks).status == 200);
    const Page contract = manager.page("/contracts/LCC-1");
    CHECK(says(contract, "Social value £0.00"));
    CHECK(says(contract, "Held apart £448.19 £211.16 confirmed £237.03 waiting"));
    CHECK(says(contract, "the published unit is weeks"));
}
