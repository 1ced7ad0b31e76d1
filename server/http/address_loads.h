#pragma once
/// How much each address takes of what all share: open connections, and threads that wait for a body.
/// Thread-safe.

#include <mutex>
#include <string>
#include <unordered_map>

namespace tally::server {

class AddressLoads
{
public:
    /// False, and nothing is counted, when the address has `most` already.
    [[nodiscard]] bool open(const std::string& address, int most);
    void close(const std::string& address);
    [[nodiscard]] bool begin_body(const std::string& address, int most);
    void end_body(const std::string& address);

private:
    struct Load
    {
        int connections = 0;
        int bodies = 0;
    };
    bool add(const std::string& address, int Load::*what, int most);
    void remove(const std::string& address, int Load::*what);

    std::mutex m_mutex;
    std::unordered_map<std::string, Load> m_loads;
};

} // namespace tally::server
