#include "client/sync/http_transport.h"
#include "server/http/http_server.h"
#include "shared/base/encoding.h"
#include "tests/support/self_signed.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

using namespace tally;
using namespace tally::client;

namespace {

class EchoServer
{
public:
    explicit EchoServer(const test::SelfSigned* certificate = nullptr)
    {
        for (const auto method : {server::Method::Post, server::Method::Patch})
            m_router.add({method, "/echo", server::Permission::Public, [this](server::Request& request) {
                              ++requests;
                              auto response = server::plain_text(request.body);
                              response.headers.add("Upload-Offset", std::to_string(request.body.size()));
                              return response;
                          }});
        server::HttpOptions options;
        options.access_log = false;
        if (certificate != nullptr) {
            options.tls_cert = certificate->cert_file;
            options.tls_key = certificate->key_file;
        }
        m_server = std::make_unique<server::HttpServer>(m_router, options);
        REQUIRE(m_server->bind());
        m_thread = std::thread([this] { m_server->run(); });
    }
    ~EchoServer()
    {
        m_server->stop();
        m_thread.join();
    }
    [[nodiscard]] std::string address() const { return m_server->address(); }

    std::atomic<int> requests = 0;

private:
    server::Router m_router;
    std::unique_ptr<server::HttpServer> m_server;
    std::thread m_thread;
};

/// A server of which the test is every byte.
class Listener
{
public:
    explicit Listener(int waiting_max = 4) : m_socket(socket(AF_INET, SOCK_STREAM, 0))
    {
        REQUIRE(m_socket >= 0);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(m_socket, reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0);
        REQUIRE(listen(m_socket, waiting_max) == 0);
        socklen_t size = sizeof(where);
        REQUIRE(getsockname(m_socket, reinterpret_cast<sockaddr*>(&where), &size) == 0);
        m_port = ntohs(where.sin_port);
    }
    ~Listener() { close(m_socket); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    [[nodiscard]] std::string address() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    void connect_from(int other) const
    {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        where.sin_port = htons(static_cast<std::uint16_t>(m_port));
        (void)connect(other, reinterpret_cast<const sockaddr*>(&where), sizeof(where));
    }
    [[nodiscard]] int accept_one() const { return accept(m_socket, nullptr, nullptr); }

private:
    int m_socket;
    int m_port = 0;
};

void read_head(int connection)
{
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && read(connection, &byte, 1) == 1)
        head += byte;
}

bool write_all(int connection, std::string_view bytes)
{
    return send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

HttpRequest sample_request(const std::string& method = "POST")
{
    HttpRequest request;
    request.method = method;
    request.target = "/echo";
    request.content_type = "application/octet-stream";
    request.body = std::string("secret\0bytes", 12);
    return request;
}

} // namespace

TEST_CASE("requests and answers go through, again and again on one connection")
{
    EchoServer server;
    const auto transport = make_http_transport({server.address(), ""});
    for (const char* method : {"POST", "PATCH", "POST"}) {
        const auto answer = transport->send(sample_request(method));
        REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().message));
        CHECK(answer->status == 200);
        CHECK(answer->body == sample_request().body);
        CHECK(answer->header("upload-offset") == "12");
    }
    HttpRequest unknown = sample_request();
    unknown.target = "/nothing";
    CHECK(transport->send(unknown)->status == 404);
}

TEST_CASE("the certificate that the enrolment named is trusted, and no other")
{
    const test::SelfSigned certificate;
    EchoServer server(&certificate);
    const auto trusted = make_http_transport({server.address(), certificate.sha256});
    const auto answer = trusted->send(sample_request());
    REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().message));
    CHECK(answer->body == sample_request().body);
    CHECK(server.requests == 1);

    const auto other = make_http_transport({server.address(), std::string(64, '0')});
    CHECK(other->send(sample_request()).error().code == "wrong_certificate");
    const auto unnamed = make_http_transport({server.address(), ""});
    CHECK(unnamed->send(sample_request()).error().code == "wrong_certificate");
    CHECK(server.requests == 1);
}

TEST_CASE("without a server the answer is offline, in words")
{
    std::string address;
    {
        EchoServer server;
        address = server.address();
        CHECK(make_http_transport({address, ""})->send(sample_request()).ok());
    }
    const auto answer = make_http_transport({address, ""})->send(sample_request());
    REQUIRE(!answer.ok());
    CHECK(answer.error().code == "offline");
    CHECK(answer.error().message.find("safe on this device") != std::string::npos);
}

TEST_CASE("a request to a server that says nothing can be interrupted")
{
    const Listener listener;
    const auto transport = make_http_transport({listener.address(), "", 600'000});
    std::optional<Error> error;
    std::thread sender([&] { error = transport->send(sample_request()).error(); });
    const int connection = listener.accept_one();
    char byte = 0;
    CHECK(read(connection, &byte, 1) == 1);
    transport->interrupt();
    sender.join();
    CHECK(error->code == "offline");
    CHECK(transport->send(sample_request()).error().code == "offline");
    close(connection);
}

TEST_CASE("a connection that ends under a request has it sent again, but not with the same signature")
{
    const Listener listener;
    const auto transport = make_http_transport({listener.address(), "", 5'000});
    std::atomic<int> seen = 0;
    std::thread server([&] {
        // The first and the third are read and left without an answer.
        for (int i = 1; i <= 3; ++i) {
            const int connection = listener.accept_one();
            read_head(connection);
            ++seen;
            if (i == 2)
                write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            close(connection);
        }
    });
    HttpRequest request;
    request.target = "/news";
    const auto answer = transport->send(request);
    CHECK(answer.ok());
    CHECK(seen == 2);
    request.headers.emplace_back("Authorization", "Tallybook one.two.three.four");
    const auto refused = transport->send(request);
    server.join();
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "connection_closed");
    CHECK(seen == 3);
}

TEST_CASE("an answer that comes byte by byte is not waited for without an end")
{
    const Listener listener;
    const auto transport =
        make_http_transport({.server = listener.address(), .timeout_ms = 20'000, .whole_timeout_ms = 300});
    std::thread server([&] {
        const int connection = listener.accept_one();
        read_head(connection);
        // Whole after some seconds, so that the test ends also without a limit.
        bool goes_on = write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n");
        for (int i = 0; i < 200 && goes_on; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            goes_on = write_all(connection, "x");
        }
        close(connection);
        // The transport is of use afterwards.
        const int next = listener.accept_one();
        read_head(next);
        write_all(next, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        close(next);
    });
    HttpRequest request;
    request.target = "/news";
    const auto slow = transport->send(request);
    const auto quick = transport->send(request);
    server.join();
    REQUIRE(!slow.ok());
    CHECK(slow.error().code == "timed_out");
    REQUIRE_MESSAGE(quick.ok(), (quick.ok() ? "" : quick.error().message));
    CHECK(quick->body == "ok");
}

TEST_CASE("a large answer that goes on coming may take longer than the limit")
{
    const Listener listener;
    const auto transport =
        make_http_transport({.server = listener.address(), .timeout_ms = 20'000, .whole_timeout_ms = 300});
    std::thread server([&] {
        const int connection = listener.accept_one();
        read_head(connection);
        const std::string part(10'000, 'x');
        bool goes_on = write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
        for (int i = 0; i < 20 && goes_on; ++i) {
            goes_on = write_all(connection, part);
            std::this_thread::sleep_for(std::chrono::milliseconds(40));
        }
        close(connection);
    });
    HttpRequest request;
    request.target = "/news";
    const auto answer = transport->send(request);
    server.join();
    REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().message));
    CHECK(answer->body.size() == 200'000);
}

TEST_CASE("an address with letters in its IPv6 form is understood, and an odd one refused in words")
{
    EchoServer server;
    const std::string port = server.address().substr(server.address().rfind(':'));
    const auto mapped = make_http_transport({"http://[::ffff:127.0.0.1]" + port, ""});
    const auto answer = mapped->send(sample_request());
    REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().message));
    CHECK(answer->body == sample_request().body);
    for (const char* odd : {"", "127.0.0.1:1", "ftp://127.0.0.1:1", "http://", "http://:80", "http://a:b",
                            "http://a:70000", "http://[::1"}) {
        CAPTURE(odd);
        const auto refused = make_http_transport({odd, ""})->send(sample_request());
        REQUIRE(!refused.ok());
        CHECK(refused.error().code == "offline");
    }
}

TEST_CASE("a connection that is being made can be interrupted")
{
    const Listener listener(0);
    // The kernel answers no more than the listener has room for; the next one waits.
    std::vector<int> others;
    for (int i = 0; i < 8; ++i) {
        others.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        listener.connect_from(others.back());
    }
    const auto transport = make_http_transport(
        {.server = listener.address(), .timeout_ms = 600'000, .connect_timeout_ms = 600'000});
    std::atomic<bool> has_begun = false;
    std::optional<Error> error;
    std::thread sender([&] {
        has_begun = true;
        error = transport->send(sample_request()).error();
    });
    while (!has_begun)
        std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    transport->interrupt();
    sender.join();
    CHECK(error->code == "offline");
    for (const int other : others)
        close(other);
}
