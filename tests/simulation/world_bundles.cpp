/// Sticks: a device's bundle to a server and the receipts back, late, twice, damaged or to the wrong server.

#include "client/sync/bundle.h"
#include "server/ingest/bundle_import.h"
#include "server/ledger/standings.h"
#include "server/storage/devices.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"
#include "tests/simulation/world_core.h"

#include <algorithm>

namespace tally::simulation {

using client::SyncTrigger;

namespace {

constexpr std::int64_t minute_ms = 60'000;
/// The way to the council, and the way back.
constexpr std::int64_t shortest_way_ms = minute_ms;
constexpr std::int64_t longest_way_ms = 40 * minute_ms;
constexpr std::int64_t nobody_there_ms = 10 * minute_ms;

/// In a short run the way is short too.
std::int64_t way_of(const Plan& plan, Random& random)
{
    const auto longest_ms = std::clamp(plan.duration_ms / 4, 2 * shortest_way_ms, longest_way_ms);
    return shortest_way_ms +
           static_cast<std::int64_t>(random.u64() % static_cast<std::uint64_t>(longest_ms - shortest_way_ms));
}

} // namespace

/// Of what comes of it, `amount` decides all.
void World::carry_bundle(std::size_t number, std::int64_t amount)
{
    const auto bundle = export_bundle(number);
    if (!bundle)
        return;
    SeededRandom random(static_cast<std::uint64_t>(amount) * 131 + number);
    const auto way_ms = way_of(m_plan, random);
    const std::size_t own = m_devices[number]->site;
    if (m_sites.size() > 1 && random.u64() % 4 == 0)
        in(way_ms / 2, [this, number, own, bundle, amount] {
            ++m_totals.foreign_bundles;
            bring_to_server(number, (own + 1) % m_sites.size(), *bundle, amount);
        });
    if (random.u64() % 3 == 0)
        in(way_ms + way_of(m_plan, random), [this, number, own, bundle, amount] {
            ++m_totals.repeated_bundles;
            bring_to_server(number, own, *bundle, amount + 1);
        });
    if (random.u64() % 4 == 0) {
        std::string damaged = *bundle;
        if (random.u64() % 2 == 0)
            damaged.resize(random.u64() % damaged.size());
        else
            damaged[random.u64() % damaged.size()] ^= static_cast<char>(1 + random.u64() % 255);
        in(way_ms, [this, own, damaged] {
            ++m_totals.damaged_bundles;
            (void)import_bundle(*m_sites[own], damaged, true);
        });
    }
    in(way_ms, [this, number, own, bundle, amount] { bring_to_server(number, own, *bundle, amount); });
}

std::optional<std::string> World::export_bundle(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    if (!device.program)
        return std::nullopt;
    const auto stick = m_folder / "stick";
    try {
        const auto exported = client::export_bundle(device.program->store, stick, device.clock.now());
        if (!exported) {
            say(label(number) + " exports no bundle: " + exported.error().code);
            return std::nullopt;
        }
        say(label(number) + " exports a bundle: " + std::to_string(exported->entries) + " entries, " +
            std::to_string(exported->photos) + " photos");
    } catch (const std::exception& error) {
        after_failure(number, error.what());
        return std::nullopt;
    }
    auto bytes = read_file(stick);
    if (!bytes)
        m_audit.of(label(number)).complain("exported a bundle that cannot be read");
    return std::move(*bytes);
}

void World::bring_to_server(std::size_t number, std::size_t place, const std::string& bundle,
                            std::int64_t amount)
{
    Site& site = *m_sites[place];
    if (!site.is_up() && !m_is_healed) {
        in(nobody_there_ms, [=, this] { bring_to_server(number, place, bundle, amount); });
        return;
    }
    const auto receipts = import_bundle(site, bundle, false);
    SeededRandom random(static_cast<std::uint64_t>(amount) * 53 + 1);
    if (!receipts || random.u64() % 4 == 0)
        return;
    in(way_of(m_plan, random), [=, this] { bring_back(number, *receipts, amount); });
}

std::optional<std::string> World::import_bundle(Site& site, const std::string& bundle, bool is_damaged)
{
    std::optional<std::string> answer;
    at_server(site, "importing a bundle", [&](ServerProgram& server) {
        const auto report = server::import_bundle(server.ingest, server.attachments, site.clock, bundle);
        say(label(site) + " imports a " + (is_damaged ? "damaged " : "") +
            "bundle: " + (report ? std::to_string(report->created) + " entries" : report.error().code));
        if (is_damaged)
            m_audit.count(Check::Refusal);
        if (!report)
            return;
        for (const auto& problem : report->problems)
            say("  but not " + problem.where + ": " + problem.code);
        if (is_damaged)
            m_audit.complain("a damaged bundle was taken");
        if (site.is_wrong)
            return;
        ++m_totals.bundles;
        const auto parts = protocol::parse_bundle(bundle);
        std::size_t at = 0;
        for (const auto& batch : parts->batches) {
            if (at == report->receipts.size())
                break;
            const auto parsed = protocol::parse_batch(batch);
            const auto receipt =
                protocol::parse_receipt(report->receipts[at].receipt, server.keys.signing.public_key);
            // A batch that was refused as a whole has none.
            if (!parsed || !receipt || receipt->entries_digest != parsed->entries_digest())
                continue;
            note_receipt(site, batch, report->receipts[at++].receipt);
        }
        for (const auto& digest : report->photo_digests)
            note_photo(site, digest);
        answer = server::write_answer(*report, server.keys);
    });
    return answer;
}

void World::bring_back(std::size_t number, const std::string& receipts, std::int64_t amount)
{
    SeededRandom random(static_cast<std::uint64_t>(amount) * 59 + 2);
    if (random.u64() % 4 == 0) {
        std::string damaged = receipts;
        damaged[random.u64() % damaged.size()] ^= static_cast<char>(1 + random.u64() % 255);
        ++m_totals.damaged_receipts;
        import_receipts(number, damaged);
    }
    import_receipts(number, receipts);
    if (random.u64() % 3 == 0)
        import_receipts(number, receipts);
}

void World::import_receipts(std::size_t number, const std::string& receipts)
{
    DeviceNode& device = *m_devices[number];
    if (!device.program)
        return;
    try {
        const auto imported = client::import_receipts(device.program->store, receipts);
        say(label(number) + " takes receipts in: " +
            (imported ? std::to_string(imported->accepted) + " accepted" : imported.error().code));
    } catch (const std::exception& error) {
        after_failure(number, error.what());
    }
}

/// Without a network a device cannot show a restored server that it was enrolled there, and what was sealed
/// under an enrolment that was revoked stays. That an entry was erased at the council, or lost with its disk,
/// the device hears only over the network: its photos wait.
World::Carried World::could_be_carried(DeviceNode& device)
{
    Carried could;
    for (const auto& row : device.program->store.entries()) {
        const auto found = m_enrolments.find(row.device);
        if (found == m_enrolments.end())
            continue;
        auto database = m_sites[found->second.site]->process(0).pool.lease();
        const auto sender = server::find_device(*database, row.device);
        if (row.state == client::EntryState::Unsent && sender && !sender->revoked_at)
            ++could.entries;
        if (row.photos_waiting == 0)
            continue;
        const auto standing = server::read_standing(*database, row.id);
        if (standing && !standing->erased)
            could.photos += row.photos_waiting;
    }
    return could;
}

/// Without any network: afterwards nothing waits to be sent but what the server cannot take.
void World::carry_everything(std::size_t number)
{
    DeviceNode& device = *m_devices[number];
    for (int turn = 0; turn < 3 && device.program; ++turn) {
        const auto bundle = export_bundle(number);
        if (!bundle)
            break;
        for (auto& site : m_sites)
            if (const auto receipts = import_bundle(*site, *bundle, false))
                import_receipts(number, *receipts);
    }
    if (!device.program)
        return;
    const Carried left = could_be_carried(device);
    if (left.entries > 0 || left.photos > 0)
        m_audit.of(label(number))
            .complain(std::to_string(left.entries) + " entries and " + std::to_string(left.photos) +
                      " photos could not be brought in by bundle");
}

} // namespace tally::simulation
