/// What people do at the servers and with enrolment codes, and what they get wrong.

#include "client/store/own_key.h"
#include "client/sync/enrol.h"
#include "server/reference/import.h"
#include "server/storage/device_keys.h"
#include "tests/simulation/world_core.h"

#include <algorithm>
#include <array>

namespace tally::simulation {

using client::HttpRequest;
using client::HttpResponse;
using client::SyncTrigger;

namespace {

/// To a server that stands beside the device. The answer may be lost on the way all the same.
class Direct final : public client::Transport
{
public:
    Direct(ServerProgram& server, bool loses_answer) : m_server(server), m_loses_answer(loses_answer) {}
    Result<HttpResponse> send(const HttpRequest& request) override
    {
        auto answer = m_server.answer(request, std::nullopt);
        if (m_loses_answer)
            return Error{"offline", "The server cannot be reached."};
        return answer;
    }
    void interrupt() override {}

private:
    ServerProgram& m_server;
    bool m_loses_answer;
};

server::Viewer manager()
{
    return {"manager-1", "Asha Patel", false, {"LCC-1", "LCC-9"}, true};
}

std::vector<server::EntrySummary> all_entries(ServerProgram& server)
{
    server::EntryFilter filter;
    filter.any_state = true;
    filter.limit = 200;
    return server.review.entries(manager(), filter).rows;
}

} // namespace

void World::decide(Site& site, std::int64_t choice)
{
    at_server(site, "a decision", [&](ServerProgram& server) {
        const auto rows = all_entries(server);
        if (rows.empty())
            return;
        const auto& row = rows[static_cast<std::size_t>(choice) % rows.size()];
        using server::DecisionKind;
        constexpr std::array kinds = {DecisionKind::Accept, DecisionKind::Accept, DecisionKind::Query,
                                      DecisionKind::Decline, DecisionKind::Reverse};
        const auto kind = kinds[static_cast<std::size_t>(choice / 1000) % kinds.size()];
        const auto done = server.review.decide(manager(), row.id, kind, "Which school was this?");
        site.decisions += done && !site.is_wrong ? 1 : 0;
        say("a decision on " + row.id.text() + ": " + (done ? "done" : done.error().code));
    });
}

// Forgetting -----------------------------------------------------------------------------------------

bool World::may_be_erased(const Uuid& entry) const
{
    const auto root = m_roots.find(entry);
    const auto code = m_codes.find(entry);
    return m_asked_roots.contains(root == m_roots.end() ? entry : root->second) ||
           (code != m_codes.end() && m_asked_codes.contains(code->second));
}

/// With all its forms. It need not succeed.
void World::asked_to_erase(const Uuid& entry)
{
    const auto root = m_roots.find(entry);
    m_asked_roots.insert(root == m_roots.end() ? entry : root->second);
}

void World::asked_to_withdraw(const std::string& code)
{
    m_asked_codes.insert(code);
    for (const auto& [entry, its_code] : m_codes)
        if (its_code == code)
            asked_to_erase(entry);
}

void World::erase(Site& site, std::int64_t choice)
{
    at_server(site, "an erasure", [&](ServerProgram& server) {
        const auto rows = all_entries(server);
        if (rows.empty())
            return;
        const auto& row = rows[static_cast<std::size_t>(choice) % rows.size()];
        asked_to_erase(row.id);
        const auto done = server.erasure.erase(row.id, "manager-1", "Asked for by telephone.");
        say(label(site) + " erases " + row.id.text() + ": " +
            (done ? std::to_string(done->size()) + " entries" : done.error().code));
        if (done || done.error().code == "already_erased")
            note_erasures(site);
    });
}

/// Mostly of one of the device's stories; nothing while it has told none.
std::string World::some_code(std::size_t number, std::int64_t choice) const
{
    std::vector<std::string> codes;
    for (const auto& [entry, code] : m_codes)
        if (m_devices[number]->known.contains(entry))
            codes.push_back(code);
    return codes.empty() ? std::string() : codes[static_cast<std::size_t>(choice) % codes.size()];
}

void World::hand_in_code(std::size_t number, std::int64_t choice)
{
    const auto code = some_code(number, choice);
    if (code.empty())
        return;
    Site& site = *m_sites[m_devices[number]->site];
    at_server(site, "a withdrawal", [&](ServerProgram& server) {
        asked_to_withdraw(code);
        const auto done = server.erasure.withdraw(code);
        m_audit.require(Check::Refusal, done.ok(), "a withdrawal code was refused");
        say(label(site) + " is given the code " + code + ": " + std::to_string(done->entries.size()) +
            " erased");
        if (!site.is_wrong)
            site.withdrawn_codes.insert(code);
        note_erasures(site);
    });
}

void World::type_code(std::size_t number, std::int64_t choice)
{
    DeviceNode& device = *m_devices[number];
    const auto code = some_code(number, choice);
    if (code.empty() || !device.program)
        return;
    try {
        asked_to_withdraw(code);
        const auto done = device.program->store.withdraw_consent(code, device.clock.now());
        if (!done) {
            say(label(number) + " takes no code: " + done.error().code);
            return;
        }
        say(label(number) + " is given the code " + code + ": " + std::to_string(*done) + " erased");
        // From now on it is the device's promise that its servers hear of it.
        device.withdrawn_codes.insert(code);
    } catch (const Broken&) {
        throw;
    } catch (const std::exception& error) {
        after_failure(number, error.what());
        return;
    }
    ask(number, SyncTrigger::Saved);
}

// Enrolment ------------------------------------------------------------------------------------------

std::optional<std::string> World::make_code(std::size_t number, Site& site, const std::string& name)
{
    const bool kiosk = m_plan.device[number].is_kiosk;
    std::optional<std::string> code;
    at_server(site, "making a code", [&](ServerProgram& server) {
        auto database = server.pool.lease();
        const auto made =
            server::make_device_code(*database, server.random, site.clock.now(), name,
                                     kiosk ? server::DeviceMode::Kiosk : server::DeviceMode::Worker,
                                     kiosk ? "" : "p-" + std::to_string(number));
        if (!made)
            m_audit.complain("no code for a device: " + made.error().text());
        code = made->code;
    });
    return site.is_up() ? code : std::nullopt;
}

Result<client::Identity> World::use_code(std::size_t number, Site& site, const std::string& code)
{
    DeviceNode& device = *m_devices[number];
    Result<client::Identity> identity = Error{"offline", "The server cannot be reached."};
    bool loses_answer = !m_is_healed && draw(4) == 0;
    try {
        // The same code once more, when the answer was lost.
        for (int turn = 0; turn < 2 && site.is_up() && (turn == 0 || loses_answer); ++turn) {
            loses_answer = loses_answer && turn == 0;
            m_totals.lost_enrolments += loses_answer ? 1 : 0;
            identity = client::enrol(
                device.program->store, code + "@" + site.address, std::nullopt,
                [&](const protocol::EnrolmentInvitation&) {
                    return std::make_unique<Direct>(site.process(m_choices.u64()), loses_answer);
                },
                device.clock, m_random);
            if (!is_alive(site))
                break;
        }
    } catch (const std::exception& error) {
        if (!device.disk.is_stopped() && !device.is_disk_full)
            m_audit.of(label(number)).complain(std::string("enrolling failed: ") + error.what());
        after_failure(number, error.what());
        (void)is_alive(site); // Both may have lost their power.
        return Error{"offline", error.what()};
    }
    say(label(number) + (identity ? " is enrolled as " + identity->device.text()
                                  : " is not enrolled: " + identity.error().text()));
    if (identity) {
        device.site = site.number;
        m_enrolments[identity->device] = {.site = site.number, .name = identity->name};
        device.program->vault.renew_run_key();
    }
    return identity;
}

/// At once and without the network's faults: an administrator stands beside it.
void World::enrol_device(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    Site& site = *m_sites[device.site];
    if (!site.is_up() || site.is_wrong || !device.program)
        return;
    const auto name = "Tablet " + std::to_string(number) + "-" + std::to_string(device.enrolments);
    const auto code = make_code(number, site, name);
    ++device.enrolments;
    if (!code)
        return;
    (void)use_code(number, site, *code);
    if (device.disk.is_stopped() && device.program)
        stop_device(number, true);
    else if (device.program)
        ask(number, SyncTrigger::ByHand);
}

void World::revoke(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    Site& site = *m_sites[device.site];
    const auto identity = device.program ? device.program->store.identity() : std::nullopt;
    if (!identity || !site.is_up() || site.is_wrong)
        return;
    at_server(site, "revoking", [&](ServerProgram& server) {
        auto database = server.pool.lease();
        const auto found = m_enrolments.find(identity->device);
        const bool is_here = found != m_enrolments.end() && found->second.site == site.number;
        if (is_here)
            found->second.may_be_revoked = true;
        const auto done = server::revoke_device(*database, identity->name, site.clock.now());
        if (done)
            server.erasure.note_revocations();
        if (is_here && done)
            found->second.is_revoked = true;
        say(identity->name + " is revoked: " + (done ? "done" : done.error().code));
    });
}

/// Of two tablets with one folder only one would keep its place at the server: nobody does that to them.
void World::change_key(std::size_t number, std::int64_t amount)
{
    DeviceNode& device = *m_devices[number];
    const auto identity = device.program ? device.program->store.identity() : std::nullopt;
    const auto found = identity ? m_enrolments.find(identity->device) : m_enrolments.end();
    if (found == m_enrolments.end() || found->second.is_cloned)
        return;
    Site& site = *m_sites[found->second.site];
    if (amount % 2 == 0) {
        if (site.is_wrong)
            return;
        at_server(site, "asking for a new key", [&](ServerProgram& server) {
            auto database = server.pool.lease();
            const auto asked = server::ask_for_new_key(*database, found->second.name, site.clock.now());
            say(identity->name + " is asked for a new key: " + (asked ? "done" : asked.error().code));
        });
        return;
    }
    try {
        const auto made = client::OwnKey(device.program->store, *identity).make_next(device.clock.now());
        say(label(number) + " has a new key: " + (made ? "done" : made.error().code));
    } catch (const std::exception& error) {
        after_failure(number, error.what());
        return;
    }
    if (amount % 3 == 0)
        ask(number, SyncTrigger::ByHand);
}

void World::use_code_twice(std::size_t number)
{
    const std::size_t other = (number + 1) % m_devices.size();
    Site& site = *m_sites[m_devices[number]->site];
    if (!site.is_up() || site.is_wrong || !m_devices[number]->program || !m_devices[other]->program)
        return;
    const auto code = make_code(number, site, "Shared code " + std::to_string(++m_mistakes));
    if (!code)
        return;
    const auto first = use_code(number, site, *code);
    if (!first || !site.is_up() || !m_devices[other]->program)
        return;
    const auto before = m_devices[other]->program->store.identity();
    const auto second = use_code(other, site, *code);
    if (!second && second.error().code == "offline")
        return;
    m_audit.require(Check::Refusal,
                    !second &&
                        (second.error().code == "code_used" || second.error().code == "too_many_requests"),
                    "a code let two devices in: " + (second ? "done" : second.error().code));
    const auto after = m_devices[other]->program->store.identity();
    m_audit.require(Check::Refusal,
                    before.has_value() == after.has_value() && (!before || before->device == after->device),
                    "a code that was refused changed who the device is");
}

void World::use_code_late(std::size_t number, std::int64_t after_ms)
{
    Site& site = *m_sites[m_devices[number]->site];
    if (!site.is_up() || site.is_wrong)
        return;
    const auto code = make_code(number, site, "Late code " + std::to_string(++m_mistakes));
    if (!code)
        return;
    in(after_ms, [this, number, &site, code, expires = site.clock.now().ms + 15 * 60'000] {
        if (!site.is_up() || site.is_wrong || !m_devices[number]->program)
            return;
        const auto now = site.clock.now().ms;
        const auto used = use_code(number, site, *code);
        if (!used && used.error().code == "offline")
            return;
        m_audit.require(Check::Refusal, now <= expires || !used, "a code that had expired let a device in");
        if (!used && used.error().code == "code_expired")
            m_audit.require(Check::Refusal, now > expires, "a good code was refused");
        if (m_devices[number]->program)
            ask(number, SyncTrigger::ByHand);
    });
}

void World::give_name_twice(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    Site& site = *m_sites[device.site];
    const auto identity = device.program ? device.program->store.identity() : std::nullopt;
    if (!identity || !site.is_up() || site.is_wrong)
        return;
    at_server(site, "making a code", [&](ServerProgram& server) {
        auto database = server.pool.lease();
        if (!server::find_device(*database, identity->device))
            return; // its backup is older than the device
        const auto made = server::make_device_code(*database, server.random, site.clock.now(), identity->name,
                                                   server::DeviceMode::Kiosk, "");
        m_audit.require(Check::Refusal, !made && made.error().code == "name_taken",
                        "two devices have one name");
    });
}

// Contracts ------------------------------------------------------------------------------------------

void World::import_contract(Site& site)
{
    if (site.is_wrong)
        return;
    at_server(site, "importing a contract", [&](ServerProgram& server) {
        auto database = server.pool.lease();
        const bool was_there =
            database->query_one<std::int64_t>("SELECT 1 FROM contracts WHERE ref = 'LCC-9'").has_value();
        const auto report = server::import_contracts(*database, server::ContractFormat::Json,
                                                     contract_file("LCC-9"), site.clock);
        if (!report.ok())
            m_audit.complain("a contract was refused: " + report.problems.front().text());
        say(label(site) + " imports contract LCC-9" + (was_there ? " again" : ""));
        m_audit.require(Check::Refusal, report.added == (was_there ? 0 : 1) && report.changed == 0,
                        "importing a contract again changed it");
    });
}

void World::import_wrong_contract(Site& site)
{
    if (site.is_wrong)
        return;
    at_server(site, "importing a contract", [&](ServerProgram& server) {
        auto database = server.pool.lease();
        std::string file = contract_file("LCC-7");
        file.replace(file.find("2027-03-31"), 10, "2024-03-31");
        const auto report =
            server::import_contracts(*database, server::ContractFormat::Json, file, site.clock);
        m_audit.require(Check::Refusal, !report.ok(), "a contract that ends before it begins was taken");
        m_audit.require(Check::Refusal,
                        !database->query_one<std::int64_t>("SELECT 1 FROM contracts WHERE ref = 'LCC-7'"),
                        "a contract that was refused is there");
    });
}

} // namespace tally::simulation
