#pragma once
/// Passwords of people who sign in: kept only as an Argon2id hash (RFC 9106).

#include <string>
#include <string_view>

namespace tally::crypto {

/// How dear one guess is: 64 MiB and two passes (libsodium's "interactive"), about a tenth of a second.
/// Cheap is for tests alone.
enum class PasswordCost
{
    Normal,
    Cheap
};

/// Text with algorithm, cost and a random salt in it. Throws std::bad_alloc when there is no memory for it.
[[nodiscard]] std::string hash_password(std::string_view password, PasswordCost cost = PasswordCost::Normal);

/// Takes the time that the cost in `hash` says, whether the password is right or not.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

/// The hash of no password: checking against it takes as long as against one of hash_password, so that an
/// unknown name costs the same time as a wrong password.
[[nodiscard]] std::string decoy_hash(PasswordCost cost = PasswordCost::Normal);

} // namespace tally::crypto
