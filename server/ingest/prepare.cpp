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
#include <stdexcept>

namespace tally::server {
namespace {

constexpr std::size_t given_up = SIZE_MAX;

std::map<std::string, std::string, std::less<>> open_keys(const protocol::Batch& batch,
                                                          const ServerKeys& server_keys)
{
    std::map<std::string, std::string, std::less<>> keys;
    for (const auto sealed : batch.sealed_keys)
        if (auto key = open_sealed(server_keys, sealed); key && key->size() == 32)
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
    auto& facts = std::get<ReceivedLeaf>(prepared.leaf).facts;
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
    if (prepared.people.empty())
        prepared.written = write_out(prepared.leaf);
    prepared.withdrawal_codes = withdrawal_code_hashes(*entry, server_keys);
    return {};
}

} // namespace

PreparedBatch::PreparedBatch(const protocol::Batch& batch, const Device& device,
                             const ServerKeys& server_keys, const ReferenceSnapshot& reference,
                             Timestamp received_at)
    : m_batch(batch), m_device(device), m_server_keys(server_keys), m_reference(reference),
      m_received_at(received_at), m_data_keys(open_keys(batch, server_keys)), m_records(batch.records.size())
{
}

void PreparedBatch::prepare(std::size_t count)
{
    // The other thread sleeps and wakes for some at a time.
    constexpr std::size_t at_once = 16;
    for (; m_prepared < std::min(count, size()); ++m_prepared) {
        prepare_one(m_records[m_prepared], m_batch.records[m_prepared], m_batch.digest(m_prepared));
        if (m_prepared % at_once == at_once - 1)
            announce(m_prepared + 1);
    }
    announce(m_prepared);
}

void PreparedBatch::give_up()
{
    announce(given_up);
}

void PreparedBatch::announce(std::size_t ready)
{
    m_ready.store(ready, std::memory_order_release);
    m_ready.notify_one();
}

const PreparedRecord& PreparedBatch::record(std::size_t index)
{
    auto ready = m_ready.load(std::memory_order_acquire);
    for (; ready <= index; ready = m_ready.load(std::memory_order_acquire))
        m_ready.wait(ready, std::memory_order_acquire);
    if (ready == given_up)
        throw std::runtime_error("the batch could not be prepared");
    return m_records[index];
}

void PreparedBatch::prepare_one(PreparedRecord& prepared, std::string_view bytes, std::string_view digest)
{
    prepared.record = bytes;
    prepared.digest = digest;
    const auto header = protocol::parse_record_header(bytes);
    if (!header) {
        prepared.refusal = header.error();
        return;
    }
    prepared.id = header->id;
    prepared.seq = static_cast<std::int64_t>(header->link.seq);
    prepared.leaf = ReceivedLeaf{m_received_at, {}};
    const auto key = m_data_keys.find(header->key_id);
    if (key == m_data_keys.end()) {
        prepared.refusal =
            Error{"key_missing", "The key of this entry is not in the batch, or it was sealed for "
                                 "another server. Enrol the device again."};
        return;
    }
    prepared.key = protocol::entry_key(key->second, header->id);
    if (const auto read = read_entry(prepared, m_device, m_server_keys, m_reference); !read)
        prepared.refusal = read.error();
}

} // namespace tally::server
