#include "server/backup/backup.h"
#include "server/backup/beside.h"
#include "server/storage/attachment_store.h"
#include "server/storage/backup_log.h"
#include "server/storage/devices.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/receipt.h"
#include "tests/simulation/world_core.h"

#include <algorithm>

namespace tally::simulation {

namespace fs = std::filesystem;
using client::HttpRequest;
using client::HttpResponse;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::string_view uploads_path = "/api/v1/attachments/";
constexpr const char* decisions_question =
    R"(SELECT count(*) FROM ledger_log WHERE leaf LIKE '{"type":"accepted"%' OR leaf LIKE '{"type":"queried"%'
       OR leaf LIKE '{"type":"declined"%' OR leaf LIKE '{"type":"reversed"%')";

/// By their names in it.
std::map<std::string, std::string> files_in(const fs::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files[fs::relative(entry.path(), folder).string()] = read_file(entry.path()).value();
    return files;
}

} // namespace

bool Site::is_up() const
{
    return std::any_of(processes.begin(), processes.end(), [](const auto& one) { return one != nullptr; });
}

ServerProgram& Site::process(std::uint64_t choice)
{
    for (std::size_t i = 0; i < processes.size(); ++i)
        if (auto& one = processes[(choice + i) % processes.size()])
            return *one;
    throw std::logic_error("no process of this server is up");
}

void World::start_site(Site& site)
{
    if (site.is_lost)
        return;
    // One that still runs has the old keys.
    if (site.has_new_keys)
        for (auto& process : site.processes)
            process.reset();
    try {
        for (auto& process : site.processes)
            if (!process)
                process = std::make_unique<ServerProgram>(site.data, site.clock);
    } catch (const std::exception& error) {
        if (!site.disk.is_stopped() && !site.is_disk_full)
            m_audit.complain(label(site) + " cannot start: " + error.what());
        say(label(site) + " cannot start: " + error.what());
        stop_site(site, site.disk.is_stopped());
        return;
    }
    say(label(site) + " is up");
    check_promises(site);
    if (site.has_new_keys) {
        site.has_new_keys = false;
        back_up(site);
    }
}

/// With what it had in memory; `power`: also with what it had not synced.
void World::stop_site(Site& site, bool power)
{
    ++m_totals.restarts;
    site.disk.stop();
    for (auto& process : site.processes)
        process.reset();
    if (power)
        site.disk.restart_machine();
    else
        site.disk.restart_program();
    in(draw(20'000) + 100, [this, &site] { start_site(site); });
}

void World::kill_process(Site& site, std::size_t which)
{
    auto& process = site.processes[which % site.processes.size()];
    const auto others = std::count_if(site.processes.begin(), site.processes.end(),
                                      [&](const auto& one) { return one != nullptr && one != process; });
    say(label(site) + " is killed" + (others > 0 ? ", one process of it" : ""));
    if (others == 0)
        return stop_site(site, false);
    ++m_totals.restarts;
    process.reset();
    in(draw(20'000) + 100, [this, &site] {
        if (site.is_up())
            start_site(site);
    });
}

/// After each piece of work: has its power failed in the middle of it?
bool World::is_alive(Site& site)
{
    if (!site.is_up())
        return false;
    if (!site.disk.is_stopped())
        return true;
    say(label(site) + " lost its power in the middle of a write");
    stop_site(site, true);
    return false;
}

void World::at_server(Site& site, const char* what, const std::function<void(ServerProgram&)>& work)
{
    if (!site.is_up())
        return;
    try {
        work(site.process(m_choices.u64()));
    } catch (const Broken&) {
        throw;
    } catch (const std::exception& error) {
        if (!site.disk.is_stopped() && !site.is_disk_full && !site.has_new_keys)
            m_audit.complain(label(site) + ": " + what + " failed: " + error.what());
    }
    (void)is_alive(site);
}

// Promises -------------------------------------------------------------------------------------------

/// Whoever got a receipt was promised that this entry is here for good.
void World::check_promises(Site& site)
{
    if (site.is_wrong)
        return;
    auto database = site.process(0).pool.lease();
    for (const auto& [id, digest] : site.acknowledged) {
        const auto found =
            database->query_one<std::string>("SELECT digest FROM entry_records WHERE id = :id", id.text());
        m_audit.require(Check::Acknowledged, found.has_value(),
                        "the server acknowledged entry " + id.text() + " and has lost it");
        if (*found != digest)
            m_audit.complain("the server holds other bytes of entry " + id.text() +
                             " than those that it acknowledged");
    }
    for (const auto& id : site.erased) {
        const auto text = id.text();
        m_audit.require(Check::Erased,
                        !database->query_one<std::int64_t>("SELECT 1 FROM entry_keys WHERE id = :id", text),
                        "entry " + text + " was erased and is back");
    }
    const auto decisions = database->query_one<std::int64_t>(decisions_question);
    m_audit.of(label(site))
        .require(Check::Decision, *decisions >= site.decisions, "a decision that was noted is gone");
    check_photos(site);
}

void World::check_photos(Site& site)
{
    for (const auto& [digest, entry] : site.photos) {
        if (may_be_erased(entry))
            continue;
        const auto bytes = site.process(0).attachments.read(digest);
        m_audit.require(Check::Photo, bytes && crypto::sha256_hex(*bytes) == digest,
                        "photo " + digest.substr(0, 12) + " arrived and " +
                            (bytes ? "has changed" : "is gone"));
    }
}

void World::note_receipt(Site& site, std::string_view batch_bytes, std::string_view receipt_bytes)
{
    const auto batch = protocol::parse_batch(batch_bytes);
    const auto receipt = protocol::parse_receipt(receipt_bytes, site.process(0).keys.signing.public_key);
    if (!batch || !receipt || batch->records.size() != receipt->outcomes.size())
        m_audit.complain("a receipt does not fit its batch");
    for (std::size_t i = 0; i < batch->records.size(); ++i) {
        const auto outcome = receipt->outcomes[i].outcome;
        const auto header = protocol::parse_record_header(batch->records[i]);
        if (header && (outcome == protocol::Outcome::Created || outcome == protocol::Outcome::Exists))
            site.acknowledged[header->id] = to_hex(protocol::record_digest(batch->records[i]));
    }
}

/// What an answer promises.
void World::note_promises(Site& site, const HttpRequest& request, const HttpResponse& answer)
{
    if (site.is_wrong || answer.status >= 300)
        return;
    if (request.target == "/api/v1/batches")
        return note_receipt(site, request.body, answer.body);
    if (request.target == "/api/v1/withdrawals")
        return note_erasures(site);
    note_upload(site, request, answer);
}

/// That all bytes of a photo are here.
void World::note_upload(Site& site, const HttpRequest& request, const HttpResponse& answer)
{
    std::string_view target = request.method == "POST" ? answer.header("Location") : request.target;
    const auto at = target.rfind(uploads_path);
    const auto offset = answer.header("Upload-Offset");
    if (at == std::string_view::npos || offset.empty())
        return;
    const std::string digest(target.substr(at + uploads_path.size()));
    const auto photo = m_pictures.find(digest);
    if (photo != m_pictures.end() && offset == std::to_string(photo->second.bytes))
        note_photo(site, digest);
}

void World::note_photo(Site& site, const std::string& digest)
{
    const auto photo = m_pictures.find(digest);
    if (photo == m_pictures.end())
        return;
    site.lost_photos.erase(digest);
    if (site.photos.emplace(digest, photo->second.entry).second)
        ++m_totals.photos;
}

/// What was erased by now stays so, also when a backup of before is restored.
void World::note_erasures(Site& site)
{
    if (site.is_wrong)
        return;
    auto database = site.process(0).pool.lease();
    for (const auto& text : database->query<std::string>("SELECT entry FROM erasures"))
        if (site.erased.insert(*Uuid::parse(text)).second)
            ++m_totals.erased;
}

// Backups --------------------------------------------------------------------------------------------

void World::back_up(Site& site)
{
    if (site.is_wrong)
        return;
    at_server(site, "a backup", [&](ServerProgram& server) {
        // As the command does it.
        server.erasure.catch_up();
        Backup backup;
        backup.file = site.shelf / ("backup-" + std::to_string(++site.backup_trials));
        server.erasure.note_backup(backup.file);
        const auto made = server::make_backup(server.pool, server.keys, site.data, backup.file, site.clock);
        if (!made) {
            say(label(site) + " is not backed up: " + made.error().code);
            const bool lacks_photos = made.error().code == "photos_missing" && !site.lost_photos.empty();
            if (!site.disk.is_stopped() && !site.is_disk_full && !lacks_photos)
                m_audit.complain("a backup failed: " + made.error().text());
            return;
        }
        for (const auto& [id, digest] : site.acknowledged)
            backup.held.insert(id);
        backup.photos = site.photos;
        site.backups.push_back(std::move(backup));
        ++m_totals.backups;
        say(label(site) + " is backed up: " + std::to_string(made->tree_size) + " rows");
        server.erasure.note_backup(site.backups.back().file);
        note_erasures(site);
    });
}

void World::lose_disk(Site& site, std::int64_t amount)
{
    if (site.backups.empty() || site.is_lost || site.is_wrong)
        return;
    say(label(site) + " loses its disk");
    ++m_totals.restarts;
    site.disk.stop();
    for (auto& process : site.processes)
        process.reset();
    site.is_lost = true;
    const auto newest = site.backups.size() - 1;
    const auto older = static_cast<std::size_t>(amount / 10) % site.backups.size();
    const auto& other = *m_sites[(site.number + 1) % m_sites.size()];
    const bool mixes_up = amount % 10 == 8 && &other != &site && !other.backups.empty();
    const std::size_t first = amount % 10 == 6 || amount % 10 == 7 ? older : newest;
    const auto first_ms = 5 * minute_ms + amount % 1'000 * 1'000;
    in(first_ms, [this, &site, &other, mixes_up, first, is_damaged = amount % 10 == 9] {
        if (!site.is_lost)
            return;
        // A change of keys meanwhile makes backups useless.
        const bool is_foreign = mixes_up && !other.backups.empty();
        const Backup& backup =
            is_foreign ? other.backups.back() : site.backups[std::min(first, site.backups.size() - 1)];
        if (is_damaged)
            restore_damaged(site, backup);
        restore(site, backup, is_foreign);
    });
    // Whoever took the wrong one notices it later.
    if (mixes_up || (first != newest && amount % 10 == 7))
        in(first_ms + 10 * minute_ms, [this, &site, newest] {
            if (m_is_healed || site.is_lost || (!site.is_wrong && !site.is_up()))
                return;
            if (newest >= site.backups.size())
                return;
            say(label(site) + " is restored once more, from the right backup");
            restore(site, site.backups[newest], false);
        });
}

/// Up to three files; the database says that they are there.
void World::lose_photos(Site& site, std::int64_t amount)
{
    if (!site.is_up() || site.is_wrong)
        return;
    for (int k = 0; k < 3 && !site.photos.empty(); ++k) {
        auto chosen = site.photos.begin();
        std::advance(chosen, amount % static_cast<std::int64_t>(site.photos.size()));
        std::error_code ignored;
        fs::remove(server::photo_path(site.data / "photos", chosen->first), ignored);
        say(label(site) + " loses the file of photo " + chosen->first.substr(0, 12));
        site.lost_photos.insert(*chosen);
        site.photos.erase(chosen);
    }
}

/// A backup that was cut short or changed is refused and leaves the folder as it was.
void World::restore_damaged(Site& site, const Backup& backup)
{
    ++m_totals.damaged_backups;
    auto bytes = read_file(backup.file);
    if (!bytes)
        m_audit.complain("a backup cannot be read");
    const bool is_cut = draw(2) == 0;
    if (is_cut)
        bytes->resize(static_cast<std::size_t>(draw(static_cast<std::int64_t>(bytes->size()))));
    else
        (*bytes)[static_cast<std::size_t>(draw(static_cast<std::int64_t>(bytes->size())))] ^= 1;
    const fs::path damaged = site.shelf / "damaged";
    const fs::path folder = site.shelf / "trial";
    fs::remove(damaged);
    if (const auto written = write_file_durably(damaged, *bytes); !written)
        m_audit.complain("the damaged backup cannot be written");
    const auto unpacked = server::unpack_backup(damaged, folder, "", {});
    say("a damaged backup is " + (unpacked ? std::string("taken") : unpacked.error().code));
    m_audit.require(Check::Refusal, unpacked.ok() || !fs::exists(folder) || fs::is_empty(folder),
                    "a damaged backup was refused and has left files");
    // Not every byte of padding matters.
    if (unpacked) {
        const fs::path whole = site.shelf / "whole";
        m_audit.require(Check::Refusal,
                        !is_cut && server::unpack_backup(backup.file, whole, "", {}) &&
                            files_in(folder) == files_in(whole),
                        "a damaged backup was taken and holds something else");
        fs::remove_all(whole);
    }
    fs::remove_all(folder);
}

/// As the command does it, on an empty disk. `backup` is a copy: a server that starts may be backed up at
/// once.
void World::restore(Site& site, Backup backup, bool is_foreign)
{
    site.disk.stop();
    for (auto& process : site.processes)
        process.reset();
    site.disk.wipe();
    site.disk.set_full(false);
    site.is_disk_full = false;
    fs::remove_all(site.data);
    const auto unpacked = server::unpack_backup(backup.file, site.data, "", {});
    if (!unpacked)
        m_audit.complain("a backup cannot be restored: " + unpacked.error().text());
    const fs::path database_file = site.data / "tallybook.db";
    const auto bytes = read_file(database_file);
    if (!bytes)
        m_audit.complain("a backup has no database");
    fs::remove(database_file);
    site.disk.put("/tallybook.db", *bytes);
    {
        SystemRandom random;
        auto database = server::open_database(server_url(site.data));
        server::begin_database_epoch(database, random);
        if (const auto checkpoint = server::latest_checkpoint(database))
            server::note_backup_made(database, {checkpoint->tree_size, site.clock.now()});
    }
    ++(is_foreign ? m_totals.wrong_backups : m_totals.restores);
    ++site.restores;
    site.is_lost = false;
    site.is_wrong = is_foreign;
    say(label(site) + " is restored from " + backup.file.filename().string() +
        (is_foreign ? " of another server" : ""));
    if (!is_foreign)
        forget_what_is_lost(site, backup);
    start_site(site);
    if (!is_foreign && site.is_up())
        for (const auto& known : server::backups_beside(backup.file))
            site.process(0).erasure.note_backup(known);
}

/// What this backup does not hold has to come again from the devices.
void World::forget_what_is_lost(Site& site, const Backup& backup)
{
    auto database = server::open_database(server_url(site.data));
    for (const Uuid& id : backup.held)
        m_audit.of(label(site))
            .require(Check::Backup,
                     database.query_one<std::int64_t>("SELECT 1 FROM entry_records WHERE id = :id", id.text())
                         .has_value(),
                     "entry " + id.text() + " was acknowledged before the backup and is not in it");
    const auto decisions = database.query_one<std::int64_t>(decisions_question);
    site.decisions = std::min(site.decisions, *decisions);
    std::erase_if(site.acknowledged, [&](const auto& promise) {
        const auto& [id, digest] = promise;
        if (database.query_one<std::int64_t>("SELECT 1 FROM entry_records WHERE id = :id", id.text()))
            return false;
        if (!site.erased.contains(id))
            site.to_return.emplace(id, digest);
        return true;
    });
    site.photos = backup.photos;
    // No backup is made that lacks a photo; those of later entries come with them, if these return.
    site.lost_photos.clear();
}

/// Its devices are enrolled anew, one after the other, because the address stands in the enrolment.
void World::move_site(Site& site, std::int64_t amount)
{
    site.address =
        "http://council-" + std::to_string(site.number) + "-" + std::to_string(++site.moves) + ":1";
    say(label(site) + " moves to " + site.address);
    for (std::size_t i = 0; i < m_devices.size(); ++i)
        if (m_devices[i]->site == site.number)
            in(static_cast<std::int64_t>(i) * minute_ms + amount % (20 * minute_ms),
               [this, i] { enrol_device(i); });
}

/// As `key rotate` says it: the programs are started again, and backups of before are of no use.
void World::change_server_key(Site& site, std::int64_t restart_ms)
{
    if (site.is_wrong)
        return;
    at_server(site, "a change of keys", [&](ServerProgram& server) {
        site.backups.clear();
        site.has_new_keys = true;
        auto database = server.pool.lease();
        server::rotate_server_keys(*database, server.random, site.clock.now());
        say(label(site) + " has new keys");
        in(restart_ms, [this, &site] {
            if (site.has_new_keys && site.is_up())
                stop_site(site, false);
        });
    });
}

Site* World::site_once_at(std::string_view address)
{
    for (auto& site : m_sites) {
        const std::string first = "http://council-" + std::to_string(site->number);
        if (address == first + ":1" || address.starts_with(first + "-"))
            return site.get();
    }
    return nullptr;
}

Site* World::site_at(std::string_view address)
{
    for (auto& site : m_sites)
        if (site->address == address)
            return site.get();
    return nullptr;
}

} // namespace tally::simulation
