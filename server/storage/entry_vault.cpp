#include "server/storage/entry_vault.h"

#include "shared/base/encoding.h"
#include "shared/base/random.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/attachment.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/sealed_record.h"

namespace tally::server {
namespace {

constexpr std::string_view small_context = "tallybook-thumbnail-v1";
constexpr std::string_view note_context = "tallybook-decision-note-v1";

std::optional<std::string> find_key(storage::Database& database, const Uuid& id)
{
    auto row = database.query_one<storage::sql::Blob>("SELECT key FROM entry_keys WHERE id = :id", id.text());
    return row ? std::optional(std::move(row->bytes)) : std::nullopt;
}

std::string note_key(std::string_view entry_key)
{
    return crypto::derive(entry_key.substr(0, 32), {note_context}, crypto::secret_key_bytes);
}

std::string small_key(const Attachment& attachment)
{
    return crypto::derive(attachment.key, {small_context}, crypto::secret_key_bytes);
}

Error erased()
{
    return {"erased", "The words of this entry were erased. Its quantities stay in the ledger."};
}

Error not_found()
{
    return {"not_found", "There is no such entry."};
}

} // namespace

Result<Entry> EntryVault::open(storage::Database& database, const Uuid& id) const
{
    const auto row = database.query_one<std::string, storage::sql::Blob>(
        "SELECT device, record FROM entry_records WHERE id = :id", id.text());
    if (!row)
        return not_found();
    const auto key = find_key(database, id);
    if (!key)
        return erased();
    const auto device = Uuid::parse(std::get<0>(*row));
    if (!device)
        return device.error();
    const auto json = protocol::open_record(std::get<1>(*row).bytes, *device, *key);
    if (!json)
        return json.error();
    return protocol::parse_entry(*json, id);
}

Result<std::string> EntryVault::open_attachment(const Attachment& attachment) const
{
    const auto sealed = m_attachments.read(attachment.sealed_digest);
    if (!sealed)
        return sealed.error();
    return protocol::open_attachment(*sealed, attachment.key);
}

std::optional<std::string> EntryVault::open_small(const Attachment& attachment) const
{
    const auto sealed = m_attachments.read_small(attachment.sealed_digest);
    const auto plain = sealed ? crypto::unlock(*sealed, small_context, small_key(attachment))
                              : Result<std::string>(not_found());
    return plain ? std::optional(*plain) : std::nullopt;
}

void EntryVault::keep_small(const Attachment& attachment, std::string_view bytes) const
{
    m_attachments.keep_small(attachment.sealed_digest,
                             crypto::lock(bytes, small_context, small_key(attachment)));
}

Result<EntryVault::LockedNote> EntryVault::lock_note(storage::Database& database, const Uuid& entry,
                                                     std::string_view note, Random& random) const
{
    const auto key = find_key(database, entry);
    if (!key)
        return erased();
    LockedNote locked;
    locked.salt = random.bytes(16);
    locked.note = crypto::lock(note, note_context, note_key(*key));
    locked.digest = to_hex(crypto::sha256({locked.salt, note}));
    return locked;
}

std::string EntryVault::open_note(storage::Database& database, std::int64_t position) const
{
    const auto row = database.query_one<std::string, storage::sql::Blob>(
        "SELECT entry, note FROM decision_notes WHERE position = :position", position);
    if (!row)
        return {};
    const auto entry = Uuid::parse(std::get<0>(*row));
    const auto key = entry ? find_key(database, *entry) : std::nullopt;
    if (!key)
        return {};
    const auto note = crypto::unlock(std::get<1>(*row).bytes, note_context, note_key(*key));
    return note ? *note : std::string();
}

} // namespace tally::server
