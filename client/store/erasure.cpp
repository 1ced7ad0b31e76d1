#include "client/store/erasure.h"

#include "client/store/chain.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"
#include "shared/storage/database.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace tally::client {

using storage::Transaction;
namespace sql = storage::sql;

namespace {

constexpr std::array<std::pair<ErasureReason, std::string_view>, 4> reason_names{{
    {ErasureReason::Unknown, ""},
    {ErasureReason::Withdrawal, "withdrawal"},
    {ErasureReason::Staff, "staff"},
    {ErasureReason::Retention, "retention"},
}};

/// Set together with an erasure, gone once nothing of it is left in the files.
constexpr std::string_view remains_setting = "erasure.remains";
/// Its value when the file was rewritten and only the log is left.
constexpr std::string_view remains_in_log = "log";
/// When the disk was last too full to rewrite the file.
constexpr std::string_view tried_setting = "erasure.tried_at_ms";
constexpr std::int64_t rewrite_pause_ms = 3'600'000;

constexpr std::size_t code_length_min = 6;
constexpr std::size_t code_length_max = 64;

/// The entry and the forms of it that go too, as ids.
std::vector<std::string> forms_of(storage::Database& database, const std::string& id, ErasureReach reach)
{
    std::vector<std::string> forms{id};
    const auto add = [&forms](std::string found) {
        if (std::find(forms.begin(), forms.end(), found) == forms.end())
            forms.push_back(std::move(found));
    };
    for (std::size_t i = 0; i < forms.size(); ++i) {
        const std::string form = forms[i];
        for (std::string& later :
             database.query<std::string>("SELECT id FROM entries WHERE amends = :id", form))
            add(std::move(later));
        // An entry that was said right in another one: both say the same.
        for (std::string& other : database.query<std::string>(
                 "SELECT t.put_right_by FROM taken_back t JOIN entries e ON e.local = t.local "
                 "WHERE e.id = :id AND t.put_right_by IS NOT NULL UNION ALL "
                 "SELECT e.id FROM taken_back t JOIN entries e ON e.local = t.local "
                 "WHERE t.put_right_by = :later",
                 form, form))
            add(std::move(other));
        if (reach == ErasureReach::AllForms)
            for (std::string& earlier : database.query<std::string>(
                     "SELECT amends FROM entries WHERE id = :id AND amends IS NOT NULL", form))
                add(std::move(earlier));
    }
    return forms;
}

/// Tidying up waits for others only so long: whoever asked for it has other things to do.
class BriefPatience
{
public:
    explicit BriefPatience(storage::Database& database) : m_database(database)
    {
        m_database.run_script("PRAGMA busy_timeout = 500");
    }
    ~BriefPatience()
    {
        try {
            m_database.run_script("PRAGMA busy_timeout = " +
                                  std::to_string(storage::OpenOptions{}.busy_timeout_ms));
        } catch (const storage::DatabaseError&) {
            // The session is broken, and the next statement will say so.
        }
    }
    BriefPatience(const BriefPatience&) = delete;
    BriefPatience& operator=(const BriefPatience&) = delete;

private:
    storage::Database& m_database;
};

/// How large a database may be whose rewriting is done in memory. A larger one takes a temporary file.
constexpr std::int64_t rewrite_in_memory_bytes_max = 64LL * 1024 * 1024;

} // namespace

std::string_view name_of(ErasureReason why)
{
    for (const auto& [value, name] : reason_names) {
        if (value == why)
            return name;
    }
    TALLY_ASSERT(false);
}

ErasureReason erasure_reason_named(std::string_view name)
{
    for (const auto& [value, known] : reason_names) {
        if (known == name)
            return value;
    }
    return ErasureReason::Unknown;
}

bool is_erased(storage::Database& database, const std::string& id)
{
    return database
        .query_one<std::int64_t>(
            "SELECT 1 FROM erasures x JOIN entries e ON e.local = x.local WHERE e.id = :id", id)
        .has_value();
}

bool is_about_erased(storage::Database& database, std::string_view name)
{
    const auto slash = name.find('/');
    if (slash == std::string_view::npos)
        return false;
    const auto id = Uuid::parse(name.substr(slash + 1, 36));
    return id && is_erased(database, id->text());
}

std::string withdrawal_code_hash(const Identity& identity, std::string_view code)
{
    TALLY_ASSERT(identity.first_secret.size() >= 32);
    const std::string_view key = std::string_view(identity.first_secret).substr(0, 32);
    return to_hex(crypto::derive(key, {"tallybook-withdrawal-code-v1", withdrawal_code_key(code)}, 32));
}

std::size_t erase_entry(storage::Database& database, const std::string& id, ErasureReach reach,
                        std::optional<Timestamp> when, ErasureReason why)
{
    std::size_t erased = 0;
    for (const std::string& form : forms_of(database, id, reach)) {
        const auto local = database.query_one<std::int64_t>("SELECT local FROM entries WHERE id = :id", form);
        if (!local || is_erased(database, form))
            continue;
        const std::optional<std::int64_t> when_ms =
            when ? std::optional<std::int64_t>(when->ms) : std::nullopt;
        database.run("INSERT INTO erasures (local, erased_at_ms, why) VALUES (:local, :when_ms, :why)",
                     *local, when_ms, name_of(why));
        if (database.query_one<std::int64_t>("SELECT 1 FROM outbox WHERE local = :local", *local))
            note_number(database, *local);
        database.run("DELETE FROM outbox WHERE local = :local", *local);
        database.run("DELETE FROM uploads WHERE entry_local = :local", *local);
        database.run("DELETE FROM photos_sent WHERE sealed_digest IN "
                     "(SELECT sealed_digest FROM attachments WHERE entry_local = :local)",
                     *local);
        database.run("DELETE FROM attachments WHERE entry_local = :local", *local);
        database.run("DELETE FROM records WHERE local = :local", *local);
        database.run("DELETE FROM withdrawal_codes WHERE local = :local", *local);
        database.run("DELETE FROM entry_states WHERE entry_id = :id", form);
        database.run("DELETE FROM drafts WHERE instr(id, '/' || :id) > 0 OR instr(area, '/' || :id) > 0",
                     form);
        ++erased;
    }
    if (erased == 0)
        return 0;
    // A run whose last entry is gone needs no key; a run that goes on keeps its key again with the next save.
    database.run("DELETE FROM data_keys WHERE key_id NOT IN (SELECT key_id FROM records) "
                 "AND key_id NOT IN (SELECT key_id FROM drafts)");
    database.run("INSERT INTO settings (name, value) VALUES (:name, '1') "
                 "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                 remains_setting);
    return erased;
}

Result<std::size_t> Store::withdraw_consent(std::string_view code, Timestamp now)
{
    const std::string key = withdrawal_code_key(code);
    const bool is_plain = std::all_of(
        key.begin(), key.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
    if (!is_plain || key.size() < code_length_min || key.size() > code_length_max)
        return Error{"bad_code",
                     "A withdrawal code has eight letters and digits, such as K7QD-3MHX. Type it again."};
    const auto current = identity();
    if (!current)
        return Error{"not_enrolled",
                     "This device is not enrolled yet. Enrol it with a code from the administrator."};

    std::size_t erased = 0;
    Transaction transaction(m_database);
    for (const Identity& known : identities()) {
        for (const std::string& id : m_database.query<std::string>(
                 "SELECT e.id FROM withdrawal_codes w JOIN entries e ON e.local = w.local "
                 "WHERE w.code_hash = :hash",
                 client::withdrawal_code_hash(known, code)))
            erased += erase_entry(m_database, id, ErasureReach::AllForms, now, ErasureReason::Withdrawal);
    }
    // The server hears of it in any case: a lost reply or a bundle may have carried the story there.
    for (const std::int64_t number : m_database.query<std::int64_t>(
             "SELECT max(number) FROM identities GROUP BY server_sealing_key ORDER BY 1")) {
        const auto server_key = m_database.query_one<sql::Blob>(
            "SELECT server_sealing_key FROM identities WHERE number = :number", number);
        m_database.run("INSERT INTO withdrawals (identity, sealed_code, asked_at_ms) "
                       "VALUES (:identity, :sealed_code, :asked_at_ms)",
                       number, sql::blob(crypto::seal_to(server_key.value().bytes, key)), now.ms);
    }
    transaction.commit();
    finish_erasures();
    return erased;
}

std::optional<QueuedWithdrawal> Store::next_withdrawal(const Identity& identity, std::int64_t after)
{
    auto row = m_database.query_one<std::int64_t, sql::Blob, std::int64_t>(
        "SELECT number, sealed_code, asked_at_ms FROM withdrawals WHERE identity = :identity "
        "AND number > :after ORDER BY number LIMIT 1",
        identity.number, after);
    if (!row)
        return std::nullopt;
    auto& [number, sealed_code, asked_at_ms] = *row;
    return QueuedWithdrawal{number, std::move(sealed_code.bytes), Timestamp{asked_at_ms}};
}

void Store::finish_withdrawal(std::int64_t number)
{
    m_database.run("DELETE FROM withdrawals WHERE number = :number", number);
}

void Store::finish_erasures(std::optional<Timestamp> now)
{
    const auto remains = setting(remains_setting);
    if (!remains)
        return;
    // Deleted bytes were zeroed where they lay, but SQLite may have left copies in the slack of pages when it
    // moved cells about; rewriting the whole file leaves none. Then the write-ahead log is emptied.
    const BriefPatience patience(m_database);
    try {
        const bool is_rewritten = *remains == remains_in_log || rewrite(now);
        if (is_rewritten && *remains != remains_in_log)
            set_setting(remains_setting, remains_in_log);
        const auto log =
            m_database.query_one<std::int64_t, std::int64_t, std::int64_t>("PRAGMA wal_checkpoint(TRUNCATE)");
        const bool is_busy = !log || std::get<0>(*log) != 0;
        if (is_busy || !is_rewritten)
            return;
        m_database.run("DELETE FROM settings WHERE name IN (:remains, :tried)", remains_setting,
                       tried_setting);
    } catch (const storage::DatabaseError& error) {
        // Somebody else is reading or writing, or the disk is full: the next sync tries again.
        if (error.failure() != storage::Failure::Busy && error.failure() != storage::Failure::Full)
            throw;
    }
}

/// False when it has to wait.
bool Store::rewrite(std::optional<Timestamp> now)
{
    const std::int64_t bytes = m_database
                                   .query_one<std::int64_t>("SELECT page_count * page_size FROM "
                                                            "pragma_page_count(), pragma_page_size()")
                                   .value_or(0);
    const bool is_large = bytes > rewrite_in_memory_bytes_max;
    const auto tried = m_database.query_one<std::int64_t>(
        "SELECT CAST(value AS INTEGER) FROM settings WHERE name = :name", tried_setting);
    // Nobody can save while a large file is rewritten. The clock may have been set back meanwhile.
    if (!now ? is_large || tried : tried && std::abs(now->ms - *tried) < rewrite_pause_ms)
        return false;
    if (!has_room_for_rewriting(bytes))
        return false;
    if (is_large)
        m_database.run_script("PRAGMA temp_store = FILE");
    try {
        m_database.run_script("VACUUM; PRAGMA temp_store = MEMORY");
    } catch (const storage::DatabaseError& error) {
        m_database.run_script("PRAGMA temp_store = MEMORY");
        if (error.failure() != storage::Failure::Full)
            throw;
        // What it wrote into the log goes first, so that there is room for what comes.
        m_database.run_script("PRAGMA wal_checkpoint(TRUNCATE)");
        if (now)
            set_setting(tried_setting, std::to_string(now->ms));
        return false;
    }
    return true;
}

/// Where that cannot be told, the trial shows it.
bool Store::has_room_for_rewriting(std::int64_t bytes)
{
    const auto file =
        m_database.query_one<std::string>("SELECT file FROM pragma_database_list WHERE name = 'main'");
    struct statvfs disk
    {
    };
    if (!file || statvfs(file->c_str(), &disk) != 0)
        return true;
    // Once into the log and, when it is large, once into a temporary file, which may lie on the same disk.
    const std::int64_t needed = bytes * (bytes > rewrite_in_memory_bytes_max ? 2 : 1) + bytes / 8;
    return static_cast<std::int64_t>(disk.f_bavail) >= needed / static_cast<std::int64_t>(disk.f_frsize);
}

} // namespace tally::client
