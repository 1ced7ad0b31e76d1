/// Inserts through the storage facade beside the same inserts through SQLite's own interface, in the
/// same run, alternating. Prints rows a second (medians) and the ratio.
///
///     storage_bench [ROWS [REPEATS]]

#include "shared/base/uuid.h"
#include "shared/storage/database.h"
#include "tests/support/temporary_folder.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace tally;

struct Sample
{
    std::string id;
    std::int64_t seq;
    std::string record;
};

std::vector<Sample> make_samples(std::size_t count)
{
    SystemClock clock;
    SeededRandom random(1);
    UuidSource ids(clock, random);
    std::vector<Sample> samples;
    samples.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        samples.push_back({ids.next().text(), static_cast<std::int64_t>(i), random.bytes(280)});
    return samples;
}

constexpr const char* schema = "CREATE TABLE entries (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, "
                               "kind TEXT NOT NULL, record BYTES NOT NULL) WITHOUT ROWID;";
constexpr const char* raw_insert =
    "INSERT INTO entries (id, seq, kind, record) VALUES (:id, :seq, :kind, :record)";

double seconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double raw_rate(const std::string& path, const std::vector<Sample>& samples)
{
    sqlite3* db = nullptr;
    sqlite3_open(path.c_str(), &db);
    const std::string text = storage::to_dialect(storage::Dialect::Sqlite, schema);
    sqlite3_exec(db, ("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + text).c_str(), nullptr,
                 nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db, raw_insert, -1, &insert, nullptr);

    const auto start = std::chrono::steady_clock::now();
    sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (const Sample& sample : samples) {
        sqlite3_bind_text(insert, 1, sample.id.data(), static_cast<int>(sample.id.size()), SQLITE_STATIC);
        sqlite3_bind_int64(insert, 2, sample.seq);
        sqlite3_bind_text(insert, 3, "hours", 5, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 4, sample.record.data(), static_cast<int>(sample.record.size()),
                          SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE)
            std::abort();
        sqlite3_reset(insert);
    }
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    const double seconds = seconds_since(start);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return static_cast<double>(samples.size()) / seconds;
}

struct Rates
{
    double insert;
    double read;
};

Rates facade_rates(const std::string& path, const std::vector<Sample>& samples)
{
    auto db = storage::Database::open("sqlite:" + path);
    db->run_script(schema);

    const auto start = std::chrono::steady_clock::now();
    {
        storage::Transaction transaction(*db);
        storage::Statement insert = db->prepare(raw_insert);
        for (const Sample& sample : samples)
            insert.run(sample.id, sample.seq, "hours", storage::sql::blob(sample.record));
        transaction.commit();
    }
    const double insert_seconds = seconds_since(start);

    const auto read_start = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    db->for_each<std::string, std::int64_t, storage::sql::Blob>(
        "SELECT id, seq, record FROM entries ORDER BY id",
        [&](const std::string&, std::int64_t, const storage::sql::Blob& record) {
            bytes += record.bytes.size();
        });
    if (bytes != samples.size() * samples.front().record.size())
        std::abort();
    const auto count = static_cast<double>(samples.size());
    return {count / insert_seconds, count / seconds_since(read_start)};
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    const std::size_t rows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
    const std::size_t repeats = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 7;
    const auto samples = make_samples(rows);
    const test::TemporaryFolder folder;
    std::vector<double> raw;
    std::vector<double> insert;
    std::vector<double> read;
    for (std::size_t i = 0; i < repeats; ++i) {
        raw.push_back(raw_rate((folder.path() / ("raw" + std::to_string(i))).string(), samples));
        const Rates rates = facade_rates((folder.path() / ("facade" + std::to_string(i))).string(), samples);
        insert.push_back(rates.insert);
        read.push_back(rates.read);
    }
    std::printf("raw SQLite inserts   %9.0f rows/s\nfacade inserts       %9.0f rows/s\n"
                "ratio                     %.2f\nfacade reads         %9.0f rows/s\n",
                median(raw), median(insert), median(insert) / median(raw), median(read));
    return 0;
}
