#include "client/store/server_ledger.h"
#include "client/sync/bundle.h"
#include "client/sync/sync.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/entry_json.h"
#include "tests/support/enrolled_device.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

/// A device of which the server cannot take some entries.
struct Aside : EnrolledDevice
{
    CaptureRequest story_with_photo() { return sample_story_with(sample_picture(run.random.bytes(4'000))); }
    /// Saved, and refused by the server.
    Uuid save_refused(const CaptureRequest& request)
    {
        const Uuid id = run.save(request);
        server.reject.insert(id);
        (void)sync();
        REQUIRE(state_of(id) == EntryState::Rejected);
        return id;
    }
    EntryState state_of(const Uuid& id) { return run.store.find_entry(id)->state; }
    Result<Uuid> put_right(CaptureRequest request, const Uuid& old)
    {
        request.puts_right = old;
        return run.capture.save(request);
    }
};

protocol::Receipt receipt_with(const OutgoingBatch& batch, const Uuid& device, protocol::Outcome outcome)
{
    protocol::Receipt receipt;
    receipt.device = device;
    receipt.entries_digest = batch.entries_digest;
    receipt.tree_root.assign(32, '\1');
    receipt.outcomes.assign(batch.ids.size(), {outcome, 0, "unknown_contract", "There is no such contract."});
    return receipt;
}

} // namespace

TEST_CASE("an entry that was put aside and put right is sent once, in its new form")
{
    Aside device;
    const Uuid other = device.run.save(sample_hours("Asha Patel"));
    const Uuid old = device.save_refused(sample_hours());
    CHECK(device.run.store.counts().rejected == 1);

    const auto corrected = device.put_right(sample_hours("Jo Marsden-Lee"), old);
    REQUIRE(corrected.ok());
    CHECK(device.state_of(old) == EntryState::Replaced);
    CHECK(device.run.store.find_entry(old)->replaced_by == *corrected);
    CHECK(device.run.store.counts().rejected == 0);
    const auto words = device.run.vault.open_entry(*corrected);
    REQUIRE(words.ok());
    CHECK(words->action == EntryAction::Capture);
    CHECK_FALSE(words->amends.has_value());

    CHECK(device.sync().created == 1);
    CHECK(device.state_of(*corrected) == EntryState::Waiting);
    CHECK(device.server.records.contains(*corrected));
    CHECK_FALSE(device.server.records.contains(old));
    CHECK(device.server.records.contains(other));
    // Neither it nor what is put right already can be put right or sent again.
    CHECK(device.run.store.send_again(old).error().code == "not_rejected");
    CHECK(device.put_right(sample_hours(), old).error().code == "not_put_aside");
    CHECK(device.put_right(sample_hours(), other).error().code == "not_put_aside");
    CHECK(device.put_right(sample_hours(), Uuid{}).error().code == "unknown_entry");
}

TEST_CASE("photos go over to the entry that puts theirs right")
{
    Aside device;
    const Uuid old = device.save_refused(device.story_with_photo());
    CHECK(device.server.attachments.empty());
    CaptureRequest request = sample_story();
    request.entry.attachments = device.run.vault.open_entry(old)->attachments;
    const auto corrected = device.put_right(request, old);
    REQUIRE(corrected.ok());
    CHECK(device.run.store.counts().photos_waiting == 1);
    CHECK(device.sync().photos == 1);
    CHECK(device.server.attachments.size() == 1);
    CHECK(device.run.store.attachments_of(*corrected).size() == 1);
    CHECK(device.run.store.attachments_of(old).empty());
}

TEST_CASE("what puts an amendment right amends what that one was to amend")
{
    Aside device;
    const Uuid first = device.run.save(sample_hours());
    (void)device.sync();
    CaptureRequest amendment = sample_hours("Jo Marsden-Lee");
    amendment.entry.action = EntryAction::Amend;
    amendment.entry.amends = first;
    amendment.entry.reason = "Her name changed";
    const Uuid refused = device.save_refused(amendment);
    CHECK(device.state_of(first) == EntryState::Waiting);

    CaptureRequest better = sample_hours("Jo Lee");
    CHECK(device.put_right(better, refused).error().where == "reason");
    better.entry.reason = "Her name changed";
    const auto corrected = device.put_right(better, refused);
    REQUIRE(corrected.ok());
    CHECK(device.run.vault.open_entry(*corrected)->amends == first);
    CHECK(device.run.store.find_entry(first)->replaced_by == *corrected);
}

TEST_CASE("what puts a change of a put-aside entry right stands in for both")
{
    Aside device;
    const Uuid first = device.run.save(sample_hours());
    CaptureRequest amendment = sample_hours("Jo Marsden-Lee");
    amendment.entry.action = EntryAction::Amend;
    amendment.entry.amends = first;
    amendment.entry.reason = "Her name changed";
    const Uuid second = device.run.save(amendment);
    device.server.reject = {first, second};
    (void)device.sync();

    const auto corrected = device.put_right(sample_hours("Jo Lee"), second);
    REQUIRE(corrected.ok());
    const auto words = device.run.vault.open_entry(*corrected);
    CHECK(words->action == EntryAction::Capture);
    CHECK(words->reason.empty());
    CHECK(device.state_of(first) == EntryState::Replaced);
    CHECK(device.state_of(second) == EntryState::Replaced);
    CHECK(device.sync().created == 1);
    // A withdrawal has nothing in it to put right.
    CaptureRequest withdrawal;
    withdrawal.entry.action = EntryAction::Withdraw;
    withdrawal.entry.kind = EvidenceKind::Hours;
    withdrawal.entry.amends = *corrected;
    withdrawal.entry.reason = "It did not happen";
    const Uuid refused = device.save_refused(withdrawal);
    CHECK(device.put_right(sample_hours(), refused).error().code == "nothing_to_put_right");
}

TEST_CASE("that an entry was put right is told before its new form is sent")
{
    Aside device;
    const Uuid old = device.save_refused(sample_hours());
    REQUIRE(device.put_right(sample_hours("Jo Marsden-Lee"), old).ok());
    device.server.lose_reply_of = device.server.batch_sizes.size() + 1;
    SyncRunner engine(
        device.run.store, [&](const Identity&) { return device.server.connect(); }, device.run.clock,
        device.run.random);
    REQUIRE_FALSE(engine.run({}).ok());
    REQUIRE_FALSE(device.server.numbers.empty());
    CHECK(device.server.numbers.back().state == protocol::ChainState::Replaced);
}

TEST_CASE("an entry that was taken back never travels again, by no way")
{
    Aside device;
    const Uuid old = device.save_refused(device.story_with_photo());
    const auto stick = device.folder.path() / "out.bundle";
    REQUIRE(device.run.store.take_back(old, device.run.clock.now()).ok());
    CHECK(device.state_of(old) == EntryState::Withdrawn);
    CHECK(device.run.vault.open_entry(old).ok());
    CHECK(device.run.store.take_back(old, device.run.clock.now()).error().code == "not_put_aside");
    CHECK(device.run.store.send_again(old).error().code == "not_rejected");
    CHECK(
        export_bundle(device.run.store, stick, device.run.clock.now(), {Sending::Everything}).error().code ==
        "nothing_to_export");

    // Not even to a server that was restored and has lost everything.
    const Identity identity = device.identity();
    ServerLedger ledger(device.run.store, identity);
    CHECK(ledger.send_again({}, {0, {}, 0}, device.run.clock.now()) == 0);
    CHECK(device.run.store.counts().unsent == 0);
    CHECK(device.run.store.counts().photos_waiting == 0);
    CHECK(device.state_of(old) == EntryState::Withdrawn);
    device.server.reject.clear();
    CHECK(device.sync().created == 0);
}

TEST_CASE("the server's word stands for an entry that came to it although it was taken back")
{
    Aside device;
    const Uuid old = device.save_refused(sample_hours());
    const Identity identity = device.identity();
    const auto batch = device.run.store.batch_with(identity, old, device.run.clock.now());
    REQUIRE(batch.has_value());
    REQUIRE(device.run.store.take_back(old, device.run.clock.now()).ok());
    const Change accepted[] = {{"entry", old.text(), R"({"state":"accepted"})"}};
    device.run.store.apply_changes(identity, accepted, "5");
    CHECK(device.state_of(old) == EntryState::Accepted);
}

TEST_CASE("of an entry that was put aside and taken all the same the photos follow")
{
    Aside device;
    const Uuid old = device.save_refused(device.story_with_photo());
    REQUIRE(device.run.store.counts().photos_waiting == 0);
    // An older message with it reached the server last, and nobody has decided yet.
    const Change waiting[] = {{"entry", old.text(), R"({"state":"waiting"})"}};
    device.run.store.apply_changes(device.identity(), waiting, "5");
    CHECK(device.run.store.counts().rejected == 0);
    CHECK(device.run.store.counts().photos_waiting == 1);
    // Only a receipt shows what a restored server lacks, so it travels once more.
    CHECK(device.state_of(old) == EntryState::Unsent);
    const auto batch = device.run.store.next_batch(device.identity(), 0, device.run.clock.now());
    REQUIRE(batch.has_value());
    const auto receipt = receipt_with(*batch, device.identity().device, protocol::Outcome::Exists);
    REQUIRE(device.run.store.keep_receipt(*batch, receipt, "receipt").ok());
    CHECK(device.state_of(old) == EntryState::Waiting);
    // Later words say nothing of photos that arrived.
    device.run.store.finish_upload(device.run.store.attachments_of(old).front());
    const Change accepted[] = {{"entry", old.text(), R"({"state":"accepted"})"}};
    device.run.store.apply_changes(device.identity(), accepted, "6");
    CHECK(device.run.store.counts().photos_waiting == 0);
}

TEST_CASE("an entry that was put aside and came to the server on a stick is aside no longer")
{
    Aside device;
    const Uuid old = device.save_refused(device.story_with_photo());
    const Identity identity = device.identity();
    const auto batch = device.run.store.batch_with(identity, old, device.run.clock.now());
    REQUIRE(batch.has_value());
    const auto receipt = receipt_with(*batch, identity.device, protocol::Outcome::Created);
    REQUIRE(device.run.store.keep_receipt(*batch, receipt, "receipt").ok());
    CHECK(device.state_of(old) == EntryState::Waiting);
    CHECK(device.run.store.counts().rejected == 0);
    CHECK(device.run.store.counts().photos_waiting == 1);
}

TEST_CASE("a put-aside entry can be carried on its own, with its photos and nothing else")
{
    Aside device;
    const Uuid old = device.save_refused(device.story_with_photo());
    device.run.save(sample_hours());
    const auto stick = device.folder.path() / "one.bundle";
    const auto written = export_bundle(device.run.store, stick, device.run.clock.now(), {.entries = {old}});
    REQUIRE(written.ok());
    CHECK(written->entries == 1);
    CHECK(written->photos == 1);
    const auto bytes = read_file(stick).value();
    const auto bundle = protocol::parse_bundle(bytes);
    REQUIRE(bundle.ok());
    REQUIRE(bundle->batches.size() == 1);
    const auto batch = protocol::parse_batch(bundle->batches[0]);
    REQUIRE(batch->records.size() == 1);
    CHECK(protocol::parse_record_header(batch->records[0])->id == old);
    CHECK(batch->is_signed_by(device.identity().signing.public_key));
    CHECK(bundle->attachments.size() == 1);

    CHECK(export_bundle(device.run.store, device.folder.path() / "none", device.run.clock.now(),
                        {.entries = {old, Uuid{}}})
              .error()
              .code == "unknown_entry");
    CHECK_FALSE(std::filesystem::exists(device.folder.path() / "none"));
}

TEST_CASE("an entry that was taken back or said right cannot be carried on its own either")
{
    Aside device;
    const Uuid withdrawn = device.save_refused(sample_hours());
    REQUIRE(device.run.store.take_back(withdrawn, device.run.clock.now()).ok());
    const Uuid wrong = device.save_refused(sample_hours());
    REQUIRE(device.put_right(sample_hours(), wrong).ok());
    for (const Uuid& id : {withdrawn, wrong}) {
        const auto stick = device.folder.path() / "one.bundle";
        const auto written =
            export_bundle(device.run.store, stick, device.run.clock.now(), {.entries = {id}});
        REQUIRE(!written.ok());
        CHECK(written.error().code == "taken_back");
        CHECK_FALSE(std::filesystem::exists(stick));
        CHECK_FALSE(device.run.store.batch_with(device.identity(), id, device.run.clock.now()).has_value());
    }
}

TEST_CASE("a bundle that carries nothing says what is left on the device alone")
{
    Aside device;
    const auto stick = device.folder.path() / "out.bundle";
    const auto why_not = [&] {
        return export_bundle(device.run.store, stick, device.run.clock.now()).error();
    };
    device.run.save(sample_hours());
    (void)device.sync();
    CHECK(why_not().message == "Everything on this device is at the server already.");
    device.save_refused(sample_hours());
    CHECK(why_not().code == "nothing_to_export");
    CHECK(why_not().message ==
          "Nothing was written. 1 entry was not taken by the server and is on this device only.");
    device.save_refused(sample_hours());
    REQUIRE(device.run.store.withdraw_consent("K7QD-3MHX", device.run.clock.now()).ok());
    CHECK(why_not().message ==
          "Nothing was written. 2 entries were not taken by the server and are on this device only. "
          "1 withdrawal code waits: it needs a network.");
    device.run.save(sample_hours());
    CHECK(export_bundle(device.run.store, stick, device.run.clock.now()).ok());
    CHECK(left_behind(device.run.store).aside == 2);
    CHECK(left_behind(device.run.store).withdrawals == 1);
}

TEST_CASE("what was put aside and said right goes when its new form is erased")
{
    Aside device;
    const Uuid old = device.save_refused(sample_hours());
    const auto corrected = device.put_right(sample_hours(), old);
    REQUIRE(corrected.ok());
    (void)device.sync();
    const Change erased[] = {{"entry", corrected->text(), R"({"state":"erased","why":"staff"})"}};
    device.run.store.apply_changes(device.identity(), erased, "5");
    CHECK(device.state_of(*corrected) == EntryState::Erased);
    CHECK(device.state_of(old) == EntryState::Erased);
    CHECK_FALSE(device.run.store.sealed_entry(old).has_value());
}
