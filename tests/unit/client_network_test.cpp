#include "client/platform/child_process.h"
#include "client/platform/network.h"
#include "client/platform/network_news.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <string>

using namespace tally::client::platform;

namespace {

template <typename T>
std::string bytes_of(const T& value)
{
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string message(std::uint16_t type, std::string content)
{
    nlmsghdr head{};
    head.nlmsg_type = type;
    head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + content.size());
    content.resize(NLMSG_ALIGN(content.size()));
    return bytes_of(head) + content;
}

/// As the kernel tells of 192.168.0.`last` on an interface.
std::string address_news(std::uint16_t type, int interface, unsigned char last, unsigned char flags = 0,
                         unsigned char scope = RT_SCOPE_UNIVERSE)
{
    ifaddrmsg head{};
    head.ifa_family = AF_INET;
    head.ifa_index = static_cast<std::uint32_t>(interface);
    head.ifa_flags = flags;
    head.ifa_scope = scope;
    rtattr attribute{};
    attribute.rta_type = IFA_LOCAL;
    attribute.rta_len = RTA_LENGTH(4);
    const std::string address{static_cast<char>(192), static_cast<char>(168), 0, static_cast<char>(last)};
    return message(type, bytes_of(head) + bytes_of(attribute) + address);
}

std::string link_news(int interface, bool is_up)
{
    ifinfomsg head{};
    head.ifi_index = interface;
    head.ifi_flags = is_up ? IFF_UP | IFF_RUNNING : IFF_UP;
    return message(RTM_NEWLINK, bytes_of(head));
}

} // namespace

TEST_CASE("an address is news once, until it goes")
{
    NetworkNews news;
    CHECK(news.take(address_news(RTM_NEWADDR, 2, 7)));
    // The kernel says it again whenever its lifetime is extended.
    CHECK_FALSE(news.take(address_news(RTM_NEWADDR, 2, 7)));
    CHECK_FALSE(news.take(address_news(RTM_NEWADDR, 2, 7) + address_news(RTM_NEWADDR, 2, 7)));
    CHECK(news.take(address_news(RTM_NEWADDR, 3, 7)));
    CHECK(news.take(address_news(RTM_NEWADDR, 2, 7) + address_news(RTM_NEWADDR, 2, 8)));
    CHECK_FALSE(news.take(address_news(RTM_DELADDR, 2, 7)));
    CHECK(news.take(address_news(RTM_NEWADDR, 2, 7)));
}

TEST_CASE("an address of this machine alone, or not yet its own, is no news")
{
    NetworkNews news;
    CHECK_FALSE(news.take(address_news(RTM_NEWADDR, 1, 1, 0, RT_SCOPE_HOST)));
    CHECK_FALSE(news.take(address_news(RTM_NEWADDR, 2, 1, 0, RT_SCOPE_LINK)));
    CHECK_FALSE(news.take(address_news(RTM_NEWADDR, 2, 7, IFA_F_TENTATIVE)));
    CHECK(news.take(address_news(RTM_NEWADDR, 2, 7)));
}

TEST_CASE("a link that is up again is news when it has an address")
{
    NetworkNews news;
    CHECK_FALSE(news.take(link_news(2, true)));
    CHECK_FALSE(news.take(link_news(2, false)));
    CHECK_FALSE(news.take(link_news(2, true)));
    CHECK(news.take(address_news(RTM_NEWADDR, 2, 7)));
    CHECK_FALSE(news.take(link_news(2, true)));
    CHECK_FALSE(news.take(link_news(2, false)));
    CHECK(news.take(link_news(2, true)));
    CHECK_FALSE(news.take(link_news(3, true)));
}

TEST_CASE("bytes that are no message of the kernel are passed over")
{
    NetworkNews news;
    const std::string whole = address_news(RTM_NEWADDR, 2, 7);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(news.take(std::string_view(whole).substr(0, size)));
    CHECK_FALSE(news.take(std::string(64, '\xff')));
    CHECK_FALSE(news.take(message(RTM_NEWADDR, "")));
    CHECK(NetworkNews::ends_list(whole + message(NLMSG_DONE, "")));
    CHECK_FALSE(NetworkNews::ends_list(whole));
}

TEST_CASE("whether the network is metered is said of the device that carries the default route")
{
    const std::string wifi =
        "GENERAL.DEVICE:wlan0\nGENERAL.STATE:100 (connected)\nGENERAL.METERED:no (guessed)\n";
    const std::string phone = "GENERAL.DEVICE:wwan0\nGENERAL.STATE:100 (connected)\nGENERAL.METERED:yes\n";
    const std::string cable = "GENERAL.DEVICE:eth0\nGENERAL.STATE:20 (unavailable)\nGENERAL.METERED:yes\n";
    const std::string loop =
        "GENERAL.DEVICE:lo\nGENERAL.STATE:100 (connected (externally))\nGENERAL.METERED:yes\n";
    CHECK_FALSE(says_metered(wifi + "\n" + phone, "wlan0"));
    CHECK(says_metered(wifi + "\n" + phone, "wwan0"));
    // Without a route that is known, the first that is connected.
    CHECK_FALSE(says_metered(wifi + "\n" + phone, ""));
    CHECK(says_metered(phone + "\n" + wifi, "tun0"));
    CHECK_FALSE(says_metered(cable + "\n" + loop + "\n" + wifi, ""));
    CHECK_FALSE(says_metered(cable, "eth0"));
    CHECK_FALSE(says_metered("", ""));
    CHECK(says_metered("GENERAL.DEVICE:usb0\nGENERAL.STATE:100 (connected)\nGENERAL.METERED:yes (guessed)",
                       ""));
}

TEST_CASE("the default route with the smallest metric is the one in use")
{
    const std::string head =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    CHECK(default_interface_of(head + "wwan0\t00000000\t0101A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n"
                                      "wlan0\t0000A8C0\t00000000\t0001\t0\t0\t1\t00FFFFFF\t0\t0\t0\n"
                                      "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n") ==
          "wlan0");
    CHECK(default_interface_of(head).empty());
    CHECK(default_interface_of("").empty());
}

TEST_CASE("a program that does not end in time is ended")
{
    const auto slow = start_child({"sleep", "600"});
    REQUIRE(slow.has_value());
    std::string said;
    CHECK(finish_child(*slow, said, std::chrono::milliseconds(50)) == -1);
    const auto quick = start_child({"echo", "done"});
    REQUIRE(quick.has_value());
    CHECK(finish_child(*quick, said, std::chrono::seconds(60)) == 0);
    CHECK(said == "done\n");
}
