#pragma once
/// One accepted socket, plain or TLS, on which every wait has an end: a client that is slow on purpose
/// costs a thread no longer than the limits say.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace tally::server {

/// Certificate and key for TLS 1.2 and newer; shared by all connections.
class TlsContext
{
public:
    /// Throws std::runtime_error with a sentence when a file cannot be used.
    TlsContext(const std::string& cert_file, const std::string& key_file);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    [[nodiscard]] ssl_ctx_st* get() const { return m_context; }

private:
    ssl_ctx_st* m_context;
};

class Connection
{
public:
    using Milliseconds = std::chrono::milliseconds;

    /// Takes over `socket`; `tls` may be nullptr and must outlive the connection.
    Connection(int socket, const TlsContext* tls);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// For TLS the handshake, else nothing. False when the peer does not complete it in time.
    [[nodiscard]] bool open(Milliseconds time);

    /// Whether more has arrived, or does within `time`. Also true when the peer has closed.
    [[nodiscard]] bool has_input(Milliseconds time);
    /// Gives memory back while nothing is expected for long.
    void rest();
    /// On closing, swallow what the peer is still sending, for up to a second: otherwise the reset that
    /// unread input causes could destroy the answer on its way.
    void drain_on_close() { m_drain = true; }

    /// From now on reading fails after `bytes`, or when `time` has passed.
    void allow_reading(std::uint64_t bytes, Milliseconds time);

    /// As POSIX read and write; 0 or less after the end, a failure or a limit. The write writes all.
    ssize_t read(char* out, std::size_t size);
    ssize_t write(const char* bytes, std::size_t size);
    void set_write_time(Milliseconds time) { m_write_time = time; }

    [[nodiscard]] int socket() const { return m_socket; }

    std::size_t requests_served = 0;
    std::function<void()> on_close; ///< called last, when set

private:
    using Time = std::chrono::steady_clock::time_point;

    [[nodiscard]] bool wait(short events, Time until) const;
    ssize_t receive(char* out, std::size_t size, Time until);
    void make_buffer();

    int m_socket;
    const TlsContext* m_tls;
    ssl_st* m_ssl = nullptr;
    std::uint64_t m_read_budget = 0;
    Time m_read_until{};
    Milliseconds m_write_time{10'000};
    // httplib reads headers byte by byte; without a buffer each byte would be a system call.
    std::unique_ptr<char[]> m_buffer;
    std::size_t m_buffer_begin = 0;
    std::size_t m_buffer_end = 0;
    bool m_drain = false;
};

} // namespace tally::server
