#pragma once
/// Sends what the server lacks and fetches what changed. SyncEngine (engine.h) knows what to say and
/// SyncSchedule (schedule.h) when; here is who carries it over the network: SyncRunner does one round on the
/// thread that calls it, SyncWorker does rounds on a thread of its own, with its own Store, and costs
/// nothing while there is nothing to do.

#include "client/store/store.h"
#include "client/sync/engine.h"
#include "client/sync/schedule.h"
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
#include <vector>

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
    // Of the last round that ended; both are empty when all is well.
    std::string code;    ///< of its failure, or of what made entries or photos wait
    std::string message; ///< what to tell the worker
};

/// What may be sent just now, as the worker's settings, the network and the battery allow.
struct SyncConditions
{
    bool sends_entries = true; ///< false: not even a round is tried
    bool sends_photos = true;
    bool saves_battery = false; ///< rounds that nobody asked for become rarer
    Error why_not;              ///< when entries or photos have to wait: `wait_for_wifi` or `wait_for_power`
};

using TransportMaker = std::function<std::unique_ptr<Transport>(const Identity&)>;
/// For make_http_transport with an enrolment's address and certificate.
[[nodiscard]] TransportMaker http_transports();

class SyncRunner
{
public:
    /// All must outlive it.
    SyncRunner(Store& store, TransportMaker transports, const Clock& clock, Random& random,
               SyncOptions options = {});

    void set_sends_photos(bool yes) { m_engine.set_sends_photos(yes); }
    void forget_refusals() { m_engine.forget_refusals(); }

    /// One round. What a failed one had done stays done. Fails as SyncEngine::failure() says; throws what
    /// the store throws. `on_progress` is called between requests.
    [[nodiscard]] Result<SyncReport> run(std::stop_token stop,
                                         const std::function<void(const SyncReport&)>& on_progress = {});
    /// The part of a failed round that was done.
    [[nodiscard]] const SyncReport& report() const { return m_engine.report(); }
    [[nodiscard]] std::optional<std::int64_t> retry_after_ms() const { return m_engine.retry_after_ms(); }
    [[nodiscard]] std::optional<std::int64_t> come_back_in_ms() const { return m_engine.come_back_in_ms(); }

private:
    [[nodiscard]] Result<HttpResponse> perform(const SyncStep& step, const std::stop_token& stop);

    TransportMaker m_transports;
    SyncEngine m_engine;
    std::unique_ptr<Transport> m_transport; ///< of one round
    std::int64_t m_transport_of = 0;        ///< number of its enrolment
};

/// The state that a failure of a round stands for.
[[nodiscard]] SyncState state_after(const Error& error);
[[nodiscard]] RoundEnd round_end_after(const Result<SyncReport>& result);

class SyncWorker
{
public:
    /// Opens its own Store in `folder`. `on_change` is called on the worker's thread whenever the
    /// status changed; it must be quick, such as posting to the frame queue. `conditions` is asked before
    /// each round, on the same thread, and between requests of a round every `conditions_pause_ms`: photos
    /// stop and go on as it says, a round of entries goes on.
    SyncWorker(std::filesystem::path folder, TransportMaker transports,
               std::function<void(const SyncStatus&)> on_change,
               std::function<SyncConditions()> conditions = {}, std::int64_t conditions_pause_ms = 5'000);
    /// Interrupts a request that is under way and waits for the thread.
    ~SyncWorker();
    SyncWorker(const SyncWorker&) = delete;
    SyncWorker& operator=(const SyncWorker&) = delete;

    /// From any thread.
    void ask(SyncTrigger trigger);
    [[nodiscard]] SyncStatus status() const;

private:
    void work(std::stop_token stop);
    [[nodiscard]] bool wait_until_due(const std::stop_token& stop, SyncSchedule& schedule);
    void publish(SyncStatus status);

    std::filesystem::path m_folder;
    TransportMaker m_transports;
    std::function<void(const SyncStatus&)> m_on_change;
    std::function<SyncConditions()> m_conditions;
    std::int64_t m_conditions_pause_ms;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::vector<SyncTrigger> m_asked = {SyncTrigger::Start};
    bool m_tries_all = false; ///< the worker pressed the button; of the thread alone
    SyncStatus m_status;
    std::jthread m_thread; ///< last, so that it starts when everything else is there
};

} // namespace tally::client
