#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

using namespace tally::test;
using nlohmann::json;

namespace {

constexpr const char* spreadsheet =
    "ref,title,supplier,buyer,framework,framework_version,starts,ends,measure,period,quantity\n"
    "LCC-9,Parks,Moss Side Builders "
    "Ltd,Council,lancashire-toms-2024,2024-28,2024-01-01,2028-12-31,NT86,2026-Q4,50\n";

std::string write(const ServerUnderTest& server, const std::string& name, const std::string& text)
{
    const auto file = server.data() / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
}

json hours_for(const std::string& contract)
{
    json input = hours_input();
    input["about"]["contract"] = contract;
    return input;
}

} // namespace

TEST_CASE("a contract that is loaded while the server runs is used at the next sync")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string early = device.capture(hours_for("LCC-9"));
    CHECK(device.must({"sync"}).find("1 rejected") != std::string::npos);
    CHECK(device.entry(early).at("state") == "rejected");
    CHECK(device.entry(early).at("code") == "contract_unknown");

    server.must({"contract", "import", write(server, "parks.csv", spreadsheet)});
    const std::string late = device.capture(hours_for("LCC-9"));
    device.command({"sync"});
    CHECK(device.entry(late).at("state") == "waiting");
    // What was refused stays on the device with its reason.
    CHECK(device.entry_ids().size() == 2);
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("files that a council loads are reported whole, and loaded again without change")
{
    ServerUnderTest server;
    const std::string good = write(server, "parks.csv", spreadsheet);
    CHECK(server.must({"contract", "import", good}).find("added") != std::string::npos);
    CHECK(json::parse(server.must({"contract", "import", good, "--json"})).at("unchanged") == 1);

    std::string bad_text = spreadsheet;
    bad_text.replace(bad_text.find("NT86"), 4, "NT99");
    bad_text.replace(bad_text.find("2026-Q4"), 7, "2026-Q9");
    const ProgramResult refused = server.command({"contract", "import", write(server, "bad.csv", bad_text)});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("line 2, measure") != std::string::npos);
    CHECK(refused.err.find("line 2, period") != std::string::npos);
    CHECK(refused.err.find("nothing was loaded") != std::string::npos);

    const std::string source = TALLY_SOURCE_DIR;
    server.must({"framework", "import", source + "/assets/frameworks/crosby-plan.json"});
    server.must({"questionnaire", "import", source + "/assets/questionnaires/public-place.json"});
    CHECK(
        server.command({"framework", "import", source + "/assets/questionnaires/public-place.json"}).status ==
        1);
    CHECK(server.command({"framework", "import", "/no/such/file.json"}).status == 1);
}

TEST_CASE("an agreed contract is changed by command only with a reason, by somebody who may")
{
    ServerUnderTest server;
    const std::string good = write(server, "parks.csv", spreadsheet);
    server.must({"contract", "import", good});
    CHECK(server.command({"contract", "agree", "LCC-8"}).status == 1);
    CHECK(server.command({"contract", "agree", "LCC-9", "--by", "nobody@test.example"})
              .err.find("Nobody has") != std::string::npos);
    server.add_user("Samir Khan", "samir@test.example", "manager", {"LCC-9"});
    server.add_user("Elaine Fox", "elaine@test.example", "reviewer", {"LCC-9"});
    CHECK(server.command({"contract", "agree", "LCC-9", "--by", "elaine@test.example"}).status == 1);
    server.must({"contract", "agree", "LCC-9", "--by", "samir@test.example"});
    CHECK(json::parse(server.must({"contract", "import", good, "--json"})).at("unchanged") == 1);

    std::string text = spreadsheet;
    text.replace(text.find("2026-Q4,50"), 10, "2026-Q4,40");
    const std::string other = write(server, "less.csv", text);
    const ProgramResult refused = server.command({"contract", "import", other});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("target NT86, 2026-Q4: 50 becomes 40") != std::string::npos);
    server.must({"contract", "import", other, "--reason", "A dry summer.", "--preview"});
    CHECK(server.command({"contract", "import", other}).status == 1);
    server.must({"contract", "import", other, "--reason", "A dry summer.", "--by", "samir@test.example"});

    const json history = json::parse(server.must({"contract", "history", "LCC-9", "--json"}));
    REQUIRE(history.size() == 2);
    CHECK(history[0].at("was") == "50");
    CHECK(history[0].at("became") == "40");
    CHECK(history[0].at("reason") == "A dry summer.");
    CHECK(history[0].at("by") == history[1].at("by"));
    CHECK(history[1].at("field") == "agreed");
}

TEST_CASE("local measures and Open Contracting files are loaded by command, and devices get them")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string source = TALLY_SOURCE_DIR;
    server.must({"framework", "import", source + "/assets/demo/local-measures.json"});
    const json list = json::parse(server.must({"framework", "list", "--json"}));
    CHECK(std::ranges::any_of(list, [](const json& set) {
        return set.at("id") == "lancashire-toms-2024" && set.at("local_measures") == 2;
    }));
    const json release = {
        {"ocid", "ocds-213czf-1"},
        {"parties",
         {{{"id", "B"}, {"name", "Council"}, {"roles", {"buyer"}}},
          {{"id", "S"}, {"name", "Lune"}, {"roles", {"supplier"}}}}},
        {"contracts",
         {{{"id", "C1"},
           {"title", "Grounds"},
           {"period", {{"startDate", "2024-01-01T00:00:00Z"}, {"endDate", "2028-12-31T00:00:00Z"}}}}}}};
    const std::string file = write(server, "release.json", release.dump());
    CHECK(server.command({"contract", "import", file}).err.find("--framework ID@VERSION") !=
          std::string::npos);
    CHECK(server.must({"contract", "import", file, "--framework", "lancashire-toms-2024@2024-28"})
              .find("named with --framework") != std::string::npos);

    json mended = hours_for("ocds-213czf-1/C1");
    mended["kind"] = "delivery";
    mended["about"].erase("event");
    mended["about"].erase("place");
    mended["about"]["measure"] = "LOCAL-1";
    mended["body"] = {{"quantity", "12"},
                      {"period_start", "2026-01-01"},
                      {"period_end", "2026-03-31"},
                      {"description", "Mended at the spring fair"}};
    device.must({"sync"});
    const std::string entry = device.capture(mended);
    device.command({"sync"});
    CHECK(device.entry(entry).at("state") == "waiting");
}
