#include "client/app/bundle_work.h"
#include "client/platform/sticks.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/bundle_answer.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>

using namespace tally;
using namespace tally::client;
using tally::test::DeviceRun;
using tally::test::ServerKeys;
namespace fs = std::filesystem;

namespace {

/// A device with something to bring, a stick, and what the work says.
struct Carrier
{
    test::TemporaryFolder folder;
    test::TemporaryFolder stick;
    ServerKeys server;
    ManualClock clock{Timestamp{1'772'443'800'000}}; ///< 2026-03-02 09:30 UTC
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<BundleOutcome> outcomes;
    std::size_t read = 0;

    explicit Carrier(std::size_t entries = 3)
    {
        DeviceRun run(folder.path());
        run.enrol(server);
        if (entries > 0)
            REQUIRE(run.capture.save_all(std::vector<CaptureRequest>(entries, test::sample_hours())).ok());
    }
    void tell(BundleOutcome outcome)
    {
        const std::lock_guard lock(mutex);
        outcomes.push_back(std::move(outcome));
        wake.notify_all();
    }
    /// The next thing that is no progress.
    BundleOutcome next()
    {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [&] { return read < outcomes.size(); });
            BundleOutcome outcome = outcomes[read++];
            if (outcome.kind != BundleOutcome::Kind::Progress)
                return outcome;
        }
    }
    [[nodiscard]] std::size_t files() const
    {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(stick.path()), fs::directory_iterator()));
    }
    /// What the server would write when it takes everything that waits.
    void write_receipts(const fs::path& file, const ServerKeys& by) const
    {
        DeviceRun run(folder.path());
        const Identity identity = run.store.identity().value();
        const auto batch = run.store.next_batch(identity, 0, run.clock.now());
        REQUIRE(batch.has_value());
        protocol::Receipt receipt;
        receipt.device = identity.device;
        receipt.entries_digest = batch->entries_digest;
        receipt.tree_root.assign(32, '\1');
        receipt.outcomes.resize(batch->ids.size());
        const std::string signed_receipt = protocol::write_receipt(receipt, by.signing);
        protocol::BundleAnswerWriter writer(by.signing.public_key);
        writer.add_receipt(signed_receipt, batch->ids);
        REQUIRE(write_file_durably(file, std::move(writer).finish(by.signing)).ok());
    }
};

struct Work : BundleWork
{
    explicit Work(Carrier& carrier)
        : BundleWork(carrier.folder.path(), carrier.clock,
                     [&carrier](BundleOutcome outcome) { carrier.tell(std::move(outcome)); })
    {
    }
};

/// As a full stick does: no file of this process may grow beyond so many bytes.
class FullDisk
{
public:
    explicit FullDisk(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~FullDisk()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before = {};
    void (*m_handler)(int) = nullptr;
};

} // namespace

TEST_CASE("a bundle on a stick holds what waits, and its receipts come back from it")
{
    Carrier carrier;
    Work work(carrier);
    work.write(carrier.stick.path(), std::nullopt);
    const auto outcome = carrier.next();
    REQUIRE_FALSE(outcome.problem.has_value());
    CHECK(outcome.written.entries == 3);
    CHECK(outcome.file == "tallybook-tablet-3-2026-03-02-0930.bundle");
    CHECK(carrier.files() == 1);
    const auto bytes = read_file(carrier.stick.path() / outcome.file).value();
    CHECK(static_cast<std::int64_t>(bytes.size()) == outcome.written.bytes);
    CHECK(protocol::parse_bundle(bytes).ok());

    const fs::path receipts = carrier.stick.path() / "anything.tally";
    carrier.write_receipts(receipts, carrier.server);
    std::ofstream(carrier.stick.path() / "notes.txt") << "nothing of ours";
    ::setenv("TALLYBOOK_STICKS", carrier.stick.path().c_str(), 1);
    work.look({});
    const auto seen = carrier.next();
    ::unsetenv("TALLYBOOK_STICKS");
    REQUIRE(seen.sticks.size() == 1);
    CHECK(seen.sticks[0].receipts == std::vector<std::string>{"anything.tally"});
    CHECK(seen.sticks[0].free_bytes > 0);

    work.read(receipts);
    CHECK(carrier.next().read.accepted == 3);
    work.read(receipts);
    CHECK(carrier.next().read.known == 1);
    CHECK(DeviceRun(carrier.folder.path()).store.counts().unsent == 0);
    work.write(carrier.stick.path(), std::nullopt);
    CHECK(carrier.next().problem->code == "nothing_to_export");
}

TEST_CASE("a bundle never takes the place of what lies on the stick already")
{
    Carrier carrier;
    const fs::path first = carrier.stick.path() / "tallybook-tablet-3-2026-03-02-0930.bundle";
    const fs::path second = carrier.stick.path() / "tallybook-tablet-3-2026-03-02-0930-2.bundle";
    std::ofstream(first) << "of another device with the same letters";
    // Two at once want the same name in the same minute.
    Carrier other;
    Work work(carrier);
    Work other_work(other);
    work.write(carrier.stick.path(), std::nullopt);
    other_work.write(carrier.stick.path(), std::nullopt);
    const auto one = carrier.next();
    const auto two = other.next();
    REQUIRE_FALSE(one.problem.has_value());
    REQUIRE_FALSE(two.problem.has_value());
    CHECK(one.file != two.file);
    CHECK(carrier.files() == 3);
    CHECK(read_file(first).value() == "of another device with the same letters");
    CHECK(fs::exists(second));
    for (const auto& outcome : {one, two}) {
        const auto bytes = read_file(carrier.stick.path() / outcome.file);
        REQUIRE(bytes.ok());
        CHECK(static_cast<std::int64_t>(bytes->size()) == outcome.written.bytes);
        CHECK(protocol::parse_bundle(*bytes).ok());
    }
    work.write(carrier.stick.path(), std::nullopt);
    CHECK(carrier.next().file == "tallybook-tablet-3-2026-03-02-0930-4.bundle");
}

TEST_CASE("a stick that is slow to look at keeps nothing from being written, and is looked at once at a time")
{
    test::TemporaryFolder folder;
    test::TemporaryFolder stick;
    {
        DeviceRun run(folder.path());
        run.enrol(ServerKeys());
        (void)run.save(test::sample_hours());
    }
    const ManualClock clock{Timestamp{1'772'443'800'000}};
    std::mutex mutex;
    std::condition_variable wake;
    bool may_go_on = false;
    int looks = 0;
    int written = 0;
    BundleWork work(folder.path(), clock, [&](const BundleOutcome& outcome) {
        std::unique_lock lock(mutex);
        looks += outcome.kind == BundleOutcome::Kind::Sticks ? 1 : 0;
        written += outcome.kind == BundleOutcome::Kind::Written ? 1 : 0;
        wake.notify_all();
        if (outcome.kind == BundleOutcome::Kind::Sticks)
            wake.wait(lock, [&] { return may_go_on; });
    });
    std::unique_lock lock(mutex);
    work.look({});
    wake.wait(lock, [&] { return looks == 1; });
    for (int again = 0; again < 5; ++again)
        work.look({});
    work.write(stick.path(), std::nullopt);
    wake.wait(lock, [&] { return written == 1; });
    CHECK(looks == 1);
    may_go_on = true;
    wake.notify_all();
    wake.wait(lock, [&] { return looks == 2; });
    work.write(stick.path(), std::nullopt);
    wake.wait(lock, [&] { return written == 2; });
    CHECK(looks == 2);
}

TEST_CASE("a stick that is full, gone or locked leaves no half bundle, and is told in plain words")
{
    auto translations = widgets::Translations::load(assets_dir() / "translations" / "en.json");
    REQUIRE(translations.ok());
    Carrier carrier(400);
    Work work(carrier);
    {
        const FullDisk full(40'000);
        work.write(carrier.stick.path(), std::nullopt);
        const auto outcome = carrier.next();
        REQUIRE(outcome.problem.has_value());
        // The limit is told apart from a full disk by its errno alone.
        CHECK(outcome.problem->code == "file_unwritable");
    }
    CHECK(carrier.files() == 0);
    work.write(carrier.stick.path() / "gone", std::nullopt);
    CHECK(bundle_problem(*carrier.next().problem, *translations) == translations->text("bundle.gone"));
    CHECK(bundle_problem({"disk_full", ""}, *translations) == translations->text("bundle.full"));
    CHECK(bundle_problem({"read_only", ""}, *translations) == translations->text("bundle.locked"));
    CHECK(bundle_problem({"stopped", ""}, *translations) == translations->text("bundle.stopped"));
    CHECK(bundle_problem({"answer_foreign", "Not for this device."}, *translations) ==
          "Not for this device.");
    CHECK(DeviceRun(carrier.folder.path()).store.counts().unsent == 400);
}

TEST_CASE("receipts of another server, and files that are none, are refused and change nothing")
{
    Carrier carrier;
    Work work(carrier);
    const fs::path foreign = carrier.stick.path() / "foreign.tally";
    carrier.write_receipts(foreign, ServerKeys());
    work.read(foreign);
    CHECK(carrier.next().problem->code == "answer_foreign");
    std::ofstream(carrier.stick.path() / "odd") << "TLYANSWER\x01 and no more";
    work.read(carrier.stick.path() / "odd");
    CHECK(carrier.next().problem->code == "answer_truncated");
    work.read(carrier.stick.path() / "none");
    CHECK(carrier.next().problem->code == "file_missing");
    CHECK(DeviceRun(carrier.folder.path()).store.counts().unsent == 3);
}

TEST_CASE("an export that is stopped writes nothing")
{
    Carrier carrier(2'000);
    DeviceRun run(carrier.folder.path());
    int calls = 0;
    const auto stopped = export_bundle(run.store, carrier.stick.path() / "out", run.clock.now(), {},
                                       [&](const ExportProgress& progress) {
                                           CHECK(progress.all == 2'000);
                                           return ++calls < 2;
                                       });
    CHECK(stopped.error().code == "stopped");
    CHECK(calls == 2);
    CHECK(carrier.files() == 0);
}

TEST_CASE("sticks are what the desktop mounted, with their names")
{
    const test::TemporaryFolder folder;
    const fs::path mounts = folder.path() / "mounts";
    std::ofstream(mounts) << "/dev/sda1 / ext4 rw 0 0\n"
                             "/dev/sdb1 /media/none/at\\040all vfat rw 0 0\n"
                             "tmpfs "
                          << folder.path().string() << " tmpfs rw 0 0\n";
    // None of these is a stick that is there.
    CHECK(platform::plugged_in_sticks(mounts).empty());
    CHECK_FALSE(platform::stick_at(mounts).has_value());
    const auto stick = platform::stick_at(folder.path());
    REQUIRE(stick.has_value());
    CHECK(stick->name == folder.path().filename().string());
    CHECK_FALSE(stick->is_read_only);
}
