#include "client/platform/battery.h"
#include "client/platform/network.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tally;
using namespace tally::client::platform;

namespace {

void put(const std::filesystem::path& supply, const char* type, const char* status, const char* capacity)
{
    std::filesystem::create_directories(supply);
    std::ofstream(supply / "type") << type << '\n';
    std::ofstream(supply / "status") << status << '\n';
    std::ofstream(supply / "capacity") << capacity << '\n';
}

} // namespace

TEST_CASE("a battery is low when it is nearly empty and nothing charges it")
{
    const test::TemporaryFolder folder;
    CHECK_FALSE(is_battery_low(folder.path() / "none"));
    put(folder.path() / "AC", "Mains", "", "");
    CHECK_FALSE(is_battery_low(folder.path()));
    put(folder.path() / "BAT0", "Battery", "Charging", "5");
    CHECK_FALSE(is_battery_low(folder.path()));
    put(folder.path() / "BAT0", "Battery", "Discharging", "55");
    CHECK_FALSE(is_battery_low(folder.path()));
    put(folder.path() / "BAT0", "Battery", "Discharging", "19");
    CHECK(is_battery_low(folder.path()));
    put(folder.path() / "BAT0", "Battery", "Discharging", "odd");
    CHECK_FALSE(is_battery_low(folder.path()));
}

TEST_CASE("watching the network ends when it is told to")
{
    int calls = 0;
    for (int i = 0; i < 3; ++i)
        const NetworkWatch watch([&calls] { ++calls; });
    CHECK(calls == 0);
}
