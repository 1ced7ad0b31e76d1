#include "client/store/own_key.h"
#include "client/sync/bundle.h"
#include "client/sync/enrol.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"
#include "tests/support/enrolled_device.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

/// A device that is enrolled and makes itself new keys.
struct Device : EnrolledDevice
{
    OwnKey key() { return {run.store, identity()}; }
    std::string public_key() { return identity().signing.public_key; }
    Result<SyncReport> try_sync()
    {
        SyncRunner engine(
            run.store, [this](const Identity&) { return server.connect(); }, run.clock, run.random);
        return engine.run({});
    }
    void change_key()
    {
        REQUIRE(key().make_next(run.clock.now()).ok());
        CHECK(sync().new_keys == 1);
    }
    void be_asked(std::int64_t at_ms)
    {
        server.changes = R"({"cursor":"1","more":false,"server_time_ms":1772443800000,"items":[],)"
                         R"("new_key_asked_at_ms":)" +
                         std::to_string(at_ms) + "}";
    }
};

} // namespace

TEST_CASE("a new key of the device waits on the disk until the server has it")
{
    Device device;
    const std::string first = device.public_key();
    REQUIRE(device.key().make_next(device.run.clock.now()).ok());
    const std::string statements = device.key().statements();
    const std::string next = device.key().newest().key.public_key;
    CHECK(next != first);
    // Nothing is signed with it yet, and asking again makes no other.
    CHECK(device.public_key() == first);
    REQUIRE(device.key().make_next(device.run.clock.now()).ok());
    CHECK(device.key().statements() == statements);

    device.server.lose_requests = 1;
    CHECK_FALSE(device.try_sync().ok());
    CHECK(device.public_key() == first);
    // The reply is lost: the server has it, and the device shows it once more.
    device.server.lose_replies = 1;
    CHECK_FALSE(device.try_sync().ok());
    CHECK(device.public_key() == first);
    CHECK(device.server.device_public_key == next);
    device.run.save(sample_hours());
    const auto report = device.sync();
    CHECK(report.new_keys == 1);
    CHECK(report.created == 1);
    CHECK(device.public_key() == next);
    CHECK_FALSE(device.key().is_waiting());
    CHECK(device.key().first_public_key() == first);
    CHECK(device.sync().new_keys == 0);
}

TEST_CASE("a device makes a new key at once when the server asks, and one for each wish")
{
    Device device;
    device.run.save(sample_hours());
    device.be_asked(5);
    const std::string first = device.public_key();
    CHECK(device.sync().new_keys == 1);
    const std::string second = device.public_key();
    CHECK(second != first);
    // A server that goes on asking has been heard.
    CHECK(device.sync().new_keys == 0);
    CHECK(device.public_key() == second);
    device.be_asked(6);
    device.server.lose_replies = 0;
    CHECK(device.sync().new_keys == 1);
    CHECK(device.server.former_keys == std::vector<std::string>{first, second});
}

TEST_CASE("a wish is met although the round breaks off after the new key was made")
{
    Device device;
    device.be_asked(5);
    device.server.key_refusal = 503;
    CHECK_FALSE(device.try_sync().ok());
    CHECK(device.key().is_waiting());
    device.server.key_refusal = 0;
    CHECK(device.sync().new_keys == 1);
    CHECK(device.server.former_keys.size() == 1);
}

TEST_CASE("a server that was restored from before is shown every change of the key")
{
    Device device;
    const std::string first = device.public_key();
    device.change_key();
    device.change_key();
    const std::string last = device.public_key();
    device.server.device_public_key = first;
    device.server.former_keys.clear();
    device.run.save(sample_hours());
    const auto report = device.sync();
    CHECK(report.created == 1);
    CHECK(report.new_keys == 0);
    CHECK(device.server.device_public_key == last);
    // Also while the next one waits.
    device.server.device_public_key = first;
    device.server.former_keys.clear();
    device.change_key();
    CHECK(device.server.former_keys.size() == 3);
}

TEST_CASE("what shows a forgotten enrolment names its first key and how the others followed")
{
    Device device;
    const std::string first = device.public_key();
    device.run.store.set_setting("enrolment_record." + device.identity().device.text(), "cmVjb3Jk");
    auto request = enrolment_record_request(device.run.store, device.identity());
    REQUIRE(request);
    CHECK_FALSE(nlohmann::json::parse(request->body).contains("changes"));
    device.change_key();
    device.change_key();
    request = enrolment_record_request(device.run.store, device.identity());
    const auto document = nlohmann::json::parse(request->body);
    CHECK(document.at("public_key") == to_base64(first));
    std::string statements;
    for (const auto& change : document.at("changes"))
        statements += from_base64(change.get<std::string>()).value();
    const auto read = protocol::parse_device_key_changes(statements);
    REQUIRE(read.ok());
    CHECK(read->back().new_key == device.public_key());
}

TEST_CASE("an older server knows nothing of new keys, and the device goes on with the one that it has")
{
    Device device;
    device.server.key_refusal = 404;
    REQUIRE(device.key().make_next(device.run.clock.now()).ok());
    device.run.save(sample_hours());
    const auto report = device.sync();
    CHECK(report.created == 1);
    CHECK(report.new_keys == 0);
    CHECK(device.key().is_waiting());
    device.server.key_refusal = 0;
    CHECK(device.sync().new_keys == 1);
}

TEST_CASE("when another copy of the device changed its key first, this one keeps its own and says so")
{
    Device device;
    const std::string first = device.public_key();
    REQUIRE(device.key().make_next(device.run.clock.now()).ok());
    device.server.key_refusal = 409;
    device.run.save(sample_hours());
    const auto refused = device.try_sync();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "key_conflict");
    CHECK(state_after(refused.error()) == SyncState::Refused);
    CHECK(device.public_key() == first);
    // An administrator may have decided that what it holds is taken in.
    CHECK(device.run.store.counts().unsent == 0);
    CHECK(device.key().newest().key.public_key == first);
    CHECK(device.key().newest().statements.empty());
    // Whoever said so need not have been the server.
    device.server.key_refusal = 0;
    CHECK(device.sync().new_keys == 1);
    CHECK(device.public_key() != first);
    CHECK(device.key().newest().key.public_key == device.public_key());
}

TEST_CASE("a bundle is signed with the newest key and tells the server how that came")
{
    Device device;
    device.change_key();
    device.run.save(sample_hours());
    const Uuid chosen = device.run.save(sample_hours());
    REQUIRE(device.key().make_next(device.run.clock.now()).ok());
    const auto file = device.folder.path() / "out.bundle";
    for (const BundleContent& content :
         {BundleContent{Sending::Unsent}, BundleContent{Sending::Unsent, {chosen}}}) {
        REQUIRE(export_bundle(device.run.store, file, device.run.clock.now(), content).ok());
        const std::string bytes = read_file(file).value();
        const auto bundle = protocol::parse_bundle(bytes);
        REQUIRE(bundle.ok());
        REQUIRE(bundle->key_changes.size() == 1);
        const auto changes = protocol::parse_device_key_changes(bundle->key_changes.front());
        REQUIRE(changes.ok());
        CHECK(changes->size() == 2);
        REQUIRE(bundle->batches.size() == 1);
        const auto batch = protocol::parse_batch(bundle->batches.front());
        CHECK(batch->is_signed_by(changes->back().new_key));
        CHECK(changes->back().signed_up_to == 2);
    }
    CHECK(device.key().is_waiting());
}

TEST_CASE("a withdrawal code is found under the key of the enrolment, whatever key signs by now")
{
    Device device;
    const auto story_under = [&](const std::string& code) {
        auto request = sample_story();
        Consent consent;
        consent.person = "Sam Okoro";
        consent.uses = {ConsentUse::Report};
        consent.wording_version = "2026-1";
        consent.language = "en";
        consent.withdrawal_code = code;
        std::get<StoryBody>(request.entry.body).consents = {consent};
        return device.run.save(request);
    };
    const Uuid before = story_under("K7QD3MHX");
    device.change_key();
    device.change_key();
    const Uuid after = story_under("K7QD3MHX");
    CHECK(device.run.store.withdraw_consent("K7QD-3MHX", device.run.clock.now()).value() == 2);
    CHECK(device.run.store.find_entry(before)->state == EntryState::Erased);
    CHECK(device.run.store.find_entry(after)->state == EntryState::Erased);
    // And the code travels, signed with the present key.
    device.sync();
    CHECK(device.server.withdrawn == std::vector<std::string>{"K7QD3MHX"});
}

TEST_CASE("a batch that is under way when the key changes is signed again")
{
    Device device;
    device.run.save(sample_hours());
    SyncEngine engine(device.run.store, device.run.clock, device.run.random);
    engine.begin();
    auto step = engine.next(0);
    REQUIRE(step.kind == SyncStep::Kind::Send);
    CHECK(step.request.target == "/api/v1/batches");
    // Another session of the same device, such as the command line.
    device.change_key();
    engine.answered(device.server.answer(step.request), 1);
    step = engine.next(2);
    REQUIRE(step.kind == SyncStep::Kind::Send);
    CHECK(step.request.target == "/api/v1/device-keys");
    engine.answered(device.server.answer(step.request), 3);
    for (int i = 0; i < 20 && (step = engine.next(4)).kind == SyncStep::Kind::Send; ++i)
        engine.answered(device.server.answer(step.request), 5);
    CHECK_FALSE(engine.failure());
}

TEST_CASE("the number of keys that one enrolment may have is bounded")
{
    Device device;
    for (std::size_t i = 0; i < protocol::key_changes_max; ++i) {
        REQUIRE(device.key().make_next(device.run.clock.now()).ok());
        device.key().taken(device.key().statements());
    }
    CHECK(device.key().make_next(device.run.clock.now()).error().code == "too_many_keys");
    CHECK(protocol::parse_device_key_changes(device.key().statements()).ok());
}
