#include "server/ingest/ingest.h"

#include "server/erasure/arrivals.h"
#include "server/ingest/prepare.h"
#include "server/storage/device_chain.h"
#include "shared/base/encoding.h"
#include "shared/base/random.h"

namespace tally::server {
namespace {

using protocol::EntryOutcome;
using protocol::Outcome;

/// Stores one device's prepared records inside the ledger's transaction.
class BatchStore
{
public:
    BatchStore(LedgerTransaction& ledger, const EntryVault& vault, const Device& device, Timestamp now,
               Random& random)
        : m_ledger(ledger), m_erased(ledger, vault, now), m_database(ledger.database()), m_device(device),
          m_device_text(device.id.text()), m_now(now), m_random(random)
    {
    }

    EntryOutcome store(const PreparedRecord& prepared)
    {
        if (prepared.id) {
            m_seqs.push_back(prepared.seq);
            const auto known = m_database.query_one<std::string, std::int64_t>(
                "SELECT digest, position FROM entry_records WHERE id = :id", prepared.id->text());
            if (known && m_erased.is_erased(*prepared.id))
                return erased();
            if (known && std::get<0>(*known) == to_hex(prepared.digest))
                return {Outcome::Exists, static_cast<std::uint64_t>(std::get<1>(*known)), {}, {}};
            if (known)
                return keep_apart(prepared, Outcome::Conflict,
                                  {"id_conflict",
                                   "Another entry with this id is here already. Both are kept; "
                                   "capture this one again."});
            if (const auto judged = m_erased.judge(*prepared.id, prepared.facts.amends);
                judged != ErasedArrivals::Unknown::Welcome)
                return erased(judged);
            if (m_device.has_notes && final_state(m_database, m_device.id, prepared.seq, prepared.digest))
                return keep_apart(prepared, Outcome::Rejected,
                                  {"taken_back", "The device said that this entry was taken back or erased "
                                                 "there before it arrived."});
        }
        if (prepared.refusal)
            return keep_apart(prepared, Outcome::Rejected, *prepared.refusal);
        auto facts = prepared.facts;
        for (const auto& code : prepared.people)
            facts.persons.push_back(person_token(code));
        const auto position = m_ledger.append_new({m_now, std::move(facts)});
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

    /// After the last record.
    void finish()
    {
        note_arrived(m_database, m_device.id, std::move(m_seqs), m_received, m_now);
        note_device_seen(m_database, m_device.id, m_now);
    }

private:
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
            m_device_text, prepared.seq, prepared.facts.digest, position, m_now.ms,
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
        // It may have been refused before, when its contract was not loaded yet.
        if (m_device.refused > 0)
            m_database.run("DELETE FROM refused_records WHERE digest = :digest", prepared.facts.digest);
        ++m_received;
    }

    EntryOutcome keep_apart(const PreparedRecord& prepared, Outcome outcome, const Error& why)
    {
        if (!prepared.record.empty())
            m_database.run(
                "INSERT INTO refused_records (digest, id, device, code, message, received_at, record) "
                "VALUES (:digest, :id, :device, :code, :message, :now, :record) "
                "ON CONFLICT (digest) DO UPDATE SET code = excluded.code, message = excluded.message",
                to_hex(prepared.digest), prepared.id ? std::optional(prepared.id->text()) : std::nullopt,
                m_device_text, why.code, why.text(), m_now.ms, storage::sql::blob(prepared.record));
        return {outcome, 0, why.code, why.text()};
    }

    LedgerTransaction& m_ledger;
    ErasedArrivals m_erased;
    storage::Database& m_database;
    const Device& m_device;
    std::string m_device_text;
    Timestamp m_now;
    Random& m_random;
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

Result<void> IngestService::check_sender(const std::optional<Device>& device, bool is_signed)
{
    if (!device)
        return Error{
            "device_unknown",
            "This device is not enrolled here. Nothing on it is lost: enrol it again, then it sends."};
    if (!is_signed)
        return Error{"bad_signature", "This was not signed with the key of the device that it names."};
    if (device->revoked_at)
        return Error{"device_revoked",
                     "This device was revoked. Nothing on it is lost: export a bundle, or ask the "
                     "administrator to enrol it again."};
    return {};
}

Result<IngestService::Received> IngestService::receive(std::string_view batch_bytes)
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
    if (const auto known = check_sender(device, device && batch->is_signed_by(device->public_key)); !known)
        return known.error();

    const auto now = m_clock.now();
    PreparedBatch prepared(*batch, *device, m_writer.keys(), *reference);
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
        receipt.outcomes.clear();
        BatchStore store(ledger, m_vault, *device, receipt.received_at, random);
        for (std::size_t i = 0; i < prepared.size(); ++i)
            receipt.outcomes.push_back(store.store(prepared.record(i)));
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
