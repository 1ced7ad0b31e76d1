#include "client/platform/battery.h"

#include <charconv>
#include <fstream>
#include <string>
#include <system_error>

namespace tally::client::platform {

namespace {

constexpr int low_percent = 20;

std::string first_line(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

} // namespace

bool is_battery_low(const std::filesystem::path& folder)
{
    std::error_code failed;
    for (const auto& supply : std::filesystem::directory_iterator(folder, failed)) {
        if (first_line(supply.path() / "type") != "Battery" ||
            first_line(supply.path() / "status") != "Discharging")
            continue;
        const std::string capacity = first_line(supply.path() / "capacity");
        int percent = 100;
        const auto read = std::from_chars(capacity.data(), capacity.data() + capacity.size(), percent);
        if (read.ec == std::errc() && percent < low_percent)
            return true;
    }
    return false;
}

} // namespace tally::client::platform
