#pragma once
/// Who this device is, since it was enrolled.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::client {

enum class DeviceMode
{
    Worker, ///< a community worker's tablet: with a PIN its user can read and amend their own entries
    Kiosk,  ///< residents' device: after a restart nobody can read what was said on it
};

[[nodiscard]] std::string_view name_of(DeviceMode mode);

/// One enrolment. A device that is enrolled again gets a new one; the old ones stay, because entries
/// were sealed under them.
struct Identity
{
    std::int64_t number = 0; ///< in this store; 0 before it is kept
    Uuid device;
    std::string name; ///< what the administrator called the device
    DeviceMode mode = DeviceMode::Worker;
    std::string author; ///< person key that stands in entries; empty on a kiosk
    crypto::SigningKey signing; ///< the present one, see own_key.h
    /// Secret of the first one, which stays when it signs nothing more: withdrawal codes are hashed with it.
    /// Filled when the identity is read.
    std::string first_secret;

    std::string server; ///< base address such as https://tallybook.example:8443
    std::string server_name;
    std::string server_signing_key; ///< 32 bytes
    std::string server_sealing_key; ///< 32 bytes
    std::string certificate_sha256; ///< lower-case hex; empty when the enrolment gave none
    Timestamp enrolled_at;
};

} // namespace tally::client
