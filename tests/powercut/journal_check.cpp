#include "tests/powercut/journal_check.h"

#include "tests/powercut/checks.h"
#include "tests/powercut/machine.h"

#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace tally::powercut {

namespace {

namespace fs = std::filesystem;

/// Bytes by path; folders end with a slash.
using Image = std::map<std::string, std::string>;

Image image_of(const fs::path& folder)
{
    Image image;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = fs::relative(entry.path(), folder);
        if (entry.is_directory()) {
            image[name + "/"];
        } else if (!name.ends_with("-shm")) {
            std::ostringstream bytes;
            bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            image[name] = bytes.str();
        }
    }
    return image;
}

std::string first_difference(const std::string& a, const std::string& b)
{
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at])
        ++at;
    return std::to_string(at) + " of " + std::to_string(a.size()) + " or " + std::to_string(b.size());
}

void must_be_the_same(const Image& before, const Image& after)
{
    for (const auto& [name, bytes] : before) {
        const auto found = after.find(name);
        if (found == after.end() || found->second != bytes)
            throw Broken(name + (found == after.end()
                                     ? " is missing"
                                     : " has other bytes from " + first_difference(bytes, found->second)));
    }
    for (const auto& [name, bytes] : after) {
        if (!before.contains(name))
            throw Broken(name + " was made without a note");
    }
}

} // namespace

void check_journal(const fs::path& preload)
{
    test::ServerUnderTest server;
    server.start();
    test::DeviceUnderTest device(server, "Tablet 1");
    device.capture(test::hours_input());
    device.must({"sync"});
    server.stop();

    Machine servers_machine(server.data(), preload);
    Machine devices_machine(device.data(), preload);
    const Image servers_before = image_of(server.data());
    const Image devices_before = image_of(device.data());
    for (Machine* machine : {&servers_machine, &devices_machine})
        machine->set_lie(Lie::All);
    server.set_environment(servers_machine.environment());
    device.set_environment(devices_machine.environment());

    // Enough for several checkpoints of the logs, photos and a second run of both programs.
    for (int run = 0; run < 2; ++run) {
        server.start();
        std::string lines;
        for (int i = 0; i < 1'500; ++i)
            lines += test::hours_input().dump() + "\n";
        device.must({"capture", "-"}, lines);
        const test::TemporaryFolder photos;
        device.capture(test::story_input(), {test::write_photo(photos.path(), unsigned(run) + 1)});
        device.must({"sync"});
        if (run == 0)
            server.stop();
        else
            server.kill();
    }
    if (servers_machine.operations() < 1'000 || devices_machine.operations() < 1'000)
        throw Broken("the programs did not run with the library");
    SeededRandom random(1);
    servers_machine.fail_power(random, Machine::Fate::AllLost);
    devices_machine.fail_power(random, Machine::Fate::AllLost);
    must_be_the_same(servers_before, image_of(server.data()));
    must_be_the_same(devices_before, image_of(device.data()));
}

} // namespace tally::powercut
