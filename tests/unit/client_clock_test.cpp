#include "client/store/clock_offset.h"
#include "client/sync/engine.h"
#include "tests/support/client_fixture.h"
#include "tests/support/fake_server.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;

/// Drives the engine over a link that takes so long each way, and gives the targets that it asked for.
std::vector<std::string> run_round(SyncEngine& engine, FakeServer& server, ManualClock& device_clock,
                                   std::int64_t there_ms, std::int64_t back_ms,
                                   const std::string& server_time_ms = "")
{
    std::vector<std::string> targets;
    std::int64_t uptime_ms = 1'000;
    const auto pass = [&](std::int64_t ms) {
        uptime_ms += ms;
        server.clock.advance_ms(ms);
        device_clock.advance_ms(ms);
    };
    engine.begin();
    for (SyncStep step = engine.next(uptime_ms); step.kind != SyncStep::Kind::Done;
         step = engine.next(uptime_ms)) {
        REQUIRE(step.kind == SyncStep::Kind::Send);
        targets.push_back(step.request.target);
        pass(there_ms);
        server.changes = R"({"cursor":"1","more":false,"server_time_ms":)" +
                         (server_time_ms.empty() ? std::to_string(server.clock.now().ms) : server_time_ms) +
                         R"(,"items":[]})";
        const auto answer = server.answer(step.request);
        pass(back_ms);
        engine.answered(answer, uptime_ms);
    }
    CHECK_FALSE(engine.failure().has_value());
    return targets;
}

} // namespace

TEST_CASE("the middle of an exchange is the server's moment, and half of it the doubt")
{
    // Asked at 10,000, answered at 10,400 by the device's clock; the server said 13,200 in between.
    const ClockOffset offset = clock_offset_from(13'200, 10'400, 400);
    CHECK(offset.offset_ms == 3'000);
    CHECK(offset.uncertainty_ms == 201);
    // However lopsided the link, the truth is within the doubt.
    for (const std::int64_t there : {0, 10, 200, 390, 400}) {
        const std::int64_t truth = 3'000;
        const ClockOffset seen = clock_offset_from(10'000 + there + truth, 10'400, 400);
        CHECK(std::abs(seen.offset_ms - truth) <= seen.uncertainty_ms);
    }
    CHECK(clock_offset_from(5, 5, -7).uncertainty_ms >= 0);
}

TEST_CASE("a quick exchange is believed over a slow one, until it has grown old")
{
    const ClockOffset quick{-180'000, 20, 1'000};
    const ClockOffset slow{-179'500, 900, 2'000};
    CHECK(better_offset(std::nullopt, slow) == slow);
    CHECK(better_offset(slow, quick) == quick);
    CHECK(better_offset(quick, slow) == quick);
    // Clocks drift: after a day the old one is no better.
    const ClockOffset next_day{-179'500, 900, 1'000 + 24 * hour_ms};
    CHECK(better_offset(quick, next_day) == next_day);
}

TEST_CASE("when somebody sets the clock the new exchange counts at once")
{
    const ClockOffset before{-180'000, 20, 1'000};
    const ClockOffset after{200, 900, 2'000};
    CHECK(better_offset(before, after) == after);
    CHECK(is_worth_keeping(before, after));
    CHECK_FALSE(is_worth_keeping(before, {-180'100, 20, 9'000}));
    CHECK(is_worth_keeping(ClockOffset{0, 900, 0}, {0, 20, 0}));
    CHECK(is_worth_keeping(std::nullopt, before));
}

TEST_CASE("a clock is out of step only when that is sure")
{
    CHECK_FALSE(is_out_of_step({59'000, 10, 0}));
    CHECK(is_out_of_step({61'000, 10, 0}));
    CHECK(is_out_of_step({-61'000, 10, 0}));
    CHECK_FALSE(is_out_of_step({-61'000, 5'000, 0}));
}

TEST_CASE("the engine learns the offset from exchanges, keeps it for entries and tells the server")
{
    const TemporaryFolder folder;
    FakeServer server;
    DeviceRun run(folder.path());
    run.enrol(server.keys);
    server.know(run.store.identity().value());
    run.clock.advance_ms(3 * 60'000);
    SyncEngine engine(run.store, run.clock, run.random);
    // A lopsided link: four seconds there, none back.
    auto targets = run_round(engine, server, run.clock, 4'000, 0);
    REQUIRE(run.store.clock_offset().has_value());
    CHECK(run.store.clock_offset()->offset_ms == -178'000);
    CHECK(run.store.clock_offset()->uncertainty_ms == 2'001);
    CHECK(targets.back().find("clock=") == std::string::npos);

    targets = run_round(engine, server, run.clock, 30, 10);
    CHECK(run.store.clock_offset()->offset_ms == -179'990);
    CHECK(run.store.clock_offset()->uncertainty_ms == 21);
    CHECK(targets.back().ends_with("&clock=-178000.2001"));
    // A slow one does not spoil it.
    targets = run_round(engine, server, run.clock, 5'000, 5'000);
    CHECK(run.store.clock_offset()->uncertainty_ms == 21);
    CHECK(targets.back().ends_with("&clock=-179990.21"));
    const auto id = run.save(sample_hours());
    CHECK(run.vault.open_entry(id)->clock_offset_ms == -179'990);

    // The worker sets the clock.
    run.clock.advance_ms(-3 * 60'000);
    (void)run_round(engine, server, run.clock, 500, 500);
    CHECK(std::abs(run.store.clock_offset()->offset_ms) <= run.store.clock_offset()->uncertainty_ms);
}

TEST_CASE("a server's time that is no moment teaches nothing, and one that no clock is off by is not told")
{
    const TemporaryFolder folder;
    FakeServer server;
    DeviceRun run(folder.path());
    run.enrol(server.keys);
    server.know(run.store.identity().value());
    SyncEngine engine(run.store, run.clock, run.random);
    for (const char* odd : {"-9223372036854775808", "-1", "9223372036854775807", "253402300800000", "1.5"}) {
        CAPTURE(odd);
        (void)run_round(engine, server, run.clock, 20, 20, odd);
        CHECK_FALSE(run.store.clock_offset().has_value());
    }
    // Whoever says the year 9000 is believed, and the server that refuses such a clock does not hear of it.
    (void)run_round(engine, server, run.clock, 20, 20, "221845392000000");
    REQUIRE(run.store.clock_offset().has_value());
    CHECK_FALSE(can_be_told(*run.store.clock_offset()));
    server.clock.set(Timestamp{221'845'392'000'000});
    const auto targets = run_round(engine, server, run.clock, 20, 20);
    CHECK(targets.back().find("clock=") == std::string::npos);
    for (const std::int64_t century : {-3'162'240'000'000, 3'162'240'000'000})
        CHECK(can_be_told({century, 20, 0}));
}
