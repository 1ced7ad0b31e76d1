#include "server/storage/erasure_schema.h"

#include <array>

namespace tally::server {
namespace {

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 1> migrations = {storage::Migration{1, R"(
    -- Which entry was given under which withdrawal code, as a keyed hash. Rows go when the entry is erased.
    CREATE TABLE withdrawal_codes (
        code_hash TEXT NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (code_hash, entry)
    ) WITHOUT ROWID;
    CREATE INDEX withdrawal_codes_by_entry ON withdrawal_codes (entry);

    -- Withdrawals for which nothing is here: what arrives with such a code is erased at once.
    CREATE TABLE waiting_withdrawals (
        code_hash TEXT PRIMARY KEY,
        asked_at INTEGER NOT NULL,
        listed INTEGER NOT NULL      -- 1 once it stands in the list outside the database
    ) WITHOUT ROWID;

    -- What was erased, one row for each leaf of the log that says so.
    CREATE TABLE erasures (
        position INTEGER PRIMARY KEY,
        entry TEXT NOT NULL,
        root TEXT NOT NULL,
        contract TEXT NOT NULL,
        why TEXT NOT NULL,
        erased_by TEXT NOT NULL,
        erased_at INTEGER NOT NULL,
        listed INTEGER NOT NULL
    );
    CREATE INDEX erasures_by_root ON erasures (root, position);
    CREATE INDEX erasures_unlisted ON erasures (position) WHERE listed = 0;

    -- Entries that must never be taken in although this log does not know them: they were erased after the
    -- backup from which it was restored, or they amend such an entry. arrived is 1 once a device has sent it.
    CREATE TABLE refused_erased (
        entry TEXT PRIMARY KEY,
        arrived INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- What the transaction of an erasure leaves to do outside the database: files to remove, and with an
    -- empty name the write-ahead log to empty.
    CREATE TABLE erasure_remains (
        sealed_digest TEXT PRIMARY KEY
    ) WITHOUT ROWID;

    -- Positions of the entries that the present transaction erases. Empty outside of it.
    CREATE TABLE erasing (
        position INTEGER PRIMARY KEY
    );

    -- How much of a list outside the database has been applied here: path and bytes.
    CREATE TABLE erasure_lists (
        path TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- After how many months evidence of a kind is erased; counted_from is quarter_end (of the work) or
    -- contract_end. A kind without a row follows the default and is off.
    CREATE TABLE retention_rules (
        kind TEXT PRIMARY KEY,
        counted_from TEXT NOT NULL,
        months INTEGER NOT NULL,
        active INTEGER NOT NULL,
        changed_by TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) WITHOUT ROWID;
)"}};

} // namespace

std::span<const storage::Migration> erasure_migrations()
{
    return migrations;
}

} // namespace tally::server
