#include "server/api/routes.h"
#include "server/storage/devices.h"
#include "shared/base/encoding.h"
#include "shared/protocol/enrolment.h"
#include "tests/support/council_server.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

/// The programs' interface of a server, without sockets.
struct Api : CouncilServer
{
    ApiServices services{pool, ingest, attachments, vault, keys, clock, random, "Test", nullptr};
    Router router;

    explicit Api(const TemporaryFolder& home)
        : CouncilServer("sqlite:" + (home.path() / "server.db").string())
    {
        router.set_guard([](Request&, Permission) { return std::nullopt; });
        add_api_routes(router, services);
    }

    std::string new_code(const std::string& name)
    {
        const auto made = make_device_code(database, random, clock.now(), name, DeviceMode::Worker, "");
        REQUIRE(made);
        return made->code;
    }
    /// Status of an enrolment from there with a key that nobody has.
    int enrol(const std::string& code, const std::string& address)
    {
        const auto key = crypto::make_signing_key();
        const std::string proof = crypto::sign(protocol::enrolment_proof_message(code, key.public_key), key);
        Request request;
        request.method = Method::Post;
        request.address = address;
        REQUIRE(read_target("/api/v1/enrolments", request));
        request.body = nlohmann::json{{"code", code},
                                      {"public_key", to_base64(key.public_key)},
                                      {"proof", to_base64(proof)}}
                           .dump();
        return router.dispatch(request).status;
    }
    int guess(const std::string& address) { return enrol(protocol::make_enrolment_code(random), address); }
};

} // namespace

TEST_CASE("codes guessed from one network close it, from whichever of its addresses they come")
{
    const TemporaryFolder folder;
    Api api(folder);
    for (int i = 0; i < enrolment_failures_max; ++i)
        CHECK(api.guess("2001:db8:0:1::" + std::to_string(i + 1)) == 403);
    const std::string code = api.new_code("Tablet 7");
    CHECK(api.enrol(code, "2001:db8:0:1:f::1") == 429);
    CHECK(api.enrol(code, "2001:db8:0:2::1") == 201);
}

TEST_CASE("a code that came too late or was used is no guess, and closes nothing for the others there")
{
    const TemporaryFolder folder;
    Api api(folder);
    const std::string used = api.new_code("Tablet 7");
    CHECK(api.enrol(used, "192.0.2.1") == 201);
    const std::string late = api.new_code("Tablet 8");
    api.clock.advance_ms(10 * 60 * 1000);
    const std::string taken = api.new_code("Tablet 9");
    const std::string other = api.new_code("Tablet 9");
    const std::string good = api.new_code("Tablet 10");
    CHECK(api.enrol(other, "192.0.2.1") == 201);
    for (int i = 0; i < enrolment_failures_max; ++i)
        CHECK(api.enrol(used, "192.0.2.1") == 403);
    for (int i = 0; i < enrolment_failures_max; ++i)
        CHECK(api.enrol(taken, "192.0.2.1") == 403);
    api.clock.advance_ms(6 * 60 * 1000);
    for (int i = 0; i < enrolment_failures_max; ++i)
        CHECK(api.enrol(late, "192.0.2.1") == 403);
    CHECK(api.enrol(good, "192.0.2.1") == 201);
}
