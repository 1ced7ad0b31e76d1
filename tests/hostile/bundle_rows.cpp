#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/bundle_answer.h"
#include "tests/hostile/table.h"

namespace tally::test {
namespace {

using std::string;
using Make = std::function<string(World&)>;

const string multipart = "Content-Type: multipart/form-data; boundary=x\r\n";

/// One field of a form in parts.
string part(const string& name, const string& bytes)
{
    return "--x\r\nContent-Disposition: form-data; " + name + "\r\n\r\n" + bytes + "\r\n";
}

string parts_with(const string& token, const string& bundle)
{
    return part(R"(name="csrf")", token) + part(R"(name="file"; filename="out.bundle")", bundle) +
           "--x--\r\n";
}

string posted(World& world, const string& target, const string& headers, const string& body)
{
    return world.request("POST", target, "Cookie: tallybook=" + world.session() + "\r\n" + headers, body);
}

/// This file, sent as the page's own form sends it.
Make uploaded(const std::function<string(World&)>& bundle)
{
    return [bundle](World& world) {
        return posted(world, "/bundles", multipart, parts_with(world.csrf(), bundle(world)));
    };
}

Make receipts_of(const std::function<string(World&)>& content)
{
    return [content](World& world) {
        string token;
        for (const char c : world.csrf())
            token += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : string(1, c);
        return world.form("/bundles/receipts", "content=" + content(world) + "&csrf=" + token);
    };
}

/// A page for people, which says why.
void add_page(std::vector<Row>& rows, string what, Make make, int status, string words)
{
    rows.push_back({std::move(what),
                    [make = std::move(make), words = std::move(words)](World& world) {
                        Reply answer = world.ask(make(world));
                        if (answer.body.find(words) == string::npos)
                            answer.status = 0;
                        return answer;
                    },
                    status, ""});
}

string bundle_of(const string& batch)
{
    protocol::BundleWriter writer;
    writer.add_batch(batch);
    return std::move(writer).finish();
}

string good_bundle(World& world)
{
    return bundle_of(world.first_batch());
}

void add_forms(std::vector<Row>& rows)
{
    add_row(
        rows, "a bundle of somebody who is not signed in",
        [](World& world) {
            return world.request("POST", "/bundles", multipart, parts_with(world.csrf(), good_bundle(world)));
        },
        401, "not_signed_in");
    add_row(
        rows, "a bundle of a device that signs instead of a person",
        [](World& world) {
            return world.signed_request("POST", "/bundles", multipart,
                                        parts_with(world.csrf(), good_bundle(world)));
        },
        401, "not_signed_in");
    add_row(
        rows, "a bundle without the form's token",
        [](World& world) { return posted(world, "/bundles", multipart, parts_with("", good_bundle(world))); },
        403, "bad_csrf_token");
    add_row(
        rows, "a bundle from another site",
        [](World& world) {
            return posted(world, "/bundles", multipart + "Origin: https://evil.example\r\n",
                          parts_with(world.csrf(), good_bundle(world)));
        },
        403, "bad_csrf_token");
    add_row(
        rows, "a bundle as bytes, without a form",
        [](World& world) {
            return posted(world, "/bundles", "Content-Type: application/octet-stream\r\n",
                          good_bundle(world));
        },
        403, "bad_csrf_token");
    add_row(
        rows, "a bundle that says it is larger than a request may be",
        [](World& world) {
            return posted(world, "/bundles", multipart + "Content-Length: 16777217\r\n", "");
        },
        413, "body_too_large");
    add_row(
        rows, "a bundle that does not say how large it is",
        [](World& world) {
            return posted(world, "/bundles", multipart + "Transfer-Encoding: chunked\r\n", "") +
                   "5\r\n--x--\r\n0\r\n\r\n";
        },
        411, "length_required");
    add_row(
        rows, "a form with a bundle that never ends",
        [](World& world) {
            const string whole = parts_with(world.csrf(), good_bundle(world));
            return posted(world, "/bundles", multipart, whole.substr(0, whole.size() - 7));
        },
        400, "body_incomplete");
    add_row(
        rows, "a bundle among a thousand fields",
        [](World& world) {
            string fields;
            for (int i = 0; i < 1000; ++i)
                fields += part(R"(name="f")", "Ollerenshaw");
            return posted(world, "/bundles", multipart,
                          fields + parts_with(world.csrf(), good_bundle(world)));
        },
        400, "too_many_fields");
}

void add_bundles(std::vector<Row>& rows)
{
    add_page(rows, "a bundle of no bytes", uploaded([](World&) { return string(); }), 422, "Choose the file");
    add_page(rows, "a file that is no bundle", uploaded([](World&) { return string("PK\3\4"); }), 422,
             "not a Tallybook bundle");
    add_page(rows, "a bundle that is cut short", uploaded([](World& world) {
                 const string whole = good_bundle(world);
                 return whole.substr(0, whole.size() - 5);
             }),
             422, "The bundle is cut short");
    add_page(rows, "a bundle with a byte changed", uploaded([](World& world) {
                 string whole = good_bundle(world);
                 whole[whole.size() / 2] ^= 1;
                 return whole;
             }),
             422, "was damaged on its way");
    add_page(rows, "a bundle with a batch of four thousand million bytes", uploaded([](World& world) {
                 string whole = good_bundle(world);
                 // After the magic and the letter of the part.
                 const auto at = whole.size() - 37 - world.first_batch().size() - 4;
                 return whole.replace(at, 4, "\xff\xff\xff\xff");
             }),
             422, "The bundle is cut short");
    add_page(rows, "a bundle of a device that nobody knows", uploaded([](World& world) {
                 SampleDevice other(world.random, world.clock, string(32, 'k'));
                 other.id = Uuid::from_bytes(string(16, 'd'));
                 return bundle_of(other.batch({}));
             }),
             422, "not enrolled");
    add_page(rows, "a bundle that somebody else signed", uploaded([](World& world) {
                 SampleDevice other(world.random, world.clock, string(32, 'k'));
                 other.id = world.device().id;
                 return bundle_of(other.batch({}));
             }),
             422, "signed with the key");
    add_page(rows, "a bundle with a photo that no entry names", uploaded([](World& world) {
                 protocol::BundleWriter writer;
                 const string photo = world.random.bytes(1000);
                 writer.add_attachment(crypto::sha256(photo), photo);
                 return std::move(writer).finish();
             }),
             200, "No entry that is here names this photo");
    add_page(rows, "a bundle with other bytes for a photo that an entry names", uploaded([](World& world) {
                 protocol::BundleWriter writer;
                 writer.add_attachment(from_hex(world.slow_photo()).value(), "Ollerenshaw");
                 return std::move(writer).finish();
             }),
             200, "was not taken");
    add_page(rows, "a bundle of what is here already", uploaded(good_bundle), 200, "Here already");
}

void add_receipts(std::vector<Row>& rows)
{
    const string words = "Take the bundle in again";
    add_row(
        rows, "receipts for somebody who is not signed in",
        [](World& world) {
            return world.request("POST", "/bundles/receipts",
                                 "Content-Type: application/x-www-form-urlencoded\r\n", "content=AAAA");
        },
        401, "not_signed_in");
    add_row(
        rows, "receipts without the form's token",
        [](World& world) { return world.form("/bundles/receipts", "content=AAAA"); }, 403, "bad_csrf_token");
    add_page(rows, "as many receipts as a large bundle has whose entries are all refused, made up",
             receipts_of([](World&) { return string(6'000'000, 'A'); }), 422, words);
    add_row(
        rows, "receipts in parts of a form",
        [](World& world) {
            return posted(world, "/bundles/receipts", multipart, parts_with(world.csrf(), "AAAA"));
        },
        415, "unsupported_media_type");
    add_row(
        rows, "more receipts than those of any bundle, announced",
        [](World& world) {
            return posted(world, "/bundles/receipts",
                          "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 16777217\r\n",
                          "");
        },
        413, "body_too_large");
    add_page(rows, "receipts that are none, to be sent under the server's name",
             receipts_of([](World&) { return to_base64url("<script>alert(1)</script>"); }), 422, words);
    add_page(rows, "receipts of another server", receipts_of([](World&) {
                 const auto key = crypto::make_signing_key();
                 return to_base64url(protocol::BundleAnswerWriter(key.public_key).finish(key));
             }),
             422, words);
    add_page(
        rows, "receipts that name this server and were signed by another", receipts_of([](World& world) {
            return to_base64url(
                protocol::BundleAnswerWriter(world.server_signing_key()).finish(crypto::make_signing_key()));
        }),
        422, words);
}

} // namespace

void add_bundle_rows(std::vector<Row>& rows)
{
    add_forms(rows);
    add_bundles(rows);
    add_receipts(rows);
}

} // namespace tally::test
