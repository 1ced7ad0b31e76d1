#include "client/store/schema.h"

namespace tally::client {

namespace {

constexpr storage::Migration migrations[] = {
    {1, R"(
-- Small things that the program remembers.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Each enrolment of this device; the one with the highest number is in use.
CREATE TABLE identities (
    number INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('worker', 'kiosk')),
    author TEXT NOT NULL,
    signing_public_key BYTES NOT NULL,
    -- In the clear, because a kiosk syncs while nobody is there to type a PIN.
    signing_secret_key BYTES NOT NULL,
    server TEXT NOT NULL,
    server_name TEXT NOT NULL,
    server_signing_key BYTES NOT NULL,
    server_sealing_key BYTES NOT NULL,
    certificate_sha256 TEXT NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    pull_cursor TEXT NOT NULL DEFAULT ''
);

-- The worker's key pair; the secret half is encrypted under Argon2id of the PIN.
CREATE TABLE worker_key (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    public_key BYTES NOT NULL,
    salt BYTES NOT NULL,
    wrapped_secret BYTES NOT NULL
);

-- The keys of each run of the program, never in the clear.
CREATE TABLE data_keys (
    key_id TEXT PRIMARY KEY,
    identity INTEGER NOT NULL REFERENCES identities (number),
    -- The run's data key, which only the server can open.
    sealed BYTES NOT NULL,
    -- The run's reading key, sealed to the worker; null on a kiosk and while the worker has no PIN.
    worker_sealed BYTES
) WITHOUT ROWID;

-- Facts: what was sealed on this device, in order. They stay when an entry is erased, so that the device's
-- chain of numbers and digests can always be shown.
CREATE TABLE entries (
    local INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identity INTEGER NOT NULL REFERENCES identities (number),
    -- Number in the chain of the identity's device.
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    amends TEXT,
    captured_at_ms INTEGER NOT NULL,
    -- SHA-256 of the record.
    digest TEXT NOT NULL,
    -- How many attachments the entry names.
    photos INTEGER NOT NULL,
    UNIQUE (identity, seq)
);
FACT TABLE entries;
CREATE INDEX entries_by_amended ON entries (amends) WHERE amends IS NOT NULL;

-- Entries whose words were destroyed: when and why is all that is left beside the chain.
CREATE TABLE erasures (
    local INTEGER PRIMARY KEY REFERENCES entries (local),
    -- Null when the server did not say.
    erased_at_ms INTEGER,
    why TEXT NOT NULL
);
FACT TABLE erasures;

-- The sealed bytes of entries: facts too, until the entry is erased.
CREATE TABLE records (
    local INTEGER PRIMARY KEY REFERENCES entries (local),
    key_id TEXT NOT NULL REFERENCES data_keys (key_id),
    -- The entry's own key, encrypted under the run's reading key; null on a kiosk. Whoever has the PIN reads
    -- through this row alone, so that destroying it closes every copy of the record for good.
    entry_key BYTES,
    record BYTES NOT NULL
);
CREATE INDEX records_by_key ON records (key_id);
CREATE TRIGGER records_refuses_update BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'rows of records are facts and never change'); END;
CREATE TRIGGER records_refuses_delete BEFORE DELETE ON records
WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE local = old.local)
BEGIN SELECT RAISE(ABORT, 'rows of records go only when their entry was erased'); END;

-- Entries that the server has not answered for.
CREATE TABLE outbox (
    local INTEGER PRIMARY KEY REFERENCES entries (local),
    identity INTEGER NOT NULL
);

-- Ciphertext of photos and drawn signatures.
CREATE TABLE attachments (
    sealed_digest TEXT PRIMARY KEY,
    entry_local INTEGER NOT NULL REFERENCES entries (local),
    size INTEGER NOT NULL,
    bytes BYTES NOT NULL
);
CREATE INDEX attachments_by_entry ON attachments (entry_local);

-- Which stories can be withdrawn with which code: a keyed hash, so that the codes cannot be read here.
CREATE TABLE withdrawal_codes (
    code_hash TEXT NOT NULL,
    local INTEGER NOT NULL REFERENCES entries (local),
    PRIMARY KEY (code_hash, local)
) WITHOUT ROWID;
CREATE INDEX withdrawal_codes_by_entry ON withdrawal_codes (local);

-- Withdrawals that the server has not heard of. The code is sealed to the server.
CREATE TABLE withdrawals (
    number INTEGER PRIMARY KEY,
    identity INTEGER NOT NULL REFERENCES identities (number),
    sealed_code BYTES NOT NULL,
    asked_at_ms INTEGER NOT NULL
);

-- Attachments that are not at the server yet.
CREATE TABLE uploads (
    sealed_digest TEXT PRIMARY KEY REFERENCES attachments (sealed_digest),
    identity INTEGER NOT NULL,
    entry_local INTEGER NOT NULL,
    size INTEGER NOT NULL,
    upload_offset INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL DEFAULT 0,
    -- Why the server refused it in this round; empty when it may be tried.
    problem TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX uploads_by_entry ON uploads (entry_local);

-- The server's signed answers: proof of what was sent.
CREATE TABLE receipts (
    number INTEGER PRIMARY KEY,
    identity INTEGER NOT NULL REFERENCES identities (number),
    first_local INTEGER NOT NULL,
    last_local INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    receipt BYTES NOT NULL
);
FACT TABLE receipts;

-- What became of entries, where that is more than "arrived and waiting".
CREATE TABLE entry_states (
    entry_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    question TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    decided_at_ms INTEGER,
    replaced_by TEXT
) WITHOUT ROWID;

-- Half-typed forms and open sign-ins, encrypted under the reading key of the run that kept them.
CREATE TABLE drafts (
    area TEXT NOT NULL,
    id TEXT NOT NULL,
    key_id TEXT NOT NULL REFERENCES data_keys (key_id),
    bytes BYTES NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (area, id)
) WITHOUT ROWID;

-- Contracts, events, places, frameworks, questionnaires: as the server last said.
CREATE TABLE reference (
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (topic, key)
) WITHOUT ROWID;
)"},
    {2, R"(
-- Entries that the server could not take and that the worker took back, or said right in another entry. They
-- never travel again.
CREATE TABLE taken_back (
    local INTEGER PRIMARY KEY REFERENCES entries (local),
    taken_back_at_ms INTEGER NOT NULL,
    -- The entry that says it right; null when it was only taken back.
    put_right_by TEXT
);
FACT TABLE taken_back;
CREATE INDEX taken_back_by_later ON taken_back (put_right_by) WHERE put_right_by IS NOT NULL;

CREATE INDEX entry_states_put_aside ON entry_states (entry_id) WHERE state IN ('rejected', 'conflict');
)"},
    {3, R"(
-- Entries of which nothing may reach the server: erased before they travelled, put aside or taken back. told is
-- what the server was last told of the number; what it is to be told follows from the other tables.
CREATE TABLE chain_reports (
    local INTEGER PRIMARY KEY REFERENCES entries (local),
    told TEXT NOT NULL DEFAULT ''
);
)"},
    {4, R"(
-- What waits for the worker is looked for however old it is.
CREATE INDEX entry_states_for_worker ON entry_states (state, entry_id)
WHERE state IN ('queried', 'rejected', 'conflict');
)"},
};

} // namespace

Result<void> migrate_store(storage::Database& database)
{
    return storage::migrate(database, "device", migrations);
}

} // namespace tally::client
