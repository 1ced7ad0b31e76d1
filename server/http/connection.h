#pragma once
/// One accepted socket, plain or TLS, on which every wait has an end: a client that is slow on purpose
/// costs a thread no longer than the limits say.

#include "server/http/address_loads.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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

/// How slowly a body may come: all of it in `time`, and after `grace` no slower than that many bytes a second
/// on average, so that a client which sends a byte now and then is not waited for till the end.
struct BodyPace
{
    std::chrono::milliseconds time{120'000};
    std::chrono::milliseconds grace{10'000};
    std::uint64_t bytes_per_second_min = 1024;
};

class Connection
{
public:
    using Milliseconds = std::chrono::milliseconds;
    using Time = std::chrono::steady_clock::time_point;

    /// Takes over `socket`; `tls` may be nullptr and must outlive the connection.
    Connection(int socket, const TlsContext* tls);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    enum class Head
    {
        Waiting,  ///< for the peer; see awaited_events
        Complete, ///< see head
        TooLarge,
        Closed
    };
    /// Goes on with the TLS handshake and the head of the next request as far as possible without waiting.
    [[nodiscard]] Head advance(std::size_t head_bytes_max);
    /// The next request's head with its empty line, once it is complete.
    [[nodiscard]] std::string_view head() const;
    /// Makes a part of the head unreadable for what reads it next.
    void hide(std::string_view part_of_head);
    /// What advance waits for, as for poll.
    [[nodiscard]] short awaited_events() const { return m_awaited; }
    /// Waits for that.
    bool wait_for_peer(Milliseconds time) const;
    /// When the next request began: with its first byte, the first one with the connection. Nothing between
    /// two requests.
    [[nodiscard]] std::optional<Time> begun_at() const { return m_begun_at; }
    /// Gives memory back while nothing is expected for long.
    void rest();

    /// From now on the head can be read, and no more.
    void allow_head();
    /// From now on `bytes` can be read, at that pace.
    void allow_body(std::uint64_t bytes, const BodyPace& pace);
    /// Bytes of the body that have arrived already.
    [[nodiscard]] std::size_t buffered() const { return m_buffer_end - m_buffer_begin; }

    /// As POSIX read; 0 or less after the end, a failure or a limit.
    ssize_t read(char* out, std::size_t size);
    /// What can be read next, at least one byte; empty after the end, a failure or a limit. Valid until the
    /// next call.
    [[nodiscard]] std::string_view peek();
    /// Moves on by so many of the peeked bytes.
    void take(std::size_t bytes);
    /// Reading ended because the peer was slower than allowed.
    [[nodiscard]] bool was_too_slow() const { return m_was_too_slow; }

    /// Sends what the peer takes at once and keeps the rest for `send_rest`. False after a failure, for ever.
    bool write(std::string_view bytes);
    enum class Sending
    {
        Done,
        Waiting, ///< for the peer; see awaited_events
        Failed
    };
    /// Goes on with what `write` kept, as far as possible without waiting and not for long.
    [[nodiscard]] Sending send_rest();
    [[nodiscard]] bool has_rest() const { return !m_rest.empty(); }
    /// Bytes that the peer has acknowledged since the last call.
    [[nodiscard]] std::int64_t newly_acknowledged();

    /// Says that nothing more will be sent. What the peer is still sending should be drained for a while:
    /// the reset that unread input causes could destroy the answer on its way.
    void finish_sending();
    /// Swallows what has arrived. True when the peer has closed or has sent more than is worth the wait.
    [[nodiscard]] bool drain();

    [[nodiscard]] int socket() const { return m_socket; }

    AddressLoads::Share place;  ///< among the open connections
    AddressLoads::Share answer; ///< of the memory for answers, until the one under way is sent
    bool closes_when_sent = false;
    std::size_t requests_served = 0;
    std::optional<Time> queued_at;  ///< waits for a thread since then
    bool head_timed_out = false;    ///< set by who watches the time
    std::string address;            ///< of the peer, without port
    int port = 0;                   ///< of the peer
    std::function<void()> on_close; ///< called last, when set

private:
    [[nodiscard]] bool wait(short events, Time until) const;
    /// Bytes that went, 0 when the peer takes none, or -1 after a failure.
    ssize_t send_now(std::string_view bytes);
    /// Bytes that came, 0 after the end, -1 after a failure, or would_block.
    ssize_t receive_now(char* out, std::size_t size);
    ssize_t receive(char* out, std::size_t size);
    [[nodiscard]] bool fill();
    [[nodiscard]] Time read_until() const;
    void make_buffer();
    void make_room(std::size_t bytes_max);
    [[nodiscard]] bool shake_hands();

    int m_socket;
    const TlsContext* m_tls;
    ssl_st* m_ssl = nullptr;
    bool m_is_open = false;     ///< the TLS handshake is done
    bool m_is_finished = false; ///< finish_sending was called
    short m_awaited;
    std::optional<Time> m_begun_at;
    std::size_t m_head_bytes = 0;
    std::size_t m_looked_at = 0; ///< bytes in which no end of the head was found
    bool m_has_skipped = false;  ///< an empty line in front of the head

    std::uint64_t m_read_budget = 0;
    BodyPace m_pace;
    Time m_body_begin{};
    std::uint64_t m_body_received = 0;
    bool m_was_too_slow = false;

    std::string m_rest; ///< of an answer
    std::size_t m_rest_begin = 0;
    bool m_has_failed = false;
    std::int64_t m_sent_bytes = 0;
    std::int64_t m_acknowledged_bytes = 0;

    // The head is gathered here, and httplib reads it byte by byte.
    std::unique_ptr<char[]> m_buffer;
    std::size_t m_capacity = 0;
    std::size_t m_buffer_begin = 0;
    std::size_t m_buffer_end = 0;
    std::size_t m_drained = 0;
};

} // namespace tally::server
