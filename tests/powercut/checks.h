#pragma once
/// What must hold after every kill and power cut, and in the end. A check that fails throws Broken.

#include "tests/support/programs.h"

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace tally::powercut {

struct Broken : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// What `tallybook entries` shows of one entry.
struct Shown
{
    std::string kind;
    std::string state;
    std::int64_t seq = 0;
    std::int64_t photos = 0;
    std::int64_t photos_waiting = 0;

    [[nodiscard]] bool has_arrived() const { return state != "unsent"; }
};

using ShownEntries = std::map<std::string, Shown>;

/// The entries of a device, each once and numbered without gaps; those that it had promised (printed the id
/// of) are among them, with their photos.
ShownEntries check_device(const test::DeviceUnderTest& device, const std::string& name,
                          const std::map<std::string, std::int64_t>& promised);

/// What the device says has arrived is in the database of the server, which runs: entries, and photos with
/// the right digest.
void check_arrived(const test::ServerUnderTest& server, const std::string& name, const ShownEntries& entries);

struct DeviceAtTheEnd
{
    const test::DeviceUnderTest* device = nullptr;
    std::string name;
    ShownEntries entries;
};

/// After everything was sent, with the server stopped: each entry of the devices once in the ledger and
/// nothing else, with the bytes that were sealed; photos whole; balances as counted from the devices; the
/// ledger and an export of it verify, and its balances are those that its log gives.
void check_end(const test::ServerUnderTest& server, const std::vector<DeviceAtTheEnd>& devices);

} // namespace tally::powercut
