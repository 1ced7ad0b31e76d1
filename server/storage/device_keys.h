#pragma once
/// How the keys of devices followed one another. A device signs a statement with its old and its new key
/// (shared/protocol/key_change.h); from the moment that it is here the old one signs no requests, and of
/// records only those that were sealed before and have not come yet. Which, and why, is in
/// server/api/README.md.

#include "server/storage/devices.h"
#include "shared/protocol/key_change.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

enum class LetIn
{
    Enrolled,
    AlsoRevoked, ///< an administrator decided that what a revoked device holds is to be taken in
};

/// What the device showed, as parse_device_key_changes() gives it. What is here already changes nothing, so
/// that it may be shown again at any time. Durable when it returns. Fails with `device_unknown`;
/// `bad_signature` when nothing of it begins with a key of the device; `device_revoked`; `key_taken`; or
/// `key_conflict` when another key took the old one's place already, which is noted, see
/// Device::key_disputed_at.
[[nodiscard]] Result<void> take_key_changes(storage::Database& database,
                                            std::span<const protocol::KeyChange> changes, Timestamp now,
                                            LetIn let_in = LetIn::Enrolled);
/// The same inside the caller's transaction. What was noted has to be committed also when it fails.
[[nodiscard]] Result<void> take_key_changes_inside(storage::Database& database,
                                                   std::span<const protocol::KeyChange> changes,
                                                   Timestamp now, LetIn let_in = LetIn::Enrolled);

/// One record, or one number of a report, that a device signed.
struct SignedNumber
{
    std::int64_t seq = 0;
    std::string entry; ///< id of a record's entry; empty for a report
};

enum class Signer
{
    Nobody,    ///< none of the device's keys
    Device,    ///< its present key, or a former one that may still sign just this
    FormerKey, ///< one that took no part in what came after its time
};

/// Who signed a batch or report that is not signed with the present key. `is_signed_by` tries one public key.
/// Of a device whose rest is accepted a former key may have signed anything.
[[nodiscard]] Signer signer_before(storage::Database& database, const Device& device,
                                   const std::function<bool(std::string_view key)>& is_signed_by,
                                   std::span<const SignedNumber> numbers, LetIn let_in);
/// Whether it was a key of the device before the present one.
[[nodiscard]] bool is_former_key(storage::Database& database, const Uuid& device,
                                 std::string_view public_key);

/// For people: with the refusal `former_key`.
[[nodiscard]] Error former_key_refused();

/// An administrator wishes that the device makes itself a new key. Fails with `not_found` or
/// `already_revoked`.
[[nodiscard]] Result<void> ask_for_new_key(storage::Database& database, std::string_view name, Timestamp now);
/// Since when the wish stands; none when there is none, or when it was met.
[[nodiscard]] std::optional<Timestamp> new_key_asked_at(storage::Database& database, const Uuid& device);

/// A key in the history of a device.
struct FormerKey
{
    std::string public_key;    ///< 32 bytes
    std::int64_t last_seq = 0; ///< the highest number that it may have signed
    Timestamp replaced_at;     ///< by the server's clock
};
/// Oldest first.
[[nodiscard]] std::vector<FormerKey> former_keys(storage::Database& database, const Uuid& device);

[[nodiscard]] std::span<const storage::Migration> device_key_migrations();

} // namespace tally::server
