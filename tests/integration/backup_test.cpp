#include "shared/base/files.h"
#include "shared/storage/database.h"
#include "tests/support/postgres.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

ProgramResult tallybook_server(Words words, const fs::path& data)
{
    words.insert(words.begin(), server::programs_folder() / "tallybook-server");
    words.insert(words.end(), {"--data", data});
    return server::run_program(words, {});
}

std::int64_t keys_in(const std::string& url, const std::string& id)
{
    auto database = storage::Database::open(url);
    REQUIRE(database.ok());
    return database->query_one<std::int64_t>("SELECT count(*) FROM entry_keys WHERE id = :id", id).value();
}

std::string sqlite_in(const fs::path& data)
{
    return "sqlite:" + (data / "tallybook.db").string();
}

struct Restored
{
    explicit Restored(const ServerUnderTest& server) : backup(folder.path() / "backup.tar")
    {
        server.must({"backup", backup});
    }
    [[nodiscard]] fs::path data() const { return folder.path() / "restored"; }

    TemporaryFolder folder;
    fs::path backup;
};

} // namespace

TEST_CASE("a backup made while the server runs restores everything")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    const std::string story = device.capture(story_input(), {write_photo(photos.path(), 3)});
    device.must({"sync"});
    const Restored copy(server);
    const auto listing = server::run_program({"/usr/bin/tar", "tf", copy.backup}, {});
    CHECK(listing.out.starts_with("tallybook-backup.json\ntallybook.db\nphotos/"));

    const auto restored = tallybook_server({"restore", copy.backup, "--json"}, copy.data());
    REQUIRE_MESSAGE(restored.ok(), restored.err);
    CHECK(json::parse(restored.out).at("ok") == true);
    CHECK(json::parse(restored.out).at("leaves") == 1);
    CHECK(keys_in(sqlite_in(copy.data()), story) == 1);
    std::size_t files = 0;
    for (const auto& file : fs::recursive_directory_iterator(copy.data() / "photos"))
        files += file.is_regular_file() ? 1U : 0U;
    CHECK(files == 1);

    // Neither the backup nor a server is ever overwritten.
    CHECK(server.command({"backup", copy.backup}).status == 1);
    CHECK(tallybook_server({"restore", copy.backup}, copy.data()).status == 1);
}

TEST_CASE("what was erased after a backup stays erased when the backup is restored")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string story = device.capture(story_input());
    const std::string hours = device.capture(hours_input());
    device.must({"sync"});
    const Restored copy(server);
    const std::string later = device.capture(hours_input());
    device.must({"sync"});
    CHECK(keys_in(sqlite_in(server.data()), later) == 1);
    server.must({"erase", story, "--reason", "Asked for by letter", "--yes"});
    server.must({"erase", later, "--reason", "Asked for by letter", "--yes"});
    server.must({"erase", "WAIT-2222", "--reason", "Phone", "--yes"});

    const auto restored = tallybook_server({"restore", copy.backup, "--json"}, copy.data());
    REQUIRE_MESSAGE(restored.ok(), restored.err);
    CHECK(json::parse(restored.out).at("erased_again") == 1);
    const auto url = sqlite_in(copy.data());
    CHECK(keys_in(url, story) == 0);
    CHECK(keys_in(url, hours) == 1);
    auto database = storage::Database::open(url);
    REQUIRE(database.ok());
    // The entry that arrived after the backup is not welcome again, nor a story under the code.
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM refused_erased WHERE entry = :id", later) ==
          1);
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM waiting_withdrawals") == 1);
    CHECK(tallybook_server({"verify"}, copy.data()).ok());
}

TEST_CASE("a backup whose list the power kept from being written has it after the next start")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string hours = device.capture(hours_input());
    device.must({"sync"});
    const Restored copy(server);
    server.must({"erase", hours, "--reason", "Asked for", "--yes"});
    const fs::path beside = copy.backup.string() + ".erasures";
    const auto list = read_file(beside);
    REQUIRE(list.ok());
    CHECK(list->find(hours) != std::string::npos);
    server.kill();
    std::ofstream(beside, std::ios::trunc).flush();
    server.start();
    CHECK(read_file(beside).value() == *list);
}

TEST_CASE("a server whose database was put back by hand erases again when it starts")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    const std::string story = device.capture(story_input());
    device.must({"sync"});
    server.stop();
    const TemporaryFolder old;
    fs::copy_file(server.data() / "tallybook.db", old.path() / "tallybook.db");
    const std::string unseen = device.capture(story_input(), {write_photo(photos.path(), 5)});
    const TemporaryFolder tablet;
    fs::copy(device.data(), tablet.path() / "data", fs::copy_options::recursive);
    server.start();
    device.must({"sync"});
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    server.must({"erase", unseen, "--reason", "Asked for", "--yes"});
    server.stop();
    for (const char* name : {"tallybook.db-wal", "tallybook.db-shm"})
        fs::remove(server.data() / name);
    fs::copy_file(old.path() / "tallybook.db", server.data() / "tallybook.db",
                  fs::copy_options::overwrite_existing);
    REQUIRE(keys_in(sqlite_in(server.data()), story) == 1);

    server.start();
    CHECK(keys_in(sqlite_in(server.data()), story) == 0);
    // The old tablet brings the entry that this database never saw, and an amendment of it.
    fs::remove_all(device.data());
    fs::copy(tablet.path() / "data", device.data(), fs::copy_options::recursive);
    json amendment = story_input();
    amendment["action"] = "amend";
    amendment["amends"] = unseen;
    amendment["reason"] = "Spelling";
    const std::string amended = device.capture(amendment);
    (void)device.command({"sync"});
    CHECK(device.entry(unseen).at("state") == "erased");
    CHECK(device.entry(amended).at("state") == "erased");
    CHECK(keys_in(sqlite_in(server.data()), unseen) == 0);
    auto database = storage::Database::open(sqlite_in(server.data()));
    REQUIRE(database.ok());
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM ledger_entries WHERE id = :id", unseen) ==
          0);
    CHECK(database->query_one<std::int64_t>("SELECT count(*) FROM refused_records") == 0);
    CHECK(database->query_one<std::int64_t>("SELECT highest_seq - received FROM device_chains") == 0);
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("a damaged, truncated or foreign backup is refused and leaves the folder empty")
{
    ServerUnderTest server;
    const Restored copy(server);
    const auto whole = read_file(copy.backup).value();
    const auto refuse = [&](std::string bytes) {
        std::ofstream(copy.folder.path() / "bad.tar", std::ios::binary) << bytes;
        const auto refused = tallybook_server({"restore", copy.folder.path() / "bad.tar"}, copy.data());
        CHECK(refused.status == 1);
        CHECK_FALSE(refused.err.empty());
        CHECK_FALSE(fs::exists(copy.data()));
    };
    refuse("");
    refuse("not a backup");
    refuse(whole.substr(0, whole.size() / 2));
    refuse(whole.substr(0, whole.size() - 2048));
    for (const std::size_t at : {std::size_t{3}, std::size_t{600}, std::size_t{40'000}, whole.size() / 2}) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        refuse(changed);
    }
}

TEST_CASE("a PostgreSQL server is backed up and restored into an empty database")
{
    const std::string url = fresh_postgres_url();
    ServerUnderTest server(url);
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const std::string story = device.capture(story_input());
    device.must({"sync"});
    const Restored copy(server);
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    const std::string empty = fresh_postgres_url();
    const auto restored =
        tallybook_server({"restore", copy.backup, "--database", empty, "--json"}, copy.data());
    REQUIRE_MESSAGE(restored.ok(), restored.err);
    CHECK(json::parse(restored.out).at("ok") == true);
    CHECK(json::parse(restored.out).at("erased_again") == 1);
    CHECK(keys_in(empty, story) == 0);
    CHECK(tallybook_server({"restore", copy.backup}, copy.folder.path() / "other").status == 1);
}

namespace {

fs::path only_photo_in(const fs::path& data)
{
    std::vector<fs::path> found;
    for (const auto& each : fs::recursive_directory_iterator(data / "photos"))
        if (each.is_regular_file() && each.path().extension().empty())
            found.push_back(each.path());
    REQUIRE(found.size() == 1);
    return found.front();
}

} // namespace

TEST_CASE("a photo whose file is gone is in no backup, and comes again from the device that has it")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    device.capture(story_input(), {write_photo(folder.path(), 3)});
    device.must({"sync"});
    const fs::path photo = only_photo_in(server.data());
    const auto bytes = read_file(photo).value();
    SUBCASE("its file was removed")
    {
        fs::remove(photo);
    }
    SUBCASE("its file was cut short")
    {
        fs::resize_file(photo, bytes.size() / 2);
    }
    SUBCASE("its file was changed")
    {
        std::ofstream(photo, std::ios::in | std::ios::out) << "x";
    }
    const auto backup = folder.path() / "backup.tar";
    const auto refused = server.command({"backup", backup});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("the files of 1 of 1 photos are missing") != std::string::npos);
    CHECK_FALSE(fs::exists(backup));
    CHECK(device.must_json({"status"}).at("not_backed_up") == 1);
    CHECK(json::parse(server.must({"verify", "--json"})).at("photos_missing") == 1);

    CHECK(device.must_json({"sync"}).at("photos") == 1);
    CHECK(read_file(photo).value() == bytes);
    CHECK(json::parse(server.must({"verify", "--json"})).at("photos_missing") == 0);
    CHECK(json::parse(server.must({"backup", backup, "--json"})).at("photos") == 1);
    // It is asked for once.
    CHECK(device.must_json({"sync"}).at("photos") == 0);
}

TEST_CASE("a server that misses a photo says so when it starts, and asks devices for it")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    device.capture(story_input(), {write_photo(folder.path(), 4)});
    device.must({"sync"});
    server.stop();
    fs::remove(only_photo_in(server.data()));
    server.start();
    CHECK(server.log().find("The files of 1 of 1 photos are missing") != std::string::npos);
    CHECK(device.must_json({"sync"}).at("photos") == 1);
    CHECK(server.command({"backup", folder.path() / "backup.tar"}).ok());
}

TEST_CASE("a server whose folder of photos is gone does not start until it is told that they are lost")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    device.capture(story_input(), {write_photo(folder.path(), 5)});
    device.must({"sync"});
    server.stop();
    fs::rename(server.data() / "photos", server.data() / "elsewhere");
    const auto refused = server.command({"serve", "--listen", "127.0.0.1:0"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("Is the disk there") != std::string::npos);
    CHECK_FALSE(fs::exists(server.data() / "photos"));
    server.start({"--without-missing-photos"});
    // Nobody has them any more: a backup of all the rest can be made.
    const auto backup = folder.path() / "backup.tar";
    CHECK(server.command({"backup", backup}).status == 1);
    const auto made = json::parse(server.must({"backup", backup, "--without-missing-photos", "--json"}));
    CHECK(made.at("photos") == 0);
    CHECK(made.at("photos_missing") == 1);
    const auto restored = tallybook_server({"restore", backup, "--json"}, folder.path() / "restored");
    REQUIRE_MESSAGE(restored.ok(), restored.err);
    CHECK(json::parse(restored.out).at("photos_missing") == 1);
}

TEST_CASE("of two backups at once the second is refused, and the first goes on")
{
    ServerUnderTest server;
    const TemporaryFolder folder;
    const auto backup = folder.path() / "backup.tar";
    const int held = ::open((server.data() / "backup.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
    std::ofstream(server.data() / "backup.copy") << "of the first";
    const auto refused = server.command({"backup", backup});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("Another backup of this server is being made") != std::string::npos);
    CHECK(read_file(server.data() / "backup.copy").value() == "of the first");
    ::close(held);
    CHECK(server.command({"backup", backup}).ok());
    CHECK_FALSE(fs::exists(server.data() / "backup.copy"));
}
