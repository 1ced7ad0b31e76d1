#pragma once
/// Serves a Router over HTTP/1.1. The one door to cpp-httplib on the server side.
///
/// Threads: `run` blocks its caller; handlers run on a pool. A connection holds no thread until the head of
/// its next request has come, so that many tablets may stay connected and slow ones hold up nobody.

#include "server/http/connection.h"
#include "server/http/request_rates.h"
#include "server/http/router.h"
#include "shared/base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tally::server {

struct HttpOptions
{
    std::string host = "127.0.0.1";
    int port = 0;             ///< 0: any free port
    std::string tls_cert;     ///< PEM file; empty: plain HTTP
    std::string tls_key;      ///< PEM file
    int threads = 16;         ///< requests handled at once
    int waiting_threads = 80; ///< more of them, which wait for bodies and for their turn
    int connections = 900;    ///< open at once; more are refused with 503
    int bodies = 64;          ///< waited for at once, by a thread each; the other threads answer
    /// Of bodies that are held in memory while they come and are handled, but for the first 64 KiB of each.
    std::int64_t held_bytes = 128LL * 1024 * 1024;
    /// Of answers that their readers are slow to take, but for small ones.
    std::int64_t answer_bytes = 128LL * 1024 * 1024;

    // What one address, or one network of IPv6 addresses (network.h), may have of these.
    RequestRate requests_per_address = {1'000, 10'000};
    int connections_per_address = 450; ///< without a proxy in front (see behind_proxy)
    int bodies_per_address = 32;
    std::int64_t held_bytes_per_address = 64LL * 1024 * 1024;
    std::int64_t answer_bytes_per_address = 64LL * 1024 * 1024;

    /// Bounds the body of every route that is read whole, whatever the route says.
    std::uint64_t body_bytes_max = 16ULL * 1024 * 1024;
    std::uint64_t stream_bytes_max = 1ULL << 30;   ///< of one streamed body
    std::uint64_t header_bytes_max = 32ULL * 1024; ///< request line and headers
    std::size_t header_count_max = 64;
    std::size_t target_bytes_max = 8000;

    /// For a thread, and then for its turn among the handlers; who waited longer is refused with 503, so that
    /// everybody has an answer however long the handlers are stuck.
    std::chrono::milliseconds turn_time{5'000};
    std::chrono::milliseconds header_time{10'000}; ///< from the first byte to the last header
    BodyPace body_pace;                            ///< how slowly a body may come
    std::chrono::milliseconds write_time{30'000};  ///< in which so many bytes of an answer must be taken
    std::int64_t write_bytes_min = 30 * 1024;
    std::chrono::milliseconds idle_time{60'000};  ///< between two requests on one connection
    std::chrono::milliseconds linger_time{1'000}; ///< for the client to close after a refusal
    std::size_t requests_per_connection = 10'000;

    /// A proxy of ours stands in front: the peer's address is then the last one in X-Forwarded-For, which
    /// the proxy added itself. Never set it without a proxy, or anybody can claim any address.
    bool behind_proxy = false;

    bool access_log = true; ///< method, route, status, size, time: nothing about persons
};

class HttpServer
{
public:
    /// The router must outlive the server. Throws std::runtime_error when certificate or key are unusable.
    HttpServer(const Router& router, HttpOptions options);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Takes the port. Fails with `port_taken`. Afterwards clients may connect; they wait for `run`.
    [[nodiscard]] Result<void> bind();
    /// After bind: the port that was taken.
    [[nodiscard]] int port() const;
    /// "http://127.0.0.1:8080", for messages.
    [[nodiscard]] std::string address() const;
    /// Serves until `stop`.
    void run();
    /// From any thread (not from a signal handler): requests under way are finished, then `run` returns.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// The headers of every answer that keep a browser from being turned against its user; an answer's own
/// headers of the same name stay.
void add_security_headers(Response& response, bool encrypted);

} // namespace tally::server
