#include "shared/base/files.h"
#include "shared/storage/database.h"
#include "tests/support/postgres.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Takes the place of everything that the server has by what is in the backup, as on a bad day.
void restore_in_place(ServerUnderTest& server, const fs::path& backup)
{
    server.kill();
    fs::remove_all(server.data());
    server.must({"restore", backup});
    server.start();
}

/// From a backup that was made when the entries had come and their photos had not.
void restore_without_photos(ServerUnderTest& server, const fs::path& folder)
{
    server.stop();
    fs::remove_all(server.data() / "photos");
    {
        auto database = storage::Database::open("sqlite:" + (server.data() / "tallybook.db").string());
        REQUIRE(database.ok());
        database->run("DELETE FROM attachments");
    }
    const auto backup = folder / "backup.tar";
    server.must({"backup", backup});
    server.start();
    restore_in_place(server, backup);
}

std::int64_t count_in(const ServerUnderTest& server, const std::string& text)
{
    auto database = storage::Database::open("sqlite:" + (server.data() / "tallybook.db").string());
    REQUIRE(database.ok());
    return database->query_one<std::int64_t>(text).value();
}

void import_contract(const ServerUnderTest& server, const fs::path& folder, const std::string& ref)
{
    const auto file = folder / (ref + ".json");
    std::ofstream(file) << json{{"schema", "tallybook-contracts/1"},
                                {"contracts",
                                 {{{"ref", ref},
                                   {"title", "Later " + ref},
                                   {"supplier", "Ribble Roads Ltd"},
                                   {"buyer", "The council"},
                                   {"framework", "lancashire-toms-2024"},
                                   {"framework_version", "2024-28"},
                                   {"starts", "2024-01-01"},
                                   {"ends", "2028-12-31"}}}}};
    server.must({"contract", "import", file});
}

std::int64_t entries_at(const ServerUnderTest& server)
{
    return count_in(server, "SELECT count(*) FROM entry_records");
}

/// Once each, in the ledger too, and what the devices say of them is nothing worse than waiting.
void check_all_is_back(const ServerUnderTest& server, const std::vector<const DeviceUnderTest*>& devices)
{
    std::set<std::string> ids;
    for (const auto* device : devices) {
        for (const auto& id : device->entry_ids()) {
            ids.insert(id);
            CHECK(device->entry(id).at("state") == "waiting");
        }
        CHECK(device->must_json({"status"}).at("outbox").at("entries") == 0);
        CHECK(device->must_json({"status"}).at("outbox").at("photos") == 0);
    }
    CHECK(entries_at(server) == static_cast<std::int64_t>(ids.size()));
    CHECK(count_in(server, "SELECT count(*) FROM ledger_entries") == static_cast<std::int64_t>(ids.size()));
    CHECK(count_in(server, "SELECT coalesce(sum(highest_seq - received), 0) FROM device_chains") == 0);
    CHECK(count_in(server, "SELECT count(*) FROM attachments WHERE complete = 0") == 0);
    CHECK(count_in(server,
                   "SELECT count(*) FROM entry_attachments a WHERE NOT EXISTS (SELECT 1 FROM attachments "
                   "f WHERE f.sealed_digest = a.sealed_digest)") == 0);
    CHECK(server.command({"verify"}).ok());
}

} // namespace

TEST_CASE("what came after the backup is back after one sync of each device, and nothing is doubled")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest first(server, "Tablet 1");
    const DeviceUnderTest second(server, "Kiosk 1", "kiosk");
    const TemporaryFolder folder;
    first.capture(story_input(), {write_photo(folder.path(), 1)});
    first.capture(hours_input());
    second.capture(feedback_input());
    first.must({"sync"});
    second.must({"sync"});
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});

    for (int i = 0; i < 5; ++i) {
        first.capture(hours_input());
        second.capture(feedback_input());
        first.must({"sync"});
        second.must({"sync"});
    }
    const std::string story = first.capture(story_input(), {write_photo(folder.path(), 2)});
    first.must({"sync"});
    CHECK(entries_at(server) == 14);

    restore_in_place(server, backup);
    CHECK(entries_at(server) == 3);
    const json healed = first.must_json({"sync"});
    CHECK(healed.at("again") == 6);
    CHECK(healed.at("created") == 6);
    CHECK(healed.at("existing") == 0);
    CHECK(healed.at("photos") == 2); // one was there and is only asked for
    CHECK(second.must_json({"sync"}).at("again") == 5);
    CHECK(entries_at(server) == 14);
    check_all_is_back(server, {&first, &second});

    // And it is noticed once.
    CHECK(first.must_json({"sync"}).at("again") == 0);
    CHECK(second.must_json({"sync"}).at("again") == 0);
    first.capture(hours_input());
    CHECK(first.must_json({"sync"}).at("created") == 1);
    check_all_is_back(server, {&first, &second});
}

TEST_CASE("a restored server that has grown past what a device saw is noticed too")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest away(server, "Tablet 1");
    const DeviceUnderTest busy(server, "Tablet 2");
    away.capture(hours_input());
    away.must({"sync"});
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});
    away.capture(hours_input());
    away.capture(hours_input());
    away.must({"sync"});
    CHECK(entries_at(server) == 3);

    restore_in_place(server, backup);
    for (int i = 0; i < 10; ++i)
        busy.capture(hours_input());
    busy.must({"sync"});
    CHECK(entries_at(server) == 11);
    // It sends something of its own first, whose receipt is of the new ledger.
    away.capture(hours_input());
    const json healed = away.must_json({"sync"});
    CHECK(healed.at("again") == 2);
    CHECK(entries_at(server) == 14);
    check_all_is_back(server, {&away, &busy});
}

TEST_CASE("a server that is restored twice, and older the second time, gets everything again")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    std::vector<fs::path> backups;
    for (int i = 0; i < 3; ++i) {
        device.capture(hours_input());
        device.must({"sync"});
        backups.push_back(folder.path() / ("backup-" + std::to_string(i) + ".tar"));
        server.must({"backup", backups.back()});
    }
    device.capture(hours_input());
    device.must({"sync"});
    restore_in_place(server, backups[1]);
    CHECK(device.must_json({"sync"}).at("again") == 2);
    check_all_is_back(server, {&device});
    restore_in_place(server, backups[0]);
    CHECK(device.must_json({"sync"}).at("again") == 3);
    check_all_is_back(server, {&device});
    restore_in_place(server, backups[2]);
    device.must({"sync"});
    check_all_is_back(server, {&device});
}

TEST_CASE("a device says how much of what it sent is in no backup of the server")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    device.capture(hours_input());
    device.capture(hours_input());
    device.must({"sync"});
    CHECK(device.must_json({"status"}).at("not_backed_up") == 2);
    const TemporaryFolder folder;
    server.must({"backup", folder.path() / "backup.tar"});
    device.must({"sync"});
    CHECK(device.must_json({"status"}).at("not_backed_up") == 0);
    device.capture(hours_input());
    device.must({"sync"});
    CHECK(device.must_json({"status"}).at("not_backed_up") == 1);
    restore_in_place(server, folder.path() / "backup.tar");
    device.must({"sync"});
    CHECK(device.must_json({"status"}).at("not_backed_up") == 1);
}

TEST_CASE("what was decided after the backup is undecided again, and what was erased stays erased")
{
    ServerUnderTest server;
    server.add_user("Manager", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string story = device.capture(story_input());
    const std::string hours = device.capture(hours_input());
    device.must({"sync"});
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});
    CHECK(Reviewer(server, "manager@example.org").accept(hours).status == 200);
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    device.must({"sync"});
    CHECK(device.entry(hours).at("state") == "accepted");

    restore_in_place(server, backup);
    // The list beside the backup knows of the erasure.
    device.must({"sync"});
    CHECK(device.entry(hours).at("state") == "waiting");
    CHECK(device.entry(story).at("state") == "erased");
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("a photo that came after the backup of its entry comes again")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    device.capture(story_input(), {write_photo(folder.path(), 7)});
    device.must({"sync"});
    restore_without_photos(server, folder.path());
    CHECK(device.must_json({"sync"}).at("photos") == 1);
    check_all_is_back(server, {&device});
}

TEST_CASE("a photo that came after the backup comes again, also when its entry was decided on before")
{
    ServerUnderTest server;
    server.add_user("Manager", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    const std::string story = device.capture(story_input(), {write_photo(folder.path(), 7)});
    device.must({"sync"});
    CHECK(Reviewer(server, "manager@example.org").accept(story).status == 200);
    restore_without_photos(server, folder.path());
    CHECK(device.must_json({"sync"}).at("photos") == 1);
    CHECK(device.entry(story).at("state") == "accepted");
}

TEST_CASE("what was erased stays so, whichever backup is restored how often")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string first = device.capture(story_input());
    const std::string second = device.capture(story_input());
    device.must({"sync"});
    const TemporaryFolder folder;
    const auto older = folder.path() / "older.tar";
    const auto newer = folder.path() / "newer.tar";
    server.must({"backup", older});
    server.must({"backup", newer});
    const auto is_closed = [&](const std::string& id) {
        return count_in(server, "SELECT count(*) FROM entry_keys WHERE id = '" + id + "'") == 0;
    };
    // The disk on which it stood where the backups are is gone with the first restore.
    restore_in_place(server, older);
    server.must({"erase", first, "--reason", "Asked for", "--yes"});
    restore_in_place(server, newer);
    CHECK(is_closed(first));
    server.must({"erase", second, "--reason", "Asked for", "--yes"});
    restore_in_place(server, older);
    CHECK(is_closed(first));
    CHECK(is_closed(second));
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("a copy that was refused before the backup goes with its entry that was erased after it")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    json story = story_input();
    story["about"]["contract"] = "LCC-7";
    const std::string id = device.capture(story);
    device.must({"sync"});
    CHECK(device.entry(id).at("state") == "rejected");
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});

    import_contract(server, folder.path(), "LCC-7");
    device.must({"entry", "send-again", id});
    device.must({"sync"});
    CHECK(entries_at(server) == 1);
    server.must({"erase", id, "--reason", "Asked for", "--yes"});

    restore_in_place(server, backup);
    CHECK(count_in(server, "SELECT count(*) FROM refused_records") == 0);
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("contracts that come after a restore reach a device whose place in the list was further on")
{
    ServerUnderTest server;
    server.start();
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});
    for (const char* ref : {"LATE-1", "LATE-2", "LATE-3"})
        import_contract(server, folder.path(), ref);
    const DeviceUnderTest device(server, "Tablet 1");
    restore_in_place(server, backup);
    // The device was enrolled after the backup: it must be let in again.
    device.must({"enrol", server.device_code("Tablet 1 again"), "--pin-stdin"}, "2468\n");
    import_contract(server, folder.path(), "AFTER-1");
    device.must({"sync"});
    json entry = hours_input();
    entry["about"]["contract"] = "AFTER-1";
    CHECK_FALSE(device.capture(entry).empty());
}

TEST_CASE("a PostgreSQL server that was restored gets everything again")
{
    const std::string url = fresh_postgres_url();
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    ServerUnderTest server(url);
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    device.capture(hours_input());
    device.must({"sync"});
    server.must({"backup", backup});
    device.capture(hours_input());
    device.must({"sync"});
    server.kill();
    fs::remove_all(server.data());
    empty_postgres(url);
    server.must({"restore", backup});
    server.start();
    const json healed = device.must_json({"sync"});
    CHECK(healed.at("again") == 1);
    CHECK(healed.at("created") == 1);
    auto database = storage::Database::open(url);
    REQUIRE(database.ok());
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM ledger_entries") == 2);
}

TEST_CASE("a device that was enrolled after the backup is let in again by what it was given, with all it has")
{
    ServerUnderTest server;
    server.start();
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    server.must({"backup", backup});
    const DeviceUnderTest device(server, "Tablet 1");
    device.capture(hours_input());
    device.must({"sync"});
    device.capture(story_input(), {write_photo(folder.path(), 7)});
    restore_in_place(server, backup);
    CHECK(entries_at(server) == 0);
    // Its name belongs to another one by now.
    const DeviceUnderTest namesake(server, "Tablet 1");
    device.must({"sync"});
    namesake.capture(hours_input());
    namesake.must({"sync"});
    check_all_is_back(server, {&device, &namesake});
    CHECK(count_in(server, "SELECT count(*) FROM devices WHERE name = 'Tablet 1 (2)'") == 1);
}

TEST_CASE("devices that were revoked after the backup stay shut out, also those that it never knew")
{
    ServerUnderTest server;
    server.start();
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    const DeviceUnderTest stolen(server, "Tablet 1");
    const DeviceUnderTest kept(server, "Tablet 2");
    stolen.must({"sync"});
    server.must({"backup", backup});
    const DeviceUnderTest stolen_too(server, "Tablet 3");
    stolen_too.must({"sync"});
    server.must({"device", "revoke", "Tablet 1"});
    server.must({"device", "revoke", "Tablet 3"});
    server.kill();
    fs::remove_all(server.data());
    const auto done = json::parse(server.must({"restore", backup, "--json"}));
    CHECK(done.at("revoked_again") == 1); // the other one is unknown until it comes
    server.start();
    for (const auto* device : {&stolen, &stolen_too}) {
        device->capture(hours_input());
        const auto refused = device->command({"sync"});
        CHECK(refused.status != 0);
        CHECK(refused.err.find("was revoked") != std::string::npos);
    }
    kept.capture(hours_input());
    kept.must({"sync"});
    CHECK(entries_at(server) == 1);
}

namespace {

/// A story in a backup that its teller withdrew afterwards, with the code on the slip; the server is gone.
struct WithdrawnStory
{
    TemporaryFolder folder;
    TemporaryFolder elsewhere;
    ServerUnderTest server;
    std::string story;
    std::string hours;

    WithdrawnStory()
    {
        server.start();
        const DeviceUnderTest device(server, "Tablet 1");
        json words = story_input();
        words["body"]["consents"][0]["withdrawal_code"] = "K7QD-3MHX";
        story = device.capture(words);
        hours = device.capture(hours_input());
        device.must({"sync"});
        server.must({"backup", backup()});
        server.must({"erase", "k7qd 3mhx", "--reason", "Asked for with the slip", "--yes"});
        CHECK(keys() == 1);
        server.kill();
        fs::rename(server.data() / "erasures.list", elsewhere.path() / "erasures.list");
        fs::remove_all(server.data());
    }
    [[nodiscard]] fs::path backup() const { return folder.path() / "backup.tar"; }
    [[nodiscard]] fs::path beside() const { return folder.path() / "backup.tar.erasures"; }
    /// Entries that can be opened.
    [[nodiscard]] std::int64_t keys() const { return count_in(server, "SELECT count(*) FROM entry_keys"); }
    void check_is_erased()
    {
        CHECK(keys() == 1);
        CHECK(count_in(server, "SELECT count(*) FROM entry_keys WHERE id = '" + story + "'") == 0);
        CHECK(count_in(server, "SELECT count(*) FROM erasures WHERE entry = '" + story + "'") == 1);
        CHECK(server.command({"verify"}).ok());
        server.start();
        server.stop();
    }
};

} // namespace

TEST_CASE(
    "a story that was withdrawn by its code after the backup is erased again by the restore, which says so")
{
    WithdrawnStory gone;
    const auto said = gone.server.must({"restore", gone.backup()});
    CHECK(said.find("because it came after the backup: 1 entry erased, 0 devices revoked") !=
          std::string::npos);
    CHECK(said.find(gone.beside().string()) != std::string::npos);
    CHECK(said.find("The newest of it is of 20") != std::string::npos);
    gone.check_is_erased();
}

TEST_CASE(
    "a backup that was carried away without its list is restored with the one of the server that is gone")
{
    WithdrawnStory gone;
    fs::remove(gone.beside());
    const auto refused = gone.server.command({"restore", gone.backup()});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("Nothing was restored") != std::string::npos);
    CHECK(refused.err.find("--erasures LIST") != std::string::npos);
    CHECK(refused.err.find("--without-erasures") != std::string::npos);
    CHECK_FALSE(fs::exists(gone.server.data()));
    CHECK(gone.server.command({"restore", gone.backup(), "--erasures", gone.folder.path() / "no"}).status ==
          1);
    CHECK_FALSE(fs::exists(gone.server.data()));
    const auto list = gone.elsewhere.path() / "erasures.list";
    const auto done = json::parse(gone.server.must({"restore", gone.backup(), "--erasures", list, "--json"}));
    CHECK(done.at("erased_again") == 1);
    CHECK(done.at("erasure_lists") == json::array({list.string()}));
    gone.check_is_erased();
}

TEST_CASE("a restore that was told of no list says that words are back, and a list that turns up erases them")
{
    WithdrawnStory gone;
    fs::remove(gone.beside());
    const auto said = gone.server.must({"restore", gone.backup(), "--without-erasures"});
    CHECK(said.find("is here again") != std::string::npos);
    CHECK(gone.keys() == 2);
    std::ofstream(gone.server.data() / "erasures.list", std::ios::app | std::ios::binary)
        << read_file(gone.elsewhere.path() / "erasures.list").value();
    gone.server.start();
    gone.server.stop();
    gone.check_is_erased();
}
