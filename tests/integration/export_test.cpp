#include "shared/base/files.h"
#include "shared/storage/database.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;

namespace {

namespace fs = std::filesystem;

ProgramResult verify(Words words)
{
    words.insert(words.begin(), fs::path(TALLY_BUILD_BIN_DIR) / "tallybook-verify");
    return server::run_program(words);
}

/// The newest receipt that the device keeps, as the server signed it.
std::string newest_receipt(const DeviceUnderTest& device)
{
    auto database = storage::Database::open("sqlite:" + (device.data() / "tallybook.db").string());
    REQUIRE(database.ok());
    const auto receipt =
        database->query_one<storage::sql::Blob>("SELECT receipt FROM receipts ORDER BY received_at_ms DESC");
    REQUIRE(receipt.has_value());
    return receipt->bytes;
}

} // namespace

TEST_CASE("an auditor holds a device's receipt and a kept checkpoint against the exported ledger")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string first = device.capture(hours_input());
    device.capture(story_input());
    device.must({"sync"});
    TemporaryFolder folder;
    const std::string kept = folder.path() / "checkpoint.txt";
    REQUIRE(write_file_durably(kept, server.checkpoint()).ok());
    CHECK(Reviewer(server, "manager@example.org").accept(first).status == 200);
    device.capture(hours_input());
    device.capture(delivery_input());
    device.must({"sync"});
    const std::string receipt = folder.path() / "receipt.bin";
    REQUIRE(write_file_durably(receipt, newest_receipt(device)).ok());

    const std::string file = folder.path() / "ledger.tally";
    server.must({"ledger", "export", file}); // while it serves
    const auto sound = verify({file, "--receipt", receipt, "--checkpoint", kept, "--json"});
    REQUIRE_MESSAGE(sound.ok(), sound.err << sound.out);
    const auto report = nlohmann::json::parse(sound.out);
    CHECK(report["entries"] == 4);
    CHECK(report["decisions"] == 1);
    CHECK(report["erasures"] == 0);
    CHECK(report["closings"] == 0);
    CHECK(report["receipt"]["in_log"] == 2);
    CHECK(report["receipt"]["covers_exact_bytes"] == true);
    CHECK(report["kept_checkpoint"] == 2);
    for (const auto& total : report["totals"])
        if (total["measure"] == "NT86") {
            CHECK(total["claimed"]["quantity"] == "3.5");
            CHECK(total["claimed"]["value_gbp"] == total["confirmed"]["value_gbp"]);
            CHECK(total["confirmed"]["entries"] == 1);
        }

    const auto bytes = read_file(file).value();
    for (const char* word : {"Aisha", "Rahman", "Kershaw", "Ribble", "balsam", "river", "resident"})
        CHECK(bytes.find(word) == std::string::npos);

    // Another server's ledger is no answer to this receipt.
    ServerUnderTest other;
    const std::string foreign = folder.path() / "other.tally";
    other.must({"ledger", "export", foreign});
    CHECK(verify({foreign}).ok());
    const auto refused = verify({foreign, "--receipt", receipt});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("receipt") != std::string::npos);
    CHECK(verify({file, "--receipt", folder.path() / "missing"}).status == 1);
    CHECK(verify({"--no-such-option"}).status == 2);
}

TEST_CASE("an export that cannot be written leaves nothing behind and says why")
{
    ServerUnderTest server;
    const auto refused = server.command({"ledger", "export", server.data() / "no" / "such" / "folder"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("could not be created") != std::string::npos);
    CHECK(server.command({"ledger", "export"}).status == 2);
}
