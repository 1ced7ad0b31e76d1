#pragma once
/// Encrypted photos: bytes in a folder under the SHA-256 of their ciphertext, what is known of them in
/// the database. Uploads may stop anywhere and go on from the last byte that was kept.

#include "server/storage/database_pool.h"
#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

struct UploadProgress
{
    std::int64_t length = 0;
    std::int64_t offset = 0; ///< bytes that are here
    bool complete = false;   ///< all are here and their digest fits
    bool arrived = false;    ///< complete since this call
    /// From then on what has come may be thrown away; none for a complete one.
    std::optional<Timestamp> expires_at = std::nullopt;

    [[nodiscard]] bool has_expired(Timestamp now) const { return expires_at && *expires_at <= now; }
};

/// What a client says of one part of an upload.
struct ChunkCheck
{
    enum class Algorithm
    {
        Sha1,
        Sha256,
    };
    Algorithm algorithm = Algorithm::Sha256;
    std::string digest; ///< bytes
};

/// How long an upload may rest before it is thrown away.
inline constexpr std::int64_t upload_life_ms = 7LL * 24 * 60 * 60 * 1000;

/// Where its file is.
[[nodiscard]] std::filesystem::path photo_path(const std::filesystem::path& folder, std::string_view digest);
/// By the size of its file.
[[nodiscard]] bool is_whole_photo(const std::filesystem::path& folder, std::string_view digest,
                                  std::int64_t length);
/// Lays a file aside whose bytes are not what its name says, so that the photo can come again.
void lay_damaged_photo_aside(const std::filesystem::path& folder, std::string_view digest);

class AttachmentStore
{
public:
    /// `folder` is made when missing; servers over one database share it.
    AttachmentStore(DatabasePool& pool, std::filesystem::path folder);

    /// Begins an upload, or tells how far an earlier one came; one that expired, or was begun with another
    /// length, begins again. Only what an entry of that device names is taken. Fails with `bad_digest`,
    /// `bad_length`, `attachment_unknown` or `attachment_too_large`.
    [[nodiscard]] Result<UploadProgress> begin(const Uuid& device, std::string_view digest,
                                               std::int64_t length, Timestamp now);
    /// Nothing when no upload was begun. A photo whose file is gone or cut short is not complete, whatever
    /// the database says: it can be sent again.
    [[nodiscard]] std::optional<UploadProgress> progress(std::string_view digest);
    /// Where a device goes on: as progress(), but what has come to its last byte without having been checked
    /// (the server ended in between) is checked and put in place now, because a device takes the last byte
    /// for the promise that the photo is here. Fails with `not_found`, `upload_busy` (somebody is at it) or
    /// `attachment_unknown`.
    [[nodiscard]] Result<UploadProgress> resume(std::string_view digest);
    /// Whether an entry of that device names it: only then it is this device's to send.
    [[nodiscard]] bool is_named_by(const Uuid& device, std::string_view digest);
    /// A device whose entry names it.
    [[nodiscard]] std::optional<Uuid> device_that_names(std::string_view digest);

    /// Calls `source` with a sink for the bytes. Every byte that came is kept, also when the source
    /// fails. At the last byte the digest is checked and the file put in place, durably. Fails with
    /// `not_found`, `offset_mismatch`, `upload_busy`, `too_many_bytes`, `digest_mismatch` (the upload then
    /// starts again from zero), `attachment_unknown` (its entry was erased meanwhile) or with the source's
    /// own error. With a check the part is kept as a whole or not at all: `checksum_mismatch`. With `now` the
    /// upload lives that much longer; one that expired is `upload_expired`.
    using Sink = std::function<bool(std::string_view part)>;
    using Source = std::function<Result<void>(const Sink& sink)>;
    [[nodiscard]] Result<UploadProgress> append(std::string_view digest, std::int64_t offset,
                                                const Source& source,
                                                std::optional<Timestamp> now = std::nullopt,
                                                const std::optional<ChunkCheck>& check = std::nullopt);

    /// Ends an unfinished upload and throws away what came of it. Fails with `not_found`, `upload_busy` or,
    /// for what is complete and so belongs to the evidence, `upload_complete`.
    [[nodiscard]] Result<void> terminate(std::string_view digest);
    /// Does so with those that expired, a few at a time; begin() calls it.
    void remove_expired(Timestamp now);

    /// The whole ciphertext of a bundle's attachment. Same rules as an upload, but nothing of what came of it
    /// before is used: a power cut may have torn that.
    [[nodiscard]] Result<UploadProgress> put(const Uuid& device, std::string_view digest,
                                             std::string_view bytes, Timestamp now);

    /// The ciphertext. Fails with `photo_not_arrived`.
    [[nodiscard]] Result<std::string> read(std::string_view digest) const;
    [[nodiscard]] bool has(std::string_view digest) const;
    /// A small form of the photo, encrypted by whoever keeps it. It can be made anew at any time, is in no
    /// backup, and goes with the photo.
    [[nodiscard]] std::optional<std::string> read_small(std::string_view digest) const;
    /// Keeps nothing when the photo was removed meanwhile.
    void keep_small(std::string_view digest, std::string_view bytes) const;
    /// Removes the bytes, also of an unfinished upload. What is not there is no failure. Throws when a file
    /// cannot be removed.
    void remove(std::string_view digest);

private:
    [[nodiscard]] std::filesystem::path whole_path(std::string_view digest) const;
    [[nodiscard]] std::filesystem::path part_path(std::string_view digest) const;
    [[nodiscard]] std::filesystem::path small_path(std::string_view digest) const;
    [[nodiscard]] Result<UploadProgress> finish(std::string_view digest, std::int64_t length);
    Timestamp extend(std::string_view digest, const UploadProgress& known, Timestamp now);

    DatabasePool& m_pool;
    std::filesystem::path m_folder;
};

} // namespace tally::server
