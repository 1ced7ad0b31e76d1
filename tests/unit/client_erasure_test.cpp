#include "client/sync/bundle.h"
#include "client/sync/sync.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/batch.h"
#include "tests/support/client_fixture.h"
#include "tests/support/fake_server.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

constexpr std::string_view code = "K7QD-3MHX";

CaptureRequest story_of(std::string person, std::string withdrawal_code, Random& random)
{
    CaptureRequest request = sample_story();
    auto& body = std::get<StoryBody>(request.entry.body);
    body.quotes = {{"The words of " + person, person}};
    body.consents = {{person, {ConsentUse::Report}, "2026-1", "en", "", std::move(withdrawal_code), false}};
    for (int i = 0; i < 2; ++i) {
        request.pictures.push_back(sample_picture(random.bytes(9'000)));
    }
    return request;
}

/// Everything of one entry that must not be found any more, as it lies on the disk.
struct Traces
{
    std::vector<std::string> pieces;

    void add(std::string_view bytes)
    {
        // Every stretch of it: what is left of a page that was written over may begin anywhere.
        constexpr std::size_t length = 24;
        for (std::size_t at = 0; at + length <= bytes.size(); at += length)
            pieces.emplace_back(bytes.substr(at, length));
    }
};

Traces traces_of(DeviceRun& run, const std::filesystem::path& folder, const Uuid& id)
{
    Traces traces;
    const SealedEntry sealed = run.store.sealed_entry(id).value();
    // The header is no secret: it names the record before, which stays.
    traces.add(std::string_view(sealed.record).substr(protocol::record_header_bytes));
    traces.add(sealed.entry_key);
    auto database = storage::Database::open("sqlite:" + (folder / "tallybook.db").string());
    database->for_each<storage::sql::Blob>(
        "SELECT a.bytes FROM attachments a JOIN entries e ON e.local = a.entry_local WHERE e.id = :id",
        [&](const storage::sql::Blob& bytes) { traces.add(bytes.bytes); }, id.text());
    database->for_each<storage::sql::Blob>(
        "SELECT bytes FROM drafts WHERE instr(id, :id) > 0 OR instr(area, :id) > 0",
        [&](const storage::sql::Blob& bytes) { traces.add(bytes.bytes); }, id.text());
    return traces;
}

/// How many of the pieces lie in any file under the folder.
std::size_t found_in_files(const std::filesystem::path& folder, const std::vector<std::string>& pieces)
{
    std::size_t found = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (!file.is_regular_file())
            continue;
        const auto bytes = read_file(file.path());
        REQUIRE(bytes.ok());
        for (const std::string& piece : pieces)
            found += bytes->find(piece) != std::string::npos ? 1 : 0;
    }
    return found;
}

Change erased_change(const Uuid& id, std::string_view why = "staff")
{
    return {"entry", id.text(),
            R"({"state":"erased","why":")" + std::string(why) + R"(","decided_at_ms":1772443900000})"};
}

struct Device
{
    TemporaryFolder folder;
    FakeServer server;
    std::optional<DeviceRun> run;

    Device()
    {
        run.emplace(folder.path());
        run->enrol(server.keys);
        server.know(run->store.identity().value());
    }
    void restart()
    {
        run.reset();
        run.emplace(folder.path());
    }
    Identity identity() { return run->store.identity().value(); }
    void apply(const std::vector<Change>& changes) { run->store.apply_changes(identity(), changes, "c"); }
    Result<SyncReport> sync()
    {
        SyncRunner engine(
            run->store, [this](const Identity&) { return server.connect(); }, run->clock, run->random);
        return engine.run({});
    }
    Uuid save_story(std::string person = "Person Unmistakable", std::string_view with_code = code)
    {
        return run->save(story_of(std::move(person), std::string(with_code), run->random));
    }
};

CaptureRequest amendment_of(const Uuid& id)
{
    CaptureRequest request = sample_story();
    request.entry.action = EntryAction::Amend;
    request.entry.amends = id;
    request.entry.reason = "A better title for Unmistakable.";
    return request;
}

} // namespace

TEST_CASE("of an erased entry no byte of its record, key, photos or drafts stays in any file")
{
    Device device;
    // Neighbours on the same pages, before and after.
    for (int i = 0; i < 30; ++i)
        device.run->save(sample_hours());
    const Uuid story = device.save_story();
    device.run->vault.keep_draft("form", "story/" + story.text() + "@1", "half an amendment of Unmistakable",
                                 device.run->clock.now());
    device.run->vault.keep_draft("photo/" + story.text(), std::string(64, 'a'), std::string(5'000, 'p'),
                                 device.run->clock.now());
    device.run->vault.keep_draft("form", "story@2", "another story", device.run->clock.now());
    for (int i = 0; i < 30; ++i)
        device.run->save(sample_hours());
    const Traces traces = traces_of(*device.run, device.folder.path(), story);
    // A few stretches lie across two pages.
    REQUIRE(traces.pieces.size() > 900);
    REQUIRE(found_in_files(device.folder.path(), traces.pieces) > 900);

    const Change asked{
        "entry", story.text(),
        R"({"state":"queried","question":"Did Unmistakable say that?","note":"Unmistakable"})"};
    device.apply({asked});
    CHECK(found_in_files(device.folder.path(), {"Unmistakable"}) > 0);
    device.apply({erased_change(story)});

    CHECK(found_in_files(device.folder.path(), traces.pieces) == 0);
    CHECK(found_in_files(device.folder.path(), {"Unmistakable"}) == 0);
    CHECK(std::filesystem::file_size(device.folder.path() / "tallybook.db-wal") < 20'000);

    const EntryRow row = device.run->store.find_entry(story).value();
    CHECK(row.state == EntryState::Erased);
    CHECK(row.erased_at == Timestamp{1'772'443'900'000});
    CHECK(row.erased_why == ErasureReason::Staff);
    CHECK(row.question.empty());
    CHECK(row.note.empty());
    CHECK(row.photos == 0);
    CHECK(device.run->store.entries().size() == 61);
    CHECK(device.run->store.entries(EntryState::Erased).size() == 1);
    CHECK(device.run->store.counts().photos_waiting == 0);
    CHECK(device.run->vault.drafts("form").size() == 1);
    CHECK(device.run->vault.drafts("photo/" + story.text()).empty());
}

TEST_CASE("erasing many entries in several turns leaves no copies in the slack of pages")
{
    Device device;
    std::vector<Uuid> ids;
    for (int i = 0; i < 240; ++i)
        ids.push_back(device.run->save(sample_hours()));
    Traces traces;
    for (const std::size_t share : {2U, 3U, 1U}) {
        std::vector<Change> changes;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (i % share != 0 || device.run->store.find_entry(ids[i])->state == EntryState::Erased)
                continue;
            const SealedEntry sealed = device.run->store.sealed_entry(ids[i]).value();
            traces.add(std::string_view(sealed.record).substr(protocol::record_header_bytes));
            traces.add(sealed.entry_key);
            changes.push_back(erased_change(ids[i]));
        }
        device.apply(changes);
        CHECK(found_in_files(device.folder.path(), traces.pieces) == 0);
    }
    CHECK(device.run->store.counts().erased == 240);
}

TEST_CASE("the neighbours of an erased entry can be read as before, also with the PIN after a restart")
{
    Device device;
    const Uuid before = device.run->save(sample_hours());
    const Uuid story = device.save_story();
    device.apply({erased_change(story)});
    device.run->vault.renew_run_key();
    const Uuid after = device.run->save(sample_hours());
    CHECK(device.run->vault.open_entry(before).ok());
    CHECK(device.run->vault.open_entry(story).error().code == "unknown_entry");
    device.restart();
    REQUIRE(device.run->vault.unlock("2468").ok());
    CHECK(device.run->vault.open_entry(before).ok());
    CHECK(device.run->vault.open_entry(after).ok());
    CHECK(device.run->vault.open_entry(story).error().code == "unknown_entry");
}

TEST_CASE("no key on the device opens a copy of the record that was made before it was erased")
{
    Device device;
    const Uuid neighbour = device.run->save(sample_hours());
    const Uuid story = device.save_story();
    const SealedEntry copy = device.run->store.sealed_entry(story).value();
    device.restart(); // the run's own key is gone with its memory
    device.apply({erased_change(story)});

    // Everything that the PIN opens: the worker's key, and with it each reading key and each entry key.
    const WorkerKey kept = device.run->store.worker_key().value();
    const auto secret = crypto::unlock(kept.wrapped_secret, "tallybook-worker-key-v1",
                                       crypto::key_from_pin("2468", kept.salt));
    REQUIRE(secret.ok());
    const crypto::SealingKey worker{kept.public_key, *secret};
    std::vector<std::string> keys;
    auto database = storage::Database::open("sqlite:" + (device.folder.path() / "tallybook.db").string());
    database->for_each<storage::sql::Blob, std::optional<storage::sql::Blob>>(
        "SELECT sealed, worker_sealed FROM data_keys",
        [&](const storage::sql::Blob& for_server, const std::optional<storage::sql::Blob>& for_worker) {
            CHECK_FALSE(crypto::open_sealed(worker, for_server.bytes).ok());
            if (for_worker)
                keys.push_back(crypto::open_sealed(worker, for_worker->bytes).value());
        });
    REQUIRE(keys.size() == 1);
    const std::string reading_key = keys.front();
    database->for_each<std::string, storage::sql::Blob>(
        "SELECT e.id, r.entry_key FROM records r JOIN entries e ON e.local = r.local",
        [&](const std::string& id, const storage::sql::Blob& wrapped) {
            keys.push_back(unwrap_entry_key(wrapped.bytes, Uuid::parse(id).value(), reading_key).value());
        });
    REQUIRE(keys.size() == 2);
    // The neighbour shows that these are the keys that read.
    const SealedEntry readable = device.run->store.sealed_entry(neighbour).value();
    CHECK(protocol::open_record(readable.record, readable.device, keys[1]).ok());
    // As an entry's key, as a run's data key, and as the reading key of any entry key that is left.
    for (const std::string& key : keys) {
        if (key.size() == crypto::secret_key_bytes + crypto::nonce_bytes) {
            CHECK_FALSE(protocol::open_record(copy.record, copy.device, key).ok());
        } else {
            CHECK_FALSE(
                protocol::open_record(copy.record, copy.device, protocol::entry_key(key, story)).ok());
        }
    }
}

TEST_CASE("a run that has nothing left keeps no key, and a kiosk keeps no keys of entries at all")
{
    Device device;
    const Uuid story = device.save_story();
    device.apply({erased_change(story)});
    auto database = storage::Database::open("sqlite:" + (device.folder.path() / "tallybook.db").string());
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM data_keys") == 0);
    // The run goes on all the same.
    device.run->save(sample_hours());
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM data_keys") == 1);

    const TemporaryFolder folder;
    DeviceRun kiosk(folder.path());
    kiosk.enrol(ServerKeys(), DeviceMode::Kiosk, std::nullopt);
    const Uuid said = kiosk.save(sample_hours());
    CHECK(kiosk.store.sealed_entry(said)->entry_key.empty());
    CHECK(kiosk.store.sealed_entry(said)->worker_sealed.empty());
}

TEST_CASE(
    "an entry that was erased before it was sent never leaves, by network or bundle, and the chain holds")
{
    Device device;
    const Uuid first = device.run->save(sample_hours());
    const Uuid story = device.save_story();
    const Uuid last = device.run->save(sample_hours());
    const std::string digest = protocol::record_digest(device.run->store.sealed_entry(story)->record);
    device.apply({erased_change(story)});

    const auto bundle_file = device.folder.path() / "out.tally";
    const auto exported = export_bundle(device.run->store, bundle_file, device.run->clock.now());
    REQUIRE(exported.ok());
    CHECK(exported->entries == 2);
    CHECK(exported->photos == 0);
    const auto report = device.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 2);
    CHECK(report->photos == 0);
    CHECK(device.server.attachments.empty());
    CHECK_FALSE(device.server.records.contains(story));
    CHECK(device.run->store.counts().unsent == 0);

    // The gap is explained: the next record names the digest that stands in the tombstone.
    const auto header = protocol::parse_record_header(device.server.records.at(last));
    CHECK(header->link.seq == 3);
    CHECK(header->link.previous == digest);
    CHECK(device.run->store.find_entry(story)->seq == 2);
    CHECK(device.run->store.find_entry(first)->seq == 1);
    auto database = storage::Database::open("sqlite:" + (device.folder.path() / "tallybook.db").string());
    CHECK(database->query_one<std::string>("SELECT digest FROM entries WHERE id = :id", story.text()) ==
          to_hex(digest));
    CHECK_THROWS_AS(database->run("DELETE FROM entries WHERE id = :id", story.text()),
                    storage::ConstraintError);
    CHECK_THROWS_AS(database->run("DELETE FROM erasures"), storage::ConstraintError);
    CHECK_THROWS_AS(database->run("DELETE FROM records WHERE local = 1"), storage::ConstraintError);
}

TEST_CASE("what amends an erased entry is erased with it, and nothing new can be hung on it")
{
    Device device;
    const Uuid story = device.save_story();
    const Uuid other = device.save_story("Somebody else", "AAAA-BBBB");
    REQUIRE(device.sync().ok());
    const Uuid amended = device.run->save(amendment_of(story));
    device.server.changes =
        R"({"cursor":"2","more":false,"items":[{"topic":"entry","key":")" + story.text() +
        R"(","value":{"state":"erased","why":"withdrawal","decided_at_ms":1772443900000}}]})";
    // The amendment goes out before the device hears of the erasure, and the server will not have it.
    device.server.refuse_as_erased.insert(amended);
    REQUIRE(device.sync().ok());
    CHECK(device.run->store.find_entry(story)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(story)->erased_why == ErasureReason::Withdrawal);
    CHECK(device.run->store.find_entry(amended)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(other)->state == EntryState::Waiting);
    CHECK(device.run->capture.save(amendment_of(story)).error().code == "was_erased");
    CHECK(device.run->capture.save(amendment_of(amended)).error().code == "was_erased");

    // A form that is still open keeps no draft any more.
    device.run->vault.keep_draft("form", "story/" + story.text() + "@9", "typed late",
                                 device.run->clock.now());
    device.run->vault.keep_draft("photo/" + amended.text(), std::string(64, 'c'), "photo",
                                 device.run->clock.now());
    CHECK(device.run->vault.drafts("form").empty());
    CHECK(device.run->vault.drafts("photo/" + amended.text()).empty());

    // Whatever the server says later, the tombstone stays.
    device.apply({{"entry", story.text(), R"({"state":"accepted","note":"words"})"},
                  {"entry", story.text(), std::nullopt}});
    CHECK(device.run->store.find_entry(story)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(story)->note.empty());
}

TEST_CASE("photos of an entry that was erased at the server stay here unsent and are destroyed")
{
    Device device;
    const Uuid story = device.save_story();
    device.server.changes = R"({"cursor":"2","more":false,"items":[{"topic":"entry","key":")" + story.text() +
                            R"(","value":{"state":"erased","why":"retention"}}]})";
    const auto report = device.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 1);
    CHECK(report->photos == 0);
    CHECK(device.server.attachments.empty());
    CHECK(device.run->store.counts().photos_waiting == 0);
    CHECK_FALSE(device.run->store.find_entry(story)->erased_at.has_value());
    CHECK(device.run->store.find_entry(story)->erased_why == ErasureReason::Retention);
}

TEST_CASE("a list of changes that cannot be read holds up no photos")
{
    Device device;
    device.save_story();
    device.server.changes = "<html>";
    CHECK(device.sync().error().code == "odd_answer");
    CHECK(device.server.attachments.size() == 2);
}

TEST_CASE("a receipt for a batch that was under way does not bring an erased entry back")
{
    Device device;
    const Uuid story = device.save_story();
    const auto batch = device.run->store.next_batch(device.identity(), 0, device.run->clock.now());
    REQUIRE(device.run->store.withdraw_consent(code, device.run->clock.now()).ok());
    protocol::Receipt receipt;
    receipt.device = device.identity().device;
    receipt.entries_digest = batch->entries_digest;
    receipt.tree_root.assign(32, '\1');
    receipt.outcomes = {{protocol::Outcome::Rejected, 0, "contract_unknown", "No such contract."}};
    REQUIRE(device.run->store.keep_receipt(*batch, receipt, "r").ok());
    CHECK(device.run->store.find_entry(story)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(story)->code.empty());
    CHECK(device.run->store.counts().rejected == 0);
}

TEST_CASE("a withdrawal code erases its story here at once, in any spelling and without the PIN")
{
    Device device;
    const Uuid story = device.save_story();
    const Uuid amended = device.run->save(amendment_of(story)); // says no code itself
    const Uuid other = device.save_story("Somebody else", "AAAA-BBBB");
    device.restart();
    const Traces traces = traces_of(*device.run, device.folder.path(), story);
    const auto nothing = device.run->store.withdraw_consent("ZZZZ-ZZZZ", device.run->clock.now());
    REQUIRE(nothing.ok());
    CHECK(*nothing == 0);
    const auto erased = device.run->store.withdraw_consent(" k7qd3mhx", device.run->clock.now());
    REQUIRE(erased.ok());
    CHECK(*erased == 2);
    CHECK(device.run->store.find_entry(story)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(story)->erased_at == device.run->clock.now());
    CHECK(device.run->store.find_entry(amended)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(other)->state == EntryState::Unsent);
    CHECK(found_in_files(device.folder.path(), traces.pieces) == 0);
    // The code is nowhere to be read, before or after.
    CHECK(found_in_files(device.folder.path(), {"K7QD-3MHX", "K7QD3MHX", "AAAA-BBBB", "AAAABBBB"}) == 0);

    CHECK(device.run->store.withdraw_consent("K7", device.run->clock.now()).error().code == "bad_code");
    CHECK(device.run->store.withdraw_consent("K7QD 3MH%", device.run->clock.now()).error().code ==
          "bad_code");
}

TEST_CASE("withdrawing with an amendment's code takes what it amends along")
{
    Device device;
    const Uuid hours_like = device.save_story("First", "AAAA-BBBB");
    CaptureRequest amendment = story_of("Second", "CCCC-DDDD", device.run->random);
    amendment.entry.action = EntryAction::Amend;
    amendment.entry.amends = hours_like;
    amendment.entry.reason = "Another person joined.";
    const Uuid amended = device.run->save(amendment);
    CHECK(*device.run->store.withdraw_consent("CCCC-DDDD", device.run->clock.now()) == 2);
    CHECK(device.run->store.find_entry(hours_like)->state == EntryState::Erased);
    CHECK(device.run->store.find_entry(amended)->state == EntryState::Erased);
}

TEST_CASE("the server hears of a withdrawal once it can be reached, and only it can read the code")
{
    Device device;
    device.save_story();
    REQUIRE(device.sync().ok());
    REQUIRE(device.run->store.withdraw_consent(code, device.run->clock.now()).ok());
    device.restart();
    CHECK(device.run->store.counts().withdrawals == 1);
    device.server.lose_requests = 1;
    CHECK(device.sync().error().code == "offline");
    CHECK(device.run->store.counts().withdrawals == 1);
    device.server.lose_replies = 1;
    CHECK(device.sync().error().code == "offline");
    const auto report = device.sync();
    REQUIRE(report.ok());
    CHECK(report->withdrawals == 1);
    // Once more after the lost reply: the server takes a code as often as it comes.
    CHECK(device.server.withdrawn == std::vector<std::string>{"K7QD3MHX", "K7QD3MHX"});
    CHECK(device.run->store.counts().withdrawals == 0);
}

TEST_CASE("a server that will not take more codes in this hour still takes entries")
{
    Device device;
    REQUIRE(device.run->store.withdraw_consent(code, device.run->clock.now()).ok());
    device.run->save(sample_hours());
    device.server.tired_of_withdrawals = true;
    const auto report = device.sync();
    REQUIRE(report.ok());
    CHECK(report->created == 1);
    CHECK(device.run->store.counts().withdrawals == 1);
    device.server.tired_of_withdrawals = false;
    REQUIRE(device.sync().ok());
    CHECK(device.run->store.counts().withdrawals == 0);
}

TEST_CASE("an erasure that another session holds up is finished by the next sync")
{
    Device device;
    const Uuid story = device.save_story();
    const Traces traces = traces_of(*device.run, device.folder.path(), story);
    {
        auto reader = storage::Database::open("sqlite:" + (device.folder.path() / "tallybook.db").string());
        // A page that is still being read keeps the log from being emptied.
        reader->for_each<std::int64_t>("SELECT local FROM entries", [&](std::int64_t) {
            device.apply({erased_change(story)});
            CHECK(device.run->store.find_entry(story)->state == EntryState::Erased);
            CHECK(found_in_files(device.folder.path(), traces.pieces) > 0);
        });
    }
    REQUIRE(device.sync().ok());
    CHECK(found_in_files(device.folder.path(), traces.pieces) == 0);
}

namespace {

bool has_remains(DeviceRun& run)
{
    return run.store.setting("erasure.remains").has_value();
}

} // namespace

TEST_CASE("a large file is rewritten between rounds, and not while somebody wants to save")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys());
    Uuid kept;
    for (int i = 0; i < 9; ++i)
        kept = run.save(sample_story_with(sample_picture(run.random.bytes(8'000'000))));
    run.save(story_of("Jo", std::string(code), run.random));
    REQUIRE(run.store.withdraw_consent(code, run.clock.now()).ok());
    CHECK(has_remains(run));
    run.store.finish_erasures();
    CHECK(has_remains(run));
    run.store.finish_erasures(run.clock.now());
    CHECK_FALSE(has_remains(run));
    CHECK(run.vault.open_entry(kept).ok());
}

TEST_CASE("a file that could not be rewritten for want of room is tried again after an hour, not before")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys());
    run.store.set_setting("erasure.remains", "1");
    run.store.set_setting("erasure.tried_at_ms", std::to_string(run.clock.now().ms));
    run.store.finish_erasures();
    CHECK(has_remains(run));
    run.clock.advance_ms(3'599'000);
    run.store.finish_erasures(run.clock.now());
    CHECK(has_remains(run));
    run.clock.advance_ms(1'000);
    run.store.finish_erasures(run.clock.now());
    CHECK_FALSE(has_remains(run));
    CHECK_FALSE(run.store.setting("erasure.tried_at_ms").has_value());
}
