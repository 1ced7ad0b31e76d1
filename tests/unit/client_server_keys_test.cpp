#include "client/store/server_ledger.h"
#include "client/sync/sync.h"
#include "shared/base/encoding.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"
#include "tests/support/client_fixture.h"
#include "tests/support/fake_server.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>

using namespace tally;
using namespace tally::client;
using namespace tally::test;
using nlohmann::json;

namespace {

constexpr const char* change_of_keys = "/api/v1/keys";

/// Statements as the server shows them.
std::string shown(const std::vector<std::string>& changes)
{
    json list = json::array();
    for (const auto& change : changes)
        list.push_back(to_base64(change));
    return json{{"name", "Test"}, {"changes", list}}.dump();
}

/// A server that also says what became of its keys.
class WithKeys final : public Transport
{
public:
    WithKeys(FakeServer& server, std::function<std::string()> keys)
        : m_server(server), m_keys(std::move(keys))
    {
    }
    Result<HttpResponse> send(const HttpRequest& request) override
    {
        if (request.target == change_of_keys)
            return HttpResponse{200, {{"content-type", "application/json"}}, m_keys()};
        return m_server.answer(request);
    }
    void interrupt() override {}

private:
    FakeServer& m_server;
    std::function<std::string()> m_keys;
};

/// A device that knows its server's first key, and a server that has others by now.
struct Changed
{
    TemporaryFolder folder;
    FakeServer server;
    DeviceRun run{folder.path()};
    std::vector<std::string> changes;
    int asked = 0;

    Changed()
    {
        run.enrol(server.keys, DeviceMode::Worker, std::nullopt);
        server.know(identity());
    }
    Identity identity() { return run.store.identity().value(); }
    /// Signs with a new key from now on, and vouches for it.
    void change_keys()
    {
        const ServerKeys next;
        protocol::KeyChange change;
        change.new_sealing_key = next.sealing.public_key;
        changes.push_back(protocol::write_key_change(change, server.keys.signing, next.signing));
        server.keys = next;
    }
    Result<SyncReport> sync(std::function<std::string()> keys = nullptr)
    {
        if (!keys)
            keys = [this] {
                ++asked;
                return shown(changes);
            };
        SyncRunner engine(
            run.store, [&](const Identity&) { return std::make_unique<WithKeys>(server, keys); }, run.clock,
            run.random);
        return engine.run({});
    }
};

} // namespace

TEST_CASE("a receipt with a new key of the server leads to one question, and then everything arrives")
{
    Changed device;
    const Uuid before = device.run.save(sample_hours());
    device.change_keys();
    device.change_keys();
    const auto report = device.sync();
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().text()));
    CHECK(device.asked == 1);
    // It had come already; only its receipt could not be read.
    CHECK(report->existing == 1);
    CHECK(device.run.store.find_entry(before)->state == EntryState::Waiting);
    CHECK(device.identity().server_signing_key == device.server.keys.signing.public_key);
    CHECK(device.identity().server_sealing_key == device.server.keys.sealing.public_key);
    device.run.save(sample_hours());
    CHECK(device.sync().value().created == 1);
    CHECK(device.asked == 1);
}

TEST_CASE("a checkpoint with a new key of the server is believed after one question, in the same round")
{
    Changed device;
    device.change_keys();
    const std::string note =
        protocol::sign_checkpoint({"log", 7, std::string(32, 'r')}, device.server.keys.signing);
    device.server.changes = json{
        {"cursor", "1"},
        {"more", false},
        {"server_time_ms", 1'772'443'800'000},
        {"ledger", {{"checkpoint", note}, {"backed_up", 5U}}},
        {"items",
         json::array()}}.dump();
    const auto report = device.sync();
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().text()));
    CHECK(device.asked == 1);
    CHECK(ServerLedger(device.run.store, device.identity()).proved()->size == 7);
}

TEST_CASE("a server is asked for its keys once in a round, however far they lead on")
{
    Changed device;
    const Uuid id = device.run.save(sample_hours());
    device.server.wrong_receipts = true;
    int asked = 0;
    const auto report = device.sync([&] {
        // Never the key that it signs with.
        REQUIRE(++asked < 50);
        device.change_keys();
        return shown(device.changes);
    });
    CHECK(report.error().code == "bad_receipt");
    CHECK(asked == 1);
    CHECK(device.run.store.find_entry(id)->state == EntryState::Unsent);
}

TEST_CASE("whatever else a server says of its keys, what it signed with another is not believed")
{
    for (const char* odd :
         {"", "{}", "[]", "null", R"({"changes":7})", R"({"changes":[7,null,"AAAA","%"]})", "<html>"}) {
        CAPTURE(odd);
        Changed device;
        const auto known = device.identity();
        const Uuid id = device.run.save(sample_hours());
        device.change_keys();
        const auto report = device.sync([&] { return std::string(odd); });
        CHECK(report.error().code == "bad_receipt");
        CHECK(device.identity().server_signing_key == known.server_signing_key);
        CHECK(device.run.store.find_entry(id)->state == EntryState::Unsent);
    }
}

TEST_CASE("earlier enrolments with the same server learn of its keys with the first that asks")
{
    Changed device;
    const Identity old = device.identity();
    const Uuid before = device.run.save(sample_hours());
    FakeServer again;
    again.keys = device.server.keys;
    device.run.enrol(again.keys, DeviceMode::Worker, std::nullopt);
    device.run.vault.renew_run_key();
    again.know(device.identity());
    const Uuid after = device.run.save(sample_hours());
    device.change_keys();
    again.keys = device.server.keys;
    int asked = 0;
    const auto keys = [&] {
        ++asked;
        return shown(device.changes);
    };
    const auto route = [&](const Identity& identity) {
        return std::make_unique<WithKeys>(identity.device == old.device ? device.server : again, keys);
    };
    SyncRunner engine(device.run.store, route, device.run.clock, device.run.random);
    const auto report = engine.run({});
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().text()));
    CHECK(asked == 1);
    for (const Uuid& id : {before, after})
        CHECK(device.run.store.find_entry(id)->state == EntryState::Waiting);
    for (const Identity& identity : device.run.store.identities())
        CHECK(identity.server_signing_key == again.keys.signing.public_key);
}
