#include "client/app/services.h"
#include "client/app/sync_view.h"
#include "client/screens/forms.h"
#include "tests/support/client_fixture.h"
#include "tests/ui/sample_model.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::client;
using tally::test::DeviceRun;
using tally::test::ServerKeys;

namespace {

/// A device with an event from 09:00 to 12:00 on the day of the fixture's clock.
struct Desk
{
    test::TemporaryFolder folder;
    ManualClock clock{Timestamp{1'772'443'800'000}}; ///< 2026-03-02 09:30 UTC
    std::unique_ptr<Services> services;

    explicit Desk(DeviceMode mode = DeviceMode::Worker)
    {
        {
            DeviceRun run(folder.path());
            run.enrol(ServerKeys(), mode);
            const std::string event =
                R"({"id":"e1","contract":"C-1","title":"Planting day","place":"park","starts_at_ms":1772442000000,"ends_at_ms":1772452800000})";
            const Change changes[] = {{"event", "e1", event},
                                      {"place", "park", R"({"id":"park","title":"Moor Park"})"}};
            run.store.apply_changes(*run.store.identity(), changes, "1");
        }
        open();
        if (mode == DeviceMode::Worker)
            REQUIRE(services->unlock("2468").ok());
    }

    void open()
    {
        services.reset();
        auto opened = Services::open(folder.path(), clock);
        REQUIRE(opened.ok());
        services = std::move(*opened);
    }
};

screens::SaveHours sample_command()
{
    screens::SaveHours command;
    command.about.contract = "C-1";
    command.body.host = "Friends of Moor Park";
    command.body.activity = "Planted bulbs";
    command.body.date = {2026, 3, 2};
    command.body.start_min = 480;
    command.body.end_min = 540;
    command.body.people.name = "Grace Okafor";
    command.draft = "hours@1";
    return command;
}

/// The server has everything.
void acknowledge_all(DeviceRun& run)
{
    const Identity identity = run.store.identity().value();
    const auto batch = run.store.next_batch(identity, 0, run.clock.now());
    REQUIRE(batch.has_value());
    protocol::Receipt receipt;
    receipt.device = identity.device;
    receipt.entries_digest = batch->entries_digest;
    receipt.outcomes.resize(batch->ids.size());
    REQUIRE(run.store.keep_receipt(*batch, receipt, "receipt").ok());
}

} // namespace

TEST_CASE("signing out by mistake is taken back with the time of arrival kept")
{
    Desk desk;
    Services& services = *desk.services;
    services.open_sheet("e1");
    REQUIRE(services.sign_in({"Grace Okafor", WhoseTime::Residents}).ok());
    const auto here = services.read_entries().sheet.here;
    REQUIRE(here.size() == 1);
    desk.clock.advance_ms(40 * 60'000);
    const auto signed_out = services.sign_out(here[0].id);
    REQUIRE(signed_out.ok());
    auto read = services.read_entries();
    CHECK(read.sheet.here.empty());
    REQUIRE(read.sheet.gone.size() == 1);
    CHECK(read.sheet.gone[0].minutes == 40);
    CHECK(read.sheet.gone[0].in_at == here[0].in_at);

    REQUIRE(services.undo_sign_out(*signed_out).ok());
    read = services.read_entries();
    CHECK(read.sheet.gone.empty());
    REQUIRE(read.sheet.here.size() == 1);
    CHECK(read.sheet.here[0].in_at == here[0].in_at);
    CHECK(read.sheet.here[0].name == "Grace Okafor");
}

TEST_CASE("who did not sign out is signed out at the event's end, also after a restart")
{
    Desk desk;
    desk.services->open_sheet("e1");
    REQUIRE(desk.services->sign_in({"Tom Hargreaves", WhoseTime::SupplierStaff}).ok());
    desk.clock.advance_ms(5 * 60 * 60'000);
    desk.open();
    REQUIRE(desk.services->unlock("2468").ok());
    desk.services->open_sheet("e1");
    const auto sheet = desk.services->read_entries().sheet;
    CHECK(sheet.here.empty());
    REQUIRE(sheet.gone.size() == 1);
    CHECK(sheet.gone[0].forgotten);
    CHECK(sheet.gone[0].minutes == 150);
}

TEST_CASE("a draft is read again after a restart once the PIN was given, and ends with its entry")
{
    Desk desk;
    desk.services->keep_draft("hours@1", "{\"half\":1}");
    desk.open();
    CHECK(desk.services->read_entries().drafts.empty());
    CHECK(desk.services->read_entries().lock.has_pin);
    CHECK_FALSE(desk.services->unlock("1111").ok());
    REQUIRE(desk.services->unlock("2468").ok());
    const auto drafts = desk.services->read_entries().drafts;
    REQUIRE(drafts.size() == 1);
    CHECK(drafts[0].text == "{\"half\":1}");
    REQUIRE(desk.services->save(sample_command()).ok());
    CHECK(desk.services->read_entries().drafts.empty());
}

TEST_CASE("entries of an earlier run need the PIN, and can then be amended")
{
    Desk desk;
    const auto saved = desk.services->save(sample_command());
    REQUIRE(saved.ok());
    desk.open();
    auto entries = desk.services->read_entries().entries;
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].words == nullptr);
    CHECK(entries[0].needs_pin);
    REQUIRE(desk.services->unlock("2468").ok());
    entries = desk.services->read_entries().entries;
    REQUIRE(entries[0].words != nullptr);
    screens::SaveHours amended = sample_command();
    amended.body.host = "Moor Park Primary School";
    amended.amendment = {*saved, "Named the school"};
    REQUIRE(desk.services->save(amended).ok());
    entries = desk.services->read_entries().entries;
    REQUIRE(entries.size() == 2);
    CHECK(entries[1].state == screens::EntryState::Replaced);
}

TEST_CASE("a kiosk reads nothing back and keeps no drafts")
{
    Desk desk(DeviceMode::Kiosk);
    screens::SaveFeedback feedback;
    feedback.about.place = "park";
    feedback.body.questionnaire = "q";
    feedback.body.language = "en";
    feedback.body.answers.push_back({"feel", std::int64_t{5}});
    REQUIRE(desk.services->save(feedback).ok());
    desk.services->keep_draft("story@1", "words");
    const auto read = desk.services->read_entries();
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].words == nullptr);
    CHECK(read.drafts.empty());
}

TEST_CASE("a story is saved with its signature as a picture")
{
    Desk desk;
    screens::SaveStory story;
    story.about.contract = "C-1";
    story.body.title = "A path";
    story.body.what = "We laid it.";
    story.body.changed = "It is used.";
    Consent consent;
    consent.person = "Alan Whittle";
    consent.uses = {ConsentUse::Report};
    consent.wording_version = "2026-1";
    consent.language = "en";
    consent.withdrawal_code = screens::new_withdrawal_code();
    story.body.consents.push_back(consent);
    story.signatures.push_back({0, {{{100, 500}, {500, 200}, {900, 600}}}});
    const auto saved = desk.services->save(story);
    REQUIRE_MESSAGE(saved.ok(), (saved.ok() ? "" : saved.error().text()));
    const auto entries = desk.services->read_entries().entries;
    REQUIRE(entries.size() == 1);
    REQUIRE(entries[0].words != nullptr);
    REQUIRE(entries[0].words->attachments.size() == 1);
    const auto& body = std::get<StoryBody>(entries[0].words->body);
    CHECK(body.consents[0].signature == entries[0].words->attachments[0].digest);
    CHECK(entries[0].words->attachments[0].media_type == "image/png");
}

TEST_CASE("a withdrawal code ends the story, its drafts and what this run remembers of it")
{
    Desk desk;
    screens::SaveStory story;
    story.about.contract = "C-1";
    story.body.title = "A path";
    story.body.what = "We laid it.";
    story.body.changed = "It is used.";
    story.body.consents = {{"Alan Whittle", {ConsentUse::Report}, "2026-1", "en", "", "K7QD-3MHX", false}};
    const auto saved = desk.services->save(story);
    REQUIRE(saved.ok());
    REQUIRE(desk.services->save(sample_command()).ok());
    REQUIRE(desk.services->read_entries().entries[1].words != nullptr);
    desk.services->keep_draft("story/" + saved->text() + "@1", "half an amendment");
    REQUIRE(desk.services->read_entries().drafts.size() == 1);

    CHECK(desk.services->withdraw_consent("nonsense!").error().code == "bad_code");
    const auto erased = desk.services->withdraw_consent("k7qd 3mhx");
    REQUIRE(erased.ok());
    CHECK(*erased == 1);
    desk.services->keep_draft("story/" + saved->text() + "@1", "typed on");
    const auto read = desk.services->read_entries();
    CHECK(read.drafts.empty());
    CHECK(read.entries[1].state == screens::EntryState::Erased);
    CHECK(read.entries[1].erased_why == screens::ErasureReason::Withdrawal);
    CHECK(read.entries[1].erased_at == desk.clock.now());
    CHECK(read.entries[1].words == nullptr);
    CHECK_FALSE(read.entries[1].needs_pin);
    // The neighbour of the same run stays readable, now and after a restart.
    REQUIRE(read.entries[0].words != nullptr);
    REQUIRE(desk.services->save(sample_command()).ok());
    desk.open();
    REQUIRE(desk.services->unlock("2468").ok());
    const auto later = desk.services->read_entries().entries;
    REQUIRE(later.size() == 3);
    CHECK(later[0].words != nullptr);
    CHECK(later[1].words != nullptr);
    CHECK(later[2].words == nullptr);
}

TEST_CASE("settings are kept")
{
    Desk desk;
    screens::SettingsModel settings;
    settings.appearance = widgets::Appearance::Dark;
    settings.text_size = screens::TextSize::Largest;
    settings.sync_on_metered = false;
    settings.photos_on_metered = true;
    settings.saves_battery = false;
    settings.keep_photos_days = 365;
    settings.feedback_place = "place/park";
    desk.services->set_settings(settings);
    desk.open();
    const auto read = desk.services->settings();
    CHECK(read.appearance == widgets::Appearance::Dark);
    CHECK(read.text_size == screens::TextSize::Largest);
    CHECK_FALSE(read.sync_on_metered);
    CHECK(read.photos_on_metered);
    CHECK_FALSE(read.saves_battery);
    CHECK(read.keep_photos_days == 365);
    CHECK(read.feedback_place == "place/park");
}

TEST_CASE("an entry that the server could not take is put right or taken back")
{
    Desk desk;
    const auto refuse = [&](const Uuid& id) {
        DeviceRun run(desk.folder.path());
        run.store.set_aside(id, {"contract_unknown", "There is no such contract."});
    };
    const auto saved = desk.services->save(sample_command());
    REQUIRE(saved.ok());
    refuse(*saved);
    auto entries = desk.services->read_entries().entries;
    CHECK(entries[0].state == screens::EntryState::Rejected);
    CHECK(entries[0].note == "There is no such contract.");
    CHECK_FALSE(screens::can_change(entries[0]));

    screens::SaveHours corrected = sample_command();
    corrected.amendment = {*saved, "", true, false};
    const auto better = desk.services->save(corrected);
    REQUIRE(better.ok());
    entries = desk.services->read_entries().entries;
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].action == EntryAction::Capture);
    CHECK(entries[1].state == screens::EntryState::Replaced);
    CHECK(desk.services->take_back(*saved).error().code == "not_put_aside");

    refuse(*better);
    REQUIRE(desk.services->take_back(*better).ok());
    entries = desk.services->read_entries().entries;
    CHECK(entries[0].state == screens::EntryState::Withdrawn);
    CHECK(entries[0].words != nullptr);
    CHECK(desk.services->read_entries().unsent == 0);
}

TEST_CASE("what waits for the worker is listed and counted however old it is")
{
    Desk desk;
    std::vector<Uuid> old;
    DeviceRun run(desk.folder.path());
    for (int index = 0; index < 6; ++index)
        old.push_back(run.save(test::sample_hours()));
    acknowledge_all(run);
    const Change said[] = {{"entry", old[0].text(), R"({"state":"queried","question":"Which school?"})"},
                           {"entry", old[1].text(), R"({"state":"queried","question":"Who?"})"},
                           {"entry", old[2].text(), R"({"state":"accepted"})"},
                           {"entry", old[3].text(), R"({"state":"rejected","note":"No such contract."})"},
                           {"entry", old[4].text(), R"({"state":"rejected","note":"No such contract."})"}};
    run.store.apply_changes(*run.store.identity(), said, "2");
    // Of these the first is answered, and the answer could not be taken; the second is answered.
    const auto answer = [&](const Uuid& id) {
        auto amendment = test::sample_hours();
        amendment.entry.action = EntryAction::Amend;
        amendment.entry.amends = id;
        amendment.entry.reason = "It was the other one.";
        return run.save(amendment);
    };
    const Uuid refused = answer(old[0]);
    run.store.set_aside(refused, {"contract_unknown", "There is no such contract."});
    (void)answer(old[1]);
    const auto check = [&](std::size_t listed, std::int64_t not_listed) {
        const EntriesRead read = desk.services->read_entries();
        screens::AppModel model;
        model.entries = read.entries;
        CHECK(read.entries.size() == listed);
        CHECK(read.not_listed == not_listed);
        const Counts counts = run.store.counts();
        CHECK(model.count(screens::EntryState::Queried) == 1);
        CHECK(counts.queried == 1);
        CHECK(model.not_taken() == counts.rejected);
        CHECK(model.find_entry(old[0].text())->question == "Which school?");
        CHECK(model.find_entry(refused.text())->state == screens::EntryState::Rejected);
    };
    check(8, 0);
    REQUIRE(run.capture.save_all(std::vector<CaptureRequest>(2'100, test::sample_hours())).ok());
    const std::int64_t open = run.store.counts().rejected + 1;
    check(2'000 + static_cast<std::size_t>(open), 108 - open);
    REQUIRE(run.store.take_back(refused, run.clock.now()).ok());
    CHECK(desk.services->read_entries().entries.size() == 2'000 + static_cast<std::size_t>(open) - 1);
}

TEST_CASE("an entry carries the reason why its photo could not be taken")
{
    Desk desk;
    DeviceRun run(desk.folder.path());
    const Uuid story = run.save(test::sample_story_with(test::sample_picture("a picture")));
    (void)run.save(test::sample_hours());
    CHECK(desk.services->read_entries().entries[1].photo_problem.empty());
    run.store.fail_upload(run.store.attachments_of(story).front(), "The photo is too large.");
    const auto entries = desk.services->read_entries().entries;
    CHECK(entries[0].photo_problem.empty());
    CHECK(entries[1].photo_problem == "The photo is too large.");
    REQUIRE(run.store.photo_problems().size() == 1);
    CHECK(run.store.photo_problems()[0].entry == story);
}

TEST_CASE("withdrawals that the council has not heard of are counted")
{
    Desk desk;
    CHECK(desk.services->read_entries().withdrawals_waiting == 0);
    REQUIRE(desk.services->withdraw_consent("ABCD-EFGH-JKLM").ok());
    CHECK(desk.services->read_entries().withdrawals_waiting == 1);
}

TEST_CASE("a clock that is out of step is told, one that is right or not known is not")
{
    Desk desk;
    CHECK_FALSE(desk.services->read_world().device.is_clock_known);
    const auto learn = [&](const ClockOffset& offset) {
        DeviceRun(desk.folder.path()).store.keep_clock_offset(offset);
        return desk.services->read_world().device;
    };
    CHECK_FALSE(learn({20'000, 30, 0}).clock_ahead_min.has_value());
    CHECK(learn({-190'000, 30, 0}).clock_ahead_min == 3);
    CHECK(learn({7'300'000, 30, 0}).clock_ahead_min == -121);
    CHECK_FALSE(learn({-190'000, 150'000, 0}).clock_ahead_min.has_value());
}

TEST_CASE("a new key that was asked for in the settings waits for the next sync")
{
    Desk desk;
    CHECK_FALSE(desk.services->read_world().device.has_new_key);
    REQUIRE(desk.services->make_new_key().ok());
    CHECK(desk.services->read_world().device.has_new_key);
}

TEST_CASE("how a round of sync ended becomes what the screens say of it")
{
    using Trouble = screens::SyncTrouble;
    const auto trouble_after = [](std::string code, SyncState state = SyncState::Failed) {
        SyncStatus status;
        status.state = state;
        status.code = std::move(code);
        status.message = "In the program's words.";
        screens::SyncModel model;
        model.withdrawals_waiting = 2;
        show_sync(status, model);
        CHECK(model.withdrawals_waiting == 2);
        CHECK(model.message == status.message);
        return model.trouble;
    };
    CHECK(trouble_after("") == Trouble::None);
    CHECK(trouble_after("offline") == Trouble::NoAnswer);
    CHECK(trouble_after("timed_out") == Trouble::TooSlow);
    CHECK(trouble_after("busy") == Trouble::ServerBusy);
    CHECK(trouble_after("not_the_server") == Trouble::NetworkSignIn);
    CHECK(trouble_after("wrong_certificate") == Trouble::WrongServer);
    CHECK(trouble_after("disk_full") == Trouble::DeviceFull);
    CHECK(trouble_after("storage_full") == Trouble::ServerFull);
    CHECK(trouble_after("clock_out_of_step") == Trouble::WrongClock);
    CHECK(trouble_after("odd_answer") == Trouble::OldProgram);
    CHECK(trouble_after("database_newer") == Trouble::OldProgram);
    CHECK(trouble_after("http_500") == Trouble::Other);
    // The round went well but for photos.
    CHECK(trouble_after("storage_full", SyncState::Idle) == Trouble::PhotosRefused);
    CHECK(trouble_after("wait_for_wifi", SyncState::Idle) == Trouble::WaitsForWifi);
    CHECK(trouble_after("", SyncState::Idle) == Trouble::None);
    // What is known stays known while the next round is under way.
    screens::SyncModel model;
    SyncStatus status{
        .state = SyncState::Offline, .last_success = {}, .code = "not_the_server", .message = "a"};
    show_sync(status, model);
    status.state = SyncState::Working;
    status.code.clear();
    show_sync(status, model);
    CHECK(model.state == screens::SyncState::Working);
    CHECK(model.trouble == Trouble::NetworkSignIn);
}

TEST_CASE("what has to wait for Wi-Fi or for power says so")
{
    const auto code = [](const SyncWishes& wishes, bool metered, bool low) {
        return conditions_for(wishes, metered, low).why_not.code;
    };
    const SyncWishes usual;
    CHECK(code(usual, false, false).empty());
    CHECK(code(usual, true, false) == "wait_for_wifi");
    CHECK(conditions_for(usual, true, false).sends_entries);
    CHECK_FALSE(conditions_for(usual, true, false).sends_photos);
    CHECK(code(usual, false, true) == "wait_for_power");
    CHECK(conditions_for(usual, false, true).sends_entries);
    CHECK_FALSE(conditions_for(usual, false, true).sends_photos);
    CHECK(conditions_for(usual, false, true).saves_battery);
    // Photos may use the network, and wait for power all the same.
    CHECK_FALSE(conditions_for({true, true, true}, true, true).sends_photos);
    CHECK(code({true, true, true}, true, true) == "wait_for_power");
    CHECK(conditions_for({true, true, false}, true, true).sends_photos);
    CHECK_FALSE(conditions_for({false, false, true}, true, false).sends_entries);
    CHECK(code({false, false, true}, true, false) == "wait_for_wifi");
    CHECK(state_after({"wait_for_wifi", ""}) == SyncState::Offline);
}
