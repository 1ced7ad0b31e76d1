#include "tests/simulation/checks.h"

#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/standings.h"
#include "server/ledger/verify.h"
#include "server/storage/devices.h"
#include "shared/base/encoding.h"
#include "shared/protocol/sealed_record.h"
#include "tests/support/ledger_oracle.h"

#include <algorithm>
#include <set>

namespace tally::simulation {

namespace oracle = test::oracle;
using client::EntryState;

namespace {

oracle::Event event_of(const server::LogRow& row, const Complain& complain)
{
    auto leaf = server::parse_leaf(row.leaf);
    if (!leaf)
        complain("row " + std::to_string(row.position) + " of the log cannot be read");
    oracle::Event event{static_cast<int>(row.position), std::move(*leaf), -1};
    if (const auto* resolved = std::get_if<server::ResolvedLeaf>(&event.leaf))
        event.flag = static_cast<int>(resolved->flag);
    if (const auto* reopened = std::get_if<server::ReopenedLeaf>(&event.leaf))
        event.flag = static_cast<int>(reopened->flag);
    return event;
}

void check_log(storage::Database& database, std::int64_t& checks, const Complain& complain)
{
    auto rows = server::read_log(database, std::nullopt, 1'000'000);
    std::reverse(rows.begin(), rows.end());
    std::set<Uuid> received;
    oracle::Telling telling;
    for (const auto& row : rows) {
        ++checks;
        const auto event = event_of(row, complain);
        if (const auto* leaf = std::get_if<server::ReceivedLeaf>(&event.leaf))
            if (!received.insert(leaf->facts.id).second)
                complain("entry " + leaf->facts.id.text() + " stands in the log twice");
        if (!telling.hear(event))
            complain("the oracle refuses what the ledger took: " + oracle::describe(event));
    }
    const auto records = database.query<std::string>("SELECT id FROM entry_records");
    if (records.size() != received.size())
        complain("the log tells of " + std::to_string(received.size()) + " entries and " +
                 std::to_string(records.size()) + " are here");

    auto expected = oracle::balances_of(telling);
    for (const auto& balance : server::read_balances(database, "")) {
        ++checks;
        const auto key = oracle::key_of(balance);
        const oracle::Amount amount{balance.entries, balance.quantity.parts, balance.value.parts};
        const auto found = expected.find(key);
        if (found == expected.end() || !(found->second == amount))
            complain("the ledger's balance is not the oracle's: " + oracle::describe(key, amount));
        expected.erase(found);
    }
    if (!expected.empty())
        complain("the ledger lacks a balance: " +
                 oracle::describe(expected.begin()->first, expected.begin()->second));
}

std::string state_at(server::EntryState state)
{
    return std::string(server::name_of(state));
}

} // namespace

void check_and_adopt(client::Store& store, KnownEntries& known, std::int64_t& checks,
                     const Complain& complain)
{
    for (const auto& [id, record] : known.saved) {
        ++checks;
        const auto sealed = store.sealed_entry(id);
        if (!sealed)
            complain("entry " + id.text() + " was saved and is gone");
        if (sealed->record != record)
            complain("entry " + id.text() + " has other bytes than when it was saved");
    }
    for (const auto& row : store.entries()) {
        if (known.saved.contains(row.id))
            continue;
        const auto sealed = store.sealed_entry(row.id);
        if (!sealed)
            complain("entry " + row.id.text() + " has no bytes");
        known.saved.emplace(row.id, sealed->record);
    }
}

void check_server(ServerProgram& server, std::int64_t& checks, const Complain& complain)
{
    auto database = server.pool.lease();
    const auto report = server::verify_ledger(*database, server.keys.signing.public_key);
    ++checks;
    if (!report.ok())
        complain("the ledger does not verify: " + report.findings.front().text());
    check_log(*database, checks, complain);
    const auto keys = database->query_one<std::int64_t, std::int64_t>(
        "SELECT count(*), count(DISTINCT key) FROM entry_keys");
    ++checks;
    if (keys && std::get<0>(*keys) != std::get<1>(*keys))
        complain("two entries were sealed under one key and nonce");
}

void check_device(client::Store& store, const KnownEntries& known, ServerProgram& server,
                  std::int64_t& checks, const Complain& complain)
{
    auto database = server.pool.lease();
    std::map<Uuid, std::vector<protocol::ChainLink>> chains;
    std::map<Uuid, std::int64_t> missing;
    auto rows = store.entries();
    std::reverse(rows.begin(), rows.end());
    for (const auto& row : rows) {
        ++checks;
        const std::string id = row.id.text();
        const std::string& sealed = known.saved.at(row.id);
        const auto header = protocol::parse_record_header(sealed);
        if (!header)
            complain("entry " + id + " has no header");
        auto& chain = chains[row.device];
        const std::string& previous = chain.empty() ? std::string(32, '\0') : chain.back().previous;
        if (header->link.seq != chain.size() + 1 || header->link.previous != previous)
            complain("the chain is broken at entry " + id);
        chain.push_back({header->link.seq, protocol::record_digest(sealed)});

        const auto there =
            database->query_one<storage::sql::Blob>("SELECT record FROM entry_records WHERE id = :id", id);
        if (there && there->bytes != sealed)
            complain("the server holds other bytes of entry " + id);
        if (row.state == EntryState::Unsent) {
            ++missing[row.device];
            continue;
        }
        if (row.state == EntryState::Rejected) {
            const auto kept = database->query_one<storage::sql::Blob>(
                "SELECT record FROM refused_records WHERE digest = :digest",
                to_hex(protocol::record_digest(sealed)));
            if (!kept || kept->bytes != sealed)
                complain("the server does not have entry " + id + ", which it refused (" + row.code + ")");
            continue;
        }
        if (!there)
            complain("entry " + id + " is shown as sent, and the server does not have it");
        const auto standing = server::read_standing(*database, row.id);
        if (!standing)
            complain("the ledger does not know entry " + id);
        // A device that was revoked is told nothing any more.
        const auto owner = server::find_device(*database, row.device);
        const std::string shown(client::name_of(row.state));
        if (owner && !owner->revoked_at && shown != state_at(standing->state))
            complain("entry " + id + " is shown as " + shown + " and stands as " + state_at(standing->state));
    }
    for (const auto& [device, chain] : chains) {
        ++checks;
        const auto listed = server::find_device(*database, device);
        if (!listed)
            complain("the server does not know device " + device.text());
        const auto highest = static_cast<std::int64_t>(chain.size());
        if (listed->highest_seq > highest)
            complain("the server knows of more entries than the device made");
        // What lies after the last one that arrived nobody can know of.
        if (listed->outstanding() > missing[device])
            complain("the server misses " + std::to_string(listed->outstanding()) + " entries of which " +
                     std::to_string(missing[device]) + " were not sent");
        if (missing[device] == 0 && listed->outstanding() != 0)
            complain("the server takes entries for missing that are there");
    }
}

} // namespace tally::simulation
