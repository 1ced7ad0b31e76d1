#pragma once
/// Enrolled devices and the one-time codes that let them in.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

enum class DeviceMode
{
    Worker,
    Kiosk
};

[[nodiscard]] std::string_view name_of(DeviceMode mode);
[[nodiscard]] std::optional<DeviceMode> device_mode_named(std::string_view name);

struct Device
{
    Uuid id;
    std::string name;
    DeviceMode mode = DeviceMode::Worker;
    std::string author;     ///< person key; empty for a kiosk
    std::string public_key; ///< 32 bytes; the present one, see device_keys.h
    Timestamp enrolled_at;
    std::optional<Timestamp> revoked_at;
    /// An administrator lets in what it still holds although it was revoked.
    std::optional<Timestamp> rest_accepted_at;
    std::optional<Timestamp> last_seen_at;
    std::optional<std::int64_t> clock_offset_ms; ///< server clock minus device clock, as the device found
    std::int64_t clock_uncertainty_ms = 0;       ///< the truth is within so much of it
    std::optional<Timestamp> key_changed_at; ///< since when the present key is in use; none: since enrolment
    std::optional<Timestamp> new_key_asked_at; ///< an administrator wishes for another one
    std::optional<Timestamp> key_disputed_at;  ///< when another key was last shown in place of a former one
    std::int64_t highest_seq = 0;
    std::int64_t received = 0;
    std::int64_t missing = 0; ///< numbers in gaps, see device_chain.h
    bool has_notes = false;   ///< has said something of numbers that did not arrive

    /// Nothing is taken from it.
    [[nodiscard]] bool is_refused() const { return revoked_at && !rest_accepted_at; }
    /// Entries that the device has made, as later ones show, and that have not arrived.
    [[nodiscard]] std::int64_t outstanding() const { return missing; }
};

struct NewDeviceCode
{
    std::string code; ///< 12 characters, shown once: only its digest is kept
    Timestamp expires_at;
};

/// Makes a code for a device that does not exist yet. `author` is the account id of the person who
/// will use a worker's device, or empty for a key of its own. Fails with `bad_name` or `name_taken`.
[[nodiscard]] Result<NewDeviceCode> make_device_code(storage::Database& database, Random& random,
                                                     Timestamp now, std::string_view name, DeviceMode mode,
                                                     std::string_view author);

/// Uses a code up. The same code with the same key gives the same device again within the code's life.
/// Fails with `code_unknown`, `code_expired`, `code_used`, `name_taken` or `key_taken`.
[[nodiscard]] Result<Device> enrol_device(storage::Database& database, UuidSource& ids, Timestamp now,
                                          std::string_view code, std::string_view public_key);

/// What came from a device and could not be taken: kept as it came.
struct RefusedRecord
{
    std::string entry; ///< id; empty when it had none
    std::string code;
    std::string message;
    Timestamp received_at;
};
/// Newest first.
[[nodiscard]] std::vector<RefusedRecord> refused_records(storage::Database& database, const Uuid& device,
                                                         std::size_t limit);

/// What a revoked device tried to send. Nothing of it is kept: it is still on the device.
struct RefusedBatch
{
    Timestamp received_at;
    std::int64_t entries = 0;
};
/// At most one write a minute for a device that tries often.
void note_refused_batch(storage::Database& database, const Uuid& device, const RefusedBatch& batch);
/// The last one.
[[nodiscard]] std::optional<RefusedBatch> refused_batch(storage::Database& database, const Uuid& device);

[[nodiscard]] std::optional<Device> find_device_named(storage::Database& database, std::string_view name);
[[nodiscard]] std::optional<Device> find_device(storage::Database& database, const Uuid& id);
[[nodiscard]] std::vector<Device> list_devices(storage::Database& database);

/// Whether this is the key of a device, or was.
[[nodiscard]] bool is_key_of_a_device(storage::Database& database, std::string_view key_base64);

/// What a revoked device hears.
[[nodiscard]] Error device_revoked();
/// From now on nothing is taken from it, whatever key signed it. Fails with `not_found` or `already_revoked`.
[[nodiscard]] Result<void> revoke_device(storage::Database& database, std::string_view name, Timestamp now);

enum class Rest
{
    Accepted, ///< what a revoked device still holds is taken in, over the network and from sticks
    Refused,
};
/// Fails with `not_found` or `not_revoked`.
[[nodiscard]] Result<void> set_rest_of_device(storage::Database& database, std::string_view name, Rest rest,
                                              Timestamp now);

/// At most one write a minute for a device that asks often.
void note_device_seen(storage::Database& database, const Uuid& id, Timestamp now);
/// What the device's exchanges with this server came to. Writes when it differs by a second or more.
void note_device_clock(storage::Database& database, const Uuid& id, std::int64_t offset_ms,
                       std::int64_t uncertainty_ms);

} // namespace tally::server
