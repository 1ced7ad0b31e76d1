#include "server/http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace tally::server {

std::string network_of(std::string_view address)
{
    const std::string text(address.substr(0, address.find('%'))); // what follows names our own interface
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1)
        return std::string(address);
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
        ::inet_ntop(AF_INET, parsed.s6_addr + 12, written.data(), written.size());
        return written.data();
    }
    std::fill(parsed.s6_addr + 8, parsed.s6_addr + 16, std::uint8_t{0});
    ::inet_ntop(AF_INET6, &parsed, written.data(), written.size());
    return std::string(written.data()) + "/64";
}

} // namespace tally::server
