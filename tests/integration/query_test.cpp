#include "shared/storage/database.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::test;
using nlohmann::json;

namespace {

/// The sealed bytes of an entry as the server holds them.
std::string sealed_bytes(const ServerUnderTest& server, const std::string& id)
{
    auto database = storage::Database::open("sqlite:" + (server.data() / "tallybook.db").string());
    REQUIRE(database.ok());
    const auto row =
        database->query_one<storage::sql::Blob>("SELECT record FROM entry_records WHERE id = :id", id);
    REQUIRE(row.has_value());
    return row->bytes;
}

} // namespace

TEST_CASE("a queried entry is answered on the device and accepted, and the ledger shows the whole history")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    json input = hours_input("NT8");
    input["body"]["host"] = "A school";
    const std::string first = device.capture(input);
    device.must({"sync"});
    const std::string before = sealed_bytes(server, first);

    Reviewer manager(server, "manager@example.org");
    CHECK(manager.decide(first, "query", "Which school was this?").status == 200);
    device.must({"sync"});
    CHECK(device.entry(first).at("state") == "queried");
    CHECK(device.entry(first).at("question") == "Which school was this?");
    const json queried = device.must_json({"entries", "--state", "queried"});
    CHECK(queried.at("entries").size() == 1);

    input["action"] = "amend";
    input["amends"] = first;
    input["reason"] = "Named the school";
    input["body"]["host"] = "Moss Side Primary School";
    const std::string second = device.capture(input);
    device.must({"sync"});
    CHECK(manager.entry(second).has("Moss Side Primary School"));
    CHECK(manager.accept(second).status == 200);
    device.must({"sync"});
    CHECK(device.entry(second).at("state") == "accepted");
    CHECK(device.entry(first).at("state") == "replaced");

    const std::string page = manager.entry(second).words();
    std::size_t at = page.find("History");
    for (const char* step : {"Arrived", "Question", "Which school was this?", "Amended", "Named the school",
                             "Accepted by Samir Khan"}) {
        const std::size_t found = page.find(step, at);
        CHECK_MESSAGE(found != std::string::npos, step << " in " << page.substr(at));
        at = found == std::string::npos ? at : found;
    }
    CHECK(sealed_bytes(server, first) == before);
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("a declined entry tells the device why, and a withdrawn one leaves the queue")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string declined = device.capture(hours_input());
    const std::string withdrawn = device.capture(hours_input());
    device.must({"sync"});

    Reviewer manager(server, "manager@example.org");
    CHECK(manager.decide(declined, "decline", "This is part of the service.").status == 200);
    device.capture({{"kind", "hours"},
                    {"action", "withdraw"},
                    {"amends", withdrawn},
                    {"reason", "Entered twice"},
                    {"about", json::object()}});
    device.must({"sync"});
    CHECK(device.entry(declined).at("state") == "declined");
    CHECK(device.entry(declined).at("note") == "This is part of the service.");
    CHECK(device.entry(withdrawn).at("state") == "withdrawn");
    const Page queue = manager.page("/queue");
    CHECK(queue.status == 200);
    CHECK_FALSE(queue.has(withdrawn));
    CHECK_FALSE(queue.has(declined));
}

TEST_CASE("a question without words, or a decision taken already, is refused")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.add_user("Elaine Fox", "reviewer@example.org", "reviewer", {"LCC-1"});
    server.add_user("Joe Whittle", "other@example.org", "reviewer", {"LCC-2"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string id = device.capture(hours_input());
    device.must({"sync"});

    Reviewer manager(server, "manager@example.org");
    const Page unanswered = manager.decide(id, "query", "");
    CHECK(unanswered.has("note-error"));

    Browser late(server.address());
    REQUIRE(late.sign_in("reviewer@example.org", test_password));
    const Page form = late.get("/entries/" + id);
    CHECK(manager.accept(id).status == 200);
    CHECK(late.submit(form, "/entries/" + id, {{"decision", "decline"}, {"note", "No"}}).status >= 400);

    // Another contract's reviewer does not even learn that it exists.
    CHECK(Reviewer(server, "other@example.org").entry(id).status == 404);
}
