#include "server/storage/schema.h"

#include "server/storage/backup_log.h"
#include "server/storage/device_chain.h"
#include "server/storage/device_keys.h"
#include "server/storage/erasure_schema.h"
#include "server/storage/revocations.h"
#include "server/storage/server_keys.h"
#include "server/storage/upload_schema.h"

#include <array>

namespace tally::server {
namespace {

// Shipped text never changes: a change is a new number.
constexpr std::array migrations = {storage::Migration{1, R"(
    -- Keys of this server, made at the first start: name is signing_seed, sealing_seed
    -- or index_secret.
    CREATE TABLE server_keys (
        name TEXT PRIMARY KEY,
        secret BYTES NOT NULL
    );

    -- Enrolled tablets and kiosks. author is the person key that a worker's entries carry.
    CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        mode TEXT NOT NULL CHECK (mode IN ('worker', 'kiosk')),
        author TEXT NOT NULL,
        public_key TEXT NOT NULL UNIQUE,
        enrolled_at INTEGER NOT NULL,
        revoked_at INTEGER,
        last_seen_at INTEGER,
        clock_offset_ms INTEGER
    );

    -- The device's chain as far as it has arrived: received below highest_seq means numbers outstanding.
    CREATE TABLE device_chains (
        device TEXT PRIMARY KEY REFERENCES devices (id),
        highest_seq INTEGER NOT NULL,
        received INTEGER NOT NULL
    );

    -- One-time codes; only their digest is kept. A used code remembers the key that used it.
    CREATE TABLE enrolment_codes (
        digest TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        mode TEXT NOT NULL,
        author TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        device TEXT REFERENCES devices (id)
    );

    -- Sealed bytes as they came: facts.
    CREATE TABLE entry_records (
        id TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        seq INTEGER NOT NULL,
        digest TEXT NOT NULL,
        position INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        record BYTES NOT NULL
    ) WITHOUT ROWID;
    FACT TABLE entry_records;

    -- What opens one record. Destroying a row forgets the entry for good; the record stays unreadable.
    CREATE TABLE entry_keys (
        id TEXT PRIMARY KEY,
        key BYTES NOT NULL
    ) WITHOUT ROWID;

    -- Who is counted once a year: a keyed hash of contract and reference, and the random token in the log.
    CREATE TABLE person_tokens (
        code TEXT PRIMARY KEY,
        token TEXT NOT NULL UNIQUE
    ) WITHOUT ROWID;

    -- Where merge looks for entries to compare with: keyed hashes of what two entries must share, with the
    -- minutes of the day of work. Day 0 stands for what has no day. See server/merge.
    CREATE TABLE merge_keys (
        day INTEGER NOT NULL,
        key INTEGER NOT NULL,
        position INTEGER NOT NULL,  -- of the entry in the log
        from_min INTEGER NOT NULL,
        to_min INTEGER NOT NULL,
        PRIMARY KEY (day, key, position)
    ) WITHOUT ROWID;

    -- Photos that have arrived, by the SHA-256 of their plain bytes; hash is empty when there is nothing to
    -- compare.
    CREATE TABLE merge_pictures (
        entry TEXT NOT NULL,
        digest TEXT NOT NULL,
        sealed_digest TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (entry, digest)
    ) WITHOUT ROWID;
    CREATE INDEX merge_pictures_by_file ON merge_pictures (sealed_digest);

    -- What was refused or clashes with another entry's id: kept apart, as it came.
    CREATE TABLE refused_records (
        digest TEXT PRIMARY KEY,
        id TEXT,
        device TEXT NOT NULL,
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        record BYTES NOT NULL
    );
    CREATE INDEX refused_records_by_device ON refused_records (device);

    -- The log: each leaf is JSON, its hash is SHA-256 of 0x00 and the leaf (RFC 6962).
    CREATE TABLE ledger_log (
        position INTEGER PRIMARY KEY,
        leaf TEXT NOT NULL,
        leaf_hash BYTES NOT NULL
    );
    FACT TABLE ledger_log;

    -- Signed states of the tree: root in hex, note is the C2SP signed note,
    -- signed_at the moment of the newest row that it covers.
    CREATE TABLE ledger_checkpoints (
        tree_size INTEGER PRIMARY KEY,
        root TEXT NOT NULL,
        signed_at INTEGER NOT NULL,
        note TEXT NOT NULL
    );
    FACT TABLE ledger_checkpoints;

    -- One row: where the log ends. frontier is the hex of the roots of its perfect subtrees, largest first.
    CREATE TABLE ledger_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        tree_size INTEGER NOT NULL,
        frontier TEXT NOT NULL
    );

    -- Everything below can be dropped and made again from the log (`ledger rebuild`).

    -- Interior hashes of the tree, in hex, for tiles and proofs: level 1 holds the root of each 256 rows of the
    -- log, level 2 of each 256 of those, and so on (C2SP tlog-tiles).
    CREATE TABLE ledger_tree (
        level INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (level, position)
    ) WITHOUT ROWID;

    -- Where each entry stands. Its facts are in the leaf at the same position of the log; those by which
    -- entries are looked for stand here too. before is the state that a reversal restores; counts is 0 for an
    -- amendment or withdrawal of an accepted entry that still waits and so stands in no balance.
    CREATE TABLE ledger_entries (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        amends TEXT,
        root TEXT,                  -- the first revision, or of a part the split entry; null when it is the entry itself
        part_of TEXT,               -- the split entry
        kind TEXT NOT NULL,
        contract TEXT NOT NULL,
        measure TEXT NOT NULL,
        quarter TEXT NOT NULL,
        latest TEXT,                -- last day of the work, where only the newest figure counts
        state TEXT NOT NULL,
        before TEXT,
        counts INTEGER NOT NULL,
        decided INTEGER,
        ended TEXT,                 -- the accepted entry whose place this one took
        flagged INTEGER NOT NULL,
        held_by_flag INTEGER NOT NULL,
        released INTEGER NOT NULL,
        erased INTEGER NOT NULL,
        persons_counted INTEGER NOT NULL,
        parts_left INTEGER NOT NULL,
        quantity_left INTEGER NOT NULL
    );
    CREATE INDEX ledger_entries_by_state ON ledger_entries (state, position);
    CREATE INDEX ledger_entries_by_root ON ledger_entries (root, position) WHERE root IS NOT NULL;
    CREATE INDEX ledger_entries_by_amends ON ledger_entries (amends, position) WHERE amends IS NOT NULL;
    CREATE INDEX ledger_entries_latest ON ledger_entries (contract, measure, latest) WHERE latest IS NOT NULL;

    -- Whom an entry counts, where each person counts once a year: random tokens, line is the place in its leaf.
    CREATE TABLE ledger_persons (
        person TEXT NOT NULL,
        entry TEXT NOT NULL,
        line INTEGER NOT NULL,
        PRIMARY KEY (person, entry)
    ) WITHOUT ROWID;
    CREATE INDEX ledger_persons_by_entry ON ledger_persons (entry, line);

    -- What merge found; position is that of its leaf, resolved that of the leaf that settled or reopened it.
    CREATE TABLE ledger_flags (
        position INTEGER PRIMARY KEY,
        rule TEXT NOT NULL,
        minutes INTEGER NOT NULL,
        sure INTEGER NOT NULL,
        resolution TEXT,
        kept TEXT,
        resolved INTEGER
    );
    CREATE INDEX ledger_flags_unresolved ON ledger_flags (position) WHERE resolution IS NULL;
    CREATE TABLE ledger_flag_entries (
        entry TEXT NOT NULL,
        flag INTEGER NOT NULL,
        PRIMARY KEY (entry, flag)
    ) WITHOUT ROWID;
    CREATE INDEX ledger_flag_entries_by_flag ON ledger_flag_entries (flag);

    -- Closings: each ends its quarter and all before it.
    CREATE TABLE ledger_closings (
        quarter TEXT PRIMARY KEY,
        position INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- The lines behind every balance: position is the log row that caused them, entry the position of the entry
    -- whose line it is. What it is about (contract, measure, place ...) are that entry's facts.
    CREATE TABLE ledger_postings (
        position INTEGER NOT NULL,
        line INTEGER NOT NULL,
        entry INTEGER NOT NULL,
        phase TEXT NOT NULL,
        held INTEGER NOT NULL,
        quarter TEXT NOT NULL,      -- of the account: later than that of the work when that one was closed
        entries INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (position, line)
    ) WITHOUT ROWID;

    -- Which rows of the log speak of which entry, beside the one that received it.
    CREATE TABLE ledger_mentions (
        entry TEXT NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (entry, position)
    ) WITHOUT ROWID;

    -- Sums of postings, kept in the same transaction.
    CREATE TABLE ledger_balances (
        contract TEXT NOT NULL,
        quarter TEXT NOT NULL,
        framework TEXT NOT NULL,
        framework_version TEXT NOT NULL,
        kind TEXT NOT NULL,
        measure TEXT NOT NULL,
        value_class TEXT NOT NULL,
        held INTEGER NOT NULL,
        work_quarter TEXT NOT NULL,
        place TEXT NOT NULL,
        verification TEXT NOT NULL,
        phase TEXT NOT NULL,
        entries INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (contract, quarter, framework, framework_version, kind, measure, value_class, held,
                     work_quarter, place, verification, phase)
    ) WITHOUT ROWID;

    -- Words of a decision, encrypted under the entry's own key; salt makes the digest in the log unguessable.
    CREATE TABLE decision_notes (
        position INTEGER PRIMARY KEY,
        entry TEXT NOT NULL,
        salt BYTES NOT NULL,
        note BYTES NOT NULL
    );

    -- Words of the council about its own work (closing a quarter, erasing): nothing personal belongs here.
    CREATE TABLE plain_notes (
        position INTEGER PRIMARY KEY,
        salt BYTES NOT NULL,
        note TEXT NOT NULL
    );

    -- What a device has to hear of its entries: the newest change of each, numbered without gaps in commits.
    CREATE TABLE entry_changes (
        entry TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        number INTEGER NOT NULL
    );
    CREATE INDEX entry_changes_by_device ON entry_changes (device, number);

    -- Encrypted photos: complete once all bytes have come and their digest fits.
    CREATE TABLE attachments (
        sealed_digest TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        length INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        created_at INTEGER NOT NULL
    );
    CREATE TABLE entry_attachments (
        entry TEXT NOT NULL,
        sealed_digest TEXT NOT NULL,
        PRIMARY KEY (entry, sealed_digest)
    );
    CREATE INDEX entry_attachments_by_file ON entry_attachments (sealed_digest);

    -- Withdrawal codes that devices passed on, as keyed hashes. handled_at is when what they name was erased;
    -- rows stay, so that a story which arrives later is known to be withdrawn.
    CREATE TABLE withdrawal_requests (
        id TEXT PRIMARY KEY,
        device TEXT NOT NULL REFERENCES devices (id),
        received_at INTEGER NOT NULL,
        code_hash TEXT NOT NULL,
        handled_at INTEGER
    );
    CREATE INDEX withdrawal_requests_by_device ON withdrawal_requests (device, received_at);
    CREATE INDEX withdrawal_requests_by_code ON withdrawal_requests (code_hash);
)"},
                                   storage::Migration{2, R"(
    -- One row: the position of the log up to which arrivals have been compared with what was there before them.
    CREATE TABLE merge_progress (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        compared INTEGER NOT NULL
    );
    INSERT INTO merge_progress (one, compared) SELECT 1, COALESCE(MAX(position) + 1, 0) FROM ledger_log;
)"},
                                   storage::Migration{3, R"(
    -- What was refused or clashes with another entry's id: kept apart, as it came, for each device that sent it.
    CREATE TABLE refused_records_by_sender (
        digest TEXT NOT NULL,
        id TEXT,
        device TEXT NOT NULL,
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        record BYTES NOT NULL,
        PRIMARY KEY (digest, device)
    );
    INSERT INTO refused_records_by_sender (digest, id, device, code, message, received_at, record)
        SELECT digest, id, device, code, message, received_at, record FROM refused_records;
    DROP TABLE refused_records;
    ALTER TABLE refused_records_by_sender RENAME TO refused_records;
    CREATE INDEX refused_records_by_device ON refused_records (device);
)"},
                                   storage::Migration{4, R"(
    -- The last batch that a revoked device sent. It was refused as a whole and is on the device, so that only this
    -- is kept of it.
    CREATE TABLE refused_batches (
        device TEXT PRIMARY KEY,
        received_at INTEGER NOT NULL,
        entries INTEGER NOT NULL
    );
)"}};

} // namespace

Result<void> migrate_evidence(storage::Database& database)
{
    if (auto done = storage::migrate(database, "evidence", migrations); !done)
        return done;
    if (auto done = storage::migrate(database, "erasure", erasure_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "uploads", upload_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "device_chain", device_chain_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "revocations", revocation_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "server_keys", server_key_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "backups", backup_migrations()); !done)
        return done;
    return storage::migrate(database, "device_keys", device_key_migrations());
}

} // namespace tally::server
