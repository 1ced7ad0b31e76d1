#include "client/store/server_ledger.h"

#include "client/store/chain.h"
#include "shared/base/encoding.h"

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
            auto receipt = protocol::parse_receipt(bytes.bytes, m_public_key);
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

void ServerLedger::offer_photos()
{
    // Offering one that is there costs one request.
    m_database.run("INSERT INTO uploads (sealed_digest, identity, entry_local, size) "
                   "SELECT a.sealed_digest, e.identity, a.entry_local, a.size FROM attachments a "
                   "JOIN entries e ON e.local = a.entry_local JOIN identities i ON i.number = e.identity "
                   "WHERE i.server_signing_key = :key AND NOT EXISTS (SELECT 1 FROM entry_states s "
                   "WHERE s.entry_id = e.id AND s.state IN ('rejected', 'conflict')) AND NOT EXISTS (SELECT "
                   "1 FROM taken_back t WHERE t.local = e.local) "
                   "ON CONFLICT (sealed_digest) DO NOTHING",
                   sql::blob(m_public_key));
}

void ServerLedger::note_epoch(std::string_view epoch)
{
    const auto known = m_database.query_one<std::string>(
        "SELECT epoch FROM server_ledgers WHERE server = :server", m_server_key);
    if (!known || *known == epoch)
        return;
    Transaction transaction(m_database);
    if (!known->empty() || receipts_proved() > 0)
        offer_photos(); // else this is the first word from this server
    m_database.run("UPDATE server_ledgers SET epoch = :epoch WHERE server = :server", epoch, m_server_key);
    transaction.commit();
}

void ServerLedger::note_backed_up(std::uint64_t tree_size)
{
    m_database.run("UPDATE server_ledgers SET backed_up = :backed_up WHERE server = :server AND "
                   "coalesce(backed_up, -1) < :again",
                   static_cast<std::int64_t>(tree_size), m_server_key, static_cast<std::int64_t>(tree_size));
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
    m_database.run("DELETE FROM entry_states WHERE state NOT IN ('rejected', 'conflict') AND entry_id IN "
                   "(SELECT e.id FROM entries e JOIN identities i ON i.number = e.identity "
                   "WHERE i.server_signing_key = :key)",
                   sql::blob(m_public_key));
    offer_photos();
    for (const std::int64_t identity : m_database.query<std::int64_t>(
             "SELECT number FROM identities WHERE server_signing_key = :key", sql::blob(m_public_key)))
        tell_numbers_again(m_database, identity);
    m_database.run("UPDATE identities SET pull_cursor = '' WHERE server_signing_key = :key",
                   sql::blob(m_public_key));
    m_database.run("INSERT INTO server_restores (server, noticed_at_ms) VALUES (:server, :noticed_at)",
                   m_server_key, noticed_at.ms);
    note_proved(now, std::max(parting.receipts_up_to, proved_up_to));
    m_database.run("UPDATE server_ledgers SET backed_up = NULL WHERE server = :server", m_server_key);
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
