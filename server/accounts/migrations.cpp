#include "server/accounts/migrations.h"

#include <array>

namespace tally::server {
namespace {

constexpr std::string_view people_and_sessions = R"sql(
-- People who sign in to the console. Nobody is removed: what they decided names them.
CREATE TABLE users (
    id            TEXT NOT NULL PRIMARY KEY, -- UUID version 7
    name          TEXT NOT NULL,
    email         TEXT NOT NULL UNIQUE,      -- lower case
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,             -- Argon2id, with its salt and cost
    active        INTEGER NOT NULL,          -- 0: may not sign in
    created_at    INTEGER NOT NULL,          -- ms since 1970
    last_seen_at  INTEGER                    -- ms since 1970, to the nearest minute
);

-- Which contracts a person sees, for roles that do not see all.
CREATE TABLE user_contracts (
    user_id  TEXT NOT NULL REFERENCES users (id),
    contract TEXT NOT NULL,                  -- reference
    PRIMARY KEY (user_id, contract)
);

CREATE TABLE sessions (
    token_hash   TEXT NOT NULL PRIMARY KEY,  -- SHA-256 in hex; the token itself is only in the cookie
    user_id      TEXT NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,           -- ms since 1970
    last_used_at INTEGER NOT NULL            -- ms since 1970, to the nearest minute
);
CREATE INDEX sessions_by_user ON sessions (user_id);
)sql";

constexpr std::array migrations = {
    storage::Migration{1, people_and_sessions},
};

} // namespace

std::span<const storage::Migration> account_migrations()
{
    return migrations;
}

} // namespace tally::server
