#include "server/api/changes_query.h"
#include "server/api/request_bodies.h"
#include "server/api/upload_headers.h"
#include "server/http/chunked.h"
#include "server/http/message.h"
#include "server/http/request_head.h"
#include "shared/base/encoding.h"
#include "shared/protocol/enrolment.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/entries.h"

#include <nlohmann/json.hpp>

namespace tally::fuzz {
namespace {

using namespace tally::server;
using nlohmann::json;
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

const crypto::SigningKey& key()
{
    static const auto made = crypto::signing_key_from_seed(string(32, 'k'));
    return made;
}

/// With the proof that belongs to a code, this one or another.
string enrolment_of(const string& code, const string& proved)
{
    const string proof = crypto::sign(protocol::enrolment_proof_message(proved, key().public_key), key());
    const json body = {
        {"code", code}, {"public_key", to_base64(key().public_key)}, {"proof", to_base64(proof)}};
    return body.dump();
}

void check_enrolment_request(string_view body)
{
    const auto check = [](string_view whole) {
        const auto wanted = parse_enrolment(whole);
        if (!wanted)
            return;
        must(wanted->public_key.size() == crypto::public_key_bytes, "a key is a key");
        const auto code = protocol::normalise_enrolment_code(wanted->code);
        must(code && *code == wanted->code, "a code is in its normal form");
        if (wanted->public_key != key().public_key)
            return;
        const auto again = parse_enrolment(enrolment_of(*code, *code));
        must(again && again->code == wanted->code && again->public_key == wanted->public_key,
             "an enrolment is written as it was read");
        string other = *code;
        other[0] = other[0] == 'A' ? 'B' : 'A';
        must(!parse_enrolment(enrolment_of(*code, other)), "the proof of one code is none of another");
    };
    check(body);
    // With the right proof: no fuzzer finds one by itself.
    auto document = json::parse(body, nullptr, false);
    if (!document.is_object() || !document.contains("code") || !document["code"].is_string())
        return;
    if (const auto code = protocol::normalise_enrolment_code(document["code"].get<string>())) {
        const auto proved = json::parse(enrolment_of(*code, *code));
        document["public_key"] = proved["public_key"];
        document["proof"] = proved["proof"];
        must(parse_enrolment(document.dump()).ok(), "who has code and key is let in");
        check(document.dump());
    }
}

std::vector<string> enrolment_request_seeds()
{
    return {enrolment_of("ABCDEFGHJKMN", "ABCDEFGHJKMN"),
            R"({"code":"abcd-efgh jkmn","public_key":"","proof":null,"more":[]})"};
}

string shown_of(const ShownEnrolment& shown)
{
    json body = {{"device", shown.device.id.text()},
                 {"name", shown.device.name},
                 {"mode", name_of(shown.device.mode)},
                 {"author", shown.device.author},
                 {"public_key", to_base64(shown.device.public_key)},
                 {"record", to_base64(shown.record)}};
    for (const auto& change : shown.changes)
        body["changes"].push_back(to_base64(change.bytes));
    return body.dump();
}

void check_enrolment_record(string_view body)
{
    const auto shown = parse_shown_enrolment(body);
    if (!shown)
        return;
    must(shown->device.name.size() <= shown_text_bytes_max &&
             shown->device.author.size() <= shown_text_bytes_max,
         "no text is longer than any that was given");
    must(shown->changes.size() <= protocol::key_changes_max, "no more changes than a device may show");
    const auto again = parse_shown_enrolment(shown_of(*shown));
    must(again && again->device.id == shown->device.id && again->device.name == shown->device.name &&
             again->device.mode == shown->device.mode && again->device.author == shown->device.author &&
             again->device.public_key == shown->device.public_key && again->record == shown->record &&
             again->changes.size() == shown->changes.size(),
         "an enrolment is shown as it was read");
    for (std::size_t i = 0; i < shown->changes.size(); ++i)
        must(again->changes[i].bytes == shown->changes[i].bytes, "changes are shown as they were read");
}

std::vector<string> enrolment_record_seeds()
{
    ShownEnrolment shown;
    shown.device.id = Uuid::from_bytes(string(16, 'd'));
    shown.device.name = "Tablet \xc3\xa9";
    shown.device.author = "p-0001";
    shown.device.public_key = key().public_key;
    shown.record = string(64, 's');
    std::vector<string> seeds = {shown_of(shown)};
    const auto next = crypto::signing_key_from_seed(string(32, 'n'));
    const protocol::KeyChange change{shown.device.id, test::sample_moment, 7, {}, {}, {}};
    shown.device.mode = DeviceMode::Kiosk;
    shown.changes =
        protocol::parse_device_key_changes(protocol::write_key_change(change, key(), next)).value();
    seeds.push_back(shown_of(shown));
    return seeds;
}

/// A body; and the same bytes as what was sealed.
void check_withdrawal(string_view bytes)
{
    if (const auto sealed = parse_withdrawal(bytes)) {
        const json body = {{"sealed_code", to_base64(*sealed)}, {"at_ms", 1}};
        const auto again = parse_withdrawal(body.dump());
        must(again && *again == *sealed, "a withdrawal is written as it was read");
    }
    const string code = normal_withdrawal_code(bytes);
    must(code.size() <= withdrawal_code_bytes_max && is_utf8(code), "a code is a short text");
    must(normal_withdrawal_code(code) == code, "a code in its normal form stays as it is");
}

std::vector<string> withdrawal_seeds()
{
    return {R"({"sealed_code":"QUJDREVGR0g=","at_ms":1772443800000})", R"({"sealed_code":"","at_ms":-1})",
            "7h2k-q9xm", "7H2K Q9XM\n"};
}

} // namespace

std::vector<Target> http_targets()
{
    return {{"request", check_request, request_seeds},
            {"chunks", check_chunks, chunk_seeds},
            {"form", check_form, form_seeds},
            {"upload", check_upload, upload_seeds},
            {"changes-query", check_changes_query, changes_query_seeds},
            {"enrolment-request", check_enrolment_request, enrolment_request_seeds},
            {"enrolment-record", check_enrolment_record, enrolment_record_seeds},
            {"withdrawal", check_withdrawal, withdrawal_seeds}};
}

} // namespace tally::fuzz
