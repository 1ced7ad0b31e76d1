#include "client/platform/network_news.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace tally::client::platform {

namespace {

/// A copy of the structure at the beginning, wherever the bytes lie.
template <typename T>
std::optional<T> head_of(std::string_view bytes)
{
    T head{};
    if (bytes.size() < sizeof head)
        return std::nullopt;
    std::memcpy(&head, bytes.data(), sizeof head);
    return head;
}

std::string_view behind(std::string_view bytes, std::size_t count)
{
    return bytes.substr(std::min(bytes.size(), count));
}

/// Calls `callback(type, content)` for each message until it returns false.
template <typename Callback>
void for_each_message(std::string_view bytes, Callback callback)
{
    while (const auto head = head_of<nlmsghdr>(bytes)) {
        if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > bytes.size() ||
            !callback(head->nlmsg_type, bytes.substr(0, head->nlmsg_len).substr(NLMSG_HDRLEN)))
            return;
        bytes = behind(bytes, NLMSG_ALIGN(head->nlmsg_len));
    }
}

} // namespace

bool NetworkNews::take(std::string_view messages)
{
    bool is_new = false;
    for_each_message(messages, [&](std::uint16_t type, std::string_view message) {
        if (type == RTM_NEWLINK || type == RTM_DELLINK)
            is_new |= take_link(message) && type == RTM_NEWLINK;
        else if (type == RTM_NEWADDR || type == RTM_DELADDR)
            is_new |= take_address(message, type == RTM_DELADDR);
        return true;
    });
    return is_new;
}

bool NetworkNews::ends_list(std::string_view messages)
{
    bool ends = false;
    for_each_message(messages, [&](std::uint16_t type, std::string_view) {
        ends |= type == NLMSG_DONE || type == NLMSG_ERROR;
        return !ends;
    });
    return ends;
}

bool NetworkNews::take_link(std::string_view message)
{
    const auto link = head_of<ifinfomsg>(message);
    if (!link)
        return false;
    const bool is_up = (link->ifi_flags & IFF_RUNNING) != 0;
    const auto known = m_links.find(link->ifi_index);
    const bool was_down = known != m_links.end() && !known->second;
    m_links[link->ifi_index] = is_up;
    const bool has_address = std::any_of(m_addresses.begin(), m_addresses.end(), [&](const auto& address) {
        return address.first == link->ifi_index;
    });
    return is_up && was_down && has_address;
}

bool NetworkNews::take_address(std::string_view message, bool is_gone)
{
    const auto address = head_of<ifaddrmsg>(message);
    if (!address)
        return false;
    // Of the machine or the wire alone, or not yet sure to be nobody else's.
    const bool is_of_use = address->ifa_scope < RT_SCOPE_LINK && (address->ifa_flags & IFA_F_TENTATIVE) == 0;
    std::string_view attributes = behind(message, NLMSG_ALIGN(sizeof(ifaddrmsg)));
    std::string bytes;
    while (const auto head = head_of<rtattr>(attributes)) {
        if (head->rta_len < sizeof(rtattr) || head->rta_len > attributes.size())
            break;
        // A link between two machines names the other one as IFA_ADDRESS and this one as IFA_LOCAL.
        if (head->rta_type == IFA_LOCAL || (head->rta_type == IFA_ADDRESS && bytes.empty()))
            bytes = attributes.substr(0, head->rta_len).substr(RTA_LENGTH(0));
        attributes = behind(attributes, RTA_ALIGN(head->rta_len));
    }
    const std::pair<int, std::string> key{static_cast<int>(address->ifa_index), bytes};
    if (is_gone) {
        m_addresses.erase(key);
        return false;
    }
    return is_of_use && !bytes.empty() && m_addresses.insert(key).second;
}

} // namespace tally::client::platform
