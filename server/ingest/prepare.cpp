#include "server/ingest/prepare.h"

#include "server/erasure/arrivals.h"
#include "server/valuation/assess.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/domain/validate.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/sealed_record.h"

#include <algorithm>
#include <map>

namespace tally::server {
namespace {

/// Data keys of the batch by id; one that does not open stays out.
std::map<std::string, std::string, std::less<>> open_keys(const protocol::Batch& batch,
                                                          const crypto::SealingKey& sealing_key)
{
    std::map<std::string, std::string, std::less<>> keys;
    for (const auto sealed : batch.sealed_keys)
        if (auto key = crypto::open_sealed(sealing_key, sealed); key && key->size() == 32)
            keys.emplace(protocol::data_key_id(sealed), std::move(*key));
    return keys;
}

/// How far somebody else, or a document, stands behind the entry.
std::string verification_of(const Entry& entry)
{
    if (const auto* hours = std::get_if<HoursBody>(&entry.body))
        return std::string(name_of(hours->confirmation));
    const auto* delivery = std::get_if<DeliveryBody>(&entry.body);
    return delivery != nullptr && !delivery->evidence_reference.empty() ? "document" : "none";
}

/// A person is the same within one contract alone, so that nobody can be followed from one to another.
std::vector<std::string> people_of(const Entry& entry, const EntryFacts& facts, std::string_view secret)
{
    std::vector<std::string> codes;
    const auto* delivery = std::get_if<DeliveryBody>(&entry.body);
    if (delivery == nullptr || facts.counting != Counting::Once)
        return codes;
    constexpr std::size_t code_bytes = 16;
    for (const auto& person : delivery->people)
        codes.push_back(to_hex(crypto::derive(
            secret,
            {"tallybook-person-v1", facts.contract, std::string_view("\0", 1), person_reference_key(person)},
            code_bytes)));
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    return codes;
}

Result<void> read_entry(PreparedRecord& prepared, const Device& device, const ServerKeys& server_keys,
                        const ReferenceSnapshot& reference)
{
    const auto json = protocol::open_record(prepared.record, device.id, prepared.key);
    if (!json)
        return json.error();
    const auto entry = protocol::parse_entry(*json, *prepared.id);
    if (!entry)
        return entry.error();
    if (const auto problems = validate(*entry); !problems.empty())
        return problems.front();
    // The device decides whose entry it is: a key that it was not given would dodge the rule that
    // nobody decides on their own evidence.
    if (entry->author != device.author)
        return Error{"author_mismatch", "The entry names another person than the device was enrolled for.",
                     "author"};
    auto& facts = prepared.facts;
    facts.id = entry->id;
    facts.action = entry->action;
    facts.kind = entry->kind;
    facts.amends = entry->amends;
    facts.digest = to_hex(prepared.digest);
    facts.device = device.id;
    facts.device_seq = prepared.seq;
    facts.author = entry->author;
    facts.contract = entry->about.contract;
    facts.measure = entry->about.measure;
    facts.event = entry->about.event;
    facts.place = entry->about.place;
    facts.quarter = quarter_of(work_date(*entry));
    for (const auto& attachment : entry->attachments)
        prepared.attachments.push_back(attachment.sealed_digest);
    facts.verification = verification_of(*entry);
    if (const auto assessed = assess(*entry, reference, facts); !assessed)
        return assessed;
    prepared.people = people_of(*entry, facts, server_keys.index_secret);
    prepared.withdrawal_codes = withdrawal_code_hashes(*entry, server_keys);
    return {};
}

} // namespace

std::vector<PreparedRecord> prepare_records(const protocol::Batch& batch, const Device& device,
                                            const ServerKeys& server_keys, const ReferenceSnapshot& reference)
{
    const auto keys = open_keys(batch, server_keys.sealing);
    std::vector<PreparedRecord> all;
    all.reserve(batch.records.size());
    for (const auto record : batch.records) {
        auto& prepared = all.emplace_back();
        prepared.record = record;
        prepared.digest = protocol::record_digest(record);
        const auto header = protocol::parse_record_header(record);
        if (!header) {
            prepared.refusal = header.error();
            continue;
        }
        prepared.id = header->id;
        prepared.seq = static_cast<std::int64_t>(header->link.seq);
        const auto key = keys.find(header->key_id);
        if (key == keys.end()) {
            prepared.refusal =
                Error{"key_missing", "The key of this entry is not in the batch, or it was sealed for "
                                     "another server. Enrol the device again."};
            continue;
        }
        prepared.key = protocol::entry_key(key->second, header->id);
        if (const auto read = read_entry(prepared, device, server_keys, reference); !read)
            prepared.refusal = read.error();
    }
    return all;
}

} // namespace tally::server
