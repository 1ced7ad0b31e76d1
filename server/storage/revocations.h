#pragma once
/// Devices from which nothing is taken any more, also those that a restored database never knew or knows from
/// before: the list of erasures outside the database carries them over a restore.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/storage/database.h"

#include <span>
#include <vector>

namespace tally::server {

struct Revocation
{
    Uuid device;
    Timestamp at;

    bool operator==(const Revocation&) const = default;
};

/// As part of the transaction that revokes it.
void note_revocation(storage::Database& database, const Revocation& revocation);
/// What is not in the list outside the database yet.
[[nodiscard]] std::vector<Revocation> unlisted_revocations(storage::Database& database);
void note_revocations_listed(storage::Database& database, const std::vector<Revocation>& revocations);
/// All of them go into the list once more.
void forget_listed_revocations(storage::Database& database);

/// From the list: revokes the device, now or as soon as it is let in again. True when it was in until now.
bool apply_revocation(storage::Database& database, const Revocation& revocation);
/// Of a device that was let in again just now.
void revoke_if_noted(storage::Database& database, const Uuid& device);

[[nodiscard]] std::span<const storage::Migration> revocation_migrations();

} // namespace tally::server
