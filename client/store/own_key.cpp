#include "client/store/own_key.h"

namespace tally::client {

namespace {

namespace sql = storage::sql;
using storage::Transaction;

constexpr storage::Migration migrations[] = {
    {1, R"(
-- Statements, signed with the old and the new key, that the signing key of an enrolment was changed, in order.
-- secret_key is that of the new one while the server has not taken it; then it stands in identities. refused
-- is 1 when the server said that it will not take it.
CREATE TABLE own_key_changes (
    number INTEGER PRIMARY KEY,
    identity INTEGER NOT NULL REFERENCES identities (number),
    change BYTES NOT NULL,
    secret_key BYTES,
    refused INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX own_key_changes_by_identity ON own_key_changes (identity, number);

-- Secret of the first key of an enrolment that has another by now: withdrawal codes are hashed with it.
CREATE TABLE first_secrets (
    identity INTEGER PRIMARY KEY REFERENCES identities (number),
    secret BYTES NOT NULL
);

-- The server's last wish for a new key of an enrolment that was met, by the server's time.
CREATE TABLE key_wishes (
    identity INTEGER PRIMARY KEY REFERENCES identities (number),
    asked_at_ms INTEGER NOT NULL
);
)"},
};

} // namespace

Result<void> migrate_own_keys(storage::Database& database)
{
    return storage::migrate(database, "own_keys", migrations);
}

OwnKey::OwnKey(Store& store, const Identity& identity)
    : m_database(store.m_database), m_identity(identity.number), m_device(identity.device)
{
}

crypto::SigningKey OwnKey::present()
{
    auto row = m_database.query_one<sql::Blob, sql::Blob>(
        "SELECT signing_public_key, signing_secret_key FROM identities WHERE number = :number", m_identity);
    TALLY_ASSERT(row);
    auto& [public_key, secret_key] = *row;
    return {std::move(public_key.bytes), std::move(secret_key.bytes)};
}

Result<void> OwnKey::make_next(Timestamp now)
{
    Transaction transaction(m_database);
    if (is_waiting())
        return {};
    const auto count = m_database
                           .query_one<std::int64_t>(
                               "SELECT count(*) FROM own_key_changes WHERE identity = :identity", m_identity)
                           .value_or(0);
    if (count >= static_cast<std::int64_t>(protocol::key_changes_max))
        return Error{"too_many_keys", "The key of this device was changed too often. Enrol it again with a "
                                      "code from the administrator."};
    const crypto::SigningKey next = crypto::make_signing_key();
    protocol::KeyChange change;
    change.device = m_device;
    change.made_at = now;
    change.signed_up_to = static_cast<std::uint64_t>(
        m_database
            .query_one<std::int64_t>("SELECT coalesce(max(seq), 0) FROM entries WHERE identity = :identity",
                                     m_identity)
            .value_or(0));
    m_database.run("INSERT INTO own_key_changes (identity, change, secret_key) "
                   "VALUES (:identity, :change, :secret_key)",
                   m_identity, sql::blob(protocol::write_key_change(change, present(), next)),
                   sql::blob(next.secret_key));
    transaction.commit();
    return {};
}

bool OwnKey::meet_wish(Timestamp asked_at, Timestamp now)
{
    const auto met = m_database.query_one<std::int64_t>(
        "SELECT asked_at_ms FROM key_wishes WHERE identity = :identity", m_identity);
    if (met == asked_at.ms)
        return false;
    // In this order: a wish that is met twice costs one key more, one that is noted and not met leaves the
    // old.
    const auto made = make_next(now);
    m_database.run("INSERT INTO key_wishes (identity, asked_at_ms) VALUES (:identity, :asked_at) "
                   "ON CONFLICT (identity) DO UPDATE SET asked_at_ms = excluded.asked_at_ms",
                   m_identity, asked_at.ms);
    return made.ok();
}

bool OwnKey::is_waiting()
{
    return m_database
        .query_one<std::int64_t>(
            "SELECT 1 FROM own_key_changes WHERE identity = :identity AND secret_key IS NOT NULL", m_identity)
        .has_value();
}

std::string OwnKey::statements()
{
    std::string all;
    for (const auto& change : m_database.query<sql::Blob>(
             "SELECT change FROM own_key_changes WHERE identity = :identity ORDER BY number", m_identity))
        all += change.bytes;
    return all;
}

void OwnKey::taken(std::string_view statements)
{
    Transaction transaction(m_database);
    const auto waiting = m_database.query_one<std::int64_t, sql::Blob, sql::Blob>(
        "SELECT number, change, secret_key FROM own_key_changes WHERE identity = :identity AND secret_key IS "
        "NOT NULL",
        m_identity);
    if (!waiting || !statements.ends_with(std::get<1>(*waiting).bytes))
        return;
    const auto& [number, bytes, secret_key] = *waiting;
    const auto change = protocol::parse_key_change(bytes.bytes);
    TALLY_ASSERT(change);
    m_database.run("INSERT INTO first_secrets (identity, secret) VALUES (:identity, :secret) "
                   "ON CONFLICT (identity) DO NOTHING",
                   m_identity, sql::blob(present().secret_key));
    m_database.run("UPDATE identities SET signing_public_key = :public_key, signing_secret_key = :secret_key "
                   "WHERE number = :number",
                   sql::blob(change->new_key), sql::blob(secret_key.bytes), m_identity);
    m_database.run("UPDATE own_key_changes SET secret_key = NULL, refused = 0 WHERE number = :number",
                   number);
    transaction.commit();
}

void OwnKey::refused()
{
    m_database.run(
        "UPDATE own_key_changes SET refused = 1 WHERE identity = :identity AND secret_key IS NOT NULL",
        m_identity);
}

OwnKey::Newest OwnKey::newest()
{
    Newest newest{present(), {}};
    m_database.for_each<sql::Blob, std::optional<sql::Blob>>(
        "SELECT change, secret_key FROM own_key_changes WHERE identity = :identity AND refused = 0 ORDER BY "
        "number",
        [&newest](const sql::Blob& bytes, std::optional<sql::Blob> secret_key) {
            newest.statements += bytes.bytes;
            if (!secret_key)
                return;
            const auto change = protocol::parse_key_change(bytes.bytes);
            TALLY_ASSERT(change);
            newest.key = {change->new_key, std::move(secret_key->bytes)};
        },
        m_identity);
    return newest;
}

std::string OwnKey::first_public_key()
{
    const auto first = m_database.query_one<sql::Blob>(
        "SELECT change FROM own_key_changes WHERE identity = :identity ORDER BY number LIMIT 1", m_identity);
    const auto change = first ? protocol::parse_key_change(first->bytes)
                              : Result<protocol::KeyChange>(Error{"none", "The key was never changed."});
    return change ? change->old_key : present().public_key;
}

std::optional<Timestamp> OwnKey::changed_at()
{
    const auto last = m_database.query_one<sql::Blob>("SELECT change FROM own_key_changes WHERE identity = "
                                                      ":identity AND secret_key IS NULL ORDER BY number DESC "
                                                      "LIMIT 1",
                                                      m_identity);
    const auto change = last ? protocol::parse_key_change(last->bytes)
                             : Result<protocol::KeyChange>(Error{"none", "The key was never changed."});
    return change ? std::optional(change->made_at) : std::nullopt;
}

} // namespace tally::client
