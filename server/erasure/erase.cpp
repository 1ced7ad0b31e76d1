#include "server/erasure/erase.h"

#include "server/ledger/standings.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

namespace tally::server {
namespace {

/// The days under which merge may have noted the entry, beside day 0 for what has none.
struct DaysOfWork
{
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// Asked before the key is destroyed; an entry that cannot be opened may stand under any day.
DaysOfWork days_of(storage::Database& database, const EntryVault& vault, const EntryStanding& standing)
{
    const auto entry = vault.open(database, standing.facts.id);
    if (!entry)
        return {0, days_from_date({9999, 12, 31})};
    const std::int64_t day = days_from_date(work_date(*entry));
    // Work past midnight stands under the next day too.
    return {day - 1, day + 2};
}

void ask_for_empty_log(storage::Database& database)
{
    database.run("INSERT INTO erasure_remains (sealed_digest) VALUES ('') ON CONFLICT DO NOTHING");
}

void forget_photos(storage::Database& database, const std::string& id)
{
    const auto photos =
        database.query<std::string>("SELECT sealed_digest FROM entry_attachments WHERE entry = :entry", id);
    database.run("DELETE FROM entry_attachments WHERE entry = :entry", id);
    for (const auto& photo : photos) {
        if (database.query_one<std::int64_t>(
                "SELECT 1 FROM entry_attachments WHERE sealed_digest = :digest LIMIT 1", photo))
            continue;
        database.run("DELETE FROM attachments WHERE sealed_digest = :digest", photo);
        database.run("INSERT INTO erasure_remains (sealed_digest) VALUES (:digest) ON CONFLICT DO NOTHING",
                     photo);
    }
}

/// A token in the log means nobody once nothing says whom it was made for.
void forget_persons(storage::Database& database, const std::vector<std::string>& persons)
{
    for (const auto& person : persons)
        database.run("DELETE FROM person_tokens WHERE token = :person AND NOT EXISTS (SELECT 1 FROM "
                     "ledger_persons JOIN ledger_entries ON ledger_entries.id = ledger_persons.entry WHERE "
                     "ledger_persons.person = :person_again AND ledger_entries.erased = 0)",
                     person, person);
}

void forget(storage::Database& database, const EntryStanding& standing, DaysOfWork days)
{
    const std::string id = standing.facts.id.text();
    database.run("DELETE FROM entry_keys WHERE id = :id", id);
    database.run("DELETE FROM decision_notes WHERE entry = :id", id);
    database.run("DELETE FROM refused_records WHERE id = :id", id);
    database.run("DELETE FROM withdrawal_codes WHERE entry = :id", id);
    database.run("DELETE FROM merge_pictures WHERE entry = :id", id);
    database.run("DELETE FROM merge_keys WHERE day BETWEEN :first AND :last AND position = :position",
                 days.first, days.last, standing.position);
    database.run("INSERT INTO erasing (position) VALUES (:position) ON CONFLICT DO NOTHING",
                 standing.position);
    forget_photos(database, id);
    forget_persons(database, standing.facts.persons);
}

std::optional<std::int64_t> append_erasure(LedgerTransaction& ledger, const Uuid& entry,
                                           const ErasureOrder& order, Random& random)
{
    constexpr std::size_t salt_bytes = 16;
    ErasedLeaf leaf{order.at, entry, order.why, order.why == ErasureReason::Staff ? order.by : "", {}};
    const std::string salt = order.note.empty() ? std::string() : random.bytes(salt_bytes);
    if (!order.note.empty())
        leaf.note_digest = to_hex(crypto::sha256({salt, order.note}));
    const auto position = ledger.append(leaf);
    if (!position)
        return std::nullopt;
    if (!order.note.empty())
        ledger.database().run(
            "INSERT INTO plain_notes (position, salt, note) VALUES (:position, :salt, :note)", *position,
            storage::sql::blob(salt), order.note);
    return *position;
}

} // namespace

std::vector<Uuid> erase_family(LedgerTransaction& ledger, const EntryVault& vault, const Uuid& entry,
                               const ErasureOrder& order, Random& random)
{
    auto& database = ledger.database();
    const auto* found = ledger.standing(entry);
    if (found == nullptr)
        return {};
    const Uuid root = found->root;
    std::vector<Uuid> erased;
    for (const auto& standing : read_revisions(database, root)) {
        if (standing.erased)
            continue;
        const Uuid& id = standing.facts.id;
        const auto days = days_of(database, vault, standing);
        const auto position = append_erasure(ledger, id, order, random);
        if (!position)
            continue;
        forget(database, standing, days);
        database.run("INSERT INTO erasures (position, entry, root, contract, why, erased_by, erased_at, "
                     "listed) VALUES (:position, :entry, :root, :contract, :why, :by, :at, 0)",
                     *position, id.text(), root.text(), standing.facts.contract, name_of(order.why),
                     order.why == ErasureReason::Staff ? order.by : "", order.at.ms);
        erased.push_back(id);
    }
    if (!erased.empty())
        ask_for_empty_log(database);
    return erased;
}

void forget_refused_copy(storage::Database& database, const Uuid& entry)
{
    if (!database.query_one<std::int64_t>("SELECT 1 FROM refused_records WHERE id = :entry LIMIT 1",
                                          entry.text()))
        return;
    ask_for_empty_log(database); // First: outside of a transaction a stop may come between.
    database.run("DELETE FROM refused_records WHERE id = :entry", entry.text());
}

void forget_in_merge(LedgerTransaction& ledger)
{
    // Keys without a day have no better way in than reading them all: once for everything in the job.
    ledger.database().run(
        "DELETE FROM merge_keys WHERE day = 0 AND position IN (SELECT position FROM erasing)");
    ledger.database().run("DELETE FROM erasing");
}

} // namespace tally::server
