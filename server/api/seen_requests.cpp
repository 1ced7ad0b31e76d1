#include "server/api/seen_requests.h"

#include "shared/base/encoding.h"
#include "shared/protocol/request_signature.h"

#include <algorithm>
#include <limits>

namespace tally::server {

using protocol::request_age_ms_max;

SeenRequests::Verdict SeenRequests::note(const Uuid& device, Timestamp signed_at, std::string_view nonce,
                                         Timestamp now)
{
    const std::lock_guard lock(m_mutex);
    start_again_when_the_clock_was_set_back(now);
    if (signed_at.ms < m_since.ms)
        return Verdict::TooOld;
    Device& known =
        m_devices.try_emplace(device, Device{{}, {std::numeric_limits<std::int64_t>::min()}}).first->second;
    if (signed_at.ms <= known.floor.ms)
        return Verdict::TooOld;
    const auto bytes = from_hex(nonce);
    TALLY_ASSERT(bytes && bytes->size() == Nonce().size());
    Nonce value;
    std::copy(bytes->begin(), bytes->end(), value.begin());
    if (!known.seen.emplace(signed_at.ms, value).second)
        return Verdict::Repeated;
    ++m_size;
    if (known.seen.size() > m_limits.per_device_max)
        forget_expired(known, now);
    if (known.seen.size() > m_limits.per_device_max)
        forget_oldest(known);
    if (m_size > m_limits.all_max)
        make_room(now);
    return Verdict::New;
}

std::size_t SeenRequests::size() const
{
    const std::lock_guard lock(m_mutex);
    return m_size;
}

void SeenRequests::start_again_when_the_clock_was_set_back(Timestamp now)
{
    // A machine that woke up with a clock in the future: until then everybody would be too old. What was seen
    // was signed for that future and is refused by its time.
    if (now.ms < m_latest.ms - request_age_ms_max) {
        m_devices.clear();
        m_size = 0;
        m_since = m_latest = now;
    }
    m_latest.ms = std::max(m_latest.ms, now.ms);
}

void SeenRequests::forget_oldest(Device& device)
{
    const std::size_t kept = device.seen.size() / 2;
    while (device.seen.size() > kept) {
        device.floor = {device.seen.begin()->first};
        device.seen.erase(device.seen.begin());
        --m_size;
    }
}

void SeenRequests::forget_expired(Device& device, Timestamp now)
{
    const auto end = device.seen.lower_bound({now.ms - request_age_ms_max, Nonce{}});
    if (end != device.seen.begin())
        device.floor.ms = std::max(device.floor.ms, std::prev(end)->first);
    m_size -= static_cast<std::size_t>(std::distance(device.seen.begin(), end));
    device.seen.erase(device.seen.begin(), end);
}

void SeenRequests::make_room(Timestamp now)
{
    for (auto known = m_devices.begin(); known != m_devices.end();) {
        forget_expired(known->second, now);
        const bool is_spent =
            known->second.seen.empty() && known->second.floor.ms < now.ms - request_age_ms_max;
        known = is_spent ? m_devices.erase(known) : std::next(known);
    }
    while (m_size > m_limits.all_max / 2) {
        const auto busiest =
            std::max_element(m_devices.begin(), m_devices.end(), [](const auto& a, const auto& b) {
                return a.second.seen.size() < b.second.seen.size();
            });
        forget_oldest(busiest->second);
    }
}

} // namespace tally::server
