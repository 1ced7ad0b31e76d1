#pragma once
/// Slows down guessing: counts failures by a key within a window.

#include "shared/base/time.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tally::server {

class RateLimiter
{
public:
    /// After `failures_max` failures of one key it is closed until `window_ms` have passed since the first.
    RateLimiter(int failures_max, std::int64_t window_ms)
        : m_failures_max(failures_max), m_window_ms(window_ms)
    {
    }

    [[nodiscard]] bool is_open(const std::string& key, Timestamp now);
    void note_failure(const std::string& key, Timestamp now);
    void forget(const std::string& key);

private:
    struct Count
    {
        Timestamp since;
        int failures = 0;
    };
    void drop_old(Timestamp now);

    int m_failures_max;
    std::int64_t m_window_ms;
    std::mutex m_mutex;
    std::unordered_map<std::string, Count> m_counts;
};

} // namespace tally::server
