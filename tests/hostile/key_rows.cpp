#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/key_change.h"
#include "tests/hostile/table.h"

namespace tally::test {
namespace {

using std::string;
using Make = std::function<string(World&)>; ///< the bytes of a body

constexpr const char* target = "/api/v1/device-keys";

string statement(const Uuid& device, const crypto::SigningKey& from, const crypto::SigningKey& to,
                 std::uint64_t signed_up_to = 1)
{
    protocol::KeyChange change;
    change.device = device;
    change.made_at = {1'772'443'800'000};
    change.signed_up_to = signed_up_to;
    return protocol::write_key_change(change, from, to);
}

/// Of the device to a key that nobody keeps.
string good_statement(World& world)
{
    return statement(world.device().id, world.device().signing, crypto::make_signing_key());
}

void add(std::vector<Row>& rows, string what, Make body, int status, string code,
         std::set<string> changes = {})
{
    rows.push_back(
        {std::move(what),
         [body = std::move(body)](World& world) {
             return world.ask(world.request(
                 "POST", target, "Content-Type: application/vnd.tallybook.key-changes\r\n", body(world)));
         },
         status, std::move(code), std::move(changes)});
}

void add_forms(std::vector<Row>& rows)
{
    const string bad = "bad_key_change";
    add(
        rows, "a new key of no bytes", [](World&) { return string(); }, 400, bad);
    add(
        rows, "a new key of words", [](World&) { return string("Ollerenshaw, 07700900123"); }, 400, bad);
    add(
        rows, "a new key that is cut short", [](World& world) { return good_statement(world).substr(1); },
        400, bad);
    add(
        rows, "a new key with a byte after its end", [](World& world) { return good_statement(world) + "x"; },
        400, bad);
    for (const std::size_t at : {0UL, 5UL, 22UL, 30UL, 40UL, 80UL, 120UL, 150UL, 220UL})
        add(
            rows, "a new key with byte " + std::to_string(at) + " changed",
            [at](World& world) {
                string bytes = good_statement(world);
                bytes[at] = static_cast<char>(bytes[at] ^ 1);
                return bytes;
            },
            400, bad);
    add(
        rows, "two new keys that do not follow one another",
        [](World& world) { return good_statement(world) + good_statement(world); }, 400, bad);
    add(
        rows, "more new keys than a device may have",
        [](World& world) {
            string all;
            auto last = world.device().signing;
            for (std::size_t i = 0; i <= protocol::key_changes_max; ++i) {
                const auto next = crypto::make_signing_key();
                all += statement(world.device().id, std::exchange(last, next), next);
            }
            return all;
        },
        400, bad);
    add(
        rows, "a new key beyond the longest form", [](World&) { return string(70'000, 'x'); }, 413,
        "body_too_large");
    add(
        rows, "a new key of a server",
        [](World& world) { return statement({}, world.device().signing, crypto::make_signing_key()); }, 400,
        bad);
    add(
        rows, "a number beyond every number with a new key",
        [](World& world) {
            return statement(world.device().id, world.device().signing, crypto::make_signing_key(),
                             0xffff'ffff'ffff'ffff);
        },
        400, bad);
}

void add_strangers(std::vector<Row>& rows)
{
    add(
        rows, "a new key of a device that nobody knows",
        [](World& world) {
            return statement(Uuid::parse("01890000-0000-7000-8000-000000000009").value(),
                             world.device().signing, crypto::make_signing_key());
        },
        401, "device_unknown");
    add(
        rows, "a new key that a stranger vouches for",
        [](World& world) {
            return statement(world.device().id, crypto::make_signing_key(), crypto::make_signing_key());
        },
        401, "bad_signature");
    rows.push_back({"a new key that is asked for",
                    [](World& world) { return world.ask(world.request("GET", target)); }, 405,
                    "method_not_allowed"});
    rows.push_back({"an enrolment shown again with keys that are none",
                    [](World& world) {
                        return world.ask(world.request(
                            "POST", "/api/v1/enrolments/again", {},
                            R"({"device":")" + world.device().id.text() +
                                R"(","name":"Tablet 1","mode":"worker","author":"p","public_key":")" +
                                to_base64(world.device().signing.public_key) +
                                R"(","record":"AAAA","changes":["TLYK",7,null]})"));
                    },
                    400, "bad_key_change"});
    rows.push_back({"an enrolment shown again with keys of another",
                    [](World& world) {
                        return world.ask(world.request(
                            "POST", "/api/v1/enrolments/again", {},
                            R"({"device":"01890000-0000-7000-8000-000000000009","name":"Tablet 1",)"
                            R"("mode":"worker","author":"p","record":"AAAA","public_key":")" +
                                to_base64(world.device().signing.public_key) + R"(","changes":[")" +
                                to_base64(good_statement(world)) + "\"]}"));
                    },
                    403, "bad_proof"});
}

/// The device changes its key, and then somebody comes who has the old one.
void add_former_key(std::vector<Row>& rows)
{
    struct Change
    {
        crypto::SigningKey former;
        string statement;
    };
    const auto change = std::make_shared<Change>();
    add(rows, "the device's own new key",
        [change](World& world) {
            const auto next = crypto::make_signing_key();
            change->former = world.device().signing;
            change->statement = statement(world.device().id, change->former, next);
            world.device().signing = next;
            return change->statement;
        },
        204, "", {"devices", "device_key_changes"});
    add(
        rows, "that new key, sent again by whoever recorded it",
        [change](World&) { return change->statement; }, 204, "");
    const auto stolen = [change](World& world) {
        return statement(world.device().id, change->former, crypto::make_signing_key());
    };
    add(rows, "another new key, by whoever has the former one", stolen, 409, "key_conflict",
        {"device_key_disputes"});
    add(rows, "one more by the same", stolen, 409, "key_conflict");
    add(
        rows, "a new key that was the former one",
        [change](World& world) {
            return statement(world.device().id, world.device().signing, change->former);
        },
        409, "key_taken");
    rows.push_back({"a request that was signed with the former key",
                    [change](World& world) {
                        return world.ask(world.request(
                            "GET", "/api/v1/changes",
                            world.authorization("GET", "/api/v1/changes", crypto::sha256_hex(""),
                                                world.clock.now(), change->former)));
                    },
                    401, "former_key"});
    rows.push_back({"a new entry that was signed with the former key",
                    [change](World& world) {
                        SampleDevice before = world.device();
                        before.signing = change->former;
                        return world.ask(world.batch_request(before.batch({world.sealed("{}")})));
                    },
                    401, "former_key"});
    rows.push_back({"another entry in the place of the first, signed with the former key",
                    [change](World& world) {
                        SampleDevice before = world.device();
                        before.signing = change->former;
                        before.next_link = {};
                        before.next_link.seq = 1;
                        before.next_link.previous = string(32, '\0');
                        Entry entry = sample_hours_entry();
                        return world.ask(world.batch_request(before.batch({before.seal(entry)})));
                    },
                    401, "former_key"});
}

} // namespace

void add_key_rows(std::vector<Row>& rows)
{
    add_forms(rows);
    add_strangers(rows);
    add_former_key(rows);
}

} // namespace tally::test
