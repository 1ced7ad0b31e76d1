#include "tests/support/programs.h"

#include <doctest/doctest.h>

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
