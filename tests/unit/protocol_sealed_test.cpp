#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/attachment.h"
#include "shared/protocol/enrolment.h"
#include "shared/protocol/receipt.h"
#include "shared/protocol/request_signature.h"
#include "tests/support/entries.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

using namespace tally;
using namespace tally::protocol;
using namespace tally::test;

namespace {

const crypto::SealingKey& server_sealing()
{
    static const auto key = crypto::sealing_key_from_seed(std::string(32, 's'));
    return key;
}

struct Fixture
{
    SeededRandom random{7};
    ManualClock clock{sample_moment};
    SampleDevice device{random, clock, server_sealing().public_key};
};

Receipt sample_receipt()
{
    Receipt receipt;
    receipt.device = Uuid::from_bytes("0123456789abcdef");
    receipt.entries_digest = std::string(32, 'd');
    receipt.received_at = sample_moment;
    receipt.tree_size = 12;
    receipt.tree_root = std::string(32, 'r');
    receipt.outcomes = {{Outcome::Created, 10, "", ""},
                        {Outcome::Exists, 3, "", ""},
                        {Outcome::Rejected, 0, "contract_unknown", "The server has no such contract."},
                        {Outcome::Conflict, 0, "id_conflict", "Another entry has this id."}};
    return receipt;
}

} // namespace

TEST_CASE("a record's number is one that has another after it")
{
    Fixture fixture;
    Entry entry = sample_hours_entry();
    const std::string record = fixture.device.seal(entry);
    const auto numbered = [&](std::uint64_t seq) {
        std::string number;
        append_u64(number, seq);
        return std::string(record).replace(18, 8, number);
    };
    CHECK(parse_record_header(numbered(chain_seq_max)).ok());
    for (const std::uint64_t seq : {std::uint64_t{0}, chain_seq_max + 1, UINT64_MAX})
        CHECK(parse_record_header(numbered(seq)).error().code == "bad_record");
}

TEST_CASE("a sealed record opens with its own key, for its own device, and not after any change")
{
    Fixture fixture;
    fixture.device.id = Uuid::from_bytes("device-0000-0001");
    Entry entry = sample_hours_entry();
    const std::string record = fixture.device.seal(entry);
    const auto header = parse_record_header(record);
    REQUIRE(header.ok());
    CHECK(header->id == entry.id);
    CHECK(header->link.seq == 1);
    CHECK(header->key_id == fixture.device.data_key.id);

    const std::string key = entry_key(fixture.device.data_key.key, entry.id);
    const auto opened = open_record(record, fixture.device.id, key);
    REQUIRE(opened.ok());
    CHECK(*opened == write_entry(entry));
    CHECK_FALSE(open_record(record, Uuid::from_bytes("device-0000-0002"), key).ok());
    CHECK_FALSE(open_record(record, fixture.device.id, entry_key(std::string(32, 'x'), entry.id)).ok());
    for (std::size_t i = 0; i < record.size(); ++i) {
        std::string changed = record;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(open_record(changed, fixture.device.id, key).ok());
        CHECK_FALSE(open_record(record.substr(0, i), fixture.device.id, key).ok());
    }
}

TEST_CASE("the dictionary makes a sealed hours entry less than half of its JSON")
{
    Fixture fixture;
    Entry entry = sample_hours_entry();
    const std::string record = fixture.device.seal(entry);
    CHECK(record.size() * 2 < write_entry(entry).size() + record_header_bytes * 2);
}

TEST_CASE("the data key reaches the server and nobody else")
{
    Fixture fixture;
    const auto opened = crypto::open_sealed(server_sealing(), fixture.device.data_key.sealed);
    REQUIRE(opened.ok());
    CHECK(*opened == fixture.device.data_key.key);
    CHECK_FALSE(crypto::open_sealed(crypto::make_sealing_key(), fixture.device.data_key.sealed).ok());
}

TEST_CASE("a batch reads back; cut anywhere or changed anywhere it is refused")
{
    Fixture fixture;
    Entry first = sample_hours_entry();
    Entry second = sample_delivery_entry("NT18", "5");
    const std::vector<std::string> records = {fixture.device.seal(first), fixture.device.seal(second)};
    const std::string bytes = fixture.device.batch(records);
    const auto batch = parse_batch(bytes);
    REQUIRE(batch.ok());
    CHECK(batch->records.size() == 2);
    CHECK(batch->records[1] == records[1]);
    CHECK(batch->is_signed_by(fixture.device.signing.public_key));
    CHECK_FALSE(batch->is_signed_by(crypto::make_signing_key().public_key));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CHECK_FALSE(parse_batch(std::string_view(bytes).substr(0, i)).ok());
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 0x40);
        const auto parsed = parse_batch(changed);
        CHECK_FALSE((parsed.ok() && parsed->is_signed_by(fixture.device.signing.public_key)));
    }
    CHECK(parse_batch(std::string(batch_bytes_max + 1, 'x')).error().code == "batch_too_large");
}

TEST_CASE("a record that follows another travels without what that one tells, and comes out the same")
{
    Fixture fixture;
    std::vector<std::string> records;
    for (const auto* number : {"1", "2", "3", "4", "5"}) {
        Entry entry = sample_delivery_entry("NT18", number);
        records.push_back(fixture.device.seal(entry));
    }
    constexpr std::size_t link_bytes = 2 + 8 + 32 + key_id_bytes;
    const auto size = [&](const std::vector<std::string>& of) { return fixture.device.batch(of).size(); };
    const auto size_alone = size({}) + 3 + records[0].size();
    CHECK(size({records[0]}) == size_alone);
    CHECK(size({records[0], records[1]}) == size_alone + 3 + records[1].size() - link_bytes);
    // One left out, one of another data key, one that is no record, and the same twice.
    CHECK(size({records[0], records[2]}) == size_alone + 3 + records[2].size());
    CHECK(size({records[0], "not a record"}) == size_alone + 3 + 12);
    CHECK(size({records[0], records[0]}) == size_alone + 3 + records[0].size());
    std::string other_key = records[1];
    other_key[record_header_bytes - 1] = static_cast<char>(other_key[record_header_bytes - 1] ^ 1);
    CHECK(size({records[0], other_key}) == size_alone + 3 + other_key.size());

    for (const auto& order : std::vector<std::vector<std::string>>{
             records,
             {records[1], records[2], records[4]},
             {records[3], "", records[4], "x", records[0], records[1], other_key},
             {records[4], records[3], records[3].substr(0, record_header_bytes), records[4]}}) {
        const std::string bytes = fixture.device.batch(order);
        const auto batch = parse_batch(bytes);
        REQUIRE(batch.ok());
        CHECK(std::vector<std::string>(batch->records.begin(), batch->records.end()) == order);
        std::string digests;
        for (const auto& record : order)
            digests += record_digest(record);
        CHECK(batch->digests == digests);
        CHECK(batch->entries_digest() == crypto::sha256({batch->device.view(), digests}));
        CHECK(batch->is_signed_by(fixture.device.signing.public_key));
    }
}

TEST_CASE("a batch whose first record is said to follow another is refused")
{
    Fixture fixture;
    Entry entry = sample_hours_entry();
    std::string bytes = fixture.device.batch({fixture.device.seal(entry)});
    const std::size_t head = 5 + 16 + 8 + 2 + sealed_key_bytes + 4;
    REQUIRE(parse_batch(bytes).ok());
    bytes[head] = static_cast<char>(bytes[head] | 0x80);
    const auto batch = parse_batch(bytes);
    REQUIRE_FALSE(batch.ok());
    CHECK(batch.error().code == "bad_batch");
}

TEST_CASE("outcomes that follow each other are told as one, and read back one by one")
{
    const auto key = crypto::signing_key_from_seed(std::string(32, 'k'));
    Receipt receipt = sample_receipt();
    receipt.outcomes.clear();
    const auto empty = write_receipt(receipt, key).size();
    for (std::uint64_t i = 0; i < 2'000; ++i)
        receipt.outcomes.push_back({Outcome::Created, 70 + i, {}, {}});
    CHECK(write_receipt(receipt, key).size() == empty + 11);
    receipt.outcomes[500].outcome = Outcome::Exists;
    receipt.outcomes[1'000] = {Outcome::Rejected, 0, "code", "Why."};
    const auto bytes = write_receipt(receipt, key);
    CHECK(bytes.size() == empty + 4 * 11 + (1 + 1 + 4 + 2 + 4));
    CHECK(parse_receipt(bytes, key.public_key).value() == receipt);

    // More of them than the receipt has entries, and none.
    for (const char length : {'\0', '\3'}) {
        receipt.outcomes = {{Outcome::Created, 70, {}, {}}, {Outcome::Created, 71, {}, {}}};
        std::string content = write_receipt(receipt, key);
        content.resize(content.size() - crypto::signature_bytes);
        content[content.size() - 9] = length;
        const auto wrong =
            content + crypto::sign(std::string("tallybook-receipt-v1\0", 21) + crypto::sha256(content), key);
        const auto read = parse_receipt(wrong, key.public_key);
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == "bad_receipt");
    }
}

TEST_CASE("a receipt reads back, and any change or another server's key is refused")
{
    const auto key = crypto::signing_key_from_seed(std::string(32, 'k'));
    const auto bytes = write_receipt(sample_receipt(), key);
    const auto read = parse_receipt(bytes, key.public_key);
    REQUIRE(read.ok());
    CHECK(*read == sample_receipt());
    CHECK_FALSE(parse_receipt(bytes, crypto::make_signing_key().public_key).ok());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(parse_receipt(changed, key.public_key).ok());
        CHECK_FALSE(parse_receipt(std::string_view(bytes).substr(0, i), key.public_key).ok());
    }
}

TEST_CASE("a bundle reads back; truncated, changed or foreign files are told apart")
{
    Fixture fixture;
    Entry entry = sample_hours_entry();
    const std::string batch = fixture.device.batch({fixture.device.seal(entry)});
    const std::string photo = seal_attachment("photo bytes", std::string(32, 'p'));
    BundleWriter writer;
    writer.add_batch(batch);
    writer.add_attachment(crypto::sha256(photo), photo);
    const std::string bytes = std::move(writer).finish();
    const auto bundle = parse_bundle(bytes);
    REQUIRE(bundle.ok());
    CHECK(bundle->batches.size() == 1);
    CHECK(bundle->batches[0] == batch);
    CHECK(bundle->attachments[0].bytes == photo);
    CHECK(parse_bundle("PK\x03\x04").error().code == "not_a_bundle");
    CHECK(parse_bundle(std::string_view(bytes).substr(0, bytes.size() - 1)).error().code ==
          "bundle_truncated");
    CHECK(parse_bundle(bytes + "x").error().code == "bundle_damaged");
    for (std::size_t i = 10; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(parse_bundle(changed).ok());
    }
}

TEST_CASE("an attachment opens with its key alone")
{
    const std::string key(32, 'p');
    const std::string sealed = seal_attachment("photo bytes", key);
    CHECK(*open_attachment(sealed, key) == "photo bytes");
    CHECK_FALSE(open_attachment(sealed, std::string(32, 'q')).ok());
    CHECK_FALSE(open_attachment(sealed, "short").ok());
}

TEST_CASE("a request's signature covers method, target, body, time and nonce")
{
    const auto key = crypto::make_signing_key();
    const Uuid device = Uuid::from_bytes("device-0000-0001");
    const std::string nonce(32, '0');
    const auto header =
        sign_request("GET", "/api/v1/changes?cursor=r1e2", "abc", device, sample_moment, nonce, key);
    const auto read = parse_authorization(header);
    REQUIRE(read.ok());
    CHECK(read->device == device);
    CHECK(read->time == sample_moment);
    CHECK(is_signed_by(*read, "GET", "/api/v1/changes?cursor=r1e2", "abc", key.public_key));
    CHECK_FALSE(is_signed_by(*read, "POST", "/api/v1/changes?cursor=r1e2", "abc", key.public_key));
    CHECK_FALSE(is_signed_by(*read, "GET", "/api/v1/changes", "abc", key.public_key));
    CHECK_FALSE(is_signed_by(*read, "GET", "/api/v1/changes?cursor=r1e2", "abd", key.public_key));
    for (const auto* bad : {"", "Bearer x", "Tallybook ", "Tallybook a.b.c.d", "Tallybook a.b.c"})
        CHECK_FALSE(parse_authorization(bad).ok());
    CHECK_FALSE(parse_authorization(header + ".x").ok());
}

TEST_CASE("enrolment codes survive how people type them")
{
    CHECK(*normalise_enrolment_code("abcd-efgh-jkmn") == "ABCDEFGHJKMN");
    CHECK(*normalise_enrolment_code(" 0O1l-iI23 4567 ") == "001111234567");
    CHECK_FALSE(normalise_enrolment_code("ABCD-EFGH").ok());
    CHECK_FALSE(normalise_enrolment_code("ABCD-EFGH-JKU!").ok());

    EnrolmentInvitation invitation{"https://tallybook.example:8443", "ABCDEFGHJKMN", std::string(32, 'a'),
                                   std::string(32, 'b'), std::string(64, 'c')};
    const auto read = parse_invitation(format_invitation(invitation));
    REQUIRE(read.ok());
    CHECK(read->server == invitation.server);
    CHECK(read->code == invitation.code);
    CHECK(read->signing_key == invitation.signing_key);
    CHECK(read->certificate_sha256 == invitation.certificate_sha256);

    CHECK(parse_invitation("ABCD-EFGH-JKMN@127.0.0.1:8080")->server == "http://127.0.0.1:8080");
    CHECK(parse_invitation("ABCD-EFGH-JKMN@tallybook.example/")->server == "https://tallybook.example");
    for (const auto* bad : {"", "ABCD-EFGH-JKMN", "tallybook://enrol?code=ABCDEFGHJKMN", "x@y z",
                            "tallybook://enrol?server=http%3A%2F%2Fx&code=ABCDEFGHJKMN&sign=AA"})
        CHECK_FALSE(parse_invitation(bad).ok());
}

TEST_CASE("the formats give the bytes of the published test vectors")
{
    using nlohmann::json;
    const auto path = std::filesystem::path(TALLY_SOURCE_DIR) / "tests/fixtures/protocol-vectors.json";
    const bool rewrite = std::getenv("TALLYBOOK_WRITE_VECTORS") != nullptr;
    json vectors;
    if (rewrite) {
        SeededRandom random(99);
        const auto key = make_data_key(random, server_sealing().public_key);
        vectors["server_sealing_seed"] = to_hex(std::string(32, 's'));
        vectors["server_signing_seed"] = to_hex(std::string(32, 'k'));
        vectors["device_signing_seed"] = to_hex(std::string(32, 'v'));
        vectors["data_key"] = to_hex(key.key);
        vectors["sealed_data_key"] = to_hex(key.sealed);
    } else {
        const auto text = read_file(path);
        REQUIRE(text.ok());
        vectors = json::parse(*text);
    }
    const auto bytes = [&](const char* name) { return *from_hex(vectors.at(name).get<std::string>()); };
    const auto sealing = crypto::sealing_key_from_seed(bytes("server_sealing_seed"));
    const auto server = crypto::signing_key_from_seed(bytes("server_signing_seed"));
    const auto device_key = crypto::signing_key_from_seed(bytes("device_signing_seed"));
    DataKey data_key{data_key_id(bytes("sealed_data_key")), bytes("data_key"), bytes("sealed_data_key")};
    CHECK(*crypto::open_sealed(sealing, data_key.sealed) == data_key.key);

    Entry entry = sample_hours_entry();
    entry.id = Uuid::from_bytes("0123456789abcdef");
    const Uuid device = Uuid::from_bytes("device-0000-0001");
    const auto entry_text = write_entry(entry);
    const auto record = seal_record(entry_text, entry.id, device, {1, std::string(32, '\0')}, data_key);
    BatchWriter batch(device, sample_moment);
    batch.add_key(data_key.id, data_key.sealed);
    batch.add_record(record);
    const auto second_id = Uuid::from_bytes("0123456789abcdeg");
    const auto second = seal_record(entry_text, second_id, device, {2, record_digest(record)}, data_key);
    batch.add_record(second);
    json made = vectors;
    made["entry"] = entry_text;
    made["entry_key"] = to_hex(entry_key(data_key.key, entry.id));
    made["record"] = to_hex(record);
    made["record_digest"] = to_hex(record_digest(record));
    made["second_record"] = to_hex(second);
    made["batch"] = to_hex(batch.finish(device_key));
    made["entries_digest"] = to_hex(batch.entries_digest());
    made["receipt"] = to_hex(write_receipt(sample_receipt(), server));
    made["attachment"] = to_hex(seal_attachment("photo bytes", std::string(32, 'p')));
    made["authorization"] = sign_request("GET", "/api/v1/changes?cursor=r1e2", crypto::sha256_hex(""), device,
                                         sample_moment, std::string(32, '0'), device_key);
    made["invitation"] = format_invitation(
        {"https://tallybook.example", "ABCDEFGHJKMN", server.public_key, sealing.public_key, ""});
    made["enrolment_proof"] =
        to_hex(crypto::sign(enrolment_proof_message("ABCDEFGHJKMN", device_key.public_key), device_key));
    if (rewrite) {
        REQUIRE(write_file_durably(path, made.dump(1) + "\n").ok());
        return;
    }
    for (const auto& [name, value] : made.items())
        CHECK_MESSAGE(vectors.at(name) == value, name);
}
