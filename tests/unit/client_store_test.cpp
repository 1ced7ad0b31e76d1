#include "client/store/store.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/entry_json.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

Picture filled_picture(char fill = 'x')
{
    return sample_picture(std::string(5'000, fill));
}

/// A receipt for everything in the batch, as the server would sign it.
protocol::Receipt receipt_for(const OutgoingBatch& batch, const Uuid& device)
{
    protocol::Receipt receipt;
    receipt.device = device;
    receipt.entries_digest = batch.entries_digest;
    receipt.tree_root.assign(32, '\1');
    receipt.outcomes.resize(batch.ids.size());
    return receipt;
}

/// Runs the body in a child that ends by SIGKILL, so that nothing is tidied up behind it.
void in_killed_child(const std::function<void()>& body)
{
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        body();
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
}

} // namespace

TEST_CASE("an entry is on the disk when save returns, even if the program is killed at once")
{
    const TemporaryFolder folder;
    const ServerKeys server;
    {
        DeviceRun run(folder.path());
        run.enrol(server);
    }
    for (std::int64_t i = 1; i <= 3; ++i) {
        in_killed_child([&] {
            DeviceRun run(folder.path());
            auto story = sample_story();
            story.pictures = {filled_picture(static_cast<char>('a' + i)),
                              filled_picture(static_cast<char>('k' + i))};
            (void)run.capture.save(story);
        });
        DeviceRun run(folder.path());
        const Counts counts = run.store.counts();
        CHECK(counts.entries == i);
        CHECK(counts.unsent == i);
        CHECK(counts.photos_waiting == 2 * i);
    }
}

TEST_CASE("the records of a device form a chain that holds across runs")
{
    const TemporaryFolder folder;
    const ServerKeys server;
    {
        DeviceRun run(folder.path());
        run.enrol(server);
        run.save(sample_hours());
    }
    DeviceRun run(folder.path());
    run.save(sample_hours());
    run.save(sample_hours());

    const Identity identity = run.store.identity().value();
    const auto outgoing = run.store.next_batch(identity, 0, run.clock.now());
    REQUIRE(outgoing.has_value());
    const auto batch = protocol::parse_batch(outgoing->bytes);
    REQUIRE(batch.ok());
    CHECK(batch->is_signed_by(identity.signing.public_key));
    CHECK(batch->entries_digest() == outgoing->entries_digest);
    REQUIRE(batch->records.size() == 3);
    CHECK(batch->sealed_keys.size() == 2);

    std::string previous(32, '\0');
    for (std::size_t i = 0; i < 3; ++i) {
        const auto header = protocol::parse_record_header(batch->records[i]);
        REQUIRE(header.ok());
        CHECK(header->link.seq == i + 1);
        CHECK(header->link.previous == previous);
        previous = protocol::record_digest(batch->records[i]);
    }
    // The server can read what was sealed to it.
    const auto data_key = crypto::open_sealed(server.sealing, batch->sealed_keys[0]);
    REQUIRE(data_key.ok());
    const auto header = protocol::parse_record_header(batch->records[0]);
    const auto json =
        protocol::open_record(batch->records[0], identity.device, protocol::entry_key(*data_key, header->id));
    REQUIRE(json.ok());
    CHECK(protocol::parse_entry(*json, header->id)->about.contract == "LCC-2024-017");
}

TEST_CASE("entries cannot be changed or removed")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    run.save(sample_hours());
    auto database = storage::Database::open("sqlite:" + (folder.path() / "tallybook.db").string());
    CHECK_THROWS_AS(database->run("UPDATE entries SET kind = 'story'"), storage::ConstraintError);
    CHECK_THROWS_AS(database->run("DELETE FROM entries"), storage::ConstraintError);
}

TEST_CASE("nothing that was typed lies on the disk in the clear")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    run.save(sample_hours("Aisha Khan-Unmistakable"));
    run.vault.keep_draft("form", "hours", "Aisha Khan-Unmistakable", run.clock.now());
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
        const auto bytes = read_file(file.path());
        REQUIRE(bytes.ok());
        CHECK(bytes->find("Unmistakable") == std::string::npos);
    }
}

TEST_CASE("a receipt takes entries out of the outbox, and a rejected one stays with its reason")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    auto with_photo = sample_story();
    with_photo.pictures = {filled_picture()};
    const Uuid first = run.save(with_photo);
    const Uuid second = run.save(sample_hours());
    const Identity identity = run.store.identity().value();
    CHECK(!run.store.next_upload(identity).has_value());

    const auto batch = run.store.next_batch(identity, 0, run.clock.now());
    REQUIRE(batch.has_value());
    protocol::Receipt receipt = receipt_for(*batch, identity.device);
    receipt.outcomes[1] = {protocol::Outcome::Rejected, 0, "contract_unknown", "No such contract."};
    REQUIRE(run.store.keep_receipt(*batch, receipt, "receipt bytes").ok());

    CHECK(run.store.find_entry(first)->state == EntryState::Waiting);
    const EntryRow rejected = run.store.find_entry(second).value();
    CHECK(rejected.state == EntryState::Rejected);
    CHECK(rejected.code == "contract_unknown");
    CHECK(rejected.note == "No such contract.");
    CHECK(run.store.counts().unsent == 0);
    CHECK(run.store.counts().rejected == 1);
    CHECK(!run.store.next_batch(identity, 0, run.clock.now()).has_value());
    CHECK(run.store.next_upload(identity).has_value());
    CHECK(run.store.entries(EntryState::Rejected).size() == 1);
}

TEST_CASE("a receipt about something else changes nothing")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    run.save(sample_hours());
    const Identity identity = run.store.identity().value();
    const auto batch = run.store.next_batch(identity, 0, run.clock.now());
    protocol::Receipt receipt = receipt_for(*batch, identity.device);
    receipt.entries_digest.assign(32, '\7');
    CHECK(run.store.keep_receipt(*batch, receipt, "x").error().code == "bad_receipt");
    receipt = receipt_for(*batch, identity.device);
    receipt.outcomes.clear();
    CHECK(run.store.keep_receipt(*batch, receipt, "x").error().code == "bad_receipt");
    CHECK(run.store.counts().unsent == 1);
}

TEST_CASE("batches are bounded by count and by bytes")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    run.capture.save_all(std::vector<CaptureRequest>(25, sample_hours())).value();
    const Identity identity = run.store.identity().value();
    const auto small = run.store.next_batch(identity, 0, run.clock.now(), {.entries_max = 10});
    CHECK(small->ids.size() == 10);
    const auto rest =
        run.store.next_batch(identity, small->last_local, run.clock.now(), {.entries_max = 100});
    CHECK(rest->ids.size() == 15);
    const auto tight =
        run.store.next_batch(identity, 0, run.clock.now(), {.entries_max = 100, .bytes_max = 1});
    CHECK(tight->ids.size() == 1);
}

TEST_CASE("an amendment names an entry of this device that was not changed yet")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    const Uuid old = run.save(sample_hours());

    auto amendment = sample_hours();
    amendment.entry.action = EntryAction::Amend;
    amendment.entry.reason = "The break was forgotten.";
    amendment.entry.amends = Uuid::parse("0190a5c4-7d1e-7b3a-8f00-0123456789ab").value();
    CHECK(run.capture.save(amendment).error().code == "unknown_entry");
    amendment.entry.amends = old;
    const Uuid newer = run.save(amendment);
    CHECK(run.store.find_entry(old)->replaced_by == newer);
    CHECK(run.capture.save(amendment).error().code == "already_replaced");
    amendment.entry.amends = newer;
    amendment.entry.reason.clear();
    CHECK(run.capture.save(amendment).error().code == "missing");
    CHECK(run.store.counts().entries == 2);
}

TEST_CASE("what the server decides about an entry is seen on the device")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    const Uuid id = run.save(sample_hours());
    const Identity identity = run.store.identity().value();
    const auto batch = run.store.next_batch(identity, 0, run.clock.now());
    REQUIRE(run.store.keep_receipt(*batch, receipt_for(*batch, identity.device), "r").ok());

    const Change changes[] = {
        {"entry", id.text(), R"({"state":"queried","question":"Which school was this?","decided_at_ms":5})"},
        {"contract", "LCC-2024-017", R"({"ref":"LCC-2024-017","title":"Highways","supplier":"Acme"})"},
        {"contract", "odd", R"([1, 2])"},
        {"event", "e1",
         R"({"id":"e1","contract":"LCC-2024-017","title":"Fair","starts_at_ms":10,"ends_at_ms":20})"},
        {"place", "p1", R"({"id":"p1","title":"Preston library"})"},
    };
    run.store.apply_changes(identity, changes, "c1");
    CHECK(run.store.pull_cursor(identity) == "c1");
    CHECK(run.store.find_entry(id)->state == EntryState::Queried);
    CHECK(run.store.find_entry(id)->question == "Which school was this?");
    CHECK(run.store.counts().queried == 1);
    REQUIRE(run.store.contracts().size() == 1);
    CHECK(run.store.contracts()[0].title == "Highways");
    CHECK(run.store.events("LCC-2024-017").size() == 1);
    CHECK(run.store.events("other").empty());
    CHECK(run.store.places().size() == 1);

    const Change gone[] = {{"place", "p1", std::nullopt}};
    run.store.apply_changes(identity, gone, "c2");
    CHECK(run.store.places().empty());
}

TEST_CASE("what was read back wrong is never acknowledged")
{
    // A storage that alters bytes is played by a trigger.
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    {
        auto database = storage::Database::open("sqlite:" + (folder.path() / "tallybook.db").string());
        database->run_script(
            "DROP TRIGGER records_refuses_update; CREATE TRIGGER spoil AFTER INSERT ON records "
            "BEGIN UPDATE records SET record = zeroblob(80) WHERE local = new.local; END;");
    }
    CHECK_THROWS_AS((void)run.capture.save(sample_hours()), storage::DatabaseError);
    CHECK(run.store.counts().entries == 0);
}

TEST_CASE("entries of an earlier enrolment stay under it")
{
    const TemporaryFolder folder;
    const ServerKeys server;
    DeviceRun run(folder.path());
    run.enrol(server);
    run.save(sample_hours());
    const Identity old = run.store.identity().value();
    run.enrol(server);
    run.save(sample_hours());
    const Identity now = run.store.identity().value();
    CHECK(old.device != now.device);
    REQUIRE(run.store.identities_with_unsent().size() == 2);
    CHECK(run.store.next_batch(old, 0, run.clock.now())->ids.size() == 1);
    CHECK(run.store.next_batch(now, 0, run.clock.now())->ids.size() == 1);
    CHECK(run.store.entries()[0].seq == 1);
}

TEST_CASE("before enrolment nothing can be sealed, and the refusal says so")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    CHECK(run.capture.save(sample_hours()).error().code == "not_enrolled");
    CHECK(run.capture.check(sample_hours()).front().code == "not_enrolled");
    CHECK(run.vault.run_key().error().code == "not_enrolled");
}
