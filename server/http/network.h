#pragma once
/// Whom a limit counts for one.

#include <string>
#include <string_view>

namespace tally::server {

/// The network of an address: an IPv4 address itself, also when it is written as an IPv6 one; of an IPv6
/// address its first 64 bits ("2001:db8:1:2::/64"), as everybody has that many addresses to themselves. What
/// is no address stays as it is.
[[nodiscard]] std::string network_of(std::string_view address);

} // namespace tally::server
