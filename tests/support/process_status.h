#pragma once
/// What Linux says of a running process.

#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace tally::test {

/// Whether a process's memory says something: a sanitizer keeps what was freed.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool measures_memory = false;
#else
inline constexpr bool measures_memory = true;
#endif

/// A field of proc(5) "status", such as `Threads` or, in KiB, `VmRSS` and `VmHWM`. 0 for a process or a field
/// that is not there.
inline std::int64_t number_in_status(pid_t process, std::string_view field)
{
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field) && line.substr(field.size()).starts_with(':'))
            return std::stoll(line.substr(field.size() + 1));
    return 0;
}

} // namespace tally::test
