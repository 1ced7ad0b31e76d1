#include "server/storage/attachment_store.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/base/folders.h"
#include "shared/crypto/hash.h"
#include "shared/domain/validate.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace tally::server {
namespace fs = std::filesystem;
namespace {

bool is_digest(std::string_view digest)
{
    return digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad_digest()
{
    return {"bad_digest", "A photo is named by the 64 hexadecimal digits of its SHA-256."};
}

Error not_begun()
{
    return {"not_found", "No upload of this photo was begun. Begin it first."};
}

Error here_already()
{
    return {"offset_mismatch", "This photo is here already."};
}

/// An open, locked file: two connections never write one upload at once.
class LockedFile
{
public:
    explicit LockedFile(const fs::path& path)
        : m_file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)), m_why_not(m_file < 0 ? errno : 0)
    {
        m_locked = m_file >= 0 && ::flock(m_file, LOCK_EX | LOCK_NB) == 0 && has_name();
    }
    ~LockedFile()
    {
        if (m_file >= 0)
            ::close(m_file);
    }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;

    [[nodiscard]] bool is_open() const { return m_file >= 0; }
    [[nodiscard]] int why_not() const { return m_why_not; } ///< errno
    [[nodiscard]] bool is_locked() const { return m_locked; }
    [[nodiscard]] std::int64_t size() const
    {
        struct stat status = {};
        return ::fstat(m_file, &status) == 0 ? std::int64_t{status.st_size} : 0;
    }
    /// Throws std::system_error, as when the disk is full.
    void write_at(std::int64_t offset, std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(m_file, bytes.data(), bytes.size(), offset);
            if (written < 0 && errno == EINTR)
                continue;
            if (written == 0)
                errno = ENOSPC;
            if (written <= 0)
                throw failed();
            bytes.remove_prefix(static_cast<std::size_t>(written));
            offset += written;
        }
    }
    /// Throws as write_at() does.
    void sync() const
    {
        if (::fdatasync(m_file) != 0)
            throw failed();
    }

private:
    [[nodiscard]] static std::system_error failed()
    {
        return {errno, std::generic_category(), "A photo cannot be written"};
    }
    /// Whoever ended the upload may have removed the file between opening and locking.
    [[nodiscard]] bool has_name() const
    {
        struct stat status = {};
        return ::fstat(m_file, &status) == 0 && status.st_nlink > 0;
    }

    int m_file;
    int m_why_not;
    bool m_locked = false;
};

bool fits(std::string_view bytes, const ChunkCheck& check)
{
    return check.digest ==
           (check.algorithm == ChunkCheck::Algorithm::Sha1 ? crypto::sha1(bytes) : crypto::sha256(bytes));
}

/// With the code by which a full disk is known: whoever sends tries again when there is room.
[[noreturn]] void throw_unwritable(const Error& error)
{
    if (error.code == "disk_full")
        throw std::system_error(ENOSPC, std::generic_category(), error.message);
    throw std::runtime_error(error.message);
}

void make_or_throw(const fs::path& folder)
{
    if (const auto made = make_folder_durably(folder); !made)
        throw_unwritable(made.error());
}

fs::path damaged_path(fs::path whole)
{
    whole += ".damaged";
    return whole;
}

Error upload_busy()
{
    return {"upload_busy", "Another connection is sending this photo. Try again in a moment."};
}

} // namespace

fs::path photo_path(const fs::path& folder, std::string_view digest)
{
    return folder / digest.substr(0, 2) / digest;
}

bool is_whole_photo(const fs::path& folder, std::string_view digest, std::int64_t length)
{
    std::error_code missing;
    const auto size = fs::file_size(photo_path(folder, digest), missing);
    return !missing && static_cast<std::int64_t>(size) == length;
}

void lay_damaged_photo_aside(const fs::path& folder, std::string_view digest)
{
    std::error_code failure;
    fs::rename(photo_path(folder, digest), damaged_path(photo_path(folder, digest)), failure);
}

AttachmentStore::AttachmentStore(DatabasePool& pool, fs::path folder)
    : m_pool(pool), m_folder(std::move(folder))
{
    make_or_throw(m_folder / "incoming");
}

fs::path AttachmentStore::whole_path(std::string_view digest) const
{
    return photo_path(m_folder, digest);
}

fs::path AttachmentStore::small_path(std::string_view digest) const
{
    fs::path path = whole_path(digest);
    path += ".small";
    return path;
}

fs::path AttachmentStore::part_path(std::string_view digest) const
{
    return m_folder / "incoming" / digest;
}

Result<UploadProgress> AttachmentStore::begin(const Uuid& device, std::string_view digest,
                                              std::int64_t length, Timestamp now)
{
    if (!is_digest(digest))
        return bad_digest();
    if (length < 1)
        return Error{"bad_length", "A photo has at least one byte."};
    if (length > limits::attachment_bytes_max)
        return Error{"attachment_too_large", "A photo has at most 8 MiB."};
    // Entries travel before photos, so a photo that no entry names is not wanted.
    if (!is_named_by(device, digest))
        return Error{"attachment_unknown", "No entry of this device names this photo. Send its entry first."};
    remove_expired(now);
    if (const auto known = progress(digest)) {
        if (known->complete)
            return *known;
        if (known->length == length && !known->has_expired(now)) {
            auto resumed = resume(digest);
            if (resumed && !resumed->complete)
                resumed->expires_at = extend(digest, *known, now);
            return resumed;
        }
        if (const auto ended = terminate(digest); !ended && ended.error().code != "not_found")
            return ended.error();
    }
    {
        auto database = m_pool.lease();
        storage::Transaction transaction(*database);
        database->run("INSERT INTO attachments (sealed_digest, device, length, complete, created_at) "
                      "VALUES (:digest, :device, :length, 0, :now) ON CONFLICT DO NOTHING",
                      digest, device.text(), length, now.ms);
        database->run("INSERT INTO uploads (sealed_digest, expires_at) VALUES (:digest, :expires_at) "
                      "ON CONFLICT (sealed_digest) DO UPDATE SET expires_at = excluded.expires_at",
                      digest, now.ms + upload_life_ms);
        transaction.commit();
    }
    // Another connection may have been quicker.
    return progress(digest).value_or(
        UploadProgress{.length = length, .expires_at = Timestamp{now.ms + upload_life_ms}});
}

bool AttachmentStore::is_named_by(const Uuid& device, std::string_view digest)
{
    auto database = m_pool.lease();
    return database
        ->query_one<std::int64_t>("SELECT 1 FROM entry_attachments a JOIN entry_records r ON r.id = a.entry "
                                  "WHERE a.sealed_digest = :digest AND r.device = :device LIMIT 1",
                                  digest, device.text())
        .has_value();
}

std::optional<Uuid> AttachmentStore::device_that_names(std::string_view digest)
{
    auto database = m_pool.lease();
    const auto text = database->query_one<std::string>(
        "SELECT r.device FROM entry_attachments a JOIN entry_records r ON r.id = a.entry "
        "WHERE a.sealed_digest = :digest ORDER BY r.position LIMIT 1",
        digest);
    const auto device = text ? Uuid::parse(*text) : Result<Uuid>(Error{});
    return device ? std::optional(*device) : std::nullopt;
}

Timestamp AttachmentStore::extend(std::string_view digest, const UploadProgress& known, Timestamp now)
{
    // Written down once a day: a commit for each part would cost more than the part.
    constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;
    if (known.expires_at && known.expires_at->ms > now.ms + upload_life_ms - day_ms)
        return *known.expires_at;
    auto database = m_pool.lease();
    database->run("UPDATE uploads SET expires_at = :expires_at WHERE sealed_digest = :digest",
                  now.ms + upload_life_ms, digest);
    return {now.ms + upload_life_ms};
}

std::optional<UploadProgress> AttachmentStore::progress(std::string_view digest)
{
    if (!is_digest(digest))
        return std::nullopt;
    auto database = m_pool.lease();
    const auto row = database->query_one<std::int64_t, std::int64_t, std::optional<std::int64_t>>(
        "SELECT a.length, a.complete, u.expires_at FROM attachments a LEFT JOIN uploads u ON "
        "u.sealed_digest = a.sealed_digest WHERE a.sealed_digest = :digest",
        digest);
    if (!row)
        return std::nullopt;
    const auto length = std::get<0>(*row);
    UploadProgress progress{.length = length,
                            .complete = std::get<1>(*row) != 0 && is_whole_photo(m_folder, digest, length)};
    std::error_code missing;
    const auto size = fs::file_size(part_path(digest), missing);
    progress.offset = progress.complete ? progress.length : missing ? 0 : static_cast<std::int64_t>(size);
    if (const auto expires_at = std::get<2>(*row); expires_at && !progress.complete)
        progress.expires_at = Timestamp{*expires_at};
    return progress;
}

Result<UploadProgress> AttachmentStore::resume(std::string_view digest)
{
    const auto known = progress(digest);
    if (!known)
        return not_begun();
    if (known->complete || known->offset < known->length)
        return *known;
    auto finished = append(digest, known->offset, [](const Sink&) -> Result<void> { return {}; });
    if (finished || finished.error().code == "upload_busy" || finished.error().code == "attachment_unknown")
        return finished;
    // It was not what it should have been and begins again, or somebody was quicker.
    const auto now = progress(digest);
    return now && (now->complete || now->offset < now->length) ? Result<UploadProgress>(*now) : finished;
}

Result<UploadProgress> AttachmentStore::append(std::string_view digest, std::int64_t offset,
                                               const Source& source, std::optional<Timestamp> now,
                                               const std::optional<ChunkCheck>& check)
{
    if (const auto before = progress(digest); !before || before->complete)
        return before ? here_already() : not_begun();
    const LockedFile file(part_path(digest));
    if (!file.is_open())
        throw std::system_error(file.why_not(), std::generic_category(),
                                "The folder for photos cannot be written");
    if (!file.is_locked())
        return upload_busy();
    // Asked again, because whoever had the lock before may have ended it.
    const auto known = progress(digest);
    if (!known || known->complete) {
        fs::remove(part_path(digest));
        return known ? here_already() : not_begun();
    }
    if (now && known->has_expired(*now))
        return Error{"upload_expired", "This upload was begun too long ago. Begin it again."};
    std::int64_t size = file.size();
    if (offset != size)
        return Error{"offset_mismatch", "The upload goes on at byte " + std::to_string(size) + "."};

    const auto keep = [&](std::string_view part) {
        file.write_at(size, part);
        size += static_cast<std::int64_t>(part.size());
    };
    bool too_many = false;
    std::string unchecked;
    auto read = source([&](std::string_view part) {
        too_many = size + static_cast<std::int64_t>(unchecked.size() + part.size()) > known->length;
        if (too_many)
            return false;
        if (check)
            unchecked += part;
        else
            keep(part);
        return true;
    });
    if (too_many)
        return Error{"too_many_bytes", "There are more bytes than the upload was begun with."};
    if (check && read) {
        if (!fits(unchecked, *check))
            return Error{"checksum_mismatch",
                         "This part was changed on its way and was not kept. Send it again."};
        keep(unchecked);
    }
    if (size == known->length) {
        file.sync();
        return finish(digest, size);
    }
    const auto expires_at = now ? extend(digest, *known, *now) : known->expires_at;
    if (!read)
        return read.error();
    return UploadProgress{.length = known->length, .offset = size, .expires_at = expires_at};
}

Result<void> AttachmentStore::terminate(std::string_view digest)
{
    const auto known = progress(digest);
    if (!known)
        return not_begun();
    if (known->complete)
        return Error{"upload_complete", "This photo is here whole and belongs to the evidence now."};
    const LockedFile file(part_path(digest));
    if (!file.is_locked())
        return upload_busy();
    auto database = m_pool.lease();
    storage::Transaction transaction(*database);
    const auto gone =
        database->run("DELETE FROM attachments WHERE sealed_digest = :digest AND complete = 0", digest);
    if (gone > 0)
        database->run("DELETE FROM uploads WHERE sealed_digest = :digest", digest);
    transaction.commit();
    fs::remove(part_path(digest));
    return gone > 0 ? Result<void>() : not_begun();
}

void AttachmentStore::remove_expired(Timestamp now)
{
    constexpr std::int64_t at_once = 20;
    std::vector<std::string> expired;
    {
        auto database = m_pool.lease();
        expired = database->query<std::string>(
            "SELECT sealed_digest FROM uploads WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit",
            now.ms, at_once);
    }
    for (const auto& digest : expired) {
        const auto ended = terminate(digest);
        if (!ended && ended.error().code == "upload_busy")
            continue;
        // Its entry may have been erased, which takes the other row alone.
        auto database = m_pool.lease();
        database->run("DELETE FROM uploads WHERE sealed_digest = :digest", digest);
    }
}

Result<UploadProgress> AttachmentStore::finish(std::string_view digest, std::int64_t length)
{
    const auto bytes = read_file(part_path(digest));
    if (!bytes)
        return bytes.error();
    if (crypto::sha256_hex(*bytes) != digest) {
        fs::resize_file(part_path(digest), 0);
        return Error{"digest_mismatch", "The photo was changed on its way. Send it again from the start."};
    }
    make_or_throw(whole_path(digest).parent_path());
    // Writing the whole file again costs little for a photo, and syncs file and folder in one place.
    if (const auto written = write_file_durably(whole_path(digest), *bytes); !written)
        throw_unwritable(written.error());
    auto database = m_pool.lease();
    storage::Transaction transaction(*database);
    const auto known =
        database->run("UPDATE attachments SET complete = 1 WHERE sealed_digest = :digest", digest);
    database->run("DELETE FROM uploads WHERE sealed_digest = :digest", digest);
    transaction.commit();
    fs::remove(part_path(digest));
    if (known == 0) {
        fs::remove(whole_path(digest));
        return Error{"attachment_unknown", "The entry of this photo was erased while the photo came."};
    }
    return UploadProgress{.length = length, .offset = length, .complete = true, .arrived = true};
}

Result<UploadProgress> AttachmentStore::put(const Uuid& device, std::string_view digest,
                                            std::string_view bytes, Timestamp now)
{
    const auto length = static_cast<std::int64_t>(bytes.size());
    auto begun = begin(device, digest, length, now);
    if (!begun || begun->complete)
        return begun;
    if (crypto::sha256_hex(bytes) != digest)
        return Error{"digest_mismatch", "The photo was changed on its way. Export it again."};
    if (begun->offset > 0) {
        // What came before was never checked, and these bytes were.
        if (const auto ended = terminate(digest); !ended && ended.error().code != "not_found")
            return ended.error();
        begun = begin(device, digest, length, now);
        if (!begun || begun->complete)
            return begun;
    }
    return append(digest, begun->offset, [&](const Sink& sink) -> Result<void> {
        sink(bytes);
        return {};
    });
}

Result<std::string> AttachmentStore::read(std::string_view digest) const
{
    if (!is_digest(digest))
        return bad_digest();
    auto bytes = read_file(whole_path(digest));
    if (!bytes)
        return Error{"photo_not_arrived",
                     "This photo has not arrived yet. The device sends photos after entries."};
    return bytes;
}

std::optional<std::string> AttachmentStore::read_small(std::string_view digest) const
{
    if (!has(digest))
        return std::nullopt;
    auto bytes = read_file(small_path(digest));
    return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

void AttachmentStore::keep_small(std::string_view digest, std::string_view bytes) const
{
    if (!has(digest))
        return;
    // What cannot be written is made again for whoever looks next.
    if (!write_file_durably(small_path(digest), bytes))
        return;
    std::error_code failure;
    if (!has(digest))
        fs::remove(small_path(digest), failure);
}

void AttachmentStore::remove(std::string_view digest)
{
    if (!is_digest(digest))
        return;
    fs::remove(whole_path(digest));
    fs::remove(small_path(digest));
    fs::remove(part_path(digest));
    fs::remove(damaged_path(whole_path(digest)));
}

bool AttachmentStore::has(std::string_view digest) const
{
    std::error_code failure;
    return is_digest(digest) && fs::exists(whole_path(digest), failure);
}

} // namespace tally::server
