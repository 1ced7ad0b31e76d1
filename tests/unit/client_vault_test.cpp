#include "client/store/vault.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

TEST_CASE("after a restart entries can be read with the PIN and not without")
{
    const TemporaryFolder folder;
    Uuid id;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys());
        auto request = sample_hours();
        id = run.save(request);
        CHECK(run.vault.open_entry(id).ok());
    }
    DeviceRun run(folder.path());
    CHECK(run.vault.open_entry(id).error().code == "locked");
    CHECK(run.vault.unlock("1111").error().code == "wrong_pin");
    CHECK(run.vault.open_entry(id).error().code == "locked");
    REQUIRE(run.vault.unlock("2468").ok());
    const auto entry = run.vault.open_entry(id);
    REQUIRE(entry.ok());
    CHECK(std::get<HoursBody>(entry->body).people.name == "Jo Marsden");
    CHECK(entry->author == "p-0007");
    run.vault.lock();
    CHECK(run.vault.open_entry(id).error().code == "locked");
}

TEST_CASE("what was said on a kiosk cannot be read there after a restart")
{
    const TemporaryFolder folder;
    Uuid id;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys(), DeviceMode::Kiosk, std::nullopt);
        id = run.save(sample_hours());
        run.vault.keep_draft("form", "feedback", "half a sentence", run.clock.now());
        CHECK(run.store.drafts("form").empty());
    }
    DeviceRun run(folder.path());
    CHECK(run.vault.open_entry(id).error().code == "unreadable");
    CHECK(run.vault.unlock("2468").error().code == "no_pin");
}

TEST_CASE("a changed PIN opens what the old one did, and the old one no longer")
{
    const TemporaryFolder folder;
    Uuid id;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys());
        id = run.save(sample_hours());
        CHECK(run.vault.change_pin("9999", "13579").error().code == "wrong_pin");
        CHECK(run.vault.change_pin("2468", "1").error().code == "pin_too_short");
        CHECK(run.vault.change_pin("2468", "13579").ok());
    }
    DeviceRun run(folder.path());
    CHECK(!run.vault.unlock("2468").ok());
    REQUIRE(run.vault.unlock("13579").ok());
    CHECK(run.vault.open_entry(id).ok());
}

TEST_CASE("a worker who sets a PIN later can read what is captured from then on")
{
    const TemporaryFolder folder;
    Uuid before;
    Uuid after;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
        before = run.save(sample_hours());
        REQUIRE(run.vault.set_first_pin("2468").ok());
        CHECK(run.vault.set_first_pin("2468").error().code == "pin_exists");
        after = run.save(sample_hours());
    }
    DeviceRun run(folder.path());
    REQUIRE(run.vault.unlock("2468").ok());
    CHECK(run.vault.open_entry(after).ok());
    // The same run's key: it became readable with the PIN.
    CHECK(run.vault.open_entry(before).ok());
}

TEST_CASE("drafts come back after a crash, and end with the entry that they became")
{
    const TemporaryFolder folder;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys());
        run.vault.keep_draft("form", "hours", "half typed", run.clock.now());
        run.vault.keep_draft("form", "hours", "half typed, then more", run.clock.now());
        run.vault.keep_draft("form", "story", "once upon a time", run.clock.now());
    }
    DeviceRun run(folder.path());
    CHECK(run.vault.drafts("form").empty());
    REQUIRE(run.vault.unlock("2468").ok());
    CHECK(run.vault.drafts("form").size() == 2);
    run.vault.drop_draft("form", "story");
    REQUIRE(run.vault.drafts("form").size() == 1);
    CHECK(run.vault.drafts("form")[0].text == "half typed, then more");

    auto request = sample_hours();
    request.drafts_done = {{"form", "hours"}};
    run.save(request);
    CHECK(run.vault.drafts("form").empty());
}

TEST_CASE("a photo comes back as it was, and its key opens nothing else")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys());
    auto request = sample_story();
    Picture picture;
    picture.bytes = "not really a picture, but bytes";
    picture.media_type = "image/jpeg";
    picture.width = 10;
    picture.height = 10;
    picture.digest = std::string(64, 'a');
    request.pictures = {picture, picture};
    request.pictures[1].bytes = "another";
    request.pictures[1].digest = std::string(64, 'b');
    const auto entry = run.vault.open_entry(run.save(request));
    REQUIRE(entry.ok());
    REQUIRE(entry->attachments.size() == 2);
    CHECK(*run.vault.open_attachment(entry->attachments[0]) == picture.bytes);
    Attachment mixed = entry->attachments[1];
    mixed.key = entry->attachments[0].key;
    CHECK(run.vault.open_attachment(mixed).error().code == "cannot_open");
}
