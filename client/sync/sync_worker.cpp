#include "client/sync/sync.h"
#include "client/sync/uptime.h"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace tally::client {

namespace {

void add_counts(SyncStatus& status, Store& store)
{
    const Counts counts = store.counts();
    status.entries_unsent = counts.unsent;
    status.photos_waiting = counts.photos_waiting;
    status.entries_queried = counts.queried;
    status.entries_rejected = counts.rejected;
}

/// The store did not open, for this reason.
struct StoreClosed : std::runtime_error
{
    explicit StoreClosed(Error error) : std::runtime_error(error.message), why(std::move(error)) {}
    Error why;
};

Error failure_of(const std::exception& failure)
{
    if (const auto* closed = dynamic_cast<const StoreClosed*>(&failure))
        return closed->why;
    const auto* database = dynamic_cast<const storage::DatabaseError*>(&failure);
    const char* code = database == nullptr                                ? "failed"
                       : database->failure() == storage::Failure::Full    ? "disk_full"
                       : database->failure() == storage::Failure::Busy    ? "database_busy"
                       : database->failure() == storage::Failure::Damaged ? "database_damaged"
                                                                          : "failed";
    return {code, failure.what()};
}

/// A session and what sends through it; both are made anew after a full disk or a locked file.
struct Session
{
    Session(Store opened, const TransportMaker& transports, const Clock& clock, Random& random)
        : store(std::move(opened)), runner(store, transports, clock, random)
    {
    }

    Store store;
    SyncRunner runner;
};

} // namespace

SyncWorker::SyncWorker(std::filesystem::path folder, TransportMaker transports,
                       std::function<void(const SyncStatus&)> on_change,
                       std::function<SyncConditions()> conditions, std::int64_t conditions_pause_ms)
    : m_folder(std::move(folder)), m_transports(std::move(transports)), m_on_change(std::move(on_change)),
      m_conditions(std::move(conditions)), m_conditions_pause_ms(conditions_pause_ms),
      m_thread([this](std::stop_token stop) { work(stop); })
{
}

SyncWorker::~SyncWorker()
{
    m_thread.request_stop();
    m_wake.notify_all();
}

void SyncWorker::ask(SyncTrigger trigger)
{
    {
        const std::lock_guard lock(m_mutex);
        m_asked.push_back(trigger);
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

bool SyncWorker::wait_until_due(const std::stop_token& stop, SyncSchedule& schedule)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        for (const SyncTrigger trigger : std::exchange(m_asked, {})) {
            m_tries_all |= trigger == SyncTrigger::ByHand;
            schedule.ask(trigger, uptime_ms());
        }
        const std::int64_t wait_ms = schedule.wait_ms(uptime_ms());
        if (wait_ms == 0)
            return true;
        m_wake.wait_for(lock, stop, std::chrono::milliseconds(wait_ms), [this] { return !m_asked.empty(); });
    }
    return false;
}

void SyncWorker::work(std::stop_token stop)
{
    auto given_clock = clock_from_environment();
    const std::unique_ptr<Clock> clock =
        given_clock ? std::move(*given_clock) : std::make_unique<SystemClock>();
    SystemRandom random;
    std::unique_ptr<Session> session;
    SyncStatus status;
    SyncSchedule schedule(random);
    while (wait_until_due(stop, schedule)) {
        schedule.round_begins();
        Result<SyncReport> result = Error{"failed", ""};
        Error waits;
        std::optional<std::int64_t> retry_after_ms;
        std::optional<std::int64_t> come_back_in_ms;
        try {
            if (!session) {
                auto opened = Store::open(m_folder);
                if (!opened)
                    throw StoreClosed(opened.error());
                session = std::make_unique<Session>(std::move(*opened), m_transports, *clock, random);
            }
            SyncConditions conditions = m_conditions ? m_conditions() : SyncConditions{};
            std::int64_t asked_at_ms = uptime_ms();
            schedule.save_battery(conditions.saves_battery);
            add_counts(status, session->store);
            if (conditions.sends_entries) {
                status.state = SyncState::Working;
                publish(status);
                session->runner.set_sends_photos(conditions.sends_photos);
                if (std::exchange(m_tries_all, false))
                    session->runner.forget_refusals();
                result = session->runner.run(stop, [&](const SyncReport&) {
                    add_counts(status, session->store);
                    publish(status);
                    // Photos can take long, and the battery may fall or Wi-Fi be left meanwhile.
                    if (m_conditions && uptime_ms() - asked_at_ms >= m_conditions_pause_ms) {
                        const bool sends_entries = conditions.sends_entries;
                        conditions = m_conditions();
                        conditions.sends_entries = sends_entries;
                        asked_at_ms = uptime_ms();
                        session->runner.set_sends_photos(conditions.sends_photos);
                        schedule.save_battery(conditions.saves_battery);
                    }
                });
                retry_after_ms = session->runner.retry_after_ms();
                come_back_in_ms = session->runner.come_back_in_ms();
                waits = session->runner.report().photo_problem.value_or(Error{});
            } else {
                result = conditions.why_not;
            }
            add_counts(status, session->store);
            if (!conditions.sends_photos && status.photos_waiting > 0)
                waits = conditions.why_not;
        } catch (const std::exception& error) {
            // A full disk or a locked file: say so, and try again later with a new connection.
            session.reset();
            result = failure_of(error);
        }
        status.state = result ? SyncState::Idle : state_after(result.error());
        status.code = result ? waits.code : result.error().code;
        status.message = result ? waits.message : result.error().message;
        if (result)
            status.last_success = clock->now();
        schedule.round_ended(round_end_after(result), uptime_ms(), retry_after_ms);
        if (result && come_back_in_ms)
            schedule.come_back_in(*come_back_in_ms, uptime_ms());
        publish(status);
    }
}

} // namespace tally::client
