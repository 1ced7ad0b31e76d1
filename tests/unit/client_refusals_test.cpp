#include "client/sync/engine.h"
#include "tests/support/enrolled_device.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

/// Rounds of a device whose driver the test is.
struct Rounds : EnrolledDevice
{
    SyncEngine engine{run.store, run.clock, run.random};

    /// Performs every request; `answer` may put another answer in the place of the server's.
    template <typename Answer>
    void round(Answer answer)
    {
        engine.begin();
        for (SyncStep step = engine.next(0); step.kind == SyncStep::Kind::Send; step = engine.next(0)) {
            const Result<HttpResponse> said = answer(step.request);
            engine.meanwhile();
            engine.answered(said, 0);
        }
    }
};

std::string signature_of(const HttpRequest& request)
{
    for (const auto& [name, value] : request.headers)
        if (name == "Authorization")
            return value;
    return {};
}

} // namespace

TEST_CASE("a proxy through which no entry fits puts none aside")
{
    EnrolledDevice device;
    for (int i = 0; i < 5; ++i)
        device.run.save(sample_hours());
    device.server.takes_nothing = true;
    device.server.poison_status = 413;
    SyncRunner runner(
        device.run.store, [&](const Identity&) { return device.server.connect(); }, device.run.clock,
        device.run.random);
    CHECK_FALSE(runner.run({}).ok());
    CHECK(device.run.store.counts().rejected == 0);
    CHECK(device.run.store.counts().unsent == 5);
    // Nor does one that is alone in its round.
    device.server.takes_nothing = false;
    CHECK(device.sync().created == 5);
    device.run.save(sample_hours());
    device.server.takes_nothing = true;
    CHECK_FALSE(runner.run({}).ok());
    CHECK(device.run.store.counts().rejected == 0);
}

TEST_CASE("a request whose connection ended is signed anew and sent again, once")
{
    Rounds device;
    std::vector<std::string> signatures;
    device.round([&](const HttpRequest& request) -> Result<HttpResponse> {
        signatures.push_back(signature_of(request));
        return signatures.size() == 1 ? Error{"connection_closed", "Gone."} : device.server.answer(request);
    });
    CHECK_FALSE(device.engine.failure().has_value());
    REQUIRE(signatures.size() == 2);
    CHECK(signatures[0] != signatures[1]);

    signatures.clear();
    device.round([&](const HttpRequest& request) -> Result<HttpResponse> {
        signatures.push_back(signature_of(request));
        return Error{"connection_closed", "Gone."};
    });
    CHECK(signatures.size() == 2);
    REQUIRE(device.engine.failure().has_value());
    CHECK(device.engine.failure()->code == "offline");
}

TEST_CASE("a request that the server says it had already is signed anew and sent again, once")
{
    Rounds device;
    int repeated = 0;
    device.round([&](const HttpRequest& request) -> Result<HttpResponse> {
        if (repeated++ > 0)
            return device.server.answer(request);
        return HttpResponse{401,
                            {{"Content-Type", "application/problem+json"}},
                            R"({"code":"request_repeated","detail":"Sent before."})"};
    });
    CHECK_FALSE(device.engine.failure().has_value());
    CHECK(repeated == 2);
}
