#include "client/store/server_ledger.h"
#include "client/store/store.h"
#include "shared/base/files.h"
#include "shared/protocol/key_change.h"
#include "tests/support/either_database.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A server and a device that has sent something, and what was kept from before its keys change. On either
/// database.
struct Keys
{
    ServerUnderTest server{either_database()};
    std::unique_ptr<DeviceUnderTest> device;
    TemporaryFolder folder;
    std::string old_checkpoint;
    std::string old_key;

    Keys()
    {
        server.start();
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
        device->capture(hours_input());
        device->must({"sync"});
        old_checkpoint = server.checkpoint();
        old_key = json::parse(server.must({"key", "show", "--json"})).at("verifier_key");
    }
    json rotate()
    {
        const json said = json::parse(server.must({"key", "rotate", "--json"}));
        server.stop();
        server.start();
        return said;
    }
    [[nodiscard]] fs::path kept(const std::string& name, const std::string& bytes) const
    {
        const fs::path file = folder.path() / name;
        std::ofstream(file, std::ios::binary) << bytes;
        return file;
    }
    /// `tallybook-verify` of the whole ledger.
    [[nodiscard]] server::ProgramResult verify(Words more = {}) const
    {
        const fs::path file = folder.path() / "ledger";
        server.must({"ledger", "export", file});
        Words words = {std::string(TALLY_BUILD_BIN_DIR) + "/tallybook-verify", file};
        words.insert(words.end(), more.begin(), more.end());
        return server::run_program(words, {});
    }
};

} // namespace

TEST_CASE("a device follows the server to new keys by itself, and loses nothing on the way")
{
    Keys keys;
    // Sealed to the old key, sent after the change.
    const std::string before = keys.device->capture(story_input(), {write_photo(keys.folder.path(), 7)});
    keys.rotate();
    const json report = keys.device->must_json({"sync"});
    CHECK(report.at("created").get<int>() + report.at("existing").get<int>() == 1);
    CHECK(report.at("photos") == 1);
    CHECK(report.at("again") == 0);
    CHECK(keys.device->entry(before).at("state") == "waiting");
    keys.device->capture(hours_input());
    CHECK(keys.device->must_json({"sync"}).at("created") == 1);
    // Twice, without a word in between.
    keys.rotate();
    keys.rotate();
    keys.device->capture(hours_input());
    const json later = keys.device->must_json({"sync"});
    CHECK(later.at("created").get<int>() + later.at("existing").get<int>() == 1);
    CHECK(later.at("again") == 0);
    CHECK(keys.device->must_json({"sync"}).at("created") == 0);
    CHECK(json::parse(keys.server.must({"verify", "--json"})).at("ok") == true);
}

TEST_CASE(
    "before anything is added after a change of keys, devices that knew the old key and new ones get along")
{
    Keys keys;
    const json said = keys.rotate();
    CHECK(keys.device->must_json({"sync"}).at("state") == "idle");
    const DeviceUnderTest newcomer(keys.server, "Tablet 2");
    CHECK(newcomer.must_json({"sync"}).at("state") == "idle");
    CHECK(keys.server.checkpoint() != keys.old_checkpoint);
    CHECK(keys.verify({"--checkpoint", keys.kept("again", keys.server.checkpoint())}).ok());
    CHECK(keys.verify({"--checkpoint", keys.kept("old", keys.old_checkpoint)}).ok());
    keys.rotate();
    const DeviceUnderTest another(keys.server, "Tablet 3");
    for (const auto* device :
         std::initializer_list<const DeviceUnderTest*>{keys.device.get(), &newcomer, &another})
        CHECK(device->must_json({"sync"}).at("state") == "idle");
    CHECK(json::parse(keys.server.must({"verify", "--json"})).at("ok") == true);
}

TEST_CASE("a ledger that was signed with several keys is verified, with what was kept from before")
{
    Keys keys;
    const json said = keys.rotate();
    CHECK(said.at("verifier_key") != keys.old_key);
    CHECK(said.at("first_verifier_key") == keys.old_key);
    // Without a row since, and with one.
    CHECK(keys.verify().ok());
    keys.device->capture(hours_input());
    keys.device->must({"sync"});
    const auto verified = keys.verify({"--checkpoint", keys.kept("old", keys.old_checkpoint)});
    CHECK_MESSAGE(verified.ok(), verified.err);
    CHECK(keys.verify({"--checkpoint", keys.kept("new", keys.server.checkpoint())}).ok());
    CHECK(keys.verify({"--key", keys.old_key}).ok());
    CHECK(keys.verify({"--key", said.at("verifier_key")}).ok());
    CHECK_FALSE(keys.verify({"--key", keys.old_key + "x"}).ok());
    CHECK(keys.server.checkpoint().find(keys.old_checkpoint.substr(0, keys.old_checkpoint.find('\n'))) == 0);

    // The statement is part of what is checked.
    const fs::path file = keys.folder.path() / "ledger";
    const std::string bytes = read_file(file).value();
    const std::size_t at = bytes.find("TLYK");
    REQUIRE(at != std::string::npos);
    for (const std::size_t offset : {5UL, 22UL, 30UL, 40UL, 80UL, 120UL, 150UL, 220UL}) {
        std::string changed = bytes;
        changed[at + offset] = static_cast<char>(changed[at + offset] ^ 1);
        const auto result = server::run_program(
            {std::string(TALLY_BUILD_BIN_DIR) + "/tallybook-verify", keys.kept("changed", changed)}, {});
        CHECK_FALSE(result.ok());
    }
}

TEST_CASE("a server that runs with keys that were changed signs nothing more, and says so")
{
    Keys keys;
    keys.server.must({"key", "rotate"});
    keys.device->capture(hours_input());
    const auto refused = keys.device->command({"sync", "--timeout", "5"});
    CHECK(refused.status == 1);
    CHECK(keys.device->must_json({"status"}).at("outbox").at("entries") == 1);
    keys.server.stop();
    keys.server.start();
    const json report = keys.device->must_json({"sync"});
    CHECK(report.at("created").get<int>() + report.at("existing").get<int>() == 1);
    CHECK(json::parse(keys.server.must({"verify", "--json"})).at("ok") == true);
}

TEST_CASE("receipts on a stick tell a device of new keys, and older receipts stay good")
{
    Keys keys;
    keys.device->capture(hours_input());
    const fs::path out = keys.folder.path() / "out.bundle";
    const fs::path receipts = keys.folder.path() / "receipts.tally";
    keys.device->must({"bundle", "export", out});
    keys.rotate();
    keys.server.must({"bundle", "import", out, "--receipts", receipts});
    CHECK(keys.device->must_json({"bundle", "receipts", receipts}).at("accepted") == 1);
    auto store = client::Store::open(keys.device->data());
    REQUIRE(store.ok());
    const auto identity = store->identity().value();
    client::ServerLedger ledger(*store, identity);
    CHECK(ledger.knows_key(identity.server_signing_key));
    // One of before the change, one of after.
    CHECK(ledger.entries_not_backed_up() == 2);
}

TEST_CASE("nobody but the old key can lead a device to a new one")
{
    Keys keys;
    auto store = client::Store::open(keys.device->data());
    REQUIRE(store.ok());
    const auto identity = store->identity().value();
    const auto stranger = crypto::make_signing_key();
    const auto next = crypto::make_signing_key();
    const std::string change = protocol::write_key_change({}, stranger, next);
    CHECK_FALSE(client::ServerLedger::follow_keys(*store, identity, {change, "odd", ""}));
    CHECK(store->identity()->server_signing_key == identity.server_signing_key);
}
