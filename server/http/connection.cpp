#include "server/http/connection.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tally::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t buffer_bytes = 16 * 1024;
constexpr std::size_t drain_bytes_max = 1024 * 1024;
constexpr auto drain_time = std::chrono::milliseconds(1000);

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

Connection::Connection(int socket, const TlsContext* tls) : m_socket(socket), m_tls(tls)
{
    // Every wait is a poll with an end; a blocking call inside OpenSSL would have none.
    ::fcntl(m_socket, F_SETFL, ::fcntl(m_socket, F_GETFL) | O_NONBLOCK);
}

Connection::~Connection()
{
    if (m_ssl != nullptr) {
        SSL_shutdown(m_ssl);
        ERR_clear_error();
        SSL_free(m_ssl);
    }
    ::shutdown(m_socket, SHUT_WR);
    const auto until = Clock::now() + (m_drain ? drain_time : std::chrono::milliseconds(0));
    std::size_t drained = 0;
    make_buffer();
    while (drained < drain_bytes_max && wait(POLLIN, until)) {
        const ssize_t got = ::recv(m_socket, m_buffer.get(), buffer_bytes, 0);
        if (got <= 0)
            break;
        drained += static_cast<std::size_t>(got);
    }
    ::close(m_socket);
    if (on_close)
        on_close();
}

bool Connection::open(Milliseconds time)
{
    if (m_tls == nullptr)
        return true;
    m_ssl = SSL_new(m_tls->get());
    if (m_ssl == nullptr || SSL_set_fd(m_ssl, m_socket) != 1)
        return false;
    const auto until = Clock::now() + time;
    while (true) {
        ERR_clear_error();
        const int outcome = SSL_accept(m_ssl);
        if (outcome == 1)
            return true;
        const int reason = SSL_get_error(m_ssl, outcome);
        const short events = reason == SSL_ERROR_WANT_READ    ? POLLIN
                             : reason == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                              : 0;
        if (events == 0 || !wait(events, until))
            return false;
    }
}

bool Connection::has_input(Milliseconds time)
{
    if (m_buffer_begin < m_buffer_end || (m_ssl != nullptr && SSL_pending(m_ssl) > 0))
        return true;
    return wait(POLLIN, Clock::now() + time);
}

void Connection::rest()
{
    if (m_buffer_begin == m_buffer_end)
        m_buffer.reset();
}

void Connection::make_buffer()
{
    if (m_buffer == nullptr)
        m_buffer.reset(new char[buffer_bytes]);
}

void Connection::allow_reading(std::uint64_t bytes, Milliseconds time)
{
    m_read_budget = bytes;
    m_read_until = Clock::now() + time;
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

ssize_t Connection::receive(char* out, std::size_t size, Time until)
{
    while (true) {
        if (m_ssl != nullptr) {
            ERR_clear_error();
            const int got = SSL_read(m_ssl, out, clamp_to_int(size));
            if (got > 0)
                return got;
            const int reason = SSL_get_error(m_ssl, got);
            if (reason == SSL_ERROR_ZERO_RETURN)
                return 0;
            const short events = reason == SSL_ERROR_WANT_READ    ? POLLIN
                                 : reason == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                                  : 0;
            if (events == 0 || !wait(events, until))
                return -1;
        } else {
            const ssize_t got = ::recv(m_socket, out, size, MSG_DONTWAIT);
            if (got >= 0)
                return got;
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                return -1;
            if (!wait(POLLIN, until))
                return -1;
        }
    }
}

ssize_t Connection::read(char* out, std::size_t size)
{
    size = std::min<std::uint64_t>(size, m_read_budget);
    if (size == 0)
        return -1;
    if (m_buffer_begin == m_buffer_end) {
        if (Clock::now() >= m_read_until)
            return -1;
        if (size >= buffer_bytes) {
            const ssize_t got = receive(out, size, m_read_until);
            m_read_budget -= got > 0 ? static_cast<std::uint64_t>(got) : 0;
            return got;
        }
        make_buffer();
        const ssize_t got = receive(m_buffer.get(), buffer_bytes, m_read_until);
        if (got <= 0)
            return got;
        m_buffer_begin = 0;
        m_buffer_end = static_cast<std::size_t>(got);
    }
    const std::size_t part = std::min(size, m_buffer_end - m_buffer_begin);
    std::memcpy(out, m_buffer.get() + m_buffer_begin, part);
    m_buffer_begin += part;
    m_read_budget -= part;
    return static_cast<ssize_t>(part);
}

ssize_t Connection::write(const char* bytes, std::size_t size)
{
    const auto until = Clock::now() + m_write_time;
    std::size_t written = 0;
    while (written < size) {
        if (m_ssl != nullptr) {
            ERR_clear_error();
            const int sent = SSL_write(m_ssl, bytes + written, clamp_to_int(size - written));
            if (sent > 0) {
                written += static_cast<std::size_t>(sent);
                continue;
            }
            const int reason = SSL_get_error(m_ssl, sent);
            const short events = reason == SSL_ERROR_WANT_READ    ? POLLIN
                                 : reason == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                                  : 0;
            if (events == 0 || !wait(events, until))
                return -1;
        } else {
            const ssize_t sent =
                ::send(m_socket, bytes + written, size - written, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent >= 0)
                written += static_cast<std::size_t>(sent);
            else if (errno != EINTR && ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait(POLLOUT, until)))
                return -1;
        }
    }
    return static_cast<ssize_t>(size);
}

} // namespace tally::server
