#pragma once
/// What the kernel tells of links and addresses (man 7 rtnetlink), as far as it is new.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tally::client::platform {

class NetworkNews
{
public:
    /// Takes in what was read from the kernel's socket at once. True when the machine has an address that it
    /// did not have, or when the link of a known one is up again. The kernel repeats known addresses when
    /// their lifetime is extended, which is no news; nor are those that only this machine or this wire knows.
    bool take(std::string_view messages);
    /// What was read held the end of a list that was asked for.
    [[nodiscard]] static bool ends_list(std::string_view messages);

private:
    bool take_link(std::string_view message);
    bool take_address(std::string_view message, bool is_gone);

    std::set<std::pair<int, std::string>> m_addresses; ///< interface and address
    std::map<int, bool> m_links;                       ///< interface, and whether it is up
};

} // namespace tally::client::platform
