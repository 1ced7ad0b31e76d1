#pragma once
/// Stands between a client and a server on this machine, passes everything on and counts the bytes.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tally::bench {

class CountingRelay
{
public:
    /// Listens on a free port and passes on to nobody yet. Throws std::runtime_error.
    CountingRelay()
    {
        m_listener = ::socket(AF_INET, SOCK_STREAM, 0);
        auto address = loopback(0);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (m_listener < 0 || ::bind(m_listener, any, size) != 0 || ::listen(m_listener, 16) != 0 ||
            ::getsockname(m_listener, any, &size) != 0)
            throw std::runtime_error("no port for the relay");
        m_port = ntohs(address.sin_port);
    }
    ~CountingRelay()
    {
        m_stopping = true;
        if (m_thread.joinable())
            m_thread.join();
        for (auto& one : m_connections)
            one.join();
        ::close(m_listener);
    }
    CountingRelay(const CountingRelay&) = delete;
    CountingRelay& operator=(const CountingRelay&) = delete;

    void pass_on_to(std::uint16_t port)
    {
        m_thread = std::thread([this, port] { accept_all(port); });
    }

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] std::int64_t sent() const { return m_sent; }
    [[nodiscard]] std::int64_t received() const { return m_received; }

private:
    static constexpr int look_again_ms = 100;

    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    void accept_all(std::uint16_t port)
    {
        while (!m_stopping) {
            pollfd ready{m_listener, POLLIN, 0};
            if (::poll(&ready, 1, look_again_ms) <= 0)
                continue;
            const int client = ::accept(m_listener, nullptr, nullptr);
            const int server = ::socket(AF_INET, SOCK_STREAM, 0);
            const auto address = loopback(port);
            if (client >= 0 && server >= 0 &&
                ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
                m_connections.emplace_back([this, client, server] { pass(client, server); });
        }
    }

    void pass(int client, int server)
    {
        const int yes = 1;
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        for (const auto& end : ends)
            ::setsockopt(end.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        std::vector<char> bytes(64 * 1024);
        bool open = true;
        while (open && !m_stopping) {
            if (::poll(ends.data(), ends.size(), look_again_ms) < 0)
                break;
            for (std::size_t i = 0; i < ends.size() && open; ++i) {
                if (ends[i].revents == 0)
                    continue;
                const auto got = ::recv(ends[i].fd, bytes.data(), bytes.size(), 0);
                open = got > 0;
                if (open)
                    (i == 0 ? m_sent : m_received) += got;
                for (ssize_t done = 0; open && done < got;) {
                    const auto put = ::send(ends[1 - i].fd, bytes.data() + done,
                                            static_cast<std::size_t>(got - done), MSG_NOSIGNAL);
                    open = put > 0;
                    done += put;
                }
            }
        }
        ::close(client);
        ::close(server);
    }

    int m_listener = -1;
    std::uint16_t m_port = 0;
    std::atomic<bool> m_stopping{false};
    std::atomic<std::int64_t> m_sent{0};
    std::atomic<std::int64_t> m_received{0};
    std::thread m_thread;
    std::vector<std::thread> m_connections;
};

} // namespace tally::bench
