#include "tests/simulation/checks.h"

#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/standings.h"
#include "server/ledger/verify.h"
#include "server/storage/device_chain.h"
#include "server/storage/devices.h"
#include "server/storage/withdrawals.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/sealed_record.h"
#include "tests/support/ledger_oracle.h"

#include <algorithm>
#include <array>

namespace tally::simulation {

namespace oracle = test::oracle;
using client::EntryState;

namespace {

oracle::Event event_of(const server::LogRow& row, const Audit& audit)
{
    auto leaf = server::parse_leaf(row.leaf);
    if (!leaf)
        audit.complain("row " + std::to_string(row.position) + " of the log cannot be read");
    oracle::Event event{static_cast<int>(row.position), std::move(*leaf), -1};
    if (const auto* resolved = std::get_if<server::ResolvedLeaf>(&event.leaf))
        event.flag = static_cast<int>(resolved->flag);
    if (const auto* reopened = std::get_if<server::ReopenedLeaf>(&event.leaf))
        event.flag = static_cast<int>(reopened->flag);
    return event;
}

/// The facts of each entry that came.
std::vector<server::EntryFacts> check_log(storage::Database& database, const Audit& audit)
{
    std::vector<server::EntryFacts> facts;
    auto rows = server::read_log(database, std::nullopt, 1'000'000);
    std::reverse(rows.begin(), rows.end());
    std::set<Uuid> received;
    oracle::Telling telling;
    for (const auto& row : rows) {
        const auto event = event_of(row, audit);
        if (const auto* leaf = std::get_if<server::ReceivedLeaf>(&event.leaf)) {
            if (!received.insert(leaf->facts.id).second)
                audit.complain("entry " + leaf->facts.id.text() + " stands in the log twice");
            facts.push_back(leaf->facts);
        }
        audit.require(Check::LogRow, telling.hear(event),
                      "the oracle refuses what the ledger took: " + oracle::describe(event));
    }
    const auto records = database.query<std::string>("SELECT id FROM entry_records");
    if (records.size() != received.size())
        audit.complain("the log tells of " + std::to_string(received.size()) + " entries and " +
                       std::to_string(records.size()) + " are here");

    auto expected = oracle::balances_of(telling);
    for (const auto& balance : server::read_balances(database, "")) {
        const auto key = oracle::key_of(balance);
        const oracle::Amount amount{balance.entries, balance.quantity.parts, balance.value.parts};
        const auto found = expected.find(key);
        audit.require(Check::Balance, found != expected.end() && found->second == amount,
                      "the ledger's balance is not the oracle's: " + oracle::describe(key, amount));
        expected.erase(found);
    }
    if (!expected.empty())
        audit.complain("the ledger lacks a balance: " +
                       oracle::describe(expected.begin()->first, expected.begin()->second));
    return facts;
}

std::optional<Quantity> quantity_of(const EntryBody& body)
{
    if (const auto* const hours = std::get_if<HoursBody>(&body))
        return Quantity{hours->minutes() * 1'000};
    if (const auto* const delivery = std::get_if<DeliveryBody>(&body))
        return delivery->quantity;
    return std::nullopt;
}

bool is_as_typed(const server::EntryFacts& facts, const Entry& typed)
{
    if (facts.kind != typed.kind || facts.action != typed.action || facts.amends != typed.amends)
        return false;
    return typed.action == EntryAction::Withdraw ||
           (facts.contract == typed.about.contract && facts.measure == typed.about.measure &&
            facts.quantity == quantity_of(typed.body));
}

void check_content(ServerProgram& server, storage::Database& database, const server::EntryFacts& facts,
                   const Entry& typed, const Audit& audit)
{
    const std::string id = facts.id.text();
    audit.require(Check::Content, is_as_typed(facts, typed),
                  "the ledger counts entry " + id + " as something else than what was typed");
    const auto standing = server::read_standing(database, facts.id);
    if (!standing)
        audit.complain("entry " + id + " is in the log and does not stand");
    if (standing->erased)
        return;
    const auto opened = server.vault.open(database, facts.id);
    audit.require(Check::Content, opened && opened->body == typed.body,
                  "entry " + id +
                      (opened ? " says something else than what was typed" : " cannot be opened"));
}

/// As a device shows it.
std::string shown_state(const server::EntryStanding& standing)
{
    return standing.erased ? "erased" : std::string(server::name_of(standing.state));
}

} // namespace

const char* name_of(Check check)
{
    constexpr std::array<const char*, check_count> names = {
        "saved",  "acknowledged", "photos", "log_rows", "balances", "ledgers", "entries", "chains",
        "erased", "returned",     "keys",   "refusals", "contents", "revoked", "backups", "decisions"};
    return names[static_cast<std::size_t>(check)];
}

std::vector<client::EntryRow> check_and_adopt(client::Store& store, KnownEntries& known,
                                              const MayBeErased& may_be_erased, const Audit& audit)
{
    for (const auto& [id, record] : known) {
        const auto sealed = store.sealed_entry(id);
        if (sealed) {
            audit.require(Check::Saved, sealed->record == record,
                          "entry " + id.text() + " has other bytes than when it was saved");
            continue;
        }
        const auto row = store.find_entry(id);
        audit.require(Check::Saved, row && row->state == EntryState::Erased && may_be_erased(id),
                      "entry " + id.text() + " was saved and is gone");
    }
    std::vector<client::EntryRow> adopted;
    for (const auto& row : store.entries()) {
        if (known.contains(row.id))
            continue;
        const auto sealed = store.sealed_entry(row.id);
        if (!sealed)
            audit.complain("entry " + row.id.text() + " has no bytes");
        known.emplace(row.id, sealed->record);
        adopted.push_back(row);
    }
    return adopted;
}

/// What was put right is not counted in its old form too. One that was in the ledger before is shown to its
/// worker as it stands there.
void check_taken_back(storage::Database& database, const TakenBack& taken_back, const Audit& audit)
{
    const auto position = [&](const Uuid& id) {
        return database.query_one<std::int64_t>("SELECT position FROM entry_records WHERE id = :id",
                                                id.text());
    };
    for (const auto& [id, later] : taken_back) {
        const auto first = position(id);
        const auto second = later ? position(*later) : std::nullopt;
        if (later)
            audit.require(Check::Content, !first || !second || *first < *second,
                          "entry " + id.text() + " was put right as " + later->text() +
                              ", and its old form was taken after it");
    }
}

void check_server(ServerProgram& server, const SavedWork& saved, const TakenBack& taken_back,
                  const Audit& audit)
{
    auto database = server.pool.lease();
    check_taken_back(*database, taken_back, audit);
    const auto report = server::verify_ledger(*database, server.keys.signing.public_key);
    audit.require(Check::Ledger, report.ok(),
                  "the ledger does not verify: " + (report.ok() ? "" : report.findings.front().text()));
    for (const auto& facts : check_log(*database, audit))
        if (const auto typed = saved.find(facts.id); typed != saved.end())
            check_content(server, *database, facts, typed->second, audit);
    const auto keys = database->query_one<std::int64_t, std::int64_t>(
        "SELECT count(*), count(DISTINCT key) FROM entry_keys");
    audit.require(Check::Ledger, keys && std::get<0>(*keys) == std::get<1>(*keys),
                  "two entries were sealed under one key and nonce");
}

void check_chain(ServerProgram& server, const Uuid& device, const Audit& audit)
{
    auto database = server.pool.lease();
    const auto chain = server::check_chain(*database, device);
    audit.require(Check::Chain, chain.broken.empty() && chain.twice.empty(),
                  "the chain of " + device.text() +
                      (chain.twice.empty() ? " is broken" : " has a number twice"));
}

bool may_be_refused(std::string_view code, const Entry* typed)
{
    // Its contract is not there, or was not when it came: it is sent again by hand only once.
    if (code == "contract_unknown")
        return typed == nullptr || typed->about.contract == "LCC-9";
    if (code == "taken_back")
        return true;
    // What it changes was not taken either, or was erased, or is changed by another device with the same
    // folder.
    constexpr std::array<std::string_view, 4> of_amendments = {"amends_unknown", "amends_foreign",
                                                               "amends_replaced", "amends_erased"};
    return std::find(of_amendments.begin(), of_amendments.end(), code) != of_amendments.end() &&
           (typed == nullptr || typed->action != EntryAction::Capture);
}

void check_erased(ServerProgram& server, const std::set<Uuid>& promised,
                  const std::map<Uuid, std::string>& codes, const Audit& audit)
{
    auto database = server.pool.lease();
    // A story that is erased as it arrives is in the list outside the database after a minute; until then its
    // code is, which erases it whenever it comes.
    const auto is_waited_for = [&](const Uuid& id) {
        const auto code = codes.find(id);
        return code != codes.end() &&
               database->query_one<std::int64_t>("SELECT 1 FROM waiting_withdrawals WHERE code_hash = :hash",
                                                 server::withdrawal_code_hash(server.keys, code->second));
    };
    std::set<Uuid> all = promised;
    for (const auto& text : database->query<std::string>("SELECT entry FROM erasures"))
        all.insert(*Uuid::parse(text));
    for (const Uuid& id : all) {
        const std::string text = id.text();
        const auto standing = server::read_standing(*database, id);
        audit.require(Check::Erased, !standing || standing->erased,
                      "entry " + text + " was erased and is back in the ledger");
        // A backup that was made before the entry came knows nothing of it, and must not learn of it again.
        const auto is_refused =
            database->query_one<std::int64_t>("SELECT 1 FROM refused_erased WHERE entry = :id", text);
        audit.require(Check::Erased, standing || is_refused || is_waited_for(id),
                      "nobody knows any more that entry " + text + " was erased");
        audit.require(Check::Erased, !server.vault.open(*database, id),
                      "entry " + text + " was erased and can be opened");
        for (const char* const question :
             {"SELECT 1 FROM entry_keys WHERE id = :id", "SELECT 1 FROM refused_records WHERE id = :id",
              "SELECT 1 FROM entry_attachments WHERE entry = :id",
              "SELECT 1 FROM withdrawal_codes WHERE entry = :id"})
            audit.require(Check::Erased, !database->query_one<std::int64_t>(question, text),
                          "entry " + text + " was erased and has left a row: " + question);
    }
    audit.require(Check::Erased, !database->query_one<std::int64_t>("SELECT 1 FROM erasure_remains"),
                  "an erasure was not finished");
}

namespace {

class DeviceCheck
{
public:
    DeviceCheck(DeviceProgram& device, const KnownEntries& known, const SavedWork& saved,
                const TakenBack& taken_back, const std::function<SeenBy(const Uuid&)>& seen_by,
                const Audit& audit)
        : m_store(device.store), m_vault(device.vault), m_known(known), m_saved(saved),
          m_taken_back(taken_back), m_seen_by(seen_by), m_audit(audit)
    {
    }

    void run()
    {
        auto rows = m_store.entries();
        std::reverse(rows.begin(), rows.end());
        for (const auto& row : rows)
            check(row);
        for (const auto& [device, chain] : m_chains)
            check_chain(device, static_cast<std::int64_t>(chain.size()));
    }

private:
    void check(const client::EntryRow& row)
    {
        const std::string id = row.id.text();
        const std::string& sealed = m_known.at(row.id);
        follow_chain(row, sealed);
        const bool is_erased = row.state == EntryState::Erased;
        if (is_erased)
            m_audit.require(Check::Erased, !m_store.sealed_entry(row.id) && !m_vault.open_entry(row.id),
                            "entry " + id + " was erased and can be opened");
        const SeenBy seen = m_seen_by(row.device);
        if (seen.server == nullptr)
            return;
        if (!seen.is_known)
            m_audit.complain("the server does not know the device of entry " + id);
        m_audit.count(Check::Entry);
        auto database = seen.server->pool.lease();
        const auto there =
            database->query_one<storage::sql::Blob>("SELECT record FROM entry_records WHERE id = :id", id);
        if (!there)
            m_absent[row.device].push_back(row.id);
        if (there && there->bytes != sealed)
            m_audit.complain("the server holds other bytes of entry " + id);
        const auto standing = server::read_standing(*database, row.id);
        if (is_erased) {
            // The code may wait here because the device was revoked: the slip has to be handed in elsewhere.
            m_audit.require(Check::Erased,
                            !standing || standing->erased || seen.is_revoked ||
                                (seen.was_restored && !seen.erased->contains(row.id)) ||
                                m_store.counts().withdrawals > 0,
                            "entry " + id + " is erased here alone");
            m_missing[row.device] += !there && seen.is_revoked ? 1 : 0;
            return;
        }
        if (seen.is_revoked) {
            // Nobody tells such a device anything any more.
            m_missing[row.device] += there ? 0 : 1;
            return;
        }
        if (row.state == EntryState::Unsent) {
            ++m_missing[row.device];
            return;
        }
        if (row.state == EntryState::Rejected) {
            const auto kept = database->query_one<storage::sql::Blob>(
                "SELECT record FROM refused_records WHERE digest = :digest",
                to_hex(protocol::record_digest(sealed)));
            if (!kept || kept->bytes != sealed)
                m_audit.complain("the server does not have entry " + id + ", which it refused (" + row.code +
                                 ")");
            const auto typed = m_saved.find(row.id);
            if (!may_be_refused(row.code, typed == m_saved.end() ? nullptr : &typed->second))
                m_audit.complain("entry " + id + " was refused without a reason: " + row.code);
            return;
        }
        if (!there && m_taken_back.contains(row.id)) {
            ++m_missing[row.device];
            return;
        }
        if (!there)
            m_audit.complain("entry " + id + " is shown as sent, and the server does not have it");
        if (!standing)
            m_audit.complain("the ledger does not know entry " + id);
        const std::string shown(client::name_of(row.state));
        if (shown != shown_state(*standing))
            m_audit.complain("entry " + id + " is shown as " + shown + " and stands as " +
                             shown_state(*standing));
        check_photos(row, *seen.server);
    }

    void follow_chain(const client::EntryRow& row, const std::string& sealed)
    {
        const auto header = protocol::parse_record_header(sealed);
        if (!header)
            m_audit.complain("entry " + row.id.text() + " has no header");
        auto& chain = m_chains[row.device];
        const std::string& previous = chain.empty() ? std::string(32, '\0') : chain.back().previous;
        if (header->link.seq != chain.size() + 1 || header->link.previous != previous)
            m_audit.complain("the chain is broken at entry " + row.id.text());
        chain.push_back({header->link.seq, protocol::record_digest(sealed)});
    }

    void check_chain(const Uuid& device, std::int64_t highest)
    {
        const SeenBy seen = m_seen_by(device);
        // Two tablets with one chain: each is whole, together they are no chain.
        if (seen.server == nullptr || !seen.is_known || seen.is_cloned)
            return;
        auto database = seen.server->pool.lease();
        const auto listed = server::find_device(*database, device);
        if (!listed)
            m_audit.complain("the server does not know device " + device.text());
        if (listed->highest_seq > highest)
            m_audit.complain("the server knows of more entries than the device made");
        // What lies after the last one that arrived nobody can know of. Of what was erased before it was sent
        // the device said that it never comes.
        const std::int64_t missing = m_missing[device];
        if (listed->outstanding() > missing)
            m_audit.complain("the server misses " + std::to_string(listed->outstanding()) +
                             " entries of which " + std::to_string(missing) + " were not sent");
        for (const Uuid& id : m_absent[device])
            m_audit.require(Check::Chain, is_accounted_for(*database, device, listed->highest_seq, id),
                            "the server does not know that it lacks entry " + id.text());
    }

    /// It stands in a gap, the device said what became of it, or the refused copy is kept.
    bool is_accounted_for(storage::Database& database, const Uuid& device, std::int64_t highest,
                          const Uuid& id)
    {
        const std::string& sealed = m_known.at(id);
        const auto header = protocol::parse_record_header(sealed);
        const auto seq = static_cast<std::int64_t>(header->link.seq);
        if (seq > highest)
            return true;
        constexpr std::size_t enough = 1'000;
        for (const auto& gap : server::chain_gaps(database, device, enough))
            if (gap.first <= seq && seq <= gap.last)
                return true;
        for (const auto& note : server::chain_notes(database, device, enough))
            if (note.seq == seq)
                return true;
        return database
                   .query_one<std::int64_t>("SELECT 1 FROM refused_records WHERE digest = :digest",
                                            to_hex(protocol::record_digest(sealed)))
                   .has_value() ||
               database.query_one<std::int64_t>("SELECT 1 FROM refused_erased WHERE entry = :id", id.text())
                   .has_value();
    }

    /// Of an entry that the ledger has.
    void check_photos(const client::EntryRow& row, ServerProgram& server)
    {
        if (row.photos_waiting > 0)
            m_audit.complain("a photo of entry " + row.id.text() + " waits");
        for (const auto& digest : m_store.attachments_of(row.id)) {
            const auto bytes = server.attachments.read(digest);
            m_audit.require(Check::Photo, bytes && crypto::sha256_hex(*bytes) == digest,
                            "photo " + digest.substr(0, 12) +
                                " is shown as sent, and the server does not have it");
        }
    }

    client::Store& m_store;
    client::Vault& m_vault;
    const KnownEntries& m_known;
    const SavedWork& m_saved;
    const TakenBack& m_taken_back;
    const std::function<SeenBy(const Uuid&)>& m_seen_by;
    const Audit& m_audit;
    std::map<Uuid, std::vector<protocol::ChainLink>> m_chains;
    std::map<Uuid, std::int64_t> m_missing;
    std::map<Uuid, std::vector<Uuid>> m_absent; ///< the server has no record of them
};

} // namespace

void check_device(DeviceProgram& device, const KnownEntries& known, const SavedWork& saved,
                  const TakenBack& taken_back, const std::function<SeenBy(const Uuid&)>& seen_by,
                  const Audit& audit)
{
    DeviceCheck(device, known, saved, taken_back, seen_by, audit).run();
}

} // namespace tally::simulation
