#pragma once
/// USB sticks and cards that are plugged in.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tally::client::platform {

struct Stick
{
    std::filesystem::path folder;
    std::string name; ///< as the desktop shows it
    std::int64_t free_bytes = 0;
    bool is_read_only = false;
};

/// Those that the desktop has mounted (below /media or /run/media), by name. The list of mounts has the form
/// of /proc/self/mounts. The environment variable TALLYBOOK_STICKS names folders, with colons between, that
/// stand in for sticks.
[[nodiscard]] std::vector<Stick> plugged_in_sticks(const std::filesystem::path& mounts = "/proc/self/mounts");

/// A folder that was chosen to stand in for one; none when it is no folder.
[[nodiscard]] std::optional<Stick> stick_at(const std::filesystem::path& folder);

} // namespace tally::client::platform
