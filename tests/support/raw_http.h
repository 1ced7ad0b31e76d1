#pragma once
/// Sends exact bytes to a server on this machine and reads what comes back, for requests that no
/// well-behaved client would make.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tally::test {

class RawHttp
{
public:
    /// `source` is the address of this machine that the server sees, such as 127.0.0.2. Of what is not read,
    /// about `unread_bytes_max` may be on their way, when it is given.
    explicit RawHttp(int port, const char* source = "127.0.0.1", int unread_bytes_max = 0)
        : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        // A server that never answers is a failure, not a test without end.
        const timeval longest{60, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        if (unread_bytes_max > 0)
            ::setsockopt(m_socket, SOL_SOCKET, SO_RCVBUF, &unread_bytes_max, sizeof unread_bytes_max);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        ::inet_pton(AF_INET, source, &own.sin_addr);
        if (::bind(m_socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
            throw std::runtime_error("cannot use the address " + std::string(source));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot connect to the server under test");
    }
    ~RawHttp() { ::close(m_socket); }
    RawHttp(const RawHttp&) = delete;
    RawHttp& operator=(const RawHttp&) = delete;

    void send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return; // the server may refuse before it has read everything
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// One answer: head and body. Empty when the server closed without one.
    std::string answer()
    {
        while (m_received.find("\r\n\r\n") == std::string::npos)
            if (!receive())
                return std::exchange(m_received, {});
        const std::size_t head = m_received.find("\r\n\r\n") + 4;
        std::size_t length = 0;
        if (const auto at = m_received.find("Content-Length: "); at < head)
            length = std::strtoul(m_received.c_str() + at + 16, nullptr, 10);
        while (m_received.size() < head + length && receive()) {
        }
        std::string whole = m_received.substr(0, head + length);
        m_received.erase(0, head + length);
        return whole;
    }

    std::string ask(std::string_view request)
    {
        send(request);
        return answer();
    }

    /// Whether an answer has begun to come, or the server has closed.
    [[nodiscard]] bool has_something() const
    {
        char next = 0;
        return !m_received.empty() || ::recv(m_socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
    }

    /// Reads no more than so many bytes of an answer, which it will be part of; how many there are by now.
    std::size_t read_some(std::size_t bytes)
    {
        std::string part(bytes, '\0');
        const ssize_t got = ::recv(m_socket, part.data(), part.size(), 0);
        if (got > 0)
            m_received.append(part, 0, static_cast<std::size_t>(got));
        return m_received.size();
    }

    /// Waits until an answer has begun to come; false when none did.
    [[nodiscard]] bool comes_something() const
    {
        char next = 0;
        return !m_received.empty() || ::recv(m_socket, &next, 1, MSG_PEEK) > 0;
    }

    /// Says that nothing more will be sent; the answer can still be read.
    void end_sending() { ::shutdown(m_socket, SHUT_WR); }

    /// Whether the server has closed the connection (waits until it does or sends something).
    bool is_closed() { return m_received.empty() && !receive(); }

private:
    bool receive()
    {
        char part[4096];
        const ssize_t got = ::recv(m_socket, part, sizeof part, 0);
        if (got > 0)
            m_received.append(part, static_cast<std::size_t>(got));
        return got > 0;
    }

    int m_socket;
    std::string m_received;
};

} // namespace tally::test
