#include "tests/simulation/server_node.h"

#include "client/store/store.h"
#include "server/api/failures.h"
#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "server/storage/missing_photos.h"
#include "server/storage/schema.h"
#include "shared/base/files.h"

#include <stdexcept>

namespace tally::simulation {

using namespace tally::server;

namespace {

Method method_of(const client::HttpRequest& request)
{
    return request.method == "POST" ? Method::Post : request.method == "PATCH" ? Method::Patch : Method::Get;
}

/// A body at hand, which may end before it should.
class BodyAtHand final : public BodyStream
{
public:
    BodyAtHand(std::string_view body, bool is_whole) : m_body(body), m_is_whole(is_whole) {}
    Result<void> read(const std::function<bool(std::string_view)>& sink) override
    {
        if (!m_body.empty() && !sink(m_body))
            return Error{"body_refused", "The body was refused."};
        if (!m_is_whole)
            return Error{"body_incomplete", "The connection broke."};
        return {};
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return std::nullopt; }
    [[nodiscard]] bool is_finished() const override { return m_body.empty(); }

private:
    std::string_view m_body;
    bool m_is_whole;
};

storage::Database opened(const std::string& url)
{
    auto database = storage::Database::open(url);
    if (!database)
        throw storage::DatabaseError(storage::Failure::Unreachable, database.error().message);
    return std::move(*database);
}

ServerKeys keys_of(DatabasePool& pool, Random& random)
{
    auto database = pool.lease();
    return load_or_make_server_keys(*database, random);
}

} // namespace

std::string server_url(const std::filesystem::path& data)
{
    return "sqlite:" + data.string() + "/tallybook.db";
}

std::string contract_file(std::string_view reference)
{
    return R"({"schema":"tallybook-contracts/1","places":[],"contracts":[{"ref":")" + std::string(reference) +
           R"(","title":"Parks","supplier":"Greenway","buyer":"Lancashire","framework":"lancashire-toms-2024",
    "framework_version":"2024-28","starts":"2025-04-01","ends":"2027-03-31","targets":[],"events":[]}]})";
}

ServerProgram::ServerProgram(const std::filesystem::path& data, const Clock& clock)
    : pool(server_url(data)), keys(keys_of(pool, random)), writer(pool.url(), keys, WriterThread::Caller),
      attachments(pool, data / "photos"), vault(attachments), ingest(pool, writer, reference, vault, clock),
      review(
          pool, writer, vault, reference, [](std::string_view) { return "Asha Patel"; }, clock, random),
      erasure(pool, writer, vault, attachments, data, clock, random),
      m_withdrawals(erasure), m_api{pool,  ingest, attachments,  vault,         keys,
                                    clock, random, "Lancashire", &m_withdrawals},
      m_seen(clock.now())
{
    // As `serve` does it.
    {
        auto database = pool.lease();
        ask_for_missing_photos(*database, find_photos(*database, data / "photos").missing, random,
                               clock.now());
    }
    erasure.catch_up();
    ingest.comparison().compare_photos_left_over();
    m_router.set_guard([this, &clock](Request& request, Permission permission) -> std::optional<Response> {
        if (permission == Permission::Public)
            return std::nullopt;
        return check_device(request, pool, m_seen, clock);
    });
    m_router.set_explanation(explain_failure);
    add_api_routes(m_router, m_api);
}

client::HttpResponse ServerProgram::answer(const client::HttpRequest& given,
                                           std::optional<std::size_t> body_ends_at)
{
    Request request;
    request.method = method_of(given);
    request.is_head = given.method == "HEAD";
    request.address = "192.0.2.1";
    if (!read_target(given.target, request))
        return {400, {}, ""};
    for (const auto& [name, value] : given.headers)
        request.headers.add(name, value);
    if (!given.content_type.empty())
        request.headers.add("Content-Type", given.content_type);
    BodyAtHand stream(std::string_view(given.body).substr(0, body_ends_at.value_or(given.body.size())),
                      !body_ends_at.has_value());
    if (request.method == Method::Patch)
        request.stream = &stream;
    else
        request.body = given.body;
    Response response = m_router.dispatch(request);
    try {
        ingest.comparison().compare_all();
    } catch (const storage::DatabaseError&) {
        // The thread that does this in the program tries again later, and so does the next request here.
    }
    client::HttpResponse answer{response.status, {}, request.is_head ? "" : std::move(response.body)};
    if (!response.content_type.empty())
        answer.headers.emplace_back("Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers.items())
        answer.headers.emplace_back(name, value);
    return answer;
}

std::map<std::string, std::string> make_server_image(Disk& disk)
{
    const std::int64_t no_time = 0;
    const MachineClock clock(no_time);
    {
        auto database = opened(server_url(disk.folder()));
        const auto made = [](const Result<void>& done) {
            if (!done)
                throw std::runtime_error(done.error().text());
        };
        made(storage::migrate(database, "reference", reference_migrations()));
        made(migrate_evidence(database));
        const auto framework = import_framework(
            database, assets_dir() / "frameworks" / "lancashire-toms-2024.json", clock.now());
        const auto contract = import_contracts(database, ContractFormat::Json, contract_file("LCC-1"), clock);
        for (const auto& report : {framework, contract})
            if (!report.ok())
                throw std::runtime_error(report.problems.front().text());
        SystemRandom random;
        (void)load_or_make_server_keys(database, random);
    }
    return disk.image();
}

std::map<std::string, std::string> make_device_image(Disk& disk)
{
    if (const auto store = client::Store::open(disk.folder()); !store)
        throw std::runtime_error(store.error().text());
    return disk.image();
}

} // namespace tally::simulation
