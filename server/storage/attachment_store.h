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
};

class AttachmentStore
{
public:
    /// `folder` is made when missing; servers over one database share it.
    AttachmentStore(DatabasePool& pool, std::filesystem::path folder);

    /// Begins an upload, or tells how far an earlier one came. Only what an entry of that device names is
    /// taken. Fails with `bad_digest`, `attachment_unknown` or `attachment_too_large`.
    [[nodiscard]] Result<UploadProgress> begin(const Uuid& device, std::string_view digest,
                                               std::int64_t length, Timestamp now);
    /// Nothing when no upload was begun.
    [[nodiscard]] std::optional<UploadProgress> progress(std::string_view digest);

    /// Calls `source` with a sink for the bytes. Every byte that came is kept, also when the source
    /// fails. At the last byte the digest is checked and the file put in place, durably. Fails with
    /// `not_found`, `offset_mismatch`, `upload_busy`, `too_many_bytes`, `digest_mismatch` (the upload then
    /// starts again from zero), `attachment_unknown` (its entry was erased meanwhile) or with the source's
    /// own error.
    using Sink = std::function<bool(std::string_view part)>;
    using Source = std::function<Result<void>(const Sink& sink)>;
    [[nodiscard]] Result<UploadProgress> append(std::string_view digest, std::int64_t offset,
                                                const Source& source);

    /// The whole ciphertext of a bundle's attachment. Same rules as an upload.
    [[nodiscard]] Result<UploadProgress> put(const Uuid& device, std::string_view digest,
                                             std::string_view bytes, Timestamp now);

    /// The ciphertext. Fails with `photo_not_arrived`.
    [[nodiscard]] Result<std::string> read(std::string_view digest) const;
    [[nodiscard]] bool has(std::string_view digest) const;
    /// Removes the bytes, also of an unfinished upload. What is not there is no failure. Throws when a file
    /// cannot be removed.
    void remove(std::string_view digest);

private:
    [[nodiscard]] std::filesystem::path whole_path(std::string_view digest) const;
    [[nodiscard]] std::filesystem::path part_path(std::string_view digest) const;
    [[nodiscard]] Result<UploadProgress> finish(std::string_view digest, std::int64_t length);

    DatabasePool& m_pool;
    std::filesystem::path m_folder;
};

} // namespace tally::server
