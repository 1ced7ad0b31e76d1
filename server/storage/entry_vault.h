#pragma once
/// The readable side of entries: opens a record with its own key, as long as that key exists. Words of
/// decisions are kept under the same key, so that they are forgotten together with the entry.

#include "server/storage/attachment_store.h"
#include "shared/domain/evidence.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

class EntryVault
{
public:
    explicit EntryVault(const AttachmentStore& attachments) : m_attachments(attachments) {}

    /// Fails with `not_found` or `erased`.
    [[nodiscard]] Result<Entry> open(storage::Database& database, const Uuid& id) const;
    /// The plain bytes of one of the entry's attachments. Fails as open() does, or with
    /// `photo_not_arrived`.
    [[nodiscard]] Result<std::string> open_attachment(const Attachment& attachment) const;
    /// The small form of a photo, as keep_small() was given it: it lies encrypted under a key that follows
    /// from the photo's own, so that whoever destroys the entry's key closes it too.
    [[nodiscard]] std::optional<std::string> open_small(const Attachment& attachment) const;
    void keep_small(const Attachment& attachment, std::string_view bytes) const;
    [[nodiscard]] bool has(const Attachment& attachment) const
    {
        return m_attachments.has(attachment.sealed_digest);
    }

    struct LockedNote
    {
        std::string salt;   ///< 16 random bytes
        std::string note;   ///< encrypted
        std::string digest; ///< hex SHA-256 of salt and note, for the log
    };
    /// Fails with `not_found` or `erased`.
    [[nodiscard]] Result<LockedNote> lock_note(storage::Database& database, const Uuid& entry,
                                               std::string_view note, Random& random) const;
    /// The note of the decision at a position of the log; empty when there is none or it was erased.
    [[nodiscard]] std::string open_note(storage::Database& database, std::int64_t position) const;

private:
    const AttachmentStore& m_attachments;
};

} // namespace tally::server
