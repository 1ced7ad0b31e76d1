#include "server/reference/migrations.h"

namespace tally::server {

namespace {

constexpr storage::Migration migrations[] = {
    {1, R"(
    -- Published sets of measures, each revision of each version as it was loaded.
    CREATE TABLE frameworks (
        id TEXT NOT NULL,
        version TEXT NOT NULL,
        revision INTEGER NOT NULL,
        title TEXT NOT NULL,
        document TEXT NOT NULL,     -- the file, byte for byte
        imported_at_ms INTEGER NOT NULL,
        PRIMARY KEY (id, version, revision)
    ) WITHOUT ROWID;

    -- A council's own measures beside a published set; the latest revision of each is merged into every
    -- edition of that set that it is for.
    CREATE TABLE local_sets (
        framework_id TEXT NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        title TEXT NOT NULL,
        document TEXT NOT NULL,     -- the file, byte for byte
        imported_at_ms INTEGER NOT NULL,
        PRIMARY KEY (id, revision)
    ) WITHOUT ROWID;

    -- Questions for residents. A version never changes once it is here: answers refer to it.
    CREATE TABLE questionnaires (
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        title TEXT NOT NULL,        -- in the questionnaire's first language
        document TEXT NOT NULL,
        imported_at_ms INTEGER NOT NULL,
        PRIMARY KEY (id, version)
    ) WITHOUT ROWID;

    CREATE TABLE contracts (
        ref TEXT PRIMARY KEY,       -- the council's own reference
        title TEXT NOT NULL,
        supplier TEXT NOT NULL,
        buyer TEXT NOT NULL,
        framework_id TEXT NOT NULL,
        framework_version TEXT NOT NULL,
        starts TEXT NOT NULL,       -- first day, 2026-03-02
        ends TEXT NOT NULL,         -- last day
        also_suppliers TEXT NOT NULL,   -- JSON list of names
        also_buyers TEXT NOT NULL,      -- JSON list of names
        roles TEXT NOT NULL,            -- words in a fixed order, apart by spaces
        year_kind TEXT NOT NULL,        -- calendar, financial or academic
        framework_basis TEXT NOT NULL,  -- named or by_date
        agreed_at_ms INTEGER,           -- null: not yet; afterwards terms change only with a reason
        agreed_by TEXT                  -- id of an account, or "command line"
    ) WITHOUT ROWID;

    -- What the supplier promised, by measure and quarter.
    CREATE TABLE contract_targets (
        contract TEXT NOT NULL REFERENCES contracts (ref),
        measure TEXT NOT NULL,
        period TEXT NOT NULL,       -- 2026-Q1
        quantity INTEGER NOT NULL,  -- parts of the measure's unit, see Quantity
        PRIMARY KEY (contract, measure, period)
    ) WITHOUT ROWID;

    -- The delivery plan of a measure, beside its targets.
    CREATE TABLE contract_plans (
        contract TEXT NOT NULL REFERENCES contracts (ref),
        measure TEXT NOT NULL,
        commitment TEXT NOT NULL,   -- core, added or empty
        what TEXT NOT NULL,
        how TEXT NOT NULL,
        who TEXT NOT NULL,
        location TEXT NOT NULL,
        baseline TEXT NOT NULL,
        PRIMARY KEY (contract, measure)
    ) WITHOUT ROWID;

    -- What changed in targets and other terms after a contract was first loaded.
    CREATE TABLE target_changes (
        number INTEGER PRIMARY KEY, -- 1, 2, 3 in order of time
        contract TEXT NOT NULL REFERENCES contracts (ref),
        changed_at_ms INTEGER NOT NULL,
        changed_by TEXT NOT NULL,   -- id of an account, or "command line"; never a name
        field TEXT NOT NULL,        -- target, plan.what, ends, supplier, agreed, ...
        measure TEXT NOT NULL,      -- for targets and plans, else empty
        period TEXT NOT NULL,       -- for targets, else empty
        was TEXT,                   -- null: it was not there
        became TEXT,                -- null: it is gone
        reason TEXT NOT NULL        -- empty only before the contract was agreed
    );
    CREATE INDEX target_changes_of_contract ON target_changes (contract, number);
    FACT TABLE target_changes;

    CREATE TABLE places (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE events (
        id TEXT PRIMARY KEY,
        contract TEXT NOT NULL REFERENCES contracts (ref),
        title TEXT NOT NULL,
        place TEXT,                 -- null: no place of the list
        starts_at_ms INTEGER NOT NULL,
        ends_at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- What changed for devices: the latest change of each item. Cursors only grow, so a device asks
    -- for what is above the last one that it has seen.
    CREATE TABLE reference_changes (
        cursor INTEGER NOT NULL UNIQUE,
        topic TEXT NOT NULL,
        item TEXT NOT NULL,
        document TEXT,              -- JSON as the device gets it; null when the item is gone
        PRIMARY KEY (topic, item)
    ) WITHOUT ROWID;
)"},
};

} // namespace

std::span<const storage::Migration> reference_migrations()
{
    return migrations;
}

} // namespace tally::server
