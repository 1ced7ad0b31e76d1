#include "tests/simulation/world_core.h"

#include <algorithm>

namespace tally::simulation {

using client::HttpRequest;
using client::HttpResponse;

namespace {

constexpr std::int64_t request_timeout_ms = 30'000;
constexpr std::size_t sent_kept_max = 6;
constexpr std::int64_t usual_delay_ms = 400;

Fate fate_of(const Plan& plan, std::size_t device, std::uint64_t number)
{
    SeededRandom random(plan.seed * 1'000'003 + device * 7919 + number * 104'729);
    const auto happens = [&random](std::uint32_t per_mille) { return random.u64() % 1000 < per_mille; };
    const NetworkFaults& network = plan.network;
    Fate fate;
    fate.drop_request = happens(network.drop_request);
    fate.drop_answer = happens(network.drop_answer);
    fate.repeat = happens(network.repeat);
    fate.cut = happens(network.cut);
    fate.corrupt = happens(network.corrupt);
    const auto delay_ms = [&]() -> std::int64_t {
        return static_cast<std::int64_t>(
            random.u64() % static_cast<std::uint64_t>(happens(network.delay) ? 40'000 : usual_delay_ms));
    };
    fate.there_ms = delay_ms();
    fate.back_ms = delay_ms();
    fate.repeat_ms = static_cast<std::int64_t>(random.u64() % 600'000);
    fate.place = random.u64();
    fate.process = random.u64();
    return fate;
}

Error offline()
{
    return {"offline", "The server cannot be reached."};
}

} // namespace

void World::send(std::size_t number, const HttpRequest& request, const client::Identity& to)
{
    DeviceNode& device = *m_devices[number];
    const auto serial = ++device.requests;
    device.waits_for_answer = true;
    ++m_totals.requests;
    Fate fate = fate_of(m_plan, number, serial);
    if (m_is_healed) {
        // The network is quick again too: an earlier server that does not answer in time is left out of the
        // round.
        fate.there_ms %= usual_delay_ms;
        fate.back_ms %= usual_delay_ms;
    }
    const auto boot = device.boot;
    say(label(number) + " sends " + request.method + " " + request.target.substr(0, 40) + " (" +
        std::to_string(request.body.size()) + " bytes) to " + to.server);
    const Error timed_out{"timed_out", "The answer did not come in time."};
    const Site* const site = site_at(to.server);
    if (m_now_ms < device.offline_until_ms || device.is_remote || site == nullptr) {
        in(200, [=, this] { answered(number, boot, serial, offline()); });
        return;
    }
    if (!m_is_healed && fate.drop_request) {
        ++m_totals.dropped;
        say("  which is lost");
        in(request_timeout_ms, [=, this] { answered(number, boot, serial, timed_out); });
        return;
    }
    if (request.target == "/api/v1/batches") {
        device.sent.push_back({site->number, request});
        if (device.sent.size() > sent_kept_max)
            device.sent.pop_front();
    }
    const auto place = site->number;
    if (!m_is_healed && fate.repeat) {
        ++m_totals.repeated;
        Fate again = fate;
        ++again.process;
        m_totals.other_process += site->processes.size() > 1 ? 1 : 0;
        in(fate.there_ms + fate.repeat_ms, [=, this] { arrive(number, 0, serial, place, request, again); });
    }
    if (std::max(fate.there_ms, fate.back_ms) > usual_delay_ms)
        ++m_totals.delayed;
    in(fate.there_ms, [=, this] { arrive(number, boot, serial, place, request, fate); });
    // Whatever happens, the device does not wait longer.
    in(request_timeout_ms, [=, this] { answered(number, boot, serial, timed_out); });
}

/// `boot` 0: a repetition, for whose answer nobody waits.
void World::arrive(std::size_t number, std::uint64_t boot, std::uint64_t serial, std::size_t place,
                   HttpRequest request, const Fate& fate)
{
    DeviceNode& device = *m_devices[number];
    Site& site = *m_sites[place];
    const auto give = [&](const Result<HttpResponse>& answer, std::int64_t after_ms) {
        if (boot != 0)
            in(after_ms, [=, this] { answered(number, boot, serial, answer); });
    };
    if (!site.is_up()) {
        give(offline(), 50);
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
            give(offline(), 2'000);
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
    HttpResponse answer = site.process(fate.process).answer(request, ends_at);
    if (!is_alive(site)) {
        give(offline(), 1'000);
        return;
    }
    if (answer.status >= 400)
        say("  is answered " + std::to_string(answer.status) + " " + answer.body.substr(0, 200));
    note_promises(site, request, answer);
    if (ends_at || (!m_is_healed && fate.drop_answer)) {
        ++m_totals.lost_answers;
        say("  whose answer is lost");
        give(offline(), 5'000);
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
            give(offline(), fate.back_ms);
        }
        return;
    }
    give(answer, fate.back_ms);
}

void World::answered(std::size_t number, std::uint64_t boot, std::uint64_t serial,
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

/// A copy that lay about somewhere comes once more: also of what was erased since.
void World::repeat_old_send(std::size_t number, std::int64_t amount)
{
    const DeviceNode& device = *m_devices[number];
    if (device.sent.empty())
        return;
    const OldRequest& old = device.sent[static_cast<std::size_t>(amount) % device.sent.size()];
    say("an old batch of " + label(number) + " arrives once more");
    Fate fate;
    fate.process = static_cast<std::uint64_t>(amount);
    arrive(number, 0, device.requests, old.site, old.request, fate);
}

} // namespace tally::simulation
