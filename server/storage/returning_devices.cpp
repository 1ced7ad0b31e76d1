#include "server/storage/returning_devices.h"

#include "server/storage/device_keys.h"
#include "server/storage/revocations.h"
#include "shared/base/encoding.h"
#include "shared/protocol/enrolment.h"

#include <algorithm>

namespace tally::server {
namespace {

std::string record_of(const Device& device)
{
    return protocol::enrolment_record_message(device.id, device.name, name_of(device.mode), device.author,
                                              device.public_key);
}

/// With the present key, or with one that it took the place of.
bool is_own_signature(std::string_view record, std::string_view proof, const ServerKeys& keys)
{
    if (crypto::is_signed_by(record, proof, keys.signing.public_key))
        return true;
    return std::any_of(keys.changes.begin(), keys.changes.end(), [&](const std::string& bytes) {
        const auto change = protocol::parse_key_change(bytes);
        return change && crypto::is_signed_by(record, proof, change->old_key);
    });
}

bool exists(storage::Database& database, std::string_view question, std::string_view value)
{
    return database.query_one<std::int64_t>(question, value).has_value();
}

/// The name, or the same with the first number that nobody has.
std::string free_name(storage::Database& database, const std::string& name)
{
    std::string free = name;
    for (int number = 2; exists(database, "SELECT 1 FROM devices WHERE name = :name", free); ++number)
        free = name + " (" + std::to_string(number) + ")";
    return free;
}

} // namespace

std::string sign_enrolment(const Device& device, const ServerKeys& keys)
{
    return crypto::sign(record_of(device), keys.signing);
}

Result<void> let_in_again(storage::Database& database, const Device& device,
                          std::span<const protocol::KeyChange> changes, std::string_view proof,
                          const ServerKeys& keys, Timestamp now)
{
    const bool hangs_on = changes.empty() || (changes.front().device == device.id &&
                                              changes.front().old_key == device.public_key);
    if (!hangs_on || !is_own_signature(record_of(device), proof, keys))
        return Error{"bad_proof",
                     "This server never enrolled the device like that. Nothing on it is lost: enrol "
                     "it with a new code."};
    const std::string key = to_base64(device.public_key);
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    if (exists(database, "SELECT 1 FROM devices WHERE id = :id", device.id.text()))
        return {};
    if (is_key_of_a_device(database, key))
        return Error{"key_taken", "This device is enrolled already under another name."};
    database.run("INSERT INTO devices (id, name, mode, author, public_key, enrolled_at) "
                 "VALUES (:id, :name, :mode, :author, :key, :now)",
                 device.id.text(), free_name(database, device.name), name_of(device.mode), device.author, key,
                 now.ms);
    // With them at once: between, the old key would be good for requests.
    if (!changes.empty())
        if (const auto followed = take_key_changes_inside(database, changes, now); !followed)
            return followed;
    revoke_if_noted(database, device.id);
    transaction.commit();
    return {};
}

} // namespace tally::server
