#include "server/accounts/rate_limiter.h"

namespace tally::server {
namespace {

/// Somebody who tries many made-up accounts must not fill the memory.
constexpr std::size_t keys_max = 20'000;

} // namespace

bool RateLimiter::is_open(const std::string& key, Timestamp now)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_counts.find(key);
    if (found == m_counts.end())
        return true;
    return now.ms - found->second.since.ms >= m_window_ms || found->second.failures < m_failures_max;
}

void RateLimiter::note_failure(const std::string& key, Timestamp now)
{
    const std::lock_guard lock(m_mutex);
    if (m_counts.size() >= keys_max)
        drop_old(now);
    Count& count = m_counts[key];
    if (count.failures == 0 || now.ms - count.since.ms >= m_window_ms)
        count = {now, 0};
    ++count.failures;
}

void RateLimiter::forget(const std::string& key)
{
    const std::lock_guard lock(m_mutex);
    m_counts.erase(key);
}

void RateLimiter::drop_old(Timestamp now)
{
    std::erase_if(m_counts, [&](const auto& item) { return now.ms - item.second.since.ms >= m_window_ms; });
    if (m_counts.size() >= keys_max)
        m_counts.clear();
}

} // namespace tally::server
