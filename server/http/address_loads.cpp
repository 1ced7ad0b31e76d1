#include "server/http/address_loads.h"

namespace tally::server {

bool AddressLoads::open(const std::string& address, int most)
{
    return add(address, &Load::connections, most);
}

void AddressLoads::close(const std::string& address)
{
    remove(address, &Load::connections);
}

bool AddressLoads::begin_body(const std::string& address, int most)
{
    return add(address, &Load::bodies, most);
}

void AddressLoads::end_body(const std::string& address)
{
    remove(address, &Load::bodies);
}

bool AddressLoads::add(const std::string& address, int Load::*what, int most)
{
    const std::lock_guard lock(m_mutex);
    Load& load = m_loads[address];
    if (load.*what >= most)
        return false;
    ++(load.*what);
    return true;
}

void AddressLoads::remove(const std::string& address, int Load::*what)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_loads.find(address);
    if (found == m_loads.end())
        return;
    --(found->second.*what);
    if (found->second.connections == 0 && found->second.bodies == 0)
        m_loads.erase(found);
}

} // namespace tally::server
