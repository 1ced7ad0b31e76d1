#include "server/api/changes.h"
#include "server/ingest/bundle_import.h"
#include "server/ledger/verify.h"
#include "server/storage/device_keys.h"
#include "shared/protocol/chain_report.h"
#include "tests/support/council_server.h"
#include "tests/support/postgres.h"

#include <doctest/doctest.h>

#include <functional>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

std::string statement(const Uuid& device, const crypto::SigningKey& from, const crypto::SigningKey& to,
                      std::uint64_t signed_up_to = 0)
{
    protocol::KeyChange change;
    change.device = device;
    change.made_at = sample_moment;
    change.signed_up_to = signed_up_to;
    return protocol::write_key_change(change, from, to);
}

/// A server with a device whose key changes.
struct Council : CouncilServer
{
    using CouncilServer::CouncilServer;

    Device known() { return find_device(database, device.id).value(); }
    /// The device makes itself a new key and shows it.
    std::string change_key()
    {
        const auto next = crypto::make_signing_key();
        statements += statement(device.id, device.signing, next, device.next_link.seq - 1);
        REQUIRE(ingest.receive_key_changes(statements).ok());
        old_keys.push_back(std::exchange(device.signing, next));
        return statements;
    }
    std::string seal()
    {
        Entry entry = sample_hours_entry();
        return device.seal(entry);
    }
    /// What is answered to a batch of a former key.
    Result<IngestService::Received> receive_as(const crypto::SigningKey& key,
                                               const std::vector<std::string>& records,
                                               Senders senders = Senders::Enrolled)
    {
        SampleDevice before = device;
        before.signing = key;
        return ingest.receive(before.batch(records), senders);
    }
    std::string refusal(const std::string& statements_shown)
    {
        const auto taken = ingest.receive_key_changes(statements_shown);
        return taken ? "" : taken.error().code;
    }

    std::string statements;
    std::vector<crypto::SigningKey> old_keys;
};

void on_both(const std::function<void(Council&)>& test)
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "server.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        Council council(url);
        test(council);
        CHECK(verify_ledger(council.database, council.keys.signing.public_key).ok());
    }
}

std::string changes_of(Council& council)
{
    return changes_for_device(council.database, council.vault, council.device.id, {}, council.clock.now())
        .value();
}

} // namespace

TEST_CASE("statements of a device are read only when they hang together and are its own")
{
    const Uuid device = Uuid::parse("01890000-0000-7000-8000-000000000001").value();
    const Uuid other = Uuid::parse("01890000-0000-7000-8000-000000000002").value();
    const auto first = crypto::make_signing_key();
    const auto second = crypto::make_signing_key();
    const auto third = crypto::make_signing_key();
    const std::string one = statement(device, first, second, 4);
    const std::string two = statement(device, second, third, 4);
    const auto read = protocol::parse_device_key_changes(one + two);
    REQUIRE(read.ok());
    REQUIRE(read->size() == 2);
    CHECK(read->back().new_key == third.public_key);
    CHECK(read->back().signed_up_to == 4);
    CHECK(read->back().bytes == two);

    const auto is_bad = [](const std::string& bytes) {
        const auto refused = protocol::parse_device_key_changes(bytes);
        return !refused && refused.error().code == "bad_key_change";
    };
    CHECK(is_bad(""));
    CHECK(is_bad(one.substr(1)));
    CHECK(is_bad(one + "x"));
    CHECK(is_bad(two + one));
    CHECK(is_bad(one + one));
    CHECK(is_bad(one + statement(other, second, third, 4)));
    CHECK(is_bad(one + statement(device, second, third, 3)));
    CHECK(is_bad(statement(Uuid{}, first, second)));
    protocol::KeyChange of_a_server;
    of_a_server.device = device;
    of_a_server.new_sealing_key = std::string(crypto::public_key_bytes, 'x');
    CHECK(is_bad(protocol::write_key_change(of_a_server, first, second)));
    for (std::size_t at = 0; at < one.size(); at += 7) {
        std::string changed = one;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK(is_bad(changed));
    }
    std::string many;
    auto last = crypto::make_signing_key();
    for (std::size_t i = 0; i <= protocol::key_changes_max; ++i) {
        const auto next = crypto::make_signing_key();
        many += statement(device, std::exchange(last, next), next);
    }
    CHECK(is_bad(many));
    many.resize(many.size() - protocol::key_change_bytes);
    CHECK(protocol::parse_device_key_changes(many).ok());
}

TEST_CASE("a server does not follow a device's statement to a key of its own")
{
    const auto server = crypto::make_signing_key();
    const auto next = crypto::make_signing_key();
    const Uuid device = Uuid::parse("01890000-0000-7000-8000-000000000001").value();
    CHECK(protocol::changes_since(server.public_key, {statement(device, server, next)}).empty());
    CHECK(protocol::changes_since(server.public_key, {statement({}, server, next)}).size() == 1);
}

TEST_CASE("a device's new key takes the place of the old one, however often it is shown")
{
    on_both([](Council& council) {
        CHECK_FALSE(council.known().key_changed_at);
        council.clock.set({council.clock.now().ms + 1000});
        const std::string statements = council.change_key();
        CHECK(council.known().public_key == council.device.signing.public_key);
        CHECK(council.known().key_changed_at == council.clock.now());
        council.clock.set({council.clock.now().ms + 1000});
        CHECK(council.ingest.receive_key_changes(statements).ok());
        CHECK(council.known().key_changed_at->ms == council.clock.now().ms - 1000);
        CHECK(council.send({council.seal()}).front().outcome == protocol::Outcome::Created);
        council.change_key();
        // Late copies of what was shown before.
        CHECK(council.ingest.receive_key_changes(statements).ok());
        CHECK(council.known().public_key == council.device.signing.public_key);
        CHECK_FALSE(council.known().key_disputed_at);
        CHECK(former_keys(council.database, council.device.id).size() == 2);
    });
}

TEST_CASE("a server that was restored from before follows all that the device shows")
{
    on_both([](Council& council) {
        for (int i = 0; i < 3; ++i)
            council.change_key();
        council.database.run("DELETE FROM device_key_changes WHERE number > 1");
        council.database.run("UPDATE devices SET public_key = (SELECT MAX(new_key) FROM device_key_changes)");
        CHECK(council.ingest.receive_key_changes(council.statements).ok());
        CHECK(council.known().public_key == council.device.signing.public_key);
    });
}

TEST_CASE("nobody but the holder of the present key can put another in its place")
{
    on_both([](Council& council) {
        const auto first = council.device.signing;
        const auto thief = crypto::make_signing_key();
        const Uuid id = council.device.id;
        CHECK(council.refusal(statement(id, thief, crypto::make_signing_key())) == "bad_signature");
        CHECK(council.refusal(statement(Uuid::parse("01890000-0000-7000-8000-000000000009").value(), first,
                                        thief)) == "device_unknown");
        CHECK(council.refusal("TLYK") == "bad_key_change");
        council.change_key();
        // Whoever found the former key later: this is seen, and changes nothing.
        CHECK(council.refusal(statement(id, first, thief)) == "key_conflict");
        CHECK(council.known().public_key == council.device.signing.public_key);
        CHECK(council.known().key_disputed_at);
        CHECK(council.refusal(statement(id, first, crypto::make_signing_key())) == "key_conflict");
        CHECK(council.count("device_key_disputes") == 1);
        // No key comes back, of this device or of another.
        CHECK(council.refusal(statement(id, council.device.signing, first)) == "key_taken");
        CHECK(council.count("device_key_changes") == 1);
    });
}

TEST_CASE("no device is enrolled with a key that another one had")
{
    on_both([](Council& council) {
        council.change_key();
        const auto code = make_device_code(council.database, council.random, council.clock.now(), "Tablet 2",
                                           DeviceMode::Worker, "p-2");
        UuidSource ids(council.clock, council.random);
        const auto enrolled = enrol_device(council.database, ids, council.clock.now(), code->code,
                                           council.old_keys.front().public_key);
        REQUIRE_FALSE(enrolled.ok());
        CHECK(enrolled.error().code == "key_taken");
    });
}

TEST_CASE("what a former key signed before its time was over is taken, and nothing else")
{
    on_both([](Council& council) {
        const std::string here = council.seal();
        council.send({here});
        const std::vector<std::string> carried = {council.seal(), council.seal()};
        council.change_key();
        const auto& old_key = council.old_keys.front();
        const auto code = [&](const Result<IngestService::Received>& received) {
            return received ? std::string() : received.error().code;
        };
        // On a stick, since before the change.
        const auto late = council.receive_as(old_key, carried);
        REQUIRE_MESSAGE(late.ok(), code(late));
        CHECK(late->receipt.outcomes.front().outcome == protocol::Outcome::Created);
        CHECK(council.receive_as(old_key, {here})->receipt.outcomes.front().outcome ==
              protocol::Outcome::Exists);
        // Sealed later: by somebody who has the old key.
        CHECK(code(council.receive_as(old_key, {council.seal()})) == "former_key");
        // In the place of what is here already.
        SampleDevice thief(council.random, council.clock, council.keys.sealing.public_key);
        thief.id = council.device.id;
        thief.next_link.seq = 2;
        Entry forged = sample_hours_entry();
        CHECK(code(council.receive_as(old_key, {thief.seal(forged)})) == "former_key");
        CHECK(code(council.receive_as(old_key, {"no record"})) == "former_key");
        CHECK(code(council.receive_as(crypto::make_signing_key(), {here})) == "bad_signature");
        CHECK(council.count("entry_records") == 3);
    });
}

TEST_CASE("the server asks for a missing number, and a former key may still fill that one")
{
    on_both([](Council& council) {
        std::vector<std::string> records;
        for (int i = 0; i < 4; ++i)
            records.push_back(council.seal());
        council.send({records[0], records[3]});
        council.change_key();
        const auto& old_key = council.old_keys.front();
        CHECK(council.receive_as(old_key, {records[1]}).ok());
        const auto report = [&](std::uint64_t seq) {
            return council.ingest.receive_report(protocol::write_chain_report(
                council.device.id, council.clock.now(),
                {{seq, protocol::ChainState::Erased, std::string(32, 'd')}}, old_key));
        };
        CHECK(report(3).ok());
        REQUIRE_FALSE(report(5).ok());
        CHECK(report(5).error().code == "former_key");
    });
}

TEST_CASE("a revocation ends all keys of a device, until what it holds is let in")
{
    on_both([](Council& council) {
        const std::string before = council.seal();
        council.change_key();
        const std::string after = council.seal();
        REQUIRE(revoke_device(council.database, "Tablet 1", council.clock.now()).ok());
        const auto& old_key = council.old_keys.front();
        CHECK(council.receive_as(old_key, {before}).error().code == "device_revoked");
        CHECK(council.receive_as(council.device.signing, {after}).error().code == "device_revoked");
        const auto next = crypto::make_signing_key();
        CHECK(council.refusal(council.statements + statement(council.device.id, council.device.signing, next,
                                                             council.device.next_link.seq)) ==
              "device_revoked");
        CHECK(ask_for_new_key(council.database, "Tablet 1", council.clock.now()).error().code ==
              "already_revoked");
        // By the administrator's decision: also what a copy of the device signed with the former key.
        CHECK(council.receive_as(old_key, {after}, Senders::AlsoRevoked).ok());
        REQUIRE(set_rest_of_device(council.database, "Tablet 1", Rest::Accepted, council.clock.now()).ok());
        CHECK(council.receive_as(old_key, {council.seal()}).ok());
        CHECK(council.receive_as(crypto::make_signing_key(), {before}, Senders::AlsoRevoked).error().code ==
              "bad_signature");
    });
}

TEST_CASE("a device hears that a new key is wished for, until it has one")
{
    on_both([](Council& council) {
        CHECK(changes_of(council).find("new_key") == std::string::npos);
        CHECK(ask_for_new_key(council.database, "Tablet 9", council.clock.now()).error().code == "not_found");
        REQUIRE(ask_for_new_key(council.database, "Tablet 1", council.clock.now()).ok());
        CHECK(changes_of(council).find("\"new_key_asked_at_ms\":" + std::to_string(council.clock.now().ms)) !=
              std::string::npos);
        CHECK(council.known().new_key_asked_at == council.clock.now());
        const std::string statements = council.change_key();
        CHECK(changes_of(council).find("new_key") == std::string::npos);
        CHECK_FALSE(council.known().new_key_asked_at);
        // What was shown before does not meet a later wish.
        REQUIRE(ask_for_new_key(council.database, "Tablet 1", council.clock.now()).ok());
        CHECK(council.ingest.receive_key_changes(statements).ok());
        CHECK(council.known().new_key_asked_at);
    });
}

TEST_CASE("a bundle tells the server of the key with which it is signed")
{
    on_both([](Council& council) {
        const auto next = crypto::make_signing_key();
        const std::string statements =
            statement(council.device.id, council.device.signing, next, council.device.next_link.seq - 1);
        const std::string record = council.seal();
        council.device.signing = next;
        protocol::BundleWriter writer;
        writer.add_batch(council.device.batch({record}));
        writer.add_key_changes(statements);
        const std::string bundle = std::move(writer).finish();
        for (int turn = 0; turn < 2; ++turn) {
            const auto report = import_bundle(council.ingest, council.attachments, council.clock, bundle);
            REQUIRE_MESSAGE(report.ok(), (report ? "" : report.error().text()));
            CHECK(report->problems.empty());
            CHECK(report->created + report->existing == 1);
        }
        CHECK(council.known().public_key == next.public_key);
    });
}
