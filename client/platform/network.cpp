#include "client/platform/network.h"

#include "client/platform/child_process.h"
#include "client/platform/network_news.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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
    wanted.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (bind(news, reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) == 0)
        return news;
    close(news);
    return -1;
}

/// Asks for all links or all addresses, to be read from the same socket.
bool ask_for_all(int news, std::uint16_t what)
{
    struct
    {
        nlmsghdr head;
        rtgenmsg what;
    } question{};
    question.head.nlmsg_len = NLMSG_LENGTH(sizeof(rtgenmsg));
    question.head.nlmsg_type = what;
    question.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    question.what.rtgen_family = AF_UNSPEC;
    return send(news, &question, question.head.nlmsg_len, 0) >= 0;
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

    /// Waits until there is something to read. False when it is time to end.
    bool wait() const
    {
        for (;;) {
            std::array<pollfd, 2> waiting{{{news, POLLIN, 0}, {end, POLLIN, 0}}};
            if (poll(waiting.data(), waiting.size(), -1) < 0)
                continue;
            return waiting[1].revents == 0;
        }
    }

    /// Reads once. Nothing when the kernel had to drop some news.
    std::optional<std::string_view> read_once()
    {
        const ssize_t size = recv(news, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size < 0)
            return errno == ENOBUFS ? std::nullopt : std::optional(std::string_view());
        return std::string_view(bytes.data(), static_cast<std::size_t>(size));
    }

    /// Goes through all that there is now. Nothing when it is time to end, else whether any of it is new.
    std::optional<bool> take_all()
    {
        bool is_new = false;
        for (const std::uint16_t what : {RTM_GETLINK, RTM_GETADDR}) {
            if (!ask_for_all(news, what))
                continue;
            for (bool ends = false; !ends;) {
                if (!wait())
                    return std::nullopt;
                const auto messages = read_once();
                is_new |= messages && known.take(*messages);
                ends = !messages || NetworkNews::ends_list(*messages);
            }
        }
        return is_new;
    }

    void watch()
    {
        if (!take_all()) // what was there before is no news
            return;
        while (wait()) {
            const auto messages = read_once();
            // When the kernel had to drop some news, all is looked through again.
            const auto is_new = messages ? std::optional(known.take(*messages)) : take_all();
            if (!is_new)
                return;
            if (*is_new)
                on_address();
        }
    }

    std::function<void()> on_address;
    int news;
    int end;
    NetworkNews known; ///< of the thread alone, as is the next
    alignas(nlmsghdr) std::array<char, 32768> bytes{};
    std::thread thread;
};

NetworkWatch::NetworkWatch(std::function<void()> on_address)
    : m_impl(std::make_unique<Impl>(std::move(on_address)))
{
}

NetworkWatch::~NetworkWatch() = default;

bool says_metered(std::string_view said, std::string_view default_interface)
{
    struct Device
    {
        std::string_view name;
        bool is_connected = false;
        std::string_view metered;
    };
    // A block for each device, with an empty line between two.
    std::vector<Device> devices(1);
    while (!said.empty()) {
        const std::string_view line = said.substr(0, said.find('\n'));
        said.remove_prefix(std::min(said.size(), line.size() + 1));
        constexpr std::string_view name = "GENERAL.DEVICE:";
        constexpr std::string_view state = "GENERAL.STATE:";
        constexpr std::string_view metered = "GENERAL.METERED:";
        if (line.empty())
            devices.emplace_back();
        else if (line.starts_with(name))
            devices.back().name = line.substr(name.size());
        else if (line.starts_with(state))
            devices.back().is_connected = line.substr(state.size()).starts_with("100");
        else if (line.starts_with(metered))
            devices.back().metered = line.substr(metered.size());
    }
    const Device* used = nullptr;
    for (const Device& device : devices) {
        if (!device.is_connected || device.name == "lo")
            continue;
        if (used == nullptr || device.name == default_interface)
            used = &device;
    }
    // "yes", "yes (guessed)", "no", "no (guessed)", "unknown"
    return used != nullptr && used->metered.starts_with("yes");
}

std::string default_interface_of(std::string_view routes)
{
    std::istringstream lines{std::string(routes)};
    std::string line;
    std::getline(lines, line); // headings
    std::string best;
    long best_metric = 0;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string interface, destination, gateway, flags, references, uses, mask;
        long metric = 0;
        if (!(words >> interface >> destination >> gateway >> flags >> references >> uses >> metric >>
              mask) ||
            destination != "00000000" || mask != "00000000")
            continue;
        if (best.empty() || metric < best_metric) {
            best = interface;
            best_metric = metric;
        }
    }
    return best;
}

bool is_network_metered()
{
    const auto child = start_child(
        {"nmcli", "--terse", "--fields", "GENERAL.DEVICE,GENERAL.STATE,GENERAL.METERED", "device", "show"},
        Words::Untranslated);
    if (!child)
        return false;
    std::string said;
    if (finish_child(*child, said, std::chrono::seconds(2)) != 0)
        return false;
    std::ifstream file("/proc/net/route");
    std::ostringstream routes;
    routes << file.rdbuf();
    return says_metered(said, default_interface_of(routes.str()));
}

} // namespace tally::client::platform
