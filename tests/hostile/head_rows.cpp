#include "tests/hostile/table.h"

namespace tally::test {
namespace {

using std::string;

/// These very bytes.
void exactly(std::vector<Row>& rows, string what, string bytes, int status, string code)
{
    rows.push_back({std::move(what), [bytes = std::move(bytes)](World& world) { return world.ask(bytes); },
                    status, std::move(code)});
}

/// POST /sign-in, which anybody may, with these header lines and what follows the head.
string form_with(const string& headers, const string& rest)
{
    return World::request("POST", "/sign-in",
                          "Content-Type: application/x-www-form-urlencoded\r\n" + headers) +
           rest;
}

string get(const string& target, const string& headers = {})
{
    return World::request("GET", target, headers);
}

string repeated(const string& text, int times)
{
    string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

void add_request_lines(std::vector<Row>& rows)
{
    const string host = "Host: a\r\n\r\n";
    exactly(rows, "a method that nobody knows", "BREW / HTTP/1.1\r\n" + host, 501, "not_implemented");
    exactly(rows, "TRACE", "TRACE / HTTP/1.1\r\n" + host, 501, "not_implemented");
    exactly(rows, "CONNECT", "CONNECT a:80 HTTP/1.1\r\n" + host, 501, "not_implemented");
    exactly(rows, "a method in small letters", "get / HTTP/1.1\r\n" + host, 501, "not_implemented");
    exactly(rows, "a known method where it is not taken", get("/api/v1/batches"), 405, "method_not_allowed");
    exactly(rows, "DELETE of an entry", World::request("DELETE", "/ledger/0"), 405, "method_not_allowed");
    exactly(rows, "HTTP/2.0 in words", "GET / HTTP/2.0\r\n" + host, 505, "version_not_supported");
    exactly(rows, "HTTP/0.9", "GET /healthz\r\n\r\n", 400, "bad_request");
    exactly(rows, "no words at all", "\r\n\r\n\r\n", 400, "bad_request");
    exactly(rows, "two spaces in the request line", "GET  /healthz HTTP/1.1\r\n" + host, 400, "bad_target");
    exactly(rows, "a tab in the request line", "GET\t/healthz HTTP/1.1\r\n" + host, 400, "bad_request");
    exactly(rows, "TLS spoken to a plain port",
            string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400, "bad_request");
    exactly(rows, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_not_supported");
    exactly(rows, "an address elsewhere, as one asks a proxy", get("http://169.254.169.254/latest"), 404,
            "not_found");
    exactly(rows, "an address here, as one asks a proxy", get("http://tallybook.example/healthz"), 200, "");
    exactly(rows, "an address with a name and a password", get("http://a:b@tallybook.example/healthz"), 400,
            "bad_target");
    exactly(rows, "an address of another kind", get("file:///etc/passwd"), 400, "bad_target");
    exactly(rows, "what the server can do as a whole", World::request("OPTIONS", "*"), 204, "");
    exactly(rows, "the server as a whole, where it means nothing", get("*"), 400, "bad_target");
    exactly(rows, "an empty line before the request", "\r\n" + get("/healthz"), 200, "");
    exactly(rows, "HTTP/1.0 without a host", "GET /healthz HTTP/1.0\r\n\r\n", 200, "");
    exactly(rows, "an address without a slash", get("healthz"), 400, "bad_target");
    exactly(rows, "an address with two slashes", get("//evil.example/healthz"), 400, "bad_target");
    exactly(rows, "an address that never ends", get("/" + string(8100, 'a')), 414, "target_too_long");
    exactly(rows, "an address as long as others take it, of nothing", get("/" + string(7900, 'a')), 404,
            "not_found");
    exactly(rows, "a query that never ends", get("/sign-in?next=" + string(8100, 'a')), 414,
            "target_too_long");
    exactly(rows, "raw UTF-8 in the address", get("/\xc3\xa9"), 400, "bad_target");
    exactly(rows, "a zero byte in the address", "GET /healthz" + string(1, '\0') + " HTTP/1.1\r\n" + host,
            400, "bad_target");
}

void add_paths(std::vector<Row>& rows)
{
    exactly(rows, "up and out of the static files", get("/static/../../../../etc/passwd"), 404, "not_found");
    exactly(rows, "the same, percent-encoded", get("/static/v/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), 404,
            "not_found");
    exactly(rows, "the same, encoded twice", get("/static/v/%252e%252e%252fetc%252fpasswd"), 404,
            "not_found");
    exactly(rows, "the same, with backslashes", get("/static/v/..%5c..%5cetc%5cpasswd"), 404, "not_found");
    exactly(rows, "an absolute path in a name", get("/static/v/%2fetc%2fpasswd"), 404, "not_found");
    exactly(rows, "tiles above the tree", get("/tile/../checkpoint"), 404, "not_found");
    exactly(rows, "a zero byte, encoded", get("/static/v/app.css%00.png"), 400, "bad_target");
    exactly(rows, "a line break, encoded", get("/sign-in%0d%0aX-Injected:%20yes"), 400, "bad_target");
    exactly(rows, "half of a percent-encoding", get("/healthz%2"), 400, "bad_target");
    exactly(rows, "a percent-encoding with other letters", get("/healthz%zz"), 400, "bad_target");
    exactly(rows, "an overlong slash", get("/static%c0%afv"), 400, "bad_target");
    exactly(rows, "a surrogate", get("/%ed%a0%80"), 400, "bad_target");
    exactly(rows, "bytes that are not UTF-8 in the query", get("/sign-in?next=%ff%fe"), 400, "bad_target");
    exactly(rows, "more fields in the query than anybody needs", get("/sign-in?" + repeated("a&", 900)), 400,
            "bad_target");
    exactly(rows, "a line break in the query, to split a header",
            get("/queue?next=%0d%0aX-Injected:%20yes", "Accept: text/html\r\n"), 303, "");
    exactly(rows, "a number of a tile that nothing holds", get("/tile/0/" + repeated("x999/", 40) + "999"),
            404, "not_found");
    exactly(rows, "a position beyond every number",
            get("/api/v1/proof/inclusion?position=99999999999999999999"), 400, "bad_number");
    exactly(rows, "a position below zero", get("/api/v1/proof/inclusion?position=-1"), 400, "bad_number");
    exactly(rows, "the largest size of a tree",
            get("/api/v1/proof/inclusion?position=0&size=18446744073709551615"), 404, "bad_size");
    exactly(rows, "the largest sizes of two trees",
            get("/api/v1/proof/consistency?from=18446744073709551614&to=18446744073709551615"), 404,
            "bad_size");
}

void add_headers(std::vector<Row>& rows)
{
    exactly(rows, "no host", "GET /healthz HTTP/1.1\r\n\r\n", 400, "bad_header");
    exactly(rows, "two hosts", get("/healthz", "Host: other.example\r\n"), 400, "bad_header");
    exactly(rows, "a host with a path", "GET /healthz HTTP/1.1\r\nHost: a/../b\r\n\r\n", 400, "bad_header");
    exactly(rows, "a continued line", get("/healthz", "X-A: 1\r\n 2\r\n"), 400, "bad_header");
    exactly(rows, "a name with a space", get("/healthz", "X A: 1\r\n"), 400, "bad_header");
    exactly(rows, "a space before the colon", get("/healthz", "X-A : 1\r\n"), 400, "bad_header");
    exactly(rows, "no name", get("/healthz", ": 1\r\n"), 400, "bad_header");
    exactly(rows, "no colon", get("/healthz", "Ollerenshaw 07700900123\r\n"), 400, "bad_header");
    exactly(rows, "a zero byte in a value", get("/healthz", "X-A: a" + string(1, '\0') + "b\r\n"), 400,
            "bad_header");
    exactly(rows, "a bare line feed in a value", get("/healthz", "X-A: a\nX-Injected: yes\r\n"), 400,
            "bad_header");
    exactly(rows, "a bare carriage return in a value", get("/healthz", "X-A: a\rX-Injected: yes\r\n"), 400,
            "bad_header");
    exactly(rows, "too many headers", get("/healthz", repeated("X-A: 1\r\n", 100)), 431, "headers_too_large");
    exactly(rows, "one header of 40 KiB", get("/healthz", "X-A: " + string(40'000, 'a') + "\r\n"), 431,
            "headers_too_large");
    exactly(rows, "a head of a megabyte that does not end",
            "GET /healthz HTTP/1.1\r\n" + repeated("X-A: " + string(1000, 'a') + "\r\n", 1000), 431,
            "headers_too_large");
    exactly(rows, "ranges by the thousand",
            get("/healthz", "Range: bytes=" + repeated("0-,", 5000) + "0-\r\n"), 431, "headers_too_large");
    exactly(rows, "ranges by the hundred", get("/healthz", "Range: bytes=" + repeated("0-,", 100) + "0-\r\n"),
            200, "");
    exactly(rows, "a range that is none", get("/healthz", "Range: Ollerenshaw\r\n"), 200, "");
    exactly(rows, "a range of something else than bytes", get("/healthz", "Range: lines=1-2\r\n"), 200, "");
    exactly(rows, "a range beyond the end", get("/healthz", "Range: bytes=1000-2000\r\n"), 200, "");
    exactly(rows, "a list of encodings that never ends",
            get("/healthz", "Accept-Encoding: " + repeated("gzip;q=0.1,", 2500) + "\r\n"), 431,
            "headers_too_large");
    exactly(rows, "a thousand cookies", get("/account", "Cookie: " + repeated("a=b; ", 4000) + "\r\n"), 431,
            "headers_too_large");
    exactly(rows, "an expectation that nobody can meet", form_with("Expect: miracle\r\n", ""), 417,
            "expectation_failed");
    exactly(rows, "an upgrade to another protocol",
            get("/healthz",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
            200, "");
    exactly(rows, "another address of the sender, claimed", get("/account", "X-Forwarded-For: 10.0.0.1\r\n"),
            401, "not_signed_in");
    exactly(rows, "another method, claimed",
            get("/api/v1/attachments", "X-HTTP-Method-Override: OPTIONS\r\n"), 405, "method_not_allowed");
}

void add_bodies(std::vector<Row>& rows)
{
    exactly(rows, "two lengths that agree", form_with("Content-Length: 3\r\nContent-Length: 3\r\n", "a=b"),
            400, "bad_header");
    exactly(rows, "two lengths that differ", form_with("Content-Length: 3\r\nContent-Length: 30\r\n", "a=b"),
            400, "bad_header");
    exactly(rows, "a length with a plus", form_with("Content-Length: +3\r\n", "a=b"), 400, "bad_header");
    exactly(rows, "a length below zero", form_with("Content-Length: -3\r\n", "a=b"), 400, "bad_header");
    exactly(rows, "a length in hexadecimal", form_with("Content-Length: 0x3\r\n", "a=b"), 400, "bad_header");
    exactly(rows, "a list of lengths", form_with("Content-Length: 3,3\r\n", "a=b"), 400, "bad_header");
    exactly(rows, "a length beyond every number",
            form_with("Content-Length: 18446744073709551616\r\n", "a=b"), 400, "bad_header");
    exactly(rows, "the largest length that is a number",
            form_with("Content-Length: 18446744073709551615\r\n", "a=b"), 413, "body_too_large");
    exactly(rows, "a length and chunks",
            form_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "bad_header");
    exactly(rows, "chunks under a name that others may not see",
            form_with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400, "bad_header");
    exactly(rows, "chunks in an unknown wrapping", form_with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
            501, "not_implemented");
    exactly(rows, "chunks in two wrappings", form_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
            501, "not_implemented");
    const string chunked = "Transfer-Encoding: chunked\r\n";
    exactly(rows, "a chunk of minus one byte", form_with(chunked, "-1\r\nabc\r\n0\r\n\r\n"), 400,
            "bad_chunk");
    exactly(rows, "a chunk of 0x3 bytes", form_with(chunked, "0x3\r\nabc\r\n0\r\n\r\n"), 400, "bad_chunk");
    exactly(rows, "a chunk of 2 to the 64 bytes", form_with(chunked, "10000000000000000\r\nabc"), 400,
            "bad_chunk");
    exactly(rows, "a chunk with a bare line feed", form_with(chunked, "3\nabc\r\n0\r\n\r\n"), 400,
            "bad_chunk");
    exactly(rows, "a chunk that is longer than it says", form_with(chunked, "3\r\nabcdef\r\n0\r\n\r\n"), 400,
            "bad_chunk");
    exactly(rows, "an extension that never ends", form_with(chunked, "3;" + string(9000, 'x')), 400,
            "bad_chunk");
    exactly(rows, "trailers that never end",
            form_with(chunked, "3\r\na=b\r\n0\r\n" + repeated("X: " + string(90, 'x') + "\r\n", 60)), 400,
            "bad_chunk");
    exactly(rows, "trailers that are none", form_with(chunked, "3\r\na=b\r\n0\r\nOllerenshaw\r\n\r\n"), 400,
            "bad_chunk");
    exactly(rows, "chunks of HTTP/1.0",
            "POST /sign-in HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_header");
    exactly(rows, "chunks, and chunks again",
            form_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
            "bad_header");
    // Of its form the trailer would be a session; the answer is that of a form without one.
    rows.push_back(
        {"trailers that pretend to be headers",
         [](World& world) {
             return world.ask(
                 World::request(
                     "POST", "/sign-out",
                     "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n",
                     "") +
                 "0\r\nCookie: tallybook=" + world.session() + "\r\n\r\n");
         },
         401, "not_signed_in"});
    exactly(rows, "chunks beyond the limit",
            form_with(chunked, repeated("2000\r\n" + string(8192, 'x') + "\r\n", 12)), 413, "body_too_large");
    exactly(rows, "chunks of one byte beyond the limit", form_with(chunked, repeated("1\r\nx\r\n", 70'000)),
            413, "body_too_large");
    exactly(rows, "a form beyond the limit", form_with("Content-Length: 66000\r\n", string(66'000, 'x')), 413,
            "body_too_large");
    exactly(rows, "a form of a gigabyte, announced", form_with("Content-Length: 1073741824\r\n", ""), 413,
            "body_too_large");
    exactly(rows, "a body of GET", World::request("GET", "/healthz", {}, "abc"), 400, "bad_request");
    exactly(rows, "a form that was compressed: a small one that could grow",
            form_with("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 415,
            "unsupported_media_type");
    exactly(rows, "a form with more fields than anybody needs",
            World::request("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                           repeated("a=1&", 300)),
            400, "too_many_fields");
    exactly(rows, "a form that is not UTF-8",
            World::request("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                           "email=%c3%28"),
            400, "bad_encoding");
    exactly(
        rows, "an upload where forms are taken",
        World::request("POST", "/sign-in", "Content-Type: multipart/form-data; boundary=x\r\n", "--x--\r\n"),
        415, "unsupported_media_type");
    exactly(rows, "a large upload of nobody, announced",
            World::request("POST", "/bundles",
                           "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 16000000\r\n",
                           ""),
            401, "not_signed_in");
    exactly(rows, "chunks without end of nobody",
            World::request("POST", "/bundles", "Transfer-Encoding: chunked\r\n", "") + "5\r\nabcde\r\n", 401,
            "not_signed_in");
    add_row(
        rows, "a large upload of somebody who may not do that, announced",
        [](World& world) { return world.form("/imports/contracts", "", "Content-Length: 8000000\r\n"); }, 403,
        "forbidden");
    rows.push_back({"a request hidden in the body of another",
                    [](World& world) {
                        RawHttp connection(world.port());
                        const string hidden = get("/healthz");
                        (void)connection.ask(World::request("POST", "/api/v1/nothing", {}, hidden));
                        return answer_from(connection.answer()); // of the hidden one, if it is taken for one
                    },
                    0, ""});
    rows.push_back({"a body that ends early",
                    [](World& world) {
                        RawHttp connection(world.port());
                        connection.send(form_with("Content-Length: 100\r\n", "email=Ollerenshaw"));
                        connection.end_sending();
                        return answer_from(connection.answer());
                    },
                    400, "body_incomplete"});
    rows.push_back({"a connection that is reset in the middle of a body",
                    [](World& world) {
                        {
                            RawHttp connection(world.port());
                            connection.send(form_with("Content-Length: 50000\r\n", "email=Ollerenshaw"));
                        }
                        return world.ask(get("/healthz"));
                    },
                    200, ""});
    rows.push_back({"a thousand requests at once, and nobody who reads the answers",
                    [](World& world) {
                        {
                            RawHttp connection(world.port());
                            connection.send(repeated(get("/healthz"), 1000));
                        }
                        return world.ask(get("/healthz"));
                    },
                    200, ""});
}

} // namespace

void add_head_rows(std::vector<Row>& rows)
{
    add_request_lines(rows);
    add_paths(rows);
    add_headers(rows);
    add_bodies(rows);
}

std::vector<SlowRow> slow_rows()
{
    const auto fixed = [](string bytes) { return [bytes](World&) { return bytes; }; };
    return {
        {"a connection on which nothing comes", fixed(""), "", 408, "request_timeout"},
        {"half a request line", fixed("GET /hea"), "", 408, "request_timeout"},
        {"headers that come byte by byte", fixed("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: "), "a", 408,
         "request_timeout"},
        {"as many of those as the server has threads, and twice over",
         fixed("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: "), "a", 408, "request_timeout", 128},
        {"a body that never comes", fixed(form_with("Content-Length: 100\r\n", "")), "", 408,
         "request_timeout"},
        {"a body that comes byte by byte", fixed(form_with("Content-Length: 60000\r\n", "")), "a", 408,
         "request_timeout"},
        {"chunks that come byte by byte", fixed(form_with("Transfer-Encoding: chunked\r\n", "")),
         "1\r\na\r\n", 408, "request_timeout"},
        {"a batch that comes byte by byte",
         [](World&) {
             return World::request("POST", "/api/v1/batches", "Content-Length: 4000000\r\n") + "TLYB";
         },
         "a", 408, "request_timeout"},
        {"bodies that never come, half as many as the server has threads",
         fixed(form_with("Content-Length: 100\r\n", "")), "", 408, "request_timeout", 20},
        {"a part of a photo that comes byte by byte",
         [](World& world) {
             return world.signed_request("PATCH", "/api/v1/attachments/" + world.slow_photo(),
                                         "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: "
                                         "application/offset+octet-stream\r\nContent-Length: 4000\r\n");
         },
         "", 408, "request_timeout"},
        {"an upgrade that never goes on", fixed("GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n"), "",
         408, "request_timeout"},
    };
}

} // namespace tally::test
