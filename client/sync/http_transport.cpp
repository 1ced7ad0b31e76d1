#include "client/sync/http_transport.h"

#include "shared/base/encoding.h"

#include <fcntl.h>
#include <httplib.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace tally::client {

namespace {

/// A receipt of 2,000 entries is under 100 KiB; a page of changes may hold whole frameworks.
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;
/// An answer that comes at least as fast as this may take longer than others.
constexpr std::size_t slowest_bytes_per_s = 4 * 1024;

/// What the handshake found, read by the callback below.
struct Pin
{
    std::string certificate_sha256;
    std::atomic<bool> mismatch = false;
};

/// OpenSSL's hook in place of its own check of the chain: the certificate that the enrolment named, and
/// no other, is trusted. httplib carries on whatever this returns, so a stranger's connection is cut
/// here, before anything was said on it.
int check_pin(X509_STORE_CTX* context, void* pin_pointer)
{
    auto& pin = *static_cast<Pin*>(pin_pointer);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const X509* const certificate = X509_STORE_CTX_get0_cert(context);
    const bool known = certificate != nullptr && X509_digest(certificate, EVP_sha256(), digest, &size) == 1 &&
                       to_hex({reinterpret_cast<const char*>(digest), size}) == pin.certificate_sha256;
    if (known) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    pin.mismatch = true;
    X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
    auto* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (ssl != nullptr)
        shutdown(SSL_get_fd(ssl), SHUT_RDWR);
    return 0;
}

/// A second hold on the socket of the request that is under way, so that another thread can end it whatever
/// httplib does with it. httplib's own stop() waits while a connection is being made.
class SocketHold
{
public:
    SocketHold() = default;
    ~SocketHold() { release(); }
    SocketHold(const SocketHold&) = delete;
    SocketHold& operator=(const SocketHold&) = delete;

    void take(int socket)
    {
        const std::lock_guard lock(m_mutex);
        if (m_held >= 0)
            close(m_held);
        m_held = fcntl(socket, F_DUPFD_CLOEXEC, 0);
        // The next address of a host is not tried any more.
        if (m_is_cut)
            shutdown(socket, SHUT_RDWR);
    }
    void release()
    {
        const std::lock_guard lock(m_mutex);
        if (m_held >= 0)
            close(m_held);
        m_held = -1;
    }
    void cut()
    {
        const std::lock_guard lock(m_mutex);
        m_is_cut = true;
        if (m_held >= 0)
            shutdown(m_held, SHUT_RDWR);
    }
    void allow_again()
    {
        const std::lock_guard lock(m_mutex);
        m_is_cut = false;
    }

private:
    std::mutex m_mutex;
    int m_held = -1;
    bool m_is_cut = false;
};

/// Calls `on_late` on a thread of its own when something takes longer than it may.
class Watchdog
{
public:
    using Steady = std::chrono::steady_clock;

    explicit Watchdog(std::function<void()> on_late)
        : m_on_late(std::move(on_late)), m_thread([this](std::stop_token stop) { watch(stop); })
    {
    }
    void begin(Steady::duration limit)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_until = Steady::now() + limit;
            m_is_late = false;
        }
        m_wake.notify_all();
    }
    /// It goes on, so it may take longer.
    void allow_more(Steady::duration more)
    {
        const std::lock_guard lock(m_mutex);
        if (m_until)
            *m_until += more;
    }
    /// True when it was late.
    bool end()
    {
        const std::lock_guard lock(m_mutex);
        m_until.reset();
        return m_is_late;
    }

private:
    void watch(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        while (!stop.stop_requested()) {
            if (!m_until) {
                m_wake.wait(lock, stop, [this] { return m_until.has_value(); });
                continue;
            }
            const auto until = *m_until;
            if (Steady::now() < until) {
                m_wake.wait_until(lock, stop, until, [&] { return m_until != until; });
                continue;
            }
            m_until.reset();
            m_is_late = true;
            m_on_late();
        }
    }

    std::function<void()> m_on_late;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Steady::time_point> m_until;
    bool m_is_late = false;
    std::jthread m_thread;
};

/// "https://host:port", where an IPv6 address stands in brackets. httplib's own reading of it takes no
/// letters in such an address.
struct Address
{
    bool is_secure = false;
    std::string host;
    int port = 0;
};

std::optional<Address> parse_address(std::string_view text)
{
    Address address;
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos)
        return std::nullopt;
    address.is_secure = text.substr(0, scheme) == "https";
    if (!address.is_secure && text.substr(0, scheme) != "http")
        return std::nullopt;
    text.remove_prefix(scheme + 3);
    text = text.substr(0, text.find('/'));
    const bool is_bracketed = text.starts_with('[');
    const auto host_end = is_bracketed ? text.find(']') : text.find(':');
    address.host = text.substr(is_bracketed ? 1 : 0, host_end - (is_bracketed ? 1 : 0));
    text.remove_prefix(std::min(text.size(), host_end));
    if (is_bracketed && text.starts_with(']'))
        text.remove_prefix(1);
    address.port = address.is_secure ? 443 : 80;
    if (text.starts_with(':')) {
        text.remove_prefix(1);
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), address.port);
        if (failed != std::errc() || end != text.data() + text.size() || address.port < 1 ||
            address.port > 65'535)
            return std::nullopt;
    } else if (!text.empty()) {
        return std::nullopt;
    }
    return address.host.empty() ? std::nullopt : std::optional(std::move(address));
}

class HttpTransport final : public Transport
{
public:
    explicit HttpTransport(const HttpTransportOptions& options)
        : m_timeout(options.timeout_ms), m_whole_time(options.whole_timeout_ms),
          m_watchdog([this] { m_hold.cut(); })
    {
        const auto address = parse_address(options.server);
        if (!address)
            return;
        const auto timeout = m_timeout;
        m_pin.certificate_sha256 = options.certificate_sha256;
        if (address->is_secure) {
            auto client = std::make_unique<httplib::SSLClient>(address->host, address->port);
            client->enable_server_certificate_verification(m_pin.certificate_sha256.empty());
            if (!m_pin.certificate_sha256.empty() && client->ssl_context() != nullptr)
                SSL_CTX_set_cert_verify_callback(client->ssl_context(), check_pin, &m_pin);
            m_client = std::move(client);
        } else {
            m_client = std::make_unique<httplib::ClientImpl>(address->host, address->port);
        }
        m_client->set_connection_timeout(
            std::min(timeout, std::chrono::milliseconds(options.connect_timeout_ms)));
        m_client->set_read_timeout(timeout);
        m_client->set_write_timeout(timeout);
        m_client->set_keep_alive(true);
        // Without it each request on a kept connection waits 40 ms for the other side's acknowledgement.
        m_client->set_tcp_nodelay(true);
        m_client->set_follow_location(false);
        m_client->set_socket_options([this](int socket) { m_hold.take(socket); });
    }

    Result<HttpResponse> send(const HttpRequest& given) override
    {
        if (m_client == nullptr)
            return offline("Its address is not one that this program understands.");
        if (m_interrupted)
            return offline("The request was interrupted.");
        const auto start = std::chrono::steady_clock::now();
        auto answer = send_once(given);
        // A kept connection that the server has just closed fails at once.
        const bool was_closed = !answer && answer.error().code == "offline" && m_repeatable &&
                                !m_interrupted &&
                                std::chrono::steady_clock::now() - start < std::chrono::seconds(1);
        if (!was_closed)
            return answer;
        // Every request of ours may be repeated, but the server takes each signature once only, and the first
        // one may have arrived.
        const bool is_signed =
            std::any_of(given.headers.begin(), given.headers.end(),
                        [](const auto& header) { return header.first == "Authorization"; });
        return is_signed ? Error{"connection_closed", answer.error().message} : send_once(given);
    }

    void interrupt() override
    {
        m_interrupted = true;
        m_hold.cut();
    }

private:
    static Error offline(const std::string& why)
    {
        return {"offline", "The server cannot be reached. " + why +
                               " Entries are safe on this device; sync tries "
                               "again later."};
    }

    Result<HttpResponse> send_once(const HttpRequest& given)
    {
        httplib::Request request;
        request.method = given.method;
        request.path = given.target;
        for (const auto& [name, value] : given.headers)
            request.headers.emplace(name, value);
        if (!given.content_type.empty())
            request.headers.emplace("Content-Type", given.content_type);
        request.body = given.body;

        HttpResponse answer;
        request.content_receiver = [&answer, this](const char* data, std::size_t size, std::uint64_t,
                                                   std::uint64_t) {
            if (answer.body.size() + size > answer_bytes_max)
                return false;
            answer.body.append(data, size);
            m_watchdog.allow_more(std::chrono::microseconds(size * 1'000'000 / slowest_bytes_per_s));
            return true;
        };
        m_pin.mismatch = false;
        const auto start = std::chrono::steady_clock::now();
        m_watchdog.begin(m_whole_time);
        const httplib::Result result = m_client->send(request);
        const bool was_late = m_watchdog.end();
        if (was_late && !m_interrupted)
            m_hold.allow_again();
        if (!result) {
            m_hold.release();
            return failure(result.error(), std::chrono::steady_clock::now() - start, was_late);
        }
        m_repeatable = true;
        answer.status = result->status;
        for (const auto& [name, value] : result->headers)
            answer.headers.emplace_back(name, value);
        return answer;
    }

    Error failure(httplib::Error error, std::chrono::steady_clock::duration took, bool was_late)
    {
        m_repeatable = error == httplib::Error::Read || error == httplib::Error::Write;
        if (m_pin.mismatch || error == httplib::Error::SSLServerVerification)
            return {"wrong_certificate",
                    "The server did not show the certificate that this device trusts. Nothing was sent. "
                    "Enrol with the whole link, which names the server's certificate; if the certificate was "
                    "renewed, ask for a new link."};
        if (error == httplib::Error::Canceled)
            return {"answer_too_large", "The server's answer was larger than this program takes."};
        if (!m_interrupted && (was_late || (m_repeatable && took >= m_timeout * 9 / 10)))
            return {"timed_out",
                    "The network is too slow just now: the server's answer did not come in time. "
                    "Entries are safe on this device; sync tries again later with less at once."};
        return offline(m_interrupted ? "The request was interrupted."
                                     : "(" + httplib::to_string(error) + " error)");
    }

    std::chrono::milliseconds m_timeout;
    std::chrono::milliseconds m_whole_time;
    Pin m_pin;
    SocketHold m_hold;
    std::unique_ptr<httplib::ClientImpl> m_client; ///< none when the address is not understood
    std::atomic<bool> m_interrupted = false;
    bool m_repeatable = false;
    Watchdog m_watchdog; ///< last, so that its thread ends before what it uses
};

} // namespace

std::unique_ptr<Transport> make_http_transport(const HttpTransportOptions& options)
{
    return std::make_unique<HttpTransport>(options);
}

} // namespace tally::client
