#pragma once

#include <filesystem>

namespace tally::client::platform {

/// True when the machine runs on a battery that is nearly empty. False when there is none, or nothing is
/// known about it. `folder` is where the kernel tells of batteries.
[[nodiscard]] bool is_battery_low(const std::filesystem::path& folder = "/sys/class/power_supply");

} // namespace tally::client::platform
