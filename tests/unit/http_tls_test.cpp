#include "server/http/http_server.h"
#include "shared/base/files.h"
#include "tests/support/raw_http.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace tally;
using namespace tally::server;

namespace {

/// A key and a certificate that it signed itself, as two PEM files.
void write_certificate(const std::string& cert_file, const std::string& key_file)
{
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), &X509_free);
    REQUIRE(key != nullptr);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* name = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(cert.get(), name);
    REQUIRE(X509_sign(cert.get(), key.get(), EVP_sha256()) > 0);
    const auto written = [](const std::string& file, const auto& write) {
        const std::unique_ptr<FILE, decltype(&std::fclose)> out(std::fopen(file.c_str(), "w"), &std::fclose);
        REQUIRE(out != nullptr);
        REQUIRE(write(out.get()) == 1);
    };
    written(cert_file, [&](FILE* out) { return PEM_write_X509(out, cert.get()); });
    written(key_file, [&](FILE* out) {
        return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

HttpOptions options_with_certificate(const test::TemporaryFolder& folder)
{
    HttpOptions options;
    options.tls_cert = (folder.path() / "cert.pem").string();
    options.tls_key = (folder.path() / "key.pem").string();
    options.access_log = false;
    write_certificate(options.tls_cert, options.tls_key);
    return options;
}

/// One request over TLS; the whole answer until the server closes.
std::string ask_over_tls(int port, const std::string& request)
{
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_ssl_connect(context.get()),
                                                            &BIO_free_all);
    const std::string address = "127.0.0.1:" + std::to_string(port);
    BIO_set_conn_hostname(bio.get(), address.c_str());
    REQUIRE(BIO_do_connect(bio.get()) == 1);
    BIO_write(bio.get(), request.data(), static_cast<int>(request.size()));
    std::string answer;
    char part[4096];
    for (int got = BIO_read(bio.get(), part, sizeof part); got > 0;
         got = BIO_read(bio.get(), part, sizeof part))
        answer.append(part, static_cast<std::size_t>(got));
    return answer;
}

} // namespace

TEST_CASE("over TLS answers say so, and a client without TLS is turned away")
{
    test::TemporaryFolder folder;
    const HttpOptions options = options_with_certificate(folder);

    Router router;
    router.add(Route{Method::Get, "/hello", Permission::Public, [](Request& request) {
                         return plain_text(request.encrypted ? "over TLS" : "in the open");
                     }});
    router.add(Route{Method::Post, "/size", Permission::Public,
                     [](Request& request) { return plain_text(std::to_string(request.body.size())); }});
    HttpServer server(router, options);
    REQUIRE(server.bind());
    CHECK(server.address().starts_with("https://"));
    std::thread thread([&] { server.run(); });

    const auto answer =
        ask_over_tls(server.port(), "GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    CHECK(answer.find("Strict-Transport-Security") != std::string::npos);
    CHECK(answer.ends_with("over TLS"));
    const std::string body(60'000, 'x');
    CHECK(
        ask_over_tls(
            server.port(),
            "POST /size HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n" + body)
            .ends_with("60000"));
    test::RawHttp plain(server.port());
    CHECK(plain.ask("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n").find("in the open") == std::string::npos);

    server.stop();
    thread.join();
}

TEST_CASE("a certificate or key that cannot be used is refused at the start, in words")
{
    test::TemporaryFolder folder;
    Router router;
    HttpOptions options;
    options.tls_cert = (folder.path() / "cert.pem").string();
    options.tls_key = (folder.path() / "key.pem").string();
    CHECK_THROWS_AS(HttpServer(router, options), std::runtime_error);
    write_certificate(options.tls_cert, options.tls_key);
    REQUIRE(write_file_durably(options.tls_key, "not a key"));
    CHECK_THROWS_AS(HttpServer(router, options), std::runtime_error);
}

TEST_CASE("handshakes that are slow, broken or never begun hold no thread, and end")
{
    test::TemporaryFolder folder;
    HttpOptions options = options_with_certificate(folder);
    options.threads = 1;
    options.waiting_threads = 1;
    options.header_time = std::chrono::milliseconds(1'000);
    options.write_time = std::chrono::minutes(10); // nothing can be written before the handshake is done
    Router router;
    router.add(
        Route{Method::Get, "/hello", Permission::Public, [](Request&) { return plain_text("over TLS"); }});
    HttpServer server(router, options);
    REQUIRE(server.bind());
    std::thread thread([&] { server.run(); });

    // A record of a handshake with 512 bytes of which none or some come, and what is no TLS at all.
    const std::string begun("\x16\x03\x01\x02\x00", 5);
    const std::vector<std::string> beginnings = {"",
                                                 "\x16",
                                                 begun,
                                                 begun + std::string("\x01\x00\x01\xfc\x03\x03", 6) +
                                                     std::string(100, 'x'),
                                                 "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n",
                                                 std::string(600, '\xff')};
    std::vector<std::unique_ptr<test::RawHttp>> clients;
    for (int i = 0; i < 5; ++i)
        for (const std::string& beginning : beginnings) {
            clients.push_back(std::make_unique<test::RawHttp>(server.port()));
            clients.back()->send(beginning);
        }
    for (int i = 0; i < 5; ++i)
        CHECK(ask_over_tls(server.port(), "GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
                  .ends_with("over TLS"));
    for (auto& client : clients)
        CHECK(client->answer().find("HTTP") == std::string::npos); // until it is closed
    CHECK(ask_over_tls(server.port(), "GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
              .ends_with("over TLS"));

    server.stop();
    thread.join();
}

TEST_CASE("a large answer comes whole over TLS, to many at once")
{
    test::TemporaryFolder folder;
    const HttpOptions options = options_with_certificate(folder);
    std::string large;
    for (int i = 0; large.size() < 8 * 1024 * 1024; ++i)
        large += std::to_string(i) + " ";
    Router router;
    router.add(Route{Method::Get, "/large", Permission::Public, [&](Request&) { return plain_text(large); }});
    HttpServer server(router, options);
    REQUIRE(server.bind());
    std::thread thread([&] { server.run(); });

    std::vector<std::string> answers(4);
    std::vector<std::thread> readers;
    for (std::string& answer : answers)
        readers.emplace_back([&answer, &server] {
            answer =
                ask_over_tls(server.port(), "GET /large HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        });
    for (auto& reader : readers)
        reader.join();
    for (const std::string& answer : answers)
        CHECK(answer.ends_with(large));

    server.stop();
    thread.join();
}
