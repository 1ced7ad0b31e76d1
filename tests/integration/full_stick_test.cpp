#include "shared/base/files.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A file system of one MiB of its own, as a stick is.
class SmallStick
{
public:
    SmallStick()
    {
        if (::mount("tally-stick", m_folder.path().c_str(), "tmpfs", 0, "size=1m") != 0)
            m_why_not = std::strerror(errno);
    }
    ~SmallStick()
    {
        if (m_why_not.empty())
            ::umount2(m_folder.path().c_str(), MNT_DETACH);
    }
    SmallStick(const SmallStick&) = delete;
    SmallStick& operator=(const SmallStick&) = delete;

    /// Mounting is for administrators only, and not even for them in some containers.
    [[nodiscard]] const std::string& why_not() const { return m_why_not; }
    [[nodiscard]] const fs::path& path() const { return m_folder.path(); }
    /// Holiday pictures, until only so many bytes are left.
    void fill(std::uintmax_t left) const
    {
        fs::remove(filler());
        const auto room = fs::space(path()).available;
        const std::string bytes(room - std::min<std::uintmax_t>(left, room), 'h');
        std::ofstream(filler(), std::ios::binary) << bytes;
        REQUIRE(fs::space(path()).available <= left);
    }
    void make_room() const { fs::remove(filler()); }
    /// Names of all files but the filler.
    [[nodiscard]] std::set<std::string> names() const
    {
        std::set<std::string> found;
        for (const auto& file : fs::directory_iterator(path()))
            if (file.path() != filler())
                found.insert(file.path().filename());
        return found;
    }

private:
    [[nodiscard]] fs::path filler() const { return path() / "holiday.raw"; }
    TemporaryFolder m_folder;
    std::string m_why_not;
};

} // namespace

TEST_CASE(
    "a stick that is full says so, gets no half bundle and costs nothing; with room it takes everything")
{
    const SmallStick stick;
    if (!stick.why_not().empty()) {
        MESSAGE("SKIPPED: no small file system can be mounted here (" << stick.why_not() << ").");
        return;
    }
    ServerUnderTest server;
    server.start();
    const DeviceUnderTest device(server, "Tablet 1");
    const TemporaryFolder photos;
    device.capture(hours_input());
    const auto file = stick.path() / "tablet-1.bundle";
    device.must({"bundle", "export", file});
    const auto older = read_file(file, 1 << 20).value();
    device.capture(story_input(), {write_photo(photos.path(), 1), write_photo(photos.path(), 2)});
    const auto before = device.must_json({"status"}).at("outbox");
    CHECK(before.at("entries") == 2);

    for (const std::uintmax_t left : {0, 4096, 8192}) {
        CAPTURE(left);
        stick.fill(left);
        const auto refused = device.command({"bundle", "export", file});
        CHECK(refused.status == 1);
        CHECK_MESSAGE(refused.err.find("No space left") != std::string::npos, refused.err);
        // What was there is as it was, and nothing else is.
        CHECK(stick.names() == std::set<std::string>{"tablet-1.bundle"});
        CHECK(read_file(file, 1 << 20).value() == older);
        CHECK(device.command({"bundle", "export", stick.path() / "other.bundle"}).status == 1);
        CHECK(stick.names() == std::set<std::string>{"tablet-1.bundle"});
        CHECK(device.must_json({"status"}).at("outbox") == before);
    }

    stick.make_room();
    device.must({"bundle", "export", file});
    CHECK(stick.names() == std::set<std::string>{"tablet-1.bundle"});
    server.must({"bundle", "import", file});
    device.must({"sync"});
    CHECK(device.must_json({"status"}).at("outbox").at("entries") == 0);
    CHECK(device.must_json({"status"}).at("outbox").at("photos") == 0);
    CHECK(json::parse(server.must({"ledger", "verify", "--json"})).at("entries") == 2);
}
