#include "client/sync/sync.h"
#include "server/storage/device_keys.h"
#include "shared/crypto/hash.h"
#include "tests/simulation/world_core.h"

#include <algorithm>

namespace tally::simulation {

using client::SyncStep;
using client::SyncTrigger;

namespace {

constexpr std::int64_t uptime_start_ms = 1'000'000;

/// Eight letters and digits, as the client makes them.
std::string code_for(std::size_t device, std::int64_t amount)
{
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    SeededRandom random(static_cast<std::uint64_t>(amount) * 31 + device);
    std::string code;
    for (int i = 0; i < 8; ++i)
        code += letters[random.u64() % letters.size()];
    return code;
}

client::Picture some_picture(SeededRandom& random)
{
    client::Picture picture;
    picture.bytes = random.bytes(500 + random.u64() % 6'000);
    picture.media_type = "image/jpeg";
    picture.width = 64;
    picture.height = 48;
    picture.digest = crypto::sha256_hex(picture.bytes);
    return picture;
}

StoryBody some_story(SeededRandom& random, const std::string& code)
{
    StoryBody body;
    body.title = "A garden";
    body.what = "Twelve of us turned yard " + std::to_string(random.u64() % 1000) + " into a garden.";
    body.changed = "The lunch club picks its own vegetables.";
    if (!code.empty()) {
        Consent consent;
        consent.person = "Jo Marsden";
        consent.uses = {ConsentUse::Report};
        consent.wording_version = "2026-01";
        consent.language = "en";
        consent.withdrawal_code = code;
        body.consents = {consent};
    }
    return body;
}

DeliveryBody some_delivery(SeededRandom& random)
{
    DeliveryBody body;
    body.quantity = Quantity{static_cast<std::int64_t>(1 + random.u64() % 5'000) * 600};
    body.period_start = {2026, 1, 1};
    body.period_end = {2026, 1, 31};
    body.description = "Timber from a yard in the county";
    body.evidence_reference = "INV-" + std::to_string(random.u64() % 50);
    return body;
}

FeedbackBody some_feedback(SeededRandom& random)
{
    FeedbackBody body;
    body.questionnaire = "community-event";
    body.language = random.u64() % 3 == 0 ? "ur" : "en";
    body.answers = {{"feeling", static_cast<std::int64_t>(1 + random.u64() % 5)}};
    if (random.u64() % 2 == 0)
        body.answers.push_back({"message", "More benches, please: " + std::to_string(random.u64() % 1000)});
    return body;
}

HoursBody some_hours(SeededRandom& random, std::int64_t amount)
{
    const auto below = [&random](std::uint64_t end) { return static_cast<std::int32_t>(random.u64() % end); };
    HoursBody body;
    body.host = "St Anne's Primary School";
    body.activity = "Built raised beds";
    body.date = {2026, 1, 5 + below(4)};
    body.start_min = 8 * 60 + 30 * below(8);
    body.end_min = body.start_min + 30 + 30 * below(6);
    // Some are written down on two devices, which is for merge to find.
    body.people.name = below(4) == 0 ? "Jo Marsden" : "Person " + std::to_string(amount);
    return body;
}

} // namespace

void World::start_device(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    ++device.boot;
    device.waits_for_answer = false;
    try {
        device.program = std::make_unique<DeviceProgram>(device.folder, device.clock, m_random);
        check_saved(number);
        adopt_enrolments(number);
    } catch (const Broken&) {
        throw;
    } catch (const std::exception& error) {
        if (!device.disk.is_stopped() && !device.is_disk_full)
            m_audit.of(label(number)).complain(std::string("cannot start: ") + error.what());
        stop_device(number, device.disk.is_stopped());
        return;
    }
    say(label(number) + " is up");
    device.program->schedule.ask(SyncTrigger::Start, uptime_ms());
    drive(number);
}

void World::stop_device(std::size_t number, bool power)
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
void World::after_failure(std::size_t number, const char* what)
{
    DeviceNode& device = *m_devices[number];
    if (device.disk.is_stopped()) {
        say(label(number) + " lost its power in the middle of a write");
        stop_device(number, true);
        return;
    }
    if (!device.is_disk_full)
        m_audit.of(label(number)).complain(std::string("failed without a reason: ") + what);
    // As SyncWorker does: a new connection, later.
    say(label(number) + " failed: " + what);
    stop_device(number, false);
}

/// What the worker was told is saved is on the disk as it was sealed.
void World::check_saved(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    const auto adopted = check_and_adopt(
        device.program->store, device.known, [this](const Uuid& id) { return may_be_erased(id); },
        m_audit.of(label(number)));
    for (const auto& row : adopted) {
        const auto earlier = row.amends ? m_roots.find(*row.amends) : m_roots.end();
        m_roots[row.id] = earlier == m_roots.end() ? row.id : earlier->second;
    }
}

/// When its power fails just after an enrolment, the device has it and nobody was told.
void World::adopt_enrolments(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    for (const auto& identity : device.program->store.identities()) {
        if (m_enrolments.contains(identity.device))
            continue;
        const Site* const site = site_once_at(identity.server);
        if (site == nullptr)
            m_audit.of(label(number)).complain("it is enrolled at " + identity.server + ", which is nowhere");
        say(label(number) + " is enrolled as " + identity.device.text() + ", as it turns out");
        m_enrolments[identity.device] = {.site = site->number, .name = identity.name};
    }
    if (const auto current = device.program->store.identity())
        device.site = m_enrolments.at(current->device).site;
}

std::int64_t World::uptime_ms() const
{
    return uptime_start_ms + m_now_ms;
}

void World::ask(std::size_t number, SyncTrigger trigger)
{
    DeviceNode& device = *m_devices[number];
    if (!device.program)
        return;
    device.program->schedule.ask(trigger, uptime_ms());
    if (trigger == SyncTrigger::ByHand)
        device.program->engine.forget_refusals();
    if (!device.program->is_in_round)
        drive(number);
}

/// The driver's loop, until the device waits for an answer or the time.
void World::drive(std::size_t number)
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
                send(number, step.request, *step.to);
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

void World::end_round(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    DeviceProgram& program = *device.program;
    program.is_in_round = false;
    const auto& failure = program.engine.failure();
    client::RoundEnd end = client::RoundEnd::Done;
    if (failure)
        end = client::round_end_after(Result<client::SyncReport>(*failure));
    // The present enrolment has its turn last: where that one is revoked, the others have had theirs.
    if (!failure || failure->code == "device_revoked")
        ++device.rounds_done;
    say(label(number) + " ended a round: " + (failure ? failure->code : "done"));
    program.schedule.round_ended(end, uptime_ms(), program.engine.retry_after_ms());
    if (const auto soon_ms = program.engine.come_back_in_ms(); soon_ms && !failure)
        program.schedule.come_back_in(*soon_ms, uptime_ms());
}

void World::wake(std::size_t number, std::int64_t wait_ms)
{
    DeviceNode& device = *m_devices[number];
    const auto timer = ++device.timer;
    in(wait_ms, [this, number, timer, boot = device.boot] {
        DeviceNode& woken = *m_devices[number];
        if (woken.program && woken.boot == boot && woken.timer == timer)
            drive(number);
    });
}

void World::empty_disk(std::size_t number)
{
    m_devices[number]->is_disk_full = false;
    m_devices[number]->disk.set_full(false);
}

void World::wipe(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    if (!m_sites[device.site]->is_up())
        return;
    say(label(number) + " is wiped");
    ++device.boot;
    device.waits_for_answer = false;
    device.disk.stop();
    device.program.reset();
    device.disk.wipe();
    device.known.clear();
    device.withdrawn_codes.clear();
    device.sent.clear();
    start_device(number);
    enrol_device(number);
}

/// Each of two copies would meet that wish with a key of its own.
bool World::is_asked_for_key(const client::Identity& identity)
{
    const auto found = m_enrolments.find(identity.device);
    if (found == m_enrolments.end() || !m_sites[found->second.site]->is_up())
        return true;
    auto database = m_sites[found->second.site]->process(0).pool.lease();
    return server::new_key_asked_at(*database, identity.device).has_value();
}

/// Somebody sets up the second tablet by copying the folder of the first, which goes on working.
void World::clone(std::size_t from, std::size_t to)
{
    DeviceNode& first = *m_devices[from];
    DeviceNode& second = *m_devices[to];
    if (from == to || !first.program || m_plan.device[from].is_kiosk != m_plan.device[to].is_kiosk)
        return;
    const auto identities = first.program->store.identities();
    if (identities.empty() || std::any_of(identities.begin(), identities.end(),
                                          [this](const auto& each) { return is_asked_for_key(each); }))
        return;
    say(label(to) + " gets a copy of what is on " + label(from));
    for (const auto& each : identities)
        if (const auto found = m_enrolments.find(each.device); found != m_enrolments.end())
            found->second.is_cloned = true;
    ++second.boot;
    second.waits_for_answer = false;
    second.disk.stop();
    second.program.reset();
    second.disk.load(first.disk.image());
    second.known = first.known;
    second.withdrawn_codes = first.withdrawn_codes;
    second.site = first.site;
    second.sent.clear();
    start_device(to);
}

/// One that was not taken is chosen before others: its worker is told of it.
std::optional<client::EntryRow> World::chosen_entry(DeviceNode& device, std::int64_t amount)
{
    client::Store& store = device.program->store;
    auto rows = store.entries(client::EntryState::Rejected);
    if (rows.empty() || amount % 2 == 0)
        rows = store.entries();
    if (rows.empty())
        return std::nullopt;
    return rows[static_cast<std::size_t>(amount / 2) % rows.size()];
}

/// What a first entry is of: kiosks ask residents, workers mostly write down hours.
EvidenceKind World::some_kind(std::size_t number, Happening what, Random& random) const
{
    if (what == Happening::SaveStory)
        return EvidenceKind::Story;
    if (m_plan.device[number].is_kiosk)
        return EvidenceKind::Feedback;
    return random.u64() % 6 == 0 ? EvidenceKind::Delivery : EvidenceKind::Hours;
}

client::CaptureRequest World::some_request(std::size_t number, const Incident& incident)
{
    DeviceNode& device = *m_devices[number];
    SeededRandom random(static_cast<std::uint64_t>(incident.amount) * 977 + number);
    client::CaptureRequest request;
    Entry& entry = request.entry;
    entry.language = "en";
    entry.about.contract = random.u64() % 20 == 0 ? "LCC-9" : "LCC-1";
    entry.kind = some_kind(number, incident.what, random);
    std::string code = code_for(number, incident.amount);
    const bool is_new = incident.what == Happening::SaveHours || incident.what == Happening::SaveStory;
    if (!is_new && chosen_entry(device, incident.amount)) {
        const auto row = *chosen_entry(device, incident.amount);
        const auto earlier = m_codes.find(row.id);
        entry.kind = row.kind;
        code = earlier == m_codes.end() ? std::string() : earlier->second;
        if (row.state == client::EntryState::Rejected) {
            request.puts_right = row.id;
            entry.about.contract = "LCC-1";
        } else {
            entry.amends = row.id;
            entry.action = incident.what == Happening::Withdraw ? EntryAction::Withdraw : EntryAction::Amend;
        }
        entry.reason = "It was another day.";
    }
    if (entry.action == EntryAction::Withdraw)
        return request;
    switch (entry.kind) {
    case EvidenceKind::Hours:
        entry.about.measure = "NT86";
        entry.body = some_hours(random, incident.amount);
        break;
    case EvidenceKind::Delivery:
        entry.about.measure = "NT28";
        entry.body = some_delivery(random);
        break;
    case EvidenceKind::Feedback:
        entry.about.place = "park";
        entry.body = some_feedback(random);
        break;
    case EvidenceKind::Story:
        entry.body = some_story(random, code);
        if (entry.action == EntryAction::Capture)
            request.pictures = {some_picture(random)};
        break;
    }
    return request;
}

bool World::take_back(DeviceNode& device, const Incident& incident)
{
    const auto row = chosen_entry(device, incident.amount);
    if (!row || row->state != client::EntryState::Rejected)
        return false;
    m_taken_back.emplace(row->id, std::nullopt);
    const auto done = device.program->store.take_back(row->id, device.clock.now());
    say("an entry that was not taken is taken back: " + row->id.text() + (done ? "" : done.error().code));
    return true;
}

void World::note_saved(DeviceNode& device, const Uuid& id, const client::CaptureRequest& request)
{
    // What it puts right goes with it.
    const auto before = request.entry.amends ? request.entry.amends : request.puts_right;
    const auto earlier = before ? m_roots.find(*before) : m_roots.end();
    m_roots[id] = earlier == m_roots.end() ? id : earlier->second;
    // With what that one was to change and never came either.
    if (request.puts_right)
        for (const auto& row : device.program->store.entries(client::EntryState::Replaced))
            if (row.replaced_by == id)
                m_taken_back[row.id] = id;
    // Nobody reads on a kiosk what was given there.
    const auto sealed = device.program->vault.open_entry(id);
    if (sealed)
        m_audit.require(Check::Content, sealed->body == request.entry.body,
                        "entry " + id.text() + " was sealed with something else than what was typed");
    else if (device.program->store.identity()->mode != client::DeviceMode::Kiosk)
        m_audit.complain("entry " + id.text() +
                         " cannot be opened where it was saved: " + sealed.error().code);
    if (sealed || !request.puts_right)
        m_saved[id] = sealed ? *sealed : request.entry;
    if (const auto* story = std::get_if<StoryBody>(&request.entry.body))
        if (!story->consents.empty())
            m_codes[id] = story->consents.front().withdrawal_code;
    client::Store& store = device.program->store;
    for (const auto& digest : store.attachments_of(id))
        m_pictures[digest] = {id, store.sealed_attachment(digest)->size()};
}

void World::save(std::size_t number, const Incident& incident)
{
    DeviceNode& device = *m_devices[number];
    if (!device.program)
        return;
    try {
        if (incident.what == Happening::Withdraw && take_back(device, incident))
            return ask(number, SyncTrigger::Saved);
        const auto request = some_request(number, incident);
        const auto saved = device.program->capture.save(request);
        if (!saved) {
            say(label(number) + " did not save: " + saved.error().code);
            return;
        }
        ++m_totals.entries;
        const auto sealed = device.program->store.sealed_entry(*saved);
        if (!sealed)
            m_audit.of(label(number)).complain("saved an entry and does not find it");
        device.known[*saved] = sealed->record;
        note_saved(device, *saved, request);
        say(label(number) + " saved " + saved->text());
    } catch (const Broken&) {
        throw;
    } catch (const std::exception& error) {
        after_failure(number, error.what());
        return;
    }
    ask(number, SyncTrigger::Saved);
}

} // namespace tally::simulation
