#pragma once
/// A device that is enrolled with a server of the test's own making, and syncs with it.

#include "client/sync/sync.h"
#include "tests/support/client_fixture.h"
#include "tests/support/fake_server.h"

namespace tally::test {

struct EnrolledDevice
{
    TemporaryFolder folder;
    FakeServer server;
    DeviceRun run{folder.path()};

    EnrolledDevice()
    {
        run.enrol(server.keys);
        server.know(identity());
    }
    client::Identity identity() { return run.store.identity().value(); }
    client::SyncReport sync()
    {
        client::SyncRunner engine(
            run.store, [this](const client::Identity&) { return server.connect(); }, run.clock, run.random);
        auto report = engine.run({});
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().text()));
        return *report;
    }
};

} // namespace tally::test
