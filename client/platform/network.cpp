#include "client/platform/network.h"

#include "client/platform/child_process.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <thread>

namespace tally::client::platform {

namespace {

/// A socket on which the kernel tells of new addresses (man 7 rtnetlink); -1 when there is none.
int open_address_news()
{
    const int news = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (news < 0)
        return -1;
    sockaddr_nl wanted{};
    wanted.nl_family = AF_NETLINK;
    wanted.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (bind(news, reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) == 0)
        return news;
    close(news);
    return -1;
}

bool tells_of_address(const char* bytes, std::size_t size)
{
    auto left = static_cast<unsigned>(size);
    const auto* message = reinterpret_cast<const nlmsghdr*>(bytes);
    while (left >= sizeof(nlmsghdr) && message->nlmsg_len >= sizeof(nlmsghdr) && message->nlmsg_len <= left) {
        if (message->nlmsg_type == RTM_NEWADDR)
            return true;
        const unsigned step = NLMSG_ALIGN(message->nlmsg_len);
        if (step >= left)
            return false;
        left -= step;
        message = reinterpret_cast<const nlmsghdr*>(reinterpret_cast<const char*>(message) + step);
    }
    return false;
}

} // namespace

struct NetworkWatch::Impl
{
    explicit Impl(std::function<void()> callback)
        : on_address(std::move(callback)), news(open_address_news()), end(eventfd(0, EFD_CLOEXEC))
    {
        if (news >= 0 && end >= 0)
            thread = std::thread([this] { watch(); });
    }
    ~Impl()
    {
        if (thread.joinable()) {
            const std::uint64_t one = 1;
            (void)!write(end, &one, sizeof one);
            thread.join();
        }
        if (news >= 0)
            close(news);
        if (end >= 0)
            close(end);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void watch()
    {
        alignas(nlmsghdr) std::array<char, 8192> bytes;
        for (;;) {
            std::array<pollfd, 2> waiting{{{news, POLLIN, 0}, {end, POLLIN, 0}}};
            if (poll(waiting.data(), waiting.size(), -1) < 0)
                continue;
            if (waiting[1].revents != 0)
                return;
            const ssize_t size = recv(news, bytes.data(), bytes.size(), MSG_DONTWAIT);
            // When the kernel had to drop some news, one of an address may have been among them.
            if (size < 0 || tells_of_address(bytes.data(), static_cast<std::size_t>(size)))
                on_address();
        }
    }

    std::function<void()> on_address;
    int news;
    int end;
    std::thread thread;
};

NetworkWatch::NetworkWatch(std::function<void()> on_address)
    : m_impl(std::make_unique<Impl>(std::move(on_address)))
{
}

NetworkWatch::~NetworkWatch() = default;

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
