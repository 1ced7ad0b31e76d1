#include "server/storage/revocations.h"

#include <array>
#include <string>

namespace tally::server {
namespace {

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 1> migrations = {storage::Migration{1, R"(
    CREATE TABLE revocations (
        device TEXT PRIMARY KEY,
        revoked_at INTEGER NOT NULL,
        listed INTEGER NOT NULL      -- 1 once it stands in the list outside the database
    ) WITHOUT ROWID;
    INSERT INTO revocations (device, revoked_at, listed)
        SELECT id, revoked_at, 0 FROM devices WHERE revoked_at IS NOT NULL;
)"}};

} // namespace

void note_revocation(storage::Database& database, const Revocation& revocation)
{
    database.run("INSERT INTO revocations (device, revoked_at, listed) VALUES (:device, :at, 0) "
                 "ON CONFLICT (device) DO NOTHING",
                 revocation.device.text(), revocation.at.ms);
}

std::vector<Revocation> unlisted_revocations(storage::Database& database)
{
    std::vector<Revocation> found;
    database.for_each<std::string, std::int64_t>(
        "SELECT device, revoked_at FROM revocations WHERE listed = 0 ORDER BY revoked_at, device",
        [&](const std::string& device, std::int64_t at) {
            if (const auto id = Uuid::parse(device))
                found.push_back({*id, Timestamp{at}});
        });
    return found;
}

void note_revocations_listed(storage::Database& database, const std::vector<Revocation>& revocations)
{
    for (const auto& revocation : revocations)
        database.run("UPDATE revocations SET listed = 1 WHERE device = :device", revocation.device.text());
}

void forget_listed_revocations(storage::Database& database)
{
    database.run("UPDATE revocations SET listed = 0");
}

bool apply_revocation(storage::Database& database, const Revocation& revocation)
{
    const std::string device = revocation.device.text();
    storage::Transaction transaction(database);
    database.run("INSERT INTO revocations (device, revoked_at, listed) VALUES (:device, :at, 1) "
                 "ON CONFLICT (device) DO UPDATE SET listed = 1",
                 device, revocation.at.ms);
    const bool was_in =
        database
            .query_one<std::int64_t>("SELECT 1 FROM devices WHERE id = :id AND revoked_at IS NULL", device)
            .has_value();
    revoke_if_noted(database, revocation.device);
    transaction.commit();
    return was_in;
}

void revoke_if_noted(storage::Database& database, const Uuid& device)
{
    database.run("UPDATE devices SET revoked_at = "
                 "(SELECT r.revoked_at FROM revocations r WHERE r.device = devices.id) "
                 "WHERE id = :id AND revoked_at IS NULL",
                 device.text());
}

std::span<const storage::Migration> revocation_migrations()
{
    return migrations;
}

} // namespace tally::server
