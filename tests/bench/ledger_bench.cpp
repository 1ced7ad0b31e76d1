/// The ledger as it grows: how fast batches are opened, appended and merged with ten thousand, a million and
/// five million entries in it, how long balances take then, and what `verify` costs beside plain SHA-256 and
/// a scan of the same rows. One run, one machine: the ratios are what counts.
///
///     ledger_bench [SIZE...]          entries at which to measure (default 10000 1000000 5000000)
///     ledger_bench --postgres SIZE    on a PostgreSQL of its own, without fsync
///
/// TMPDIR chooses the disk. Five million entries take about 12 GB there until the end of the run.

#include "server/ingest/ingest.h"
#include "server/ledger/ledger.h"
#include "server/ledger/tables.h"
#include "server/ledger/verify.h"
#include "server/ledger/writer.h"
#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "server/storage/entry_vault.h"
#include "server/storage/schema.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "tests/support/entries.h"
#include "tests/support/made_up_names.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>

namespace {

using namespace tally;
using namespace tally::server;

constexpr std::size_t batch_entries = 500;

double seconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of all threads of this program.
double processor_seconds()
{
    timespec spent{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

template <typename F>
double seconds_of(F&& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return seconds_since(start);
}

constexpr int contract_count = 40;
constexpr int device_count = 200;

std::string contract_ref(std::int64_t number)
{
    return "LCC-2025-" + std::to_string(100 + number);
}

std::string contracts_document()
{
    nlohmann::json document = {{"schema", "tallybook-contracts/1"},
                               {"places", nlohmann::json::array()},
                               {"contracts", nlohmann::json::array()}};
    for (int i = 0; i < contract_count; ++i)
        document["contracts"].push_back({{"ref", contract_ref(i)},
                                         {"title", "Works and services " + std::to_string(i)},
                                         {"supplier", "Supplier " + std::to_string(i / 2)},
                                         {"buyer", "Lancashire"},
                                         {"framework", "lancashire-toms-2024"},
                                         {"framework_version", "2024-28"},
                                         {"starts", "2025-04-01"},
                                         {"ends", "2040-03-31"},
                                         {"targets", nlohmann::json::array()},
                                         {"events", nlohmann::json::array()}});
    return document.dump();
}

struct Batch
{
    std::string bytes;
    std::vector<Uuid> entries;
};

/// Batches as devices send them: an afternoon of one host each, up to a week old, from many devices, half a
/// million entries a year. Sealed and signed as a device does it.
class Workload
{
public:
    Workload(ManualClock& clock, std::vector<test::SampleDevice>& devices)
        : m_clock(clock), m_devices(devices)
    {
    }

    Batch next()
    {
        constexpr std::int64_t batches_a_year = 1'000;
        constexpr std::int64_t year_ms = 365 * 86'400'000LL;
        m_clock.set(Timestamp{m_clock.now().ms + below(2 * year_ms / batches_a_year)});
        const auto today = days_from_date(local_date(m_clock.now(), 0));
        const auto number = below(device_count);
        auto& device = m_devices[static_cast<std::size_t>(number)];
        Entry entry = test::sample_hours_entry();
        entry.author = "worker-" + std::to_string(number);
        entry.about.contract = contract_ref(below(contract_count));
        entry.captured_at = Timestamp{m_clock.now().ms - 60'000};
        auto& hours = std::get<HoursBody>(entry.body);
        hours.host = "Friends of park " + std::to_string(below(400));
        hours.date = date_from_days(today - below(7));
        std::vector<std::string> records;
        Batch batch;
        for (std::size_t i = 0; i < batch_entries; ++i) {
            const auto start = 8 * 60 + 15 * below(16);
            hours.start_min = static_cast<std::int32_t>(start);
            hours.end_min = static_cast<std::int32_t>(start + 30 + 15 * below(16));
            hours.people.name = test::made_up_name(m_random);
            hours.whose_time = below(2) == 0 ? WhoseTime::SupplierStaff : WhoseTime::Residents;
            records.push_back(device.seal(entry));
            batch.entries.push_back(entry.id);
        }
        batch.bytes = device.batch(records);
        return batch;
    }

private:
    std::int64_t below(std::int64_t limit)
    {
        return static_cast<std::int64_t>(m_random.u64() % static_cast<std::uint64_t>(limit));
    }

    SeededRandom m_random{7};
    ManualClock& m_clock;
    std::vector<test::SampleDevice>& m_devices;
};

/// A ledger that grows; the time that making evidence takes is not counted.
class Growing
{
public:
    Growing(const std::string& url, const std::filesystem::path& folder)
        : m_pool(url), m_database(prepared(url)), m_keys(load_or_make_server_keys(m_database, m_random)),
          m_writer(url, m_keys), m_attachments(m_pool, folder / "photos"), m_vault(m_attachments),
          m_ingest(m_pool, m_writer, m_reference, m_vault, m_clock), m_workload(m_clock, m_devices)
    {
        UuidSource ids(m_clock, m_random);
        for (int i = 0; i < device_count; ++i) {
            auto& device = m_devices.emplace_back(m_random, m_clock, m_keys.sealing.public_key);
            const auto code =
                make_device_code(m_database, m_random, m_clock.now(), "Tablet " + std::to_string(i),
                                 DeviceMode::Worker, "worker-" + std::to_string(i));
            const auto enrolled =
                code ? enrol_device(m_database, ids, m_clock.now(), code->code, device.signing.public_key)
                     : Result<Device>(code.error());
            if (!enrolled)
                throw std::runtime_error(enrolled.error().text());
            device.id = enrolled->id;
        }
    }

    [[nodiscard]] std::size_t entries() const { return m_entries; }
    [[nodiscard]] std::size_t flagged() const { return m_flagged; }
    [[nodiscard]] storage::Database& database() { return m_database; }
    [[nodiscard]] const std::string& public_key() const { return m_keys.signing.public_key; }

    struct Seconds
    {
        double receiving = 0;           ///< whole batches: opening, appending, merging
        double receiving_processor = 0; ///< of that, on a processor: other programs disturb it less
        double deciding = 0;            ///< on a third as many

        [[nodiscard]] double all() const { return receiving + deciding; }
    };

    /// Gives the seconds that it took to take entries in and to decide.
    Seconds grow(std::size_t count)
    {
        Seconds seconds;
        for (const auto end = m_entries + count; m_entries < end; m_entries += batch_entries) {
            const auto batch = m_workload.next();
            const double before = processor_seconds();
            seconds.receiving += seconds_of([&] { receive(batch); });
            seconds.receiving_processor += processor_seconds() - before;
            // A reviewer decides on a third of what arrived some time ago.
            std::vector<Uuid> waiting;
            for (std::size_t i = 0; i < batch.entries.size(); i += 3)
                waiting.push_back(batch.entries[i]);
            m_waiting.push_back(std::move(waiting));
            if (m_waiting.size() > 20) {
                seconds.deciding += seconds_of([&] { decide(m_waiting.front()); });
                m_waiting.pop_front();
            }
        }
        return seconds;
    }

private:
    storage::Database prepared(const std::string& url)
    {
        auto opened = storage::Database::open(url);
        if (!opened)
            throw std::runtime_error(opened.error().message);
        if (!storage::migrate(*opened, "reference", reference_migrations()) || !migrate_evidence(*opened) ||
            !import_shipped(*opened, assets_dir(), m_clock.now()).ok() ||
            !import_contracts(*opened, ContractFormat::Json, contracts_document(), m_clock).ok())
            throw std::runtime_error("the database cannot be made");
        return std::move(*opened);
    }

    void receive(const Batch& batch)
    {
        const auto received = m_ingest.receive(batch.bytes);
        if (!received)
            throw std::runtime_error(received.error().text());
        for (const auto& outcome : received->receipt.outcomes)
            if (outcome.outcome != protocol::Outcome::Created)
                throw std::runtime_error("an entry was not taken: " + outcome.message);
        m_ingest.comparison().compare_all();
    }

    void decide(const std::vector<Uuid>& entries)
    {
        std::size_t flagged = 0;
        m_writer.run([&](LedgerTransaction& ledger) {
            flagged = 0;
            for (const auto& id : entries)
                if (!ledger.append(DecisionLeaf{m_clock.now(), DecisionKind::Accept, id, "manager", ""}))
                    ++flagged;
        });
        m_flagged += flagged;
    }

    SystemRandom m_random;
    ManualClock m_clock{Timestamp{1'767'225'600'000}}; ///< 2026-01-01
    DatabasePool m_pool;
    storage::Database m_database;
    ServerKeys m_keys;
    LedgerWriter m_writer;
    ReferenceCache m_reference;
    AttachmentStore m_attachments;
    EntryVault m_vault;
    IngestService m_ingest;
    std::vector<test::SampleDevice> m_devices;
    Workload m_workload;
    std::deque<std::vector<Uuid>> m_waiting;
    std::size_t m_entries = 0;
    std::size_t m_flagged = 0; ///< of those to be decided on
};

double best_of_three(auto&& work)
{
    double best = 1e9;
    for (int pass = 0; pass < 3; ++pass)
        best = std::min(best, seconds_of(work));
    return best;
}

void print_reading(storage::Database& database)
{
    const double contract = best_of_three([&] { (void)read_balances(database, contract_ref(7)); });
    const double quarters = best_of_three([&] {
        if (read_quarter_totals(database).empty())
            std::abort();
    });
    std::printf("  balances of one contract %.2f ms, quarterly totals of all %.2f ms\n", contract * 1e3,
                quarters * 1e3);
}

/// What nothing on one core could be faster than: every leaf and record hashed once, every row that verify
/// compares read once.
void scan_and_hash(storage::Database& database)
{
    std::size_t sum = 0;
    const auto hash = [&](std::string_view bytes) {
        sum += static_cast<unsigned char>(crypto::sha256(bytes)[0]);
    };
    database.for_each<std::string_view, storage::sql::BlobView>(
        "SELECT leaf, leaf_hash FROM ledger_log ORDER BY position",
        [&](std::string_view leaf, storage::sql::BlobView stored) {
            hash(leaf);
            sum += stored.bytes.size();
        });
    database.for_each<std::string_view, std::string_view, std::int64_t, std::string_view, std::int64_t,
                      std::int64_t, storage::sql::BlobView>(
        "SELECT id, device, seq, digest, position, received_at, record FROM entry_records ORDER BY id",
        [&](std::string_view, std::string_view, std::int64_t, std::string_view, std::int64_t, std::int64_t,
            storage::sql::BlobView record) { hash(record.bytes); });
    for_each_stored_standing(database, [&](const StoredStanding& row) { sum += row.texts.size(); });
    for_each_posting(database, INT64_MIN, INT64_MAX,
                     [&](std::int64_t position, std::int64_t, const std::optional<PostingLine>&) {
                         sum += static_cast<std::size_t>(position);
                     });
    database.for_each<std::string_view, std::int64_t>(
        "SELECT entry, position FROM ledger_mentions ORDER BY entry, position",
        [&](std::string_view entry, std::int64_t) { sum += entry.size(); });
    if (sum == 0)
        std::abort();
}

double peak_megabytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void print_verify(Growing& ledger)
{
    struct Cost
    {
        double wall = 1e9;
        double processor = 1e9;
    };
    const auto cost_of = [](auto&& work) {
        Cost best;
        for (int pass = 0; pass < 3; ++pass) {
            const double before = processor_seconds();
            best.wall = std::min(best.wall, seconds_of(work));
            best.processor = std::min(best.processor, processor_seconds() - before);
        }
        return best;
    };
    const double before = peak_megabytes();
    const auto floor = cost_of([&] { scan_and_hash(ledger.database()); });
    VerifyReport report;
    const auto verify = cost_of([&] { report = verify_ledger(ledger.database(), ledger.public_key()); });
    if (!report.ok())
        throw std::runtime_error("verify: " + report.findings.front().text());
    std::printf(
        "  verify %.2f s, SHA-256 and one scan %.2f s, ratio %.2f (of processor time %.2f, two threads "
        "beside one); %.0f MB more at its peak\n",
        verify.wall, floor.wall, floor.wall / verify.wall, floor.processor / verify.processor,
        peak_megabytes() - before);
}

void run(const std::string& url, const std::filesystem::path& folder, const std::string& file,
         const std::vector<std::size_t>& sizes)
{
    Growing ledger(url, folder);
    constexpr std::size_t window = 50'000;
    std::vector<double> rates;
    for (const auto size : sizes) {
        if (ledger.entries() < size)
            ledger.grow(size - ledger.entries());
        const double reached = static_cast<double>(ledger.entries());
        const std::size_t count = std::min(window, std::max<std::size_t>(size, batch_entries));
        const auto seconds = ledger.grow(count);
        rates.push_back(static_cast<double>(count) / seconds.all());
        const auto us = [&](double one) { return one * 1e6 / static_cast<double>(count); };
        std::printf(
            "at %9.0f entries: %7.0f entries/s appended and merged (an entry: %.1f us to open, store, "
            "post, hash and compare, %.1f of processor time; %.1f for decisions on a third)",
            reached, rates.back(), us(seconds.receiving), us(seconds.receiving_processor),
            us(seconds.deciding));
        if (!file.empty()) {
            ledger.database().checkpoint();
            std::printf(", %.0f bytes an entry in the database",
                        static_cast<double>(std::filesystem::file_size(file)) /
                            static_cast<double>(ledger.entries()));
        }
        std::printf("\n");
        print_reading(ledger.database());
        if (size <= 1'000'000)
            print_verify(ledger);
        std::fflush(stdout);
    }
    std::printf(
        "rate at the last size / rate at the first: %.2f; %zu of %zu that somebody looked at were flagged\n",
        rates.back() / rates.front(), ledger.flagged(), ledger.entries() / 3);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const bool postgres = argc > 1 && std::strcmp(argv[1], "--postgres") == 0;
        std::vector<std::size_t> sizes;
        for (int i = postgres ? 2 : 1; i < argc; ++i)
            sizes.push_back(std::strtoul(argv[i], nullptr, 10));
        test::TemporaryFolder folder;
        if (sizes.empty())
            sizes = postgres ? std::vector<std::size_t>{10'000}
                             : std::vector<std::size_t>{10'000, 1'000'000, 5'000'000};
        const auto file = (folder.path() / "ledger.db").string();
        run(postgres ? test::fresh_postgres_url() : "sqlite:" + file, folder.path(),
            postgres ? std::string() : file, sizes);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledger_bench: %s\n", failure.what());
        return 1;
    }
    return 0;
}
