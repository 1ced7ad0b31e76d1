#pragma once
/// How many requests somebody may make: a token bucket each. Thread-safe.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace tally::server {

struct RequestRate
{
    int per_second = 1; ///< in the long run
    int at_once = 1;    ///< after a pause
};

class RequestRates
{
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit RequestRates(RequestRate rate);

    /// Counts a request. When it is one too many it is not counted: gives how long to wait, at least a
    /// second.
    [[nodiscard]] std::optional<std::chrono::seconds> refuse(const std::string& who, Time now);

private:
    using Duration = std::chrono::steady_clock::duration;

    Duration m_each;    ///< how long a bucket takes to gain one token
    Duration m_at_most; ///< and all of them
    std::mutex m_mutex;
    std::unordered_map<std::string, Time> m_full_at; ///< nobody is here whose bucket is full
    std::size_t m_look_at = 0; ///< so many are looked through for those who are full again
};

} // namespace tally::server
