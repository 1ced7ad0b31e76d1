#include "tests/powercut/checks.h"

#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/domain/quantity.h"
#include "shared/storage/database.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <tuple>

namespace tally::powercut {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

storage::Database opened(const fs::path& data)
{
    auto database =
        storage::Database::open("sqlite:" + (data / "tallybook.db").string(), {storage::Access::Read});
    if (!database)
        throw Broken(database.error().message);
    return std::move(*database);
}

void check_photos(storage::Database& database, const fs::path& photos, const std::string& id,
                  std::int64_t count)
{
    const auto rows = database.query<std::string, std::optional<std::int64_t>>(
        "SELECT n.sealed_digest, a.complete FROM entry_attachments n LEFT JOIN attachments a "
        "ON a.sealed_digest = n.sealed_digest WHERE n.entry = :id",
        id);
    if (static_cast<std::int64_t>(rows.size()) != count)
        throw Broken("the server knows of " + std::to_string(rows.size()) + " photos of entry " + id +
                     ", which has " + std::to_string(count));
    for (const auto& [digest, complete] : rows) {
        if (complete.value_or(0) == 0)
            throw Broken("photo " + digest + " was acknowledged and the server has lost it");
        const auto bytes = read_file(photos / digest.substr(0, 2) / digest);
        if (!bytes)
            throw Broken("photo " + digest + " was acknowledged and is gone: " + bytes.error().message);
        if (crypto::sha256_hex(*bytes) != digest)
            throw Broken("photo " + digest + " is damaged");
    }
}

using Amounts = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

/// Entries and quantity of each measure, from the devices alone: the campaign captures hours of three and a
/// half hours and deliveries of 1,250.5 tonnes.
Amounts amounts_of(const std::vector<DeviceAtTheEnd>& devices)
{
    Amounts amounts;
    for (const DeviceAtTheEnd& device : devices) {
        for (const auto& [id, entry] : device.entries) {
            if (entry.kind != "hours" && entry.kind != "delivery")
                continue;
            auto& [entries, quantity] = amounts[entry.kind == "hours" ? "NT86" : "NT18"];
            ++entries;
            quantity += Quantity::parts_per_unit / 10 * (entry.kind == "hours" ? 35 : 12505);
        }
    }
    return amounts;
}

} // namespace

ShownEntries check_device(const test::DeviceUnderTest& device, const std::string& name,
                          const std::map<std::string, std::int64_t>& promised)
{
    const auto result = device.command({"entries", "--json"});
    if (!result.ok())
        throw Broken(name + " does not start again: " + result.err);
    ShownEntries entries;
    std::set<std::int64_t> numbers;
    const json document = json::parse(result.out);
    for (const json& entry : document.at("entries")) {
        Shown shown{entry.at("kind"), entry.at("state"), entry.at("seq"), entry.at("photos"),
                    entry.at("photos_waiting")};
        if (shown.state != "unsent" && shown.state != "waiting")
            throw Broken(name + " shows entry " + entry.at("id").get<std::string>() + " as " + shown.state);
        numbers.insert(shown.seq);
        if (!entries.emplace(entry.at("id"), std::move(shown)).second)
            throw Broken(name + " has an entry twice");
    }
    if (numbers.size() != entries.size() ||
        (!numbers.empty() && (*numbers.begin() != 1 || *numbers.rbegin() != std::int64_t(numbers.size()))))
        throw Broken(name + " has a gap in its numbers");
    for (const auto& [id, photos] : promised) {
        const auto found = entries.find(id);
        if (found == entries.end())
            throw Broken("entry " + id + " was saved on " + name + " and is gone");
        if (found->second.photos != photos)
            throw Broken("photos of entry " + id + " were saved on " + name + " and are gone");
    }
    return entries;
}

void check_arrived(const test::ServerUnderTest& server, const std::string& name, const ShownEntries& entries)
{
    auto database = opened(server.data());
    std::set<std::string> known;
    for (auto& id : database.query<std::string>("SELECT id FROM entry_records"))
        known.insert(std::move(id));
    for (const auto& [id, entry] : entries) {
        if (!entry.has_arrived())
            continue;
        if (!known.contains(id))
            throw Broken("entry " + id + " of " + name + " was acknowledged and the server has lost it");
        if (entry.photos > 0 && entry.photos_waiting == 0)
            check_photos(database, server.data() / "photos", id, entry.photos);
    }
}

void check_end(const test::ServerUnderTest& server, const std::vector<DeviceAtTheEnd>& devices)
{
    auto database = opened(server.data());
    std::map<std::string, std::string> records;
    for (auto& [id, digest] :
         database.query<std::string, std::string>("SELECT id, digest FROM entry_records"))
        records.emplace(id, digest);
    std::map<std::string, int> leaves;
    std::int64_t received = 0;
    for (const auto& text : database.query<std::string>("SELECT leaf FROM ledger_log")) {
        const json leaf = json::parse(text);
        if (leaf.at("type") == "received") {
            ++leaves[leaf.at("entry")];
            ++received;
        }
    }

    std::size_t expected = 0;
    for (const DeviceAtTheEnd& device : devices) {
        expected += device.entries.size();
        auto sealed = opened(device.device->data());
        std::map<std::string, std::string> digests;
        for (auto& [id, digest] : sealed.query<std::string, std::string>("SELECT id, digest FROM entries"))
            digests.emplace(id, digest);
        for (const auto& [id, entry] : device.entries) {
            if (!entry.has_arrived() || entry.photos_waiting != 0)
                throw Broken("entry " + id + " of " + device.name + " could not be sent");
            const auto record = records.find(id);
            if (record == records.end() || leaves[id] != 1)
                throw Broken("entry " + id + " stands in the ledger " + std::to_string(leaves[id]) +
                             " times");
            if (record->second != digests[id])
                throw Broken("entry " + id + " has other bytes at the server than on " + device.name);
            if (entry.photos > 0)
                check_photos(database, server.data() / "photos", id, entry.photos);
        }
    }
    if (records.size() != expected || received != static_cast<std::int64_t>(expected))
        throw Broken("the devices have " + std::to_string(expected) + " entries, the ledger " +
                     std::to_string(received));

    Amounts amounts;
    for (const auto& [measure, entries, quantity] : database.query<std::string, std::int64_t, std::int64_t>(
             "SELECT measure, CAST(SUM(entries) AS INTEGER), CAST(SUM(quantity) AS INTEGER) FROM "
             "ledger_balances WHERE measure IN ('NT86', 'NT18') GROUP BY measure"))
        amounts[measure] = {entries, quantity};
    if (amounts != amounts_of(devices))
        throw Broken("the balances are not what the devices captured");

    const test::TemporaryFolder folder;
    const std::string file = folder.path() / "ledger.export";
    for (const test::Words& words :
         std::vector<test::Words>{{"ledger", "verify"}, {"ledger", "rebuild"}, {"ledger", "export", file}}) {
        const auto result = server.command(words);
        if (!result.ok())
            throw Broken("tallybook-server ledger " + words[1] + ": " + result.err + result.out);
    }
    const auto verified = server::run_program({server::programs_folder() / "tallybook-verify", file});
    if (!verified.ok())
        throw Broken("tallybook-verify: " + verified.err + verified.out);
}

} // namespace tally::powercut
