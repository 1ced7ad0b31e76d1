#include "server/http/chunked.h"
#include "server/http/request_head.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;

namespace {

std::string code_of(const std::string& head)
{
    const auto parsed = parse_request_head(head, {});
    return parsed ? "" : parsed.error().code;
}

/// The decoded body, or the error's code in angle brackets; given in parts of `step` bytes.
std::string decoded(std::string_view bytes, std::size_t step)
{
    ChunkedReader reader;
    std::string out;
    while (!bytes.empty() && !reader.is_done()) {
        const auto taken = reader.take(bytes.substr(0, step), [&](std::string_view part) {
            out += part;
            return true;
        });
        if (!taken)
            return "<" + taken.error().code + ">";
        bytes.remove_prefix(*taken);
    }
    return out + (reader.is_done() ? "" : "...") + std::string(bytes);
}

} // namespace

TEST_CASE("a head is taken apart into method, address, headers and the length of the body")
{
    const std::string bytes =
        "POST /form?x=1 HTTP/1.1\r\nHost: a.example:80\r\nX-Empty:\r\nCONTENT-length:  12 \r\n\r\n";
    const auto head = parse_request_head(bytes, {});
    REQUIRE(head);
    CHECK(head->method == "POST");
    CHECK(head->target == "/form?x=1");
    CHECK(head->headers.size() == 3);
    CHECK(head->get("x-empty").empty());
    CHECK(head->has_body);
    CHECK(head->length == 12);
    CHECK(code_of("GET / HTTP/1.0\r\n\r\n").empty());
    CHECK(code_of("GET / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 0\r\n\r\n").empty());
}

TEST_CASE("the end of a head is found wherever its bytes were cut")
{
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const std::size_t first = head_length(std::string_view(bytes).substr(0, cut), 0);
        CHECK(first == (cut < 27 ? 0 : 27));
        CHECK(head_length(bytes, first == 0 ? cut : 0) == 27);
    }
}

TEST_CASE("a head that others might read differently is refused")
{
    const std::string host = "Host: a\r\n";
    const auto with = [&](const std::string& line) {
        return code_of("POST / HTTP/1.1\r\n" + host + line + "\r\n\r\n");
    };
    CHECK(with("Content-Length : 3") == "bad_header");
    CHECK(with("Content-Length: 3\r\n 4") == "bad_header");
    CHECK(with(" Content-Length: 3") == "bad_header");
    CHECK(with("Content-Length: 3\nX: 1") == "bad_header");
    CHECK(with("Content-Length: +3") == "bad_header");
    CHECK(with("Content-Length: 3, 3") == "bad_header");
    CHECK(with("Content-Length: 0x3") == "bad_header");
    CHECK(with("Content-Length:") == "bad_header");
    CHECK(with("Content-Length: 18446744073709551616") == "bad_header");
    CHECK(with("Content-Length: 3\r\nContent-Length: 3") == "bad_header");
    CHECK(with("Content-Length: 3\r\nTransfer-Encoding: chunked") == "bad_header");
    CHECK(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked") == "bad_header");
    CHECK(with("Transfer-Encoding: xchunked") == "not_implemented");
    CHECK(with("Transfer-Encoding: gzip, chunked") == "not_implemented");
    CHECK(with("Host: b") == "bad_header");
    CHECK(with("X") == "bad_header");
    CHECK(with(": 1") == "bad_header");
    CHECK(with(std::string("X: a\0b", 6)) == "bad_header");
    CHECK(with("X: a\rb") == "bad_header");
    CHECK(with("Content-Encoding: gzip") == "unsupported_media_type");
    CHECK(with("Expect: 200-ok") == "expectation_failed");
    CHECK(code_of("POST / HTTP/1.1\r\n\r\n") == "bad_header");
    CHECK(code_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == "bad_header");
    CHECK(code_of("GET /  HTTP/1.1\r\n" + host + "\r\n") == "bad_target");
    CHECK(code_of("GET /\t HTTP/1.1\r\n" + host + "\r\n") == "bad_target");
    for (const char* target : {"http://", "http:///", "http://a@b/", "https://a b/", "ftp://a/", "a:80", "*"})
        CHECK(code_of("GET " + std::string(target) + " HTTP/1.1\r\n" + host + "\r\n") == "bad_target");
    CHECK(code_of("GET /\xff HTTP/1.1\r\n" + host + "\r\n") == "bad_target");
    CHECK(code_of("GET / HTTP/2.0\r\n" + host + "\r\n") == "version_not_supported");
    CHECK(code_of("GET / HTTP/1.1 \r\n" + host + "\r\n") == "bad_request");
    for (const char* method : {"get", "TRACE", "CONNECT", "BREW"})
        CHECK(code_of(std::string(method) + " / HTTP/1.1\r\n" + host + "\r\n") == "not_implemented");
    CHECK(code_of("GET /\r\n\r\n") == "bad_request");
}

TEST_CASE("an address may stand in absolute form, and then names the host")
{
    const std::string bytes = "GET HTTP://b.example:81/form?x=1 HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto head = parse_request_head(bytes, {});
    REQUIRE(head);
    CHECK(head->authority == "b.example:81");
    CHECK(origin_form(head->target) == "/form?x=1");
    CHECK(origin_form("https://a") == "/");
    CHECK(origin_form("http://a?x") == "?x");
    CHECK(origin_form("/http://a/b") == "/http://a/b");
    CHECK(code_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").empty());
    CHECK(code_of("GET http://b/ HTTP/1.1\r\n\r\n") == "bad_header");
}

TEST_CASE("words that HTTP compares without their case are taken in any")
{
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    CHECK(code_of(post + "Transfer-Encoding: Chunked\r\n\r\n").empty());
    CHECK(code_of(post + "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n").empty());
}

TEST_CASE("chunks are joined however their bytes arrive, and only well-formed ones")
{
    for (const std::size_t step : {1U, 2U, 3U, 7U, 100U}) {
        CHECK(decoded("3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\nnext", step).starts_with("abcde"));
        CHECK(decoded("0\r\n\r\nnext", step) == "next");
        CHECK(decoded("A\r\n0123456789\r\n0\r\n", step) == "0123456789...");
        for (const char* bad :
             {"0x3\r\nabc\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", "-1\r\nabc", " 3\r\nabc\r\n0\r\n\r\n",
              "3 \r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "\r\n",
              "3\r\nabc\n0\r\n\r\n", "ffffffffffffffffff\r\n", "3;\n\r\nabc", "g\r\n",
              "0\r\nno colon\r\n\r\n", "0\r\nX y: 1\r\n\r\n", "0\r\n: 1\r\n\r\n", "0\r\n X: 1\r\n\r\n",
              "0\r\nX: 1\n\r\n", "0\r\nX: 1\r\r\n"})
            CHECK(decoded(bad, step) == "<bad_chunk>");
        CHECK(decoded("3\r\nabc\r\n0\r\nX: 1\r\nCookie: a=b\r\n\r\nnext", step).starts_with("abc"));
        CHECK(decoded("0\r\nX:\r\n\r\nnext", step) == "next");
        CHECK(decoded("0\r\nX: " + std::string(5000, 'x') + "\r\n\r\n", step) == "<bad_chunk>");
        CHECK(decoded("3;" + std::string(300, 'x') + "\r\nabc\r\n0\r\n\r\n", step) == "<bad_chunk>");
    }
}
