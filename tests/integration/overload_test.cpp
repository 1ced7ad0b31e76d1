#include "shared/protocol/receipt.h"
#include "shared/storage/database.h"
#include "tests/support/enrolled_sample.h"
#include "tests/support/postgres.h"
#include "tests/support/process_status.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <thread>

using namespace tally;
using namespace tally::test;

namespace {

std::string url_of(const ServerUnderTest& server, const std::string& database)
{
    return database.empty() ? "sqlite:" + (server.data() / "tallybook.db").string() : database;
}

void on_both(const std::function<void(ServerUnderTest&, const std::string& url)>& test)
{
    for (const auto& database : {std::string(), fresh_postgres_url()}) {
        CAPTURE(database);
        ServerUnderTest server(database);
        server.start();
        test(server, url_of(server, database));
        server.stop();
        const auto verified = server.command({"verify"});
        CHECK_MESSAGE(verified.ok(), verified.err << verified.out);
    }
}

std::string batch_of(EnrolledSample& sample, int entries)
{
    std::vector<std::string> records;
    for (int i = 0; i < entries; ++i) {
        Entry entry = sample_hours_entry();
        entry.author = sample.author;
        std::get<HoursBody>(entry.body).people.name =
            "Person " + std::to_string(sample.device->next_link.seq);
        records.push_back(sample.device->seal(entry));
    }
    return sample.device->batch(records);
}

/// All these requests at once, each on a connection of its own, from these addresses of this machine in turn.
std::vector<std::unique_ptr<RawHttp>>
sent_at_once(const ServerUnderTest& server, const std::vector<std::string>& requests, std::size_t per_address)
{
    std::vector<std::unique_ptr<RawHttp>> connections;
    for (std::size_t i = 0; i < requests.size(); ++i)
        connections.push_back(std::make_unique<RawHttp>(
            port_of(server), ("127.0.0." + std::to_string(2 + i / per_address)).c_str()));
    for (std::size_t i = 0; i < requests.size(); ++i)
        connections[i]->send(requests[i]);
    return connections;
}

/// Positions in the ledger by the receipts of these answers, and how often each was created.
struct Heard
{
    std::map<std::uint64_t, int> created;
    std::map<std::uint64_t, int> exists;
};

void hear(Heard& heard, const Reply& answer, std::string_view signing_key)
{
    const auto receipt = protocol::parse_receipt(answer.body, signing_key);
    REQUIRE_MESSAGE(receipt.ok(), answer.bytes.substr(0, 1000));
    for (const auto& outcome : receipt->outcomes) {
        const bool is_new = outcome.outcome == protocol::Outcome::Created;
        CHECK((is_new || outcome.outcome == protocol::Outcome::Exists));
        CHECK(receipt->tree_size > outcome.position);
        ++(is_new ? heard.created : heard.exists)[outcome.position];
    }
}

/// Positions of the ledger at which an entry stands.
std::set<std::uint64_t> positions(const std::string& url)
{
    auto database = storage::Database::open(url);
    REQUIRE(database.ok());
    const auto rows = database->query<std::int64_t>("SELECT position FROM ledger_entries");
    std::set<std::uint64_t> all;
    for (const auto row : rows)
        all.insert(static_cast<std::uint64_t>(row));
    CHECK(all.size() == rows.size());
    CHECK(database->query_one<std::int64_t>("SELECT COUNT(*) FROM entry_records") ==
          static_cast<std::int64_t>(rows.size()));
    return all;
}

std::int64_t resident_kib(const ServerUnderTest& server)
{
    return number_in_status(server.process_id(), "VmRSS");
}

void allow_many_files()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Keeps everybody else from writing until it is gone.
class HeldLock
{
public:
    explicit HeldLock(const std::string& url) : m_database(storage::Database::open(url))
    {
        REQUIRE(m_database.ok());
        m_transaction.emplace(*m_database);
        if (m_database->dialect() == storage::Dialect::Postgres)
            m_database->run_script("LOCK TABLE ledger_head, entry_records IN ACCESS EXCLUSIVE MODE");
    }

private:
    Result<storage::Database> m_database;
    std::optional<storage::Transaction> m_transaction;
};

} // namespace

TEST_CASE("the same batch from eight connections at once is in the ledger once, and each receipt is true")
{
    on_both([](ServerUnderTest& server, const std::string& url) {
        SystemRandom random;
        SystemClock clock;
        auto sample = enrol_sample(server, "Tablet 1", random, clock);
        for (int round = 0; round < 5; ++round) {
            constexpr int entries = 20;
            const auto before = positions(url);
            const std::vector<std::string> requests(8, raw_batch(batch_of(sample, entries)));
            auto connections = sent_at_once(server, requests, 8);
            Heard heard;
            for (auto& connection : connections) {
                const Reply answer = answer_from(connection->answer());
                CHECK(answer.status == 200);
                hear(heard, answer, sample.server_signing_key);
            }
            CHECK(heard.created.size() == entries);
            CHECK(heard.exists.size() == entries);
            for (const auto& [position, times] : heard.created) {
                CHECK(times == 1);
                CHECK(heard.exists[position] == 7);
                CHECK_FALSE(before.contains(position));
            }
            auto after = positions(url);
            CHECK(after.size() == before.size() + entries);
            for (const auto& [position, times] : heard.created)
                CHECK(after.contains(position));
        }
    });
}

TEST_CASE("more than the server can take is refused with a time to wait, and is there once when sent again")
{
    allow_many_files();
    on_both([](ServerUnderTest& server, const std::string& url) {
        SystemRandom random;
        SystemClock clock;
        auto sample = enrol_sample(server, "Tablet 1", random, clock);
        constexpr std::size_t senders = 300;
        constexpr int entries = 20;
        std::vector<std::string> requests;
        for (std::size_t i = 0; i < senders; ++i)
            requests.push_back(raw_batch(batch_of(sample, entries)));
        const std::int64_t memory = resident_kib(server);
        Heard heard;
        int refused = 0;
        {
            std::optional<HeldLock> lock(std::in_place, url);
            auto connections = sent_at_once(server, requests, 30);
            // Whoever waits for the database waits no longer than it does; nobody else waits for them.
            const auto take = [&](RawHttp& connection) {
                const Reply answer = answer_from(connection.answer());
                if (answer.status == 200)
                    return hear(heard, answer, sample.server_signing_key);
                CHECK((answer.status == 503 || answer.status == 429));
                CHECK_MESSAGE(answer.code() == "busy", answer.bytes.substr(0, 300));
                CHECK_FALSE(answer.header("Retry-After").empty());
                ++refused;
            };
            // The first ones may have to wait for the lock; all but those that handlers have are answered
            // while it is held.
            constexpr std::size_t handlers = 16;
            const auto have_answers = [&] {
                return static_cast<std::size_t>(
                    std::count_if(connections.begin(), connections.end(),
                                  [](const auto& connection) { return connection->has_something(); }));
            };
            for (int attempt = 0; attempt < 1'200 && have_answers() < senders - handlers; ++attempt)
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            CHECK(have_answers() >= senders - handlers);
            if (measures_memory)
                CHECK(resident_kib(server) < memory + 64 * 1024);
            lock.reset();
            for (auto& connection : connections)
                take(*connection);
        }
        CHECK(refused >= static_cast<int>(senders) / 2);
        CHECK(answer_from(RawHttp(port_of(server)).ask(raw_request("GET", "/healthz"))).status == 200);

        // Everybody sends again, which is always right.
        for (const auto& request : requests) {
            const Reply answer = answer_from(RawHttp(port_of(server)).ask(request));
            REQUIRE(answer.status == 200);
            hear(heard, answer, sample.server_signing_key);
        }
        const auto all = positions(url);
        CHECK(all.size() == senders * entries);
        CHECK(heard.created.size() == all.size());
        for (const auto& [position, times] : heard.created) {
            CHECK(times == 1);
            CHECK(all.contains(position));
        }
        if (measures_memory)
            CHECK(resident_kib(server) < memory + 64 * 1024);
    });
}

TEST_CASE(
    "while something else holds the database for long, everybody is told so and nobody is taken for broken")
{
    ServerUnderTest server;
    server.start();
    const auto url = url_of(server, "");
    SystemRandom random;
    SystemClock clock;
    auto sample = enrol_sample(server, "Tablet 1", random, clock);
    std::vector<std::string> requests;
    for (int i = 0; i < 8; ++i)
        requests.push_back(raw_batch(batch_of(sample, 5)));
    {
        const HeldLock lock(url);
        for (auto& connection : sent_at_once(server, requests, 8)) {
            const Reply answer = answer_from(connection->answer());
            CHECK(answer.status == 503);
            CHECK(answer.code() == "busy");
            CHECK_FALSE(answer.header("Retry-After").empty());
        }
        CHECK(positions(url).empty());
    }
    Heard heard;
    for (const auto& request : requests)
        hear(heard, answer_from(RawHttp(port_of(server)).ask(request)), sample.server_signing_key);
    CHECK(heard.exists.empty());
    CHECK(positions(url).size() == 40);
}

TEST_CASE("answers that nobody reads hold no thread, and everybody else is answered meanwhile")
{
    allow_many_files();
    ServerUnderTest server;
    server.start();
    std::string endless;
    for (int i = 0; i < 400; ++i)
        endless += raw_request("GET", "/openapi.json");
    const std::int64_t memory = resident_kib(server);
    std::vector<std::unique_ptr<RawHttp>> readers;
    for (int i = 0; i < 110; ++i) {
        const std::string address = "127.0.0." + std::to_string(2 + i / 10);
        readers.push_back(std::make_unique<RawHttp>(port_of(server), address.c_str(), 4096));
        readers.back()->send(endless);
    }
    // Each has had some of the answers, and does not take the rest.
    for (const auto& reader : readers)
        REQUIRE(reader->comes_something());
    for (int round = 0; round < 20; ++round) {
        CHECK(answer_from(RawHttp(port_of(server)).ask(raw_request("GET", "/healthz"))).status == 200);
        CHECK(answer_from(RawHttp(port_of(server), "127.0.0.2").ask(raw_request("GET", "/healthz"))).status ==
              200);
    }
    if (measures_memory)
        CHECK(resident_kib(server) < memory + 64 * 1024);
}

TEST_CASE("bodies that come slowly from several addresses leave threads for everybody else")
{
    ServerUnderTest server;
    server.start();
    // They have sent enough to be waited for for a while.
    const std::string head =
        "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(30'000, 'x');
    std::vector<std::unique_ptr<RawHttp>> senders;
    for (const char* address : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"})
        for (int i = 0; i < 40; ++i) {
            senders.push_back(std::make_unique<RawHttp>(port_of(server), address));
            senders.back()->send(head);
        }
    const auto refused = [&] {
        return std::count_if(senders.begin(), senders.end(),
                             [](const auto& sender) { return sender->has_something(); });
    };
    // Those beyond the limits are told so at once, the others wait for the rest of their bodies.
    for (int attempt = 0; attempt < 100 && refused() < 96; ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (int round = 0; round < 20; ++round)
        CHECK(answer_from(RawHttp(port_of(server)).ask(raw_request("GET", "/healthz"))).status == 200);
    int busy = 0;
    for (auto& sender : senders)
        if (sender->has_something() && answer_from(sender->answer()).code() == "busy")
            ++busy;
    CHECK(busy >= 96);
}
