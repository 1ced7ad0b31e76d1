#pragma once
/// Another program, started without a shell, with its standard output to be read.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tally::client::platform {

struct Child
{
    int process = -1;
    int output = -1; ///< file descriptor
};

enum class Words
{
    OfTheUser,
    Untranslated, ///< for output that is read by a program
};

/// None when there is no such program.
[[nodiscard]] std::optional<Child> start_child(const std::vector<std::string>& command,
                                               Words words = Words::OfTheUser);
/// Reads until the program closes its output, then waits for it. Returns its exit status, or -1 when it
/// was ended by a signal. One that is not done within `limit`, if there is one, is killed.
int finish_child(const Child& child, std::string& output,
                 std::optional<std::chrono::milliseconds> limit = std::nullopt);

} // namespace tally::client::platform
