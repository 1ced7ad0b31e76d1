#include "client/sync/engine.h"
#include "tests/support/enrolled_device.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

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
