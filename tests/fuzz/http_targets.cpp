#include "server/api/changes_query.h"
#include "server/api/upload_headers.h"
#include "server/http/chunked.h"
#include "server/http/message.h"
#include "server/http/request_head.h"
#include "shared/base/encoding.h"
#include "tests/fuzz/fuzz.h"

namespace tally::fuzz {
namespace {

using namespace tally::server;
using std::string;
using std::string_view;

void check_request(string_view bytes)
{
    const std::size_t length = head_length(bytes, 0);
    for (const std::size_t cut : {bytes.size() / 2, bytes.size() / 3})
        if (head_length(bytes.substr(0, cut), 0) == 0)
            must(head_length(bytes, cut) == length, "the end of a head is found wherever it was cut");
    const auto head = parse_request_head(bytes.substr(0, length), {});
    if (!head)
        return;
    // Written again, the head is read as the same.
    string written = string(head->method) + " " + string(head->target) + " HTTP/1." +
                     std::to_string(head->minor_version) + "\r\n";
    Request request;
    for (const auto& [name, value] : head->headers) {
        written.append(name).append(": ").append(value).append("\r\n");
        request.headers.add(string(name), string(value));
    }
    written += "\r\n";
    const auto again = parse_request_head(written, {});
    must(again && again->method == head->method && again->target == head->target &&
             again->headers == head->headers && again->length == head->length &&
             again->has_body == head->has_body,
         "a head is written as it was read");
    (void)request.cookie("tallybook");
    if (!read_target(head->target, request))
        return;
    const auto path = percent_decoded(percent_encoded(request.path), Plus::IsPlus);
    must(path && *path == request.path, "a path is encoded as it was decoded");
    (void)request.wants_html();
}

std::vector<string> request_seeds()
{
    return {"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /sign-in?next=%2Fqueue&a=b+c HTTP/1.1\r\nHost: a:80\r\nContent-Type: "
            "application/x-www-form-urlencoded\r\nContent-Length: 3\r\nCookie: a=b; tallybook=c\r\n\r\na=b",
            "PATCH /api/v1/attachments/%61 HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nExpect: "
            "100-continue\r\nUpload-Offset: 0\r\n\r\n",
            "HEAD / HTTP/1.0\r\nX: \t1 \r\nAccept: text/html\r\nRange: bytes=0-1\r\n\r\n"};
}

void check_chunks(string_view bytes)
{
    string at_once;
    ChunkedReader whole;
    const auto taken = whole.take(bytes, [&](string_view part) {
        at_once += part;
        return true;
    });
    string one_by_one;
    ChunkedReader single;
    bool failed = false;
    for (std::size_t i = 0; i < bytes.size() && !single.is_done() && !failed; ++i)
        failed = !single.take(bytes.substr(i, 1), [&](string_view part) {
            one_by_one += part;
            return true;
        });
    must(failed == !taken.ok() && whole.is_done() == single.is_done() && at_once == one_by_one,
         "chunks are the same however they arrive");
}

std::vector<string> chunk_seeds()
{
    return {"3\r\nabc\r\n0\r\n\r\n", "A;x=\"1\"\r\n0123456789\r\n0\r\n\r\n", "0\r\n\r\n"};
}

void check_form(string_view text)
{
    const auto form = parse_form(text);
    if (!form)
        return;
    string written;
    for (const auto& [name, value] : form->items())
        written += percent_encoded(name) + "=" + percent_encoded(value) + "&";
    const auto again = parse_form(written);
    must(again && again->items() == form->items(), "a form is written as it was read");
}

std::vector<string> form_seeds()
{
    return {"name=Asha+Roy&note=%C3%A9%20%2B", "a&b=&=c&&d=e=f", "email=a%40example.org&password=x"};
}

/// The first line is a number, the second Upload-Metadata, the third Upload-Checksum.
void check_upload(string_view text)
{
    const auto line = [&text] {
        const auto one = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
        return one;
    };
    const auto number_text = line();
    if (const auto number = upload_number(number_text)) {
        must(*number >= 0, "no number is below zero");
        must(upload_number(std::to_string(*number)) == number, "a number is written as it was read");
    }
    if (const auto digest = upload_digest(line())) {
        const auto again = upload_digest(upload_metadata(*digest));
        must(again && *again == *digest, "metadata are written as they were read");
    }
    (void)upload_check(line());
}

std::vector<string> upload_seeds()
{
    return {"1000\n" + upload_metadata(string(64, 'a')) + "\nsha256 " + to_base64(string(32, 'b')),
            "9223372036854775807\ndigest \nsha1 " + to_base64(string(20, 'b')), "-1\n,\nmd5 AAAA"};
}

/// A query of changes, read as the route reads it.
void check_changes_query(string_view text)
{
    Request request;
    if (!read_target("/api/v1/changes?" + string(text), request))
        return;
    if (const auto cursor = parse_changes_cursor(request.query.get("cursor"))) {
        const auto again = parse_changes_cursor(cursor->text());
        must(again && *again == *cursor, "a cursor is written as it was read");
    }
    if (const auto trees = parse_trees(request.query.get("trees"))) {
        must(trees->size() <= proved_trees_max, "no more trees than are proved at once");
        string written;
        for (const auto size : *trees) {
            must(size > 0, "no tree is empty");
            written += (written.empty() ? "" : "-") + std::to_string(size);
        }
        const auto again = parse_trees(written);
        must(again && *again == *trees, "trees are written as they were read");
    }
    if (const auto clock = parse_clock(request.query.get("clock")); clock && *clock) {
        must((*clock)->uncertainty_ms >= 0, "no doubt is below zero");
        const auto again =
            parse_clock(std::to_string((*clock)->offset_ms) + "." + std::to_string((*clock)->uncertainty_ms));
        must(again && *again == *clock, "a clock is written as it was read");
    }
}

std::vector<string> changes_query_seeds()
{
    return {"", "cursor=r12e-1&trees=3-40-100&clock=-178000.2001",
            "cursor=r0e4b0190a5c4-7d1e-7b3a-8f00-0123456789ab&trees=18446744073709551615&clock=0.0",
            "trees=1-&clock=3162240000000.3162240000000"};
}

} // namespace

std::vector<Target> http_targets()
{
    return {{"request", check_request, request_seeds},
            {"chunks", check_chunks, chunk_seeds},
            {"form", check_form, form_seeds},
            {"upload", check_upload, upload_seeds},
            {"changes-query", check_changes_query, changes_query_seeds}};
}

} // namespace tally::fuzz
