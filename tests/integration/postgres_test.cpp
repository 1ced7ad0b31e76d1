#include "tests/support/postgres.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

using namespace tally::test;

TEST_CASE("the whole path works on PostgreSQL")
{
    ServerUnderTest server(fresh_postgres_url());
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    server.stop();
    const std::string id = device.capture(hours_input());
    const TemporaryFolder photos;
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    server.start();
    device.must({"sync"});
    const std::string checkpoint = server.checkpoint();
    device.must({"sync"});
    CHECK(server.checkpoint() == checkpoint);

    Reviewer manager(server, "manager@example.org");
    CHECK(manager.entry(story).has("The river bank is ours again"));
    CHECK(manager.accept(id).status == 200);
    device.must({"sync"});
    CHECK(device.entry(id).at("state") == "accepted");
    server.stop();
    CHECK(server.command({"verify"}).ok());
}
