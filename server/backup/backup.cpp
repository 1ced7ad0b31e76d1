#include "server/backup/backup.h"

#include "server/backup/beside.h"
#include "server/backup/tar.h"
#include "server/erasure/erasure_list.h"
#include "server/erasure/erasure_service.h"
#include "server/ledger/ledger.h"
#include "server/storage/attachment_store.h"
#include "server/storage/backup_log.h"
#include "server/storage/missing_photos.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/base/folders.h"
#include "shared/crypto/hash.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

extern char** environ;

namespace tally::server {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view format = "tallybook-backup/1";
constexpr std::string_view description_name = "tallybook-backup.json";
constexpr std::string_view sqlite_name = "tallybook.db";
constexpr std::string_view postgres_name = "tallybook.pgdump";
constexpr std::string_view list_name = "erasures.list";
constexpr std::string_view photos_prefix = "photos/";
constexpr std::uint64_t list_bytes_max = 4ULL * 1024 * 1024 * 1024;

bool is_photo_name(std::string_view name)
{
    if (!name.starts_with(photos_prefix))
        return false;
    name.remove_prefix(photos_prefix.size());
    constexpr std::size_t digest_width = 64;
    return name.size() == 3 + digest_width && name[2] == '/' && name.substr(3, 2) == name.substr(0, 2) &&
           name.substr(3).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A file that goes away with this object, whatever happened.
class TemporaryFile
{
public:
    explicit TemporaryFile(fs::path path) : m_path(std::move(path)) { remove(); }
    ~TemporaryFile() { remove(); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    [[nodiscard]] const fs::path& path() const { return m_path; }

private:
    void remove() const
    {
        std::error_code failure;
        fs::remove(m_path, failure);
    }
    fs::path m_path;
};

/// Held by whoever makes a backup of this data folder; a program that ends lets go of it.
class BackupLock
{
public:
    explicit BackupLock(const fs::path& data)
        : m_file(::open((data / "backup.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600))
    {
        m_is_held = m_file >= 0 && ::flock(m_file, LOCK_EX | LOCK_NB) == 0;
    }
    ~BackupLock()
    {
        if (m_file >= 0)
            ::close(m_file);
    }
    BackupLock(const BackupLock&) = delete;
    BackupLock& operator=(const BackupLock&) = delete;
    [[nodiscard]] bool is_held() const { return m_is_held; }

private:
    int m_file;
    bool m_is_held = false;
};

/// What it prints goes where our own messages go. Fails with `dump_failed`.
Result<void> run_tool(std::vector<std::string> words)
{
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    const int failure =
        ::posix_spawnp(&child, words.front().c_str(), nullptr, nullptr, arguments.data(), environ);
    if (failure == ENOENT)
        return Error{"dump_failed", "The program " + words.front() +
                                        " is not on this machine. Install PostgreSQL's client programs, or "
                                        "make the backup where they are."};
    if (failure == 0)
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    if (failure != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return Error{"dump_failed", "The program " + words.front() + " did not succeed; see what it said."};
    return {};
}

std::string describe(storage::Database& database, const ServerKeys& keys, Timestamp now, BackupReport& report)
{
    nlohmann::ordered_json document = {
        {"format", format},
        {"made_at", format_utc(now)},
        {"origin", keys.origin},
        {"database", database.dialect() == storage::Dialect::Sqlite ? "sqlite" : "postgres"}};
    if (const auto checkpoint = latest_checkpoint(database)) {
        report.tree_size = checkpoint->tree_size;
        document["tree_size"] = checkpoint->tree_size;
        document["root"] = to_hex(checkpoint->root);
    }
    return document.dump(2) + "\n";
}

/// Closed again when it returns, so that nothing of the copy is anywhere else than in its file.
std::string describe_copy(const fs::path& copy, const ServerKeys& keys, Timestamp now, BackupReport& report,
                          std::vector<KnownPhoto>& photos)
{
    auto database = open_database("sqlite:" + copy.string());
    auto text = describe(database, keys, now, report);
    photos = known_photos(database);
    database.checkpoint();
    return text;
}

/// Their bytes, or nothing when they are not there or not what they were.
Result<std::optional<std::string>> read_photo(const fs::path& folder, const KnownPhoto& photo)
{
    auto bytes = read_file(photo_path(folder, photo.digest));
    if (!bytes && bytes.error().code != "file_missing")
        return bytes.error();
    if (bytes && crypto::sha256_hex(*bytes) == photo.digest)
        return std::optional(std::move(*bytes));
    if (bytes)
        lay_damaged_photo_aside(folder, photo.digest);
    return std::optional<std::string>();
}

/// Every photo that the backup's database says is here. Gives the digests of those that are missing; `live`
/// is the database as it is now, which no longer knows what was erased meanwhile.
Result<std::vector<std::string>> add_photos(TarWriter& tar, const std::vector<KnownPhoto>& photos,
                                            const fs::path& folder, storage::Database& live,
                                            BackupReport& report)
{
    std::vector<std::string> missing;
    for (const auto& photo : photos) {
        const auto bytes = read_photo(folder, photo);
        if (!bytes)
            return bytes.error();
        if (*bytes) {
            const auto name = std::string(photos_prefix) + photo.digest.substr(0, 2) + "/" + photo.digest;
            if (const auto added = tar.add(name, **bytes); !added)
                return added.error();
            ++report.photos;
        } else if (live.query_one<std::int64_t>(
                       "SELECT 1 FROM attachments WHERE sealed_digest = :digest AND complete = 1",
                       photo.digest)) {
            missing.push_back(photo.digest);
        }
    }
    return missing;
}

Error photos_missing(std::size_t missing, std::size_t all, const std::string& first)
{
    return {"photos_missing",
            "No backup was made: the files of " + std::to_string(missing) + " of " + std::to_string(all) +
                " photos are missing, beginning with photos/" + first.substr(0, 2) + "/" + first +
                ".\nIf they lie elsewhere, put them back. Devices that still have them send them again with "
                "their next sync; then make the backup.\nIf no device has them any more, say "
                "--without-missing-photos: the backup then holds everything else.",
            "--without-missing-photos"};
}

/// Empty when there is none.
std::string list_text(const fs::path& file)
{
    auto text = file.empty() ? Result<std::string>(std::string()) : read_file(file, list_bytes_max);
    return text ? std::move(*text) : std::string();
}

/// Of every backup that lies beside the one that is restored: an erasure after any of them counts.
Result<void> gather_lists(const fs::path& data, const fs::path& backup, const fs::path& given)
{
    if (!given.empty())
        if (const auto readable = read_file(given, list_bytes_max); !readable)
            return readable.error();
    const auto path = ErasureService::list_file(data);
    const std::string own = list_text(path);
    std::vector<fs::path> others = {given};
    for (const auto& each : backups_beside(backup))
        others.push_back(erasures_beside(each));
    std::vector<ListedLine> news;
    std::set<std::string> known;
    for (const auto& other : others) {
        std::string text = list_text(other);
        // A list only ever grows: mostly the other one begins with ours.
        if (text.starts_with(own))
            text.erase(0, own.size());
        for (auto& line : read_lines(text))
            if (known.insert(write_line(line)).second)
                news.push_back(std::move(line));
    }
    if (!news.empty())
        append_lines(path, news);
    return {};
}

bool is_empty_folder(const fs::path& folder)
{
    std::error_code failure;
    return !fs::exists(folder, failure) || fs::is_empty(folder, failure);
}

Result<void> check_empty_database(const std::string& url)
{
    auto database = storage::Database::open(url);
    if (!database)
        return database.error();
    if (database->query_one<std::int64_t>("SELECT 1 FROM information_schema.tables WHERE table_schema = "
                                          "current_schema() LIMIT 1"))
        return Error{"data_not_empty", "The database holds tables already. Restore into an empty one.",
                     "--database"};
    return {};
}

bool is_postgres(const std::string& database)
{
    return !database.empty() && !database.starts_with("sqlite:");
}

Result<void> unpack_into(const fs::path& file, const fs::path& data, const std::string& database,
                         const fs::path& erasures)
{
    const bool to_postgres = is_postgres(database);
    if (const auto made = make_folder_durably(data); !made)
        return made;
    std::error_code failure;
    fs::permissions(data, fs::perms::owner_all, failure);
    const auto unpacked = unpack_tar(file, [&](std::string_view name) -> std::optional<fs::path> {
        const bool known = name == description_name || name == sqlite_name || name == postgres_name ||
                           name == list_name || is_photo_name(name);
        return known ? std::optional(data / name) : std::nullopt;
    });
    if (!unpacked)
        return unpacked.error();
    const auto text = read_file(data / description_name);
    const auto description = nlohmann::json::parse(text ? *text : "", nullptr, false);
    if (!description.is_object() || description.value("format", "") != format)
        return Error{"bad_backup", "This file was not made by this program, or by a newer one."};
    const bool from_postgres = description.value("database", "") == "postgres";
    if (from_postgres != to_postgres)
        return Error{"other_database",
                     from_postgres
                         ? "This backup is of a PostgreSQL database: name an empty one with --database."
                         : "This backup is of SQLite: leave --database out.",
                     "--database"};
    if (from_postgres) {
        const TemporaryFile dump(data / "restoring.pgdump");
        fs::rename(data / postgres_name, dump.path());
        if (auto restored = run_tool({"pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
                                      "--dbname=" + database, dump.path().string()});
            !restored)
            return restored;
    }
    return gather_lists(data, file, erasures);
}

} // namespace

Result<BackupReport> make_backup(DatabasePool& pool, const ServerKeys& keys, const fs::path& data,
                                 const fs::path& file, const Clock& clock, MissingPhotos rule)
{
    std::error_code failure;
    if (fs::exists(file, failure))
        return Error{"file_exists",
                     "There is a file at " + file.string() + " already. Give the backup a name of its own."};
    const BackupLock lock(data);
    if (!lock.is_held())
        return Error{"backup_running",
                     "Another backup of this server is being made. Wait until it is there, then try again."};
    BackupReport report;
    auto database = pool.lease();
    auto tar = TarWriter::create(file);
    if (!tar)
        return tar.error();
    const bool sqlite = database->dialect() == storage::Dialect::Sqlite;
    // Keys are in the copy, so it is made where only the owner looks.
    const TemporaryFile copy(data / "backup.copy");
    // What the dump of PostgreSQL holds can only be more than what stood here before it.
    auto description = sqlite ? std::string() : describe(*database, keys, clock.now(), report);
    if (sqlite)
        database->copy_to(copy.path().string());
    else if (const auto dumped = run_tool({"pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                                           "--file=" + copy.path().string(), "--dbname=" + pool.url()});
             !dumped)
        return dumped.error();
    std::vector<KnownPhoto> photos;
    if (sqlite)
        description = describe_copy(copy.path(), keys, clock.now(), report, photos);
    else
        photos = known_photos(*database); // at least those in the dump, which was begun before
    if (const auto added = tar->add(description_name, description); !added)
        return added.error();
    if (const auto added = tar->add_file(sqlite ? sqlite_name : postgres_name, copy.path()); !added)
        return added.error();
    const auto missing = add_photos(*tar, photos, data / "photos", *database, report);
    if (!missing)
        return missing.error();
    // Before devices hear of the backup, which lets them forget photos.
    SystemRandom random;
    ask_for_missing_photos(*database, *missing, random, clock.now());
    report.photos_missing = static_cast<std::int64_t>(missing->size());
    if (!missing->empty() && rule == MissingPhotos::Refuse)
        return photos_missing(missing->size(), photos.size(), missing->front());
    // Last, so that it knows of everything that was erased meanwhile.
    if (const auto added = tar->add(list_name, list_text(ErasureService::list_file(data))); !added)
        return added.error();
    if (const auto finished = tar->finish(); !finished)
        return finished.error();
    report.bytes = tar->bytes();
    // Only now: devices may rely on what this says.
    note_backup_made(*database, {report.tree_size, clock.now()});
    return report;
}

Result<void> unpack_backup(const fs::path& file, const fs::path& data, const std::string& database,
                           const fs::path& erasures)
{
    std::error_code failure;
    if (!fs::exists(file, failure))
        return Error{"file_missing", "There is no file at " + file.string() + "."};
    if (!is_empty_folder(data))
        return Error{"data_not_empty",
                     "The folder " + data.string() + " is not empty. Restore into a new folder.", "--data"};
    if (is_postgres(database))
        if (const auto empty = check_empty_database(database); !empty)
            return empty;
    const bool was_there = fs::exists(data, failure);
    auto unpacked = unpack_into(file, data, database, erasures);
    if (!unpacked) {
        // The folder was empty: leave it so, that the next attempt is not refused.
        for (const auto& part : fs::directory_iterator(data, failure))
            fs::remove_all(part, failure);
        if (!was_there)
            fs::remove(data, failure);
    }
    return unpacked;
}

} // namespace tally::server
