#pragma once
/// What a program was doing when it was stopped, as its open files and locks tell.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace tally::powercut {

/// Stops the program where it is (SIGSTOP), looks, and kills it. Gives a few words, such as "inside a
/// transaction"; empty when it had ended by itself. `data` is its data folder.
std::string kill_and_tell(pid_t program, const std::filesystem::path& data);

/// Whether it opened its database, or false when it ended before.
bool wait_until_open(pid_t program, const std::filesystem::path& data);

} // namespace tally::powercut
