#include "client/store/server_ledger.h"
#include "client/sync/ledger_watch.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/merkle.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::client;
using namespace tally::test;
using nlohmann::json;

namespace {

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;

/// A device whose receipts the test signs itself.
struct Ledgers
{
    TemporaryFolder folder;
    ServerKeys server;
    DeviceRun run{folder.path()};

    Ledgers() { run.enrol(server); }
    Identity identity() { return run.store.identity().value(); }
    ServerLedger ledger() { return ServerLedger(run.store, identity()); }

    /// Answers everything unsent, at positions from `position` on.
    void acknowledge(std::uint64_t position, const SeenTree& tree,
                     protocol::Outcome outcome = protocol::Outcome::Created)
    {
        const auto batch = run.store.next_batch(identity(), 0, run.clock.now());
        REQUIRE(batch.has_value());
        protocol::Receipt receipt;
        receipt.device = identity().device;
        receipt.entries_digest = batch->entries_digest;
        receipt.tree_size = tree.size;
        receipt.tree_root = tree.root;
        for (std::size_t i = 0; i < batch->ids.size(); ++i)
            receipt.outcomes.push_back(
                outcome == protocol::Outcome::Rejected
                    ? protocol::EntryOutcome{outcome, 0, "contract_unknown", "No such contract."}
                    : protocol::EntryOutcome{outcome, position + i, "", ""});
        REQUIRE(
            run.store.keep_receipt(*batch, receipt, protocol::write_receipt(receipt, server.signing)).ok());
    }
    static SeenTree tree(std::uint64_t size, char mark = 'r') { return {size, std::string(32, mark)}; }
    Uuid save_with_photo() { return run.save(sample_story_with(sample_picture(run.random.bytes(1'000)))); }
    void decide(const Uuid& id, const char* state)
    {
        const Change change[] = {{"entry", id.text(), std::string(R"({"state":")") + state + "\"}"}};
        run.store.apply_changes(identity(), change, "1");
    }
};

} // namespace

TEST_CASE("receipts are to be proved once, each tree once, and in bounded numbers")
{
    Ledgers device;
    for (const std::uint64_t size : {3, 5, 5, 9}) {
        device.run.save(sample_hours());
        device.acknowledge(size - 1, Ledgers::tree(size));
    }
    auto ledger = device.ledger();
    auto wanted = ledger.unproved(10);
    CHECK(wanted.trees == std::vector<SeenTree>{Ledgers::tree(3), Ledgers::tree(5), Ledgers::tree(9)});
    CHECK(wanted.is_all);
    wanted = ledger.unproved(2);
    CHECK(wanted.trees.size() == 2);
    CHECK_FALSE(wanted.is_all);
    CHECK(wanted.receipts_up_to == 3);
    ledger.note_proved(Ledgers::tree(9), 4);
    CHECK(ledger.unproved(10).trees.empty());
    CHECK(ledger.proved() == Ledgers::tree(9));
    CHECK(ledger.proved_before(2).size() == 2);
    CHECK(ledger.proved_before(10).size() == 3);
}

TEST_CASE("only what lies behind the last common tree travels again")
{
    Ledgers device;
    std::vector<Uuid> ids;
    for (const std::uint64_t size : {3, 5, 9}) {
        ids.push_back(device.run.save(sample_hours()));
        device.acknowledge(size - 1, Ledgers::tree(size));
    }
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(9), 3);
    device.decide(ids[0], "accepted");
    device.decide(ids[2], "accepted");
    ledger.note_backed_up(7);
    CHECK(ledger.send_again(Ledgers::tree(5, 'x'), {5, {}, 3}, device.run.clock.now()) == 1);
    CHECK(device.run.store.find_entry(ids[2])->state == EntryState::Unsent);
    // What was decided is asked for anew.
    CHECK(device.run.store.find_entry(ids[0])->state == EntryState::Waiting);
    CHECK(device.run.store.pull_cursor(device.identity()).empty());
    CHECK_FALSE(ledger.backed_up().has_value());
    CHECK(ledger.restores() == 1);
    // That receipt is believed no longer.
    CHECK(ledger.proved_before(10).size() == 2);
    CHECK(ledger.entries_not_backed_up() == 2);
}

TEST_CASE("what was refused may be taken by a restored server, and what was taken back stays here")
{
    Ledgers device;
    const Uuid refused = device.save_with_photo();
    const Uuid taken_back = device.run.save(sample_hours());
    device.acknowledge(0, Ledgers::tree(3), protocol::Outcome::Rejected);
    REQUIRE(device.run.store.take_back(taken_back, device.run.clock.now()).ok());
    CHECK(device.run.store.find_entry(refused)->state == EntryState::Rejected);
    CHECK(device.run.store.counts().photos_waiting == 0);
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(3), 1);
    CHECK(ledger.send_again(Ledgers::tree(2, 'x'), {2, {}, 1}, device.run.clock.now()) == 1);
    CHECK(device.run.store.find_entry(refused)->state == EntryState::Unsent);
    CHECK(device.run.store.find_entry(taken_back)->state != EntryState::Unsent);
    // It is forgotten that it was refused, so its photo is wanted too.
    CHECK(device.run.store.counts().photos_waiting == 1);
    device.acknowledge(2, Ledgers::tree(4));
    CHECK(device.run.store.find_entry(refused)->state == EntryState::Waiting);
}

TEST_CASE("photos are offered again when the server has another database, and not at its first word")
{
    Ledgers device;
    const Uuid id = device.save_with_photo();
    device.acknowledge(0, Ledgers::tree(1));
    const auto digest = device.run.store.attachments_of(id).front();
    device.run.store.finish_upload(digest);
    auto ledger = device.ledger();
    const auto offered = [&] { return device.run.store.counts().photos_waiting; };
    // It was never restored when the photo went there.
    CHECK_FALSE(ledger.note_epoch(""));
    ledger.note_proved(Ledgers::tree(1), 1);
    CHECK(offered() == 0);
    CHECK(ledger.note_epoch("first"));
    CHECK(offered() == 1);
    device.run.store.finish_upload(digest);
    CHECK_FALSE(ledger.note_epoch("first"));
    CHECK(offered() == 0);
    (void)ledger.free_photos(1, device.run.clock.now(), 90);
    CHECK(ledger.note_epoch("second"));
    CHECK(offered() == 1);
    // As long as it is, its bytes stay, whatever a backup has.
    device.decide(id, "accepted");
    ledger.note_backed_up(50);
    const Timestamp later{device.run.clock.now().ms + 91 * day_ms};
    CHECK(ledger.free_photos(60, later, 90) == 0);
    CHECK(device.run.store.sealed_attachment(digest).has_value());
    // When it was sent counts anew: the backup of 50 rows may be of before.
    device.run.store.finish_upload(digest);
    CHECK(ledger.free_photos(60, later, 90) == 0);
}

TEST_CASE("another database of the server may lack what it decided, and what it refused it says once")
{
    Ledgers device;
    const Uuid decided = device.run.save(sample_hours());
    device.acknowledge(0, Ledgers::tree(1));
    const Uuid refused = device.run.save(sample_hours());
    device.acknowledge(1, Ledgers::tree(1), protocol::Outcome::Rejected);
    auto ledger = device.ledger();
    (void)ledger.note_epoch("first");
    ledger.note_proved(Ledgers::tree(1), 2);
    ledger.note_backed_up(1);
    device.decide(decided, "queried");
    REQUIRE(device.run.store.pull_cursor(device.identity()) != "");

    CHECK(ledger.note_epoch("second"));
    CHECK(device.run.store.find_entry(decided)->state == EntryState::Waiting);
    CHECK(device.run.store.find_entry(refused)->state == EntryState::Rejected);
    CHECK(device.run.store.pull_cursor(device.identity()) == "");
    CHECK_FALSE(ledger.backed_up().has_value());
    CHECK(ledger.proved() == Ledgers::tree(1));
    CHECK(ledger.restores() == 0);
}

TEST_CASE("two enrolments that turn out to be with one server look at its ledger anew")
{
    Ledgers device;
    device.run.save(sample_hours());
    device.acknowledge(0, Ledgers::tree(4));
    device.ledger().note_proved(Ledgers::tree(4), 1);
    const Identity first = device.identity();
    // The second was made after the server had changed its keys.
    const auto old = device.server.signing;
    device.server = ServerKeys();
    const std::string change = protocol::write_key_change({}, old, device.server.signing);
    device.run.enrol(device.server);
    device.run.vault.renew_run_key();
    device.run.save(sample_hours());
    device.acknowledge(4, Ledgers::tree(6));
    device.ledger().note_proved(Ledgers::tree(6), 2);
    CHECK(device.ledger().unproved(10).trees.empty());
    (void)ServerLedger(device.run.store, first)
        .send_again(Ledgers::tree(4), {4, {}, 1}, device.run.clock.now());
    REQUIRE(ServerLedger::follow_keys(device.run.store, first, {change}));
    auto both = device.ledger();
    CHECK(both.unproved(10).trees == std::vector<SeenTree>{Ledgers::tree(4), Ledgers::tree(6)});
    CHECK(both.proved()->size == 0);
    CHECK(both.restores() == 1);
}

TEST_CASE("what no backup holds yet is counted by position, once each")
{
    Ledgers device;
    device.run.save(sample_hours());
    device.run.save(sample_hours());
    device.acknowledge(4, Ledgers::tree(6));
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(6), 1);
    CHECK(ledger.entries_not_backed_up() == 2);
    ledger.note_backed_up(5);
    CHECK(ledger.entries_not_backed_up() == 1);
    ledger.note_backed_up(3);
    CHECK(ledger.backed_up() == 5);
    ledger.note_backed_up(6);
    CHECK(ledger.entries_not_backed_up() == 0);
}

TEST_CASE("photos stay until a later backup holds them, their entry is settled and some time has passed")
{
    Ledgers device;
    const Uuid id = device.save_with_photo();
    device.acknowledge(0, Ledgers::tree(1));
    const auto digest = device.run.store.attachments_of(id).front();
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(1), 1);
    const Timestamp later{device.run.clock.now().ms + 91 * day_ms};
    const auto freed = [&](std::uint64_t size, Timestamp now) { return ledger.free_photos(size, now, 90); };
    ledger.note_backed_up(50);
    // It is not at the server.
    CHECK(freed(50, later) == 0);
    device.run.store.finish_upload(digest);
    device.decide(id, "accepted");
    // The backup of 50 rows may be older than the photo; one of more cannot be.
    CHECK(freed(50, later) == 0);
    ledger.note_backed_up(51);
    CHECK(freed(60, {device.run.clock.now().ms + 89 * day_ms}) == 0);
    device.decide(id, "waiting");
    CHECK(freed(60, later) == 0);
    device.decide(id, "accepted");
    CHECK(device.run.store.sealed_attachment(digest).has_value());
    CHECK(freed(60, later) == 1);
    CHECK_FALSE(device.run.store.sealed_attachment(digest).has_value());
    CHECK(device.run.vault.open_entry(id).ok());
    CHECK(freed(60, later) == 0);
}

TEST_CASE("a photo that was not settled before a restore is kept for what comes after it")
{
    Ledgers device;
    const Uuid id = device.save_with_photo();
    device.acknowledge(0, Ledgers::tree(1));
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(1), 1);
    device.run.store.finish_upload(device.run.store.attachments_of(id).front());
    (void)ledger.free_photos(1, device.run.clock.now(), 90);
    (void)ledger.send_again(Ledgers::tree(0), {0, {}, 1}, device.run.clock.now());
    CHECK(device.run.store.counts().photos_waiting == 1);
    device.decide(id, "accepted");
    ledger.note_backed_up(100);
    const Timestamp later{device.run.clock.now().ms + 91 * day_ms};
    CHECK(ledger.free_photos(200, later, 90) == 0);
}

TEST_CASE("when a photo was sent counts anew after a restore, as its ledger is another one")
{
    Ledgers device;
    const Uuid id = device.save_with_photo();
    device.acknowledge(0, Ledgers::tree(1));
    const auto digest = device.run.store.attachments_of(id).front();
    auto ledger = device.ledger();
    ledger.note_proved(Ledgers::tree(1), 1);
    device.run.store.finish_upload(digest);
    (void)ledger.free_photos(1, device.run.clock.now(), 90);
    // It is sent to the restored server when that has grown to 40 rows.
    (void)ledger.send_again(Ledgers::tree(0), {0, {}, 1}, device.run.clock.now());
    device.acknowledge(39, Ledgers::tree(40));
    device.run.store.finish_upload(digest);
    device.decide(id, "accepted");
    const Timestamp later{device.run.clock.now().ms + 91 * day_ms};
    CHECK(ledger.free_photos(40, later, 90) == 0);
    ledger.note_backed_up(40);
    CHECK(ledger.free_photos(50, later, 90) == 0);
    ledger.note_backed_up(41);
    CHECK(ledger.free_photos(50, later, 90) == 1);
}

TEST_CASE("a tree goes on when it is the same, or when the proof leads from it")
{
    LedgerStatement said;
    said.now = Ledgers::tree(5, 'n');
    CHECK(goes_on_from(Ledgers::tree(5, 'n'), said));
    CHECK_FALSE(goes_on_from(Ledgers::tree(5, 'x'), said));
    CHECK_FALSE(goes_on_from(Ledgers::tree(6, 'n'), said));
    CHECK_FALSE(goes_on_from(Ledgers::tree(4, 'n'), said));
    // Two rows and then three: the proof is the third's hash.
    const std::string a = protocol::merkle_leaf_hash("a");
    const std::string b = protocol::merkle_leaf_hash("b");
    const std::string c = protocol::merkle_leaf_hash("c");
    const auto node = [](const std::string& left, const std::string& right) {
        return crypto::sha256({std::string_view("\1", 1), left, right});
    };
    const SeenTree two{2, node(a, b)};
    said.now = {3, node(node(a, b), c)};
    CHECK_FALSE(goes_on_from(two, said));
    said.proofs[2] = {c};
    CHECK(goes_on_from(two, said));
    CHECK_FALSE(goes_on_from({2, node(b, a)}, said));
    said.proofs[2] = {b};
    CHECK_FALSE(goes_on_from(two, said));
}

TEST_CASE("a statement about a ledger is the server's or nothing is believed of it")
{
    const ServerKeys server;
    const std::string note = protocol::sign_checkpoint({"log", 7, std::string(32, 'r')}, server.signing);
    const auto parsed = [&](const json& ledger) {
        return parse_ledger_statement({{"ledger", ledger}}, server.signing.public_key);
    };
    const auto good = parsed({{"checkpoint", note}, {"backed_up", 5U}, {"epoch", "e1"}});
    REQUIRE(good.ok());
    REQUIRE(good->has_value());
    CHECK((*good)->now.size == 7);
    CHECK((*good)->backed_up == 5);
    CHECK((*good)->epoch == "e1");
    CHECK_FALSE(parse_ledger_statement(json::object(), server.signing.public_key)->has_value());
    CHECK(parsed({{"checkpoint", note + "x"}}).error().code == "bad_checkpoint");
    CHECK(parse_ledger_statement({{"ledger", {{"checkpoint", note}}}}, ServerKeys().signing.public_key)
              .error()
              .code == "bad_checkpoint");
    for (const json& odd :
         {json(5), json{{"checkpoint", 5}}, json{{"proofs", "x"}}, json{{"proofs", {{{"from", 2}}}}},
          json{{"proofs", {{{"from", 2}, {"hashes", {"x"}}}}}}})
        CHECK(parsed(odd).error().code == "odd_answer");
}

TEST_CASE("a changed key of the server takes ledger and receipts along")
{
    Ledgers device;
    device.run.save(sample_hours());
    device.acknowledge(0, Ledgers::tree(1));
    device.ledger().note_proved(Ledgers::tree(1), 1);
    const auto next = crypto::make_signing_key();
    const auto last = crypto::make_signing_key();
    const std::vector<std::string> changes = {protocol::write_key_change({}, device.server.signing, next),
                                              protocol::write_key_change({}, next, last)};
    CHECK_FALSE(ServerLedger::follow_keys(device.run.store, device.identity(), {changes[1]}));
    REQUIRE(ServerLedger::follow_keys(device.run.store, device.identity(), changes));
    CHECK(device.identity().server_signing_key == last.public_key);
    auto ledger = device.ledger();
    CHECK(ledger.proved() == Ledgers::tree(1));
    CHECK(ledger.entries_not_backed_up() == 1);
    CHECK(ledger.knows_key(device.server.signing.public_key));
    CHECK_FALSE(ledger.knows_key(crypto::make_signing_key().public_key));
    CHECK_FALSE(ServerLedger::follow_keys(device.run.store, device.identity(), changes));
}

TEST_CASE("a server's keys lead on and never in a circle")
{
    Ledgers device;
    const auto first = device.server.signing;
    const auto second = crypto::make_signing_key();
    const auto third = crypto::make_signing_key();
    const std::string on = protocol::write_key_change({}, first, second);
    const std::string back = protocol::write_key_change({}, second, first);
    // All at once: what leads on is followed, what leads back is not.
    REQUIRE(ServerLedger::follow_keys(device.run.store, device.identity(), {on, back}));
    CHECK(device.identity().server_signing_key == second.public_key);
    // One after the other.
    CHECK_FALSE(ServerLedger::follow_keys(device.run.store, device.identity(), {back}));
    CHECK(device.identity().server_signing_key == second.public_key);
    REQUIRE(ServerLedger::follow_keys(device.run.store, device.identity(),
                                      {protocol::write_key_change({}, second, third)}));
    const auto ledger = device.ledger();
    for (const auto& key : {first, second, third})
        CHECK(ledger.knows_key(key.public_key));
}
