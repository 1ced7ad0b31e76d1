#include "server/ingest/ingest.h"

#include "server/erasure/arrivals.h"
#include "server/ingest/prepare.h"
#include "server/storage/device_chain.h"
#include "shared/base/encoding.h"
#include "shared/base/random.h"
#include "shared/protocol/sealed_record.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace tally::server {
namespace {

using protocol::EntryOutcome;
using protocol::Outcome;

constexpr std::size_t looked_up_at_once = 16;
constexpr std::string_view looked_up = "SELECT id, digest, position FROM entry_records WHERE id IN (:a, :b, "
                                       ":c, :d, :e, :f, :g, :h, :i, :j, :k, :l, "
                                       ":m, :n, :o, :p)";

/// Stores one device's prepared records inside the ledger's transaction.
class BatchStore
{
public:
    BatchStore(LedgerTransaction& ledger, const EntryVault& vault, const Device& device, Timestamp now,
               Random& random)
        : m_ledger(ledger), m_erased(ledger, vault, now), m_database(ledger.database()), m_device(device),
          m_device_text(device.id.text()), m_now(now), m_random(random),
          m_any_refused(m_database
                            .query_one<std::int64_t>(
                                "SELECT 1 FROM refused_records WHERE device = :device LIMIT 1", m_device_text)
                            .has_value())
    {
    }

    std::vector<EntryOutcome> store_all(PreparedBatch& batch)
    {
        std::vector<EntryOutcome> outcomes;
        outcomes.reserve(batch.size());
        std::vector<const PreparedRecord*> some;
        for (std::size_t i = 0; i < batch.size(); i += looked_up_at_once) {
            some.clear();
            for (std::size_t k = i; k < std::min(batch.size(), i + looked_up_at_once); ++k)
                some.push_back(&batch.record(k));
            look_up(some);
            for (const auto* prepared : some)
                outcomes.push_back(store(*prepared));
        }
        return outcomes;
    }

    /// After the last record.
    void finish()
    {
        note_arrived(m_database, m_device.id, std::move(m_seqs), m_received, m_now);
        note_device_seen(m_database, m_device.id, m_now);
    }

private:
    struct Known
    {
        std::string digest;
        std::int64_t position = 0;
    };

    /// Which of them are here already.
    void look_up(const std::vector<const PreparedRecord*>& some)
    {
        std::array<std::string, looked_up_at_once> ids;
        std::size_t count = 0;
        for (const auto* prepared : some)
            if (prepared->id)
                ids[count++] = prepared->id->text();
        const auto keep = [&](std::string&& id, std::string&& digest, std::int64_t position) {
            m_known.insert_or_assign(*Uuid::parse(id), Known{std::move(digest), position});
        };
        std::apply(
            [&](const auto&... each) {
                m_database.for_each<std::string, std::string, std::int64_t>(looked_up, keep, each...);
            },
            ids);
    }

    EntryOutcome store(const PreparedRecord& prepared)
    {
        if (prepared.id) {
            m_seqs.push_back(prepared.seq);
            const auto known = m_known.find(*prepared.id);
            if (known != m_known.end() && m_erased.is_erased(*prepared.id))
                return erased();
            if (known != m_known.end() && known->second.digest == to_hex(prepared.digest))
                return {Outcome::Exists, static_cast<std::uint64_t>(known->second.position), {}, {}};
            if (known != m_known.end())
                return keep_apart(prepared, Outcome::Conflict,
                                  {"id_conflict",
                                   "Another entry with this id is here already. Both are kept; "
                                   "capture this one again."});
            if (const auto judged = m_erased.judge(*prepared.id, prepared.facts().amends);
                judged != ErasedArrivals::Unknown::Welcome)
                return erased(judged);
            if (m_device.has_notes && final_state(m_database, m_device.id, prepared.seq, prepared.digest))
                return keep_apart(prepared, Outcome::Rejected,
                                  {"taken_back", "The device said that this entry was taken back or erased "
                                                 "there before it arrived."});
        }
        if (prepared.refusal)
            return keep_apart(prepared, Outcome::Rejected, *prepared.refusal);
        const auto position = append(prepared);
        if (!position && position.error().code == "amends_erased")
            return erased(m_erased.refuse(*prepared.id));
        if (!position)
            return keep_apart(prepared, Outcome::Rejected, position.error());
        const bool withdrawn = m_erased.is_withdrawn(prepared.withdrawal_codes);
        insert(prepared, *position, withdrawn);
        if (withdrawn) {
            m_erased.erase(*prepared.id, m_random);
            return erased();
        }
        m_erased.note_codes(*prepared.id, prepared.withdrawal_codes);
        return {Outcome::Created, static_cast<std::uint64_t>(*position), {}, {}};
    }

    Result<std::int64_t> append(const PreparedRecord& prepared)
    {
        if (prepared.people.empty())
            return m_ledger.append_new(prepared.leaf, prepared.written);
        auto leaf = std::get<ReceivedLeaf>(prepared.leaf);
        for (const auto& code : prepared.people)
            leaf.facts.persons.push_back(person_token(code));
        return m_ledger.append_new(leaf, write_out(leaf));
    }

    /// The log names people by random tokens: once the row is gone nobody can tell whom a token meant.
    std::string person_token(const std::string& code)
    {
        constexpr std::size_t token_bytes = 8;
        m_database.run(
            "INSERT INTO person_tokens (code, token) VALUES (:code, :token) ON CONFLICT DO NOTHING", code,
            to_hex(m_random.bytes(token_bytes)));
        const auto token =
            m_database.query_one<std::string>("SELECT token FROM person_tokens WHERE code = :code", code);
        TALLY_ASSERT(token.has_value());
        return *token;
    }

    /// Not kept apart: what was erased leaves nothing that came later.
    static EntryOutcome erased()
    {
        const Error why = erased_refusal();
        return {Outcome::Rejected, 0, why.code, why.text()};
    }
    EntryOutcome erased(ErasedArrivals::Unknown judged)
    {
        // It counts as received from its device all the same.
        if (judged == ErasedArrivals::Unknown::ErasedFirst)
            ++m_received;
        return erased();
    }

    /// A withdrawn story is taken in without what would open it.
    void insert(const PreparedRecord& prepared, std::int64_t position, bool withdrawn)
    {
        const std::string id = prepared.id->text();
        m_database.add_row(
            "INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) VALUES", id,
            m_device_text, prepared.seq, prepared.facts().digest, position, m_now.ms,
            storage::sql::blob(prepared.record));
        if (!withdrawn) {
            m_database.add_row("INSERT INTO entry_keys (id, key) VALUES", id,
                               storage::sql::blob(prepared.key));
            for (const auto& digest : prepared.attachments)
                m_database.run(
                    "INSERT INTO entry_attachments (entry, sealed_digest) VALUES (:entry, :digest) "
                    "ON CONFLICT DO NOTHING",
                    id, digest);
        }
        if (m_any_refused)
            forget_refusal(prepared, position);
        m_known.insert_or_assign(*prepared.id, Known{prepared.facts().digest, position});
        ++m_received;
    }

    /// It may have been refused before, when its contract was not loaded yet. The device was told so, and may
    /// have that answer although this is the older message.
    void forget_refusal(const PreparedRecord& prepared, std::int64_t position)
    {
        const std::string& digest = prepared.facts().digest;
        // Not of another device that sent the same bytes: there they were refused for good.
        if (m_database.run("DELETE FROM refused_records WHERE digest = :digest AND device = :device", digest,
                           m_device_text) == 0)
            return;
        m_ledger.tell_device(prepared.facts(), position);
    }

    EntryOutcome keep_apart(const PreparedRecord& prepared, Outcome outcome, const Error& why)
    {
        if (!prepared.record.empty())
            m_database.run(
                "INSERT INTO refused_records (digest, id, device, code, message, received_at, record) "
                "VALUES (:digest, :id, :device, :code, :message, :now, :record) "
                "ON CONFLICT (digest, device) DO UPDATE SET code = excluded.code, message = excluded.message",
                to_hex(prepared.digest), prepared.id ? std::optional(prepared.id->text()) : std::nullopt,
                m_device_text, why.code, why.text(), m_now.ms, storage::sql::blob(prepared.record));
        return {outcome, 0, why.code, why.text()};
    }

    LedgerTransaction& m_ledger;
    ErasedArrivals m_erased;
    storage::Database& m_database;
    const Device& m_device;
    std::string m_device_text;
    std::unordered_map<Uuid, Known> m_known; ///< by id: looked up or stored in this job
    Timestamp m_now;
    Random& m_random;
    bool m_any_refused;
    std::int64_t m_received = 0;
    std::vector<std::int64_t> m_seqs; ///< numbers of what came
};

} // namespace

IngestService::IngestService(DatabasePool& pool, LedgerWriter& writer, ReferenceCache& reference,
                             const EntryVault& vault, const Clock& clock)
    : m_pool(pool), m_writer(writer), m_reference(reference), m_vault(vault), m_clock(clock),
      m_comparison(pool, writer, reference, vault, clock)
{
}

Result<void> IngestService::check_sender(const std::optional<Device>& device, Signer signer, Senders senders)
{
    if (!device)
        return Error{
            "device_unknown",
            "This device is not enrolled here. Nothing on it is lost: enrol it again, then it sends."};
    if (signer == Signer::Nobody)
        return Error{"bad_signature", "This was not signed with the key of the device that it names."};
    if (device->is_refused() && senders == Senders::Enrolled)
        return device_revoked();
    if (signer == Signer::FormerKey)
        return former_key_refused();
    return {};
}

/// The device hears that it was revoked also when this cannot be written.
void IngestService::note_refused(const Device& device, std::size_t entries, Timestamp now)
{
    try {
        auto database = m_pool.lease();
        note_refused_batch(*database, device.id, {now, static_cast<std::int64_t>(entries)});
    } catch (const storage::DatabaseError& failure) {
        spdlog::warn("what a revoked device tried to send was not noted: {}", failure.what());
    }
}

Signer IngestService::signer_of(const protocol::Batch& batch, const std::optional<Device>& device,
                                Senders senders)
{
    if (!device)
        return Signer::Nobody;
    if (batch.is_signed_by(device->public_key))
        return Signer::Device;
    if (!device->key_changed_at)
        return Signer::Nobody;
    std::vector<SignedNumber> numbers;
    for (const auto record : batch.records) {
        const auto header = protocol::parse_record_header(record);
        numbers.push_back(header
                              ? SignedNumber{static_cast<std::int64_t>(header->link.seq), header->id.text()}
                              : SignedNumber{});
    }
    auto database = m_pool.lease();
    return signer_before(
        *database, *device, [&](std::string_view key) { return batch.is_signed_by(key); }, numbers,
        let_in(senders));
}

Result<IngestService::Received> IngestService::receive(std::string_view batch_bytes, Senders senders)
{
    const auto batch = protocol::parse_batch(batch_bytes);
    if (!batch)
        return batch.error();

    std::optional<Device> device;
    std::shared_ptr<const ReferenceSnapshot> reference;
    {
        auto database = m_pool.lease();
        device = find_device(*database, batch->device);
        reference = m_reference.get(*database);
    }
    const auto now = m_clock.now();
    if (const auto known = check_sender(device, signer_of(*batch, device, senders), senders); !known) {
        if (known.error().code == device_revoked().code)
            note_refused(*device, batch->records.size(), now);
        return known.error();
    }

    PreparedBatch prepared(*batch, *device, m_writer.keys(), *reference, now);
    Received received;
    received.device = device->id;
    auto& receipt = received.receipt;
    receipt.device = device->id;
    receipt.entries_digest = batch->entries_digest();
    receipt.received_at = now;

    SystemRandom random;
    // The ledger begins with the first records while this thread opens the others.
    constexpr std::size_t head_start = 64;
    prepared.prepare(m_writer.where() == WriterThread::Own ? head_start : prepared.size());
    auto stored = m_writer.start([&](LedgerTransaction& ledger) {
        BatchStore store(ledger, m_vault, *device, receipt.received_at, random);
        receipt.outcomes = store.store_all(prepared);
        store.finish();
    });
    try {
        prepared.prepare(prepared.size());
    } catch (...) {
        prepared.give_up();
        stored.wait();
        throw;
    }
    const auto tree = stored.get();
    m_comparison.entries_arrived();
    receipt.tree_size = static_cast<std::uint64_t>(tree.tree_size);
    receipt.tree_root = tree.root;
    received.receipt_bytes = protocol::write_receipt(receipt, m_writer.keys().signing);
    return received;
}

} // namespace tally::server
