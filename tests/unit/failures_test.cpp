#include "server/api/failures.h"
#include "server/http/problem.h"
#include "server/http/router.h"
#include "shared/storage/database.h"
#include "tests/support/council_server.h"

#include <doctest/doctest.h>

#include <semaphore>
#include <stdexcept>
#include <system_error>

using namespace tally;
using namespace tally::server;
using namespace tally::test;
using storage::DatabaseError;
using storage::Failure;

TEST_CASE("a failure of the database that passes by itself is no fault of what was sent")
{
    const auto status = [](const std::exception& failure) {
        Router router;
        router.set_explanation(explain_failure);
        router.set_guard([](Request&, Permission) { return std::nullopt; });
        const auto* of_database = dynamic_cast<const DatabaseError*>(&failure);
        const auto* of_files = dynamic_cast<const std::system_error*>(&failure);
        router.add(Route{Method::Get, "/", Permission::Public, [&](Request&) -> Response {
                             if (of_database != nullptr)
                                 throw DatabaseError(*of_database);
                             if (of_files != nullptr)
                                 throw std::system_error(*of_files);
                             throw std::runtime_error(failure.what());
                         }});
        Request request;
        REQUIRE(read_target("/", request));
        const Response answer = router.dispatch(request);
        CHECK(answer.body.find("secret detail") == std::string::npos);
        return answer.status;
    };
    CHECK(status(DatabaseError(Failure::Busy, "secret detail")) == 503);
    CHECK(status(DatabaseError(Failure::Unreachable, "secret detail")) == 503);
    CHECK(status(DatabaseError(Failure::Full, "secret detail")) == 507);
    for (const auto fault : {Failure::Constraint, Failure::Damaged, Failure::Other})
        CHECK(status(DatabaseError(fault, "secret detail")) == 500);
    CHECK(status(std::runtime_error("secret detail")) == 500);
    CHECK(status(std::system_error(ENOSPC, std::generic_category(), "secret detail")) == 507);
    CHECK(status(std::system_error(EIO, std::generic_category(), "secret detail")) == 500);
}

TEST_CASE(
    "writes that wait together fail together when the database does, and apart when one of them is wrong")
{
    TemporaryFolder folder;
    CouncilServer server("sqlite:" + (folder.path() / "server.db").string());
    /// How often the second of two jobs ran, and whether it was done.
    const auto second_of = [&](const std::function<void()>& first_does) {
        std::binary_semaphore runs_alone(0);
        std::binary_semaphore both_wait(0);
        auto before = server.writer.start([&](LedgerTransaction&) {
            runs_alone.release();
            both_wait.acquire();
        });
        runs_alone.acquire();
        int runs = 0;
        auto first = server.writer.start([&](LedgerTransaction&) { first_does(); });
        auto second = server.writer.start([&](LedgerTransaction&) { ++runs; });
        both_wait.release();
        (void)before.get();
        CHECK_THROWS((void)first.get());
        bool done = true;
        try {
            (void)second.get();
        } catch (const DatabaseError&) {
            done = false;
        }
        return std::pair(runs, done);
    };
    for (const auto failure : {Failure::Busy, Failure::Full, Failure::Unreachable})
        CHECK(second_of([&] { throw DatabaseError(failure, "for all"); }) == std::pair(0, false));
    CHECK(second_of([] { throw std::runtime_error("this one alone"); }) == std::pair(1, true));
    CHECK(second_of([] { throw DatabaseError(Failure::Constraint, "this one alone"); }) ==
          std::pair(1, true));
}
