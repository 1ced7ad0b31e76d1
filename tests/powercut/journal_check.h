#pragma once
/// Shows that the preloaded library misses nothing: when no sync is believed and all is lost, both data
/// folders are again what they were before, byte for byte.

#include <filesystem>

namespace tally::powercut {

/// Throws Broken with the first file that differs.
void check_journal(const std::filesystem::path& preload);

} // namespace tally::powercut
