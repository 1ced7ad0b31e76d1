#include "client/platform/network.h"

#include "client/platform/child_process.h"

#include <string>

namespace tally::client::platform {

bool is_network_metered()
{
    // The device that carries the default route comes first; its state is "yes", "yes (guessed)", "no" ...
    const auto child =
        start_child({"nmcli", "--terse", "--fields", "GENERAL.STATE,GENERAL.METERED", "device", "show"});
    if (!child)
        return false;
    std::string said;
    if (finish_child(*child, said) != 0)
        return false;
    const std::size_t connected = said.find("GENERAL.STATE:100");
    if (connected == std::string::npos)
        return false;
    return said.find("GENERAL.METERED:yes", connected) != std::string::npos;
}

} // namespace tally::client::platform
