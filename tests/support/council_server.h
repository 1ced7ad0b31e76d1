#pragma once
/// A server without HTTP, over a database of either kind, with contracts and one enrolled device.

#include "server/ingest/ingest.h"
#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "server/review/review.h"
#include "server/storage/entry_vault.h"
#include "server/storage/schema.h"
#include "shared/base/files.h"
#include "tests/support/entries.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace tally::test {

inline constexpr const char* one_contract = R"({"schema":"tallybook-contracts/1","places":[],"contracts":[{
    "ref":"LCC-1","title":"Parks","supplier":"Greenway","buyer":"Lancashire","framework":"lancashire-toms-2024",
    "framework_version":"2024-28","starts":"2025-04-01","ends":"2027-03-31","targets":[],"events":[]}]})";

struct CouncilServer
{
    explicit CouncilServer(const std::string& url, const char* contracts = one_contract)
        : pool(url), database(prepared(url, contracts)),
          keys(server::load_or_make_server_keys(database, random)), writer(url, keys),
          attachments(pool, folder.path() / "photos"), vault(attachments),
          ingest(pool, writer, reference, vault, clock),
          review(
              pool, writer, vault, reference, [](std::string_view) { return "Asha Patel"; }, clock, random,
              [this](const std::optional<Uuid>& entry) { ingest.comparison().compare_first(entry); }),
          device(random, clock, keys.sealing.public_key)
    {
        const auto code = server::make_device_code(database, random, clock.now(), "Tablet 1",
                                                   server::DeviceMode::Worker, "p-0007");
        UuidSource ids(clock, random);
        device.id =
            server::enrol_device(database, ids, clock.now(), code->code, device.signing.public_key)->id;
    }

    storage::Database prepared(const std::string& url, const char* contracts)
    {
        auto opened = storage::Database::open(url);
        REQUIRE(opened.ok());
        REQUIRE(storage::migrate(*opened, "reference", server::reference_migrations()).ok());
        REQUIRE(server::migrate_evidence(*opened).ok());
        REQUIRE(server::import_shipped(*opened, assets_dir(), clock.now()).ok());
        const auto report = server::import_contracts(*opened, server::ContractFormat::Json, contracts, clock);
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.problems.front().text()));
        return std::move(*opened);
    }

    /// What is answered to a batch. Nothing is compared yet.
    std::vector<protocol::EntryOutcome> receive(const std::vector<std::string>& records)
    {
        const auto received = ingest.receive(device.batch(records));
        REQUIRE_MESSAGE(received.ok(), (received ? "" : received.error().text()));
        const auto receipt = protocol::parse_receipt(received->receipt_bytes, keys.signing.public_key);
        REQUIRE(receipt.ok());
        return receipt->outcomes;
    }
    std::vector<protocol::EntryOutcome> send(const std::vector<std::string>& records)
    {
        auto outcomes = receive(records);
        ingest.comparison().compare_all();
        return outcomes;
    }
    protocol::EntryOutcome send(Entry entry) { return send({device.seal(entry)}).front(); }

    std::int64_t count(const std::string& table)
    {
        return *database.query_one<std::int64_t>("SELECT COUNT(*) FROM " + table);
    }

    TemporaryFolder folder;
    SystemRandom random;
    ManualClock clock{sample_moment};
    server::DatabasePool pool;
    storage::Database database;
    server::ServerKeys keys;
    server::LedgerWriter writer;
    server::ReferenceCache reference;
    server::AttachmentStore attachments;
    server::EntryVault vault;
    server::IngestService ingest;
    server::ReviewService review;
    SampleDevice device;
};

} // namespace tally::test
