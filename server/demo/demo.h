#pragma once
/// `tallybook-server demo`: a council with three contracts, people, devices and a year of evidence to
/// look at. Entries come from the real client's commands and travel by the real sync; nothing is put
/// into a table by hand.

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

namespace tally::server {

class Accounts;
class ReviewService;

struct DemoOptions
{
    std::filesystem::path data;            ///< the server's data folder; must hold no server yet
    std::string listen = "127.0.0.1:8080"; ///< devices are enrolled for this address
    std::filesystem::path server_program;  ///< tallybook-server
    std::filesystem::path client_program;  ///< tallybook
};

/// Opens the server's services on `data` while nobody serves it, calls the work and closes them again.
using WithServices = std::function<void(const std::function<void(ReviewService&, Accounts&)>& work)>;

/// Says on `progress` what it does, and at the end how to sign in. The devices' data folders are
/// `data`/demo-devices/NAME, their PIN is 2468. Returns the exit status: 1 with a sentence when the data
/// folder is in use already or a command failed.
int run_demo(const DemoOptions& options, const WithServices& with_services, std::ostream& progress);

} // namespace tally::server
