#include "client/sync/http_transport.h"

#include "shared/base/encoding.h"

#include <httplib.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace tally::client {

namespace {

/// A receipt of 2,000 entries is under 100 KiB; a page of changes may hold whole frameworks.
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

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

class HttpTransport final : public Transport
{
public:
    explicit HttpTransport(const HttpTransportOptions& options)
        : m_client(options.server), m_timeout(options.timeout_ms)
    {
        const auto timeout = m_timeout;
        m_client.set_connection_timeout(
            std::min<std::chrono::milliseconds>(timeout, std::chrono::seconds(10)));
        m_client.set_read_timeout(timeout);
        m_client.set_write_timeout(timeout);
        m_client.set_keep_alive(true);
        // Without it each request on a kept connection waits 40 ms for the other side's acknowledgement.
        m_client.set_tcp_nodelay(true);
        m_client.set_follow_location(false);
        m_pin.certificate_sha256 = options.certificate_sha256;
        m_client.enable_server_certificate_verification(m_pin.certificate_sha256.empty());
        if (!m_pin.certificate_sha256.empty() && m_client.ssl_context() != nullptr)
            SSL_CTX_set_cert_verify_callback(m_client.ssl_context(), check_pin, &m_pin);
    }

    Result<HttpResponse> send(const HttpRequest& given) override
    {
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
        m_client.stop();
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
        request.content_receiver = [&answer](const char* data, std::size_t size, std::uint64_t,
                                             std::uint64_t) {
            if (answer.body.size() + size > answer_bytes_max)
                return false;
            answer.body.append(data, size);
            return true;
        };
        m_pin.mismatch = false;
        const auto start = std::chrono::steady_clock::now();
        const httplib::Result result = m_client.send(request);
        if (!result)
            return failure(result.error(), std::chrono::steady_clock::now() - start);
        m_repeatable = true;
        answer.status = result->status;
        for (const auto& [name, value] : result->headers)
            answer.headers.emplace_back(name, value);
        return answer;
    }

    Error failure(httplib::Error error, std::chrono::steady_clock::duration took)
    {
        m_repeatable = error == httplib::Error::Read || error == httplib::Error::Write;
        if (m_pin.mismatch || error == httplib::Error::SSLServerVerification)
            return {"wrong_certificate",
                    "The server did not show the certificate that this device trusts. Nothing was sent. "
                    "Enrol with the whole link, which names the server's certificate; if the certificate was "
                    "renewed, ask for a new link."};
        if (error == httplib::Error::Canceled)
            return {"answer_too_large", "The server's answer was larger than this program takes."};
        if (m_repeatable && !m_interrupted && took >= m_timeout * 9 / 10)
            return {"timed_out",
                    "The network is too slow just now: the server's answer did not come in time. "
                    "Entries are safe on this device; sync tries again later with less at once."};
        return offline(m_interrupted ? "The request was interrupted."
                                     : "(" + httplib::to_string(error) + " error)");
    }

    httplib::Client m_client;
    Pin m_pin;
    std::chrono::milliseconds m_timeout;
    std::atomic<bool> m_interrupted = false;
    bool m_repeatable = false;
};

} // namespace

std::unique_ptr<Transport> make_http_transport(const HttpTransportOptions& options)
{
    return std::make_unique<HttpTransport>(options);
}

} // namespace tally::client
