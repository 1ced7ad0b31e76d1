#include "server/storage/device_keys.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

#include <algorithm>
#include <array>

namespace tally::server {
namespace {

namespace sql = storage::sql;

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 1> migrations = {storage::Migration{1, R"(
    -- Statements, signed with the old and the new key, that a device's key was changed; devices.public_key is the
    -- newest. Keys in base64. last_seq: records with higher numbers are not the old key's. taken_at is the
    -- server's time.
    CREATE TABLE device_key_changes (
        device TEXT NOT NULL,
        number INTEGER NOT NULL,
        old_key TEXT NOT NULL UNIQUE,
        new_key TEXT NOT NULL UNIQUE,
        last_seq INTEGER NOT NULL,
        change BYTES NOT NULL,
        taken_at INTEGER NOT NULL,
        PRIMARY KEY (device, number)
    ) WITHOUT ROWID;

    -- Statements that came when another key had taken the old one's place already: two hold the old key. One
    -- row for each old key, with the first such statement.
    CREATE TABLE device_key_disputes (
        old_key TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        change BYTES NOT NULL,
        received_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX device_key_disputes_by_device ON device_key_disputes (device, received_at);

    -- Since when an administrator wishes that the device changes its key; null when nobody does.
    ALTER TABLE devices ADD COLUMN new_key_asked_at INTEGER;
)"}};

std::optional<std::string> successor_of(storage::Database& database, const std::string& device,
                                        const std::string& old_key)
{
    return database.query_one<std::string>(
        "SELECT new_key FROM device_key_changes WHERE device = :device AND old_key = :old_key", device,
        old_key);
}

void note_dispute(storage::Database& database, const protocol::KeyChange& change, Timestamp now)
{
    database.run("INSERT INTO device_key_disputes (old_key, device, change, received_at) "
                 "VALUES (:old_key, :device, :change, :now) ON CONFLICT (old_key) DO NOTHING",
                 to_base64(change.old_key), change.device.text(), sql::blob(change.bytes), now.ms);
}

void note_change(storage::Database& database, const protocol::KeyChange& change, Timestamp now)
{
    const std::string device = change.device.text();
    const std::string new_key = to_base64(change.new_key);
    const auto before =
        database
            .query_one<std::int64_t>("SELECT COUNT(*) FROM device_key_changes WHERE device = :device", device)
            .value_or(0);
    database.run(
        "INSERT INTO device_key_changes (device, number, old_key, new_key, last_seq, change, taken_at) "
        "VALUES (:device, :number, :old_key, :new_key, :last_seq, :change, :now)",
        device, before + 1, to_base64(change.old_key), new_key,
        static_cast<std::int64_t>(change.signed_up_to), sql::blob(change.bytes), now.ms);
    database.run("UPDATE devices SET public_key = :key, new_key_asked_at = NULL WHERE id = :device", new_key,
                 device);
}

Error not_its_key()
{
    return {"bad_signature", "This was not signed with a key of the device that it names."};
}

/// Whether a former key may have signed this record: it was sealed in its time, and what came under its
/// number, if anything, is the same entry. Whoever found the key later has no number left.
bool may_be_of_its_time(storage::Database& database, const Device& device, const FormerKey& key,
                        const SignedNumber& number)
{
    if (number.seq < 1 || number.seq > key.last_seq)
        return false;
    if (number.entry.empty())
        return true;
    if (number.seq > device.highest_seq)
        return true;
    const std::string id = device.id.text();
    if (database.query_one<std::int64_t>("SELECT 1 FROM device_gaps WHERE device = :device AND first_seq <= "
                                         ":seq AND last_seq >= :same_seq",
                                         id, number.seq, number.seq))
        return true;
    return database.query_one<std::int64_t>("SELECT 1 FROM entry_records WHERE id = :entry", number.entry) ||
           database.query_one<std::int64_t>("SELECT 1 FROM refused_records WHERE device = :device AND id = "
                                            ":entry",
                                            id, number.entry) ||
           database.query_one<std::int64_t>("SELECT 1 FROM erasures WHERE entry = :entry", number.entry);
}

} // namespace

std::span<const storage::Migration> device_key_migrations()
{
    return migrations;
}

Result<void> take_key_changes_inside(storage::Database& database,
                                     std::span<const protocol::KeyChange> changes, Timestamp now,
                                     LetIn let_in)
{
    TALLY_ASSERT(!changes.empty());
    auto device = find_device(database, changes.front().device);
    if (!device)
        return Error{"device_unknown",
                     "This device is not enrolled here. Nothing on it is lost: enrol it again."};
    bool hangs_on = false;
    for (const protocol::KeyChange& change : changes) {
        TALLY_ASSERT(change.device == device->id);
        const std::string new_key = to_base64(change.new_key);
        const auto known = successor_of(database, device->id.text(), to_base64(change.old_key));
        hangs_on = hangs_on || known || change.old_key == device->public_key;
        if (known && *known == new_key)
            continue;
        if (!hangs_on)
            continue; // of before what is known here
        // Who cannot show a key of the device learns nothing about it.
        if (device->is_refused() && let_in == LetIn::Enrolled)
            return device_revoked();
        if (known) {
            note_dispute(database, change, now);
            return Error{"key_conflict",
                         "Another key took the place of the old one already: somebody else had the old one, "
                         "or two devices have one folder. Nothing on the device is lost: ask the "
                         "administrator to enrol it again, and to take in what it holds."};
        }
        if (is_key_of_a_device(database, new_key))
            return Error{"key_taken", "This key is in use, or was. A new key is one that nobody had."};
        note_change(database, change, now);
        device->public_key = change.new_key;
    }
    return hangs_on ? Result<void>() : Result<void>(not_its_key());
}

Result<void> take_key_changes(storage::Database& database, std::span<const protocol::KeyChange> changes,
                              Timestamp now, LetIn let_in)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    auto done = take_key_changes_inside(database, changes, now, let_in);
    transaction.commit();
    return done;
}

Signer signer_before(storage::Database& database, const Device& device,
                     const std::function<bool(std::string_view key)>& is_signed_by,
                     std::span<const SignedNumber> numbers, LetIn let_in)
{
    for (const FormerKey& key : former_keys(database, device.id)) {
        if (!is_signed_by(key.public_key))
            continue;
        const bool is_of_its_time =
            std::all_of(numbers.begin(), numbers.end(), [&](const SignedNumber& number) {
                return may_be_of_its_time(database, device, key, number);
            });
        const bool is_let_in = let_in == LetIn::AlsoRevoked || device.rest_accepted_at;
        return is_of_its_time || is_let_in ? Signer::Device : Signer::FormerKey;
    }
    return Signer::Nobody;
}

bool is_former_key(storage::Database& database, const Uuid& device, std::string_view public_key)
{
    return successor_of(database, device.text(), to_base64(public_key)).has_value();
}

Error former_key_refused()
{
    return {"former_key", "This was signed with a key of the device that another one has replaced. If the "
                          "device still uses it, somebody else changed its key, or two devices have one "
                          "folder. Nothing on it is lost: the administrator can enrol it again, and take in "
                          "what it holds."};
}

Result<void> ask_for_new_key(storage::Database& database, std::string_view name, Timestamp now)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    const auto device = find_device_named(database, name);
    if (!device)
        return Error{"not_found",
                     "There is no device called \"" + std::string(name) + "\". See the list of devices."};
    if (device->revoked_at)
        return Error{"already_revoked", "This device was revoked: none of its keys is good any more."};
    database.run("UPDATE devices SET new_key_asked_at = :now WHERE id = :id", now.ms, device->id.text());
    transaction.commit();
    return {};
}

std::optional<Timestamp> new_key_asked_at(storage::Database& database, const Uuid& device)
{
    const auto asked = database.query_one<std::optional<std::int64_t>>(
        "SELECT new_key_asked_at FROM devices WHERE id = :id", device.text());
    return asked && *asked ? std::optional(Timestamp{**asked}) : std::nullopt;
}

std::vector<FormerKey> former_keys(storage::Database& database, const Uuid& device)
{
    std::vector<FormerKey> keys;
    for (const auto& [key, last_seq, taken_at] : database.query<std::string, std::int64_t, std::int64_t>(
             "SELECT old_key, last_seq, taken_at FROM device_key_changes WHERE device = :device "
             "ORDER BY number",
             device.text()))
        keys.push_back({from_base64(key).value(), last_seq, {taken_at}});
    return keys;
}

} // namespace tally::server
