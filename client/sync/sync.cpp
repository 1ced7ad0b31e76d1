#include "client/sync/sync.h"

#include "client/sync/http_transport.h"
#include "client/sync/uptime.h"

#include <future>

namespace tally::client {

std::string_view name_of(SyncState state)
{
    switch (state) {
    case SyncState::NotEnrolled:
        return "not_enrolled";
    case SyncState::Idle:
        return "idle";
    case SyncState::Working:
        return "working";
    case SyncState::Offline:
        return "offline";
    case SyncState::Refused:
        return "refused";
    case SyncState::Failed:
        return "failed";
    }
    TALLY_ASSERT(false);
}

SyncState state_after(const Error& error)
{
    if (error.code == "not_enrolled")
        return SyncState::NotEnrolled;
    if (error.code == "offline" || error.code == "timed_out" || error.code == "not_the_server" ||
        error.code == "busy" || error.code == "stopped" || error.code == "wait_for_wifi")
        return SyncState::Offline;
    if (error.code == "device_unknown" || error.code == "device_revoked" || error.code == "former_key" ||
        error.code == "key_conflict")
        return SyncState::Refused;
    return SyncState::Failed;
}

RoundEnd round_end_after(const Result<SyncReport>& result)
{
    if (result)
        return RoundEnd::Done;
    switch (state_after(result.error())) {
    case SyncState::Offline:
        return RoundEnd::Unreachable;
    case SyncState::Refused:
    case SyncState::NotEnrolled:
        return RoundEnd::Refused;
    default:
        return RoundEnd::Broken;
    }
}

TransportMaker http_transports()
{
    return [](const Identity& identity) {
        return make_http_transport({identity.server, identity.certificate_sha256});
    };
}

SyncRunner::SyncRunner(Store& store, TransportMaker transports, const Clock& clock, Random& random,
                       SyncOptions options)
    : m_transports(std::move(transports)), m_engine(store, clock, random, options)
{
}

Result<SyncReport> SyncRunner::run(std::stop_token stop,
                                   const std::function<void(const SyncReport&)>& on_progress)
{
    m_engine.begin();
    for (;;) {
        if (stop.stop_requested())
            m_engine.stop();
        const SyncStep step = m_engine.next(uptime_ms());
        if (step.kind == SyncStep::Kind::Done)
            break;
        if (step.kind == SyncStep::Kind::Pause) {
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any wake;
            wake.wait_for(lock, stop, std::chrono::milliseconds(step.pause_ms), [] { return false; });
            continue;
        }
        const auto answer = perform(step, stop);
        if (stop.stop_requested() && !answer) {
            m_engine.stop(uptime_ms());
            continue;
        }
        m_engine.answered(answer, uptime_ms());
        if (on_progress)
            on_progress(m_engine.report());
    }
    m_transport.reset();
    if (m_engine.failure())
        return *m_engine.failure();
    return m_engine.report();
}

Result<HttpResponse> SyncRunner::perform(const SyncStep& step, const std::stop_token& stop)
{
    if (!m_transport || m_transport_of != step.to->number) {
        m_transport = m_transports(*step.to);
        m_transport_of = step.to->number;
    }
    const std::stop_callback interrupt(stop, [this] { m_transport->interrupt(); });
    if (!step.leaves_work)
        return m_transport->send(step.request);
    // Should meanwhile() throw, the future's destructor waits for the answer.
    auto answer = std::async(std::launch::async,
                             [this, &request = step.request] { return m_transport->send(request); });
    m_engine.meanwhile();
    return answer.get();
}

} // namespace tally::client
