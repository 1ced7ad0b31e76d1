#include "client/store/server_ledger.h"
#include "client/sync/bundle.h"
#include "client/sync/sync.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "tests/support/enrolled_device.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;
using namespace tally::test;
using protocol::ChainState;

namespace {

constexpr const char* code = "7KQ2-M4XP";

/// A device whose numbers do not all reach the server.
struct Numbers : EnrolledDevice
{
    Uuid save_story()
    {
        auto story = sample_story();
        Consent consent;
        consent.person = "Edith Kershaw";
        consent.uses = {ConsentUse::Report};
        consent.wording_version = "consent-1";
        consent.language = "en";
        consent.withdrawal_code = code;
        std::get<StoryBody>(story.entry.body).consents = {consent};
        return run.save(story);
    }
    /// "2 erased, 5 put_aside" as the server was told so far.
    [[nodiscard]] std::string told() const
    {
        std::string text;
        for (const auto& number : server.numbers)
            text += (text.empty() ? "" : ", ") + std::to_string(number.seq) + " " +
                    std::string(protocol::name_of(number.state));
        return text;
    }
    void server_misses(const std::string& ranges)
    {
        server.changes = R"({"cursor":"1","more":false,"server_time_ms":1772443800000,"missing":)" + ranges +
                         R"(,"items":[]})";
    }
};

} // namespace

TEST_CASE("the server is told once which numbers were erased before they travelled")
{
    Numbers device;
    device.run.save(sample_hours());
    const Uuid story = device.save_story();
    const std::string digest = crypto::sha256(device.run.store.sealed_entry(story)->record);
    const Uuid next = device.run.save(sample_hours());
    REQUIRE(device.run.store.withdraw_consent(code, device.run.clock.now()).value() == 1);
    CHECK(device.sync().created == 2);
    CHECK(device.told() == "2 erased");
    CHECK(device.server.numbers[0].digest == digest);
    // With it the chain can be followed over the gap.
    CHECK(protocol::parse_record_header(device.server.records.at(next))->link.previous == digest);
    (void)device.sync();
    CHECK(device.told() == "2 erased");

    // An entry that the server had is its own affair.
    const Uuid sent = device.run.save(sample_hours());
    (void)device.sync();
    const Change erased[] = {{"entry", sent.text(), R"({"state":"erased","why":"staff"})"}};
    device.run.store.apply_changes(device.identity(), erased, "2");
    (void)device.sync();
    CHECK(device.told() == "2 erased");
}

TEST_CASE("a lost answer to what was told is made good, and a refusal holds up nothing")
{
    Numbers device;
    device.save_story();
    REQUIRE(device.run.store.withdraw_consent(code, device.run.clock.now()).ok());
    SyncRunner engine(
        device.run.store, [&](const Identity&) { return device.server.connect(); }, device.run.clock,
        device.run.random);
    // The withdrawal comes first, then the numbers.
    REQUIRE(engine.run({}).ok());
    REQUIRE(device.told() == "1 erased");
    const auto again = device.run.store.numbers_to_tell(device.identity());
    CHECK(again.empty());

    const Uuid other = device.run.save(sample_hours());
    device.run.store.set_aside(other, {"batch_too_large", "Too large."});
    device.server.refuses_numbers = true;
    const Uuid fine = device.run.save(sample_hours());
    const auto report = engine.run({});
    CHECK(report.error().code == "bad_chain_report");
    CHECK(device.run.store.find_entry(fine)->state == EntryState::Waiting);
    CHECK(device.run.store.numbers_to_tell(device.identity()).size() == 1);
    device.server.refuses_numbers = false;
    REQUIRE(engine.run({}).ok());
    CHECK(device.told() == "1 erased, 2 put_aside");
}

TEST_CASE("news and photos come although the server refuses what is said of numbers")
{
    Numbers device;
    const auto story = sample_story_with(sample_picture(device.run.random.bytes(5'000)));
    device.run.save(story);
    device.run.store.set_aside(device.run.save(sample_hours()), {"batch_too_large", "Too large."});
    device.server.refuses_numbers = true;
    device.server.changes = R"({"cursor":"1","more":false,"server_time_ms":1772443800000,"items":[)"
                            R"({"topic":"place","key":"p1","value":{"id":"p1","title":"The park"}}]})";
    SyncRunner engine(
        device.run.store, [&](const Identity&) { return device.server.connect(); }, device.run.clock,
        device.run.random);
    CHECK(engine.run({}).error().code == "bad_chain_report");
    CHECK(device.run.store.places().size() == 1);
    CHECK(device.server.attachments.size() == 1);
    CHECK(device.run.store.counts().photos_waiting == 0);
}

TEST_CASE("what became of a put-aside number is told each time that it changes")
{
    Numbers device;
    const Uuid id = device.run.save(sample_hours());
    device.server.poison = {id};
    device.server.poison_status = 413;
    // An entry is to blame only when the server took others.
    device.run.save(sample_hours());
    (void)device.sync();
    CHECK(device.told() == "1 put_aside");
    (void)device.sync();
    CHECK(device.told() == "1 put_aside");

    // Sent again, and put aside again: the server knows that already.
    REQUIRE(device.run.store.send_again(id).ok());
    device.run.save(sample_hours());
    CHECK(device.run.store.numbers_to_tell(device.identity()).empty());
    (void)device.sync();
    CHECK(device.told() == "1 put_aside");

    CaptureRequest better = sample_hours();
    better.puts_right = id;
    REQUIRE(device.run.capture.save(better).ok());
    (void)device.sync();
    CHECK(device.told() == "1 put_aside, 1 replaced");
    const Uuid other = device.run.save(sample_hours());
    device.run.store.set_aside(other, {"batch_too_large", "Too large."});
    REQUIRE(device.run.store.take_back(other, device.run.clock.now()).ok());
    (void)device.sync();
    CHECK(device.told() == "1 put_aside, 1 replaced, 5 withdrawn");
}

TEST_CASE("what a server misses is sent again, and of what cannot be it is told why")
{
    Numbers device;
    const Uuid first = device.run.save(sample_hours());
    const Uuid story = device.save_story();
    const Uuid aside = device.run.save(sample_hours());
    const Uuid last = device.run.save(sample_hours());
    device.server.reject = {aside};
    (void)device.sync();
    REQUIRE(device.run.store.withdraw_consent(code, device.run.clock.now()).ok());
    (void)device.sync();
    CHECK(device.told().empty());
    // Somebody put the server's database back by hand.
    device.server.records.clear();
    device.server_misses(R"([{"first":1,"last":4}])");
    const auto report = device.sync();
    CHECK(report.again == 2);
    CHECK(report.created == 2);
    CHECK(device.server.records.contains(first));
    CHECK(device.server.records.contains(last));
    CHECK_FALSE(device.server.records.contains(story));
    CHECK(device.told() == "2 erased, 3 put_aside");
    CHECK(device.run.store.find_entry(aside)->state == EntryState::Rejected);
    CHECK(device.run.store.counts().unsent == 0);
}

TEST_CASE("a server that asks for the same again and again gets it once in a round")
{
    Numbers device;
    device.run.save(sample_hours());
    (void)device.sync();
    for (const char* odd : {R"([{"first":1,"last":1}])", R"([{"first":-3,"last":9}])",
                            R"([{"first":5,"last":2}])", R"([{"first":"1"}])", R"([7,null])",
                            R"({"first":1})", R"([{"first":7,"last":9223372036854775807}])"}) {
        CAPTURE(odd);
        device.server_misses(odd);
        const int before = device.server.requests;
        const auto report = device.sync();
        CHECK(report.created == 0);
        CHECK(device.server.requests - before <= 3);
    }
}

TEST_CASE("a server that was restored is told again")
{
    Numbers device;
    device.run.save(sample_hours());
    device.save_story();
    REQUIRE(device.run.store.withdraw_consent(code, device.run.clock.now()).ok());
    (void)device.sync();
    REQUIRE(device.told() == "2 erased");
    const Identity identity = device.identity();
    (void)ServerLedger(device.run.store, identity).send_again({}, {0, {}, 0}, device.run.clock.now());
    (void)device.sync();
    CHECK(device.told() == "2 erased, 2 erased");
}

TEST_CASE("a bundle says which numbers will not come")
{
    Numbers device;
    device.run.save(sample_hours());
    device.save_story();
    REQUIRE(device.run.store.withdraw_consent(code, device.run.clock.now()).ok());
    const auto file = device.folder.path() / "out.bundle";
    REQUIRE(export_bundle(device.run.store, file, device.run.clock.now()).ok());
    const auto bytes = read_file(file).value();
    const auto bundle = protocol::parse_bundle(bytes);
    REQUIRE(bundle.ok());
    REQUIRE(bundle->chain_reports.size() == 1);
    const auto report = protocol::parse_chain_report(bundle->chain_reports[0]);
    REQUIRE(report.ok());
    CHECK(report->is_signed_by(device.identity().signing.public_key));
    REQUIRE(report->numbers.size() == 1);
    CHECK(report->numbers[0].seq == 2);
    // Nobody knows whether the stick arrives.
    CHECK(device.run.store.numbers_to_tell(device.identity()).size() == 1);
}
