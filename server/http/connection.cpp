#include "server/http/connection.h"

#include "server/http/request_head.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tally::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t buffer_bytes = 16 * 1024;
/// Sent to one peer before others get their turn.
constexpr std::size_t send_bytes_max = 1024 * 1024;
constexpr std::size_t drain_bytes_max = 16 * 1024 * 1024;
constexpr ssize_t would_block = -2;

int clamp_to_int(std::size_t size)
{
    return static_cast<int>(std::min<std::size_t>(size, 1 << 30));
}

/// Milliseconds until a moment for poll, at least 0; rounded up so that a wait does not end early.
int poll_ms(Clock::time_point until)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

/// What to wait for before OpenSSL can go on; 0 when it cannot.
short events_for(int reason)
{
    return reason == SSL_ERROR_WANT_READ ? POLLIN : reason == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

[[noreturn]] void fail_tls(const std::string& sentence)
{
    char text[256] = "unknown reason";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    throw std::runtime_error(sentence + " (" + text + ")");
}

} // namespace

TlsContext::TlsContext(const std::string& cert_file, const std::string& key_file)
    : m_context(SSL_CTX_new(TLS_server_method()))
{
    if (m_context == nullptr)
        fail_tls("TLS cannot be started");
    SSL_CTX_set_min_proto_version(m_context, TLS1_2_VERSION);
    SSL_CTX_set_options(m_context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(m_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(m_context, cert_file.c_str()) != 1) {
        SSL_CTX_free(m_context);
        fail_tls("The certificate " + cert_file + " cannot be used. It must be a PEM file");
    }
    if (SSL_CTX_use_PrivateKey_file(m_context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(m_context) != 1) {
        SSL_CTX_free(m_context);
        fail_tls("The key " + key_file + " cannot be used. It must be a PEM file that fits the certificate");
    }
}

TlsContext::~TlsContext()
{
    SSL_CTX_free(m_context);
}

Connection::Connection(int socket, const TlsContext* tls)
    : m_socket(socket), m_tls(tls), m_is_open(tls == nullptr), m_awaited(POLLIN), m_begun_at(Clock::now())
{
    // Every wait is a poll with an end; a blocking call inside OpenSSL would have none.
    ::fcntl(m_socket, F_SETFL, ::fcntl(m_socket, F_GETFL) | O_NONBLOCK);
}

Connection::~Connection()
{
    finish_sending();
    (void)drain();
    if (m_ssl != nullptr)
        SSL_free(m_ssl);
    ::close(m_socket);
    if (on_close)
        on_close();
}

bool Connection::shake_hands()
{
    if (m_ssl == nullptr) {
        m_ssl = SSL_new(m_tls->get());
        if (m_ssl == nullptr || SSL_set_fd(m_ssl, m_socket) != 1)
            return false;
    }
    ERR_clear_error();
    const int outcome = SSL_accept(m_ssl);
    m_is_open = outcome == 1;
    if (m_is_open)
        return true;
    m_awaited = events_for(SSL_get_error(m_ssl, outcome));
    return m_awaited != 0;
}

Connection::Head Connection::advance(std::size_t head_bytes_max)
{
    if (!m_is_open) {
        if (!shake_hands())
            return Head::Closed;
        if (!m_is_open)
            return Head::Waiting;
    }
    while (true) {
        std::string_view bytes(m_buffer.get() + m_buffer_begin, buffered());
        // Some clients send one after a body (RFC 9112, section 2.2).
        if (!m_has_skipped && bytes.starts_with("\r\n")) {
            m_has_skipped = true;
            m_looked_at = 0;
            m_buffer_begin += 2;
            bytes.remove_prefix(2);
        }
        if (m_head_bytes == 0)
            m_head_bytes = head_length(bytes, m_looked_at);
        m_looked_at = bytes.size();
        if (m_head_bytes > head_bytes_max || (m_head_bytes == 0 && bytes.size() >= head_bytes_max))
            return Head::TooLarge;
        if (m_head_bytes > 0)
            return Head::Complete;
        make_room(head_bytes_max);
        const ssize_t got = receive_now(m_buffer.get() + m_buffer_end, m_capacity - m_buffer_end);
        if (got == would_block)
            return Head::Waiting;
        if (got <= 0)
            return Head::Closed;
        m_buffer_end += static_cast<std::size_t>(got);
        if (!m_begun_at)
            m_begun_at = Clock::now();
    }
}

std::string_view Connection::head() const
{
    return {m_buffer.get() + m_buffer_begin, m_head_bytes};
}

bool Connection::wait_for_peer(Milliseconds time) const
{
    return wait(m_awaited, Clock::now() + time);
}

void Connection::rest()
{
    if (m_buffer_begin == m_buffer_end) {
        m_buffer.reset();
        m_capacity = m_buffer_begin = m_buffer_end = 0;
    }
}

void Connection::make_buffer()
{
    if (m_buffer == nullptr) {
        m_buffer.reset(new char[buffer_bytes]);
        m_capacity = buffer_bytes;
    }
}

void Connection::make_room(std::size_t bytes_max)
{
    make_buffer();
    if (m_buffer_begin > 0) {
        std::memmove(m_buffer.get(), m_buffer.get() + m_buffer_begin, buffered());
        m_buffer_end -= m_buffer_begin;
        m_buffer_begin = 0;
    }
    if (m_buffer_end < m_capacity)
        return;
    const std::size_t larger = std::min(m_capacity * 2, bytes_max + buffer_bytes);
    std::unique_ptr<char[]> buffer(new char[larger]);
    std::memcpy(buffer.get(), m_buffer.get(), m_buffer_end);
    m_buffer = std::move(buffer);
    m_capacity = larger;
}

void Connection::hide(std::string_view part_of_head)
{
    std::fill_n(m_buffer.get() + (part_of_head.data() - m_buffer.get()), part_of_head.size(), 'x');
}

void Connection::allow_head()
{
    m_has_skipped = false;
    m_read_budget = m_head_bytes;
    m_head_bytes = 0;
    m_looked_at = 0;
    m_begun_at.reset();
}

void Connection::allow_body(std::uint64_t bytes, const BodyPace& pace)
{
    m_read_budget = bytes;
    m_pace = pace;
    m_body_begin = Clock::now();
    m_body_received = buffered();
    m_was_too_slow = false;
}

Connection::Time Connection::read_until() const
{
    const auto earned =
        Milliseconds(m_body_received * 1000 / std::max<std::uint64_t>(1, m_pace.bytes_per_second_min));
    return m_body_begin + std::min(m_pace.time, m_pace.grace + earned);
}

bool Connection::wait(short events, Time until) const
{
    pollfd watched = {m_socket, events, 0};
    while (true) {
        const int ready = ::poll(&watched, 1, poll_ms(until));
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

ssize_t Connection::receive_now(char* out, std::size_t size)
{
    if (m_ssl != nullptr) {
        ERR_clear_error();
        const int got = SSL_read(m_ssl, out, clamp_to_int(size));
        if (got > 0)
            return got;
        const int reason = SSL_get_error(m_ssl, got);
        if (reason == SSL_ERROR_ZERO_RETURN)
            return 0;
        m_awaited = events_for(reason);
        return m_awaited == 0 ? -1 : would_block;
    }
    while (true) {
        const ssize_t got = ::recv(m_socket, out, size, MSG_DONTWAIT);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        m_awaited = POLLIN;
        return errno == EAGAIN || errno == EWOULDBLOCK ? would_block : -1;
    }
}

ssize_t Connection::receive(char* out, std::size_t size)
{
    while (true) {
        const auto until = read_until();
        const ssize_t got = receive_now(out, size);
        if (got > 0)
            m_body_received += static_cast<std::uint64_t>(got);
        // Also when bytes keep coming: somebody who sends one at a time never makes us wait long.
        if (Clock::now() >= until || (got == would_block && !wait(m_awaited, until))) {
            m_was_too_slow = true;
            return -1;
        }
        if (got != would_block)
            return got;
    }
}

bool Connection::fill()
{
    make_buffer();
    const ssize_t got = receive(m_buffer.get(), m_capacity);
    m_buffer_begin = 0;
    m_buffer_end = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
}

ssize_t Connection::read(char* out, std::size_t size)
{
    size = std::min<std::uint64_t>(size, m_read_budget);
    if (size == 0)
        return -1;
    if (m_buffer_begin == m_buffer_end) {
        if (size >= buffer_bytes) {
            const ssize_t got = receive(out, size);
            m_read_budget -= got > 0 ? static_cast<std::uint64_t>(got) : 0;
            return got;
        }
        if (!fill())
            return -1;
    }
    const std::size_t part = std::min(size, buffered());
    std::memcpy(out, m_buffer.get() + m_buffer_begin, part);
    take(part);
    return static_cast<ssize_t>(part);
}

std::string_view Connection::peek()
{
    if (m_read_budget == 0 || (m_buffer_begin == m_buffer_end && !fill()))
        return {};
    return {m_buffer.get() + m_buffer_begin, std::min<std::uint64_t>(buffered(), m_read_budget)};
}

void Connection::take(std::size_t bytes)
{
    m_buffer_begin += bytes;
    m_read_budget -= bytes;
}

void Connection::finish_sending()
{
    if (m_is_finished)
        return;
    m_is_finished = true;
    if (m_ssl != nullptr && m_is_open) {
        SSL_shutdown(m_ssl);
        ERR_clear_error();
    }
    ::shutdown(m_socket, SHUT_WR);
}

bool Connection::drain()
{
    make_buffer();
    m_buffer_begin = m_buffer_end = 0;
    while (m_drained < drain_bytes_max) {
        const ssize_t got = ::recv(m_socket, m_buffer.get(), m_capacity, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return false;
        if (got <= 0)
            return true;
        m_drained += static_cast<std::size_t>(got);
    }
    return true;
}

ssize_t Connection::send_now(std::string_view bytes)
{
    if (m_ssl != nullptr) {
        ERR_clear_error();
        const int sent = SSL_write(m_ssl, bytes.data(), clamp_to_int(bytes.size()));
        if (sent > 0)
            return sent;
        m_awaited = events_for(SSL_get_error(m_ssl, sent));
        return m_awaited == 0 ? -1 : 0;
    }
    while (true) {
        const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            return sent;
        if (errno == EINTR)
            continue;
        m_awaited = POLLOUT;
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    }
}

bool Connection::write(std::string_view bytes)
{
    // Nobody can read anything before the handshake is done, and OpenSSL would wait for it.
    m_has_failed = m_has_failed || !m_is_open;
    while (m_rest.empty() && !m_has_failed && !bytes.empty()) {
        const ssize_t sent = send_now(bytes);
        m_has_failed = sent < 0;
        if (sent <= 0)
            break;
        m_sent_bytes += sent;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (!m_has_failed)
        m_rest += bytes;
    return !m_has_failed;
}

Connection::Sending Connection::send_rest()
{
    std::size_t sent_bytes = 0;
    while (!m_has_failed && m_rest_begin < m_rest.size()) {
        if (sent_bytes >= send_bytes_max) {
            m_awaited = POLLOUT;
            return Sending::Waiting;
        }
        const ssize_t sent = send_now(std::string_view(m_rest).substr(m_rest_begin));
        if (sent == 0)
            return Sending::Waiting;
        m_has_failed = sent < 0;
        if (m_has_failed)
            break;
        m_sent_bytes += sent;
        m_rest_begin += static_cast<std::size_t>(sent);
        sent_bytes += static_cast<std::size_t>(sent);
    }
    m_rest = std::string();
    m_rest_begin = 0;
    answer.give_back();
    m_awaited = POLLIN;
    return m_has_failed ? Sending::Failed : Sending::Done;
}

std::int64_t Connection::newly_acknowledged()
{
    int on_its_way = 0;
    ::ioctl(m_socket, SIOCOUTQ, &on_its_way);
    const std::int64_t acknowledged = m_sent_bytes - on_its_way;
    return acknowledged - std::exchange(m_acknowledged_bytes, acknowledged);
}

} // namespace tally::server
