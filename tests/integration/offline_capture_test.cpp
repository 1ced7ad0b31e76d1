#include "client/store/store.h"
#include "tests/support/browser.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <regex>

using namespace tally::test;
using nlohmann::json;

namespace {

/// Kills the client the moment that it says the entry is saved, and gives the entry's id.
std::string capture_and_kill(const DeviceUnderTest& device, const json& entry, const Words& photos = {})
{
    Words command = {"capture", "-"};
    for (const std::string& photo : photos)
        command.insert(command.end(), {"--attach", photo});
    tally::server::Program client(device.words(command), {entry.dump(), {}});
    REQUIRE(client.wait_for_text("-7", std::chrono::seconds(60)));
    client.send_signal(SIGKILL);
    CHECK(client.wait(std::chrono::seconds(10)));
    static const std::regex id("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    const std::string out = client.out();
    std::smatch found;
    REQUIRE(std::regex_search(out, found, id));
    return found.str();
}

std::size_t count(const std::vector<std::string>& ids, const std::string& id)
{
    return static_cast<std::size_t>(std::count(ids.begin(), ids.end(), id));
}

} // namespace

TEST_CASE("what was captured without a server survives a kill after each save, and arrives once")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    server.stop();

    const TemporaryFolder photos;
    const std::vector<std::string> ids = {
        capture_and_kill(device, hours_input()),
        capture_and_kill(device, story_input(),
                         {write_photo(photos.path(), 1), write_photo(photos.path(), 2)}),
        capture_and_kill(device, feedback_input()),
        capture_and_kill(device, delivery_input()),
    };
    for (const std::string& id : ids)
        CHECK(count(device.entry_ids(), id) == 1);
    const ProgramResult offline = device.command({"sync", "--timeout", "5"});
    CHECK(offline.status == 1);
    CHECK_FALSE(offline.err.empty());
    CHECK(device.entry_ids().size() == 4);

    server.start();
    device.must({"sync"});
    Reviewer manager(server, "manager@example.org");
    for (const std::string& id : ids)
        CHECK(manager.entry(id).status == 200);
    const Page story = manager.entry(ids[1]);
    CHECK(story.has("The river bank is ours again"));
    CHECK(story.words().find("has not arrived") == std::string::npos);
    const auto shown = story.links("/entries/" + ids[1]);
    CHECK(std::count_if(shown.begin(), shown.end(), [&](const std::string& link) {
              const Page photo = manager.page(link);
              return photo.status == 200 && photo.type == "image/jpeg" && photo.body.starts_with("\xff\xd8");
          }) == 2);

    const std::string checkpoint = server.checkpoint();
    device.must({"sync"});
    device.must({"sync"});
    CHECK(server.checkpoint() == checkpoint);
    CHECK(device.entry_ids().size() == 4);
}

TEST_CASE("a client killed at any moment has either the whole entry or none, and its chain goes on")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    server.kill();

    std::vector<std::string> promised;
    for (int attempt = 0; attempt < 12; ++attempt) {
        tally::server::Program client(device.words({"capture", "-"}), {hours_input().dump(), {}});
        client.wait(std::chrono::milliseconds(4 * attempt));
        client.send_signal(SIGKILL);
        client.wait(std::chrono::seconds(10));
        static const std::regex id("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        const std::string out = client.out();
        std::smatch found;
        if (std::regex_search(out, found, id))
            promised.push_back(found.str());
    }
    promised.push_back(device.capture(hours_input()));
    const auto kept = device.entry_ids();
    for (const std::string& id : promised)
        CHECK(count(kept, id) == 1);

    server.start();
    device.must({"sync"});
    const std::string checkpoint = server.checkpoint();
    device.must({"sync"});
    CHECK(server.checkpoint() == checkpoint);
    CHECK(server.command({"verify"}).ok());
}

TEST_CASE("a server killed in the middle loses nothing that it gave a receipt for")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    std::string lines;
    for (int i = 0; i < 12000; ++i)
        lines += hours_input().dump() + "\n";
    device.must({"capture", "-"}, lines);

    for (const int moment_ms : {20, 60, 120, 240}) {
        tally::server::Program sync(device.words({"sync", "--timeout", "3"}));
        sync.wait(std::chrono::milliseconds(moment_ms));
        server.kill();
        CHECK(sync.wait(std::chrono::seconds(60)));
        server.start();
    }

    device.must({"sync"});
    CHECK(server.command({"verify"}).ok());
    const json status = device.must_json({"status"});
    CHECK(status.at("outbox").at("entries") == 0);
    const std::string checkpoint = server.checkpoint();
    device.must({"sync"});
    CHECK(server.checkpoint() == checkpoint);
    // One log leaf for each entry: nothing was counted twice.
    CHECK(checkpoint.find("\n12000\n") != std::string::npos);
}

TEST_CASE("a bundle on a stick and the network together change nothing twice")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder stick;
    const std::string photo = write_photo(stick.path(), 7);
    device.capture(story_input(), {photo});
    device.capture(hours_input());

    const std::string bundle = stick.path() / "evidence.tally";
    device.must({"bundle", "export", bundle});
    server.stop();
    server.must({"bundle", "import", bundle});
    server.start();
    const std::string checkpoint = server.checkpoint();
    device.must({"sync"});
    CHECK(server.checkpoint() == checkpoint);
    server.stop();
    server.must({"bundle", "import", bundle});
    server.start();
    CHECK(server.checkpoint() == checkpoint);
}

TEST_CASE(
    "a story that is withdrawn before it was sent never leaves the device, and the code reaches the server")
{
    ServerUnderTest server;
    server.add_user("Samir Khan", "manager@example.org", "manager", {"LCC-1"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    server.stop();
    const TemporaryFolder photos;
    json story = story_input();
    story["body"]["consents"][0]["withdrawal_code"] = "K7QD-3MHX";
    const std::string hours = device.capture(hours_input());
    const std::string withdrawn = device.capture(story, {write_photo(photos.path(), 1)});
    const std::string later = device.capture(hours_input());

    CHECK(device.command({"withdraw", "K7"}).status == 1);
    const json erased = device.must_json({"withdraw", "k7qd 3mhx"});
    CHECK(erased.at("erased") == 1);
    CHECK(erased.at("to_send") == 1);
    CHECK(device.entry(withdrawn).at("state") == "erased");
    CHECK(device.entry(withdrawn).at("erased_why") == "withdrawal");
    CHECK(device.must_json({"entries", "--state", "erased"}).at("entries").size() == 1);
    json status = device.must_json({"status"});
    CHECK(status.at("erased") == 1);
    CHECK(status.at("outbox").at("entries") == 2);
    CHECK(status.at("outbox").at("photos") == 0);
    CHECK(status.at("outbox").at("withdrawals") == 1);

    server.start();
    const json report = device.must_json({"sync"});
    CHECK(report.at("created") == 2);
    CHECK(report.at("photos") == 0);
    CHECK(report.at("withdrawals") == 1);
    status = device.must_json({"status"});
    CHECK(status.at("outbox").at("withdrawals") == 0);
    Reviewer manager(server, "manager@example.org");
    CHECK(manager.entry(hours).status == 200);
    CHECK(manager.entry(later).status == 200);
    CHECK(manager.entry(withdrawn).status == 404);
    CHECK(server.command({"verify"}).ok());
    for (const auto& file : std::filesystem::recursive_directory_iterator(server.data())) {
        if (!file.is_regular_file())
            continue;
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        CHECK(bytes.find("K7QD3MHX") == std::string::npos);
        CHECK(bytes.find("K7QD-3MHX") == std::string::npos);
    }
}

TEST_CASE("the data folder may be named before or after the command, and the nearer one counts")
{
    const TemporaryFolder home;
    const std::string first = home.path() / "first";
    const std::string second = home.path() / "second";
    const auto status = [&](Words words) {
        words.insert(words.begin(), tally::server::programs_folder() / "tallybook");
        return tally::server::run_program(words, {{}, {{"HOME", home.path()}}});
    };
    CHECK(status({"--data", first, "status"}).ok());
    CHECK(std::filesystem::exists(first));
    CHECK(status({"--data", first, "status", "--data", second}).ok());
    CHECK(std::filesystem::exists(second));
    std::filesystem::remove_all(first);
    CHECK(status({"--data", first, "key", "show"}).status == 1); // not enrolled
    CHECK(std::filesystem::exists(first));
    CHECK_FALSE(std::filesystem::exists(home.path() / ".local"));
    CHECK(status({"status"}).ok());
    CHECK(std::filesystem::exists(home.path() / ".local"));
}

TEST_CASE("the status says why a photo is not at the server yet")
{
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    server.stop();
    const TemporaryFolder photos;
    const std::string id = device.capture(story_input(), {write_photo(photos.path(), 1)});
    CHECK_FALSE(device.must_json({"status"}).contains("photo_problems"));
    {
        auto store = tally::client::Store::open(device.data());
        REQUIRE(store.ok());
        const auto digests = store->unsent_attachments(store->identity().value());
        REQUIRE(digests.size() == 1);
        store->fail_upload(digests.front(), "The photo is larger than 25 MB.");
    }
    CHECK(device.must({"status"})
              .find("A photo of " + id + " could not be taken yet: The photo is larger than 25 MB.\n") !=
          std::string::npos);
    const json problems = device.must_json({"status"}).at("photo_problems");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].at("entry") == id);
}
