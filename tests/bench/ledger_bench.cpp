/// The ledger as it grows: how fast entries are appended with a few thousand, a million and five million
/// in it, how long balances take then, and what `verify` costs beside plain SHA-256 and a scan of the same
/// rows. One run, one machine: the ratios are what counts.
///
///     ledger_bench [SIZE...]          entries at which to measure (default 10000 1000000 5000000)
///     ledger_bench --postgres SIZE    on a PostgreSQL of its own, without fsync
///
/// TMPDIR chooses the disk. Five million entries take about 12 GB there until the end of the run.

#include "server/ledger/ledger.h"
#include "server/ledger/tables.h"
#include "server/ledger/verify.h"
#include "server/ledger/writer.h"
#include "server/storage/schema.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/merkle.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
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

struct Sealed
{
    EntryFacts facts;
    std::string record;
    std::string key;
};

/// Batches as devices send them: an afternoon or two of one event each, up to a week old, from many
/// devices, over a year.
class Workload
{
public:
    Workload() : m_random(7), m_clock(Timestamp{1'767'225'600'000}), m_ids(m_clock, m_random) {}

    std::vector<Sealed> next_batch()
    {
        const auto device = below(200);
        const auto contract = below(40);
        m_now.ms += below(2 * 3'150'000); // 10,000 batches a year
        const Timestamp event{m_now.ms - below(7 * 86'400'000)};
        std::vector<Sealed> batch(batch_entries);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            m_clock.set(Timestamp{event.ms + static_cast<std::int64_t>(i) * 30'000 + below(20'000)});
            batch[i] = entry(device, contract);
        }
        return batch;
    }

    [[nodiscard]] Timestamp now() const { return m_now; }

private:
    std::int64_t below(std::int64_t limit)
    {
        return static_cast<std::int64_t>(m_random.u64() % static_cast<std::uint64_t>(limit));
    }

    Sealed entry(std::int64_t device, std::int64_t contract)
    {
        Sealed sealed;
        auto& facts = sealed.facts;
        facts.id = m_ids.next();
        facts.device = Uuid::from_bytes("bench-device-" + std::to_string(100 + device));
        facts.device_seq = ++m_sequences[device];
        facts.author = "worker-" + std::to_string(device);
        facts.contract = "LCC-2025-" + std::to_string(100 + contract);
        facts.framework = "lancashire-toms-2024";
        facts.framework_version = "2024-28";
        facts.framework_revision = 1;
        facts.measure = "NT" + std::to_string(contract + below(10)); // ten are promised
        facts.quantity = hours_from_minutes(15 * (1 + below(30)), 1).value();
        facts.proxy = Proxy{169'300};
        facts.value = value_of(*facts.quantity, *facts.proxy).value();
        facts.value_class = "social";
        facts.quarter = quarter_of(local_date(m_clock.now(), 0));
        facts.event = "event-" + std::to_string(below(500));
        facts.place = "place-" + std::to_string(contract) + "-" + std::to_string(below(5));
        facts.verification = below(2) == 0 ? "host" : "sign_in_sheet";
        sealed.record = m_random.bytes(static_cast<std::size_t>(220 + below(120)));
        sealed.key = m_random.bytes(32);
        facts.digest = crypto::sha256_hex(sealed.record);
        return sealed;
    }

    SeededRandom m_random;
    ManualClock m_clock;
    UuidSource m_ids;
    Timestamp m_now{1'767'225'600'000};
    std::map<std::int64_t, std::int64_t> m_sequences;
};

/// A ledger that grows; the time that making evidence takes is not counted.
class Growing
{
public:
    explicit Growing(std::string url) : m_url(std::move(url)), m_database(opened(m_url))
    {
        SystemRandom random;
        if (!migrate_evidence(m_database))
            throw std::runtime_error("the database cannot be made");
        m_keys = load_or_make_server_keys(m_database, random);
        m_writer = std::make_unique<LedgerWriter>(m_url, m_keys);
    }

    [[nodiscard]] std::size_t entries() const { return m_entries; }
    [[nodiscard]] storage::Database& database() { return m_database; }
    [[nodiscard]] const std::string& public_key() const { return m_keys.signing.public_key; }

    struct Seconds
    {
        double receiving = 0;
        double receiving_processor = 0; ///< of that, on a processor: other programs disturb it less
        double deciding = 0;            ///< on a third as many

        [[nodiscard]] double all() const { return receiving + deciding; }
    };

    /// Gives the seconds that appending took.
    Seconds grow(std::size_t count)
    {
        Seconds seconds;
        for (const auto end = m_entries + count; m_entries < end; m_entries += batch_entries) {
            const auto batch = m_workload.next_batch();
            const double before = processor_seconds();
            seconds.receiving += seconds_of([&] { receive(batch); });
            seconds.receiving_processor += processor_seconds() - before;
            // A reviewer decides on a third of what arrived some time ago.
            std::vector<Uuid> waiting;
            for (std::size_t i = 0; i < batch.size(); i += 3)
                waiting.push_back(batch[i].facts.id);
            m_waiting.push_back(std::move(waiting));
            if (m_waiting.size() > 20) {
                seconds.deciding += seconds_of([&] { decide(m_waiting.front()); });
                m_waiting.pop_front();
            }
        }
        return seconds;
    }

private:
    static storage::Database opened(const std::string& url)
    {
        auto database = storage::Database::open(url);
        if (!database)
            throw std::runtime_error(database.error().message);
        return std::move(*database);
    }

    void receive(const std::vector<Sealed>& batch)
    {
        const auto now = m_workload.now();
        m_writer->run([&](LedgerTransaction& ledger) {
            for (const auto& sealed : batch) {
                const auto& facts = sealed.facts;
                if (ledger.database().query_one<std::int64_t>(
                        "SELECT position FROM entry_records WHERE id = :id", facts.id.text()))
                    throw std::runtime_error("the entry is here already");
                const auto position = ledger.append_new({now, facts});
                if (!position)
                    throw std::runtime_error(position.error().text());
                ledger.database().add_row(
                    "INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                    "VALUES",
                    facts.id.text(), facts.device.text(), facts.device_seq, facts.digest, *position, now.ms,
                    storage::sql::blob(sealed.record));
                ledger.database().add_row("INSERT INTO entry_keys (id, key) VALUES", facts.id.text(),
                                          storage::sql::blob(sealed.key));
            }
        });
    }

    void decide(const std::vector<Uuid>& entries)
    {
        m_writer->run([&](LedgerTransaction& ledger) {
            for (const auto& id : entries)
                if (const auto decided = ledger.append(
                        DecisionLeaf{m_workload.now(), DecisionKind::Accept, id, "manager", ""});
                    !decided)
                    throw std::runtime_error(decided.error().text());
        });
    }

    std::string m_url;
    storage::Database m_database;
    ServerKeys m_keys;
    std::unique_ptr<LedgerWriter> m_writer;
    Workload m_workload;
    std::deque<std::vector<Uuid>> m_waiting;
    std::size_t m_entries = 0;
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
    const double contract = best_of_three([&] { (void)read_balances(database, "LCC-2025-107"); });
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

void run(const std::string& url, const std::string& file, std::vector<std::size_t> sizes)
{
    Growing ledger(url);
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
        std::printf("at %9.0f entries: %7.0f entries/s appended (an entry: %.1f us to store, post and "
                    "hash, %.1f of them on a processor; %.1f for decisions on a third)",
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
    std::printf("rate at the last size / rate at the first: %.2f\n", rates.back() / rates.front());
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const bool postgres = argc > 1 && std::strcmp(argv[1], "--postgres") == 0;
        std::vector<std::size_t> sizes;
        for (int i = postgres ? 2 : 1; i < argc; ++i)
            sizes.push_back(std::strtoul(argv[i], nullptr, 10));
        if (postgres) {
            run(test::fresh_postgres_url(), {}, sizes.empty() ? std::vector<std::size_t>{10'000} : sizes);
            return 0;
        }
        test::TemporaryFolder folder;
        const auto file = (folder.path() / "ledger.db").string();
        run("sqlite:" + file, file,
            sizes.empty() ? std::vector<std::size_t>{10'000, 1'000'000, 5'000'000} : sizes);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledger_bench: %s\n", failure.what());
        return 1;
    }
    return 0;
}
