#include "client/sync/schedule.h"

#include <algorithm>

namespace tally::client {

namespace {

/// Even the luckiest draw leaves the network a moment.
constexpr std::int64_t shortest_retry_ms = 250;

} // namespace

std::int64_t SyncSchedule::up_to(std::int64_t ms)
{
    return static_cast<std::int64_t>(m_random.u64() %
                                     static_cast<std::uint64_t>(std::max<std::int64_t>(1, ms)));
}

void SyncSchedule::ask(SyncTrigger trigger, std::int64_t uptime_ms)
{
    if (trigger == SyncTrigger::Saved && m_failures > 0)
        return;
    m_asked = true;
    switch (trigger) {
    case SyncTrigger::ByHand:
        m_due_ms = uptime_ms;
        return;
    case SyncTrigger::NetworkBack:
        m_failures = 0;
        m_due_ms = std::min(m_due_ms, uptime_ms + up_to(m_options.network_back_ms));
        break;
    case SyncTrigger::Start:
    case SyncTrigger::Saved:
        m_due_ms = uptime_ms;
        break;
    }
    m_due_ms = std::max(m_due_ms, m_not_before_ms);
}

void SyncSchedule::round_begins()
{
    m_asked = false;
}

void SyncSchedule::round_ended(RoundEnd end, std::int64_t uptime_ms,
                               std::optional<std::int64_t> retry_after_ms)
{
    m_not_before_ms = 0;
    if (end == RoundEnd::Done) {
        m_failures = 0;
        const std::int64_t quiet_ms = m_options.quiet_ms * (m_saves_battery ? m_options.saving_factor : 1);
        m_due_ms = m_asked ? uptime_ms : uptime_ms + quiet_ms - quiet_ms / 4 + up_to(quiet_ms / 2);
        return;
    }
    ++m_failures;
    // Full jitter: forty tablets that lost the same server spread evenly over the whole time, so that it does
    // not meet them all at once when it returns.
    const int doublings = end == RoundEnd::Refused ? 20 : std::min(m_failures - 1, 20);
    const std::int64_t longest_ms =
        std::min(m_options.longest_retry_ms, m_options.first_retry_ms << doublings);
    m_due_ms = uptime_ms + std::max(shortest_retry_ms, up_to(longest_ms));
    if (retry_after_ms) {
        m_not_before_ms = uptime_ms + *retry_after_ms + up_to(*retry_after_ms / 4);
        m_due_ms = std::max(m_due_ms, m_not_before_ms);
    }
}

void SyncSchedule::come_back_in(std::int64_t wait_ms, std::int64_t uptime_ms)
{
    m_due_ms = std::min(m_due_ms, uptime_ms + wait_ms);
}

std::int64_t SyncSchedule::wait_ms(std::int64_t uptime_ms) const
{
    return std::max<std::int64_t>(0, m_due_ms - uptime_ms);
}

} // namespace tally::client
