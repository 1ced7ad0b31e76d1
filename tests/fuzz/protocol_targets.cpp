#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/bundle_answer.h"
#include "shared/protocol/chain_report.h"
#include "shared/protocol/compression.h"
#include "shared/protocol/enrolment.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/receipt.h"
#include "shared/protocol/request_signature.h"
#include "shared/protocol/sealed_record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/entries.h"

namespace tally::fuzz {
namespace {

using namespace tally::protocol;
using std::string;
using std::string_view;

const crypto::SigningKey& key()
{
    static const auto made = crypto::signing_key_from_seed(string(32, 'k'));
    return made;
}

/// A clock that stands, so that seeds are the same each time.
class StillClock final : public Clock
{
public:
    [[nodiscard]] Timestamp now() const override { return test::sample_moment; }
    [[nodiscard]] std::int32_t utc_offset_min(Timestamp) const override { return 0; }
};

std::vector<Entry> sample_entries()
{
    Entry amended = test::sample_delivery_entry("NT18", "12.5");
    amended.action = EntryAction::Amend;
    amended.amends = Uuid::parse("019f4d41-0000-7000-8000-000000000001").value();
    amended.reason = "A typing error";
    return {test::sample_hours_entry(), test::sample_story_entry(), test::sample_feedback_entry(),
            test::sample_delivery_entry("NT18", "12.5"), amended};
}

void check_batch(string_view bytes)
{
    const auto batch = parse_batch(bytes);
    if (!batch)
        return;
    must(batch->signed_part.size() + batch->signature.size() == bytes.size(), "a batch is all of its bytes");
    (void)batch->is_signed_by(key().public_key);
    (void)batch->entries_digest();
    BatchWriter writer(batch->device, batch->created_at);
    for (std::size_t i = 0; i < batch->sealed_keys.size(); ++i)
        writer.add_key(std::to_string(i), batch->sealed_keys[i]);
    for (const auto record : batch->records)
        writer.add_record(record);
    const string again = writer.finish(key());
    const auto read = parse_batch(again);
    must(read && read->device == batch->device && read->created_at == batch->created_at &&
             read->sealed_keys == batch->sealed_keys && read->records == batch->records &&
             read->digests == batch->digests && read->is_signed_by(key().public_key),
         "a batch is written as it was read");
}

std::vector<string> batch_seeds()
{
    SeededRandom random(1);
    const StillClock clock;
    test::SampleDevice device(random, clock, crypto::sealing_key_from_seed(string(32, 's')).public_key);
    std::vector<string> records;
    for (auto entry : sample_entries())
        records.push_back(device.seal(entry));
    return {device.batch({}), device.batch({records[0]}), device.batch(records)};
}

void check_bundle(string_view bytes)
{
    const auto check = [](string_view whole) {
        const auto bundle = parse_bundle(whole);
        if (!bundle)
            return;
        BundleWriter writer;
        for (const auto batch : bundle->batches) {
            (void)parse_batch(batch);
            writer.add_batch(batch);
        }
        for (const auto changes : bundle->key_changes) {
            (void)parse_device_key_changes(changes);
            writer.add_key_changes(changes);
        }
        for (const auto report : bundle->chain_reports) {
            (void)parse_chain_report(report);
            writer.add_chain_report(report);
        }
        for (const auto& photo : bundle->attachments)
            writer.add_attachment(photo.sealed_digest, photo.bytes);
        const string again = std::move(writer).finish();
        const auto read = parse_bundle(again);
        must(read && read->batches == bundle->batches && read->chain_reports == bundle->chain_reports &&
                 read->key_changes == bundle->key_changes &&
                 read->attachments.size() == bundle->attachments.size(),
             "a bundle is written as it was read");
        for (std::size_t i = 0; i < read->attachments.size(); ++i)
            must(read->attachments[i].bytes == bundle->attachments[i].bytes &&
                     read->attachments[i].sealed_digest == bundle->attachments[i].sealed_digest,
                 "photos are written as they were read");
    };
    check(bytes);
    // With the right end: no fuzzer finds a SHA-256 by itself.
    string whole(bytes);
    const string digest = crypto::sha256(whole);
    whole += 'E';
    append_u32(whole, static_cast<std::uint32_t>(digest.size()));
    check(whole + digest);
}

std::vector<string> chain_report_seeds()
{
    const auto device = Uuid::from_bytes(string(16, 'd'));
    return {write_chain_report(device, test::sample_moment, {}, key()),
            write_chain_report(device, test::sample_moment,
                               {{1, ChainState::Erased, string(32, 'a')},
                                {2, ChainState::Withdrawn, string(32, 'b')},
                                {chain_seq_max, ChainState::Replaced, string(32, 'c')},
                                {4, ChainState::PutAside, string(32, 'd')}},
                               key())};
}

void check_chain_report(string_view bytes)
{
    const auto check = [](string_view whole) {
        const auto report = parse_chain_report(whole);
        if (!report)
            return;
        must(report->content.size() + report->signature.size() == whole.size(),
             "a report is all of its bytes");
        for (const auto& number : report->numbers)
            must(chain_state_named(name_of(number.state)) == number.state, "each state has a name");
        const string again = write_chain_report(report->device, report->created_at, report->numbers, key());
        const auto read = parse_chain_report(again);
        must(read && read->content == report->content && read->numbers == report->numbers &&
                 read->is_signed_by(key().public_key),
             "a report is written as it was read");
        must(report->is_signed_by(key().public_key) == (again == whole), "only its own signature fits");
    };
    check(bytes);
    // With room for a signature.
    check(string(bytes) + string(crypto::signature_bytes, 's'));
}

std::vector<string> key_change_seeds()
{
    const auto next = crypto::signing_key_from_seed(string(32, 'n'));
    const KeyChange of_device{Uuid::from_bytes(string(16, 'd')), test::sample_moment, 7, {}, {}, {}};
    const KeyChange of_server{{}, test::sample_moment, 7, {}, {}, string(32, 'e')};
    return {write_key_change(of_server, key(), next), write_key_change(of_device, key(), next)};
}

std::vector<string> bundle_seeds()
{
    BundleWriter writer;
    for (const auto& batch : batch_seeds())
        writer.add_batch(batch);
    for (const auto& report : chain_report_seeds())
        writer.add_chain_report(report);
    writer.add_key_changes(key_change_seeds().back());
    writer.add_attachment(crypto::sha256("photo"), "photo");
    string whole = std::move(writer).finish();
    string open = whole.substr(0, whole.size() - 37);
    return {whole, open, BundleWriter().finish()};
}

void check_entry(string_view text)
{
    const auto id = Uuid::parse("019f4d41-0000-7000-8000-000000000001").value();
    (void)parse_entry_input(text);
    const auto entry = parse_entry(text, id);
    if (!entry)
        return;
    const string written = write_entry(*entry);
    const auto again = parse_entry(written, id);
    must(again.ok(), "what was written can be read");
    must(write_entry(*again) == written, "an entry is written as it was read");
}

std::vector<string> entry_seeds()
{
    std::vector<string> seeds;
    for (const auto& entry : sample_entries())
        seeds.push_back(write_entry(entry));
    seeds.emplace_back(
        R"({"kind":"hours","language":"en","about":{"contract":"LCC-1","measure":"NT86"},"body":)"
        R"({"host":"h","activity":"a","date":"2026-03-02","start":"09:00","end":"10:00",)"
        R"("whose_time":"residents","people":{"adults":2,"under_18":1},"confirmation":"none"}})");
    return seeds;
}

void check_record(string_view bytes)
{
    const auto device = Uuid::from_bytes(string(16, 'd'));
    const string opens = entry_key(string(32, 'k'), device);
    if (parse_record_header(bytes))
        (void)open_record(bytes, device, opens);
    for (const std::uint8_t dictionary : {std::uint8_t{0}, std::uint8_t{1}}) {
        const auto plain = decompress(bytes, dictionary, entry_json_bytes_max);
        if (!plain)
            continue;
        must(plain->size() <= entry_json_bytes_max, "no more than its bound comes out");
        const auto again = decompress(compress(*plain, dictionary), dictionary, entry_json_bytes_max);
        must(again && *again == *plain, "what is compressed comes out again");
    }
    if (bytes.size() > entry_json_bytes_max)
        return;
    const DataKey data_key{string(key_id_bytes, 'i'), string(32, 'k'), {}};
    const string sealed = seal_record(bytes, device, device, {1, string(32, '\0')}, data_key);
    const auto opened = open_record(sealed, device, opens);
    must(opened && *opened == bytes, "what is sealed is opened again");
}

std::vector<string> record_seeds()
{
    std::vector<string> seeds;
    for (const auto& entry : sample_entries()) {
        seeds.push_back(compress(write_entry(entry), 1));
        seeds.push_back(compress(write_entry(entry), 0));
    }
    const DataKey data_key{string(key_id_bytes, 'i'), string(32, 'k'), {}};
    const auto id = Uuid::from_bytes(string(16, 'd'));
    seeds.push_back(seal_record(write_entry(sample_entries()[0]), id, id, {1, string(32, '\0')}, data_key));
    return seeds;
}

void check_receipt(string_view content)
{
    (void)parse_receipt(content, key().public_key);
    // With the right signature: no fuzzer finds one by itself.
    const string signature =
        crypto::sign(string("tallybook-receipt-v1\0", 21) + crypto::sha256(content), key());
    const auto receipt = parse_receipt(string(content) + signature, key().public_key);
    if (receipt)
        must(parse_receipt(write_receipt(*receipt, key()), key().public_key).value() == *receipt,
             "a receipt is written as it was read");
}

std::vector<string> receipt_seeds()
{
    Receipt receipt;
    receipt.device = Uuid::from_bytes(string(16, 'd'));
    receipt.entries_digest = string(32, 'e');
    receipt.received_at = test::sample_moment;
    receipt.tree_size = 3;
    receipt.tree_root = string(32, 'r');
    std::vector<string> seeds = {write_receipt(receipt, key())};
    receipt.outcomes = {{Outcome::Created, 1, {}, {}},
                        {Outcome::Exists, 2, {}, {}},
                        {Outcome::Rejected, 0, "bad_json", "This is not JSON."},
                        {Outcome::Conflict, 0, "id_conflict", "Another entry has this id."}};
    seeds.push_back(write_receipt(receipt, key()));
    for (auto& seed : seeds)
        seed.resize(seed.size() - crypto::signature_bytes);
    return seeds;
}

/// The bytes as they are, and what they say as if both keys had signed it.
void check_key_change(string_view bytes)
{
    const auto next = crypto::signing_key_from_seed(string(32, 'n'));
    const auto check = [&](const string& whole) {
        const auto change = parse_key_change(whole);
        if (!change)
            return;
        must(change_bytes(*change, {"", whole}) == whole, "a change is found among others");
        // That of a device leads nobody from one key of a server to the next.
        const auto later = changes_since(change->old_key, {whole, whole});
        const bool is_of_server = change->device == Uuid{};
        must(later.size() == (is_of_server ? 1U : 0U), "a server's change leads on once");
        must(!is_of_server || later.front().new_key == change->new_key, "a change leads to its new key");
        const auto shown = parse_device_key_changes(whole);
        must(!shown || (!is_of_server && shown->size() == 1 && shown->front().bytes == whole),
             "a device shows its own changes");
        must(!parse_device_key_changes(whole + whole), "no change follows itself");
        must(changes_since(change->new_key, {whole}).empty(), "a change does not lead back");
        if (change->old_key != key().public_key || change->new_key != next.public_key)
            return;
        must(write_key_change(*change, key(), next) == whole, "a change is written as it was read");
    };
    check(string(bytes));
    if (bytes.size() < key_change_bytes)
        return;
    string content(bytes.substr(0, 5 + 16 + 8 + 8));
    content += key().public_key + next.public_key;
    content += bytes.substr(content.size(), crypto::public_key_bytes);
    const string message = string("tallybook-key-change-v1\0", 24) + crypto::sha256(content);
    check(content + crypto::sign(message, key()) + crypto::sign(message, next));
}

/// The bytes as they are, and as if the server had signed them.
void check_answer(string_view bytes)
{
    const auto check = [](string_view whole) {
        const auto answer = parse_bundle_answer(whole);
        if (!answer || answer->server_key != key().public_key)
            return;
        BundleAnswerWriter writer(answer->server_key);
        for (const auto& batch : answer->batches) {
            (void)parse_receipt(batch.receipt, key().public_key);
            writer.add_receipt(batch.receipt, batch.ids);
        }
        for (const auto photo : answer->photos)
            writer.add_photo(photo);
        for (const auto& change : answer->key_changes)
            writer.add_key_change(change);
        const string again = std::move(writer).finish(key());
        const auto read = parse_bundle_answer(again);
        must(read && read->photos == answer->photos && read->key_changes == answer->key_changes &&
                 read->batches.size() == answer->batches.size(),
             "an answer is written as it was read");
        for (std::size_t i = 0; i < read->batches.size(); ++i)
            must(read->batches[i].receipt == answer->batches[i].receipt &&
                     read->batches[i].ids == answer->batches[i].ids,
                 "receipts are written as they were read");
    };
    check(bytes);
    string whole(bytes);
    const string signature = crypto::sign(string("tallybook-answer-v1\0", 20) + crypto::sha256(whole), key());
    whole += 'S';
    append_u32(whole, static_cast<std::uint32_t>(signature.size()));
    check(whole + signature);
}

std::vector<string> answer_seeds()
{
    BundleAnswerWriter writer(key().public_key);
    writer.add_receipt("receipt", {Uuid::from_bytes(string(16, 'i'))});
    writer.add_photo(string(32, 'p'));
    writer.add_key_change(key_change_seeds().front());
    const string whole = std::move(writer).finish(key());
    return {whole, whole.substr(0, whole.size() - 5 - crypto::signature_bytes),
            BundleAnswerWriter(key().public_key).finish(key())};
}

void check_enrolment(string_view text)
{
    if (const auto code = normalise_enrolment_code(text)) {
        const auto again = normalise_enrolment_code(format_enrolment_code(*code));
        must(again && *again == *code, "a code is written as it was read");
    }
    const auto invitation = parse_invitation(text);
    if (!invitation)
        return;
    const auto again = parse_invitation(format_invitation(*invitation));
    // A typed code names no keys, and a link must.
    if (invitation->signing_key.empty() || invitation->sealing_key.empty())
        return;
    must(again && again->server == invitation->server && again->code == invitation->code &&
             again->signing_key == invitation->signing_key && again->sealing_key == invitation->sealing_key &&
             again->certificate_sha256 == invitation->certificate_sha256,
         "an invitation is written as it was read");
}

std::vector<string> enrolment_seeds()
{
    return {"ABCD-EFGH-JKMN@https://tallybook.example:8443", "abcd efgh jkmn@127.0.0.1:8080",
            "0000-OIL1-ZZZZ",
            format_invitation({"https://tallybook.example", "ABCDEFGHJKMN", string(32, 's'), string(32, 'e'),
                               string(64, 'c')})};
}

void check_authorization(string_view header)
{
    const auto signature = parse_authorization(header);
    if (!signature)
        return;
    (void)is_signed_by(*signature, "GET", "/", "unsigned", key().public_key);
    const string again =
        sign_request("GET", "/", "unsigned", signature->device, signature->time, signature->nonce, key());
    const auto read = parse_authorization(again);
    must(read && read->device == signature->device && read->time == signature->time &&
             read->nonce == signature->nonce && is_signed_by(*read, "GET", "/", "unsigned", key().public_key),
         "a signature is written as it was read");
}

std::vector<string> authorization_seeds()
{
    return {sign_request("GET", "/", "unsigned", Uuid::from_bytes(string(16, 'd')), test::sample_moment,
                         string(32, '0'), key())};
}

} // namespace

std::vector<Target> protocol_targets()
{
    return {{"batch", check_batch, batch_seeds},
            {"bundle", check_bundle, bundle_seeds},
            {"entry", check_entry, entry_seeds},
            {"record", check_record, record_seeds},
            {"receipt", check_receipt, receipt_seeds},
            {"chain-report", check_chain_report, chain_report_seeds},
            {"key-change", check_key_change, key_change_seeds},
            {"answer", check_answer, answer_seeds},
            {"enrolment", check_enrolment, enrolment_seeds},
            {"authorization", check_authorization, authorization_seeds}};
}

} // namespace tally::fuzz
