#pragma once
/// The program's window, from opening to closing.

#include <filesystem>

namespace tally::client {

/// Opens the window on the device's data and runs until the person closes it. An empty path means the
/// platform's data folder. Returns the exit status: 0, or 1 after a sentence on standard error. See
/// README.md for the environment variables that tests use.
[[nodiscard]] int run_window(const std::filesystem::path& data);

} // namespace tally::client
