#include "server/accounts/guard.h"
#include "server/http/http_server.h"
#include "server/http/network.h"
#include "tests/support/raw_http.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

using namespace tally;
using namespace tally::server;
using tally::test::RawHttp;

namespace {

/// More than a system takes for somebody who does not read.
constexpr std::size_t large_bytes = 16 * 1024 * 1024;

/// A server on a free port of this machine, stopped at the end of the test.
class RunningServer
{
public:
    explicit RunningServer(HttpOptions options = {})
    {
        m_router.add(Route{Method::Get, "/hello", Permission::Public,
                           [](Request& request) { return plain_text("hello " + request.address); }});
        m_router.add(Route{Method::Post, "/form", Permission::Public, [](Request& request) {
                               return plain_text(std::string(request.form.get("name")));
                           }});
        Route file{Method::Post, "/file", Permission::Public, [](Request& request) {
                       return plain_text(std::string(request.form.get("csrf")) + "|" +
                                         std::string(request.form.get("file.name")) + "|" +
                                         std::to_string(request.form.get("file").size()) + "|" +
                                         std::string(request.form.get("note")));
                   }};
        file.body = Body::Upload;
        file.body_bytes_max = 200'000;
        m_router.add(file);
        Route upload{Method::Patch, "/upload", Permission::Public, [](Request& request) {
                         std::size_t size = 0;
                         const auto read = request.stream->read([&](std::string_view part) {
                             size += part.size();
                             return true;
                         });
                         return plain_text(read ? std::to_string(size) : read.error().code);
                     }};
        upload.body = Body::Streamed;
        upload.body_bytes_max = 300'000;
        m_router.add(upload);
        Route refusing = upload;
        refusing.pattern = "/refuse";
        refusing.handler = [](Request&) { return plain_text("no, thank you"); };
        m_router.add(refusing);
        file.pattern = "/members/file";
        file.permission = Permission::SignedIn;
        m_router.add(file);
        const auto members = [](Request& request, Permission permission) -> std::optional<Response> {
            if (permission == Permission::Public || request.cookie("member"))
                return std::nullopt;
            return Response{401, "text/plain", "sign in first", {}};
        };
        m_router.set_finish(
            [](const Request& request, Response& response) { response.with("X-Path", request.path); });
        m_router.set_admission(members);
        m_router.set_guard([members](Request& request, Permission permission) -> std::optional<Response> {
            if (permission != Permission::Public && request.body == "no")
                return Response{403, "text/plain", "not with that", {}};
            return members(request, permission);
        });
        m_router.add(Route{Method::Get, "/large", Permission::Public,
                           [](Request&) { return plain_text(std::string(large_bytes, 'x')); }});
        m_router.add(Route{Method::Get, "/stuck", Permission::Public, [this](Request&) {
                               m_stuck.release();
                               m_let_go.acquire();
                               return plain_text("at last");
                           }});

        options.access_log = false;
        m_server = std::make_unique<HttpServer>(m_router, options);
        REQUIRE(m_server->bind());
        m_thread = std::thread([this] { m_server->run(); });
    }
    ~RunningServer()
    {
        m_server->stop();
        m_thread.join();
    }
    [[nodiscard]] int port() const { return m_server->port(); }
    /// Until a handler runs that ends only when it is let go.
    void wait_until_stuck() { m_stuck.acquire(); }
    void let_go() { m_let_go.release(); }

private:
    std::binary_semaphore m_stuck{0};
    std::binary_semaphore m_let_go{0};
    Router m_router;
    std::unique_ptr<HttpServer> m_server;
    std::thread m_thread;
};

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("one connection carries many requests, and every answer has the security headers")
{
    RunningServer server;
    RawHttp client(server.port());
    for (int i = 0; i < 5; ++i) {
        const auto answer = client.ask("GET /hello?x=1 HTTP/1.1\r\nHost: test\r\n\r\n");
        CHECK(answer.starts_with("HTTP/1.1 200"));
        CHECK(answer.ends_with("hello 127.0.0.1"));
        CHECK(has(answer, "Content-Security-Policy: default-src 'none'"));
        CHECK(has(answer, "X-Content-Type-Options: nosniff"));
        CHECK(has(answer, "frame-ancestors 'none'"));
        CHECK(has(answer, "Cache-Control: no-store"));
    }
}

TEST_CASE("HEAD gives the head alone, and the next request is understood")
{
    RunningServer server;
    RawHttp client(server.port());
    client.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\nGET /nothing HTTP/1.1\r\nHost: "
                "test\r\nConnection: close\r\n\r\n");
    std::string all;
    for (std::string part = client.answer(); !part.empty(); part = client.answer())
        all += part;
    CHECK(has(all, "200"));
    CHECK(has(all, "HTTP/1.1 404"));
}

TEST_CASE("an uploaded file becomes a field with its name, where a route takes files")
{
    RunningServer server;
    const auto body = [](const std::string& file) {
        return "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nsecret\r\n"
               "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"plans.csv\"\r\n"
               "Content-Type: text/csv\r\n\r\n" +
               file + "\r\n--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nlast\r\n--x--\r\n";
    };
    const auto ask = [&](const std::string& path, const std::string& content) {
        RawHttp client(server.port());
        return client.ask("POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; " +
                          "boundary=x\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n" +
                          content);
    };
    CHECK(ask("/file", body("a,b\r\n1,2\r\n")).ends_with("secret|plans.csv|10|last"));
    CHECK(ask("/file", body(std::string(150'000, 'y'))).ends_with("secret|plans.csv|150000|last"));
    CHECK(ask("/file", body(std::string(250'000, 'y'))).starts_with("HTTP/1.1 413"));
    CHECK(ask("/file", "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nsec")
              .starts_with("HTTP/1.1 400"));
    CHECK(ask("/file", "no parts at all").starts_with("HTTP/1.1 400"));
    std::string many;
    for (int i = 0; i < 21; ++i)
        many += "--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n";
    CHECK(ask("/file", many + "--x--\r\n").starts_with("HTTP/1.1 400"));
    CHECK(ask("/form", body("a")).starts_with("HTTP/1.1 415"));
    CHECK(ask("/nothing", body("a")).starts_with("HTTP/1.1 404"));
    {
        RawHttp client(server.port());
        CHECK(client
                  .ask("PATCH /upload HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
                       "boundary=x\r\n"
                       "Content-Length: 3\r\n\r\nabc")
                  .starts_with("HTTP/1.1 415"));
    }
    {
        RawHttp client(server.port());
        const std::string head =
            "POST /file HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        CHECK(client.ask(head + "Content-Length: 11\r\n\r\ncsrf=secret").ends_with("secret||0|"));
    }
}

TEST_CASE("forms are read, within their bound")
{
    RunningServer server;
    RawHttp client(server.port());
    const std::string head =
        "POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    CHECK(client.ask(head + "Content-Length: 13\r\n\r\nname=Asha+Roy").ends_with("\r\n\r\nAsha Roy"));
    CHECK(client.ask(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n4\r\nAsha\r\n0\r\n\r\n")
              .ends_with("\r\n\r\nAsha"));
    CHECK(client.ask(head + "\r\n").starts_with("HTTP/1.1 200"));
    CHECK(client.ask(head + "Content-Length: 8\r\n\r\nname=%f1").starts_with("HTTP/1.1 400"));
    const auto answer = client.ask(head + "Content-Length: 70000\r\n\r\n" + std::string(70000, 'x'));
    CHECK(answer.starts_with("HTTP/1.1 413"));
    CHECK(has(answer, "body_too_large"));
    CHECK(client.is_closed());
}

TEST_CASE("a streamed body is given in parts and bounded")
{
    RunningServer server;
    RawHttp client(server.port());
    const std::string head = "PATCH /upload HTTP/1.1\r\nHost: test\r\n";
    CHECK(client.ask(head + "Content-Length: 200000\r\n\r\n" + std::string(200'000, 'x'))
              .ends_with("\r\n\r\n200000"));
    CHECK(client.ask(head + "Content-Length: 400000\r\n\r\n").ends_with("body_too_large"));
    CHECK(client.is_closed());
    RawHttp chunked(server.port());
    std::string body;
    for (int i = 0; i < 10; ++i)
        body += "c350\r\n" + std::string(50'000, 'y') + "\r\n";
    CHECK(chunked.ask(head + "Transfer-Encoding: chunked\r\n\r\n" + body).ends_with("body_too_large"));
}

TEST_CASE("a body that its handler left unread closes the connection instead of becoming a request")
{
    RunningServer server;
    RawHttp client(server.port());
    const std::string smuggled = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";
    const auto answer = client.ask("PATCH /refuse HTTP/1.1\r\nHost: test\r\nContent-Length: " +
                                   std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled);
    CHECK(answer.ends_with("no, thank you"));
    CHECK(has(answer, "Connection: close"));
    CHECK(client.is_closed());
}

TEST_CASE("requests that could be read in two ways are refused")
{
    RunningServer server;
    const auto ask = [&](const std::string& request) {
        RawHttp client(server.port());
        auto answer = client.ask(request);
        CHECK(client.is_closed());
        return answer.substr(0, 12);
    };
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd") ==
          "HTTP/1.1 400");
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nTransfer-Encoding: "
              "chunked\r\n\r\n0\r\n\r\n") == "HTTP/1.1 400");
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 3x\r\n\r\nabc") == "HTTP/1.1 400");
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: -3\r\n\r\nabc") == "HTTP/1.1 400");
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip\r\n\r\nabc") == "HTTP/1.1 501");
    CHECK(ask("GET /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc") == "HTTP/1.1 400");
    CHECK(
        ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc") ==
        "HTTP/1.1 415");
    CHECK(ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Type: multipart/form-data; "
              "boundary=x\r\n\r\nabc") == "HTTP/1.1 415");
    CHECK(ask("NONSENSE\r\n\r\n") == "HTTP/1.1 400");
    CHECK(ask("TRACE /hello HTTP/1.1\r\nHost: test\r\n\r\n") == "HTTP/1.1 501");
}

TEST_CASE("heads are bounded in bytes, in number and in the length of the address")
{
    RunningServer server;
    {
        RawHttp client(server.port());
        CHECK(client.ask("GET /" + std::string(8100, 'a') + " HTTP/1.1\r\nHost: test\r\n\r\n")
                  .starts_with("HTTP/1.1 414"));
    }
    {
        RawHttp client(server.port());
        std::string many;
        for (int i = 0; i < 100; ++i)
            many += "X-" + std::to_string(i) + ": 1\r\n";
        CHECK(
            client.ask("GET /hello HTTP/1.1\r\nHost: test\r\n" + many + "\r\n").starts_with("HTTP/1.1 431"));
    }
    {
        RawHttp client(server.port());
        std::string endless = "GET /hello HTTP/1.1\r\nHost: test\r\n";
        for (int i = 0; i < 2000; ++i)
            endless += "X: " + std::string(100, 'x') + "\r\n";
        client.send(endless);
        CHECK_FALSE(client.answer().starts_with("HTTP/1.1 200"));
    }
}

TEST_CASE("a head that never ends loses its connection and holds up nobody else")
{
    HttpOptions options;
    options.threads = 1;
    options.header_time = std::chrono::milliseconds(50);
    RunningServer server(options);
    RawHttp slow(server.port());
    slow.send("GET /hello HTTP/1.1\r\nHost: test\r\nX-Half: ");
    RawHttp other(server.port());
    CHECK(other.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
    slow.answer();
    CHECK(slow.is_closed());
}

TEST_CASE("waiting connections hold no thread")
{
    HttpOptions options;
    options.threads = 2;
    RunningServer server(options);
    std::vector<std::unique_ptr<RawHttp>> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(std::make_unique<RawHttp>(server.port()));
        CHECK(clients.back()->ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
    }
    for (auto& client : clients)
        CHECK(client->ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("idle connections are closed when their time is over")
{
    HttpOptions options;
    options.idle_time = std::chrono::milliseconds(1);
    RunningServer server(options);
    RawHttp client(server.port());
    CHECK(client.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
    CHECK(client.is_closed());
}

TEST_CASE("answers say truly how long a connection is kept")
{
    RunningServer server;
    RawHttp client(server.port());
    CHECK(has(client.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"), "Keep-Alive: timeout=60, max=10000"));
}

TEST_CASE("text is compressed for who takes gzip, and never with brotli")
{
    RunningServer server;
    RawHttp client(server.port());
    CHECK(has(client.ask("GET /hello HTTP/1.1\r\nHost: test\r\nAccept-Encoding: br, gzip\r\n\r\n"),
              "Content-Encoding: gzip"));
    CHECK_FALSE(has(client.ask("GET /hello HTTP/1.1\r\nHost: test\r\nAccept-Encoding: br\r\n\r\n"),
                    "Content-Encoding"));
}

TEST_CASE("who asks is taken from a proxy's header only when there is a proxy")
{
    const std::string request =
        "GET /hello HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 10.0.0.1, 192.0.2.7\r\n\r\n";
    {
        RunningServer server;
        CHECK(RawHttp(server.port()).ask(request).ends_with("hello 127.0.0.1"));
    }
    HttpOptions options;
    options.behind_proxy = true;
    RunningServer server(options);
    CHECK(RawHttp(server.port()).ask(request).ends_with("hello 192.0.2.7"));
    CHECK(RawHttp(server.port())
              .ask("GET /hello HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: <b>\r\n\r\n")
              .ends_with("hello 127.0.0.1"));
}

TEST_CASE("two servers cannot share a port")
{
    RunningServer first;
    Router router;
    HttpOptions options;
    options.port = first.port();
    HttpServer second(router, options);
    const auto bound = second.bind();
    REQUIRE_FALSE(bound);
    CHECK(bound.error().code == "port_taken");
}

TEST_CASE("who would have to wait too long for a turn is told to come again, whole and without harm")
{
    HttpOptions options;
    options.threads = 1;
    options.waiting_threads = 2;
    options.turn_time = std::chrono::milliseconds(50);
    RunningServer server(options);
    RawHttp stuck(server.port());
    stuck.send("GET /stuck HTTP/1.1\r\nHost: test\r\n\r\n");
    server.wait_until_stuck();
    // More than there are threads: some wait for a turn, others for a thread.
    std::vector<std::unique_ptr<RawHttp>> others;
    for (int i = 0; i < 9; ++i) {
        others.push_back(std::make_unique<RawHttp>(server.port()));
        others.back()->send(i % 2 == 0 ? "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"
                                       : "PATCH /upload HTTP/1.1\r\nHost: test\r\nContent-Length: "
                                         "5\r\n\r\nhello");
    }
    for (auto& other : others) {
        const auto answer = other->answer();
        CHECK(answer.starts_with("HTTP/1.1 503"));
        CHECK(has(answer, "Retry-After: 5"));
        CHECK(has(answer, "\"code\":\"busy\""));
    }
    server.let_go();
    CHECK(stuck.answer().starts_with("HTTP/1.1 200"));
    RawHttp after(server.port());
    CHECK(after.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("an answer that is taken slowly is sent to its end, and one that is not taken is given up")
{
    HttpOptions options;
    options.write_time = std::chrono::milliseconds(500);
    options.write_bytes_min = 1000;
    RunningServer server(options);
    RawHttp slow(server.port(), "127.0.0.1", 64 * 1024);
    RawHttp stuck(server.port(), "127.0.0.1", 64 * 1024);
    const std::string request = "GET /large HTTP/1.1\r\nHost: test\r\n\r\n";
    slow.send(request);
    stuck.send(request);
    // Several times as long as the server waits for one who takes nothing.
    std::size_t received = 0;
    for (int i = 0; i < 100; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        received = slow.read_some(16 * 1024);
    }
    CHECK(received < large_bytes);
    CHECK(slow.answer().size() > large_bytes);
    CHECK(slow.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
    CHECK(stuck.answer().size() < large_bytes);
}

TEST_CASE("an answer under way is sent to its end when the server stops")
{
    auto server = std::make_unique<RunningServer>();
    RawHttp slow(server->port(), "127.0.0.1", 64 * 1024);
    slow.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
    CHECK(slow.comes_something());
    std::thread stops([&] { server.reset(); });
    CHECK(slow.answer().size() > large_bytes);
    stops.join();
}

TEST_CASE("who does not read what it asked for gets no more, and leaves room for others")
{
    HttpOptions options;
    options.answer_bytes_per_address = 3 * large_bytes / 2;
    options.answer_bytes = 5 * large_bytes / 2;
    RunningServer server(options);
    const std::string request = "GET /large HTTP/1.1\r\nHost: test\r\n\r\n";
    const auto asks = [&](const char* address) {
        auto client = std::make_unique<RawHttp>(server.port(), address, 64 * 1024);
        client->send(request);
        CHECK(client->comes_something());
        return client;
    };
    const auto first = asks("127.0.0.2");
    CHECK(has(asks("127.0.0.2")->answer(), "\"code\":\"busy\""));
    auto second = asks("127.0.0.3");
    CHECK(asks("127.0.0.4")->answer().starts_with("HTTP/1.1 503"));
    CHECK(RawHttp(server.port(), "127.0.0.2")
              .ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
              .starts_with("HTTP/1.1 200"));
    CHECK(second->answer().ends_with("xxxx"));
    // The room is given back when the last of it is taken.
    CHECK(asks("127.0.0.4")->answer().starts_with("HTTP/1.1 200"));
}

TEST_CASE("a network of IPv6 addresses counts as one, and an IPv4 address as itself")
{
    CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(network_of("2001:db8:1:2::") == network_of("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
    CHECK(network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1"));
    CHECK(network_of("fe80::1%eth0") == "fe80::/64");
    CHECK(network_of("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(network_of("192.0.2.7") == "192.0.2.7");
    CHECK(network_of("") == "");
}

TEST_CASE("a server makes room for as many sockets as it takes connections")
{
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit few = before;
    few.rlim_cur = 256;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    rlimit now{};
    {
        const RunningServer server;
        ::getrlimit(RLIMIT_NOFILE, &now);
    }
    CHECK(now.rlim_cur >= std::min<rlim_t>(before.rlim_max, 900));
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("who has to be known and is not is refused before the body has come")
{
    RunningServer server;
    RawHttp stranger(server.port());
    const auto answer =
        stranger.ask("POST /members/file HTTP/1.1\r\nHost: test\r\nContent-Length: 150000\r\n\r\n");
    CHECK(answer.ends_with("sign in first"));
    CHECK(has(answer, "Connection: close"));
    CHECK(stranger.is_closed());
    RawHttp chunked(server.port());
    CHECK(chunked.ask("POST /members/file HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
              .ends_with("sign in first"));

    // Those who are known are read, and then asked again.
    RawHttp member(server.port());
    const std::string head =
        "POST /members/file HTTP/1.1\r\nHost: test\r\nCookie: member=yes\r\nContent-Length: ";
    CHECK(member.ask(head + "150000\r\n\r\n" + std::string(150'000, 'x')).starts_with("HTTP/1.1 200"));
    member.send(head + "2\r\n\r\n");
    CHECK(member.ask("no").ends_with("not with that"));
}

TEST_CASE("bodies share the memory that they are held in, and small ones always find some")
{
    HttpOptions options;
    options.held_bytes_per_address = 100'000;
    options.held_bytes = 150'000;
    RunningServer server(options);
    const std::string head = "POST /file HTTP/1.1\r\nHost: test\r\nContent-Length: 180000\r\n\r\n";
    const auto ask = [&](const char* address, const std::string& request) {
        return RawHttp(server.port(), address).ask(request);
    };
    const std::string whole = head + std::string(180'000, 'x');
    CHECK(has(ask("127.0.0.2", whole), "\"code\":\"busy\""));
    options.held_bytes_per_address = 120'000;
    RunningServer larger(options);
    const auto ask_larger = [&](const char* address) { return RawHttp(larger.port(), address).ask(whole); };
    CHECK(ask_larger("127.0.0.2").starts_with("HTTP/1.1 200"));
    {
        RawHttp holds(larger.port(), "127.0.0.3");
        holds.send(head + std::string(150'000, 'x'));
        // It is read at its own time.
        std::string refused;
        for (int i = 0; i < 1'000 && !has(refused, "503"); ++i)
            refused = ask_larger("127.0.0.2");
        CHECK(has(refused, "\"code\":\"busy\""));
        CHECK(has(refused, "Retry-After: 5"));
        CHECK(RawHttp(larger.port(), "127.0.0.3")
                  .ask("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 60000\r\n\r\n" +
                       std::string(60'000, 'x'))
                  .starts_with("HTTP/1.1 200"));
    }
    bool is_given_back = false;
    for (int i = 0; i < 1'000 && !is_given_back; ++i)
        is_given_back = ask_larger("127.0.0.2").starts_with("HTTP/1.1 200");
    CHECK(is_given_back);
}

TEST_CASE("what belongs to every answer is in those that no handler made, too")
{
    HttpOptions options;
    options.turn_time = std::chrono::milliseconds(50);
    options.threads = 1;
    RunningServer server(options);
    const auto path_in = [&](const std::string& request) {
        const auto answer = RawHttp(server.port()).ask(request);
        const auto at = answer.find("X-Path: ");
        return at == std::string::npos ? "" : answer.substr(at + 8, answer.find('\r', at) - at - 8);
    };
    CHECK(path_in("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n") == "/hello");
    CHECK(path_in("GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n") == "/nothing");
    CHECK(path_in("DELETE /hello HTTP/1.1\r\nHost: test\r\n\r\n") == "/hello");
    CHECK(path_in("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 70000\r\n\r\n") == "/form");
    RawHttp stuck(server.port());
    stuck.send("GET /stuck HTTP/1.1\r\nHost: test\r\n\r\n");
    server.wait_until_stuck();
    CHECK(path_in("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n") == "/hello"); // busy
    server.let_go();
}

TEST_CASE("a network that never stops asking is told to wait, and no other one is")
{
    HttpOptions options;
    options.requests_per_address = {1, 5};
    RunningServer server(options);
    RawHttp client(server.port(), "127.0.0.2");
    const std::string request = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";
    std::string answer;
    for (int i = 0; i < 60 && !answer.starts_with("HTTP/1.1 429"); ++i)
        answer = client.ask(request);
    CHECK(has(answer, "\"code\":\"too_many_requests\""));
    CHECK(has(answer, "Retry-After: 1\r\n"));
    CHECK(RawHttp(server.port(), "127.0.0.3").ask(request).starts_with("HTTP/1.1 200"));
}

TEST_CASE("a bucket of requests is emptied at once, fills evenly and never holds more")
{
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    RequestRates rates({4, 10});
    RequestRates::Time now{seconds(1'000)};
    const auto taken = [&](const std::string& who) {
        int count = 0;
        while (!rates.refuse(who, now))
            ++count;
        return count;
    };
    CHECK(taken("a") == 10);
    CHECK(rates.refuse("a", now) == seconds(1));
    CHECK(taken("b") == 10);
    now += milliseconds(500);
    CHECK(taken("a") == 2);
    now += seconds(1'000);
    CHECK(taken("a") == 10);
    // Also when so many ask that those who have not asked lately are forgotten.
    for (int i = 0; i < 5'000; ++i)
        CHECK_FALSE(rates.refuse(std::to_string(i), now));
    CHECK(taken("a") == 0);
    CHECK(taken("0") == 9);
}

TEST_CASE("the rates leave room for a sync at full speed")
{
    // A gigabyte of photos in pieces of 256 KiB as fast as a cable of 100 Mbit/s carries them.
    RequestRates device(GuardOptions().requests_per_device);
    RequestRates::Time now{std::chrono::seconds(1'000)};
    for (int i = 0; i < 4'096; ++i, now += std::chrono::milliseconds(20))
        REQUIRE_FALSE(device.refuse("a", now));
    // A school's worth of tablets that wake up at once and ask for everything that they need.
    RequestRates network(HttpOptions().requests_per_address);
    for (int i = 0; i < 60 * 50; ++i)
        REQUIRE_FALSE(network.refuse("a school", now));
}
