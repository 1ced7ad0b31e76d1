#include "client/store/server_ledger.h"

#include "client/store/chain.h"
#include "shared/base/encoding.h"
#include "shared/protocol/key_change.h"

#include <algorithm>
#include <set>

namespace tally::client {

using storage::Transaction;
namespace sql = storage::sql;

namespace {

// Shipped text never changes: a change is a new number.
constexpr storage::Migration migrations[] = {
    {1, R"(
-- The ledger of each server, by its signing key in hex, as it was last proved to hold everything up to a
-- receipt.
CREATE TABLE server_ledgers (
    server TEXT PRIMARY KEY,
    tree_size INTEGER NOT NULL,
    root TEXT NOT NULL,
    receipts_proved INTEGER NOT NULL,
    epoch TEXT NOT NULL DEFAULT '',
    -- How much of it the server's newest backup holds.
    backed_up INTEGER
) WITHOUT ROWID;

-- Each time that a server came back with a ledger that lacks what receipts acknowledge.
CREATE TABLE server_restores (
    number INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    noticed_at_ms INTEGER NOT NULL
);

-- Receipts of a ledger that is no more.
CREATE TABLE receipts_given_up (
    number INTEGER PRIMARY KEY REFERENCES receipts (number)
);
)"},
    {2, R"(
-- Statements of servers that a key took the place of another, which the old one signed: receipts of before
-- stay good.
CREATE TABLE server_key_changes (
    new_key TEXT PRIMARY KEY,
    old_key TEXT NOT NULL,
    change BYTES NOT NULL
) WITHOUT ROWID;
)"},
    {3, R"(
-- Photos that the server has whole, and how large its ledger was at the first look after that: a backup of a
-- larger ledger was made later, so it holds them too.
CREATE TABLE photos_sent (
    sealed_digest TEXT PRIMARY KEY,
    tree_size INTEGER
) WITHOUT ROWID;
)"},
    {4, R"(
-- 1: only a file of receipts said so, and it may be older than a restore of the server. It is asked itself.
ALTER TABLE photos_sent ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
CREATE INDEX photos_carried ON photos_sent (sealed_digest) WHERE carried = 1;
)"},
};

} // namespace

Result<void> migrate_server_ledger(storage::Database& database)
{
    return storage::migrate(database, "server_ledger", migrations);
}

ServerLedger::ServerLedger(Store& store, const Identity& identity)
    : m_database(store.m_database), m_server_key(to_hex(identity.server_signing_key)),
      m_public_key(identity.server_signing_key)
{
    m_known_keys.push_back(m_public_key);
    std::string key = m_server_key;
    while (auto old = m_database.query_one<std::string>(
               "SELECT old_key FROM server_key_changes WHERE new_key = :key", key)) {
        m_known_keys.push_back(*from_hex(*old));
        key = std::move(*old);
    }
}

bool ServerLedger::follow_keys(Store& store, const Identity& identity,
                               const std::vector<std::string>& changes)
{
    storage::Database& database = store.m_database;
    auto later = protocol::changes_since(identity.server_signing_key, changes);
    // A key that was replaced never comes back: the way from the present one to the first would have no end.
    auto known = ServerLedger(store, identity).m_known_keys;
    const auto circle = std::find_if(later.begin(), later.end(), [&known](const protocol::KeyChange& change) {
        if (std::find(known.begin(), known.end(), change.new_key) != known.end())
            return true;
        known.push_back(change.new_key);
        return false;
    });
    later.erase(circle, later.end());
    if (later.empty())
        return false;
    Transaction transaction(database);
    for (const auto& change : later) {
        const std::string old_key = to_hex(change.old_key);
        const std::string new_key = to_hex(change.new_key);
        database.run("INSERT INTO server_key_changes (new_key, old_key, change) "
                     "VALUES (:new_key, :old_key, :change) ON CONFLICT (new_key) DO NOTHING",
                     new_key, old_key, sql::blob(protocol::change_bytes(change, changes)));
        database.run("UPDATE identities SET server_signing_key = :new_key, server_sealing_key = :sealing "
                     "WHERE server_signing_key = :old_key",
                     sql::blob(change.new_key), sql::blob(change.new_sealing_key), sql::blob(change.old_key));
        // An enrolment of after the change may have looked at the ledger already: then both look anew.
        if (database.query_one<std::int64_t>("SELECT 1 FROM server_ledgers WHERE server = :key", new_key)) {
            database.run("DELETE FROM server_ledgers WHERE server = :key", old_key);
            database.run("UPDATE server_ledgers SET tree_size = 0, receipts_proved = 0 WHERE server = :key",
                         new_key);
        } else {
            database.run("UPDATE server_ledgers SET server = :new_key WHERE server = :old_key", new_key,
                         old_key);
        }
        database.run("UPDATE server_restores SET server = :new_key WHERE server = :old_key", new_key,
                     old_key);
    }
    transaction.commit();
    return true;
}

bool ServerLedger::knows_key(std::string_view key) const
{
    return std::find(m_known_keys.begin(), m_known_keys.end(), key) != m_known_keys.end();
}

Result<protocol::Receipt> ServerLedger::read_receipt(std::string_view bytes) const
{
    auto receipt = protocol::parse_receipt(bytes, m_known_keys.front());
    for (std::size_t i = 1; i < m_known_keys.size() && !receipt; ++i)
        receipt = protocol::parse_receipt(bytes, m_known_keys[i]);
    return receipt;
}

std::vector<ServerLedger::Receipt> ServerLedger::receipts(std::int64_t after)
{
    std::vector<Receipt> found;
    m_database.for_each<std::int64_t, std::int64_t, std::int64_t, std::int64_t, sql::Blob>(
        "SELECT r.number, r.identity, r.first_local, r.last_local, r.receipt FROM receipts r "
        "JOIN identities i ON i.number = r.identity WHERE r.number > :after AND i.server_signing_key = :key "
        "AND NOT EXISTS (SELECT 1 FROM receipts_given_up g WHERE g.number = r.number) "
        "ORDER BY r.number",
        [&](std::int64_t number, std::int64_t identity, std::int64_t first, std::int64_t last,
            const sql::Blob& bytes) {
            auto receipt = read_receipt(bytes.bytes);
            if (!receipt)
                return;
            found.push_back({number, identity, first, last, std::move(*receipt)});
        },
        after, sql::blob(m_public_key));
    return found;
}

std::int64_t ServerLedger::last_receipt()
{
    return m_database.query_one<std::int64_t>("SELECT coalesce(max(number), 0) FROM receipts").value_or(0);
}

std::optional<SeenTree> ServerLedger::proved()
{
    const auto row = m_database.query_one<std::int64_t, std::string>(
        "SELECT tree_size, root FROM server_ledgers WHERE server = :server", m_server_key);
    if (!row)
        return std::nullopt;
    const auto root = from_hex(std::get<1>(*row));
    return SeenTree{static_cast<std::uint64_t>(std::get<0>(*row)), root ? *root : std::string()};
}

std::int64_t ServerLedger::receipts_proved()
{
    return m_database
        .query_one<std::int64_t>("SELECT receipts_proved FROM server_ledgers WHERE server = :server",
                                 m_server_key)
        .value_or(0);
}

ServerLedger::Unproved ServerLedger::unproved(std::size_t trees_max)
{
    Unproved wanted;
    wanted.receipts_up_to = receipts_proved();
    std::set<SeenTree> trees;
    // Mostly nothing came since, and then no receipt has to be read.
    if (last_receipt() > wanted.receipts_up_to)
        for (const Receipt& one : receipts(wanted.receipts_up_to)) {
            const SeenTree tree{one.receipt.tree_size, one.receipt.tree_root};
            if (tree.size > 0 && trees.size() == trees_max && !trees.contains(tree)) {
                wanted.is_all = false;
                break;
            }
            if (tree.size > 0)
                trees.insert(tree);
            wanted.receipts_up_to = one.number;
        }
    wanted.trees.assign(trees.begin(), trees.end());
    return wanted;
}

std::vector<SeenTree> ServerLedger::proved_before(std::size_t trees_max)
{
    const std::int64_t last = receipts_proved();
    std::set<SeenTree> all;
    for (const Receipt& one : receipts(0))
        if (one.number <= last && one.receipt.tree_size > 0)
            all.insert({one.receipt.tree_size, one.receipt.tree_root});
    const std::vector<SeenTree> trees(all.begin(), all.end());
    if (trees.size() <= trees_max)
        return trees;
    std::vector<SeenTree> chosen;
    for (std::size_t i = 0; i < trees_max; ++i)
        chosen.push_back(trees[i * trees.size() / trees_max]);
    return chosen;
}

void ServerLedger::note_proved(const SeenTree& now, std::int64_t receipts_up_to)
{
    m_database.run("INSERT INTO server_ledgers (server, tree_size, root, receipts_proved) "
                   "VALUES (:server, :tree_size, :root, :receipts) ON CONFLICT (server) DO UPDATE SET "
                   "tree_size = excluded.tree_size, root = excluded.root, "
                   "receipts_proved = excluded.receipts_proved",
                   m_server_key, static_cast<std::int64_t>(now.size), to_hex(now.root), receipts_up_to);
}

void ServerLedger::forget_photos_sent(bool only_carried)
{
    const std::int64_t least = only_carried ? 1 : 0;
    // Offering one that is there costs one request.
    m_database.run("INSERT INTO uploads (sealed_digest, identity, entry_local, size) "
                   "SELECT a.sealed_digest, e.identity, a.entry_local, a.size FROM attachments a "
                   "JOIN entries e ON e.local = a.entry_local JOIN identities i ON i.number = e.identity "
                   "WHERE i.server_signing_key = :key AND (:least = 0 OR EXISTS (SELECT 1 FROM photos_sent p "
                   "WHERE p.sealed_digest = a.sealed_digest AND p.carried = 1)) AND NOT EXISTS (SELECT 1 "
                   "FROM entry_states s WHERE s.entry_id = e.id AND s.state IN ('rejected', 'conflict')) AND "
                   "NOT EXISTS (SELECT 1 FROM taken_back t WHERE t.local = e.local) "
                   "ON CONFLICT (sealed_digest) DO NOTHING",
                   sql::blob(m_public_key), least);
    m_database.run("DELETE FROM photos_sent WHERE carried >= :least AND sealed_digest IN (SELECT "
                   "a.sealed_digest FROM attachments a JOIN entries e ON e.local = a.entry_local "
                   "JOIN identities i ON i.number = e.identity WHERE i.server_signing_key = :key)",
                   least, sql::blob(m_public_key));
}

void ServerLedger::ask_for_carried_photos()
{
    if (!m_database.query_one<std::int64_t>("SELECT 1 FROM photos_sent WHERE carried = 1 LIMIT 1"))
        return;
    Transaction transaction(m_database);
    forget_photos_sent(true);
    transaction.commit();
}

void ServerLedger::forget_what_it_said()
{
    // What it refused, a receipt said: that it says only once.
    m_database.run("DELETE FROM entry_states WHERE state NOT IN ('rejected', 'conflict') AND entry_id IN "
                   "(SELECT e.id FROM entries e JOIN identities i ON i.number = e.identity "
                   "WHERE i.server_signing_key = :key)",
                   sql::blob(m_public_key));
    for (const std::int64_t identity : m_database.query<std::int64_t>(
             "SELECT number FROM identities WHERE server_signing_key = :key", sql::blob(m_public_key)))
        tell_numbers_again(m_database, identity);
    m_database.run("UPDATE identities SET pull_cursor = '' WHERE server_signing_key = :key",
                   sql::blob(m_public_key));
    m_database.run("UPDATE server_ledgers SET backed_up = NULL WHERE server = :server", m_server_key);
    forget_photos_sent(false);
}

bool ServerLedger::note_epoch(std::string_view epoch)
{
    Transaction transaction(m_database);
    const auto known = m_database.query_one<std::string>(
        "SELECT epoch FROM server_ledgers WHERE server = :server", m_server_key);
    if (known == epoch)
        return false;
    if (known)
        forget_what_it_said();
    m_database.run("INSERT INTO server_ledgers (server, tree_size, root, receipts_proved, epoch) "
                   "VALUES (:server, 0, '', 0, :epoch) ON CONFLICT (server) DO UPDATE SET epoch = "
                   "excluded.epoch",
                   m_server_key, epoch);
    transaction.commit();
    return known.has_value();
}

void ServerLedger::note_backed_up(std::uint64_t tree_size)
{
    m_database.run("UPDATE server_ledgers SET backed_up = :backed_up WHERE server = :server AND "
                   "coalesce(backed_up, -1) < :again",
                   static_cast<std::int64_t>(tree_size), m_server_key, static_cast<std::int64_t>(tree_size));
}

std::int64_t ServerLedger::free_photos(std::uint64_t tree_size, Timestamp now, std::int64_t keep_days)
{
    constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
    Transaction transaction(m_database);
    m_database.run("UPDATE photos_sent SET tree_size = :size WHERE tree_size IS NULL",
                   static_cast<std::int64_t>(tree_size));
    const auto safe = backed_up();
    const auto digests =
        !safe ? std::vector<std::string>()
              : m_database.query<std::string>(
                    "SELECT a.sealed_digest FROM photos_sent p JOIN attachments a "
                    "ON a.sealed_digest = p.sealed_digest JOIN entries e ON e.local = a.entry_local "
                    "JOIN identities i ON i.number = e.identity JOIN entry_states s ON s.entry_id = e.id "
                    "WHERE p.tree_size < :safe AND e.captured_at_ms < :before "
                    "AND i.server_signing_key = :key AND s.state IN ('accepted', 'declined', 'withdrawn', "
                    "'replaced', 'duplicate', 'split') AND NOT EXISTS (SELECT 1 FROM uploads u "
                    "WHERE u.sealed_digest = a.sealed_digest)",
                    static_cast<std::int64_t>(*safe), now.ms - keep_days * day_ms, sql::blob(m_public_key));
    for (const std::string& digest : digests)
        m_database.run("DELETE FROM attachments WHERE sealed_digest = :digest", digest);
    transaction.commit();
    return static_cast<std::int64_t>(digests.size());
}

std::optional<std::uint64_t> ServerLedger::backed_up()
{
    const auto size = m_database.query_one<std::optional<std::int64_t>>(
        "SELECT backed_up FROM server_ledgers WHERE server = :server", m_server_key);
    return size && *size ? std::optional(static_cast<std::uint64_t>(**size)) : std::nullopt;
}

std::int64_t ServerLedger::entries_not_backed_up()
{
    const std::uint64_t safe = backed_up().value_or(0);
    std::set<std::uint64_t> positions; // an entry that was sent twice has one
    for (const Receipt& one : receipts(0))
        for (const auto& outcome : one.receipt.outcomes)
            if ((outcome.outcome == protocol::Outcome::Created ||
                 outcome.outcome == protocol::Outcome::Exists) &&
                outcome.position >= safe)
                positions.insert(outcome.position);
    return static_cast<std::int64_t>(positions.size());
}

std::int64_t ServerLedger::send_again(const SeenTree& now, const Parting& parting, Timestamp noticed_at)
{
    Transaction transaction(m_database);
    const auto count = [&] {
        return m_database.query_one<std::int64_t>("SELECT count(*) FROM outbox").value_or(0);
    };
    const std::int64_t before = count();
    const std::int64_t proved_up_to = receipts_proved();
    for (const Receipt& one : receipts(0)) {
        const SeenTree tree{one.receipt.tree_size, one.receipt.tree_root};
        const bool is_lost = one.number <= proved_up_to ? tree.size > parting.common
                                                        : std::find(parting.lost.begin(), parting.lost.end(),
                                                                    tree) != parting.lost.end();
        if (!is_lost)
            continue;
        m_database.run("INSERT INTO receipts_given_up (number) VALUES (:number)", one.number);
        // What the server refused then it may take now, and it no longer has it among what it refused.
        m_database.run("DELETE FROM entry_states WHERE entry_id IN (SELECT id FROM entries WHERE identity = "
                       ":identity AND local BETWEEN :first AND :last)",
                       one.identity, one.first_local, one.last_local);
        m_database.run("INSERT INTO outbox (local, identity) SELECT e.local, e.identity FROM entries e "
                       "JOIN records r ON r.local = e.local WHERE e.identity = :identity AND e.local BETWEEN "
                       ":first AND :last AND NOT EXISTS (SELECT 1 FROM taken_back t WHERE t.local = e.local) "
                       "ON CONFLICT (local) DO NOTHING",
                       one.identity, one.first_local, one.last_local);
    }
    forget_what_it_said();
    m_database.run("INSERT INTO server_restores (server, noticed_at_ms) VALUES (:server, :noticed_at)",
                   m_server_key, noticed_at.ms);
    note_proved(now, std::max(parting.receipts_up_to, proved_up_to));
    const std::int64_t again = count() - before;
    transaction.commit();
    return again;
}

std::int64_t ServerLedger::restores()
{
    return m_database
        .query_one<std::int64_t>("SELECT count(*) FROM server_restores WHERE server = :server", m_server_key)
        .value_or(0);
}

} // namespace tally::client
