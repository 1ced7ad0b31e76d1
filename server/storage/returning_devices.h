#pragma once
/// Devices that a restored database does not know, because they were enrolled after its backup. Each has the
/// server's word in writing that it was let in, and with that it is let in again.

#include "server/storage/devices.h"
#include "server/storage/server_keys.h"
#include "shared/protocol/key_change.h"

#include <span>
#include <string>
#include <string_view>

namespace tally::server {

/// The server's signature over who the device is; goes to the device with its enrolment.
[[nodiscard]] std::string sign_enrolment(const Device& device, const ServerKeys& keys);

/// Lets a device in as it was, if it is unknown; one that is known stays as it is, revoked or not. Its name
/// gets a number when another device has it by now. `device` needs id, name, mode, author and the public key
/// of the day when it was enrolled; `changes` lead on from that one, if it has another by now. Fails with
/// `bad_proof` unless `proof` is this server's signature over just that, with its present key or a former
/// one, and the changes hang on, or with `key_taken`.
[[nodiscard]] Result<void> let_in_again(storage::Database& database, const Device& device,
                                        std::span<const protocol::KeyChange> changes, std::string_view proof,
                                        const ServerKeys& keys, Timestamp now);

} // namespace tally::server
