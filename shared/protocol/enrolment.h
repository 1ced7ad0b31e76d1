#pragma once
/// The code that lets a new device in, as typed, as a link in a QR picture, and the exchange behind it.
/// Forms in PROTOCOL.md, section 7.

#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/uuid.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::protocol {

inline constexpr std::int64_t enrolment_code_lifetime_ms = 15 * 60 * 1000;

/// What a device needs to know to enrol. Keys and fingerprint are empty when the code was typed: the
/// device then trusts what the server shows it first.
struct EnrolmentInvitation
{
    std::string server;             ///< base address such as https://tallybook.example:8443
    std::string code;               ///< normalised: 12 characters
    std::string signing_key;        ///< server's Ed25519 key, 32 bytes or empty
    std::string sealing_key;        ///< server's X25519 key, 32 bytes or empty
    std::string certificate_sha256; ///< lower-case hex of the TLS certificate's SHA-256, or empty
};

/// 12 characters of Crockford's base 32 (no I, L, O, U): 60 random bits.
[[nodiscard]] std::string make_enrolment_code(Random& random);
/// "ABCD-EFGH-JKMN".
[[nodiscard]] std::string format_enrolment_code(std::string_view code);
/// Drops hyphens and spaces, upper-cases, reads I and L as 1 and O as 0. Fails with `bad_code`.
[[nodiscard]] Result<std::string> normalise_enrolment_code(std::string_view text);

/// "tallybook://enrol?server=...&code=...&sign=...&seal=...&cert=...".
[[nodiscard]] std::string format_invitation(const EnrolmentInvitation& invitation);
/// Accepts that link, or CODE@ADDRESS as typed (http:// is assumed for loopback addresses and https://
/// for all others when no scheme is given). Fails with `bad_code`.
[[nodiscard]] Result<EnrolmentInvitation> parse_invitation(std::string_view text);

/// What the device signs to show that it holds the key that it registers.
[[nodiscard]] std::string enrolment_proof_message(std::string_view code, std::string_view public_key);

/// What the server signs for a device that it let in: whoever shows that later was enrolled here.
[[nodiscard]] std::string enrolment_record_message(const Uuid& device, std::string_view name,
                                                   std::string_view mode, std::string_view author,
                                                   std::string_view public_key);

} // namespace tally::protocol
