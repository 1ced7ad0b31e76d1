#include "server/storage/device_keys.h"
#include "server/storage/returning_devices.h"
#include "server/storage/revocations.h"
#include "server/storage/schema.h"
#include "shared/base/random.h"

#include <doctest/doctest.h>

#include <functional>

using namespace tally;
using namespace tally::server;

namespace {

constexpr Timestamp noon{1'772'443'800'000};

storage::Database opened()
{
    auto database = storage::Database::open("sqlite::memory:");
    REQUIRE(database.ok());
    REQUIRE(migrate_evidence(*database).ok());
    return std::move(*database);
}

/// A server that enrolled a device, and its database of before.
struct Restored
{
    storage::Database database = opened();
    ServerKeys keys;
    Device device;
    std::string record;

    Restored()
    {
        SystemRandom random;
        keys = load_or_make_server_keys(database, random);
        device.id = Uuid::parse("01890000-0000-7000-8000-000000000001").value();
        device.name = "Tablet 3";
        device.mode = DeviceMode::Worker;
        device.author = "p-1";
        device.public_key = crypto::make_signing_key().public_key;
        record = sign_enrolment(device, keys);
    }
    Result<void> show(const Device& shown, const std::vector<protocol::KeyChange>& changes = {})
    {
        return let_in_again(database, shown, changes, record, keys, noon);
    }
};

} // namespace

TEST_CASE("a device shows its record to a restored server and is the same device again")
{
    Restored server;
    REQUIRE(server.show(server.device).ok());
    const auto known = find_device(server.database, server.device.id);
    REQUIRE(known);
    CHECK(known->name == "Tablet 3");
    CHECK(known->mode == DeviceMode::Worker);
    CHECK(known->author == "p-1");
    CHECK(known->public_key == server.device.public_key);
    CHECK(server.show(server.device).ok());
    CHECK(list_devices(server.database).size() == 1);
}

TEST_CASE("a record lets in nothing but what was signed")
{
    Restored server;
    const auto refused = [&](const std::function<void(Device&)>& change) {
        Device other = server.device;
        change(other);
        const auto shown = server.show(other);
        return !shown && shown.error().code == "bad_proof";
    };
    CHECK(refused([](Device& device) { device.name = "Tablet 4"; }));
    CHECK(refused([](Device& device) { device.mode = DeviceMode::Kiosk; }));
    CHECK(refused([](Device& device) { device.author = "p-2"; }));
    CHECK(refused([](Device& device) { device.author = "", device.name = "p-1" + device.name; }));
    CHECK(refused([](Device& device) { device.public_key = crypto::make_signing_key().public_key; }));
    CHECK(refused(
        [](Device& device) { device.id = Uuid::parse("01890000-0000-7000-8000-000000000002").value(); }));
    server.keys.signing = crypto::make_signing_key();
    CHECK(refused([](Device&) {}));
    CHECK(list_devices(server.database).empty());
}

TEST_CASE("a record of before the server changed its keys is as good")
{
    Restored server;
    SystemRandom random;
    for (int i = 0; i < 2; ++i)
        rotate_server_keys(server.database, random, noon);
    server.keys = load_or_make_server_keys(server.database, random);
    CHECK(server.show(server.device).ok());
    CHECK(find_device(server.database, server.device.id));
}

TEST_CASE("a device whose key has changed since is let in with the key that it has now")
{
    Restored server;
    const auto first = crypto::make_signing_key();
    const auto second = crypto::make_signing_key();
    const auto third = crypto::make_signing_key();
    server.device.public_key = first.public_key;
    server.record = sign_enrolment(server.device, server.keys);
    protocol::KeyChange change;
    change.device = server.device.id;
    const std::string bytes = protocol::write_key_change(change, first, second);
    const auto both =
        protocol::parse_device_key_changes(bytes + protocol::write_key_change(change, second, third));
    // What does not begin with the key of the enrolment hangs on nothing.
    const auto refused = server.show(server.device, {both->begin() + 1, both->end()});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "bad_proof");
    CHECK(list_devices(server.database).empty());
    REQUIRE(server.show(server.device, *both).ok());
    const auto known = find_device(server.database, server.device.id);
    REQUIRE(known);
    CHECK(known->public_key == third.public_key);
    const auto former = former_keys(server.database, server.device.id);
    REQUIRE(former.size() == 2);
    CHECK(former.front().public_key == first.public_key);
    CHECK(is_former_key(server.database, server.device.id, second.public_key));
    CHECK_FALSE(is_former_key(server.database, server.device.id, third.public_key));
}

TEST_CASE("a record does not undo a revocation")
{
    Restored server;
    REQUIRE(server.show(server.device).ok());
    REQUIRE(revoke_device(server.database, "Tablet 3", noon).ok());
    CHECK(server.show(server.device).ok());
    CHECK(find_device(server.database, server.device.id)->revoked_at);
}

TEST_CASE("a revocation that the list tells holds for a device that comes back later")
{
    Restored server;
    const Revocation told{server.device.id, noon};
    CHECK_FALSE(apply_revocation(server.database, told));
    CHECK_FALSE(apply_revocation(server.database, told));
    CHECK(server.show(server.device).ok());
    CHECK(find_device(server.database, server.device.id)->revoked_at->ms == noon.ms);
    CHECK(unlisted_revocations(server.database).empty());
    forget_listed_revocations(server.database);
    CHECK(unlisted_revocations(server.database) == std::vector{told});
    note_revocations_listed(server.database, {told});
    CHECK(unlisted_revocations(server.database).empty());
}

TEST_CASE("a device that comes back gets a number when its name is another's by now")
{
    Restored server;
    for (int i = 0; i < 3; ++i) {
        server.device.id = Uuid::parse("01890000-0000-7000-8000-00000000000" + std::to_string(i)).value();
        server.device.public_key = crypto::make_signing_key().public_key;
        server.record = sign_enrolment(server.device, server.keys);
        REQUIRE(server.show(server.device).ok());
    }
    const auto all = list_devices(server.database);
    REQUIRE(all.size() == 3);
    CHECK(all[0].name == "Tablet 3");
    CHECK(all[1].name == "Tablet 3 (2)");
    CHECK(all[2].name == "Tablet 3 (3)");
}
