#pragma once
/// Sends what the server lacks and fetches what changed. SyncEngine does one round and belongs to the
/// thread that calls it; SyncWorker runs rounds on a thread of its own, with its own Store, and costs
/// nothing while there is nothing to do.

#include "client/store/store.h"
#include "client/sync/transport.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace tally::client {

enum class SyncState
{
    NotEnrolled,
    Idle,    ///< everything is at the server
    Working, ///< a round is under way
    Offline, ///< no answer; will try again
    Refused, ///< the server does not know or no longer trusts this device: somebody must enrol it again
    Failed,  ///< something is wrong here or there; `message` says what; will try again
};

[[nodiscard]] std::string_view name_of(SyncState state);

/// For the badge.
struct SyncStatus
{
    SyncState state = SyncState::Idle;
    std::int64_t entries_unsent = 0;
    std::int64_t photos_waiting = 0;
    std::int64_t entries_queried = 0;
    std::int64_t entries_rejected = 0;
    std::optional<Timestamp> last_success;
    std::string message; ///< what to tell the worker; empty when all is well
};

/// What one round did.
struct SyncReport
{
    std::int64_t created = 0;
    std::int64_t existing = 0;
    std::int64_t rejected = 0; ///< with conflicts
    std::int64_t photos = 0;
    std::int64_t changes = 0;
    std::int64_t batches = 0;
    std::int64_t withdrawals = 0; ///< codes that the server has taken
};

struct SyncOptions
{
    BatchLimits batch = {};
    std::size_t chunk_bytes_max = 256 * 1024; ///< of a photo in one request
    /// Pauses of a round that a server asks for (`busy`) end here; then the round fails.
    std::int64_t busy_wait_ms_max = 10'000;
};

using TransportMaker = std::function<std::unique_ptr<Transport>(const Identity&)>;
/// For make_http_transport with an enrolment's address and certificate.
[[nodiscard]] TransportMaker http_transports();

class SyncEngine
{
public:
    /// All must outlive it.
    SyncEngine(Store& store, TransportMaker transports, const Clock& clock, Random& random,
               SyncOptions options = {});

    /// Sends withdrawals and entries, pulls, then sends photos. What a failed round had done stays done.
    /// Fails with `not_enrolled`, `offline`, `stopped`, `device_unknown`, `device_revoked`,
    /// `bad_receipt`, `busy`, or the server's own code. `on_progress` is called between requests.
    [[nodiscard]] Result<SyncReport> run(std::stop_token stop,
                                         const std::function<void(const SyncReport&)>& on_progress = {});
    /// The part of a failed round that was done.
    [[nodiscard]] const SyncReport& report() const { return m_report; }

private:
    class Round;

    Store& m_store;
    TransportMaker m_transports;
    const Clock& m_clock;
    Random& m_random;
    SyncOptions m_options;
    SyncReport m_report;
};

/// The state that a failure of SyncEngine::run stands for.
[[nodiscard]] SyncState state_after(const Error& error);

class SyncWorker
{
public:
    /// Opens its own Store in `folder`. `on_change` is called on the worker's thread whenever the
    /// status changed; it must be quick, such as posting to the frame queue.
    SyncWorker(std::filesystem::path folder, TransportMaker transports,
               std::function<void(const SyncStatus&)> on_change);
    /// Interrupts a request that is under way and waits for the thread.
    ~SyncWorker();
    SyncWorker(const SyncWorker&) = delete;
    SyncWorker& operator=(const SyncWorker&) = delete;

    /// Something was saved, or the worker asks for it. From any thread.
    void sync_soon();
    [[nodiscard]] SyncStatus status() const;

private:
    void work(std::stop_token stop);
    void publish(SyncStatus status);

    std::filesystem::path m_folder;
    TransportMaker m_transports;
    std::function<void(const SyncStatus&)> m_on_change;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    bool m_asked = true; ///< a round at the start
    SyncStatus m_status;
    std::jthread m_thread; ///< last, so that it starts when everything else is there
};

/// How long to wait after `failures` failed rounds in a row: doubling from 2 s to 5 minutes, plus or
/// minus a quarter, so that forty tablets do not come back at once.
[[nodiscard]] std::int64_t backoff_ms(int failures, Random& random);

} // namespace tally::client
