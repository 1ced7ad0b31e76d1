#include "server/storage/devices.h"

#include "server/storage/revocations.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/enrolment.h"

namespace tally::server {
namespace {

/// Codes have 60 random bits and live for 15 minutes, so a fast digest is enough.
std::string code_digest(std::string_view code)
{
    return crypto::sha256_hex(code);
}

constexpr std::string_view device_columns =
    "SELECT d.id, d.name, d.mode, d.author, d.public_key, d.enrolled_at, d.revoked_at, d.last_seen_at, "
    "d.clock_offset_ms, COALESCE(d.clock_uncertainty_ms, 0), c.highest_seq, c.received, "
    "(SELECT CAST(COALESCE(SUM(g.last_seq - g.first_seq + 1), 0) AS BIGINT) FROM device_gaps g WHERE "
    "g.device = d.id), "
    "(SELECT COUNT(*) FROM device_chain_notes n WHERE n.device = d.id), d.rest_accepted_at, "
    "(SELECT MAX(k.taken_at) FROM device_key_changes k WHERE k.device = d.id), d.new_key_asked_at, "
    "(SELECT MAX(k.received_at) FROM device_key_disputes k WHERE k.device = d.id) "
    "FROM devices d LEFT JOIN device_chains c ON c.device = d.id ";

std::optional<Timestamp> moment(std::optional<std::int64_t> ms)
{
    return ms ? std::optional(Timestamp{*ms}) : std::nullopt;
}

template <typename... A>
std::vector<Device> select_devices(storage::Database& database, std::string_view condition,
                                   const A&... arguments)
{
    std::vector<Device> devices;
    for (auto& row :
         database.query<std::string, std::string, std::string, std::string, std::string, std::int64_t,
                        std::optional<std::int64_t>, std::optional<std::int64_t>, std::optional<std::int64_t>,
                        std::int64_t, std::optional<std::int64_t>, std::optional<std::int64_t>, std::int64_t,
                        std::int64_t, std::optional<std::int64_t>, std::optional<std::int64_t>,
                        std::optional<std::int64_t>, std::optional<std::int64_t>>(
             std::string(device_columns) + std::string(condition), arguments...)) {
        Device device;
        device.id = *Uuid::parse(std::get<0>(row));
        device.name = std::get<1>(row);
        device.mode = device_mode_named(std::get<2>(row)).value_or(DeviceMode::Worker);
        device.author = std::get<3>(row);
        device.public_key = *from_base64(std::get<4>(row));
        device.enrolled_at = Timestamp{std::get<5>(row)};
        device.revoked_at = moment(std::get<6>(row));
        device.last_seen_at = moment(std::get<7>(row));
        device.clock_offset_ms = std::get<8>(row);
        device.clock_uncertainty_ms = std::get<9>(row);
        device.highest_seq = std::get<10>(row).value_or(0);
        device.received = std::get<11>(row).value_or(0);
        device.missing = std::get<12>(row);
        device.has_notes = std::get<13>(row) > 0;
        device.rest_accepted_at = moment(std::get<14>(row));
        device.key_changed_at = moment(std::get<15>(row));
        device.new_key_asked_at = moment(std::get<16>(row));
        device.key_disputed_at = moment(std::get<17>(row));
        devices.push_back(std::move(device));
    }
    return devices;
}

std::optional<Device> first_of(std::vector<Device> devices)
{
    if (devices.empty())
        return std::nullopt;
    return std::move(devices.front());
}

bool name_exists(storage::Database& database, std::string_view name)
{
    return database.query_one<std::int64_t>("SELECT 1 FROM devices WHERE name = :name", name).has_value();
}

Error name_taken(std::string_view name)
{
    return {"name_taken", "There is a device called \"" + std::string(name) +
                              "\" already. Choose another name, such as the same with a number."};
}

} // namespace

std::string_view name_of(DeviceMode mode)
{
    return mode == DeviceMode::Worker ? "worker" : "kiosk";
}

std::optional<DeviceMode> device_mode_named(std::string_view name)
{
    if (name == "worker")
        return DeviceMode::Worker;
    if (name == "kiosk")
        return DeviceMode::Kiosk;
    return std::nullopt;
}

Result<NewDeviceCode> make_device_code(storage::Database& database, Random& random, Timestamp now,
                                       std::string_view name, DeviceMode mode, std::string_view author)
{
    const auto clean = trimmed(name);
    if (clean.empty() || clean.size() > 80 || !is_utf8(clean) || clean.find('\n') != std::string_view::npos)
        return Error{"bad_name", "Give the device a name of 1 to 80 characters, such as Tablet 3.", "name"};
    if (name_exists(database, clean))
        return name_taken(clean);
    const std::string key = mode == DeviceMode::Kiosk ? std::string()
                            : author.empty()          ? "device-" + to_hex(random.bytes(8))
                                                      : std::string(author);
    NewDeviceCode made{protocol::make_enrolment_code(random),
                       Timestamp{now.ms + protocol::enrolment_code_lifetime_ms}};
    storage::Transaction transaction(database);
    database.run("DELETE FROM enrolment_codes WHERE expires_at < :long_past", now.ms - 24LL * 3600 * 1000);
    database.run("INSERT INTO enrolment_codes (digest, name, mode, author, expires_at) "
                 "VALUES (:digest, :name, :mode, :author, :expires)",
                 code_digest(made.code), clean, name_of(mode), key, made.expires_at.ms);
    transaction.commit();
    return made;
}

Result<Device> enrol_device(storage::Database& database, UuidSource& ids, Timestamp now,
                            std::string_view code, std::string_view public_key)
{
    const std::string digest = code_digest(code);
    const std::string key = to_base64(public_key);
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    const auto row =
        database.query_one<std::string, std::string, std::string, std::int64_t, std::optional<std::string>>(
            "SELECT name, mode, author, expires_at, device FROM enrolment_codes WHERE digest = :digest",
            digest);
    if (!row)
        return Error{"code_unknown",
                     "This enrolment code is not known here. Check it, or ask for a new one."};
    const auto& [name, mode, author, expires_at, used_by] = *row;
    if (expires_at < now.ms)
        return Error{"code_expired", "This enrolment code is more than 15 minutes old. Ask for a new one."};
    if (used_by) {
        auto device = first_of(select_devices(database, "WHERE d.id = :id", *used_by));
        if (device && device->public_key == public_key)
            return std::move(*device);
        return Error{"code_used", "This enrolment code was used by another device. Ask for a new one."};
    }
    if (name_exists(database, name))
        return name_taken(name);
    if (is_key_of_a_device(database, key))
        return Error{"key_taken", "This device is enrolled already under another name."};
    const std::string id = ids.next().text();
    database.run("INSERT INTO devices (id, name, mode, author, public_key, enrolled_at) "
                 "VALUES (:id, :name, :mode, :author, :key, :now)",
                 id, name, mode, author, key, now.ms);
    database.run("UPDATE enrolment_codes SET device = :device WHERE digest = :digest", id, digest);
    transaction.commit();
    return std::move(*first_of(select_devices(database, "WHERE d.id = :id", id)));
}

std::optional<Device> find_device(storage::Database& database, const Uuid& id)
{
    return first_of(select_devices(database, "WHERE d.id = :id", id.text()));
}

std::optional<Device> find_device_named(storage::Database& database, std::string_view name)
{
    return first_of(select_devices(database, "WHERE d.name = :name", name));
}

std::vector<RefusedRecord> refused_records(storage::Database& database, const Uuid& device, std::size_t limit)
{
    std::vector<RefusedRecord> records;
    for (auto& [entry, code, message, received_at] :
         database.query<std::optional<std::string>, std::string, std::string, std::int64_t>(
             "SELECT id, code, message, received_at FROM refused_records WHERE device = :device "
             "ORDER BY received_at DESC, digest LIMIT :limit",
             device.text(), static_cast<std::int64_t>(limit)))
        records.push_back({entry.value_or(""), std::move(code), std::move(message), {received_at}});
    return records;
}

void note_refused_batch(storage::Database& database, const Uuid& device, const RefusedBatch& batch)
{
    constexpr std::int64_t pause_ms = 60'000;
    const auto last = refused_batch(database, device);
    const bool is_recent = last && batch.received_at.ms >= last->received_at.ms &&
                           batch.received_at.ms < last->received_at.ms + pause_ms;
    if (is_recent)
        return;
    database.run("INSERT INTO refused_batches (device, received_at, entries) VALUES (:device, :at, :entries) "
                 "ON CONFLICT (device) DO UPDATE SET received_at = excluded.received_at, "
                 "entries = excluded.entries",
                 device.text(), batch.received_at.ms, batch.entries);
}

std::optional<RefusedBatch> refused_batch(storage::Database& database, const Uuid& device)
{
    const auto row = database.query_one<std::int64_t, std::int64_t>(
        "SELECT received_at, entries FROM refused_batches WHERE device = :device", device.text());
    return row ? std::optional(RefusedBatch{{std::get<0>(*row)}, std::get<1>(*row)}) : std::nullopt;
}

std::vector<Device> list_devices(storage::Database& database)
{
    return select_devices(database, "ORDER BY d.name");
}

bool is_key_of_a_device(storage::Database& database, std::string_view key_base64)
{
    return database.query_one<std::int64_t>("SELECT 1 FROM devices WHERE public_key = :key", key_base64) ||
           database.query_one<std::int64_t>("SELECT 1 FROM device_key_changes WHERE old_key = :key",
                                            key_base64);
}

Error device_revoked()
{
    return {"device_revoked",
            "This device was revoked. Nothing on it is lost: the administrator can enrol it "
            "again, and take in what it holds, over the network or from a stick."};
}

Result<void> revoke_device(storage::Database& database, std::string_view name, Timestamp now)
{
    storage::Transaction transaction(database);
    const auto device = first_of(select_devices(database, "WHERE d.name = :name", name));
    if (!device)
        return Error{"not_found",
                     "There is no device called \"" + std::string(name) + "\". See the list of devices."};
    if (device->revoked_at)
        return Error{"already_revoked", "This device was revoked already."};
    database.run("UPDATE devices SET revoked_at = :now WHERE name = :name", now.ms, name);
    note_revocation(database, {device->id, now});
    transaction.commit();
    return {};
}

Result<void> set_rest_of_device(storage::Database& database, std::string_view name, Rest rest, Timestamp now)
{
    storage::Transaction transaction(database);
    const auto device = find_device_named(database, name);
    if (!device)
        return Error{"not_found",
                     "There is no device called \"" + std::string(name) + "\". See the list of devices."};
    if (!device->revoked_at)
        return Error{"not_revoked", "This device was not revoked: what it sends is taken."};
    const std::optional<std::int64_t> since = rest == Rest::Accepted ? std::optional(now.ms) : std::nullopt;
    database.run("UPDATE devices SET rest_accepted_at = :since WHERE id = :id", since, device->id.text());
    transaction.commit();
    return {};
}

void note_device_seen(storage::Database& database, const Uuid& id, Timestamp now)
{
    database.run("UPDATE devices SET last_seen_at = :now WHERE id = :id "
                 "AND (last_seen_at IS NULL OR last_seen_at NOT BETWEEN :recent AND :now_again)",
                 now.ms, id.text(), now.ms - 60'000, now.ms);
}

void note_device_clock(storage::Database& database, const Uuid& id, std::int64_t offset_ms,
                       std::int64_t uncertainty_ms)
{
    constexpr std::int64_t step_ms = 1'000;
    database.run("UPDATE devices SET clock_offset_ms = :offset, clock_uncertainty_ms = :uncertainty "
                 "WHERE id = :id AND (clock_offset_ms IS NULL OR clock_uncertainty_ms IS NULL OR "
                 "clock_offset_ms NOT BETWEEN :low AND :high OR "
                 "clock_uncertainty_ms NOT BETWEEN :least AND :most)",
                 offset_ms, uncertainty_ms, id.text(), offset_ms - step_ms + 1, offset_ms + step_ms - 1,
                 uncertainty_ms - step_ms + 1, uncertainty_ms + step_ms - 1);
}

} // namespace tally::server
