#pragma once
/// How a device proves who it is on requests other than batches (which carry their own signature):
/// an Authorization header with an Ed25519 signature. Form in PROTOCOL.md, section 6.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <string>
#include <string_view>

namespace tally::protocol {

/// How far the time in a request may be from the server's clock. A device whose clock is wrong learns
/// the server's time from the refusal and signs with that.
inline constexpr std::int64_t request_age_ms_max = 5 * 60 * 1000;

struct RequestSignature
{
    Uuid device;
    Timestamp time;
    std::string nonce;     ///< 32 hex digits
    std::string signature; ///< 64 bytes
};

/// The value of the Authorization header. `target` is path and query as sent; `body_digest` is the
/// lower-case hex SHA-256 of the body, or "unsigned" for the chunks of an upload.
[[nodiscard]] std::string sign_request(std::string_view method, std::string_view target,
                                       std::string_view body_digest, const Uuid& device, Timestamp time,
                                       std::string_view nonce, const crypto::SigningKey& key);

/// Fails with `bad_authorization`.
[[nodiscard]] Result<RequestSignature> parse_authorization(std::string_view header);

[[nodiscard]] bool is_signed_by(const RequestSignature& signature, std::string_view method,
                                std::string_view target, std::string_view body_digest,
                                std::string_view public_key);

} // namespace tally::protocol
