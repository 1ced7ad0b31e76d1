#include "server/api/seen_requests.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/enrolment.h"
#include "shared/protocol/request_signature.h"
#include "tests/hostile/table.h"

#include <zstd.h>

#include <array>
#include <limits>
#include <thread>

namespace tally::test {
namespace {

using std::string;
using Make = std::function<string(World&)>; ///< the bytes of one request

constexpr const char* changes_target = "/api/v1/changes";

/// GET of the changes with this Authorization header.
Make changes_with(const string& authorization)
{
    return [authorization](World& world) {
        return world.request("GET", changes_target, "Authorization: " + authorization + "\r\n");
    };
}

/// The second answer to the same bytes.
void sent_twice(std::vector<Row>& rows, string what, Make make)
{
    rows.push_back({std::move(what),
                    [make = std::move(make)](World& world) {
                        const string request = make(world);
                        (void)world.ask(request);
                        return world.ask(request);
                    },
                    401, "request_repeated"});
}

/// The same, signed at a moment that is so far from now.
Make changes_signed_at(std::int64_t ms_from_now)
{
    return [ms_from_now](World& world) {
        return world.request("GET", changes_target,
                             world.authorization("GET", changes_target, crypto::sha256_hex(""),
                                                 Timestamp{world.clock.now().ms + ms_from_now},
                                                 world.device().signing));
    };
}

void add_signatures(std::vector<Row>& rows)
{
    add_row(
        rows, "no signature", [](World& world) { return world.request("GET", changes_target); }, 401,
        "bad_authorization");
    add_row(rows, "a signature of another kind", changes_with("Basic T2xsZXJlbnNoYXc6MDc3MDA5MDAxMjM="), 401,
            "bad_authorization");
    add_row(rows, "a signature that is too long", changes_with("Tallybook " + string(5000, 'a')), 401,
            "bad_authorization");
    add_row(rows, "a signature of dots", changes_with("Tallybook ..."), 401, "bad_authorization");
    add_row(rows, "a signature of no bytes",
            changes_with("Tallybook 00000000-0000-7000-8000-000000000000.1." + string(32, '0') + "."), 401,
            "bad_authorization");
    add_row(rows, "a device that nobody knows",
            changes_with("Tallybook 00000000-0000-7000-8000-000000000000.1." + string(32, '0') + "." +
                         string(86, 'A')),
            401, "device_unknown");
    add_row(rows, "a moment beyond every number",
            changes_with("Tallybook 00000000-0000-7000-8000-000000000000.99999999999999999999." +
                         string(32, '0') + "." + string(86, 'A')),
            401, "bad_authorization");
    add_row(
        rows, "a signature with another key",
        [](World& world) {
            return world.request("GET", changes_target,
                                 world.authorization("GET", changes_target, crypto::sha256_hex(""),
                                                     world.clock.now(), crypto::make_signing_key()));
        },
        401, "bad_signature");
    add_row(
        rows, "the signature of another address",
        [](World& world) {
            return world.request("GET", string(changes_target) + "?cursor=r0e0",
                                 world.authorization("GET", changes_target, crypto::sha256_hex(""),
                                                     world.clock.now(), world.device().signing));
        },
        401, "bad_signature");
    add_row(
        rows, "the signature of another method",
        [](World& world) {
            return world.request("POST", "/api/v1/withdrawals",
                                 world.authorization("GET", "/api/v1/withdrawals", crypto::sha256_hex("{}"),
                                                     world.clock.now(), world.device().signing),
                                 "{}");
        },
        401, "bad_signature");
    add_row(
        rows, "the signature of another body",
        [](World& world) {
            return world.request("POST", "/api/v1/withdrawals",
                                 world.authorization("POST", "/api/v1/withdrawals", crypto::sha256_hex("{}"),
                                                     world.clock.now(), world.device().signing),
                                 "{ }");
        },
        401, "bad_signature");
    add_row(rows, "a request that was signed six minutes ago", changes_signed_at(-6 * 60'000), 401,
            "clock_out_of_step");
    add_row(rows, "a request that was signed in six minutes", changes_signed_at(6 * 60'000), 401,
            "clock_out_of_step");
    add_row(
        rows, "a request that was signed before all time",
        [](World& world) {
            return world.request("GET", changes_target,
                                 world.authorization("GET", changes_target, crypto::sha256_hex(""),
                                                     Timestamp{std::numeric_limits<std::int64_t>::min()},
                                                     world.device().signing));
        },
        401, "bad_authorization");
    add_row(
        rows, "a cursor of letters",
        [](World& world) {
            return world.signed_request("GET", string(changes_target) + "?cursor=Ollerenshaw");
        },
        400, "bad_cursor");
    add_row(
        rows, "a cursor beyond every number",
        [](World& world) {
            return world.signed_request("GET", string(changes_target) + "?cursor=r99999999999999999999e1");
        },
        400, "bad_cursor");
    add_row(
        rows, "a cursor with SQL",
        [](World& world) {
            return world.signed_request("GET", string(changes_target) + "?cursor=r0e0%27%20OR%201%3D1--");
        },
        400, "bad_cursor");
    const string photos = "/api/v1/attachments/";
    sent_twice(rows, "a signed request that somebody recorded and sends again",
               [](World& world) { return world.signed_request("GET", changes_target); });
    sent_twice(rows, "a question after a photo, sent again", [photos](World& world) {
        return world.signed_request("GET", photos + world.photo(), "Tus-Resumable: 1.0.0\r\n");
    });
    sent_twice(rows, "a part of a photo, sent again", [photos](World& world) {
        return world.signed_request("PATCH", photos + world.photo(),
                                    "Tus-Resumable: 1.0.0\r\nUpload-Offset: 7\r\nContent-Type: "
                                    "application/offset+octet-stream\r\n",
                                    "abc");
    });
    sent_twice(rows, "a withdrawal, sent again",
               [](World& world) { return world.signed_request("POST", "/api/v1/withdrawals", {}, "{}"); });
    rows.push_back({"a recorded request from eight connections at once",
                    [](World& world) {
                        const string request = world.signed_request("GET", changes_target);
                        std::array<std::unique_ptr<RawHttp>, 8> connections;
                        for (auto& connection : connections) {
                            connection = std::make_unique<RawHttp>(world.port());
                            connection->send(request);
                        }
                        int taken = 0;
                        Reply refused;
                        for (auto& connection : connections) {
                            Reply answer = answer_from(connection->answer());
                            if (answer.status == 200)
                                ++taken;
                            else
                                refused = std::move(answer);
                        }
                        return taken == 1 ? refused : Reply{};
                    },
                    401, "request_repeated"});
    rows.push_back({"a recorded request after so many others that the server has forgotten it",
                    [](World& world) {
                        // Its clock must have gone on from the last one that is forgotten with it.
                        const string recorded = world.signed_request("GET", changes_target);
                        (void)world.ask(recorded);
                        std::this_thread::sleep_for(std::chrono::milliseconds(5));
                        RawHttp connection(world.port());
                        const string target = string(changes_target) + "?cursor=x";
                        for (std::size_t i = 0; i < server::SeenRequests::Limits{}.per_device_max; ++i)
                            if (answer_from(connection.ask(world.signed_request("GET", target))).status !=
                                400)
                                return Reply{};
                        return world.ask(recorded);
                    },
                    401, "clock_out_of_step"});
    add_row(
        rows, "a question that a header turns into the end of an upload",
        [photos](World& world) {
            return world.signed_request("GET", photos + world.photo(),
                                        "Tus-Resumable: 1.0.0\r\nX-HTTP-Method-Override: DELETE\r\n");
        },
        401, "bad_signature");
}

/// A batch of the device's with these bytes changed in it, signed again or not.
Make batch_with(const std::function<void(string&)>& change, bool sign_again)
{
    return [change, sign_again](World& world) {
        string batch = world.first_batch();
        change(batch);
        if (sign_again) {
            batch.resize(batch.size() - crypto::signature_bytes);
            batch += crypto::sign(string("tallybook-batch-v1\0", 19) + crypto::sha256(batch),
                                  world.device().signing);
        }
        return world.batch_request(batch);
    };
}

/// Offsets in a batch with one key; see PROTOCOL.md, section 3.
constexpr std::size_t device_at = 5;
constexpr std::size_t created_at = 21;
constexpr std::size_t key_count_at = 29;
constexpr std::size_t record_count_at = 31 + 80;
constexpr std::size_t record_length_at = record_count_at + 4;

void add_batches(std::vector<Row>& rows)
{
    add_row(
        rows, "no batch at all", [](World& world) { return world.batch_request(""); }, 400, "bad_batch");
    add_row(
        rows, "a batch of words",
        [](World& world) { return world.batch_request("Ollerenshaw, 07700900123"); }, 400, "bad_batch");
    add_row(
        rows, "a batch of JSON that is very deep",
        [](World& world) { return world.batch_request(string(1'000'000, '[')); }, 400, "bad_batch");
    add_row(rows, "a batch that is cut short",
            batch_with([](string& batch) { batch.resize(batch.size() / 2); }, false), 400, "bad_batch");
    add_row(rows, "a batch with a byte after its end", batch_with([](string& batch) { batch += 'x'; }, false),
            400, "bad_batch");
    add_row(rows, "a batch of another version", batch_with([](string& batch) { batch[4] = 9; }, true), 400,
            "bad_batch");
    add_row(rows, "more keys than a batch may have",
            batch_with([](string& batch) { batch.replace(key_count_at, 2, "\xff\xff"); }, true), 400,
            "bad_batch");
    add_row(
        rows, "more records than there are",
        batch_with([](string& batch) { batch.replace(record_count_at, 4, string("\0\0\x07\xd0", 4)); }, true),
        400, "bad_batch");
    add_row(rows, "four thousand million records",
            batch_with([](string& batch) { batch.replace(record_count_at, 4, "\xff\xff\xff\xff"); }, true),
            413, "batch_too_large");
    add_row(rows, "a record of four thousand million bytes",
            batch_with([](string& batch) { batch.replace(record_length_at, 4, "\xff\xff\xff\xff"); }, true),
            400, "bad_batch");
    add_row(
        rows, "one record more than a batch may have",
        [](World& world) {
            return world.batch_request(world.device().batch(std::vector<string>(2001, string(100, 'x'))));
        },
        413, "batch_too_large");
    add_row(
        rows, "a batch beyond four megabytes",
        [](World& world) {
            return world.batch_request(world.device().batch(std::vector<string>(20, string(250'000, 'x'))));
        },
        413, "body_too_large");
    add_row(
        rows, "a batch of a device that nobody knows",
        batch_with([](string& batch) { batch[device_at] = static_cast<char>(batch[device_at] ^ 1); }, true),
        401, "device_unknown");
    add_row(rows, "a batch with a byte changed", batch_with([](string& batch) { batch[200] ^= 1; }, false),
            401, "bad_signature");
    add_row(
        rows, "a batch that somebody else signed",
        [](World& world) {
            SampleDevice other(world.random, world.clock, string(32, 'k'));
            other.id = world.device().id;
            return world.batch_request(other.batch({}));
        },
        401, "bad_signature");
    add_row(rows, "a batch from before all time",
            batch_with([](string& batch) { batch.replace(created_at, 8, string("\x80\0\0\0\0\0\0\0", 8)); },
                       true),
            400, "bad_batch");
    add_row(
        rows, "a batch from after all time",
        batch_with([](string& batch) { batch.replace(created_at, 8, "\x7f\xff\xff\xff\xff\xff\xff\xff"); },
                   true),
        400, "bad_batch");
    add_row(
        rows, "a batch that was taken already",
        [](World& world) { return world.batch_request(world.first_batch()); }, 200, "exists");
    rows.push_back({"that batch from eight connections at once",
                    [](World& world) {
                        std::array<std::unique_ptr<RawHttp>, 8> connections;
                        for (auto& connection : connections) {
                            connection = std::make_unique<RawHttp>(world.port());
                            connection->send(world.batch_request(world.first_batch()));
                        }
                        Reply answer;
                        for (auto& connection : connections) {
                            answer = answer_from(connection->answer());
                            if (answer.status != 200 || world.outcomes(answer) != "exists")
                                break;
                        }
                        return answer;
                    },
                    200, "exists"});
}

/// A batch with one record that is sealed as it should be, around these bytes.
Make record_around(const std::function<string(World&)>& inside)
{
    return [inside](World& world) {
        return world.batch_request(world.device().batch({world.sealed(inside(world))}));
    };
}

/// An entry like the first one, as JSON, with one text replaced by another.
Make entry_with(const string& from, const string& to)
{
    return record_around([from, to](World& world) {
        Entry entry = sample_hours_entry();
        entry.author = world.author();
        string text = protocol::write_entry(entry);
        const auto at = text.find(from);
        if (at == string::npos)
            throw std::runtime_error("no " + from + " in " + text);
        return text.replace(at, from.size(), to);
    });
}

string nested(int depth)
{
    return string(static_cast<std::size_t>(depth), '[') + string(static_cast<std::size_t>(depth), ']');
}

/// A record whose compressed bytes do not say how much they become.
string bomb_without_size(World& world)
{
    const string plain(16 * 1024 * 1024, ' ');
    string packed(ZSTD_compressBound(plain.size()), '\0');
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
    packed.resize(ZSTD_compress2(context.get(), packed.data(), packed.size(), plain.data(), plain.size()));

    auto& device = world.device();
    string record = world.sealed("{}").substr(0, protocol::record_header_bytes);
    record[1] = 0; // no dictionary
    const auto id = Uuid::from_bytes(std::string_view(record).substr(2, 16));
    const string key = protocol::entry_key(device.data_key.key, id);
    return record +
           crypto::encrypt(packed, record + string(device.id.view()), key.substr(32), key.substr(0, 32));
}

void add_records(std::vector<Row>& rows)
{
    const std::set<string> kept_apart = {"refused_records", "device_chains"};
    const auto rejected = [&](string what, Make make, string code) {
        add_row(rows, std::move(what), std::move(make), 200, std::move(code), kept_apart);
    };
    rejected("a record that becomes 64 megabytes",
             record_around([](World&) { return string(64'000'000, ' '); }), "entry_too_large");
    rejected(
        "a record that does not say how much it becomes",
        [](World& world) { return world.batch_request(world.device().batch({bomb_without_size(world)})); },
        "bad_compression");
    rejected("an entry of arrays, very deep", record_around([](World&) { return nested(100'000); }),
             "json_too_deep");
    rejected("an entry with a field that is very deep",
             entry_with("\"about\":{", "\"about\":" + nested(5000) + ",\"x\":{"), "json_too_deep");
    rejected("an entry that is not UTF-8", entry_with("Planting trees", "Planting \xff\xfe trees"),
             "bad_json");
    rejected("an entry with half a surrogate", entry_with("Planting trees", "\\ud800"), "bad_json");
    rejected("an entry with a zero byte", entry_with("Planting trees", "Planting\\u0000trees"), "bad_text");
    rejected("an entry with a field that nobody knows",
             entry_with("\"about\":{", "\"Ollerenshaw\":1,\"about\":{"), "unknown_field");
    rejected("an entry with a field twice", entry_with("\"about\":{", "\"language\":\"en\",\"about\":{"),
             "repeated_field");
    rejected("a number beyond every number",
             entry_with("\"utc_offset_min\":0", "\"utc_offset_min\":99999999999999999999"), "bad_json");
    rejected("a number with a fraction where a whole one belongs",
             entry_with("\"utc_offset_min\":0", "\"utc_offset_min\":0.5"), "wrong_type");
    rejected("a number with an exponent", entry_with("\"utc_offset_min\":0", "\"utc_offset_min\":1e9"),
             "wrong_type");
    rejected("a date that there is not", entry_with("2026-03-02\"", "2026-02-30\""), "bad_date");
    rejected("an entry of nothing", record_around([](World&) { return string(); }), "bad_json");
    rejected("an entry that ends early",
             record_around([](World&) { return string("{\"format\":\"tallybook"); }), "bad_json");
    rejected(
        "a record that is sealed for another device",
        [](World& world) {
            SampleDevice other(world.random, world.clock, string(32, 'k'));
            Entry entry = sample_hours_entry();
            return world.batch_request(world.device().batch({other.seal(entry)}));
        },
        "key_missing");
    rejected(
        "a record of no bytes", [](World& world) { return world.batch_request(world.device().batch({""})); },
        "bad_record");
    rejected(
        "a record with a number beyond every number",
        [](World& world) {
            string record = world.sealed("{}");
            record.replace(18, 8, "\xff\xff\xff\xff\xff\xff\xff\xff");
            return world.batch_request(world.device().batch({record}));
        },
        "bad_record");
    rejected(
        "another entry under an id that is taken",
        [](World& world) {
            Entry entry = sample_hours_entry();
            entry.author = world.author();
            const auto id = Uuid::parse(world.entry_id()).value();
            return world.batch_request(world.device().batch(
                {protocol::seal_record(protocol::write_entry(entry), id, world.device().id,
                                       world.device().next_link, world.device().data_key)}));
        },
        "id_conflict");
    rejected("an entry that names its author twice",
             entry_with("\"language\":\"en\"", "\"author\":\"p-0001\",\"language\":\"en\""),
             "repeated_field");
    rejected("an entry in another person's name", record_around([](World&) {
                 Entry entry = sample_hours_entry();
                 entry.author = "p-0001";
                 return protocol::write_entry(entry);
             }),
             "author_mismatch");
}

const string tus = "Tus-Resumable: 1.0.0\r\n";
const string chunk_type = "Content-Type: application/offset+octet-stream\r\n";

Make creation(const string& headers)
{
    return [headers](World& world) { return world.signed_request("POST", "/api/v1/attachments", headers); };
}

/// Of the photo of which 1,000 bytes are here, with its first bytes. `digest` is what was signed of them.
Make creation_with(const string& headers, const string& body, const string& digest = "unsigned")
{
    return [=](World& world) {
        return world.request("POST", "/api/v1/attachments",
                             tus + "Upload-Metadata: digest " + to_base64(world.photo()) +
                                 "\r\nUpload-Length: 5016\r\n" + headers +
                                 world.authorization("POST", "/api/v1/attachments", digest, world.clock.now(),
                                                     world.device().signing),
                             body);
    };
}

Make part(const string& headers, const string& body)
{
    return [headers, body](World& world) {
        return world.signed_request("PATCH", "/api/v1/attachments/" + world.photo(), headers, body);
    };
}

void add_uploads(std::vector<Row>& rows)
{
    const string digest = "Upload-Metadata: digest " + to_base64(string(64, 'c')) + "\r\n";
    add_row(rows, "an upload without a version", creation("Upload-Length: 10\r\n" + digest), 412,
            "tus_version");
    add_row(rows, "an upload of another version",
            creation("Tus-Resumable: 0.2.2\r\nUpload-Length: 10\r\n" + digest), 412, "tus_version");
    add_row(rows, "an upload without a length", creation(tus + digest), 400, "bad_upload");
    add_row(rows, "an upload of a length below zero", creation(tus + "Upload-Length: -1\r\n" + digest), 400,
            "bad_upload");
    add_row(rows, "an upload of a length beyond every number",
            creation(tus + "Upload-Length: 99999999999999999999\r\n" + digest), 400, "bad_upload");
    add_row(rows, "an upload of the largest number",
            creation(tus + "Upload-Length: 9223372036854775807\r\n" + digest), 413, "attachment_too_large");
    add_row(rows, "an upload of no bytes", creation(tus + "Upload-Length: 0\r\n" + digest), 400,
            "bad_length");
    add_row(rows, "an upload that names no photo", creation(tus + "Upload-Length: 10\r\n"), 400,
            "bad_upload");
    add_row(rows, "an upload with names of nothing",
            creation(tus + "Upload-Length: 10\r\nUpload-Metadata: ,,, ,digest,digest ,=\r\n"), 400,
            "bad_upload");
    add_row(rows, "a photo that no entry names", creation(tus + "Upload-Length: 10\r\n" + digest), 404,
            "attachment_unknown");
    add_row(rows, "a photo with a path for a name",
            creation(tus + "Upload-Length: 10\r\nUpload-Metadata: digest " +
                     to_base64("../../../../tmp/Ollerenshaw") + "\r\n"),
            400, "bad_digest");
    add_row(rows, "a photo with a line break for a name, to split a header",
            creation(tus + "Upload-Length: 10\r\nUpload-Metadata: digest " +
                     to_base64("a\r\nX-Injected: yes") + "\r\n"),
            400, "bad_digest");
    add_row(rows, "an upload that brings more bytes than it says",
            creation_with(chunk_type, string(5017, 'x')), 413, "too_many_bytes");
    add_row(rows, "an upload that brings more bytes than any may have",
            creation_with(chunk_type + "Content-Length: 9000000\r\n", ""), 413, "too_many_bytes");
    add_row(rows, "an upload that brings bytes of another type",
            creation_with("Content-Type: image/jpeg\r\n", "abc"), 415, "unsupported_media_type");
    add_row(rows, "an upload that brings bytes of no type", creation_with("", "abc"), 415,
            "unsupported_media_type");
    add_row(rows, "an upload that brings parts of a form",
            creation_with("Content-Type: multipart/form-data; boundary=x\r\n", "--x--"), 415,
            "unsupported_media_type");
    add_row(rows, "an upload that brings bytes with half a checksum",
            creation_with(chunk_type + "Upload-Checksum: sha1 AAAA\r\n", "abc"), 400, "bad_upload");
    add_row(rows, "an upload whose signature says that it brings no bytes",
            creation_with(chunk_type, "abc", crypto::sha256_hex("")), 401, "bad_signature");
    add_row(rows, "an upload that brings none, whose signature says that it does",
            creation_with(chunk_type, ""), 401, "bad_signature");
    add_row(
        rows, "a part of a photo that was never begun",
        [](World& world) {
            return world.signed_request("PATCH", "/api/v1/attachments/" + string(64, 'c'),
                                        tus + chunk_type + "Upload-Offset: 0\r\n", "abc");
        },
        404, "not_found");
    add_row(
        rows, "a part under a path",
        [](World& world) {
            return world.signed_request("PATCH", "/api/v1/attachments/..%2f..%2ftallybook.db",
                                        tus + chunk_type + "Upload-Offset: 0\r\n", "abc");
        },
        404, "not_found");
    add_row(rows, "a part of another type", part(tus + "Upload-Offset: 1000\r\n", "abc"), 415,
            "unsupported_media_type");
    add_row(rows, "a part without an offset", part(tus + chunk_type, "abc"), 400, "bad_upload");
    add_row(rows, "a part at an offset below zero", part(tus + chunk_type + "Upload-Offset: -1\r\n", "abc"),
            400, "bad_upload");
    add_row(rows, "a part before the end", part(tus + chunk_type + "Upload-Offset: 0\r\n", "abc"), 409,
            "offset_mismatch");
    add_row(rows, "a part after the end", part(tus + chunk_type + "Upload-Offset: 2000\r\n", "abc"), 409,
            "offset_mismatch");
    add_row(rows, "a part at the largest offset",
            part(tus + chunk_type + "Upload-Offset: 9223372036854775807\r\n", "abc"), 409, "offset_mismatch");
    add_row(rows, "a part beyond the limit",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nContent-Length: 9000000\r\n", ""), 413,
            "body_too_large");
    add_row(rows, "a part beyond what any stream may have",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nContent-Length: 1073741825\r\n", ""), 413,
            "body_too_large");
    add_row(rows, "a part of the largest length",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nContent-Length: 18446744073709551615\r\n", ""),
            413, "body_too_large");
    add_row(
        rows, "a part beyond the limit, which does not say so",
        [](World& world) {
            const string head = world.signed_request(
                "PATCH", "/api/v1/attachments/" + world.photo(),
                tus + chunk_type + "Upload-Offset: 1000\r\nTransfer-Encoding: chunked\r\n");
            return head + "1000000\r\n" + string(0x1000000, 'x') + "\r\n0\r\n\r\n";
        },
        413, "too_many_bytes");
    add_row(rows, "more bytes than the upload was begun with",
            part(tus + chunk_type + "Upload-Offset: 1000\r\n", string(9000, 'x')), 413, "too_many_bytes");
    add_row(rows, "a part with another checksum",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nUpload-Checksum: sha256 " +
                     to_base64(string(32, 'x')) + "\r\n",
                 "abc"),
            460, "checksum_mismatch");
    add_row(rows, "a part with a checksum of another kind",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nUpload-Checksum: md5 " +
                     to_base64(string(16, 'x')) + "\r\n",
                 "abc"),
            400, "bad_upload");
    add_row(rows, "a part with half a checksum",
            part(tus + chunk_type + "Upload-Offset: 1000\r\nUpload-Checksum: sha256 AAAA\r\n", "abc"), 400,
            "bad_upload");
    add_row(
        rows, "an upload that is ended under another's name",
        [](World& world) {
            return world.request("DELETE", "/api/v1/attachments/" + world.photo(),
                                 tus + world.authorization("DELETE", "/api/v1/attachments/" + world.photo(),
                                                           crypto::sha256_hex(""), world.clock.now(),
                                                           crypto::make_signing_key()));
        },
        401, "bad_signature");
    add_row(
        rows, "a part without a signature",
        [](World& world) {
            return world.request("PATCH", "/api/v1/attachments/" + world.photo(),
                                 tus + chunk_type + "Upload-Offset: 1000\r\n", "abc");
        },
        401, "bad_authorization");
    add_row(rows, "an upload that a browser might send",
            part("Content-Type: multipart/form-data; boundary=x\r\n", "--x--"), 415,
            "unsupported_media_type");
}

void add_codes(std::vector<Row>& rows)
{
    const auto enrolment = [](const string& body) {
        return [body](World& world) { return world.request("POST", "/api/v1/enrolments", {}, body); };
    };
    add_row(rows, "an enrolment of nothing", enrolment("{}"), 400, "bad_code");
    add_row(rows, "an enrolment that is no object", enrolment("[1,2,3]"), 400, "bad_enrolment");
    add_row(rows, "an enrolment that is very deep", enrolment(nested(30'000)), 400, "bad_enrolment");
    add_row(rows, "an enrolment that is not UTF-8", enrolment("{\"code\":\"\xff\"}"), 400, "bad_enrolment");
    add_row(rows, "an enrolment with numbers for texts",
            enrolment("{\"code\":1e999,\"public_key\":{},\"proof\":null}"), 400, "bad_enrolment");
    add_row(
        rows, "an enrolment of a megabyte",
        [](World& world) { return world.request("POST", "/api/v1/enrolments", {}, string(1'000'000, 'x')); },
        413, "body_too_large");
    add_row(
        rows, "an enrolment without a proof of its key",
        [](World& world) {
            const string key = to_base64(string(32, 'k'));
            return world.request("POST", "/api/v1/enrolments", {},
                                 R"({"code":"ABCD-EFGH-JKMN","public_key":")" + key + R"(","proof":")" +
                                     to_base64(string(64, 'p')) + "\"}");
        },
        400, "bad_enrolment");
    const auto record = [](const string& body) {
        return [body](World& world) { return world.request("POST", "/api/v1/enrolments/again", {}, body); };
    };
    add_row(rows, "a record of an enrolment with nothing in it", record("{}"), 400, "bad_enrolment");
    add_row(rows, "a record of an enrolment that is very deep", record(nested(30'000)), 400, "bad_enrolment");
    add_row(rows, "a record of an enrolment that is not UTF-8", record("{\"name\":\"\xff\"}"), 400,
            "bad_enrolment");
    add_row(
        rows, "a record of an enrolment that nobody signed",
        record(R"({"device":"01890000-0000-7000-8000-000000000001","name":"x","mode":"kiosk","author":"",)"
               R"("public_key":")" +
               to_base64(string(32, 'k')) + R"(","record":")" + to_base64(string(64, 'p')) + "\"}"),
        403, "bad_proof");
    const auto withdrawal = [](const string& body) {
        return [body](World& world) { return world.signed_request("POST", "/api/v1/withdrawals", {}, body); };
    };
    add_row(rows, "a withdrawal of nothing", withdrawal("{}"), 400, "bad_withdrawal");
    add_row(rows, "a withdrawal that is very deep", withdrawal(nested(30'000)), 400, "bad_withdrawal");
    add_row(rows, "a withdrawal that is not sealed", withdrawal(R"({"sealed_code":"AAAA","at_ms":1})"), 400,
            "bad_withdrawal");
    rows.push_back({"withdrawal codes tried out by a device",
                    [](World& world) {
                        const auto about =
                            nlohmann::json::parse(world.ask(world.request("GET", "/api/v1/server")).body);
                        const auto key = from_base64(about.at("sealing_key").get<string>()).value();
                        Reply answer;
                        for (int i = 0; i < 21; ++i) {
                            const auto sealed = crypto::seal_to(key, "ABCDEFGH" + std::to_string(10 + i));
                            answer = world.ask(world.signed_request(
                                "POST", "/api/v1/withdrawals", {},
                                R"({"sealed_code":")" + to_base64(sealed) + R"(","at_ms":1})"));
                        }
                        return answer;
                    },
                    429,
                    "too_many_requests",
                    {"withdrawal_requests", "waiting_withdrawals", "erasure_lists", "files"}});
    rows.push_back({"a code that is used a second time, by another device",
                    [](World& world) {
                        const string typed = world.server().device_code("Tablet 2");
                        const string code = typed.substr(0, typed.find('@'));
                        (void)world.ask(world.enrolment(code));
                        return world.ask(world.enrolment(code));
                    },
                    403,
                    "code_used",
                    {"devices", "enrolment_codes"}});
    // The last: from here on this address may not enrol for a quarter of an hour.
    rows.push_back({"codes guessed one after another",
                    [](World& world) {
                        Reply answer;
                        for (int i = 0; i < 12; ++i)
                            answer = world.ask(world.enrolment(protocol::format_enrolment_code(
                                protocol::make_enrolment_code(world.random))));
                        return answer;
                    },
                    429, "too_many_requests"});
    rows.push_back({"the right code after too many wrong ones",
                    [](World& world) {
                        const string typed = world.server().device_code("Tablet 3");
                        return world.ask(world.enrolment(typed.substr(0, typed.find('@'))));
                    },
                    429,
                    "too_many_requests",
                    {"enrolment_codes"}});
}

} // namespace

void add_device_rows(std::vector<Row>& rows)
{
    add_signatures(rows);
    add_batches(rows);
    add_records(rows);
    add_uploads(rows);
    add_codes(rows);
}

} // namespace tally::test
