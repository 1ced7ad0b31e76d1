#include "client/store/aside.h"

#include "client/store/chain.h"
#include "shared/base/encoding.h"
#include "shared/protocol/batch.h"

namespace tally::client {

using storage::Transaction;
namespace sql = storage::sql;

namespace {

/// False when it was not put aside.
bool end_aside(storage::Database& database, std::string_view id)
{
    const auto aside = database.query_one<std::int64_t>(
        "SELECT 1 FROM entry_states WHERE entry_id = :id AND state IN ('rejected', 'conflict')", id);
    if (!aside)
        return false;
    database.run("DELETE FROM entry_states WHERE entry_id = :id", id);
    offer_photos_of(database, id);
    return true;
}

} // namespace

Result<void> check_put_aside(const std::optional<EntryRow>& row)
{
    if (!row)
        return Error{"unknown_entry", "That entry is not on this device."};
    if (!is_put_aside(row->state))
        return Error{"not_put_aside",
                     "That entry was not put aside: the server could take it, or it was taken "
                     "back already."};
    return {};
}

void offer_photos_of(storage::Database& database, std::string_view id)
{
    database.run("INSERT INTO uploads (sealed_digest, identity, entry_local, size) "
                 "SELECT a.sealed_digest, e.identity, a.entry_local, a.size FROM attachments a "
                 "JOIN entries e ON e.local = a.entry_local WHERE e.id = :id "
                 "ON CONFLICT (sealed_digest) DO NOTHING",
                 id);
}

void note_acknowledged(storage::Database& database, std::string_view id)
{
    (void)end_aside(database, id);
}

void note_taken_after_all(storage::Database& database, std::string_view id)
{
    if (end_aside(database, id))
        database.run("INSERT INTO outbox (local, identity) SELECT e.local, e.identity FROM entries e "
                     "JOIN records r ON r.local = e.local WHERE e.id = :id AND NOT EXISTS "
                     "(SELECT 1 FROM taken_back t WHERE t.local = e.local) ON CONFLICT (local) DO NOTHING",
                     id);
}

void Store::set_aside(const Uuid& id, const Error& why)
{
    Transaction transaction(m_database);
    const auto local = m_database.query_one<std::int64_t>(
        "SELECT e.local FROM entries e JOIN outbox o ON o.local = e.local WHERE e.id = :id", id.text());
    if (!local)
        return;
    m_database.run(
        "INSERT INTO entry_states (entry_id, state, code, note) VALUES (:id, :state, :code, :note) "
        "ON CONFLICT (entry_id) DO UPDATE SET state = excluded.state, code = excluded.code, "
        "note = excluded.note",
        id.text(), name_of(EntryState::Rejected), why.code, why.text());
    m_database.run("DELETE FROM outbox WHERE local = :local", *local);
    note_number(m_database, *local);
    m_database.run("DELETE FROM uploads WHERE entry_local = :local", *local);
    transaction.commit();
}

Result<void> Store::send_again(const Uuid& id)
{
    Transaction transaction(m_database);
    const auto row = find_entry(id);
    if (!row)
        return Error{"unknown_entry", "That entry is not on this device."};
    if (row->state != EntryState::Rejected)
        return Error{"not_rejected", "Only an entry that the server could not take can be sent again."};
    m_database.run("DELETE FROM entry_states WHERE entry_id = :id", id.text());
    m_database.run("INSERT INTO outbox (local, identity) SELECT local, identity FROM entries "
                   "WHERE local = :local",
                   row->local);
    offer_photos_of(m_database, id.text());
    transaction.commit();
    return {};
}

Result<void> Store::take_back(const Uuid& id, Timestamp now)
{
    Transaction transaction(m_database);
    const auto row = find_entry(id);
    if (const auto known = check_put_aside(row); !known)
        return known.error();
    note_number(m_database, row->local);
    m_database.run("INSERT INTO taken_back (local, taken_back_at_ms) VALUES (:local, :now)", row->local,
                   now.ms);
    transaction.commit();
    return {};
}

bool Store::is_taken_back(const Uuid& id)
{
    return m_database
        .query_one<std::int64_t>(
            "SELECT 1 FROM taken_back t JOIN entries e ON e.local = t.local WHERE e.id = :id", id.text())
        .has_value();
}

Result<Correction> Store::correction_of(const Uuid& id)
{
    auto row = find_entry(id);
    if (const auto known = check_put_aside(row); !known)
        return known.error();
    if (row->action == EntryAction::Withdraw)
        return Error{
            "nothing_to_put_right",
            "That entry withdraws another one, and there is nothing in it to put right. Send it again, "
            "or take it back."};
    Correction correction;
    correction.kind = row->kind;
    correction.action = row->action;
    correction.amends = row->amends;
    correction.puts_right.push_back(id);
    // What it was to change may never have reached the server either.
    while (correction.amends) {
        const auto earlier = find_entry(*correction.amends);
        const bool has_arrived = !earlier || !is_put_aside(earlier->state);
        if (has_arrived)
            break;
        correction.action = earlier->action;
        correction.amends = earlier->amends;
        correction.puts_right.push_back(earlier->id);
    }
    return correction;
}

void Store::note_put_right(const NewEntry& added, std::int64_t local, std::int64_t identity)
{
    for (const Uuid& aside : added.puts_right) {
        note_number(m_database, find_entry(aside).value().local);
        m_database.run("INSERT INTO taken_back (local, taken_back_at_ms, put_right_by) "
                       "SELECT local, :now, :later FROM entries WHERE id = :id",
                       added.entry.captured_at.ms, added.entry.id.text(), aside.text());
    }
    if (added.puts_right.empty())
        return;
    // Photos that it takes over did not travel with the entry that could not be taken.
    for (const Attachment& attachment : added.entry.attachments) {
        m_database.run("UPDATE attachments SET entry_local = :local WHERE sealed_digest = :digest AND "
                       "entry_local IN (SELECT local FROM taken_back WHERE put_right_by = :later)",
                       local, attachment.sealed_digest, added.entry.id.text());
        m_database.run("INSERT INTO uploads (sealed_digest, identity, entry_local, size) "
                       "SELECT sealed_digest, :identity, entry_local, size FROM attachments "
                       "WHERE sealed_digest = :digest AND entry_local = :local "
                       "ON CONFLICT (sealed_digest) DO NOTHING",
                       identity, attachment.sealed_digest, local);
    }
}

std::optional<OutgoingBatch> Store::batch_with(const Identity& identity, const Uuid& id, Timestamp now)
{
    const auto row = m_database.query_one<std::int64_t, std::string, sql::Blob, sql::Blob>(
        "SELECT e.local, r.key_id, k.sealed, r.record FROM entries e JOIN records r ON r.local = e.local "
        "JOIN data_keys k ON k.key_id = r.key_id WHERE e.id = :id AND e.identity = :identity "
        "AND NOT EXISTS (SELECT 1 FROM taken_back t WHERE t.local = e.local)",
        id.text(), identity.number);
    if (!row)
        return std::nullopt;
    const auto& [local, key_id, sealed, record] = *row;
    protocol::BatchWriter writer(identity.device, now);
    writer.add_key(*from_hex(key_id), sealed.bytes);
    writer.add_record(record.bytes);
    OutgoingBatch batch;
    batch.first_local = local;
    batch.last_local = local;
    batch.ids.push_back(id);
    batch.bytes = writer.finish(identity.signing);
    batch.entries_digest = writer.entries_digest();
    return batch;
}

std::vector<std::string> Store::attachments_of(const Uuid& id)
{
    return m_database.query<std::string>(
        "SELECT a.sealed_digest FROM attachments a JOIN entries e ON e.local = a.entry_local "
        "WHERE e.id = :id ORDER BY a.sealed_digest",
        id.text());
}

} // namespace tally::client
