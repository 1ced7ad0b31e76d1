#include "shared/storage/database.h"
#include "tests/support/postgres.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A server over one of the databases, and a device that has sent something.
struct Council
{
    explicit Council(const std::string& database) : url(database), server(database)
    {
        server.start();
        server.must({"backup", empty()});
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
        device->capture(hours_input());
        device->must({"sync"});
    }
    /// A backup of before the device was enrolled.
    [[nodiscard]] fs::path empty() const { return folder.path() / "empty.tar"; }
    /// Takes the place of everything that the server has.
    void restore(const fs::path& backup)
    {
        server.kill();
        fs::remove_all(server.data());
        if (!url.empty())
            empty_postgres(url);
        server.must({"restore", backup});
        server.start();
    }
    [[nodiscard]] json shown() const
    {
        return json::parse(server.must({"device", "show", "Tablet 1", "--json"}));
    }
    [[nodiscard]] std::string key() const { return device->must_json({"key", "show"}).at("public_key"); }
    [[nodiscard]] json sync() const { return device->must_json({"sync"}); }
    [[nodiscard]] std::string refusal() const
    {
        const auto result = device->command({"sync", "--json"});
        const auto report = json::parse(result.out.substr(0, result.out.find('\n')));
        return report.contains("problem") ? report.at("problem").at("code").get<std::string>() : "";
    }
    void change_key() const
    {
        device->must({"key", "rotate"});
        CHECK(sync().at("new_keys") == 1);
    }
    /// What the device's disk was at that moment.
    void keep(const fs::path& where) const
    {
        fs::remove_all(where);
        fs::copy(device->data(), where, fs::copy_options::recursive);
    }
    void put_back(const fs::path& where) const
    {
        fs::remove_all(device->data());
        fs::copy(where, device->data(), fs::copy_options::recursive);
    }

    TemporaryFolder folder;
    std::string url; ///< of PostgreSQL
    ServerUnderTest server;
    std::unique_ptr<DeviceUnderTest> device;
};

void on_both(const std::function<void(Council&)>& test)
{
    for (const auto& database : {std::string(), fresh_postgres_url()}) {
        CAPTURE(database);
        Council council(database);
        test(council);
        CHECK(json::parse(council.server.must({"verify", "--json"})).at("ok") == true);
        const auto chain = council.server.command({"device", "check", "--json"});
        CHECK(json::parse(chain.out).at(0).at("broken").empty());
    }
}

} // namespace

TEST_CASE("a device changes its key by hand, and when the council asks for it")
{
    on_both([](Council& council) {
        const std::string first = council.key();
        CHECK(council.shown().at("key") == first);
        CHECK(council.device->must_json({"key", "rotate"}).at("waiting") == true);
        CHECK(council.key() == first);
        const std::string story =
            council.device->capture(story_input(), {write_photo(council.folder.path(), 7)});
        const json report = council.sync();
        CHECK(report.at("new_keys") == 1);
        CHECK(report.at("created") == 1);
        CHECK(report.at("photos") == 1);
        const std::string second = council.key();
        CHECK(second != first);
        CHECK(council.shown().at("key") == second);
        CHECK(council.device->must_json({"key", "show"}).at("waiting") == false);

        council.server.must({"device", "new-key", "Tablet 1"});
        CHECK(council.shown().at("new_key_asked_at").is_string());
        CHECK(council.sync().at("new_keys") == 1);
        CHECK(council.key() != second);
        CHECK(council.shown().at("key") == council.key());
        CHECK(council.shown().at("new_key_asked_at").is_null());
        CHECK(council.sync().at("new_keys") == 0);
        CHECK_FALSE(council.server.command({"device", "new-key", "Tablet 9"}).ok());
    });
}

TEST_CASE("whatever was lost on the way, the next sync goes on")
{
    on_both([](Council& council) {
        const fs::path kept = council.folder.path() / "kept";
        council.device->must({"key", "rotate"});
        council.device->capture(hours_input());
        council.server.stop();
        CHECK(council.refusal() == "offline");
        council.server.start();
        // The power went before the device had written down that the server took its key.
        council.keep(kept);
        CHECK(council.sync().at("new_keys") == 1);
        council.put_back(kept);
        const json report = council.sync();
        CHECK(report.at("new_keys") == 1);
        CHECK(report.at("existing") == 1);
        CHECK(council.shown().at("key") == council.key());
        // The same where the server had asked for it.
        council.server.must({"device", "new-key", "Tablet 1"});
        council.keep(kept);
        CHECK(council.sync().at("new_keys") == 1);
    });
}

TEST_CASE("a stick that was written before the change of the key is taken after it")
{
    on_both([](Council& council) {
        const fs::path before = council.folder.path() / "before.bundle";
        const fs::path after = council.folder.path() / "after.bundle";
        council.device->capture(hours_input());
        council.device->must({"bundle", "export", before});
        council.device->must({"key", "rotate"});
        const std::string later = council.device->capture(hours_input());
        // Signed with the new key, of which the server hears by the stick alone.
        council.device->must({"bundle", "export", after, "--entry", later});
        CHECK(json::parse(council.server.must({"bundle", "import", after, "--json"})).at("created") == 1);
        CHECK(json::parse(council.server.must({"bundle", "import", before, "--json"})).at("created") == 1);
        const json report = council.sync();
        CHECK(report.at("new_keys") == 1);
        CHECK(report.at("existing") == 2);
    });
}

TEST_CASE("whoever has only the former key is refused, and is seen when they claim another")
{
    on_both([](Council& council) {
        const fs::path stolen = council.folder.path() / "stolen";
        const fs::path own = council.folder.path() / "own";
        council.keep(stolen);
        council.change_key();
        council.keep(own);
        council.put_back(stolen);
        const std::string forged = council.device->capture(hours_input());
        CHECK(council.refusal() == "former_key");
        council.device->must({"key", "rotate"});
        CHECK(council.refusal() == "former_key");
        CHECK(council.device->entry(forged).at("state") == "unsent");
        const auto bundle = council.folder.path() / "forged.bundle";
        council.device->must({"bundle", "export", bundle});
        CHECK_FALSE(council.server.command({"bundle", "import", bundle}).ok());
        CHECK(council.shown().at("key_disputed_at").is_string());
        CHECK(council.shown().at("entries") == 1);
        // The rightful device goes on.
        council.put_back(own);
        council.device->capture(hours_input());
        CHECK(council.sync().at("created") == 1);

        // A revocation ends both keys; by decision what either holds is let in.
        council.server.must({"device", "revoke", "Tablet 1"});
        CHECK(council.refusal() == "device_revoked");
        council.server.must({"device", "accept-rest", "Tablet 1"});
        council.put_back(stolen);
        council.device->capture(story_input(), {write_photo(council.folder.path(), 7)});
        const json report = council.sync();
        CHECK(report.at("created") == 1);
        CHECK(report.at("photos") == 1);
        // Of which the chain tells afterwards.
        CHECK(council.server.command({"device", "check"}).out.find("came twice") != std::string::npos);
    });
}

TEST_CASE("a server that was restored from before the change hears of it with the next sync")
{
    on_both([](Council& council) {
        const fs::path backup = council.folder.path() / "backup.tar";
        council.server.must({"backup", backup});
        council.change_key();
        council.change_key();
        council.device->capture(hours_input());
        CHECK(council.sync().at("created") == 1);
        council.restore(backup);
        CHECK(council.shown().at("key") != council.key());
        const std::string later = council.device->capture(hours_input());
        const json report = council.sync();
        CHECK(report.at("again") == 1);
        CHECK(council.device->entry(later).at("state") == "waiting");
        CHECK(council.shown().at("key") == council.key());
        CHECK(council.shown().at("entries") == 3);
    });
}

TEST_CASE("a device that was enrolled after the backup is let in again with the key that it has now")
{
    on_both([](Council& council) {
        council.change_key();
        council.change_key();
        council.restore(council.empty());
        // One more waits when the server turns out to know nothing.
        council.device->must({"key", "rotate"});
        const json report = council.sync();
        CHECK(report.at("new_keys") == 1);
        CHECK(report.at("again") == 1);
        CHECK(council.shown().at("key") == council.key());
        CHECK(council.shown().at("entries") == 1);
    });
}
