#include "server/api/changes.h"
#include "server/api/device_check.h"
#include "server/api/routes.h"
#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/storage/devices.h"
#include "server/storage/withdrawals.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/request_signature.h"
#include "tests/support/council_server.h"
#include "tests/support/postgres.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

struct Heard final : WithdrawalRequests
{
    std::vector<std::string> codes;
    bool fails = false;

    void withdraw(std::string_view code) override
    {
        codes.emplace_back(code);
        if (fails)
            throw std::runtime_error("the disk is full");
    }
};

/// The programs' interface of a server with one device, without sockets.
struct Api : CouncilServer
{
    Heard heard;
    ApiServices services{pool, ingest, attachments, vault, keys, clock, random, "Test", &heard};
    SeenRequests seen{clock.now()};
    Router router;

    explicit Api(const std::string& url) : CouncilServer(url)
    {
        router.set_guard([this](Request& request, Permission permission) {
            return permission == Permission::Device ? check_device(request, pool, seen, clock) : std::nullopt;
        });
        add_api_routes(router, services);
    }

    Response post(const std::string& body, bool is_signed = true)
    {
        Request request;
        request.method = Method::Post;
        REQUIRE(read_target("/api/v1/withdrawals", request));
        request.target = "/api/v1/withdrawals";
        request.body = body;
        if (is_signed)
            request.headers.set("Authorization",
                                protocol::sign_request("POST", request.target, crypto::sha256_hex(body),
                                                       device.id, clock.now(), to_hex(random.bytes(16)),
                                                       device.signing));
        return router.dispatch(request);
    }
    Response withdraw(std::string_view code)
    {
        return post(nlohmann::json{{"sealed_code", to_base64(crypto::seal_to(keys.sealing.public_key, code))},
                                   {"at_ms", clock.now().ms}}
                        .dump());
    }
    std::string value_of(const Uuid& entry)
    {
        const auto changes =
            nlohmann::json::parse(*changes_for_device(database, vault, device.id, {}, clock.now()));
        for (const auto& item : changes["items"])
            if (item["key"] == entry.text())
                return item["value"].dump();
        return {};
    }
};

void on_both(const std::function<void(Api&)>& test)
{
    SUBCASE("SQLite")
    {
        const TemporaryFolder folder;
        Api api("sqlite:" + (folder.path() / "server.db").string());
        test(api);
    }
    SUBCASE("PostgreSQL")
    {
        Api api(fresh_postgres_url());
        test(api);
    }
}

} // namespace

TEST_CASE("a withdrawal code is answered alike whether it is known or not, and never kept")
{
    on_both([](Api& api) {
        const Response first = api.withdraw("k7qd-3mhx");
        const Response second = api.withdraw("ZZZZ-ZZZZ");
        CHECK(first.status == 202);
        CHECK(second.status == 202);
        CHECK(first.body == second.body);
        CHECK(api.heard.codes == std::vector<std::string>{"K7QD3MHX", "ZZZZZZZZ"});
        const std::string hash = withdrawal_code_hash(api.keys, "K7QD 3MHX");
        CHECK(is_withdrawn(api.database, hash));
        CHECK_FALSE(is_withdrawn(api.database, withdrawal_code_hash(api.keys, "AAAAAAAA")));
        CHECK(hash.find("K7QD") == std::string::npos);
        // Another server's table cannot be compared with this one.
        ServerKeys other = api.keys;
        other.index_secret[0] ^= 1;
        CHECK(withdrawal_code_hash(other, "K7QD3MHX") != hash);
        const auto rows = api.database.query<std::string, std::optional<std::int64_t>>(
            "SELECT device, handled_at FROM withdrawal_requests");
        REQUIRE(rows.size() == 2);
        CHECK(std::get<0>(rows[0]) == api.device.id.text());
        CHECK(std::get<1>(rows[0]) == api.clock.now().ms);
    });
}

TEST_CASE("a withdrawal that could not be carried out is noted and asked for again")
{
    on_both([](Api& api) {
        api.heard.fails = true;
        CHECK(api.withdraw("K7QD-3MHX").status == 500);
        CHECK(api.database.query_one<std::int64_t>(
                  "SELECT count(*) FROM withdrawal_requests WHERE handled_at IS NULL") == 1);
        api.heard.fails = false;
        CHECK(api.withdraw("K7QD-3MHX").status == 202);
        CHECK(api.database.query_one<std::int64_t>(
                  "SELECT count(*) FROM withdrawal_requests WHERE handled_at IS NULL") == 0);

        api.services.withdrawals = nullptr;
        CHECK(api.withdraw("AAAA-AAAA").status == 202);
        CHECK(api.database.query_one<std::int64_t>(
                  "SELECT count(*) FROM withdrawal_requests WHERE handled_at IS NULL") == 1);
    });
}

TEST_CASE("withdrawals need the device's signature and a code sealed to this server")
{
    on_both([](Api& api) {
        CHECK(api.post("{}", false).status == 401);
        for (const char* body : {"", "{", "[]", "{}", R"({"sealed_code":"K7QD-3MHX","at_ms":1})",
                                 R"({"sealed_code":7,"at_ms":1})"}) {
            CAPTURE(body);
            CHECK(api.post(body).status == 400);
        }
        const std::string sealed = to_base64(crypto::seal_to(api.keys.sealing.public_key, "K7QD3MHX"));
        CHECK(api.post(R"({"sealed_code":")" + sealed + R"("})").status == 400);
        const std::string foreign =
            to_base64(crypto::seal_to(crypto::make_sealing_key().public_key, "K7QD3MHX"));
        CHECK(api.post(R"({"sealed_code":")" + foreign + R"(","at_ms":1})").status == 400);
        CHECK(api.withdraw(std::string(65, 'A')).status == 400);
        CHECK(api.withdraw(" - ").status == 400);
        CHECK(api.heard.codes.empty());
        CHECK(api.database.query_one<std::int64_t>("SELECT count(*) FROM withdrawal_requests") == 0);
    });
}

TEST_CASE("a device passes on twenty codes an hour and no more")
{
    on_both([](Api& api) {
        for (int i = 0; i < 20; ++i)
            CHECK(api.withdraw("AAAA-AA" + std::to_string(10 + i)).status == 202);
        const Response refused = api.withdraw("BBBB-BBBB");
        CHECK(refused.status == 429);
        CHECK(refused.headers.get("Retry-After") == "3600");
        CHECK(api.heard.codes.size() == 20);
        api.clock.advance_ms(3'600'001);
        CHECK(api.withdraw("BBBB-BBBB").status == 202);
    });
}

TEST_CASE("a device hears that its entry was erased, when and why, and nothing else of it")
{
    on_both([](Api& api) {
        Entry entry = sample_hours_entry();
        REQUIRE(api.ingest.receive(api.device.batch({api.device.seal(entry)})).ok());
        ErasedLeaf leaf;
        leaf.at = {api.clock.now().ms + 1'000};
        leaf.entry = entry.id;
        leaf.why = ErasureReason::Retention;
        Result<std::int64_t> position = Error{"not_run", ""};
        api.writer.run([&](LedgerTransaction& ledger) { position = ledger.append(leaf); });
        REQUIRE_MESSAGE(position.ok(), (position.ok() ? "" : position.error().text()));
        CHECK(api.value_of(entry.id) == R"({"decided_at_ms":)" + std::to_string(leaf.at.ms) +
                                            R"(,"state":"erased","why":"retention"})");
    });
}
