#include "client/sync/enrol.h"
#include "client/sync/sync.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/merkle.h"
#include "tests/support/client_fixture.h"
#include "tests/support/fake_server.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

struct Pair
{
    TemporaryFolder folder;
    FakeServer server;
    DeviceRun run{folder.path()};

    Pair()
    {
        run.enrol(server.keys, DeviceMode::Worker, std::nullopt);
        server.know(run.store.identity().value());
    }
    Result<SyncReport> sync(SyncOptions options = {})
    {
        SyncRunner engine(
            run.store, [this](const Identity&) { return server.connect(); }, run.clock, run.random, options);
        return engine.run({});
    }
    void save_many(std::size_t count)
    {
        REQUIRE(run.capture.save_all(std::vector<CaptureRequest>(count, sample_hours())).ok());
    }
    Uuid save_with_photo(std::size_t bytes = 5'000)
    {
        return run.save(sample_story_with(sample_picture(run.random.bytes(bytes))));
    }
};

/// Of a device with two entries for one server that was enrolled with another since.
struct EnrolledTwice
{
    Pair pair;
    FakeServer other;
    Identity old;
    SyncRunner engine{pair.run.store,
                      [this](const Identity& identity) {
                          return identity.device == old.device ? pair.server.connect() : other.connect();
                      },
                      pair.run.clock, pair.run.random};

    EnrolledTwice()
    {
        pair.save_many(2);
        old = pair.run.store.identity().value();
        pair.run.enrol(other.keys);
        other.know(pair.run.store.identity().value());
    }
};

} // namespace

TEST_CASE("everything unsent arrives once, and a second round sends nothing")
{
    Pair pair;
    pair.save_many(25);
    const auto report = pair.sync({.batch = {.entries_max = 10}});
    REQUIRE(report.ok());
    CHECK(report->created == 25);
    CHECK(report->batches == 3);
    CHECK(pair.server.records.size() == 25);
    CHECK(pair.run.store.counts().unsent == 0);
    const auto again = pair.sync();
    REQUIRE(again.ok());
    CHECK(again->created + again->existing == 0);
    CHECK(pair.server.batch_sizes.size() == 3);
}

TEST_CASE("a lost reply is made good by sending again, and nothing is counted twice")
{
    Pair pair;
    pair.save_many(12);
    pair.server.lose_replies = 1;
    const auto lost = pair.sync({.batch = {.entries_max = 5}});
    REQUIRE(!lost.ok());
    CHECK(lost.error().code == "offline");
    CHECK(state_after(lost.error()) == SyncState::Offline);
    CHECK(pair.run.store.counts().unsent == 12);

    const auto report = pair.sync({.batch = {.entries_max = 5}});
    REQUIRE(report.ok());
    CHECK(report->existing == 5);
    CHECK(report->created == 7);
    CHECK(pair.server.records.size() == 12);
}

TEST_CASE("a round that is cut in the middle keeps what was acknowledged and goes on from there")
{
    Pair pair;
    pair.save_many(30);
    for (int round = 0; round < 20 && pair.run.store.counts().unsent > 0; ++round) {
        const std::int64_t before = pair.run.store.counts().unsent;
        pair.server.lose_requests = round % 3 == 0 ? 1 : 0;
        pair.server.lose_replies = round % 3 == 1 ? 1 : 0;
        (void)pair.sync({.batch = {.entries_max = 7}});
        CHECK(pair.run.store.counts().unsent <= before);
    }
    CHECK(pair.run.store.counts().unsent == 0);
    CHECK(pair.server.records.size() == 30);
}

TEST_CASE("a rejected entry stays on the device with its reason, and the others go through")
{
    Pair pair;
    pair.save_many(3);
    const Uuid bad = pair.save_with_photo();
    pair.server.reject.insert(bad);
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 3);
    CHECK(report->rejected == 1);
    CHECK(report->photos == 0);
    CHECK(pair.run.store.find_entry(bad)->state == EntryState::Rejected);
    CHECK(pair.run.store.find_entry(bad)->note == "No such contract.");
    CHECK(pair.run.vault.open_entry(bad).ok());
}

TEST_CASE("a revoked device loses nothing and says what to do")
{
    Pair pair;
    pair.save_many(4);
    pair.server.revoked = true;
    const auto refused = pair.sync();
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "device_revoked");
    CHECK(refused.error().message == "A sentence about device_revoked.");
    CHECK(state_after(refused.error()) == SyncState::Refused);
    CHECK(pair.run.store.counts().unsent == 4);
    CHECK(pair.server.records.empty());
}

TEST_CASE("a device that is enrolled again sends new entries although the old ones are refused")
{
    Pair pair;
    pair.save_many(4);
    FakeServer other;
    other.keys = pair.server.keys;
    const Identity old = pair.run.store.identity().value();
    pair.server.revoked = true;
    pair.run.enrol(other.keys);
    other.know(pair.run.store.identity().value());
    pair.save_many(2);
    const auto route = [&](const Identity& identity) {
        return identity.device == old.device ? pair.server.connect() : other.connect();
    };
    SyncRunner engine(pair.run.store, route, pair.run.clock, pair.run.random);
    const auto report = engine.run({});
    REQUIRE(report.ok());
    CHECK(report->created == 2);
    CHECK(pair.run.store.counts().unsent == 4);
}

TEST_CASE("a device that is enrolled again still hears what became of its earlier entries")
{
    Pair pair;
    const Uuid old_entry = pair.run.save(sample_hours());
    REQUIRE(pair.sync().ok());
    const Identity old = pair.run.store.identity().value();
    FakeServer other;
    pair.run.enrol(other.keys);
    other.know(pair.run.store.identity().value());
    pair.server.changes =
        R"({"cursor":"2","more":false,"server_time_ms":1772443800000,"items":[)"
        R"({"topic":"entry","key":")" +
        old_entry.text() +
        R"(","value":{"state":"accepted"}},)"
        R"({"topic":"place","key":"p1","value":{"id":"p1","title":"Of the old council"}}]})";
    const auto route = [&](const Identity& identity) {
        return identity.device == old.device ? pair.server.connect() : other.connect();
    };
    SyncRunner engine(pair.run.store, route, pair.run.clock, pair.run.random);
    REQUIRE(engine.run({}).ok());
    CHECK(pair.run.store.find_entry(old_entry)->state == EntryState::Accepted);
    CHECK(pair.run.store.places().empty());
}

TEST_CASE("a server of long ago that cannot be reached does not stand in the way of the present one")
{
    Pair pair;
    pair.save_many(2);
    const Identity old = pair.run.store.identity().value();
    FakeServer other;
    Identity now = sample_identity(other.keys, DeviceMode::Worker, pair.run.random);
    now.server = "http://127.0.0.1:2";
    pair.run.store.keep_identity(now, std::nullopt);
    pair.run.vault.renew_run_key();
    other.know(pair.run.store.identity().value());
    pair.save_many(3);
    pair.server.lose_requests = 1'000;
    const auto route = [&](const Identity& identity) {
        return identity.device == old.device ? pair.server.connect() : other.connect();
    };
    SyncRunner engine(pair.run.store, route, pair.run.clock, pair.run.random);
    const auto report = engine.run({});
    REQUIRE(report.ok());
    CHECK(report->created == 3);
    CHECK(pair.run.store.counts().unsent == 2);
}

TEST_CASE("an earlier enrolment that the server refused has its turn again after a while")
{
    EnrolledTwice device;
    device.pair.server.revoked = true;
    REQUIRE(device.engine.run({}).ok());
    const int asked = device.pair.server.requests;
    CHECK(asked > 0);
    REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.server.requests == asked);
    device.pair.server.revoked = false;
    for (int round = 0; round < 12; ++round)
        REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.run.store.counts().unsent == 0);
}

TEST_CASE("an earlier enrolment that the server refused has its turn at once when somebody asks")
{
    EnrolledTwice device;
    device.pair.server.revoked = true;
    REQUIRE(device.engine.run({}).ok());
    device.pair.server.revoked = false;
    REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.run.store.counts().unsent == 2);
    device.engine.forget_refusals();
    REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.run.store.counts().unsent == 0);
}

TEST_CASE("an earlier enrolment that the server refused has its turn at once when a server was restored")
{
    EnrolledTwice device;
    const auto say_epoch = [&](const std::string& epoch) {
        const auto note =
            protocol::sign_checkpoint({"log", 0, protocol::merkle_empty_root()}, device.other.keys.signing);
        device.other.changes = nlohmann::json{{"cursor", epoch},
                                              {"more", false},
                                              {"server_time_ms", 1772443800000},
                                              {"items", nlohmann::json::array()},
                                              {"ledger", {{"checkpoint", note}, {"epoch", epoch}}}}
                                   .dump();
    };
    device.pair.server.revoked = true;
    say_epoch("e1");
    REQUIRE(device.engine.run({}).ok());
    device.pair.server.revoked = false;
    REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.run.store.counts().unsent == 2);

    say_epoch("e2");
    REQUIRE(device.engine.run({}).ok());
    REQUIRE(device.engine.run({}).ok());
    CHECK(device.pair.run.store.counts().unsent == 0);
}

TEST_CASE("what was sealed before the server moved goes out to where it is now")
{
    Pair pair;
    pair.save_many(2);
    Identity moved = sample_identity(pair.server.keys, DeviceMode::Worker, pair.run.random);
    moved.server = "http://127.0.0.1:2";
    moved.certificate_sha256 = std::string(64, 'b');
    pair.run.store.keep_identity(moved, std::nullopt);
    std::vector<std::string> addresses;
    pair.run.vault.renew_run_key();
    const auto route = [&](const Identity& identity) {
        pair.server.know(identity);
        addresses.push_back(identity.server + " " + identity.certificate_sha256);
        return pair.server.connect();
    };
    SyncRunner engine(pair.run.store, route, pair.run.clock, pair.run.random);
    REQUIRE(engine.run({}).ok());
    CHECK(pair.run.store.counts().unsent == 0);
    for (const auto& address : addresses)
        CHECK(address == moved.server + " " + moved.certificate_sha256);
}

TEST_CASE("a receipt that the server did not sign marks nothing as sent")
{
    Pair pair;
    pair.save_many(2);
    pair.server.wrong_receipts = true;
    CHECK(pair.sync().error().code == "bad_receipt");
    CHECK(pair.run.store.counts().unsent == 2);
}

TEST_CASE("a busy server is waited for, within bounds")
{
    Pair pair;
    pair.save_many(2);
    pair.server.busy_answers = 3;
    CHECK(pair.sync().ok());
    pair.save_many(2);
    pair.server.busy_answers = 1'000'000;
    const auto gave_up = pair.sync({.busy_wait_ms_max = 50});
    REQUIRE(!gave_up.ok());
    CHECK(gave_up.error().code == "busy");
    CHECK(pair.run.store.counts().unsent == 2);
}

TEST_CASE("batches shrink when the server finds them too large")
{
    Pair pair;
    pair.save_many(40);
    pair.server.batch_entries_max = 6;
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 40);
    for (const std::size_t size : pair.server.batch_sizes)
        CHECK(size <= 6);
}

TEST_CASE("what a proxy found too large is not tried again in the same round")
{
    Pair pair;
    pair.save_many(400);
    pair.save_with_photo(900'000);
    pair.server.body_bytes_max = 20'000;
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 401);
    CHECK(report->photos == 1);
    CHECK(pair.run.store.counts().photos_waiting == 0);
    const int halved = pair.server.too_large;
    INFO("refused: ", halved);
    CHECK(halved >= 2);
    // From 256 KiB to under 20,000 bytes are four steps, for batches as for pieces.
    CHECK(halved <= 8);

    // The next round tries larger ones once, for the network may be another.
    pair.server.body_bytes_max = 0;
    pair.save_with_photo(900'000);
    const int before = pair.server.requests;
    REQUIRE(pair.sync().ok());
    CHECK(pair.server.attachments.size() == 2);
    CHECK(pair.server.requests - before < 16);
}

TEST_CASE("an entry that is too large by itself does not keep the batches after it small")
{
    Pair pair;
    const Uuid bad = pair.save_with_photo();
    pair.save_many(3'000);
    pair.server.poison = {bad};
    pair.server.poison_status = 413;
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 3'000);
    CHECK(report->rejected == 1);
    CHECK(pair.server.batch_sizes.size() < 20);
    CHECK(*std::max_element(pair.server.batch_sizes.begin(), pair.server.batch_sizes.end()) > 500);
}

TEST_CASE("after a lost reply in the middle of 10,000 entries only the batch in flight travels again")
{
    Pair pair;
    constexpr std::size_t count = 10'000;
    pair.save_many(count);
    pair.server.lose_reply_of = 5;
    const SyncOptions options{.batch = {.entries_max = 1'000, .bytes_max = 1024 * 1024}};
    CHECK(pair.sync(options).error().code == "offline");
    REQUIRE(pair.server.batch_sizes.size() == 5);
    const std::size_t in_flight = pair.server.batch_sizes.back();
    CHECK(in_flight < count / 4);
    CHECK(pair.run.store.counts().unsent ==
          static_cast<std::int64_t>(count - pair.server.records.size() + in_flight));
    const auto report = pair.sync(options);
    REQUIRE(report.ok());
    CHECK(report->existing == static_cast<std::int64_t>(in_flight));
    CHECK(pair.server.records.size() == count);
    CHECK(pair.server.records_sent == count + in_flight);
}

TEST_CASE("an entry on which the server fails stands aside with the reason, and the others go through")
{
    for (const int status : {400, 413, 500}) {
        CAPTURE(status);
        Pair pair;
        pair.save_many(9);
        const Uuid bad = pair.save_with_photo();
        pair.save_many(30);
        pair.server.poison.insert(bad);
        pair.server.poison_status = status;
        const auto report = pair.sync();
        REQUIRE(report.ok());
        CHECK(report->created == 39);
        CHECK(report->rejected == 1);
        CHECK(pair.run.store.counts().unsent == 0);
        CHECK(pair.run.store.counts().photos_waiting == 0);
        const auto row = pair.run.store.find_entry(bad);
        CHECK(row->state == EntryState::Rejected);
        CHECK(row->note == "A sentence about internal_error.");
        CHECK(pair.run.vault.open_entry(bad).ok());

        // A newer server may be able to take it.
        CHECK(pair.run.store.send_again(pair.run.save(sample_hours())).error().code == "not_rejected");
        REQUIRE(pair.run.store.send_again(bad).ok());
        CHECK(pair.run.store.find_entry(bad)->state == EntryState::Unsent);
        pair.server.poison.clear();
        const auto again = pair.sync();
        REQUIRE(again.ok());
        CHECK(again->created == 2);
        CHECK(again->photos == 1);
        CHECK(pair.run.store.find_entry(bad)->state == EntryState::Waiting);
    }
}

TEST_CASE("however many entries the server fails on, those that it takes go through")
{
    Pair pair;
    for (int i = 0; i < 5; ++i) {
        pair.save_many(4);
        pair.server.poison.insert(pair.run.save(sample_hours()));
    }
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 20);
    CHECK(report->rejected == 5);
    CHECK(pair.run.store.counts().unsent == 0);
}

TEST_CASE("an entry that met a server in trouble is not put aside")
{
    Pair pair;
    pair.save_many(5);
    SyncEngine engine(pair.run.store, pair.run.clock, pair.run.random, {.batch = {.entries_max = 1}});
    engine.begin();
    int sent = 0;
    for (SyncStep step = engine.next(0); step.kind == SyncStep::Kind::Send; step = engine.next(0)) {
        const bool is_trouble = ++sent == 2;
        pair.server.takes_nothing = is_trouble;
        const auto answer = pair.server.answer(step.request);
        engine.meanwhile();
        engine.answered(answer, 0);
    }
    CHECK(!engine.failure().has_value());
    CHECK(engine.report().created == 5);
    CHECK(engine.report().rejected == 0);
    CHECK(pair.run.store.counts().unsent == 0);
}

TEST_CASE("a server that fails on everything puts no entry aside")
{
    Pair pair;
    pair.save_many(50);
    pair.server.takes_nothing = true;
    CHECK(pair.sync().error().code == "internal_error");
    CHECK(pair.run.store.counts().unsent == 50);
    CHECK(pair.server.requests < 15);
    pair.server.takes_nothing = false;
    CHECK(pair.sync()->created == 50);
}

TEST_CASE("one entry that the server cannot take does not keep news and photos of others away")
{
    Pair pair;
    pair.save_with_photo();
    REQUIRE(pair.sync({.sends_photos = false}).ok());
    CHECK(pair.run.store.counts().photos_waiting == 1);
    const Uuid bad = pair.run.save(sample_hours());
    pair.server.poison.insert(bad);
    pair.server.changes = R"({"cursor":"2","more":false,"server_time_ms":1772443800000,"items":[)"
                          R"({"topic":"place","key":"p1","value":{"id":"p1","title":"Library"}}]})";
    CHECK(pair.sync().error().code == "internal_error");
    CHECK(pair.run.store.counts().photos_waiting == 0);
    CHECK(pair.run.store.places().size() == 1);
    CHECK(pair.run.store.find_entry(bad)->state == EntryState::Unsent);
}

TEST_CASE("a page that asks to sign in to the network is not the server")
{
    Pair pair;
    pair.save_with_photo();
    pair.server.is_portal = true;
    const auto report = pair.sync();
    REQUIRE(!report.ok());
    CHECK(report.error().code == "not_the_server");
    CHECK(state_after(report.error()) == SyncState::Offline);
    CHECK(pair.run.store.counts().unsent == 1);
    pair.server.is_portal = false;
    REQUIRE(pair.sync({.sends_photos = false}).ok());
    // Nor do its answers pass for the end of an upload or for an empty list of news.
    pair.server.is_portal = true;
    CHECK(pair.sync().error().code == "not_the_server");
    CHECK(pair.run.store.counts().photos_waiting == 1);
    pair.server.is_portal = false;
    REQUIRE(pair.sync().ok());
    CHECK(pair.server.attachments.size() == 1);
}

namespace {

/// Drives the engine by hand over a fake server whose every answer takes as long as the test says.
struct SlowDrive
{
    Pair& pair;
    SyncEngine engine{pair.run.store,
                      pair.run.clock,
                      pair.run.random,
                      {.batch = {.entries_max = 64}, .batch_first = {.entries_max = 8}}};
    std::int64_t uptime_ms = 1'000;

    enum class Link
    {
        Whole,
        TimesOut,      ///< here
        TimesOutThere, ///< the server answers 408
    };

    void round(std::int64_t answer_ms, Link link = Link::Whole)
    {
        engine.begin();
        for (;;) {
            const SyncStep step = engine.next(uptime_ms);
            if (step.kind == SyncStep::Kind::Done)
                return;
            REQUIRE(step.kind == SyncStep::Kind::Send);
            uptime_ms += answer_ms;
            if (link == Link::TimesOut)
                engine.answered(Error{"timed_out", "Too slow."}, uptime_ms);
            else if (link == Link::TimesOutThere)
                engine.answered(HttpResponse{408, {}, ""}, uptime_ms);
            else
                engine.answered(pair.server.answer(step.request), uptime_ms);
        }
    }
};

} // namespace

TEST_CASE("batches grow on a quick link and shrink on a slow one")
{
    Pair pair;
    SlowDrive drive{pair};
    pair.save_many(8 + 16 + 32 + 64 + 64);
    drive.round(300);
    CHECK(pair.server.batch_sizes == std::vector<std::size_t>{8, 16, 32, 64, 64});

    pair.server.batch_sizes.clear();
    pair.save_many(64 + 32 + 16);
    drive.round(15'000);
    CHECK(pair.server.batch_sizes == std::vector<std::size_t>{64, 32, 16});

    pair.server.batch_sizes.clear();
    pair.save_many(4);
    drive.round(30'000, SlowDrive::Link::TimesOut);
    CHECK(drive.engine.failure()->code == "timed_out");
    drive.round(30'000, SlowDrive::Link::TimesOutThere);
    CHECK(drive.engine.failure()->code == "timed_out");
    drive.round(5'000);
    CHECK(pair.server.batch_sizes == std::vector<std::size_t>{2, 2});
}

TEST_CASE("the engine pauses for a busy server by the clock of its driver and gives up within bounds")
{
    Pair pair;
    pair.save_many(1);
    SyncEngine engine(pair.run.store, pair.run.clock, pair.run.random);
    const auto busy = [](const char* seconds) { return HttpResponse{503, {{"Retry-After", seconds}}, ""}; };
    engine.begin();
    REQUIRE(engine.next(0).kind == SyncStep::Kind::Send);
    engine.answered(busy("4"), 100);
    SyncStep step = engine.next(100);
    CHECK(step.kind == SyncStep::Kind::Pause);
    CHECK(step.pause_ms == 4'000);
    CHECK(engine.next(4'099).kind == SyncStep::Kind::Pause);
    REQUIRE(engine.next(4'100).kind == SyncStep::Kind::Send);
    engine.answered(busy("600"), 4'200);
    CHECK(engine.next(4'200).kind == SyncStep::Kind::Done);
    CHECK(engine.failure()->code == "busy");
    CHECK(engine.retry_after_ms() == 600'000);
}

TEST_CASE("a round that is given up in the middle leaves nothing behind that disturbs the next")
{
    Pair pair;
    pair.save_many(20);
    SyncEngine engine(pair.run.store, pair.run.clock, pair.run.random, {.batch = {.entries_max = 5}});
    engine.begin();
    SyncStep step = engine.next(0);
    const auto first = pair.server.answer(step.request);
    engine.meanwhile();
    engine.stop();
    engine.answered(first, 10);
    CHECK(engine.failure()->code == "stopped");
    CHECK(pair.run.store.counts().unsent == 20);
    engine.begin();
    while ((step = engine.next(20)).kind == SyncStep::Kind::Send) {
        const auto answer = pair.server.answer(step.request);
        engine.meanwhile();
        engine.answered(answer, 20);
    }
    CHECK(!engine.failure().has_value());
    CHECK(engine.report().existing == 5);
    CHECK(engine.report().created == 15);
    CHECK(pair.server.records.size() == 20);
}

TEST_CASE("photos follow their entries in pieces and arrive as they were sealed")
{
    Pair pair;
    const Uuid id = pair.save_with_photo(700'000);
    const auto report = pair.sync({.chunk_bytes_max = 100'000});
    REQUIRE(report.ok());
    CHECK(report->photos == 1);
    const auto entry = pair.run.vault.open_entry(id);
    const std::string digest = entry->attachments.at(0).sealed_digest;
    REQUIRE(pair.server.attachments.contains(digest));
    CHECK(pair.server.attachments[digest] == pair.run.store.sealed_attachment(digest));
    CHECK(pair.run.store.counts().photos_waiting == 0);
    CHECK(pair.run.store.find_entry(id)->photos == 1);
}

TEST_CASE("an upload that was cut goes on where the server stopped, not from the start")
{
    Pair pair;
    pair.save_with_photo(400'000);
    pair.server.cut_chunks = 1;
    CHECK(pair.sync({.chunk_bytes_max = 300'000}).error().code == "offline");
    CHECK(pair.run.store.counts().photos_waiting == 1);
    const int before = pair.server.requests;
    REQUIRE(pair.sync({.chunk_bytes_max = 300'000}).ok());
    CHECK(pair.server.attachments.size() == 1);
    // HEAD, one chunk for the rest, and the changes: the first 150,000 bytes are not sent again.
    CHECK(pair.server.requests - before == 3);
}

TEST_CASE("an upload that arrives damaged is sent again, and one that never fits does not block others")
{
    Pair pair;
    pair.save_with_photo();
    pair.server.spoil_uploads = 1;
    REQUIRE(pair.sync().ok());
    CHECK(pair.server.attachments.size() == 1);

    pair.save_with_photo();
    pair.save_with_photo();
    pair.server.spoil_uploads = 3;
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->photos == 1);
    CHECK(pair.run.store.counts().photos_waiting == 1);
    REQUIRE(pair.sync().ok());
    CHECK(pair.run.store.counts().photos_waiting == 0);
}

TEST_CASE("a wrong clock is set right by the server's refusal, and the entry keeps the device's time")
{
    Pair pair;
    pair.server.clock.advance_ms(3'600'000);
    pair.server.changes = R"({"cursor":"1","more":false,"server_time_ms":1772447400000,"items":[]})";
    const Uuid before = pair.run.save(sample_hours());
    REQUIRE(pair.sync().ok());
    // The exchange itself takes some milliseconds on a busy machine.
    CHECK(std::abs(pair.run.store.clock_offset()->offset_ms - 3'600'000) < 10'000);
    const Uuid after = pair.run.save(sample_hours());
    CHECK(!pair.run.vault.open_entry(before)->clock_offset_ms.has_value());
    CHECK(std::abs(pair.run.vault.open_entry(after)->clock_offset_ms.value() - 3'600'000) < 10'000);
    CHECK(pair.run.vault.open_entry(after)->captured_at == pair.run.clock.now());
}

TEST_CASE("what changed on the server reaches the device with the cursor")
{
    Pair pair;
    pair.server.changes =
        R"({"cursor":"c/7","more":false,"server_time_ms":1772443800000,"items":[)"
        R"({"topic":"place","key":"p1","value":{"id":"p1","title":"Preston library"}},{"topic":1},)"
        R"({"topic":"news","key":"n","value":{"a":[1]}}]})";
    const auto report = pair.sync();
    REQUIRE(report.ok());
    CHECK(report->changes == 2);
    CHECK(pair.run.store.places().size() == 1);
    CHECK(pair.run.store.pull_cursor(pair.run.store.identity().value()) == "c/7");
    pair.server.changes = "<html>";
    CHECK(pair.sync().error().code == "odd_answer");
}

TEST_CASE("a server that has more and more to say and never goes on is asked once more")
{
    Pair pair;
    pair.server.changes = R"({"cursor":"1","more":true,"server_time_ms":1772443800000,"items":[]})";
    SyncEngine engine(pair.run.store, pair.run.clock, pair.run.random);
    engine.begin();
    for (SyncStep step = engine.next(0); step.kind == SyncStep::Kind::Send; step = engine.next(0)) {
        REQUIRE(pair.server.requests < 10);
        engine.answered(pair.server.answer(step.request), 0);
    }
    CHECK_FALSE(engine.failure().has_value());
    CHECK(pair.server.requests == 2);
}

TEST_CASE("a stop ends the round with what was sent kept")
{
    Pair pair;
    pair.save_many(30);
    std::stop_source stop;
    SyncRunner engine(pair.run.store, [&](const Identity&) { return pair.server.connect(); }, pair.run.clock,
                      pair.run.random, {.batch = {.entries_max = 5}});
    const auto result = engine.run(stop.get_token(), [&](const SyncReport&) { stop.request_stop(); });
    REQUIRE(!result.ok());
    CHECK(result.error().code == "stopped");
    CHECK(engine.report().created >= 5);
    CHECK(pair.run.store.counts().unsent == 30 - engine.report().created);
}

TEST_CASE("a device that was never enrolled does not try")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    FakeServer server;
    SyncRunner engine(
        run.store, [&](const Identity&) { return server.connect(); }, run.clock, run.random);
    CHECK(engine.run({}).error().code == "not_enrolled");
    CHECK(server.requests == 0);
}

namespace {

/// What a worker said last.
struct Published
{
    std::mutex mutex;
    std::condition_variable changed;
    SyncStatus status;

    void operator()(const SyncStatus& now)
    {
        const std::lock_guard lock(mutex);
        status = now;
        changed.notify_all();
    }
    bool wait_for(const std::function<bool()>& condition)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), condition);
    }
};

} // namespace

TEST_CASE("the worker syncs when asked and tells what it did")
{
    Pair pair;
    pair.save_many(3);
    Published published;
    const SyncStatus& seen = published.status;
    {
        SyncWorker worker(
            pair.folder.path(), [&](const Identity&) { return pair.server.connect(); }, std::ref(published));
        // The fake server's clock stands in 2026, the worker's does not: the refusal sets it right.
        CHECK(published.wait_for([&] { return seen.state == SyncState::Idle && seen.entries_unsent == 0; }));
        pair.save_many(2);
        worker.ask(SyncTrigger::ByHand);
        CHECK(published.wait_for(
            [&] { return pair.server.record_count == 5 && seen.state == SyncState::Idle; }));
        CHECK(worker.status().last_success.has_value());
    }
    CHECK(pair.server.records.size() == 5);
}

TEST_CASE("the worker says why entries or photos have to wait, and nothing once they need not")
{
    Pair pair;
    pair.save_many(2);
    Published published;
    const SyncStatus& seen = published.status;
    SyncConditions allowed{.sends_entries = false,
                           .sends_photos = false,
                           .saves_battery = false,
                           .why_not = {"wait_for_wifi", "This device is on mobile data."}};
    SyncWorker worker(
        pair.folder.path(), [&](const Identity&) { return pair.server.connect(); }, std::ref(published),
        [&] {
            const std::lock_guard lock(published.mutex);
            return allowed;
        });
    CHECK(published.wait_for([&] { return seen.code == "wait_for_wifi"; }));
    CHECK(seen.state == SyncState::Offline);
    CHECK(seen.message == "This device is on mobile data.");
    CHECK(seen.entries_unsent == 2);
    {
        const std::lock_guard lock(published.mutex);
        allowed = {};
    }
    worker.ask(SyncTrigger::ByHand);
    CHECK(published.wait_for([&] { return seen.state == SyncState::Idle && seen.entries_unsent == 0; }));
    CHECK(seen.code.empty());
    CHECK(seen.message.empty());
}

TEST_CASE("the worker stops sending photos in the middle of a round when it may no longer, and goes on later")
{
    Pair pair;
    pair.save_with_photo(700'000);
    pair.save_with_photo(700'000);
    std::atomic<int> asked = 0;
    std::atomic<bool> may_send = false;
    Published published;
    const SyncStatus& seen = published.status;
    SyncWorker worker(
        pair.folder.path(), [&](const Identity&) { return pair.server.connect(); }, std::ref(published),
        [&] {
            SyncConditions conditions;
            // At the beginning, and for some requests.
            conditions.sends_photos = may_send || ++asked < 5;
            conditions.why_not = {"wait_for_wifi", "Photos wait for Wi-Fi."};
            return conditions;
        },
        0);
    CHECK(published.wait_for([&] { return seen.state == SyncState::Idle && seen.code == "wait_for_wifi"; }));
    CHECK(seen.entries_unsent == 0);
    CHECK(seen.photos_waiting == 2);
    may_send = true;
    worker.ask(SyncTrigger::ByHand);
    CHECK(published.wait_for([&] { return seen.state == SyncState::Idle && seen.photos_waiting == 0; }));
}

TEST_CASE("the worker sends nothing while entries may not travel, and says why")
{
    Pair pair;
    pair.save_many(2);
    Published published;
    const SyncStatus& seen = published.status;
    SyncWorker worker(
        pair.folder.path(), [&](const Identity&) { return pair.server.connect(); }, std::ref(published),
        [] {
            SyncConditions conditions;
            conditions.sends_entries = false;
            conditions.why_not = {"wait_for_wifi", "Entries wait for Wi-Fi."};
            return conditions;
        });
    CHECK(published.wait_for([&] { return seen.code == "wait_for_wifi"; }));
    CHECK(seen.entries_unsent == 2);
    CHECK(pair.server.requests == 0);
}

namespace {

/// Answers an enrolment as the real server does, and may lose the first answer.
class EnrolServer final : public Transport
{
public:
    explicit EnrolServer(ServerKeys& keys, int& lose) : m_keys(keys), m_lose(lose) {}
    Result<HttpResponse> send(const HttpRequest& request) override
    {
        const auto json = nlohmann::json::parse(request.body);
        const auto key = from_base64(json["public_key"].get<std::string>());
        const auto proof = from_base64(json["proof"].get<std::string>());
        if (json["code"] != "ABCDEFGHJKMN" ||
            !crypto::is_signed_by(protocol::enrolment_proof_message("ABCDEFGHJKMN", *key), *proof, *key))
            return HttpResponse{403, {}, R"({"code":"code_used","detail":"This code was used already."})"};
        if (!first_key.empty() && first_key != *key)
            return HttpResponse{403, {}, R"({"code":"code_used","detail":"This code was used already."})"};
        first_key = *key;
        if (m_lose-- > 0)
            return Error{"offline", "No answer."};
        return HttpResponse{201,
                            {},
                            R"({"device":"0190a5c4-7d1e-7b3a-8f00-0123456789ab","name":"Tablet 3","mode":")" +
                                mode + R"(","author":"p-1","server":{"name":"Lancashire","signing_key":")" +
                                to_base64(m_keys.signing.public_key) + R"(","sealing_key":")" +
                                to_base64(m_keys.sealing.public_key) + R"("},"server_time_ms":1})"};
    }
    void interrupt() override {}

    inline static std::string first_key;
    inline static std::string mode = "worker";

private:
    ServerKeys& m_keys;
    int& m_lose;
};

} // namespace

TEST_CASE("a code makes an identity once, also when the first answer is lost")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    ServerKeys keys;
    int lose = 1;
    EnrolServer::first_key.clear();
    const auto transports = [&](const protocol::EnrolmentInvitation&) {
        return std::make_unique<EnrolServer>(keys, lose);
    };
    const auto try_enrol = [&](std::string_view code, const std::optional<std::string>& pin) {
        return enrol(run.store, code, pin, transports, run.clock, run.random);
    };
    constexpr std::string_view typed = "abcd-efgh-jkmn@http://127.0.0.1:1";
    CHECK(try_enrol("nonsense", std::nullopt).error().code == "bad_code");
    CHECK(try_enrol(typed, "1").error().code == "pin_too_short");
    CHECK(try_enrol(typed, "2468").error().code == "offline");
    CHECK(!run.store.identity().has_value());
    const auto identity = try_enrol(typed, "2468");
    REQUIRE_MESSAGE(identity.ok(), (identity.ok() ? "" : identity.error().text()));
    CHECK(run.store.identity()->server_name == "Lancashire");
    CHECK(run.store.identity()->author == "p-1");
    CHECK(run.vault.unlock("2468").ok());
    CHECK(try_enrol(typed, "2468").error().code == "code_used");
}

TEST_CASE("a link with other keys than the server's is refused, and a kiosk keeps no worker key")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    ServerKeys keys;
    int lose = 0;
    const auto transports = [&](const protocol::EnrolmentInvitation&) {
        return std::make_unique<EnrolServer>(keys, lose);
    };
    protocol::EnrolmentInvitation invitation;
    invitation.server = "http://127.0.0.1:1";
    invitation.code = "ABCDEFGHJKMN";
    invitation.signing_key = crypto::make_signing_key().public_key;
    invitation.sealing_key = keys.sealing.public_key;
    EnrolServer::first_key.clear();
    CHECK(enrol(run.store, protocol::format_invitation(invitation), std::nullopt, transports, run.clock,
                run.random)
              .error()
              .code == "wrong_server");
    CHECK(!run.store.identity().has_value());

    invitation.signing_key = keys.signing.public_key;
    EnrolServer::mode = "kiosk";
    CHECK(enrol(run.store, protocol::format_invitation(invitation), "2468", transports, run.clock, run.random)
              .ok());
    EnrolServer::mode = "worker";
    CHECK(!run.vault.has_worker_key());
    CHECK(run.store.identity()->mode == DeviceMode::Kiosk);
}
