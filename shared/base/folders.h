#pragma once
/// Folders that outlast a power cut.

#include "shared/base/result.h"

#include <filesystem>

namespace tally {

/// Makes the folder and those above it that are missing. When it returns its name is on the disk, also when
/// it was there already: whoever made it may not have waited for the disk. Fails with `disk_full` or
/// `folder_unwritable`.
[[nodiscard]] Result<void> make_folder_durably(const std::filesystem::path& folder);

} // namespace tally
