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

    std::int64_t uptime_ms = 1'000;

    /// Performs every request; `answer` may put another answer in the place of the server's.
    template <typename Answer>
    void round(Answer answer)
    {
        engine.begin();
        for (SyncStep step = engine.next(uptime_ms); step.kind == SyncStep::Kind::Send;
             step = engine.next(uptime_ms)) {
            const Result<HttpResponse> said = answer(step.request);
            engine.meanwhile();
            engine.answered(said, uptime_ms);
        }
    }
    void round()
    {
        round([this](const HttpRequest& request) { return server.answer(request); });
    }
    /// A round in which photos are answered so; gives how many pieces of them were sent.
    int round_without_photos(int status, const std::string& retry_after = "")
    {
        int pieces = 0;
        round([&](const HttpRequest& request) -> Result<HttpResponse> {
            if (request.method != "PATCH")
                return server.answer(request);
            ++pieces;
            HttpResponse refusal{status,
                                 {{"Content-Type", "application/problem+json"}},
                                 R"({"code":"storage_full","detail":"The server has no room."})"};
            if (!retry_after.empty())
                refusal.headers.emplace_back("Retry-After", retry_after);
            return refusal;
        });
        return pieces;
    }
    void save_with_photo() { run.save(sample_story_with(sample_picture(run.random.bytes(5'000)))); }
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

TEST_CASE("a server without room for photos is left alone with them for a while, and the report says why")
{
    Rounds device;
    for (int i = 0; i < 3; ++i)
        device.save_with_photo();
    CHECK(device.round_without_photos(507) == 1);
    CHECK_FALSE(device.engine.failure().has_value());
    CHECK(device.engine.report().created == 3);
    REQUIRE(device.engine.report().photo_problem.has_value());
    CHECK(device.engine.report().photo_problem->message == "The server has no room.");
    REQUIRE(device.engine.come_back_in_ms().has_value());
    CHECK(*device.engine.come_back_in_ms() > 14'000);
    CHECK(*device.engine.come_back_in_ms() <= 30'000);
    CHECK(device.run.store.photo_problems().size() == 1);

    // Entries and news do not wait, and the reason stays.
    device.run.save(sample_hours());
    CHECK(device.round_without_photos(507) == 0);
    CHECK(device.engine.report().created == 1);
    CHECK(device.engine.report().photo_problem.has_value());

    device.uptime_ms += 30'000;
    CHECK(device.round_without_photos(507) == 1);
    CHECK(*device.engine.come_back_in_ms() > 29'000);
    device.uptime_ms += 60'000;
    device.round();
    CHECK(device.engine.report().photos == 3);
    CHECK_FALSE(device.engine.report().photo_problem.has_value());
    CHECK(device.run.store.photo_problems().empty());
}

TEST_CASE("a server that says when it will take photos again is not offered any before")
{
    for (const int status : {503, 507}) {
        CAPTURE(status);
        Rounds device;
        device.save_with_photo();
        device.round_without_photos(status, "600");
        CHECK_FALSE(device.engine.failure().has_value());
        device.uptime_ms += 599'000;
        CHECK(device.round_without_photos(status, "600") == 0);
        // Unless somebody asks.
        device.engine.forget_refusals();
        device.round();
        CHECK(device.engine.report().photos == 1);
    }
}

TEST_CASE("photos of which one is refused still travel, and it keeps its reason until it is taken")
{
    Rounds device;
    for (int i = 0; i < 3; ++i)
        device.save_with_photo();
    int pieces = 0;
    device.round([&](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.method == "PATCH" && ++pieces == 1)
            return HttpResponse{423, {{"Tus-Resumable", "1.0.0"}}, R"({"detail":"Somebody else sends it."})"};
        return device.server.answer(request);
    });
    CHECK_FALSE(device.engine.failure().has_value());
    CHECK(device.engine.report().photos == 2);
    CHECK(device.engine.report().photos_refused == 1);
    // Whoever holds it may be gone soon.
    CHECK(device.engine.come_back_in_ms() == 10'000);
    REQUIRE(device.run.store.photo_problems().size() == 1);
    CHECK(device.run.store.photo_problems().front().why == "Somebody else sends it.");
    CHECK(device.round_without_photos(423) == 1);
    CHECK(device.engine.come_back_in_ms() == 20'000);
    device.round();
    CHECK(device.engine.report().photos == 1);
    CHECK(device.run.store.photo_problems().empty());
}

TEST_CASE("a link that is too slow for a photo gets smaller pieces, and batches stay as they are")
{
    Rounds device;
    device.run.save(sample_story_with(sample_picture(device.run.random.bytes(300'000))));
    std::vector<std::size_t> pieces;
    bool is_slow = true;
    const auto answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.method != "PATCH")
            return device.server.answer(request);
        pieces.push_back(request.body.size());
        if (is_slow)
            return pieces.size() % 2 == 0 ? Result<HttpResponse>(HttpResponse{408, {}, ""})
                                          : Error{"timed_out", "Too slow."};
        return device.server.answer(request);
    };
    for (int i = 0; i < 6; ++i) {
        device.round(answer);
        CHECK(device.engine.failure()->code == "timed_out");
    }
    CHECK(pieces == std::vector<std::size_t>{262'144, 131'072, 65'536, 32'768, 16'384, 16'384});
    for (int i = 0; i < 500; ++i)
        device.run.save(sample_hours());
    is_slow = false;
    pieces.clear();
    device.round(answer);
    CHECK(device.server.batch_sizes.back() == 500);
    CHECK(pieces == std::vector<std::size_t>{16'384, 32'768, 65'536, 131'072, 54'256});
    CHECK(device.engine.report().photos == 1);
}

TEST_CASE("a proxy that takes only small pieces of a photo gets these")
{
    Rounds device;
    device.run.save(sample_story_with(sample_picture(device.run.random.bytes(100'000))));
    device.round([&](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.method == "PATCH" && request.body.size() > 40'000)
            return HttpResponse{413, {{"Content-Type", "text/html"}}, "<html>"};
        return device.server.answer(request);
    });
    CHECK_FALSE(device.engine.failure().has_value());
    CHECK(device.engine.report().photos == 1);
}

TEST_CASE(
    "the next run begins with what a slow link could carry, also when its time was up before the answer")
{
    EnrolledDevice device;
    for (int i = 0; i < 100; ++i)
        device.run.save(sample_hours());
    const auto cut_round = [&] {
        SyncEngine engine(device.run.store, device.run.clock, device.run.random,
                          {.batch = {.entries_max = 64}, .batch_first = {.entries_max = 64}});
        engine.begin();
        (void)engine.next(0);
        engine.stop(25'000);
    };
    cut_round();
    cut_round();
    SyncEngine engine(device.run.store, device.run.clock, device.run.random,
                      {.batch = {.entries_max = 64}, .batch_first = {.entries_max = 64}});
    engine.begin();
    for (SyncStep step = engine.next(0); step.kind == SyncStep::Kind::Send; step = engine.next(0))
        engine.answered(device.server.answer(step.request), 0);
    CHECK(device.server.batch_sizes == std::vector<std::size_t>{16, 32, 52});
    CHECK(device.run.store.setting("sync.limits") == "");
    // A stop right after the beginning says nothing of the link.
    device.run.save(sample_hours());
    engine.begin();
    (void)engine.next(100'000);
    engine.stop(101'000);
    CHECK(device.run.store.setting("sync.limits") == "");
}
