#include "client/store/own_key.h"
#include "server/ledger/ledger.h"
#include "server/ledger/proof.h"
#include "server/ledger/standings.h"
#include "server/storage/device_keys.h"
#include "tests/simulation/world_core.h"

#include <algorithm>

namespace tally::simulation {

namespace fs = std::filesystem;
using client::SyncTrigger;

namespace {

constexpr std::int64_t quiet_limit_ms = 6 * 3'600'000;

} // namespace

World::World(const Plan& plan, Trace trace, const fs::path& folder, const Images& images, Totals& totals)
    : m_plan(plan), m_trace(trace), m_totals(totals), m_audit(totals.checks), m_folder(folder),
      m_images(images), m_choices(plan.seed * 131 + 3)
{
    for (int i = 0; i < plan.servers; ++i) {
        const auto at = static_cast<std::size_t>(i);
        auto site =
            std::make_unique<Site>(at, folder, plan.seed * 31 + 7 + at * 1'000'003, m_now_ms, plan.processes);
        site->disk.load(images.servers[at]);
        fs::create_directories(site->data);
        fs::create_directories(site->shelf);
        m_sites.push_back(std::move(site));
    }
    for (int i = 0; i < plan.devices; ++i) {
        const auto at = static_cast<std::size_t>(i);
        auto device = std::make_unique<DeviceNode>(folder / ("device-" + std::to_string(i)),
                                                   plan.seed * 53 + at, m_now_ms);
        const PlannedDevice& planned = plan.device[at];
        device->clock.offset_ms = planned.clock_offset_ms;
        device->clock.drift_ppm = planned.clock_drift_ppm;
        device->site = static_cast<std::size_t>(planned.server);
        device->is_remote = planned.is_remote;
        if (!planned.is_new)
            device->disk.load(images.device);
        m_devices.push_back(std::move(device));
    }
}

World::~World()
{
    // What is still open must not write to disks that are about to go.
    for (auto& site : m_sites) {
        site->disk.stop();
        site->processes.clear();
        site->disk.wipe();
        std::error_code ignored;
        fs::remove_all(site->data, ignored);
        fs::remove_all(site->shelf, ignored);
    }
    for (auto& device : m_devices) {
        device->disk.stop();
        device->program.reset();
    }
}

Outcome World::run()
{
    Outcome outcome;
    try {
        for (auto& site : m_sites)
            start_site(*site);
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

// Time -----------------------------------------------------------------------------------------------

void World::at(std::int64_t at_ms, std::function<void()> action)
{
    m_events.push({at_ms, m_event_number++, std::move(action)});
}

void World::in(std::int64_t ms, std::function<void()> action)
{
    at(m_now_ms + std::max<std::int64_t>(0, ms), std::move(action));
}

bool World::step()
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

void World::run_until(std::int64_t end_ms)
{
    while (!m_events.empty() && m_events.top().at_ms <= end_ms)
        step();
    m_now_ms = end_ms;
}

void World::say(const std::string& line)
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

std::int64_t World::draw(std::int64_t end)
{
    return static_cast<std::int64_t>(m_choices.u64() % static_cast<std::uint64_t>(end));
}

// What happens ---------------------------------------------------------------------------------------

void World::happen(const Incident& incident)
{
    const auto number = static_cast<std::size_t>(incident.device);
    if (number >= m_devices.size() && number >= m_sites.size())
        return;
    DeviceNode& device = *m_devices[std::min(number, m_devices.size() - 1)];
    Site& site = *m_sites[std::min(number, m_sites.size() - 1)];
    ++m_totals.happened[static_cast<std::size_t>(incident.what)];
    switch (incident.what) {
    case Happening::SaveHours:
    case Happening::SaveStory:
    case Happening::Amend:
    case Happening::Withdraw:
        return save(number, incident);
    case Happening::SyncNow:
        return ask(number, SyncTrigger::ByHand);
    case Happening::Decide:
        return decide(site, incident.amount);
    case Happening::Erase:
        return erase(site, incident.amount);
    case Happening::HandInCode:
        return hand_in_code(number, incident.amount);
    case Happening::TypeCode:
        return type_code(number, incident.amount);
    case Happening::RepeatOldSend:
        return repeat_old_send(number, incident.amount);
    case Happening::KillDevice:
    case Happening::CutDevicePower:
        if (!device.program)
            return;
        say(label(number) + (incident.what == Happening::KillDevice ? " is killed" : " loses its power"));
        return stop_device(number, incident.what == Happening::CutDevicePower);
    case Happening::CutDevicePowerAtWrite:
        if (device.program)
            device.disk.stop_after(incident.amount);
        return;
    case Happening::FillDeviceDisk:
        say(label(number) + " has a full disk");
        device.is_disk_full = true;
        device.disk.set_full(true);
        return in(incident.amount, [this, number] { empty_disk(number); });
    case Happening::JumpDeviceClock:
        say(label(number) + " has another time");
        device.clock.offset_ms += incident.amount;
        return;
    case Happening::LoseNetwork:
        say(label(number) + " loses the network");
        device.offline_until_ms = m_now_ms + incident.amount;
        return in(incident.amount, [this, number] { ask(number, SyncTrigger::NetworkBack); });
    case Happening::WipeDevice:
        return wipe(number);
    case Happening::RevokeDevice:
        return revoke(number);
    case Happening::EnrolAgain:
        return enrol_device(number);
    case Happening::ChangeDeviceKey:
        return change_key(number, incident.amount);
    case Happening::CarryBundle:
        return carry_bundle(number, incident.amount);
    case Happening::KillServer:
        if (site.is_up())
            kill_process(site, static_cast<std::size_t>(incident.amount));
        return;
    case Happening::CutServerPower:
        if (!site.is_up())
            return;
        say(label(site) + " loses its power");
        return stop_site(site, true);
    case Happening::CutServerPowerAtWrite:
        if (site.is_up())
            site.disk.stop_after(incident.amount);
        return;
    case Happening::FillServerDisk:
        say(label(site) + " has a full disk");
        site.is_disk_full = true;
        site.disk.set_full(true);
        return in(incident.amount, [&site] {
            site.is_disk_full = false;
            site.disk.set_full(false);
        });
    case Happening::JumpServerClock:
        say(label(site) + " has another time");
        site.clock.offset_ms += incident.amount;
        return;
    case Happening::BackUpServer:
        return back_up(site);
    case Happening::LoseServerDisk:
        return lose_disk(site, incident.amount);
    case Happening::MoveServer:
        return move_site(site, incident.amount);
    case Happening::ChangeServerKey:
        return change_server_key(site, incident.amount);
    case Happening::EnrolElsewhere:
        device.site = (device.site + 1) % m_sites.size();
        return enrol_device(number);
    case Happening::UseCodeTwice:
        return use_code_twice(number);
    case Happening::UseCodeLate:
        return use_code_late(number, incident.amount);
    case Happening::GiveNameTwice:
        return give_name_twice(number);
    case Happening::ImportContract:
        return import_contract(site);
    case Happening::ImportWrongContract:
        return import_wrong_contract(site);
    case Happening::LosePhotos:
        return lose_photos(site, incident.amount);
    case Happening::CloneDevice:
        return clone(number, (number + 1) % m_devices.size());
    }
}

// The end --------------------------------------------------------------------------------------------

void World::heal()
{
    say("all is well from here");
    m_is_healed = true;
    for (auto& site : m_sites) {
        site->is_disk_full = false;
        site->disk.set_full(false);
        site->disk.never_stop();
        // It lost its power in a write of its own, and nobody has asked it for anything since.
        if (site->disk.is_stopped())
            stop_site(*site, true);
        if ((site->is_lost || site->is_wrong) && !site->backups.empty())
            restore(*site, site->backups.back(), false);
        // It looks for its photos when it starts.
        if (!site->lost_photos.empty())
            for (auto& process : site->processes)
                process.reset();
        start_site(*site);
    }
    for (std::size_t i = 0; i < m_devices.size(); ++i) {
        DeviceNode& device = *m_devices[i];
        device.offline_until_ms = 0;
        empty_disk(i);
        device.disk.never_stop();
        if (!device.program)
            start_device(i);
        if (device.program && !device.program->store.identity())
            enrol_device(i);
        if (device.is_remote)
            carry_everything(i);
        device.is_remote = false;
        ask(i, SyncTrigger::NetworkBack);
    }
}

bool World::has_sent_everything(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    if (!device.program || device.program->is_in_round)
        return false;
    const auto counts = device.program->store.counts();
    if (counts.unsent == 0 && counts.photos_waiting == 0 && counts.withdrawals == 0)
        return true;
    return !can_still_send(device);
}

/// What was sealed under an enrolment that was revoked stays.
bool World::can_still_send(DeviceNode& device)
{
    const auto identities = device.program->store.identities_with_unsent();
    return std::any_of(identities.begin(), identities.end(), [this](const auto& identity) {
        return m_enrolments.contains(identity.device) && !is_revoked(identity.device);
    });
}

/// Under a revoked enrolment it is told nothing any more, under those before it is.
bool World::can_hear(DeviceNode& device)
{
    if (!device.program)
        return true;
    auto identities = device.program->store.identities_with_entries();
    if (auto current = device.program->store.identity())
        identities.push_back(std::move(*current));
    return std::any_of(identities.begin(), identities.end(),
                       [this](const auto& identity) { return !is_revoked(identity.device); });
}

bool World::is_revoked(const Uuid& enrolled)
{
    const auto found = m_enrolments.find(enrolled);
    if (found == m_enrolments.end())
        return false;
    auto database = m_sites[found->second.site]->process(0).pool.lease();
    const auto known = server::find_device(*database, enrolled);
    return known && known->revoked_at;
}

void World::wait_for(std::int64_t end_ms, const std::function<bool(std::size_t)>& condition, const char* what)
{
    const auto all = [&] {
        for (std::size_t i = 0; i < m_devices.size(); ++i)
            if (!condition(i))
                return false;
        return true;
    };
    while (!all())
        if (m_now_ms > end_ms || !step())
            m_audit.complain(std::string("nothing stands in the way any more, and yet ") + what);
}

void World::run_until_quiet()
{
    const auto end_ms = m_now_ms + quiet_limit_ms;
    (void)settle();
    fetch_news(end_ms);
    bool goes_on = settle();
    const auto before = log_sizes();
    for (auto& site : m_sites)
        site->process(0).erasure.catch_up();
    goes_on = goes_on || before != log_sizes();
    if (goes_on)
        fetch_news(end_ms);
}

std::vector<std::uint64_t> World::log_sizes()
{
    std::vector<std::uint64_t> sizes;
    for (auto& site : m_sites) {
        auto database = site->process(0).pool.lease();
        sizes.push_back(server::log_size(*database));
    }
    return sizes;
}

/// What its worker does when sync has done all that it can: an enrolment that the server knows nothing of, or
/// that names a place where no server is any more, is renewed, and what was put aside is sent again. False
/// when there was nothing of it.
bool World::settle()
{
    const auto done = [this] { return m_enrolments.size() + static_cast<std::size_t>(m_totals.set_aside); };
    const auto before = done();
    for (std::size_t i = 0; i < m_devices.size(); ++i) {
        DeviceNode& device = *m_devices[i];
        const std::size_t home = device.site;
        for (const auto& earlier : device.program->store.identities_with_entries()) {
            const auto found = m_enrolments.find(earlier.device);
            if (found == m_enrolments.end() || is_enrolled_at(device, *m_sites[found->second.site]))
                continue;
            device.site = found->second.site;
            enrol_device(i);
        }
        device.site = home;
        const auto identity = device.program->store.identity();
        if (!identity || identity->server != m_sites[home]->address)
            enrol_device(i);
        for (const auto& row : device.program->store.entries(client::EntryState::Rejected)) {
            ++m_totals.set_aside;
            say(label(i) + " sends again by hand: " + row.id.text() + " (" + row.code + ")");
            (void)device.program->store.send_again(row.id);
        }
    }
    return done() != before;
}

/// At the address where that server is now.
bool World::is_enrolled_at(DeviceNode& device, const Site& site)
{
    const auto all = device.program->store.identities();
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& identity) { return identity.server == site.address; });
}

/// Until every device has asked each server for news and nothing follows from them any more.
void World::fetch_news(std::int64_t end_ms)
{
    std::vector<std::uint64_t> before;
    do {
        before = log_sizes();
        std::vector<std::uint64_t> rounds;
        for (std::size_t i = 0; i < m_devices.size(); ++i) {
            rounds.push_back(m_devices[i]->rounds_done);
            ask(i, SyncTrigger::ByHand);
        }
        wait_for(
            end_ms,
            [&](std::size_t i) {
                const bool is_told = m_devices[i]->rounds_done > rounds[i] || !can_hear(*m_devices[i]);
                return is_told && has_sent_everything(i);
            },
            "a device cannot send everything or fetch its news");
    } while (before != log_sizes());
}

void World::check_everything()
{
    for (auto& site : m_sites) {
        check_promises(*site);
        const auto audit = m_audit.of(label(*site));
        for (const auto& process : site->processes)
            if (process)
                check_erased(*process, site->erased, m_codes, audit);
        check_server(site->process(0), m_saved, m_taken_back, audit);
        // Two tablets with one chain: each is whole, together they are no chain.
        for (const auto& [device, enrolment] : m_enrolments)
            if (enrolment.site == site->number && !enrolment.is_cloned)
                check_chain(site->process(0), device, audit);
    }
    check_revoked();
    check_codes();
    for (std::size_t i = 0; i < m_devices.size(); ++i) {
        check_saved(i);
        check_device(
            *m_devices[i]->program, m_devices[i]->known, m_saved, m_taken_back,
            [this](const Uuid& device) {
                SeenBy seen;
                const auto found = m_enrolments.find(device);
                if (found == m_enrolments.end())
                    return seen;
                Site& site = *m_sites[found->second.site];
                seen.server = &site.process(0);
                seen.was_restored = site.restores > 0;
                seen.erased = &site.erased;
                auto database = seen.server->pool.lease();
                const auto known = server::find_device(*database, device);
                seen.is_known = known.has_value();
                seen.is_revoked = known && known->revoked_at;
                seen.is_cloned = found->second.is_cloned;
                return seen;
            },
            m_audit.of(label(i)));
        check_keys(i);
    }
    check_returned();
    check_lost_photos();
    say("everything agrees");
}

/// Devices that were revoked are out, also after a restore, and no others.
void World::check_revoked()
{
    for (const auto& [device, enrolment] : m_enrolments) {
        Site& site = *m_sites[enrolment.site];
        auto database = site.process(0).pool.lease();
        const auto known = server::find_device(*database, device);
        if (!known)
            continue;
        const auto audit = m_audit.of(label(site));
        audit.require(Check::Revoked, !known->revoked_at || enrolment.may_be_revoked,
                      "nobody revoked " + enrolment.name + ", and it is out");
        audit.require(Check::Revoked, known->revoked_at || !enrolment.is_revoked,
                      enrolment.name + " was revoked and is in again");
    }
}

/// Whoever gave a withdrawal code was promised that what was given under it goes, whenever it arrives.
void World::check_codes()
{
    for (const auto& site : m_sites) {
        auto database = site->process(0).pool.lease();
        for (const auto& [entry, code] : m_codes) {
            if (!site->withdrawn_codes.contains(code))
                continue;
            const auto standing = server::read_standing(*database, entry);
            m_audit.of(label(*site))
                .require(Check::Erased, !standing || standing->erased,
                         "entry " + entry.text() + " stands, and its code " + code + " was handed in");
        }
    }
    for (std::size_t i = 0; i < m_devices.size(); ++i) {
        DeviceNode& device = *m_devices[i];
        for (const auto& [entry, code] : m_codes) {
            if (!device.withdrawn_codes.contains(code) || !device.known.contains(entry))
                continue;
            const auto row = device.program->store.find_entry(entry);
            m_audit.of(label(i)).require(Check::Erased, row && row->state == client::EntryState::Erased,
                                         "entry " + entry.text() + " is still here, and its code " + code +
                                             " was typed in");
        }
    }
}

/// Each enrolment that a device uses is known with the key that it signs with, whatever was lost or restored.
void World::check_keys(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    client::Store& store = device.program->store;
    auto used = store.identities_with_entries();
    const auto current = store.identity();
    if (current)
        used.push_back(*current);
    for (const auto& identity : used) {
        const auto found = m_enrolments.find(identity.device);
        if (found == m_enrolments.end())
            continue;
        auto database = m_sites[found->second.site]->process(0).pool.lease();
        const auto known = server::find_device(*database, identity.device);
        if (!known || known->revoked_at)
            continue;
        const auto audit = m_audit.of(label(number));
        client::OwnKey key(store, identity);
        audit.require(Check::Key, known->public_key == identity.signing.public_key && !key.is_waiting(),
                      "the server knows another key of " + identity.device.text());
        audit.require(Check::Key, !known->key_disputed_at,
                      "two keys were shown in place of one of " + identity.device.text());
        audit.require(Check::Key, identity.number != current->number || !known->new_key_asked_at,
                      "a wish for a new key was not met");
        audit.require(Check::Key,
                      known->public_key == key.first_public_key() ||
                          server::is_former_key(*database, identity.device, key.first_public_key()),
                      "the server has forgotten the first key of " + identity.device.text());
    }
}

/// What a backup lacked is there again, unless no device has it any more.
void World::check_returned()
{
    for (auto& site : m_sites) {
        auto database = site->process(0).pool.lease();
        for (const auto& [id, digest] : site->to_return) {
            const auto found = database->query_one<std::string>(
                "SELECT digest FROM entry_records WHERE id = :id", id.text());
            const auto refusal = database->query_one<std::string>(
                "SELECT code FROM refused_records WHERE digest = :digest", digest);
            const auto typed = m_saved.find(id);
            const bool is_refused =
                refusal && may_be_refused(*refusal, typed == m_saved.end() ? nullptr : &typed->second);
            if (found && *found == digest) {
                ++m_totals.returned;
                m_audit.count(Check::Returned);
                continue;
            }
            const bool is_held = std::any_of(m_devices.begin(), m_devices.end(), [&](const auto& device) {
                const auto row = device->program->store.find_entry(id);
                if (!row || !device->program->store.sealed_entry(id))
                    return false;
                const auto known = server::find_device(*database, row->device);
                return known && !known->revoked_at;
            });
            m_audit.require(Check::Returned, !is_held || is_refused || m_taken_back.contains(id),
                            "entry " + id.text() +
                                " was acknowledged, is on a device, and did not return to " + label(*site));
            ++m_totals.gone;
        }
    }
}

/// Photos whose files were removed are back, unless no device has them any more.
void World::check_lost_photos()
{
    for (auto& site : m_sites) {
        auto database = site->process(0).pool.lease();
        for (const auto& [digest, entry] : site->lost_photos) {
            const bool is_held = std::any_of(m_devices.begin(), m_devices.end(), [&](const auto& device) {
                const auto row = device->program->store.find_entry(entry);
                if (!row || !device->program->store.sealed_attachment(digest))
                    return false;
                const auto known = server::find_device(*database, row->device);
                return known && !known->revoked_at;
            });
            const auto bytes = site->process(0).attachments.read(digest);
            m_audit.of(label(*site))
                .require(Check::Photo, bytes || !is_held || may_be_erased(entry),
                         "photo " + digest.substr(0, 12) + " was lost, is on a device, and did not return");
        }
    }
}

Simulator::Simulator(fs::path folder) : m_folder(std::move(folder))
{
    fs::create_directories(m_folder);
    use_simulated_disks();
    for (const char* const name : {"image-0", "image-1"}) {
        seed_the_kernel(m_images.servers.size() + 1);
        Disk disk((m_folder / name).string(), 1);
        m_images.servers.push_back(make_server_image(disk));
    }
    Disk disk((m_folder / "image-device").string(), 1);
    m_images.device = make_device_image(disk);
}

Simulator::~Simulator()
{
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

Outcome Simulator::run(const Plan& plan, Trace trace)
{
    seed_the_kernel(plan.seed);
    World world(plan, trace, m_folder, m_images, m_totals);
    return world.run();
}

} // namespace tally::simulation
