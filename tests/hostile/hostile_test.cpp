#include "tests/hostile/table.h"
#include "tests/support/process_status.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace tally;
using namespace tally::test;
using namespace std::chrono_literals;

namespace {

/// What may stay of all these requests: sessions with the database, and buffers of the threads.
constexpr std::int64_t memory_kib_more = 64 * 1024;

template <typename Is>
bool comes_true(Is&& is)
{
    for (int attempt = 0; attempt < 600; ++attempt) {
        if (is())
            return true;
        std::this_thread::sleep_for(50ms);
    }
    return false;
}

/// Tables that are not as they were, but for those that may change.
std::string changed(const Kept& before, const Kept& after, const std::set<std::string>& may_change)
{
    std::string names;
    for (const auto& [name, digest] : after) {
        const auto found = before.find(name);
        if ((found == before.end() || found->second != digest) && !may_change.contains(name))
            names += name + " ";
    }
    return names;
}

bool is_well(const World& world)
{
    const Reply answer = world.ask(World::request("GET", "/healthz"));
    return answer.status == 200 && answer.body == "ok\n";
}

/// All senders of all slow rows at once, on another address of this machine than the others.
class SlowSenders
{
public:
    explicit SlowSenders(World& world) : m_rows(slow_rows())
    {
        for (const SlowRow& row : m_rows)
            for (int i = 0; i < row.senders; ++i)
                m_senders.push_back({&row, std::make_unique<RawHttp>(world.port(), "127.0.0.2")});
        for (auto& sender : m_senders)
            sender.connection->send(sender.row->begin(world));
        m_thread = std::thread([this] { drip(); });
    }
    ~SlowSenders()
    {
        m_stopped = true;
        m_thread.join();
    }

    /// Waits for the answer of each, which is a failure when the server waits for ever.
    void check()
    {
        for (auto& sender : m_senders) {
            CAPTURE(sender.row->what);
            const Reply answer = answer_from(sender.connection->answer());
            CHECK(answer.status == sender.row->status);
            CHECK(answer.code() == sender.row->code);
            CHECK(sender.connection->is_closed());
        }
    }
    [[nodiscard]] std::size_t count() const { return m_rows.size(); }

private:
    struct Sender
    {
        const SlowRow* row;
        std::unique_ptr<RawHttp> connection;
    };

    void drip()
    {
        while (!m_stopped) {
            for (auto& sender : m_senders)
                sender.connection->send(sender.row->more);
            std::this_thread::sleep_for(300ms);
        }
    }

    std::vector<SlowRow> m_rows;
    std::vector<Sender> m_senders;
    std::atomic<bool> m_stopped = false;
    std::thread m_thread;
};

void check_row(World& world, const Row& row, Kept& before)
{
    CAPTURE(row.what);
    const Reply answer = row.ask(world);
    CAPTURE(answer.bytes.substr(0, 1500));
    CHECK(answer.status == row.status);
    const bool is_receipt = answer.header("Content-Type") == "application/vnd.tallybook.receipt";
    CHECK((is_receipt ? world.outcomes(answer) : answer.code()) == row.code);
    CHECK(answer.header("X-Injected").empty());
    CHECK(answer.header("Location").find("evil") == std::string::npos);
    if (answer.status >= 400)
        CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    // What RFC 9110 asks of these.
    if (answer.status == 429 || answer.status == 503)
        CHECK_FALSE(answer.header("Retry-After").empty());
    if (answer.status == 405)
        CHECK_FALSE(answer.header("Allow").empty());
    if (answer.status == 401)
        CHECK_FALSE(answer.header("WWW-Authenticate").empty());
    if (answer.status >= 200 && answer.status < 500)
        CHECK(answer.header("Date").ends_with(" GMT"));
    if (!answer.code().empty()) {
        const auto document = nlohmann::json::parse(answer.body);
        CHECK(answer.header("Content-Type") == "application/problem+json");
        CHECK(document.at("status") == answer.status);
        for (const char* field : {"type", "title", "detail"})
            CHECK_FALSE(document.at(field).get<std::string>().empty());
    }
    CHECK(is_well(world));
    Kept after = world.kept();
    CHECK(changed(before, after, row.changes) == "");
    before = std::move(after);
}

/// More connections than one address may have, and more than all may have.
void check_connections(World& world)
{
    // A connection that has had an answer may rest for a minute, a new one must speak within ten seconds.
    std::vector<std::unique_ptr<RawHttp>> open;
    const auto open_450 = [&](const char* address) {
        for (int i = 0; i < 450; ++i) {
            open.push_back(std::make_unique<RawHttp>(world.port(), address));
            (void)open.back()->ask(World::request("GET", "/healthz"));
        }
    };
    open_450("127.0.0.3");
    // Connections are taken in by many threads, so the last of those may be counted after one more.
    Reply one_more;
    CHECK(comes_true([&] {
        one_more = world.ask(World::request("GET", "/healthz"), "127.0.0.3");
        return one_more.status == 503;
    }));
    CHECK(one_more.code() == "too_many_connections");
    CHECK_FALSE(one_more.header("Retry-After").empty());
    CHECK(is_well(world)); // from another address
    open_450("127.0.0.4");
    Reply any;
    CHECK(comes_true([&] {
        any = world.ask(World::request("GET", "/healthz"));
        return any.status == 503;
    }));
    CHECK(any.code() == "too_many_connections");
    open.clear();
    CHECK(comes_true([&] { return is_well(world); }));
}

/// Bodies that are waited for from one address, and one more.
void check_bodies(World& world)
{
    const std::string head =
        "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n";
    std::vector<std::unique_ptr<RawHttp>> open;
    for (int i = 0; i < 32; ++i) {
        open.push_back(std::make_unique<RawHttp>(world.port(), "127.0.0.5"));
        open.back()->send(head);
    }
    // The server reads them in no order, so one more may come before one of those.
    const bool refused = comes_true([&] {
        open.push_back(std::make_unique<RawHttp>(world.port(), "127.0.0.5"));
        open.back()->send(head);
        open.push_back(std::make_unique<RawHttp>(world.port(), "127.0.0.5"));
        open.back()->send(head);
        return std::any_of(open.begin(), open.end(), [](auto& connection) {
            return connection->has_something() && answer_from(connection->answer()).code() == "busy";
        });
    });
    CHECK(refused);
    CHECK(is_well(world));
}

/// Stops the server and reads all that it logged. A sanitizer tells of leaks only when the program ends.
void check_end(World& world)
{
    const ProgramResult left = world.server().stop();
    CHECK_MESSAGE(left.ok(), "the server ended with " << left.status << "\n" << left.err);
    CHECK_FALSE(left.err.empty());
    for (const char* word : private_words)
        CHECK(left.err.find(word) == std::string::npos);
    CHECK(left.err.find(world.csrf()) == std::string::npos);
    CHECK(left.err.find(world.session()) == std::string::npos);
    for (const char* report : {"ERROR", "Sanitizer", "runtime error"})
        CHECK_MESSAGE(left.err.find(report) == std::string::npos, left.err);
}

void allow_many_files()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

TEST_CASE("every hostile request gets its answer, changes nothing, and leaves the server well")
{
    allow_many_files();
    World world;
    CHECK(is_well(world));
    const std::size_t sockets = world.sockets();
    const std::int64_t threads = world.threads();
    const std::int64_t memory = world.resident_kib();
    const std::string checkpoint = world.server().checkpoint();

    std::vector<Row> rows;
    add_head_rows(rows);
    add_key_rows(rows);
    add_console_rows(rows);
    add_bundle_rows(rows);
    add_device_rows(rows);
    add_chain_rows(rows);
    CHECK(rows.size() >= 80);
    {
        SlowSenders slow(world);
        Kept kept = world.kept();
        for (const Row& row : rows)
            check_row(world, row, kept);
        slow.check();
        MESSAGE("rows: " << rows.size() + slow.count());
    }
    CHECK(is_well(world));
    check_bodies(world);
    check_connections(world);

    // The ledger is what it was, and sound.
    CHECK(world.server().checkpoint() == checkpoint);
    CHECK(world.ask(world.batch_request(world.first_batch())).status == 200);
    // Everything is given back.
    CHECK(comes_true([&] { return world.sockets() <= sockets; }));
    CHECK(world.threads() <= threads);
    if (measures_memory)
        CHECK(world.resident_kib() <= memory + memory_kib_more);
    check_end(world);
    const auto verified = world.server().command({"verify"});
    CHECK_MESSAGE(verified.ok(), verified.err << verified.out);
}

TEST_CASE("a recorded request is refused by the server that was started after it, and a new one is taken")
{
    World world;
    const std::string target = "/api/v1/changes";
    const std::string recorded = world.signed_request("GET", target);
    CHECK(world.ask(recorded).status == 200);
    const std::string never_sent = world.signed_request("GET", target);
    world.server().kill();
    world.server().start();
    for (const std::string& old : {recorded, never_sent}) {
        const Reply answer = world.ask(old);
        CHECK(answer.status == 401);
        CHECK(answer.code() == "clock_out_of_step");
        // The device signs again with this.
        CHECK(nlohmann::json::parse(answer.body).at("server_time_ms") > 0);
    }
    CHECK(world.ask(world.signed_request("GET", target)).status == 200);
    check_end(world);
}
