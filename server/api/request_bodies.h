#pragma once
/// What stands in the JSON bodies with which devices enrol and pass on withdrawals. Any bytes may come:
/// nothing here asks a database, throws, or keeps a field of another type than its own; fields that it does
/// not know are left alone, because a newer device may send them.

#include "server/storage/devices.h"
#include "shared/base/result.h"
#include "shared/protocol/key_change.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct EnrolmentRequest
{
    std::string code;       ///< in its normal form
    std::string public_key; ///< 32 bytes, whose secret half the sender has
};

/// Body of `POST /api/v1/enrolments`. Fails with `bad_enrolment`, also when the proof is not of this code and
/// this key, or with `bad_code`.
[[nodiscard]] Result<EnrolmentRequest> parse_enrolment(std::string_view body);

struct ShownEnrolment
{
    Device device;      ///< id, name, mode, author and its first public key, of any length
    std::string record; ///< the server's signature over these, to be checked yet
    std::vector<protocol::KeyChange>
        changes; ///< hang together, but may begin with another key than the device's
};

/// Longer names and authors were never given.
inline constexpr std::size_t shown_text_bytes_max = 200;

/// Body of `POST /api/v1/enrolments/again`. Fails with `bad_enrolment` or `bad_key_change`.
[[nodiscard]] Result<ShownEnrolment> parse_shown_enrolment(std::string_view body);

/// The bytes that `POST /api/v1/withdrawals` brings sealed. Fails with `bad_withdrawal`.
[[nodiscard]] Result<std::string> parse_withdrawal(std::string_view body);

inline constexpr std::size_t withdrawal_code_bytes_max = 64;

/// What was sealed, as a code in its normal form (withdrawal_code_key): UTF-8 of at most so many bytes, and
/// empty when it is none.
[[nodiscard]] std::string normal_withdrawal_code(std::string_view opened);

} // namespace tally::server
