#include "server/http/request_rates.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::size_t look_at_first = 1'000;

} // namespace

RequestRates::RequestRates(RequestRate rate)
    : m_each(std::chrono::duration_cast<Duration>(std::chrono::seconds(1)) / rate.per_second),
      m_at_most(m_each * rate.at_once), m_look_at(look_at_first)
{
}

std::optional<std::chrono::seconds> RequestRates::refuse(const std::string& who, Time now)
{
    const std::lock_guard lock(m_mutex);
    if (m_full_at.size() >= m_look_at) {
        std::erase_if(m_full_at, [now](const auto& item) { return item.second <= now; });
        m_look_at = std::max(look_at_first, m_full_at.size() * 2);
    }
    Time& full_at = m_full_at[who];
    const Time then = std::max(full_at, now) + m_each;
    if (then - now > m_at_most)
        return std::max(std::chrono::seconds(1),
                        std::chrono::ceil<std::chrono::seconds>(then - now - m_at_most));
    full_at = then;
    return std::nullopt;
}

} // namespace tally::server
