#pragma once
/// Another program, started without a shell, with its standard output to be read.

#include <optional>
#include <string>
#include <vector>

namespace tally::client::platform {

struct Child
{
    int process = -1;
    int output = -1; ///< file descriptor
};

/// None when there is no such program.
[[nodiscard]] std::optional<Child> start_child(const std::vector<std::string>& command);
/// Reads until the program closes its output, then waits for it. Returns its exit status, or -1 when it
/// was ended by a signal.
int finish_child(const Child& child, std::string& output);

} // namespace tally::client::platform
