#include "server/erasure/erasure_service.h"

#include "server/erasure/arrivals.h"
#include "server/erasure/erasure_list.h"
#include "server/ledger/standings.h"
#include "server/storage/withdrawals.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace tally::server {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t note_length_max = 500;
constexpr std::uint64_t list_bytes_max = 4ULL * 1024 * 1024 * 1024;
/// So many in one transaction: others may write in between.
constexpr std::size_t entries_at_once = 200;

Result<std::string> checked_note(std::string_view note)
{
    const auto text = std::string(trimmed(note));
    if (text.empty())
        return Error{"note_missing", "Say why, in a few words without personal data.", "reason"};
    if (!is_utf8(text) || utf8_length(text) > note_length_max)
        return Error{"note_too_long", "Say why in at most 500 characters.", "reason"};
    return text;
}

ErasureOrder order_of(const ListedErasure& listed, Timestamp now)
{
    return {listed.why, listed.by, listed.note, now};
}

fs::path backups_file(const fs::path& data)
{
    return data / "backups.list";
}

} // namespace

ErasureService::ErasureService(DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault,
                               AttachmentStore& attachments, fs::path data, const Clock& clock,
                               Random& random)
    : m_pool(pool), m_writer(writer), m_vault(vault), m_attachments(attachments), m_data(std::move(data)),
      m_clock(clock), m_random(random)
{
}

ErasureService::~ErasureService()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

fs::path ErasureService::list_file(const fs::path& data)
{
    return data / "erasures.list";
}

// On request

Result<std::vector<Uuid>> ErasureService::erase(const Uuid& entry, std::string_view by, std::string_view note)
{
    const auto words = checked_note(note);
    if (!words)
        return words.error();
    {
        auto database = m_pool.lease();
        if (!read_standing(*database, entry))
            return Error{"not_found", "There is no such entry. Check its number."};
    }
    auto erased = erase_all({entry}, {ErasureReason::Staff, std::string(by), *words, m_clock.now()});
    if (erased.empty())
        return Error{"already_erased", "The words of this entry were erased already."};
    finish();
    return erased;
}

Result<ErasureService::Withdrawn> ErasureService::withdraw(std::string_view code, std::string_view note)
{
    const auto key = withdrawal_code_key(code);
    constexpr std::size_t code_length_max = 64;
    if (key.empty() || key.size() > code_length_max)
        return Error{"bad_code", "A withdrawal code is made of letters and digits, such as K7QD-3MHX."};
    std::string words;
    if (!trimmed(note).empty()) {
        auto checked = checked_note(note);
        if (!checked)
            return checked.error();
        words = std::move(*checked);
    }
    const auto hash = withdrawal_code_hash(m_writer.keys(), key);
    Withdrawn withdrawn;
    // Noted first: a story that arrives at this moment is then erased either here or as it arrives.
    const bool known = !entries_under(hash).empty();
    if (!known)
        note_waiting(hash, m_clock.now(), false);
    withdrawn.entries =
        erase_all(entries_under(hash), {ErasureReason::Withdrawal, {}, std::move(words), m_clock.now()});
    withdrawn.waits = withdrawn.entries.empty();
    finish();
    return withdrawn;
}

std::vector<Uuid> ErasureService::find_by_code(std::string_view code)
{
    return entries_under(withdrawal_code_hash(m_writer.keys(), withdrawal_code_key(code)));
}

std::vector<Uuid> ErasureService::entries_under(std::string_view code_hash)
{
    auto database = m_pool.lease();
    std::vector<Uuid> entries;
    for (const auto& text : database->query<std::string>(
             "SELECT entry FROM withdrawal_codes WHERE code_hash = :hash", code_hash))
        if (const auto id = Uuid::parse(text))
            entries.push_back(*id);
    return entries;
}

void ErasureService::note_waiting(std::string_view code_hash, Timestamp at, bool listed)
{
    auto database = m_pool.lease();
    database->run(
        "INSERT INTO waiting_withdrawals (code_hash, asked_at, listed) VALUES (:hash, :at, :listed) "
        "ON CONFLICT DO NOTHING",
        code_hash, at.ms, std::int64_t{listed});
}

std::vector<Uuid> ErasureService::erase_all(const std::vector<Uuid>& entries, const ErasureOrder& order)
{
    std::vector<Uuid> all;
    for (std::size_t from = 0; from < entries.size(); from += entries_at_once) {
        const std::size_t to = std::min(entries.size(), from + entries_at_once);
        std::vector<Uuid> erased;
        m_writer.run([&](LedgerTransaction& ledger) {
            erased.clear();
            for (std::size_t i = from; i < to; ++i)
                for (const auto& id : erase_family(ledger, m_vault, entries[i], order, m_random))
                    erased.push_back(id);
            forget_in_merge(ledger);
        });
        all.insert(all.end(), erased.begin(), erased.end());
    }
    return all;
}

std::vector<Erasure> ErasureService::erasures(bool all_contracts, const std::vector<std::string>& contracts,
                                              std::optional<std::int64_t> before, std::size_t limit)
{
    auto database = m_pool.lease();
    std::vector<Erasure> found;
    database->for_each<std::int64_t, std::string, std::string, std::string, std::string, std::string,
                       std::int64_t, std::optional<std::string>>(
        "SELECT erasures.position, entry, root, contract, why, erased_by, erased_at, note FROM erasures "
        "LEFT JOIN plain_notes ON plain_notes.position = erasures.position "
        "WHERE erasures.position < :before ORDER BY erasures.position DESC",
        [&](std::int64_t position, std::string&& entry, std::string&& root, std::string&& contract,
            std::string&& why, std::string&& by, std::int64_t at, std::optional<std::string>&& note) {
            const bool visible =
                all_contracts || std::find(contracts.begin(), contracts.end(), contract) != contracts.end();
            const auto id = Uuid::parse(entry);
            const auto first = Uuid::parse(root);
            if (visible && id && first)
                found.push_back({position, *id, *first, std::move(contract),
                                 erasure_reason_named(why).value_or(ErasureReason::Staff), std::move(by),
                                 Timestamp{at}, note.value_or("")});
            return found.size() < limit;
        },
        before.value_or(std::int64_t{1} << 62));
    return found;
}

// By age

Date ErasureService::today() const
{
    return local_date(m_clock.now(), 0);
}

std::vector<RetentionRule> ErasureService::rules()
{
    auto database = m_pool.lease();
    return read_retention_rules(*database);
}

Result<void> ErasureService::set_rule(const RetentionRule& rule, std::string_view by)
{
    auto database = m_pool.lease();
    return store_retention_rule(*database, rule, by, m_clock.now());
}

std::vector<RetentionDue> ErasureService::due()
{
    auto database = m_pool.lease();
    std::vector<RetentionDue> all;
    for (const auto& rule : read_retention_rules(*database))
        all.push_back(find_due(*database, rule, today()));
    return all;
}

std::size_t ErasureService::apply_retention()
{
    std::size_t erased = 0;
    for (const auto& due : due())
        if (due.rule.active)
            erased += erase_all(due.roots, {ErasureReason::Retention, {}, {}, m_clock.now()}).size();
    if (erased > 0)
        finish();
    return erased;
}

// What the list outside the database knows

ErasureService::CaughtUp ErasureService::catch_up()
{
    auto done = apply_list();
    done.erased += apply_requests();
    finish();
    return done;
}

ErasureService::CaughtUp ErasureService::apply_list()
{
    const auto path = list_file(m_data);
    std::error_code missing;
    const auto bytes = fs::exists(path, missing) ? static_cast<std::int64_t>(fs::file_size(path)) : 0;
    auto database = m_pool.lease();
    const auto applied =
        database->query_one<std::int64_t>("SELECT bytes FROM erasure_lists WHERE path = :path", path.string())
            .value_or(0);
    if (bytes == applied)
        return {};
    if (bytes < applied) {
        // The list was lost or replaced: everything known here goes into it again.
        database->run("UPDATE erasures SET listed = 0");
        database->run("UPDATE waiting_withdrawals SET listed = 0");
        forget_listed_revocations(*database);
    }
    const auto text = bytes == 0 ? Result<std::string>(std::string()) : read_file(path, list_bytes_max);
    if (!text)
        throw std::runtime_error(text.error().message);
    const auto from = static_cast<std::size_t>(bytes < applied ? 0 : applied);
    CaughtUp done;
    for (const auto& line : read_lines(std::string_view(*text).substr(from))) {
        if (const auto* revocation = std::get_if<Revocation>(&line)) {
            done.revoked += apply_revocation(*database, *revocation) ? 1 : 0;
            continue;
        }
        if (const auto* withdrawal = std::get_if<ListedWithdrawal>(&line)) {
            note_waiting(withdrawal->code_hash, withdrawal->at, true);
            done.erased += erase_all(entries_under(withdrawal->code_hash),
                                     {ErasureReason::Withdrawal, {}, {}, m_clock.now()})
                               .size();
            continue;
        }
        const auto& listed = std::get<ListedErasure>(line);
        const auto standing = read_standing(*database, listed.entry);
        if (standing && !standing->erased)
            done.erased += erase_all({listed.entry}, order_of(listed, m_clock.now())).size();
        else if (!standing) {
            database->run("INSERT INTO refused_erased (entry, arrived) VALUES (:entry, 0) "
                          "ON CONFLICT DO NOTHING",
                          listed.entry.text());
            // It may have been refused before the backup and taken after it.
            forget_refused_copy(*database, listed.entry);
        }
    }
    database->run("INSERT INTO erasure_lists (path, bytes) VALUES (:path, :bytes) "
                  "ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes",
                  path.string(), bytes);
    return done;
}

std::size_t ErasureService::apply_requests()
{
    // The server stopped between noting a device's request and carrying it out.
    std::vector<std::string> hashes;
    {
        auto database = m_pool.lease();
        hashes = database->query<std::string>(
            "SELECT DISTINCT code_hash FROM withdrawal_requests WHERE handled_at IS NULL");
    }
    std::size_t erased = 0;
    for (const auto& hash : hashes) {
        const auto entries = entries_under(hash);
        if (entries.empty())
            note_waiting(hash, m_clock.now(), false);
        erased += erase_all(entries, {ErasureReason::Withdrawal, {}, {}, m_clock.now()}).size();
        auto database = m_pool.lease();
        note_withdrawal_handled(*database, hash, m_clock.now());
    }
    return erased;
}

// Outside of the transaction

void ErasureService::finish()
{
    const std::lock_guard lock(m_finishing);
    write_list();
    copy_list();
    remove_files();
    empty_log();
}

void ErasureService::write_list()
{
    auto database = m_pool.lease();
    std::vector<ListedLine> lines;
    std::int64_t last = -1;
    database->for_each<std::int64_t, std::string, std::string, std::string, std::int64_t,
                       std::optional<std::string>>(
        "SELECT erasures.position, entry, why, erased_by, erased_at, note FROM erasures LEFT JOIN "
        "plain_notes ON plain_notes.position = erasures.position WHERE listed = 0 ORDER BY "
        "erasures.position",
        [&](std::int64_t position, const std::string& entry, const std::string& why, const std::string& by,
            std::int64_t at, const std::optional<std::string>& note) {
            const auto id = Uuid::parse(entry);
            if (id)
                lines.push_back(ListedErasure{*id, erasure_reason_named(why).value_or(ErasureReason::Staff),
                                              by, Timestamp{at}, note.value_or("")});
            last = position;
        });
    std::vector<std::string> hashes;
    database->for_each<std::string, std::int64_t>(
        "SELECT code_hash, asked_at FROM waiting_withdrawals WHERE listed = 0",
        [&](const std::string& hash, std::int64_t at) {
            lines.push_back(ListedWithdrawal{hash, Timestamp{at}});
            hashes.push_back(hash);
        });
    const auto revocations = unlisted_revocations(*database);
    lines.insert(lines.end(), revocations.begin(), revocations.end());
    if (lines.empty())
        return;
    const auto path = list_file(m_data);
    const auto bytes = append_lines(path, lines);
    {
        storage::Transaction transaction(*database);
        database->run("UPDATE erasures SET listed = 1 WHERE listed = 0 AND position <= :last", last);
        for (const auto& hash : hashes)
            database->run("UPDATE waiting_withdrawals SET listed = 1 WHERE code_hash = :hash", hash);
        note_revocations_listed(*database, revocations);
        database->run("INSERT INTO erasure_lists (path, bytes) VALUES (:path, :bytes) "
                      "ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes",
                      path.string(), bytes);
        transaction.commit();
    }
}

/// The list only ever grows, so a copy of the same length is the same. One that is shorter was not written
/// because the power failed, or the backup's disk was away.
void ErasureService::copy_list()
{
    const auto path = list_file(m_data);
    const auto backups = read_file(backups_file(m_data));
    std::error_code failure;
    const auto bytes = fs::file_size(path, failure);
    if (!backups || failure)
        return;
    std::optional<Result<std::string>> list;
    for (std::string_view rest = *backups; !rest.empty();) {
        const std::string backup(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(std::min(rest.size(), backup.size() + 1));
        std::error_code missing;
        const auto copied = fs::file_size(backup + ".erasures", missing);
        if (!fs::exists(backup, failure) || (!missing && copied == bytes))
            continue;
        if (!list)
            list = read_file(path, list_bytes_max);
        if (*list)
            if (const auto written = write_file_durably(backup + ".erasures", **list); !written)
                spdlog::warn("{} The backup {} does not know of the newest erasures; keep {} with it.",
                             written.error().message, backup, path.string());
    }
}

void ErasureService::note_backup(const fs::path& backup)
{
    const auto known = read_file(backups_file(m_data));
    const auto line = fs::absolute(backup).lexically_normal().string() + "\n";
    std::string text = known ? *known : std::string();
    if (("\n" + text).find("\n" + line) == std::string::npos)
        text += line;
    if (const auto written = write_file_durably(backups_file(m_data), text); !written)
        throw std::runtime_error(written.error().message);
    const auto list = read_file(list_file(m_data), list_bytes_max);
    if (const auto written = write_file_durably(backup.string() + ".erasures", list ? *list : std::string());
        !written)
        throw std::runtime_error(written.error().message);
}

void ErasureService::remove_files()
{
    auto database = m_pool.lease();
    for (const auto& digest : database->query<std::string>(
             "SELECT sealed_digest FROM erasure_remains WHERE sealed_digest <> ''")) {
        m_attachments.remove(digest);
        database->run("DELETE FROM erasure_remains WHERE sealed_digest = :digest", digest);
    }
}

void ErasureService::empty_log()
{
    auto database = m_pool.lease();
    if (!database->query_one<std::int64_t>("SELECT 1 FROM erasure_remains WHERE sealed_digest = ''"))
        return;
    if (database->dialect() == storage::Dialect::Postgres) {
        for (const char* table : {"entry_keys", "decision_notes", "refused_records", "withdrawal_codes",
                                  "merge_keys", "merge_pictures", "person_tokens"})
            database->run_script("VACUUM " + std::string(table));
    } else {
        const auto busy =
            database->query_one<std::int64_t, std::int64_t, std::int64_t>("PRAGMA wal_checkpoint(TRUNCATE)");
        if (!busy || std::get<0>(*busy) != 0)
            return; // Somebody reads: within a minute it is tried again.
    }
    database->run("DELETE FROM erasure_remains WHERE sealed_digest = ''");
}

void ErasureService::keep_going()
{
    m_thread = std::thread([this] { loop(); });
}

void ErasureService::loop()
{
    constexpr std::chrono::minutes between{1};
    Date done;
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        lock.unlock();
        try {
            if (today() != done) {
                if (const auto erased = apply_retention(); erased > 0)
                    spdlog::info("retention: {} erased", erased);
                done = today();
            }
            finish();
        } catch (const std::exception& error) {
            spdlog::error("erasure: {}", error.what());
        }
        lock.lock();
        m_wake.wait_for(lock, between, [this] { return m_stopping; });
    }
}

} // namespace tally::server
