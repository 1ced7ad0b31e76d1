#include "server/http/address_loads.h"

#include <utility>

namespace tally::server {

bool AddressLoads::Share::grow(std::int64_t by)
{
    if (m_loads == nullptr)
        return true;
    if (!m_loads->add(m_network, m_kind, by))
        return false;
    m_amount += by;
    return true;
}

void AddressLoads::Share::give_back()
{
    if (m_loads != nullptr && m_amount > 0)
        m_loads->remove(m_network, m_kind, std::exchange(m_amount, 0));
}

void AddressLoads::Share::swap(Share& other) noexcept
{
    std::swap(m_loads, other.m_loads);
    std::swap(m_kind, other.m_kind);
    std::swap(m_network, other.m_network);
    std::swap(m_amount, other.m_amount);
}

bool AddressLoads::add(const std::string& network, Kind kind, std::int64_t amount)
{
    const auto index = static_cast<std::size_t>(kind);
    const Limit limit = m_limits[index];
    const std::lock_guard lock(m_mutex);
    const auto found = m_loads.find(network);
    const std::int64_t had = found == m_loads.end() ? 0 : found->second[index];
    // What is larger than every limit is let through alone: it could never be sent otherwise.
    const auto is_too_much = [amount](std::int64_t has, std::int64_t most) {
        return has > 0 && has + amount > most;
    };
    if (is_too_much(had, limit.per_network) || is_too_much(m_all[index], limit.in_all))
        return false;
    m_loads[network][index] += amount;
    m_all[index] += amount;
    return true;
}

void AddressLoads::remove(const std::string& network, Kind kind, std::int64_t amount)
{
    const auto index = static_cast<std::size_t>(kind);
    const std::lock_guard lock(m_mutex);
    m_all[index] -= amount;
    const auto found = m_loads.find(network);
    found->second[index] -= amount;
    if (found->second == Load{})
        m_loads.erase(found);
}

} // namespace tally::server
