#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tally::client::platform {

/// Calls `on_address` on a thread of its own when the machine gets a network address that it did not have, or
/// the link of one that it has is up again: Wi-Fi is back, a cable was plugged in. Sleeps in between. Where
/// the kernel does not tell, it does nothing.
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
/// says nothing or is not there. Takes a few milliseconds, at most two seconds; from any thread.
[[nodiscard]] bool is_network_metered();
/// The same from what nmcli said: of the connected device that carries the default route or, when that is
/// none of them, of the first, which nmcli takes to be the one in use.
[[nodiscard]] bool says_metered(std::string_view said, std::string_view default_interface);
/// The interface with the best default route in a text like /proc/net/route; empty when there is none.
[[nodiscard]] std::string default_interface_of(std::string_view routes);

} // namespace tally::client::platform
