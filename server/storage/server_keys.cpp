#include "server/storage/server_keys.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"

#include <array>
#include <optional>

namespace tally::server {
namespace {

std::string load_or_make(storage::Database& database, Random& random, std::string_view name)
{
    // Two servers that start at once both try; the first row stands and both read it.
    database.run("INSERT INTO server_keys (name, secret) VALUES (:name, :secret) ON CONFLICT DO NOTHING",
                 name, storage::sql::blob(random.bytes(32)));
    const auto seed =
        database.query_one<storage::sql::Blob>("SELECT secret FROM server_keys WHERE name = :name", name);
    TALLY_ASSERT(seed && seed->bytes.size() == 32);
    return seed->bytes;
}

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 2> migrations = {storage::Migration{1, R"(
    -- Statements, signed with the old and the new key, that the server's keys were changed.
    CREATE TABLE server_key_changes (
        number INTEGER PRIMARY KEY,
        change BYTES NOT NULL
    );
)"},
                                                          storage::Migration{2, R"(
    -- The latest checkpoint of before the last change of keys, as the present key signs it.
    CREATE TABLE checkpoint_signed_again (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        tree_size INTEGER NOT NULL,
        note TEXT NOT NULL
    );
)"}};

std::string former_name(std::int64_t number)
{
    return "sealing_seed." + std::to_string(number);
}

std::optional<std::string> find_secret(storage::Database& database, std::string_view name)
{
    auto found =
        database.query_one<storage::sql::Blob>("SELECT secret FROM server_keys WHERE name = :name", name);
    return found ? std::optional(std::move(found->bytes)) : std::nullopt;
}

void replace_secret(storage::Database& database, std::string_view name, const std::string& seed)
{
    database.run("UPDATE server_keys SET secret = :secret WHERE name = :name", storage::sql::blob(seed),
                 name);
}

/// Until something is added, that is what devices get, also those that never knew the old key.
void sign_latest_checkpoint_again(storage::Database& database, Random& random)
{
    const auto latest = database.query_one<std::int64_t, std::string>(
        "SELECT tree_size, root FROM ledger_checkpoints ORDER BY tree_size DESC LIMIT 1");
    if (!latest)
        return;
    const auto& [size, root] = *latest;
    const auto keys = load_or_make_server_keys(database, random);
    const auto note = protocol::sign_checkpoint(
        {keys.origin, static_cast<std::uint64_t>(size), from_hex(root).value()}, keys.signing);
    database.run("INSERT INTO checkpoint_signed_again (one, tree_size, note) VALUES (1, :size, :note) "
                 "ON CONFLICT (one) DO UPDATE SET tree_size = excluded.tree_size, note = excluded.note",
                 size, note);
}

} // namespace

std::span<const storage::Migration> server_key_migrations()
{
    return migrations;
}

ServerKeys load_or_make_server_keys(storage::Database& database, Random& random)
{
    ServerKeys keys;
    keys.signing = crypto::signing_key_from_seed(load_or_make(database, random, "signing_seed"));
    keys.sealing = crypto::sealing_key_from_seed(load_or_make(database, random, "sealing_seed"));
    keys.index_secret = load_or_make(database, random, "index_secret");
    for (auto& change :
         database.query<storage::sql::Blob>("SELECT change FROM server_key_changes ORDER BY number"))
        keys.changes.push_back(std::move(change.bytes));
    for (auto number = static_cast<std::int64_t>(keys.changes.size()); number > 0; --number)
        if (const auto seed = find_secret(database, former_name(number)))
            keys.former_sealing.push_back(crypto::sealing_key_from_seed(*seed));
    keys.origin = "tallybook/" + crypto::sha256_hex(first_signing_key(keys)).substr(0, 16);
    return keys;
}

std::string first_signing_key(const ServerKeys& keys)
{
    if (keys.changes.empty())
        return keys.signing.public_key;
    const auto first = protocol::parse_key_change(keys.changes.front());
    if (!first)
        throw storage::DatabaseError(storage::Failure::Damaged,
                                     "The history of the server's keys is damaged.");
    return first->old_key;
}

Result<std::string> open_sealed(const ServerKeys& keys, std::string_view sealed)
{
    auto opened = crypto::open_sealed(keys.sealing, sealed);
    for (const auto& former : keys.former_sealing)
        if (!opened)
            opened = crypto::open_sealed(former, sealed);
    return opened;
}

std::string rotate_server_keys(storage::Database& database, Random& random, Timestamp now)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    const auto old_signing = find_secret(database, "signing_seed");
    const auto old_sealing = find_secret(database, "sealing_seed");
    TALLY_ASSERT(old_signing && old_sealing);
    const std::string new_signing = random.bytes(32);
    const std::string new_sealing = random.bytes(32);
    const auto number = server_key_changes(database) + 1;
    protocol::KeyChange change;
    change.made_at = now;
    change.signed_up_to = static_cast<std::uint64_t>(
        database.query_one<std::int64_t>("SELECT tree_size FROM ledger_head WHERE one = 1").value_or(0));
    change.new_sealing_key = crypto::sealing_key_from_seed(new_sealing).public_key;
    auto bytes = protocol::write_key_change(change, crypto::signing_key_from_seed(*old_signing),
                                            crypto::signing_key_from_seed(new_signing));
    database.run("INSERT INTO server_key_changes (number, change) VALUES (:number, :change)", number,
                 storage::sql::blob(bytes));
    // What was sealed to the old key still comes; nothing more is signed with the old one.
    database.run("INSERT INTO server_keys (name, secret) VALUES (:name, :secret)", former_name(number),
                 storage::sql::blob(*old_sealing));
    replace_secret(database, "sealing_seed", new_sealing);
    replace_secret(database, "signing_seed", new_signing);
    sign_latest_checkpoint_again(database, random);
    transaction.commit();
    return bytes;
}

std::int64_t server_key_changes(storage::Database& database)
{
    return database.query_one<std::int64_t>("SELECT COUNT(*) FROM server_key_changes").value_or(0);
}

} // namespace tally::server
