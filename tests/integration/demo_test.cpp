#include "server/demo/program.h"
#include "tests/support/browser.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <regex>

using namespace tally::test;
using tally::server::programs_folder;
using tally::server::run_program;

TEST_CASE("the demo makes a council to look at, with a sound ledger")
{
    const TemporaryFolder folder;
    const std::string data = folder.path() / "demo";
    const std::string program = programs_folder() / "tallybook-server";
    const auto made = run_program({program, "demo", "--listen", "127.0.0.1:0", "--data", data}, {},
                                  std::chrono::minutes(8));
    REQUIRE_MESSAGE(made.ok(), made.out << made.err);
    CHECK((made.out + made.err).find("manager@demo.example") != std::string::npos);
    CHECK(run_program({program, "verify", "--data", data}).ok());
    CHECK(run_program({program, "demo", "--data", data}).status == 1);

    tally::server::Program server({program, "serve", "--listen", "127.0.0.1:0", "--data", data});
    REQUIRE(server.wait_for_text("http://127.0.0.1:", std::chrono::seconds(60)));
    const std::string text = server.out() + server.err();
    std::smatch address;
    REQUIRE(std::regex_search(text, address, std::regex("http://127\\.0\\.0\\.1:[0-9]+")));
    Browser manager(address.str());
    REQUIRE(manager.sign_in("manager@demo.example", "tallybook-demo"));
    const Page contracts = manager.get("/contracts");
    for (const char* title :
         {"Highway repairs", "School and community meals", "Library and hub refurbishment"})
        CHECK(contracts.has(title));
    CHECK(manager.get("/queue").links("/entries/").size() > 10);
}
