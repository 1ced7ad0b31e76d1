#pragma once

#include <functional>
#include <memory>

namespace tally::client::platform {

/// Calls `on_address` on a thread of its own when the machine gets a network address: Wi-Fi is back, a cable
/// was plugged in. Sleeps in between. Where the kernel does not tell, it does nothing.
class NetworkWatch
{
public:
    explicit NetworkWatch(std::function<void()> on_address);
    ~NetworkWatch();
    NetworkWatch(const NetworkWatch&) = delete;
    NetworkWatch& operator=(const NetworkWatch&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// True when NetworkManager says that the network in use is metered, such as mobile data. False when it
/// says nothing or is not there. Takes a few milliseconds; from any thread.
[[nodiscard]] bool is_network_metered();

} // namespace tally::client::platform
