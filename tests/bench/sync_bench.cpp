/// `tallybook sync` of N hours entries to a fresh server, both real programs and both durable, beside
/// raw SQLite inserts of the same sealed bytes in the same run; then what each step of taking them in
/// costs. Prints rates, ratios and microseconds an entry; the processor time that each program used; the most
/// memory, beside that of a tenth of the entries in the same run; the bytes that went over the wire; and how
/// long a sync takes when there is nothing to do.
///
///     sync_bench [ENTRIES [REPEATS]]    100,000 entries three times, unless told

#include "server/demo/program.h"
#include "server/ingest/ingest.h"
#include "server/ingest/prepare.h"
#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "server/storage/schema.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/domain/validate.h"
#include "shared/framework/valuation.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/sealed_record.h"
#include "tests/bench/counting_relay.h"
#include "tests/support/made_up_names.h"
#include "tests/support/process_status.h"
#include "tests/support/temporary_folder.h"

#include <nlohmann/json.hpp>
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <stdexcept>

namespace {

using namespace tally;
using namespace tally::server;
using nlohmann::json;
namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

constexpr const char* contracts = R"({"schema":"tallybook-contracts/1","places":[],"contracts":[{
    "ref":"LCC-1","title":"Parks","supplier":"Greenway","buyer":"Lancashire","framework":"lancashire-toms-2024",
    "framework_version":"2024-28","starts":"2025-04-01","ends":"2030-03-31","targets":[],"events":[]}]})";

/// Hours entries that differ as real ones do, one JSON document a line, in the order in which they were
/// captured: each within a week of the work.
std::string evidence(std::size_t count)
{
    constexpr std::array activities = {"Planting trees along the beck", "Litter pick in the park",
                                       "Repairing the raised beds of the community garden",
                                       "Clearing paths for wheelchair users"};
    SeededRandom random(11);
    const auto below = [&](std::uint64_t limit) { return static_cast<std::int64_t>(random.u64() % limit); };
    const SystemClock clock;
    const auto today = days_from_date(local_date(clock.now(), 0));
    // Evidence that comes in time is not flagged for that.
    const auto first = days_from_date(first_day(quarter_of(date_from_days(today - 30))));
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) {
        const auto captured =
            first + static_cast<std::int64_t>(i) * (today - first) / static_cast<std::int64_t>(count);
        const auto start = static_cast<std::int32_t>(8 * 60 + 15 * below(16));
        const auto end = static_cast<std::int32_t>(start + 30 + 15 * below(16));
        const json entry = {{"kind", "hours"},
                            {"language", "en"},
                            {"about", {{"contract", "LCC-1"}, {"measure", "NT86"}}},
                            {"body",
                             {{"host", "Friends of Brierley Park " + std::to_string(below(40))},
                              {"activity", activities[static_cast<std::size_t>(below(activities.size()))]},
                              {"date", format_date(date_from_days(std::max(first, captured - below(7))))},
                              {"start", format_minute_of_day(start)},
                              {"end", format_minute_of_day(end)},
                              {"whose_time", "supplier_staff"},
                              {"people", {{"name", test::made_up_name(random)}}},
                              {"confirmation", "host"},
                              {"confirmed_by", "The warden"}}}};
        lines += entry.dump() + "\n";
    }
    return lines;
}

std::string must(const std::vector<std::string>& words, const std::string& input = {})
{
    ProgramOptions options;
    options.input = input;
    const auto result = run_program(words, options, std::chrono::minutes(10));
    if (!result.ok())
        throw std::runtime_error(words[0] + " " + words[1] + ": " + result.err);
    return result.out;
}

/// As the device completes what it was handed.
std::vector<Entry> entries_of(const std::string& lines, const std::string& author)
{
    const SystemClock clock;
    SystemRandom random;
    UuidSource ids(clock, random);
    std::vector<Entry> entries;
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = lines.find('\n', at);
        auto entry = protocol::parse_entry_input(std::string_view(lines).substr(at, end - at));
        entry->id = ids.next();
        entry->author = author;
        entry->captured_at = clock.now();
        entries.push_back(std::move(*entry));
        at = end + 1;
    }
    return entries;
}

struct Round
{
    double sync_seconds = 0;
    double raw_seconds = 0;
    double nothing_seconds = 0; ///< a sync with nothing to do
    double status_seconds = 0;  ///< starting the program and opening its store
    double client_seconds = 0;  ///< processor time of the sync
    double server_seconds = 0;
    std::int64_t client_kib = 0; ///< the most memory that the sync used
    std::int64_t server_kib = 0;
    std::size_t own_bytes = 0; ///< of the entries' JSON as they are sealed
    std::size_t record_bytes = 0;
    std::int64_t sent = 0; ///< over the wire, when somebody counted
    std::int64_t received = 0;
};

double children_processor_seconds()
{
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double processor_seconds(pid_t process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 1)); // proc(5): the third field follows
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        fields >> skipped;
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint16_t port_of(const std::string& printed)
{
    const auto at = printed.find("http://127.0.0.1:") + std::string_view("http://127.0.0.1:").size();
    std::uint16_t port = 0;
    std::from_chars(printed.data() + at, printed.data() + printed.size(), port);
    return port;
}

struct Captured
{
    std::vector<std::pair<std::string, std::string>> records; ///< id, bytes
};

struct CloseSqlite
{
    void operator()(sqlite3* db) const { sqlite3_close(db); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

/// The same rows that the server's table of records gets, with nothing around them, under the settings of the
/// server's writer (shared/storage/database.cpp, server/ledger/writer.cpp).
double raw_insert_seconds(const std::string& path, const Captured& captured)
{
    sqlite3* opened = nullptr;
    const int failure = sqlite3_open(path.c_str(), &opened);
    const std::unique_ptr<sqlite3, CloseSqlite> db(opened);
    const auto check = [&](int result, int expected) {
        if (result != expected)
            throw std::runtime_error(std::string("raw SQLite: ") + sqlite3_errmsg(db.get()));
    };
    const auto execute = [&](const char* sql) {
        check(sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK);
    };
    check(failure, SQLITE_OK);
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
            "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON; PRAGMA cache_size = -12000;"
            "CREATE TABLE records (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;");
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(db.get(), "INSERT INTO records VALUES (?, ?)", -1, &prepared, nullptr),
          SQLITE_OK);
    const std::unique_ptr<sqlite3_stmt, CloseSqlite> insert(prepared);
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < captured.records.size(); ++i) {
        if (i % 1000 == 0)
            execute("BEGIN IMMEDIATE");
        const auto& [id, record] = captured.records[i];
        check(sqlite3_bind_text(insert.get(), 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC),
              SQLITE_OK);
        check(
            sqlite3_bind_blob(insert.get(), 2, record.data(), static_cast<int>(record.size()), SQLITE_STATIC),
            SQLITE_OK);
        check(sqlite3_step(insert.get()), SQLITE_DONE);
        check(sqlite3_reset(insert.get()), SQLITE_OK);
        if (i % 1000 == 999 || i + 1 == captured.records.size())
            execute("COMMIT");
    }
    return seconds_since(start);
}

/// In pieces, as people capture: one command with everything would need memory for everything.
void capture(const std::string& client, const std::string& data, const std::string& lines)
{
    constexpr std::size_t piece_bytes = 1'000'000;
    for (std::size_t from = 0; from < lines.size();) {
        const auto end =
            std::min(lines.find('\n', std::min(from + piece_bytes, lines.size() - 1)), lines.size()) + 1;
        must({client, "capture", "-", "--data", data}, lines.substr(from, end - from));
        from = end;
    }
}

enum class Wire
{
    Direct,
    Counted
};

Round run_round(const std::string& lines, Wire wire)
{
    test::TemporaryFolder folder;
    const std::string server = (programs_folder() / "tallybook-server").string();
    const std::string client = (programs_folder() / "tallybook").string();
    const std::string server_data = (folder.path() / "server").string();
    const std::string client_data = (folder.path() / "client").string();
    const fs::path contract_file = folder.path() / "contracts.json";
    if (!write_file_durably(contract_file, contracts))
        throw std::runtime_error("the temporary folder cannot be written");
    must({server, "contract", "import", contract_file.string(), "--data", server_data});

    bench::CountingRelay relay;
    std::vector<std::string> words = {server, "serve", "--listen", "127.0.0.1:0", "--data", server_data};
    if (wire == Wire::Counted) {
        words.emplace_back("--public-url");
        words.push_back("http://127.0.0.1:" + std::to_string(relay.port()));
    }
    Program serving(words);
    if (!serving.wait_for_text("http://", std::chrono::seconds(20)))
        throw std::runtime_error("the server does not start: " + serving.err());
    const auto code =
        json::parse(must({server, "device", "code", "Tablet", "--json", "--data", server_data}))["url"];
    if (wire == Wire::Counted)
        relay.pass_on_to(port_of(serving.out()));
    must({client, "enrol", code, "--data", client_data});
    // Contracts and frameworks come once, however many entries there will be.
    must({client, "sync", "--data", client_data});
    capture(client, client_data, lines);

    Round round;
    Captured captured;
    {
        auto database = storage::Database::open("sqlite:" + client_data + "/tallybook.db");
        if (!database)
            throw std::runtime_error(database.error().message);
        const auto author = database->query_one<std::string>("SELECT author FROM identities").value();
        for (const auto& entry : entries_of(lines, author))
            round.own_bytes += protocol::write_entry(entry).size();
        database->for_each<std::string, storage::sql::Blob>(
            "SELECT entries.id, record FROM entries JOIN records ON records.local = entries.local ORDER BY "
            "seq",
            [&](std::string&& id, storage::sql::Blob&& record) {
                round.record_bytes += record.bytes.size();
                captured.records.emplace_back(std::move(id), std::move(record.bytes));
            });
    }
    const auto timed = [](const std::vector<std::string>& command) {
        const auto start = std::chrono::steady_clock::now();
        must(command);
        return seconds_since(start);
    };
    const std::vector<std::string> sync = {client, "sync", "--timeout", "300", "--data", client_data};
    const auto sent_before = relay.sent();
    const auto received_before = relay.received();
    const double client_before = children_processor_seconds();
    const double server_before = processor_seconds(serving.id());
    {
        const auto start = std::chrono::steady_clock::now();
        Program syncing(sync);
        // Not what getrusage says: that counts this program's memory before the other one began in its place.
        while (!syncing.wait(std::chrono::milliseconds(5)))
            round.client_kib = std::max(round.client_kib, test::number_in_status(syncing.id(), "VmHWM"));
        round.sync_seconds = seconds_since(start);
        if (syncing.status() != 0)
            throw std::runtime_error("sync: " + syncing.err());
    }
    round.client_seconds = children_processor_seconds() - client_before;
    round.server_seconds = processor_seconds(serving.id()) - server_before;
    round.sent = relay.sent() - sent_before;
    round.received = relay.received() - received_before;
    round.raw_seconds = raw_insert_seconds((folder.path() / "raw.db").string(), captured);
    std::vector<double> nothing;
    std::vector<double> status;
    for (int i = 0; i < 9; ++i) {
        nothing.push_back(timed(sync));
        status.push_back(timed({client, "status", "--data", client_data}));
    }
    round.nothing_seconds = median(nothing);
    round.status_seconds = median(status);
    round.server_kib = test::number_in_status(serving.id(), "VmHWM");
    serving.stop();
    return round;
}

/// Microseconds an entry of one step, the best of some passes.
template <typename F>
double step_us(std::size_t entries, F&& step, int passes = 3)
{
    double best = 1e9;
    for (int pass = 0; pass < passes; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        step();
        best = std::min(best, seconds_since(start));
    }
    return best * 1e6 / static_cast<double>(entries);
}

void print_steps(const std::string& lines)
{
    test::TemporaryFolder folder;
    SystemRandom random;
    SystemClock clock;
    const std::string url = "sqlite:" + (folder.path() / "server.db").string();
    auto database = std::move(*storage::Database::open(url));
    if (!storage::migrate(database, "reference", reference_migrations()) || !migrate_evidence(database) ||
        !import_shipped(database, assets_dir(), clock.now()).ok() ||
        !import_contracts(database, ContractFormat::Json, contracts, clock).ok())
        throw std::runtime_error("the step database cannot be made");
    const auto keys = load_or_make_server_keys(database, random);
    const auto reference = ReferenceSnapshot::load(database);
    const auto signing = crypto::make_signing_key();
    const auto code = make_device_code(database, random, clock.now(), "Tablet", DeviceMode::Worker, "p-1");
    UuidSource ids(clock, random);
    const auto device = *enrol_device(database, ids, clock.now(), code->code, signing.public_key);
    const auto data_key = protocol::make_data_key(random, keys.sealing.public_key);

    const auto entries = entries_of(lines, "p-1");
    const std::size_t count = entries.size();
    std::vector<std::string> texts(count);
    std::vector<std::string> records(count);
    std::vector<std::string> opened(count);
    std::printf("\nSteps of one core, microseconds an entry (best of three)\n");
    const auto print = [](const char* what, double us) { std::printf("  %-54s %7.2f\n", what, us); };
    print("device: write JSON", step_us(count, [&] {
              for (std::size_t i = 0; i < count; ++i)
                  texts[i] = protocol::write_entry(entries[i]);
          }));
    print("device: compress, encrypt, chain", step_us(count, [&] {
              protocol::ChainLink link{1, std::string(32, '\0')};
              for (std::size_t i = 0; i < count; ++i, ++link.seq) {
                  records[i] = protocol::seal_record(texts[i], entries[i].id, device.id, link, data_key);
                  link.previous = protocol::record_digest(records[i]);
              }
          }));
    std::vector<std::string> batches;
    print("device: batch and sign", step_us(count, [&] {
              batches.clear();
              for (std::size_t from = 0; from < count; from += 1000) {
                  protocol::BatchWriter writer(device.id, clock.now());
                  writer.add_key(data_key.id, data_key.sealed);
                  for (std::size_t i = from; i < std::min(count, from + 1000); ++i)
                      writer.add_record(records[i]);
                  batches.push_back(writer.finish(signing));
              }
          }));
    print("server: read the batch, check its signature", step_us(count, [&] {
              for (const auto& batch : batches)
                  if (!protocol::parse_batch(batch)->is_signed_by(signing.public_key))
                      std::abort();
          }));
    print("server: derive the key, decrypt, decompress", step_us(count, [&] {
              for (std::size_t i = 0; i < count; ++i)
                  opened[i] = *protocol::open_record(records[i], device.id,
                                                     protocol::entry_key(data_key.key, entries[i].id));
          }));
    print("server: parse JSON", step_us(count, [&] {
              for (std::size_t i = 0; i < count; ++i)
                  if (!protocol::parse_entry(opened[i], entries[i].id))
                      std::abort();
          }));
    print("server: apply the rules", step_us(count, [&] {
              for (const auto& entry : entries)
                  if (!validate(entry).empty())
                      std::abort();
          }));
    const auto* framework = reference->find_framework("lancashire-toms-2024", "2024-28");
    print("server: value under the framework", step_us(count, [&] {
              for (const auto& entry : entries)
                  if (!value_evidence(*facts_of(entry), *framework).value)
                      std::abort();
          }));
    const double prepare = step_us(count, [&] {
        for (const auto& batch : batches) {
            const auto parsed = *protocol::parse_batch(batch);
            PreparedBatch prepared(parsed, device, keys, *reference, clock.now());
            prepared.prepare(prepared.size());
        }
    });
    print("server: all of the above together", prepare);
    DatabasePool pool(url);
    LedgerWriter writer(url, keys);
    ReferenceCache cache;
    test::TemporaryFolder photos;
    AttachmentStore attachments(pool, photos.path());
    const EntryVault vault(attachments);
    IngestService ingest(pool, writer, cache, vault, clock);
    const auto start = std::chrono::steady_clock::now();
    for (const auto& batch : batches)
        if (!ingest.receive(batch))
            std::abort();
    const double whole = seconds_since(start) * 1e6 / static_cast<double>(count);
    print("server: store, post to the ledger, hash the tree, sync", whole - prepare);
    print("server: everything until the receipt, one caller", whole);
    print("server: compare with what was there, after the receipt",
          step_us(
              count, [&] { ingest.comparison().compare_all(); }, 1));
}

/// The first so many lines.
std::string first_lines(const std::string& lines, std::size_t count)
{
    std::size_t end = 0;
    for (std::size_t i = 0; i < count; ++i)
        end = lines.find('\n', end) + 1;
    return lines.substr(0, end);
}

/// The most memory that a program used, beside what it used for a tenth of the entries.
void print_memory(const char* program, std::int64_t kib, std::int64_t tenth_kib)
{
    std::printf("  most memory of the %s, all / a tenth of them  %5.1f / %.1f MiB, %.2f times as much\n",
                program, static_cast<double>(kib) / 1024, static_cast<double>(tenth_kib) / 1024,
                static_cast<double>(kib) / static_cast<double>(tenth_kib));
}

void print_rounds(const std::string& lines, std::size_t entries, int repeats)
{
    std::vector<double> sync_rates;
    std::vector<double> raw_rates;
    std::vector<Round> rounds;
    for (int i = 0; i < repeats; ++i) {
        rounds.push_back(run_round(lines, Wire::Direct));
        sync_rates.push_back(static_cast<double>(entries) / rounds.back().sync_seconds);
        raw_rates.push_back(static_cast<double>(entries) / rounds.back().raw_seconds);
    }
    const Round& first = rounds.front();
    const auto each = [&](double all) { return all / static_cast<double>(entries); };
    const auto most = [&](std::int64_t Round::*kib) {
        std::int64_t found = 0;
        for (const Round& round : rounds)
            found = std::max(found, round.*kib);
        return found;
    };
    std::printf("%zu hours entries, median of %d runs\n", entries, repeats);
    std::printf("  tallybook sync, whole command, both ends durable  %9.0f entries/s\n", median(sync_rates));
    std::printf("  raw SQLite inserts of the same bytes              %9.0f entries/s\n", median(raw_rates));
    std::printf("  ratio                                             %9.2f\n",
                median(sync_rates) / median(raw_rates));
    std::printf("  an entry's own JSON / its sealed record           %5.0f / %.0f bytes\n",
                each(static_cast<double>(first.own_bytes)), each(static_cast<double>(first.record_bytes)));
    std::printf("  processor time, client / server                   %5.1f / %.1f us an entry\n",
                each(first.client_seconds * 1e6), each(first.server_seconds * 1e6));
    std::printf("  a sync with nothing to do / status alone          %5.1f / %.1f ms\n",
                first.nothing_seconds * 1e3, first.status_seconds * 1e3);
    const auto tenth = run_round(first_lines(lines, entries / 10), Wire::Direct);
    print_memory("client", most(&Round::client_kib), tenth.client_kib);
    print_memory("server", most(&Round::server_kib), tenth.server_kib);
    const auto wire = run_round(lines, Wire::Counted);
    std::printf(
        "  over the wire, all of them, sent / received       %5.0f / %.1f bytes an entry, all told %.2f "
        "of its own\n",
        each(static_cast<double>(wire.sent)), each(static_cast<double>(wire.received)),
        static_cast<double>(wire.sent + wire.received) / static_cast<double>(wire.own_bytes));
}

} // namespace

int main(int argc, char** argv)
{
    const std::size_t entries = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
    const int repeats = argc > 2 ? std::atoi(argv[2]) : 3;
    if (entries < 10 || repeats < 1) {
        std::fprintf(stderr, "sync_bench [ENTRIES [REPEATS]]: at least 10 entries, and one run\n");
        return 2;
    }
    try {
        const std::string lines = evidence(entries);
        print_rounds(lines, entries, repeats);
        print_steps(lines);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "sync_bench: %s\n", failure.what());
        return 1;
    }
    return 0;
}
