#include "tests/simulation/world.h"

#include "client/sync/enrol.h"
#include "client/sync/sync.h"
#include "server/ledger/standings.h"
#include "server/storage/devices.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/receipt.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/device_node.h"
#include "tests/simulation/server_node.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <set>

namespace tally::simulation {

namespace fs = std::filesystem;
using client::HttpRequest;
using client::HttpResponse;
using client::SyncStep;
using client::SyncTrigger;

namespace {

constexpr std::int64_t request_timeout_ms = 30'000;
constexpr std::int64_t quiet_limit_ms = 6 * 3'600'000;
constexpr std::int64_t uptime_start_ms = 1'000'000;

/// Thrown where a promise was broken.
struct Broken
{
    std::string what;
};

/// The same draw for the same request, whatever else was taken out of the plan.
struct Fate
{
    bool drop_request = false;
    bool drop_answer = false;
    bool repeat = false;
    bool cut = false;
    bool corrupt = false;
    std::int64_t there_ms = 0;
    std::int64_t back_ms = 0;
    std::int64_t repeat_ms = 0;
    std::uint64_t place = 0; ///< where it is cut or corrupted
};

Fate fate_of(const Plan& plan, int device, std::uint64_t number)
{
    SeededRandom random(plan.seed * 1'000'003 + static_cast<std::uint64_t>(device) * 7919 + number * 104'729);
    const auto happens = [&random](std::uint32_t per_mille) { return random.u64() % 1000 < per_mille; };
    const NetworkFaults& network = plan.network;
    Fate fate;
    fate.drop_request = happens(network.drop_request);
    fate.drop_answer = happens(network.drop_answer);
    fate.repeat = happens(network.repeat);
    fate.cut = happens(network.cut);
    fate.corrupt = happens(network.corrupt);
    const auto delay_ms = [&]() -> std::int64_t {
        return static_cast<std::int64_t>(random.u64() % (happens(network.delay) ? 40'000U : 400U));
    };
    fate.there_ms = delay_ms();
    fate.back_ms = delay_ms();
    fate.repeat_ms = static_cast<std::int64_t>(random.u64() % 600'000);
    fate.place = random.u64();
    return fate;
}

} // namespace

/// A tablet or kiosk.
struct DeviceNode
{
    DeviceNode(const fs::path& own_folder, std::uint64_t seed, const std::int64_t& elapsed_ms)
        : folder(own_folder), disk(own_folder.string(), seed), clock(elapsed_ms)
    {
    }

    fs::path folder;
    Disk disk;
    MachineClock clock;
    std::unique_ptr<DeviceProgram> program; ///< none while it is off
    KnownEntries known;                     ///< what its worker was told is saved, and what became of it
    std::uint64_t boot = 0;
    std::uint64_t requests = 0;
    bool waits_for_answer = false;
    std::uint64_t last_arrived = 0;
    std::uint64_t rounds_done = 0;
    std::uint64_t timer = 0; ///< number of the timer that counts
    std::int64_t offline_until_ms = 0;
    bool is_disk_full = false;
    bool is_revoked = false;
    int enrolments = 0;
    bool was_wiped = false;
};

class World
{
public:
    World(const Plan& plan, Trace trace, const fs::path& folder,
          const std::map<std::string, std::string>& server_image, Totals& totals)
        : m_plan(plan), m_trace(trace), m_totals(totals),
          m_server_disk((folder / "server").string(), plan.seed * 31 + 7), m_server_clock(m_now_ms),
          m_photos(folder / "photos"), m_choices(plan.seed * 131 + 3)
    {
        m_server_disk.load(server_image);
        fs::remove_all(m_photos);
        for (int i = 0; i < plan.devices; ++i) {
            const auto at = static_cast<std::size_t>(i);
            auto device = std::make_unique<DeviceNode>(folder / ("device-" + std::to_string(i)),
                                                       plan.seed * 53 + at, m_now_ms);
            device->clock.offset_ms = plan.clock_offset_ms[at];
            device->clock.drift_ppm = plan.clock_drift_ppm[at];
            m_devices.push_back(std::move(device));
        }
    }

    ~World()
    {
        // What is still open must not write to disks that are about to go.
        m_server_disk.stop();
        m_server.reset();
        for (auto& device : m_devices) {
            device->disk.stop();
            device->program.reset();
        }
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Outcome run()
    {
        Outcome outcome;
        try {
            start_server();
            for (std::size_t i = 0; i < m_devices.size(); ++i) {
                start_device(i);
                enrol_device(i);
            }
            for (const Incident& incident : m_plan.incidents)
                at(incident.at_ms, [this, incident] { happen(incident); });
            run_until(m_plan.duration_ms);
            heal();
            run_until_quiet();
            check_everything();
        } catch (const Broken& broken) {
            outcome.failure = broken.what;
        } catch (const std::exception& error) {
            outcome.failure = std::string("an exception that nobody expected: ") + error.what();
        }
        ++m_totals.runs;
        m_totals.device_ms += m_now_ms * m_plan.devices;
        outcome.trace = std::move(m_lines);
        outcome.fingerprint = m_fingerprint;
        return outcome;
    }

private:
    // Time -------------------------------------------------------------------------------------------

    struct Event
    {
        std::int64_t at_ms = 0;
        std::uint64_t number = 0;
        std::function<void()> action;

        bool operator>(const Event& other) const
        {
            return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
        }
    };

    void at(std::int64_t at_ms, std::function<void()> action)
    {
        m_events.push({at_ms, m_event_number++, std::move(action)});
    }
    void in(std::int64_t ms, std::function<void()> action)
    {
        at(m_now_ms + std::max<std::int64_t>(0, ms), std::move(action));
    }
    bool step()
    {
        if (m_events.empty())
            return false;
        // The queue gives only a const view of its top, which is about to be dropped.
        Event event = std::move(const_cast<Event&>(m_events.top()));
        m_events.pop();
        m_now_ms = event.at_ms;
        event.action();
        return true;
    }
    void run_until(std::int64_t end_ms)
    {
        while (!m_events.empty() && m_events.top().at_ms <= end_ms)
            step();
        m_now_ms = end_ms;
    }

    void say(const std::string& line)
    {
        for (const char c : line)
            m_fingerprint = (m_fingerprint ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
        m_fingerprint = (m_fingerprint ^ static_cast<std::uint64_t>(m_now_ms)) * 1'099'511'628'211ULL;
        if (m_trace == Trace::Yes) {
            char time[32];
            std::snprintf(time, sizeof time, "%8lld.%03lld  ", static_cast<long long>(m_now_ms / 1000),
                          static_cast<long long>(m_now_ms % 1000));
            m_lines.push_back(time + line);
        }
    }
    [[nodiscard]] static std::string label(std::size_t device) { return "device " + std::to_string(device); }

    // The server -------------------------------------------------------------------------------------

    void start_server()
    {
        try {
            m_server = std::make_unique<ServerProgram>(server_url(m_server_disk), m_photos, m_server_clock);
        } catch (const std::exception& error) {
            if (!m_server_disk.is_stopped() && !m_is_server_disk_full)
                throw Broken{std::string("the server cannot start: ") + error.what()};
            say(std::string("server cannot start: ") + error.what());
            stop_server(m_server_disk.is_stopped());
            return;
        }
        say("server is up");
        check_acknowledged();
    }

    /// With what it had in memory; `power`: also with what it had not synced.
    void stop_server(bool power)
    {
        ++m_totals.restarts;
        m_server_disk.stop();
        m_server.reset();
        if (power)
            m_server_disk.restart_machine();
        else
            m_server_disk.restart_program();
        in(draw(20'000) + 100, [this] {
            if (!m_server)
                start_server();
        });
    }

    /// After each piece of work: has its power failed in the middle of it?
    bool is_server_alive()
    {
        if (!m_server)
            return false;
        if (!m_server_disk.is_stopped())
            return true;
        say("server lost its power in the middle of a write");
        stop_server(true);
        return false;
    }

    /// Whoever got a receipt was promised that this entry is here for good.
    void check_acknowledged()
    {
        auto database = m_server->pool.lease();
        for (const auto& [id, digest] : m_acknowledged) {
            ++m_totals.checks;
            const auto found = database->query_one<std::string>(
                "SELECT digest FROM entry_records WHERE id = :id", id.text());
            if (!found)
                throw Broken{"the server acknowledged entry " + id.text() + " and has lost it"};
            if (*found != digest)
                throw Broken{"the server holds other bytes of entry " + id.text() +
                             " than those that it acknowledged"};
        }
    }

    /// What an answer promises.
    void note_promises(const HttpRequest& request, const HttpResponse& answer)
    {
        if (request.target != "/api/v1/batches" || answer.status != 200)
            return;
        const auto batch = protocol::parse_batch(request.body);
        const auto receipt = protocol::parse_receipt(answer.body, m_server->keys.signing.public_key);
        if (!batch || !receipt || batch->records.size() != receipt->outcomes.size())
            throw Broken{"a receipt does not fit its batch"};
        for (std::size_t i = 0; i < batch->records.size(); ++i) {
            const auto outcome = receipt->outcomes[i].outcome;
            const auto header = protocol::parse_record_header(batch->records[i]);
            if (header && (outcome == protocol::Outcome::Created || outcome == protocol::Outcome::Exists))
                m_acknowledged[header->id] = to_hex(protocol::record_digest(batch->records[i]));
        }
    }

    void decide(std::int64_t choice)
    {
        if (!m_server)
            return;
        try {
            server::Viewer viewer{"manager-1", "Asha Patel", false, {"LCC-1"}, true};
            server::EntryFilter filter;
            filter.any_state = true;
            filter.limit = 200;
            const auto page = m_server->review.entries(viewer, filter);
            if (page.rows.empty())
                return;
            const auto& row = page.rows[static_cast<std::size_t>(choice) % page.rows.size()];
            using server::DecisionKind;
            constexpr std::array kinds = {DecisionKind::Accept, DecisionKind::Accept, DecisionKind::Query,
                                          DecisionKind::Decline, DecisionKind::Reverse};
            const auto kind = kinds[static_cast<std::size_t>(choice / 1000) % kinds.size()];
            const auto done = m_server->review.decide(viewer, row.id, kind, "Which school was this?");
            say("a decision on " + row.id.text() + ": " + (done ? "done" : done.error().code));
        } catch (const std::exception& error) {
            if (!m_server_disk.is_stopped() && !m_is_server_disk_full)
                throw Broken{std::string("a decision failed: ") + error.what()};
        }
        (void)is_server_alive();
    }

    // Devices ----------------------------------------------------------------------------------------

    void start_device(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        ++device.boot;
        device.waits_for_answer = false;
        try {
            device.program = std::make_unique<DeviceProgram>(device.folder, device.clock, m_random);
            check_saved(number);
        } catch (const std::exception& error) {
            if (!device.disk.is_stopped() && !device.is_disk_full)
                throw Broken{label(number) + " cannot start: " + error.what()};
            stop_device(number, device.disk.is_stopped());
            return;
        }
        say(label(number) + " is up");
        device.program->schedule.ask(SyncTrigger::Start, uptime_ms());
        drive(number);
    }

    void stop_device(std::size_t number, bool power)
    {
        ++m_totals.restarts;
        DeviceNode& device = *m_devices[number];
        ++device.boot;
        device.waits_for_answer = false;
        device.disk.stop();
        device.program.reset();
        if (power)
            device.disk.restart_machine();
        else
            device.disk.restart_program();
        in(draw(60'000) + 100, [this, number] {
            if (!m_devices[number]->program)
                start_device(number);
        });
    }

    /// The device had a failure: its power, or a full disk.
    void after_failure(std::size_t number, const char* what)
    {
        DeviceNode& device = *m_devices[number];
        if (device.disk.is_stopped()) {
            say(label(number) + " lost its power in the middle of a write");
            stop_device(number, true);
            return;
        }
        if (!device.is_disk_full)
            throw Broken{label(number) + " failed without a reason: " + what};
        // As SyncWorker does: a new connection, later.
        say(label(number) + " failed: " + what);
        stop_device(number, false);
    }

    /// What the worker was told is saved is on the disk as it was sealed.
    void check_saved(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        check_and_adopt(device.program->store, device.known, m_totals.checks,
                        [number](const std::string& what) { throw Broken{label(number) + ": " + what}; });
    }

    [[nodiscard]] std::int64_t uptime_ms() const { return uptime_start_ms + m_now_ms; }

    /// To this server, at once and without the network's faults: an administrator stands beside it.
    void enrol_device(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        if (!m_server || !device.program)
            return;
        class Direct final : public client::Transport
        {
        public:
            explicit Direct(ServerProgram& server) : m_server(server) {}
            Result<HttpResponse> send(const HttpRequest& request) override
            {
                return m_server.answer(request, std::nullopt);
            }
            void interrupt() override {}

        private:
            ServerProgram& m_server;
        };
        const bool kiosk = m_plan.is_kiosk[number];
        try {
            std::string code;
            {
                auto database = m_server->pool.lease();
                const auto made = server::make_device_code(
                    *database, m_server->random, m_server_clock.now(),
                    "Tablet " + std::to_string(number) + "-" + std::to_string(device.enrolments),
                    kiosk ? server::DeviceMode::Kiosk : server::DeviceMode::Worker,
                    kiosk ? "" : "p-" + std::to_string(number));
                if (!made)
                    throw Broken{"no code for a device: " + made.error().text()};
                code = made->code;
            }
            ++device.enrolments;
            const auto identity = client::enrol(
                device.program->store, code + "@http://127.0.0.1:1", std::nullopt,
                [this](const protocol::EnrolmentInvitation&) { return std::make_unique<Direct>(*m_server); },
                device.clock, m_random);
            say(label(number) + (identity ? " is enrolled as " + identity->device.text()
                                          : " is not enrolled: " + identity.error().text()));
            if (identity) {
                device.is_revoked = false;
                device.program->vault.renew_run_key();
            }
        } catch (const Broken&) {
            throw;
        } catch (const std::exception& error) {
            if (device.disk.is_stopped() || device.is_disk_full)
                after_failure(number, error.what());
            else if (!m_server_disk.is_stopped() && !m_is_server_disk_full)
                throw Broken{std::string("enrolling failed: ") + error.what()};
        }
        (void)is_server_alive();
        if (device.disk.is_stopped() && device.program)
            stop_device(number, true);
        else if (device.program)
            ask(number, SyncTrigger::ByHand);
    }

    void ask(std::size_t number, SyncTrigger trigger)
    {
        DeviceNode& device = *m_devices[number];
        if (!device.program)
            return;
        device.program->schedule.ask(trigger, uptime_ms());
        if (!device.program->is_in_round)
            drive(number);
    }

    /// The driver's loop, until the device waits for an answer or the time.
    void drive(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        if (device.waits_for_answer)
            return;
        try {
            for (;;) {
                DeviceProgram& program = *device.program;
                if (!program.is_in_round) {
                    const auto wait_ms = program.schedule.wait_ms(uptime_ms());
                    if (wait_ms > 0) {
                        wake(number, wait_ms);
                        return;
                    }
                    program.schedule.round_begins();
                    program.engine.begin();
                    program.is_in_round = true;
                }
                const SyncStep step = program.engine.next(uptime_ms());
                if (step.kind == SyncStep::Kind::Pause) {
                    wake(number, step.pause_ms);
                    return;
                }
                if (step.kind == SyncStep::Kind::Send) {
                    send(number, step.request);
                    if (step.leaves_work)
                        program.engine.meanwhile();
                    return;
                }
                end_round(number);
            }
        } catch (const Broken&) {
            throw;
        } catch (const std::exception& error) {
            after_failure(number, error.what());
        }
    }

    void end_round(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        DeviceProgram& program = *device.program;
        program.is_in_round = false;
        const auto& failure = program.engine.failure();
        client::RoundEnd end = client::RoundEnd::Done;
        if (failure)
            end = client::round_end_after(Result<client::SyncReport>(*failure));
        else
            ++device.rounds_done;
        say(label(number) + " ended a round: " + (failure ? failure->code : "done"));
        program.schedule.round_ended(end, uptime_ms(), program.engine.retry_after_ms());
    }

    void wake(std::size_t number, std::int64_t wait_ms)
    {
        DeviceNode& device = *m_devices[number];
        const auto timer = ++device.timer;
        in(wait_ms, [this, number, timer, boot = device.boot] {
            DeviceNode& woken = *m_devices[number];
            if (woken.program && woken.boot == boot && woken.timer == timer)
                drive(number);
        });
    }

    // Messages ---------------------------------------------------------------------------------------

    void send(std::size_t number, const HttpRequest& request)
    {
        DeviceNode& device = *m_devices[number];
        const auto serial = ++device.requests;
        device.waits_for_answer = true;
        ++m_totals.requests;
        const Fate fate = fate_of(m_plan, static_cast<int>(number), serial);
        const auto boot = device.boot;
        say(label(number) + " sends " + request.method + " " + request.target.substr(0, 40) + " (" +
            std::to_string(request.body.size()) + " bytes)");
        const Error offline{"offline", "The server cannot be reached."};
        const Error timed_out{"timed_out", "The answer did not come in time."};
        if (m_now_ms < device.offline_until_ms) {
            in(200, [=, this] { answered(number, boot, serial, offline); });
            return;
        }
        if (!m_is_healed && fate.drop_request) {
            ++m_totals.dropped;
            say("  which is lost");
            in(request_timeout_ms, [=, this] { answered(number, boot, serial, timed_out); });
            return;
        }
        if (!m_is_healed && fate.repeat) {
            ++m_totals.repeated;
            in(fate.there_ms + fate.repeat_ms, [=, this] { arrive(number, 0, serial, request, fate); });
        }
        if (!m_is_healed && std::max(fate.there_ms, fate.back_ms) > 400)
            ++m_totals.delayed;
        in(fate.there_ms, [=, this] { arrive(number, boot, serial, request, fate); });
        // Whatever happens, the device does not wait longer.
        in(request_timeout_ms, [=, this] { answered(number, boot, serial, timed_out); });
    }

    /// `boot` 0: a repetition, for whose answer nobody waits.
    void arrive(std::size_t number, std::uint64_t boot, std::uint64_t serial, HttpRequest request,
                const Fate& fate)
    {
        DeviceNode& device = *m_devices[number];
        const Error offline{"offline", "The server cannot be reached."};
        const auto give = [&](const Result<HttpResponse>& answer, std::int64_t after_ms) {
            if (boot != 0)
                in(after_ms, [=, this] { answered(number, boot, serial, answer); });
        };
        if (!m_server) {
            give(offline, 50);
            return;
        }
        if (serial < device.last_arrived)
            ++m_totals.reordered;
        device.last_arrived = std::max(device.last_arrived, serial);
        std::optional<std::size_t> ends_at;
        if (!m_is_healed && fate.cut && boot != 0) {
            ++m_totals.cut;
            say("  of which only a part arrives");
            // Only an upload makes use of a part; other bodies are read whole first.
            if (request.method != "PATCH") {
                give(offline, 2'000);
                return;
            }
            ends_at = request.body.empty() ? 0 : fate.place % request.body.size();
        }
        const bool corrupts = !m_is_healed && fate.corrupt;
        if (corrupts && !request.body.empty() && fate.place % 2 == 0) {
            ++m_totals.corrupted;
            say("  damaged on the way");
            request.body[fate.place / 2 % request.body.size()] ^= static_cast<char>(1 + fate.place % 254);
        }
        HttpResponse answer = m_server->answer(request, ends_at);
        if (!is_server_alive()) {
            give(offline, 1'000);
            return;
        }
        if (answer.status >= 400)
            say("  is answered " + std::to_string(answer.status) + " " + answer.body.substr(0, 200));
        note_promises(request, answer);
        if (ends_at || (!m_is_healed && fate.drop_answer)) {
            ++m_totals.lost_answers;
            say("  whose answer is lost");
            give(offline, 5'000);
            return;
        }
        if (corrupts && fate.place % 2 == 1) {
            // Only a receipt is signed; what else TLS would notice.
            ++m_totals.corrupted;
            say("  whose answer is damaged");
            if (!answer.body.empty() && request.target == "/api/v1/batches" && answer.status == 200) {
                answer.body[fate.place / 2 % answer.body.size()] ^= static_cast<char>(1 + fate.place % 254);
                give(answer, fate.back_ms);
            } else {
                give(offline, fate.back_ms);
            }
            return;
        }
        give(answer, fate.back_ms);
    }

    void answered(std::size_t number, std::uint64_t boot, std::uint64_t serial,
                  const Result<HttpResponse>& answer)
    {
        DeviceNode& device = *m_devices[number];
        if (!device.program || device.boot != boot || device.requests != serial || !device.waits_for_answer)
            return;
        device.waits_for_answer = false;
        try {
            device.program->engine.answered(answer, uptime_ms());
        } catch (const std::exception& error) {
            after_failure(number, error.what());
            return;
        }
        drive(number);
    }

    // What happens -----------------------------------------------------------------------------------

    void happen(const Incident& incident)
    {
        const auto number = static_cast<std::size_t>(incident.device);
        if (number >= m_devices.size())
            return;
        DeviceNode& device = *m_devices[number];
        ++m_totals.happened[static_cast<std::size_t>(incident.what)];
        switch (incident.what) {
        case Happening::SaveHours:
        case Happening::SaveStory:
        case Happening::Amend:
        case Happening::Withdraw:
            save(number, incident);
            return;
        case Happening::SyncNow:
            ask(number, SyncTrigger::ByHand);
            return;
        case Happening::Decide:
            decide(incident.amount);
            return;
        case Happening::KillDevice:
        case Happening::CutDevicePower:
            if (!device.program)
                return;
            say(label(number) + (incident.what == Happening::KillDevice ? " is killed" : " loses its power"));
            stop_device(number, incident.what == Happening::CutDevicePower);
            return;
        case Happening::CutDevicePowerAtWrite:
            if (device.program)
                device.disk.stop_after(incident.amount);
            return;
        case Happening::FillDeviceDisk:
            say(label(number) + " has a full disk");
            device.is_disk_full = true;
            device.disk.set_full(true);
            in(incident.amount, [this, number] { empty_disk(number); });
            return;
        case Happening::JumpDeviceClock:
            say(label(number) + " has another time");
            device.clock.offset_ms += incident.amount;
            return;
        case Happening::LoseNetwork:
            say(label(number) + " loses the network");
            device.offline_until_ms = m_now_ms + incident.amount;
            in(incident.amount, [this, number] { ask(number, SyncTrigger::NetworkBack); });
            return;
        case Happening::WipeDevice:
            if (!m_server)
                return;
            say(label(number) + " is wiped");
            ++device.boot;
            device.waits_for_answer = false;
            device.disk.stop();
            device.program.reset();
            device.disk.wipe();
            device.was_wiped = true;
            device.known.forget();
            start_device(number);
            enrol_device(number);
            return;
        case Happening::RevokeDevice:
            revoke(number);
            return;
        case Happening::EnrolAgain:
            enrol_device(number);
            return;
        case Happening::KillServer:
        case Happening::CutServerPower:
            if (!m_server)
                return;
            say(incident.what == Happening::KillServer ? "server is killed" : "server loses its power");
            stop_server(incident.what == Happening::CutServerPower);
            return;
        case Happening::CutServerPowerAtWrite:
            if (m_server)
                m_server_disk.stop_after(incident.amount);
            return;
        case Happening::FillServerDisk:
            say("server has a full disk");
            m_is_server_disk_full = true;
            m_server_disk.set_full(true);
            in(incident.amount, [this] {
                m_is_server_disk_full = false;
                m_server_disk.set_full(false);
            });
            return;
        case Happening::JumpServerClock:
            m_server_clock.offset_ms += incident.amount;
            return;
        }
    }

    void empty_disk(std::size_t number)
    {
        m_devices[number]->is_disk_full = false;
        m_devices[number]->disk.set_full(false);
    }

    void revoke(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        if (!m_server || device.is_revoked)
            return;
        try {
            auto database = m_server->pool.lease();
            const auto name =
                "Tablet " + std::to_string(number) + "-" + std::to_string(device.enrolments - 1);
            const auto done = server::revoke_device(*database, name, m_server_clock.now());
            say(name + " is revoked: " + (done ? "done" : done.error().code));
            device.is_revoked = device.is_revoked || done.ok();
        } catch (const std::exception& error) {
            if (!m_server_disk.is_stopped() && !m_is_server_disk_full)
                throw Broken{std::string("revoking failed: ") + error.what()};
        }
        (void)is_server_alive();
    }

    [[nodiscard]] client::CaptureRequest some_request(std::size_t number, const Incident& incident)
    {
        const DeviceNode& device = *m_devices[number];
        SeededRandom random(static_cast<std::uint64_t>(incident.amount) * 977 + number);
        const auto below = [&random](std::uint64_t end) {
            return static_cast<std::int32_t>(random.u64() % end);
        };
        client::CaptureRequest request;
        request.entry.language = "en";
        request.entry.about.contract = below(20) == 0 ? "LCC-9" : "LCC-1";
        if (incident.what == Happening::SaveStory) {
            request.entry.kind = EvidenceKind::Story;
            StoryBody body;
            body.title = "A garden";
            body.what = "Twelve of us turned yard " + std::to_string(below(1000)) + " into a garden.";
            body.changed = "The lunch club picks its own vegetables.";
            request.entry.body = body;
            client::Picture picture;
            picture.bytes = random.bytes(static_cast<std::size_t>(500 + below(6'000)));
            picture.media_type = "image/jpeg";
            picture.width = 64;
            picture.height = 48;
            picture.digest = crypto::sha256_hex(picture.bytes);
            request.pictures = {picture};
            return request;
        }
        request.entry.kind = EvidenceKind::Hours;
        request.entry.about.measure = "NT86";
        HoursBody body;
        body.host = "St Anne's Primary School";
        body.activity = "Built raised beds";
        body.date = {2026, 1, 5 + below(4)};
        body.start_min = 8 * 60 + 30 * below(8);
        body.end_min = body.start_min + 30 + 30 * below(6);
        // Some are written down on two devices, which is for merge to find.
        body.people.name = below(4) == 0 ? "Jo Marsden" : "Person " + std::to_string(incident.amount);
        request.entry.body = body;
        if (incident.what == Happening::SaveHours || device.known.saved.empty())
            return request;
        auto chosen = device.known.saved.begin();
        std::advance(chosen, incident.amount % static_cast<std::int64_t>(device.known.saved.size()));
        request.entry.amends = chosen->first;
        request.entry.reason = "It was another day.";
        request.entry.action = EntryAction::Amend;
        if (incident.what == Happening::Withdraw) {
            request.entry.action = EntryAction::Withdraw;
            request.entry.body = std::monostate{};
        }
        return request;
    }

    void save(std::size_t number, const Incident& incident)
    {
        DeviceNode& device = *m_devices[number];
        if (!device.program)
            return;
        try {
            const auto saved = device.program->capture.save(some_request(number, incident));
            if (!saved) {
                say(label(number) + " did not save: " + saved.error().code);
                return;
            }
            ++m_totals.entries;
            const auto sealed = device.program->store.sealed_entry(*saved);
            if (!sealed)
                throw Broken{label(number) + " saved an entry and does not find it"};
            device.known.saved[*saved] = sealed->record;
            say(label(number) + " saved " + saved->text());
        } catch (const Broken&) {
            throw;
        } catch (const std::exception& error) {
            after_failure(number, error.what());
            return;
        }
        ask(number, SyncTrigger::Saved);
    }

    std::int64_t draw(std::int64_t end)
    {
        return static_cast<std::int64_t>(m_choices.u64() % static_cast<std::uint64_t>(end));
    }

    // The end ----------------------------------------------------------------------------------------

    void heal()
    {
        say("all is well from here");
        m_is_healed = true;
        m_is_server_disk_full = false;
        m_server_disk.set_full(false);
        m_server_disk.never_stop();
        if (!m_server)
            start_server();
        for (std::size_t i = 0; i < m_devices.size(); ++i) {
            DeviceNode& device = *m_devices[i];
            device.offline_until_ms = 0;
            empty_disk(i);
            device.disk.never_stop();
            if (!device.program)
                start_device(i);
            if (device.program && !device.program->store.identity())
                enrol_device(i);
            ask(i, SyncTrigger::NetworkBack);
        }
    }

    [[nodiscard]] bool has_sent_everything(std::size_t number)
    {
        DeviceNode& device = *m_devices[number];
        if (!device.program || device.program->is_in_round)
            return false;
        if (device.is_revoked || device.enrolments > 1)
            return !can_still_send(device);
        const auto counts = device.program->store.counts();
        return counts.unsent == 0 && counts.photos_waiting == 0;
    }

    /// What was sealed under an enrolment that was revoked stays.
    [[nodiscard]] bool can_still_send(DeviceNode& device)
    {
        auto database = m_server->pool.lease();
        for (const auto& identity : device.program->store.identities_with_unsent()) {
            const auto known = server::find_device(*database, identity.device);
            if (known && !known->revoked_at)
                return true;
        }
        return false;
    }

    void run_until_quiet()
    {
        const auto end_ms = m_now_ms + quiet_limit_ms;
        const auto all = [this](const auto& condition) {
            for (std::size_t i = 0; i < m_devices.size(); ++i)
                if (!condition(i))
                    return false;
            return true;
        };
        const auto wait_for = [&](const auto& condition, const char* what) {
            while (!all(condition)) {
                if (m_now_ms > end_ms || !step())
                    throw Broken{std::string("nothing stands in the way any more, and yet ") + what};
            }
        };
        wait_for([this](std::size_t i) { return has_sent_everything(i); },
                 "a device has not sent everything");
        // What was put aside because of damage on the way is sent again by its worker.
        for (std::size_t i = 0; i < m_devices.size(); ++i) {
            for (const auto& row : m_devices[i]->program->store.entries(client::EntryState::Rejected)) {
                if (row.code == "contract_unknown")
                    continue;
                ++m_totals.set_aside;
                say(label(i) + " sends again by hand: " + row.id.text() + " (" + row.code + ")");
                (void)m_devices[i]->program->store.send_again(row.id);
            }
            ask(i, SyncTrigger::ByHand);
        }
        wait_for([this](std::size_t i) { return has_sent_everything(i); },
                 "a device cannot send what it put aside");
        std::vector<std::uint64_t> rounds;
        for (std::size_t i = 0; i < m_devices.size(); ++i) {
            rounds.push_back(m_devices[i]->rounds_done);
            ask(i, SyncTrigger::ByHand);
        }
        wait_for(
            [&](std::size_t i) {
                return m_devices[i]->is_revoked ||
                       (m_devices[i]->rounds_done > rounds[i] && has_sent_everything(i));
            },
            "a device cannot fetch its news");
    }

    void check_everything()
    {
        check_acknowledged();
        const auto broken = [](const std::string& what) { throw Broken{what}; };
        check_server(*m_server, m_totals.checks, broken);
        for (std::size_t i = 0; i < m_devices.size(); ++i) {
            check_saved(i);
            check_device(m_devices[i]->program->store, m_devices[i]->known, *m_server, m_totals.checks,
                         [i](const std::string& what) { throw Broken{label(i) + ": " + what}; });
        }
        say("everything agrees");
    }

    const Plan& m_plan;
    Trace m_trace;
    Totals& m_totals;
    std::int64_t m_now_ms = 0;
    SystemRandom m_random;
    Disk m_server_disk;
    MachineClock m_server_clock;
    fs::path m_photos;
    SeededRandom m_choices;
    std::unique_ptr<ServerProgram> m_server; ///< none while it is down
    std::vector<std::unique_ptr<DeviceNode>> m_devices;
    std::map<Uuid, std::string> m_acknowledged; ///< digests, hex
    bool m_is_server_disk_full = false;
    bool m_is_healed = false;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> m_events;
    std::uint64_t m_event_number = 0;
    std::vector<std::string> m_lines;
    std::uint64_t m_fingerprint = 14'695'981'039'346'656'037ULL;
};

Simulator::Simulator(fs::path folder) : m_folder(std::move(folder))
{
    fs::create_directories(m_folder);
    use_simulated_disks();
    seed_the_kernel(1);
    Disk disk((m_folder / "image").string(), 1);
    m_server_image = make_server_image(disk);
}

Simulator::~Simulator()
{
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

Outcome Simulator::run(const Plan& plan, Trace trace)
{
    seed_the_kernel(plan.seed);
    World world(plan, trace, m_folder, m_server_image, m_totals);
    return world.run();
}

} // namespace tally::simulation
