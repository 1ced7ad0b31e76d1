#include "client/store/store.h"

#include "client/store/aside.h"
#include "client/store/erasure.h"
#include "client/store/own_key.h"
#include "client/store/schema.h"
#include "client/store/server_ledger.h"
#include "shared/base/encoding.h"
#include "shared/base/folders.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/entry_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace tally::client {

using storage::Access;
using storage::Transaction;
namespace sql = storage::sql;

namespace {

constexpr std::string_view entry_key_context = "tallybook-entry-key-v1";
/// The server's words for an entry that it erased, or for one that changes such an entry.
constexpr std::array<std::string_view, 2> erased_codes = {"erased", "amends_erased"};

constexpr std::array<std::pair<EntryState, std::string_view>, 12> state_names{{
    {EntryState::Unsent, "unsent"},
    {EntryState::Waiting, "waiting"},
    {EntryState::Queried, "queried"},
    {EntryState::Accepted, "accepted"},
    {EntryState::Declined, "declined"},
    {EntryState::Replaced, "replaced"},
    {EntryState::Withdrawn, "withdrawn"},
    {EntryState::Duplicate, "duplicate"},
    {EntryState::Split, "split"},
    {EntryState::Erased, "erased"},
    {EntryState::Rejected, "rejected"},
    {EntryState::Conflict, "conflict"},
}};

std::optional<Uuid> uuid_from(const std::optional<std::string>& text)
{
    if (!text)
        return std::nullopt;
    const auto id = Uuid::parse(*text);
    return id ? std::optional<Uuid>(*id) : std::nullopt;
}

std::optional<Timestamp> moment_from(std::optional<std::int64_t> ms)
{
    return ms ? std::optional<Timestamp>(Timestamp{*ms}) : std::nullopt;
}

[[noreturn]] void not_as_written(std::string_view what)
{
    throw storage::DatabaseError(storage::Failure::Damaged,
                                 "What was read back is not what was written (" + std::string(what) +
                                     "). Nothing was saved. The storage of this device may be failing.");
}

// An amendment that came to nothing does not stand in the way of another one.
constexpr std::string_view later_entry =
    "(SELECT n.id FROM entries n LEFT JOIN entry_states ns ON ns.entry_id = n.id WHERE n.amends = e.id "
    "AND coalesce(ns.state, '') NOT IN ('rejected', 'conflict', 'declined') "
    "AND NOT EXISTS (SELECT 1 FROM taken_back nt WHERE nt.local = n.local) ORDER BY n.local DESC LIMIT 1)";

std::string entry_rows_sql(std::string_view where)
{
    return "SELECT e.local, e.id, i.device_id, e.seq, e.kind, e.action, e.amends, e.captured_at_ms, "
           "e.photos, "
           "(SELECT count(*) FROM uploads u WHERE u.entry_local = e.local), o.local IS NOT NULL, "
           "coalesce(s.state, ''), coalesce(s.code, ''), coalesce(s.question, ''), coalesce(s.note, ''), "
           "s.decided_at_ms, s.replaced_by, " +
           std::string(later_entry) +
           ", x.local IS NOT NULL, x.erased_at_ms, coalesce(x.why, ''), t.local IS NOT NULL, t.put_right_by "
           "FROM entries e JOIN identities i ON i.number = e.identity "
           "LEFT JOIN outbox o ON o.local = e.local LEFT JOIN entry_states s ON s.entry_id = e.id "
           "LEFT JOIN erasures x ON x.local = e.local LEFT JOIN taken_back t ON t.local = e.local " +
           std::string(where) + " ORDER BY e.local DESC";
}

/// Calls `callback(EntryRow)` until it returns false.
template <typename Callback, typename... A>
void for_each_entry(storage::Database& database, const std::string& text, Callback callback,
                    const A&... arguments)
{
    using Text = std::string;
    using MaybeText = std::optional<std::string>;
    database.for_each<std::int64_t, Text, Text, std::int64_t, Text, Text, MaybeText, std::int64_t,
                      std::int64_t, std::int64_t, bool, Text, Text, Text, Text, std::optional<std::int64_t>,
                      MaybeText, MaybeText, bool, std::optional<std::int64_t>, Text, bool, MaybeText>(
        text,
        [&](std::int64_t local, const Text& id, const Text& device, std::int64_t seq, const Text& kind,
            const Text& action, const MaybeText& amends, std::int64_t captured_at_ms, std::int64_t photos,
            std::int64_t photos_waiting, bool unsent, const Text& state, Text code, Text question, Text note,
            std::optional<std::int64_t> decided_at_ms, const MaybeText& replaced_by, const MaybeText& later,
            bool erased, std::optional<std::int64_t> erased_at_ms, const Text& why, bool taken_back,
            const MaybeText& put_right_by) {
            EntryRow row;
            row.local = local;
            row.id = uuid_from(id).value_or(Uuid{});
            row.device = uuid_from(device).value_or(Uuid{});
            row.seq = static_cast<std::uint64_t>(seq);
            row.kind = kind_named(kind).value_or(EvidenceKind::Hours);
            row.action = action_named(action).value_or(EntryAction::Capture);
            row.amends = uuid_from(amends);
            row.captured_at = {captured_at_ms};
            row.photos = photos;
            row.photos_waiting = photos_waiting;
            row.state = unsent ? EntryState::Unsent : entry_state_named(state).value_or(EntryState::Waiting);
            row.code = std::move(code);
            row.question = std::move(question);
            row.note = std::move(note);
            row.decided_at = moment_from(decided_at_ms);
            row.replaced_by = later ? uuid_from(later) : uuid_from(replaced_by);
            // Should an old stick have carried it to the server all the same, the server's word stands.
            if (taken_back && (state.empty() || is_put_aside(row.state))) {
                row.state = put_right_by ? EntryState::Replaced : EntryState::Withdrawn;
                row.replaced_by = uuid_from(put_right_by);
            }
            if (erased) {
                row.state = EntryState::Erased;
                row.photos = 0;
                row.erased_at = moment_from(erased_at_ms);
                row.erased_why = erasure_reason_named(why);
            }
            return static_cast<bool>(callback(std::move(row)));
        },
        arguments...);
}

constexpr std::string_view identity_columns =
    "SELECT number, device_id, name, mode, author, signing_public_key, signing_secret_key, server, "
    "server_name, server_signing_key, server_sealing_key, certificate_sha256, enrolled_at_ms, "
    "(SELECT f.secret FROM first_secrets f WHERE f.identity = number) FROM identities ";

template <typename... A>
std::vector<Identity> read_identities(storage::Database& database, std::string_view where,
                                      const A&... arguments)
{
    std::vector<Identity> found;
    database.for_each<std::int64_t, std::string, std::string, std::string, std::string, sql::Blob, sql::Blob,
                      std::string, std::string, sql::Blob, sql::Blob, std::string, std::int64_t,
                      std::optional<sql::Blob>>(
        std::string(identity_columns) + std::string(where),
        [&](std::int64_t number, const std::string& device, std::string name, const std::string& mode,
            std::string author, sql::Blob public_key, sql::Blob secret_key, std::string server,
            std::string server_name, sql::Blob server_signing, sql::Blob server_sealing,
            std::string certificate, std::int64_t enrolled_at_ms, std::optional<sql::Blob> first_secret) {
            Identity identity;
            identity.number = number;
            identity.device = uuid_from(device).value_or(Uuid{});
            identity.name = std::move(name);
            identity.mode = mode == "kiosk" ? DeviceMode::Kiosk : DeviceMode::Worker;
            identity.author = std::move(author);
            identity.signing = {std::move(public_key.bytes), std::move(secret_key.bytes)};
            identity.server = std::move(server);
            identity.server_name = std::move(server_name);
            identity.server_signing_key = std::move(server_signing.bytes);
            identity.server_sealing_key = std::move(server_sealing.bytes);
            identity.certificate_sha256 = std::move(certificate);
            identity.enrolled_at = {enrolled_at_ms};
            identity.first_secret =
                first_secret ? std::move(first_secret->bytes) : identity.signing.secret_key;
            found.push_back(std::move(identity));
        },
        arguments...);
    return found;
}

} // namespace

std::string_view name_of(DeviceMode mode)
{
    return mode == DeviceMode::Kiosk ? "kiosk" : "worker";
}

std::string_view name_of(EntryState state)
{
    for (const auto& [value, name] : state_names) {
        if (value == state)
            return name;
    }
    TALLY_ASSERT(false);
}

std::optional<EntryState> entry_state_named(std::string_view name)
{
    for (const auto& [value, known] : state_names) {
        if (known == name)
            return value;
    }
    return std::nullopt;
}

std::string wrap_entry_key(std::string_view entry_key, const Uuid& id, std::string_view reading_key)
{
    return crypto::lock(entry_key, std::string(entry_key_context) + '\n' + id.text(), reading_key);
}

Result<std::string> unwrap_entry_key(std::string_view wrapped, const Uuid& id, std::string_view reading_key)
{
    return crypto::unlock(wrapped, std::string(entry_key_context) + '\n' + id.text(), reading_key);
}

Result<Store> Store::open(const std::filesystem::path& folder)
{
    if (const auto made = make_folder_durably(folder); !made)
        return Error{"data_folder", made.error().message};
    // Device keys lie in it; other users of the machine have no business there.
    std::error_code failed;
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);

    auto database = storage::Database::open("sqlite:" + (folder / "tallybook.db").string());
    if (!database)
        return database.error();
    for (const auto migrate : {migrate_store, migrate_server_ledger, migrate_own_keys})
        if (const auto migrated = migrate(*database); !migrated)
            return migrated.error();
    // What is deleted is zeroed, so that erasing an entry erases it.
    database->run_script("PRAGMA secure_delete = ON");
    Store store(std::move(*database));
    store.finish_erasures();
    return store;
}

std::optional<std::string> Store::setting(std::string_view name)
{
    return m_database.query_one<std::string>("SELECT value FROM settings WHERE name = :name", name);
}

void Store::set_setting(std::string_view name, std::string_view value)
{
    m_database.run("INSERT INTO settings (name, value) VALUES (:name, :value) "
                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                   name, value);
}

std::optional<Identity> Store::identity()
{
    auto found = read_identities(m_database, "ORDER BY number DESC LIMIT 1");
    return found.empty() ? std::nullopt : std::optional<Identity>(std::move(found.front()));
}

std::vector<Identity> Store::identities_with_entries()
{
    return read_identities(m_database, "WHERE EXISTS (SELECT 1 FROM entries e WHERE e.identity = number) "
                                       "OR number IN (SELECT identity FROM withdrawals) ORDER BY number");
}

std::vector<Identity> Store::identities_with_unsent()
{
    return read_identities(m_database, "WHERE number IN (SELECT identity FROM outbox) "
                                       "OR number IN (SELECT identity FROM uploads) "
                                       "OR number IN (SELECT identity FROM withdrawals) ORDER BY number");
}

std::vector<Identity> Store::identities()
{
    return read_identities(m_database, "ORDER BY number");
}

void Store::keep_identity(const Identity& identity, const std::optional<WorkerKey>& worker_key)
{
    Transaction transaction(m_database);
    m_database.run(
        "INSERT INTO identities (device_id, name, mode, author, signing_public_key, signing_secret_key, "
        "server, server_name, server_signing_key, server_sealing_key, certificate_sha256, "
        "enrolled_at_ms) VALUES (:device_id, :name, :mode, :author, :public_key, :secret_key, :server, "
        ":server_name, :signing_key, :sealing_key, :certificate, :enrolled_at_ms)",
        identity.device.text(), identity.name, name_of(identity.mode), identity.author,
        sql::blob(identity.signing.public_key), sql::blob(identity.signing.secret_key), identity.server,
        identity.server_name, sql::blob(identity.server_signing_key), sql::blob(identity.server_sealing_key),
        identity.certificate_sha256, identity.enrolled_at.ms);
    if (worker_key)
        m_database.run("INSERT INTO worker_key (only_row, public_key, salt, wrapped_secret) "
                       "VALUES (1, :public_key, :salt, :wrapped_secret) ON CONFLICT (only_row) DO NOTHING",
                       sql::blob(worker_key->public_key), sql::blob(worker_key->salt),
                       sql::blob(worker_key->wrapped_secret));
    transaction.commit();
}

std::optional<WorkerKey> Store::worker_key()
{
    auto row = m_database.query_one<sql::Blob, sql::Blob, sql::Blob>(
        "SELECT public_key, salt, wrapped_secret FROM worker_key");
    if (!row)
        return std::nullopt;
    auto& [public_key, salt, wrapped] = *row;
    return WorkerKey{std::move(public_key.bytes), std::move(salt.bytes), std::move(wrapped.bytes)};
}

void Store::set_worker_key(const WorkerKey& key)
{
    m_database.run("INSERT INTO worker_key (only_row, public_key, salt, wrapped_secret) "
                   "VALUES (1, :public_key, :salt, :wrapped_secret) ON CONFLICT (only_row) DO UPDATE SET "
                   "public_key = excluded.public_key, salt = excluded.salt, "
                   "wrapped_secret = excluded.wrapped_secret",
                   sql::blob(key.public_key), sql::blob(key.salt), sql::blob(key.wrapped_secret));
}

void Store::keep_reading_key(std::string_view key_id, std::string_view worker_sealed)
{
    m_database.run("UPDATE data_keys SET worker_sealed = :worker_sealed "
                   "WHERE key_id = :key_id AND worker_sealed IS NULL",
                   sql::blob(worker_sealed), to_hex(key_id));
}

void Store::keep_run_key(const RunKey& run_key, std::int64_t identity)
{
    std::optional<sql::BlobView> worker_sealed;
    if (!run_key.worker_sealed.empty())
        worker_sealed = sql::blob(run_key.worker_sealed);
    // The worker may have set a PIN since the key was first kept.
    m_database.run("INSERT INTO data_keys (key_id, identity, sealed, worker_sealed) "
                   "VALUES (:key_id, :identity, :sealed, :worker_sealed) ON CONFLICT (key_id) DO UPDATE SET "
                   "worker_sealed = coalesce(data_keys.worker_sealed, excluded.worker_sealed)",
                   to_hex(run_key.key.id), identity, sql::blob(run_key.key.sealed), worker_sealed);
}

Result<void> Store::check_amendment(const Entry& entry)
{
    if (entry.action == EntryAction::Capture || !entry.amends)
        return {};
    const auto old = find_entry(*entry.amends);
    if (!old)
        return Error{"unknown_entry",
                     "The entry that this one is about is not on this device. Only entries that were "
                     "captured here can be amended or withdrawn here.",
                     "amends"};
    if (old->state == EntryState::Erased)
        return Error{"was_erased", "That entry was erased. It cannot be changed any more.", "amends"};
    if (old->kind != entry.kind)
        return Error{"other_kind", "The entry that this one is about is of another kind.", "kind"};
    if (old->action == EntryAction::Withdraw || old->state == EntryState::Withdrawn)
        return Error{"already_replaced", "That entry was withdrawn. Capture it again instead.", "amends"};
    if (old->replaced_by)
        return Error{"already_replaced",
                     "That entry was changed already. Amend the latest form of it: " +
                         old->replaced_by->text(),
                     "amends"};
    if (old->state == EntryState::Duplicate || old->state == EntryState::Split)
        return Error{"counted_elsewhere",
                     "That entry is counted in another form already. Ask the contract's manager to take that "
                     "back first.",
                     "amends"};
    if (old->state == EntryState::Rejected || old->state == EntryState::Conflict)
        return Error{"was_rejected", "The server could not take that entry. Capture it again instead.",
                     "amends"};
    return {};
}

Result<void> Store::save(std::span<const NewEntry> entries, const RunKey& run_key,
                         std::span<const DraftName> drafts_done)
{
    Transaction transaction(m_database);
    const auto identity = this->identity();
    if (!identity)
        return Error{"not_enrolled",
                     "This device is not enrolled yet. Enrol it with a code from the administrator."};
    keep_run_key(run_key, identity->number);

    protocol::ChainLink link{1, std::string(crypto::sha256_bytes, '\0')};
    const auto last = m_database.query_one<std::int64_t, std::string>(
        "SELECT seq, digest FROM entries WHERE identity = :identity ORDER BY seq DESC LIMIT 1",
        identity->number);
    if (last) {
        link.seq = static_cast<std::uint64_t>(std::get<0>(*last)) + 1;
        link.previous = *from_hex(std::get<1>(*last));
    }
    const std::int64_t before =
        m_database.query_one<std::int64_t>("SELECT coalesce(max(local), 0) FROM entries").value();

    auto insert_entry =
        m_database.prepare("INSERT INTO entries (local, id, identity, seq, kind, action, amends, "
                           "captured_at_ms, digest, photos) VALUES (:local, :id, :identity, :seq, :kind, "
                           ":action, :amends, :captured_at_ms, :digest, :photos)");
    auto insert_record = m_database.prepare("INSERT INTO records (local, key_id, entry_key, record) "
                                            "VALUES (:local, :key_id, :entry_key, :record)");
    auto insert_outbox =
        m_database.prepare("INSERT INTO outbox (local, identity) VALUES (:local, :identity)");
    auto insert_attachment =
        m_database.prepare("INSERT INTO attachments (sealed_digest, entry_local, size, bytes) "
                           "VALUES (:sealed_digest, :entry_local, :size, :bytes)");
    auto insert_upload =
        m_database.prepare("INSERT INTO uploads (sealed_digest, identity, entry_local, size) "
                           "VALUES (:sealed_digest, :identity, :entry_local, :size)");
    const std::string key_id = to_hex(run_key.key.id);

    std::vector<std::string> digests;
    digests.reserve(entries.size());
    std::int64_t local = before;
    for (const NewEntry& added : entries) {
        const Entry& entry = added.entry;
        const auto allowed = check_amendment(entry);
        if (!allowed)
            return allowed.error();
        for (const Uuid& aside : added.puts_right)
            if (const auto known = check_put_aside(find_entry(aside)); !known)
                return known.error();
        const std::string record = protocol::seal_record(protocol::write_entry(entry), entry.id,
                                                         identity->device, link, run_key.key);
        link.previous = protocol::record_digest(record);
        ++local;
        const std::optional<std::string> amends =
            entry.amends ? std::optional<std::string>(entry.amends->text()) : std::nullopt;
        insert_entry.run(local, entry.id.text(), identity->number, static_cast<std::int64_t>(link.seq),
                         name_of(entry.kind), name_of(entry.action), amends, entry.captured_at.ms,
                         to_hex(link.previous), static_cast<std::int64_t>(entry.attachments.size()));
        const std::optional<std::string> wrapped =
            run_key.reading_key.empty()
                ? std::nullopt
                : std::optional(wrap_entry_key(protocol::entry_key(run_key.key.key, entry.id), entry.id,
                                               run_key.reading_key));
        insert_record.run(local, key_id, sql::optional_blob(wrapped), sql::blob(record));
        insert_outbox.run(local, identity->number);
        keep_withdrawal_codes(entry, *identity, local);
        for (const SealedAttachment& attachment : added.attachments) {
            const auto size = static_cast<std::int64_t>(attachment.bytes.size());
            insert_attachment.run(attachment.sealed_digest, local, size, sql::blob(attachment.bytes));
            insert_upload.run(attachment.sealed_digest, identity->number, local, size);
        }
        note_put_right(added, local, identity->number);
        digests.push_back(link.previous);
        ++link.seq;
    }
    for (const DraftName& draft : drafts_done)
        drop_draft(draft);

    // Read back and hash again: what is acknowledged is what lies there.
    std::size_t read = 0;
    m_database.for_each<sql::Blob>(
        "SELECT record FROM records WHERE local > :before ORDER BY local",
        [&](const sql::Blob& record) {
            if (read >= digests.size() || protocol::record_digest(record.bytes) != digests[read])
                not_as_written("entry");
            ++read;
        },
        before);
    if (read != digests.size())
        not_as_written("number of entries");
    m_database.for_each<std::string, sql::Blob>(
        "SELECT sealed_digest, bytes FROM attachments WHERE entry_local > :before",
        [](const std::string& digest, const sql::Blob& bytes) {
            if (crypto::sha256_hex(bytes.bytes) != digest)
                not_as_written("photo");
        },
        before);
    transaction.commit();
    return {};
}

void Store::keep_withdrawal_codes(const Entry& entry, const Identity& identity, std::int64_t local)
{
    const auto* const story = std::get_if<StoryBody>(&entry.body);
    if (story == nullptr)
        return;
    for (const Consent& consent : story->consents)
        m_database.run("INSERT INTO withdrawal_codes (code_hash, local) VALUES (:hash, :local) "
                       "ON CONFLICT (code_hash, local) DO NOTHING",
                       withdrawal_code_hash(identity, consent.withdrawal_code), local);
}

std::vector<EntryRow> Store::entries(std::optional<EntryState> state, std::size_t limit)
{
    std::vector<EntryRow> rows;
    static const std::string text = entry_rows_sql("");
    for_each_entry(m_database, text, [&](EntryRow row) {
        if (!state || row.state == *state)
            rows.push_back(std::move(row));
        return limit == 0 || rows.size() < limit;
    });
    return rows;
}

std::vector<EntryRow> Store::entries_for_worker()
{
    std::vector<EntryRow> rows;
    static const std::string text = entry_rows_sql(
        "WHERE e.local IN (SELECT w.local FROM entry_states ws JOIN entries w ON w.id = ws.entry_id "
        "WHERE ws.state IN ('queried', 'rejected', 'conflict'))");
    for_each_entry(m_database, text, [&](EntryRow row) {
        // One that was taken back, or replaced, waits for nobody.
        const bool is_open = row.state == EntryState::Queried ? !row.replaced_by : is_put_aside(row.state);
        if (is_open)
            rows.push_back(std::move(row));
        return true;
    });
    return rows;
}

std::optional<EntryRow> Store::find_entry(const Uuid& id)
{
    std::optional<EntryRow> found;
    static const std::string text = entry_rows_sql("WHERE e.id = :id");
    for_each_entry(
        m_database, text,
        [&](EntryRow row) {
            found = std::move(row);
            return false;
        },
        id.text());
    return found;
}

std::optional<SealedEntry> Store::sealed_entry(const Uuid& id)
{
    auto row = m_database.query_one<std::string, sql::Blob, std::string, std::optional<sql::Blob>,
                                    std::optional<sql::Blob>>(
        "SELECT i.device_id, r.record, r.key_id, r.entry_key, k.worker_sealed FROM entries e "
        "JOIN identities i ON i.number = e.identity JOIN records r ON r.local = e.local "
        "JOIN data_keys k ON k.key_id = r.key_id WHERE e.id = :id",
        id.text());
    if (!row)
        return std::nullopt;
    auto& [device, record, key_id, entry_key, worker_sealed] = *row;
    return SealedEntry{uuid_from(device).value_or(Uuid{}), std::move(record.bytes), *from_hex(key_id),
                       entry_key ? std::move(entry_key->bytes) : std::string(),
                       worker_sealed ? std::move(worker_sealed->bytes) : std::string()};
}

std::optional<std::string> Store::sealed_attachment(std::string_view sealed_digest)
{
    auto bytes = m_database.query_one<sql::Blob>(
        "SELECT bytes FROM attachments WHERE sealed_digest = :digest", sealed_digest);
    return bytes ? std::optional<std::string>(std::move(bytes->bytes)) : std::nullopt;
}

Counts Store::counts()
{
    const auto count = [this](std::string_view text) {
        return m_database.query_one<std::int64_t>(text).value_or(0);
    };
    Counts counts;
    counts.entries = count("SELECT count(*) FROM entries");
    counts.unsent = count("SELECT count(*) FROM outbox");
    counts.photos_waiting = count("SELECT count(*) FROM uploads");
    // The list of states names the index.
    counts.queried = count("SELECT count(*) FROM entry_states s JOIN entries e ON e.id = s.entry_id WHERE "
                           "s.state IN ('queried', 'rejected', 'conflict') AND s.state = 'queried' AND "
                           "s.replaced_by IS NULL AND " +
                           std::string(later_entry) + " IS NULL");
    counts.rejected =
        count("SELECT count(*) FROM entry_states s JOIN entries e ON e.id = s.entry_id WHERE s.state IN "
              "('rejected', 'conflict') AND NOT EXISTS (SELECT 1 FROM taken_back t WHERE t.local = e.local)");
    counts.erased = count("SELECT count(*) FROM erasures");
    counts.withdrawals = count("SELECT count(*) FROM withdrawals");
    return counts;
}

void Store::keep_draft(const SealedDraft& draft, const RunKey& run_key)
{
    Transaction transaction(m_database);
    // A form that was still open while its entry was erased.
    if (is_about_erased(m_database, draft.id) || is_about_erased(m_database, draft.area))
        return;
    const auto identity = this->identity();
    TALLY_ASSERT(identity.has_value());
    keep_run_key(run_key, identity->number);
    m_database.run(
        "INSERT INTO drafts (area, id, key_id, bytes, updated_at_ms) "
        "VALUES (:area, :id, :key_id, :bytes, :updated_at_ms) ON CONFLICT (area, id) DO UPDATE SET "
        "key_id = excluded.key_id, bytes = excluded.bytes, updated_at_ms = excluded.updated_at_ms",
        draft.area, draft.id, to_hex(run_key.key.id), sql::blob(draft.bytes), draft.updated_at.ms);
    transaction.commit();
}

std::vector<SealedDraft> Store::drafts(std::string_view area)
{
    std::vector<SealedDraft> found;
    m_database.for_each<std::string, std::string, std::optional<sql::Blob>, sql::Blob, std::int64_t>(
        "SELECT d.id, d.key_id, k.worker_sealed, d.bytes, d.updated_at_ms FROM drafts d "
        "JOIN data_keys k ON k.key_id = d.key_id WHERE d.area = :area ORDER BY d.updated_at_ms DESC, d.id "
        "DESC",
        [&](std::string id, const std::string& key_id, std::optional<sql::Blob> worker_sealed,
            sql::Blob bytes, std::int64_t updated_at_ms) {
            found.push_back({std::string(area), std::move(id), *from_hex(key_id),
                             worker_sealed ? std::move(worker_sealed->bytes) : std::string(),
                             std::move(bytes.bytes), Timestamp{updated_at_ms}});
        },
        area);
    return found;
}

void Store::drop_draft(const DraftName& name)
{
    m_database.run("DELETE FROM drafts WHERE area = :area AND id = :id", name.area, name.id);
}

std::optional<OutgoingBatch> Store::next_batch(const Identity& identity, std::int64_t after_local,
                                               Timestamp now, BatchLimits limits, Sending sending)
{
    OutgoingBatch batch;
    protocol::BatchWriter writer(identity.device, now);
    std::string last_key_id;
    auto find_key = m_database.prepare("SELECT sealed FROM data_keys WHERE key_id = :key_id");
    m_database.for_each<std::int64_t, std::string, std::string, sql::Blob>(
        sending == Sending::Unsent
            ? "SELECT e.local, e.id, r.key_id, r.record FROM outbox o JOIN entries e ON e.local = o.local "
              "JOIN records r ON r.local = o.local WHERE o.local > :after AND o.identity = :identity ORDER "
              "BY o.local LIMIT :count"
            : "SELECT e.local, e.id, r.key_id, r.record FROM entries e JOIN records r ON r.local = e.local "
              "WHERE e.local > :after AND e.identity = :identity AND NOT EXISTS (SELECT 1 FROM taken_back t "
              "WHERE t.local = e.local) ORDER BY e.local LIMIT :count",
        [&](std::int64_t local, const std::string& id, const std::string& key_id, const sql::Blob& record) {
            if (writer.count() > 0 && writer.bytes() + record.bytes.size() > limits.bytes_max)
                return false;
            if (key_id != last_key_id) {
                writer.add_key(*from_hex(key_id), find_key.query_one<sql::Blob>(key_id).value().bytes);
                last_key_id = key_id;
            }
            writer.add_record(record.bytes);
            if (batch.ids.empty())
                batch.first_local = local;
            batch.last_local = local;
            batch.ids.push_back(uuid_from(id).value_or(Uuid{}));
            return true;
        },
        after_local, identity.number, static_cast<std::int64_t>(limits.entries_max));
    if (batch.ids.empty())
        return std::nullopt;
    batch.bytes = writer.finish(identity.signing);
    batch.entries_digest = writer.entries_digest();
    return batch;
}

Result<void> Store::keep_receipt(const OutgoingBatch& batch, const protocol::Receipt& receipt,
                                 std::string_view receipt_bytes)
{
    if (receipt.entries_digest != batch.entries_digest || receipt.outcomes.size() != batch.ids.size())
        return Error{"bad_receipt",
                     "The server's receipt is about something else. Nothing was marked as sent."};
    Transaction transaction(m_database);
    const auto number = m_database.query_one<std::int64_t>(
        "SELECT number FROM identities WHERE device_id = :device", receipt.device.text());
    if (!number)
        return Error{"bad_receipt",
                     "The server's receipt is for another device. Nothing was marked as sent."};
    m_database.run("INSERT INTO receipts (identity, first_local, last_local, received_at_ms, receipt) "
                   "VALUES (:identity, :first_local, :last_local, :received_at_ms, :receipt)",
                   *number, batch.first_local, batch.last_local, receipt.received_at.ms,
                   sql::blob(receipt_bytes));
    // Numbers without a gap between them are one statement; with gaps, others may have been saved in between.
    if (batch.last_local - batch.first_local + 1 == static_cast<std::int64_t>(batch.ids.size()))
        m_database.run(
            "DELETE FROM outbox WHERE identity = :identity AND local BETWEEN :first_local AND :last_local",
            *number, batch.first_local, batch.last_local);
    else
        for (const Uuid& id : batch.ids)
            m_database.run("DELETE FROM outbox WHERE local = (SELECT local FROM entries WHERE id = :id)",
                           id.text());
    const bool any_aside =
        m_database
            .query_one<std::int64_t>(
                "SELECT 1 FROM entry_states WHERE state IN ('rejected', 'conflict') LIMIT 1")
            .has_value();
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
        const protocol::EntryOutcome& outcome = receipt.outcomes[i];
        if (outcome.outcome == protocol::Outcome::Created || outcome.outcome == protocol::Outcome::Exists) {
            if (any_aside)
                note_acknowledged(m_database, batch.ids[i].text());
            continue;
        }
        const EntryState state =
            outcome.outcome == protocol::Outcome::Rejected ? EntryState::Rejected : EntryState::Conflict;
        const std::string id = batch.ids[i].text();
        if (outcome.outcome == protocol::Outcome::Rejected &&
            std::find(erased_codes.begin(), erased_codes.end(), outcome.code) != erased_codes.end()) {
            erase_entry(m_database, id, ErasureReach::LaterForms, receipt.received_at,
                        ErasureReason::Unknown);
            continue;
        }
        // Erased here while the batch was under way.
        if (is_erased(m_database, id))
            continue;
        m_database.run(
            "INSERT INTO entry_states (entry_id, state, code, note) VALUES (:id, :state, :code, :note) "
            "ON CONFLICT (entry_id) DO UPDATE SET state = excluded.state, code = excluded.code, "
            "note = excluded.note",
            id, name_of(state), outcome.code, outcome.message);
        // The server has no entry to which these photos could belong.
        m_database.run("DELETE FROM uploads WHERE entry_local = (SELECT local FROM entries WHERE id = :id)",
                       id);
    }
    transaction.commit();
    finish_erasures();
    return {};
}

std::optional<OutgoingBatch> Store::batch_of(const Identity& identity, std::span<const Uuid> ids,
                                             std::string_view entries_digest)
{
    OutgoingBatch batch;
    std::string digests;
    for (const Uuid& id : ids) {
        const auto row = m_database.query_one<std::int64_t, std::string>(
            "SELECT local, digest FROM entries WHERE id = :id AND identity = :identity", id.text(),
            identity.number);
        if (!row)
            return std::nullopt;
        const std::int64_t local = std::get<0>(*row);
        batch.first_local = batch.ids.empty() ? local : std::min(batch.first_local, local);
        batch.last_local = std::max(batch.last_local, local);
        batch.ids.push_back(id);
        digests += *from_hex(std::get<1>(*row));
    }
    batch.entries_digest = crypto::sha256({identity.device.view(), digests});
    return batch.entries_digest == entries_digest ? std::optional(std::move(batch)) : std::nullopt;
}

bool Store::has_receipt(std::string_view receipt_bytes)
{
    return m_database
        .query_one<std::int64_t>("SELECT 1 FROM receipts WHERE receipt = :receipt LIMIT 1",
                                 sql::blob(receipt_bytes))
        .has_value();
}

std::optional<Upload> Store::next_upload(const Identity& identity, const std::optional<Upload>& after)
{
    auto row = m_database.query_one<std::string, std::int64_t, std::int64_t, bool, std::int64_t>(
        "SELECT sealed_digest, size, upload_offset, started, entry_local FROM uploads u "
        "WHERE u.identity = :identity AND (u.entry_local > :local OR (u.entry_local = :same_local AND "
        "u.sealed_digest > :digest)) AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.local = u.entry_local) "
        "ORDER BY u.entry_local, u.sealed_digest LIMIT 1",
        identity.number, after ? after->entry_local : std::int64_t{-1},
        after ? after->entry_local : std::int64_t{-1}, after ? after->sealed_digest : std::string());
    if (!row)
        return std::nullopt;
    auto& [digest, size, offset, started, entry_local] = *row;
    return Upload{std::move(digest), size, offset, started, entry_local};
}

std::vector<std::string> Store::unsent_attachments(const Identity& identity)
{
    return m_database.query<std::string>(
        "SELECT sealed_digest FROM uploads WHERE identity = :identity ORDER BY entry_local, sealed_digest",
        identity.number);
}

std::vector<std::string> Store::all_attachments(const Identity& identity)
{
    return m_database.query<std::string>(
        "SELECT a.sealed_digest FROM attachments a JOIN entries e ON e.local = a.entry_local "
        "WHERE e.identity = :identity AND NOT EXISTS (SELECT 1 FROM taken_back t WHERE t.local = e.local) "
        "ORDER BY a.entry_local, a.sealed_digest",
        identity.number);
}

std::string Store::upload_chunk(const Upload& upload, std::int64_t offset, std::size_t bytes_max)
{
    auto chunk = m_database.query_one<sql::Blob>(
        "SELECT substr(bytes, :start, :count) FROM attachments WHERE sealed_digest = :digest", offset + 1,
        static_cast<std::int64_t>(bytes_max), upload.sealed_digest);
    return chunk ? std::move(chunk->bytes) : std::string();
}

bool Store::has_upload(std::string_view sealed_digest)
{
    return m_database
        .query_one<std::int64_t>("SELECT 1 FROM uploads WHERE sealed_digest = :digest", sealed_digest)
        .has_value();
}

void Store::set_upload_offset(std::string_view sealed_digest, std::int64_t offset)
{
    m_database.run(
        "UPDATE uploads SET upload_offset = :upload_offset, started = 1, problem = '' "
        "WHERE sealed_digest = :digest",
        offset, sealed_digest);
}

void Store::finish_upload(std::string_view sealed_digest, SaidBy said_by)
{
    Transaction transaction(m_database);
    m_database.run("INSERT INTO photos_sent (sealed_digest, carried) VALUES (:digest, :carried) "
                   "ON CONFLICT (sealed_digest) DO UPDATE SET tree_size = NULL, carried = excluded.carried",
                   sealed_digest, static_cast<std::int64_t>(said_by == SaidBy::Receipts));
    m_database.run("DELETE FROM uploads WHERE sealed_digest = :digest", sealed_digest);
    transaction.commit();
}

void Store::fail_upload(std::string_view sealed_digest, std::string_view reason)
{
    m_database.run("UPDATE uploads SET problem = :problem WHERE sealed_digest = :digest", reason,
                   sealed_digest);
}

std::vector<PhotoProblem> Store::photo_problems()
{
    std::vector<PhotoProblem> found;
    m_database.for_each<std::string, std::string>(
        "SELECT e.id, u.problem FROM uploads u JOIN entries e ON e.local = u.entry_local "
        "WHERE u.problem <> '' ORDER BY e.local, u.sealed_digest",
        [&](const std::string& entry, std::string why) {
            found.push_back({uuid_from(entry).value_or(Uuid{}), std::move(why)});
        });
    return found;
}

std::string Store::pull_cursor(const Identity& identity)
{
    return m_database
        .query_one<std::string>("SELECT pull_cursor FROM identities WHERE number = :number", identity.number)
        .value_or("");
}

namespace {

/// What the server says of an entry; an unknown state counts as waiting, so nothing is claimed that
/// this program does not understand.
void apply_entry_state(storage::Database& database, const Change& change)
{
    if (is_erased(database, change.key))
        return;
    note_taken_after_all(database, change.key);
    if (!change.value) {
        database.run("DELETE FROM entry_states WHERE entry_id = :id", change.key);
        return;
    }
    const auto json = nlohmann::json::parse(*change.value, nullptr, false);
    if (!json.is_object())
        return;
    const auto text = [&json](const char* name) -> std::optional<std::string> {
        const auto found = json.find(name);
        return found != json.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                         : std::nullopt;
    };
    const auto state = entry_state_named(text("state").value_or("")).value_or(EntryState::Waiting);
    const auto decided = json.find("decided_at_ms");
    std::optional<std::int64_t> decided_at_ms;
    if (decided != json.end() && decided->is_number_integer() && is_ordinary({decided->get<std::int64_t>()}))
        decided_at_ms = decided->get<std::int64_t>();
    if (state == EntryState::Erased) {
        erase_entry(database, change.key, ErasureReach::LaterForms, moment_from(decided_at_ms),
                    erasure_reason_named(text("why").value_or("")));
        return;
    }
    database.run(
        "INSERT INTO entry_states (entry_id, state, question, note, decided_at_ms, replaced_by) "
        "VALUES (:id, :state, :question, :note, :decided_at_ms, :replaced_by) "
        "ON CONFLICT (entry_id) DO UPDATE SET state = excluded.state, code = '', "
        "question = excluded.question, note = excluded.note, decided_at_ms = excluded.decided_at_ms, "
        "replaced_by = excluded.replaced_by",
        change.key, name_of(state), text("question").value_or(""), text("note").value_or(""), decided_at_ms,
        text("replaced_by"));
}

} // namespace

void Store::apply_changes(const Identity& identity, std::span<const Change> changes, std::string_view cursor)
{
    Transaction transaction(m_database);
    const bool is_current = this->identity()->number == identity.number;
    for (const Change& change : changes) {
        if (change.topic == "entry")
            apply_entry_state(m_database, change);
        else if (!is_current)
            continue; // contracts and places are those of the council for which the device works now
        else if (change.value)
            m_database.run("INSERT INTO reference (topic, key, value) VALUES (:topic, :key, :value) "
                           "ON CONFLICT (topic, key) DO UPDATE SET value = excluded.value",
                           change.topic, change.key, *change.value);
        else
            m_database.run("DELETE FROM reference WHERE topic = :topic AND key = :key", change.topic,
                           change.key);
    }
    m_database.run("UPDATE identities SET pull_cursor = :cursor WHERE number = :number", cursor,
                   identity.number);
    transaction.commit();
    finish_erasures();
}

std::optional<ClockOffset> Store::clock_offset()
{
    const auto row = m_database.query_one<std::int64_t, std::int64_t, std::int64_t>(
        "SELECT CAST(o.value AS INTEGER), CAST(coalesce(u.value, '0') AS INTEGER), "
        "CAST(coalesce(m.value, '0') AS INTEGER) FROM settings o "
        "LEFT JOIN settings u ON u.name = 'clock_uncertainty_ms' "
        "LEFT JOIN settings m ON m.name = 'clock_measured_at_ms' WHERE o.name = 'clock_offset_ms'");
    if (!row)
        return std::nullopt;
    const auto& [offset_ms, uncertainty_ms, measured_at_ms] = *row;
    return ClockOffset{offset_ms, uncertainty_ms, measured_at_ms};
}

void Store::keep_clock_offset(const ClockOffset& offset)
{
    Transaction transaction(m_database);
    set_setting("clock_offset_ms", std::to_string(offset.offset_ms));
    set_setting("clock_uncertainty_ms", std::to_string(offset.uncertainty_ms));
    set_setting("clock_measured_at_ms", std::to_string(offset.measured_at_ms));
    transaction.commit();
}

std::vector<Contract> Store::contracts()
{
    std::vector<Contract> found;
    for (const std::string& text : documents("contract")) {
        if (auto contract = parse_contract(text))
            found.push_back(std::move(*contract));
    }
    std::sort(found.begin(), found.end(),
              [](const Contract& a, const Contract& b) { return a.title < b.title; });
    return found;
}

std::vector<Event> Store::events(std::string_view contract)
{
    std::vector<Event> found;
    for (const std::string& text : documents("event")) {
        auto event = parse_event(text);
        if (event && (contract.empty() || event->contract == contract))
            found.push_back(std::move(*event));
    }
    std::sort(found.begin(), found.end(),
              [](const Event& a, const Event& b) { return a.starts_at < b.starts_at; });
    return found;
}

std::vector<Place> Store::places()
{
    std::vector<Place> found;
    for (const std::string& text : documents("place")) {
        if (auto place = parse_place(text))
            found.push_back(std::move(*place));
    }
    std::sort(found.begin(), found.end(), [](const Place& a, const Place& b) { return a.title < b.title; });
    return found;
}

std::optional<std::string> Store::document(std::string_view topic, std::string_view key)
{
    return m_database.query_one<std::string>(
        "SELECT value FROM reference WHERE topic = :topic AND key = :key", topic, key);
}

std::vector<std::string> Store::documents(std::string_view topic)
{
    return m_database.query<std::string>("SELECT value FROM reference WHERE topic = :topic ORDER BY key",
                                         topic);
}

} // namespace tally::client
