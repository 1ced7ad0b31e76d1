#include "shared/base/files.h"
#include "tests/support/programs.h"
#include "tests/support/reviewer.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace tally;
using namespace tally::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> small_files(const ServerUnderTest& server)
{
    std::vector<fs::path> files;
    for (const auto& file : fs::recursive_directory_iterator(server.data() / "photos"))
        if (file.path().extension() == ".small")
            files.push_back(file.path());
    return files;
}

} // namespace

TEST_CASE("the console shows small photos, which lie encrypted and go with the entry's words")
{
    ServerUnderTest server;
    server.add_user("Manager", "manager@example.org", "manager", {"LCC-1"});
    server.add_user("Other", "other@example.org", "manager", {"LCC-2"});
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder folder;
    const std::string story = device.capture(story_input(), {write_photo(folder.path(), 21)});
    device.must({"sync"});
    Reviewer manager(server, "manager@example.org");
    const Page entry = manager.entry(story);
    const auto begin = entry.body.find("src=\"/entries/" + story + "/photos/");
    REQUIRE(begin != std::string::npos);
    const std::string path = entry.body.substr(begin + 5, entry.body.find('"', begin + 5) - begin - 5);
    CHECK(path.ends_with("/small"));
    CHECK(manager.page("/queue").has(path));
    CHECK(small_files(server).empty());

    const Page small = manager.page(path);
    CHECK(small.status == 200);
    CHECK(small.type == "image/jpeg");
    CHECK(small.body.starts_with("\xff\xd8"));
    CHECK(small.body.size() < manager.page(path.substr(0, path.size() - 6)).body.size());
    REQUIRE(small_files(server).size() == 1);
    const auto kept = read_file(small_files(server).front()).value();
    CHECK(kept.find(small.body.substr(small.body.size() / 2, 64)) == std::string::npos);
    CHECK(kept.find("JFIF") == std::string::npos);
    CHECK(manager.page(path).body == small.body);
    CHECK(Reviewer(server, "other@example.org").page(path).status == 404);

    // A backup is without it, and the restored server makes it anew.
    server.must({"backup", folder.path() / "backup.tar"});
    const auto listing = server::run_program({"/usr/bin/tar", "tf", folder.path() / "backup.tar"}, {});
    CHECK(listing.out.find(".small") == std::string::npos);

    // Damaged on the disk, it is made anew too.
    fs::resize_file(small_files(server).front(), kept.size() / 2);
    CHECK(manager.page(path).body == small.body);
    server.must({"erase", story, "--reason", "Asked for", "--yes"});
    CHECK(small_files(server).empty());
    CHECK(manager.page(path).status != 200);
    CHECK(small_files(server).empty());
}
