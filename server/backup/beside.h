#pragma once
/// Backups that lie in one folder. Each has its own list of erasures beside it, which the server keeps up to
/// date: a restored one has to know them all again.

#include <filesystem>
#include <vector>

namespace tally::server {

/// The file itself and the other backups of the same server in its folder, by name. What is no backup, or of
/// another server, is passed over; so is the file itself when it cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> backups_beside(const std::filesystem::path& file);

/// Where the list of erasures of a backup is.
[[nodiscard]] std::filesystem::path erasures_beside(const std::filesystem::path& backup);

} // namespace tally::server
