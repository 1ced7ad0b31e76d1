#include "client/sync/sync.h"

#include <chrono>
#include <exception>
#include <utility>

namespace tally::client {

namespace {

/// While all is well, decisions and new events are asked for as often as after so many failures:
/// every five minutes or so.
constexpr int quiet_failures = 9;

void add_counts(SyncStatus& status, Store& store)
{
    const Counts counts = store.counts();
    status.entries_unsent = counts.unsent;
    status.photos_waiting = counts.photos_waiting;
    status.entries_queried = counts.queried;
    status.entries_rejected = counts.rejected;
}

} // namespace

SyncWorker::SyncWorker(std::filesystem::path folder, TransportMaker transports,
                       std::function<void(const SyncStatus&)> on_change)
    : m_folder(std::move(folder)), m_transports(std::move(transports)), m_on_change(std::move(on_change)),
      m_thread([this](std::stop_token stop) { work(stop); })
{
}

SyncWorker::~SyncWorker()
{
    m_thread.request_stop();
    m_wake.notify_all();
}

void SyncWorker::sync_soon()
{
    {
        const std::lock_guard lock(m_mutex);
        m_asked = true;
    }
    m_wake.notify_all();
}

SyncStatus SyncWorker::status() const
{
    const std::lock_guard lock(m_mutex);
    return m_status;
}

void SyncWorker::publish(SyncStatus status)
{
    {
        const std::lock_guard lock(m_mutex);
        m_status = status;
    }
    if (m_on_change)
        m_on_change(status);
}

void SyncWorker::work(std::stop_token stop)
{
    auto given_clock = clock_from_environment();
    const std::unique_ptr<Clock> clock =
        given_clock ? std::move(*given_clock) : std::make_unique<SystemClock>();
    SystemRandom random;
    std::optional<Store> store;
    SyncStatus status;
    int failures = 0;
    while (!stop.stop_requested()) {
        {
            const std::lock_guard lock(m_mutex);
            m_asked = false;
        }
        try {
            if (!store) {
                auto opened = Store::open(m_folder);
                if (!opened)
                    throw std::runtime_error(opened.error().message);
                store = std::move(*opened);
            }
            add_counts(status, *store);
            status.state = SyncState::Working;
            publish(status);
            SyncEngine engine(*store, m_transports, *clock, random);
            const auto report = engine.run(stop, [&](const SyncReport&) {
                add_counts(status, *store);
                publish(status);
            });
            add_counts(status, *store);
            status.state = report ? SyncState::Idle : state_after(report.error());
            status.message = report ? "" : report.error().message;
            if (report)
                status.last_success = clock->now();
            failures = report ? 0 : failures + 1;
        } catch (const std::exception& error) {
            // A full disk or a locked file: say so, and try again later with a new connection.
            store.reset();
            status.state = SyncState::Failed;
            status.message = error.what();
            ++failures;
        }
        publish(status);

        const std::int64_t wait_ms = backoff_ms(failures == 0 ? quiet_failures : failures, random);
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, stop, std::chrono::milliseconds(wait_ms), [this] { return m_asked; });
    }
}

} // namespace tally::client
