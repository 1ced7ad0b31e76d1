#include "client/sync/schedule.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tally;
using namespace tally::client;

TEST_CASE("a round is due at the start, and while all is well again after some minutes, not all at once")
{
    SeededRandom random(1);
    SyncSchedule schedule(random);
    schedule.ask(SyncTrigger::Start, 1'000);
    CHECK(schedule.wait_ms(1'000) == 0);
    std::int64_t shortest = 1'000'000;
    std::int64_t longest = 0;
    for (int i = 0; i < 200; ++i) {
        schedule.round_begins();
        schedule.round_ended(RoundEnd::Done, 5'000);
        shortest = std::min(shortest, schedule.wait_ms(5'000));
        longest = std::max(longest, schedule.wait_ms(5'000));
    }
    CHECK(shortest >= 225'000);
    CHECK(shortest < 240'000);
    CHECK(longest > 360'000);
    CHECK(longest <= 375'000);
}

TEST_CASE(
    "what is saved goes out at once while the server can be reached, and waits its turn while it cannot")
{
    SeededRandom random(2);
    SyncSchedule schedule(random);
    schedule.round_begins();
    schedule.round_ended(RoundEnd::Done, 0);
    schedule.ask(SyncTrigger::Saved, 10);
    CHECK(schedule.wait_ms(10) == 0);

    schedule.round_begins();
    schedule.round_ended(RoundEnd::Unreachable, 20);
    const auto wait = schedule.wait_ms(20);
    CHECK(wait > 0);
    schedule.ask(SyncTrigger::Saved, 20);
    CHECK(schedule.wait_ms(20) == wait);
    schedule.ask(SyncTrigger::ByHand, 21);
    CHECK(schedule.wait_ms(21) == 0);
}

TEST_CASE("what is saved during a round gets a round of its own")
{
    SeededRandom random(3);
    SyncSchedule schedule(random);
    schedule.ask(SyncTrigger::Start, 0);
    schedule.round_begins();
    schedule.ask(SyncTrigger::Saved, 5);
    schedule.round_ended(RoundEnd::Done, 10);
    CHECK(schedule.wait_ms(10) == 0);
}

TEST_CASE("after failures the wait is drawn from a span that doubles up to five minutes")
{
    SeededRandom random(4);
    for (int failures = 1; failures <= 12; ++failures) {
        std::int64_t longest = 0;
        std::int64_t total = 0;
        constexpr int draws = 300;
        for (int i = 0; i < draws; ++i) {
            SyncSchedule schedule(random);
            for (int k = 0; k < failures; ++k)
                schedule.round_ended(RoundEnd::Unreachable, 0);
            const auto wait = schedule.wait_ms(0);
            CHECK(wait >= 250);
            longest = std::max(longest, wait);
            total += wait;
        }
        const std::int64_t span = std::min<std::int64_t>(300'000, 2'000LL << (failures - 1));
        CHECK(longest < span);
        CHECK(longest > span * 9 / 10);
        CHECK(total / draws > span * 4 / 10);
        CHECK(total / draws < span * 6 / 10);
    }
}

TEST_CASE("a network that returns ends the waiting for one that was gone, not at all devices at once")
{
    SeededRandom random(5);
    std::int64_t shortest = 1'000'000;
    std::int64_t longest = 0;
    for (int i = 0; i < 200; ++i) {
        SyncSchedule schedule(random);
        for (int failure = 0; failure < 12; ++failure)
            schedule.round_ended(RoundEnd::Unreachable, 0);
        schedule.ask(SyncTrigger::NetworkBack, 100);
        CHECK(schedule.failures() == 0);
        shortest = std::min(shortest, schedule.wait_ms(100));
        longest = std::max(longest, schedule.wait_ms(100));
    }
    CHECK(shortest < 1'000);
    CHECK(longest > 4'000);
    CHECK(longest <= 5'000);
}

TEST_CASE("a network that returns puts off no round that is due, and the worker's wish waits for nothing")
{
    SeededRandom random(7);
    SyncSchedule schedule(random);
    schedule.ask(SyncTrigger::Start, 100);
    schedule.ask(SyncTrigger::NetworkBack, 100);
    CHECK(schedule.wait_ms(100) == 0);
}

TEST_CASE("a server that asks for time gets it from all but the worker")
{
    SeededRandom random(5);
    SyncSchedule schedule(random);
    schedule.round_ended(RoundEnd::Unreachable, 0, 90'000);
    CHECK(schedule.wait_ms(0) >= 90'000);
    CHECK(schedule.wait_ms(0) <= 115'000);
    schedule.ask(SyncTrigger::NetworkBack, 100);
    schedule.ask(SyncTrigger::Saved, 200);
    CHECK(schedule.wait_ms(200) >= 89'800);
    schedule.ask(SyncTrigger::ByHand, 300);
    CHECK(schedule.wait_ms(300) == 0);
    // What it asked for is over with the next answer.
    schedule.round_begins();
    schedule.round_ended(RoundEnd::Done, 400);
    schedule.ask(SyncTrigger::Saved, 500);
    CHECK(schedule.wait_ms(500) == 0);
}

TEST_CASE("a low battery makes quiet rounds rarer")
{
    SeededRandom random(6);
    SyncSchedule schedule(random);
    schedule.save_battery(true);
    schedule.round_ended(RoundEnd::Done, 0);
    CHECK(schedule.wait_ms(0) >= 6 * 225'000);
}
