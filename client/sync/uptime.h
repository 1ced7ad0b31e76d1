#pragma once
/// The clock of schedules and pauses: it never jumps and means nothing in itself.

#include <chrono>
#include <cstdint>

namespace tally::client {

[[nodiscard]] inline std::int64_t uptime_ms()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace tally::client
