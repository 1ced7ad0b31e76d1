#pragma once
/// Whole files and well-known folders.

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tally {

/// Fails with `file_missing`, `file_too_large` or `file_unreadable`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t bytes_max = 64ULL * 1024 * 1024);

/// Writes beside the target, syncs, renames and syncs the folder: afterwards the file holds either the
/// old bytes or the new ones. Fails with `file_unwritable`.
[[nodiscard]] Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes);

/// The folder with frameworks, questionnaires, translations and icons: TALLYBOOK_ASSETS when set, else
/// ../share/tallybook/assets beside the program, else the source tree it was built from.
[[nodiscard]] std::filesystem::path assets_dir();

/// Where data lives when --data is not given: XDG_DATA_HOME or ~/.local/share, then `program`.
[[nodiscard]] std::filesystem::path default_data_dir(std::string_view program);

} // namespace tally
