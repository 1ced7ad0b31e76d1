#pragma once
/// Key pairs: Ed25519 for signing (RFC 8032), X25519 for sealing to somebody (libsodium's sealed box).
/// Keys are byte strings of fixed length; a wrong length is a programming error unless stated.

#include "shared/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tally::crypto {

inline constexpr std::size_t public_key_bytes = 32;
inline constexpr std::size_t signature_bytes = 64;
/// What sealing adds to the length.
inline constexpr std::size_t sealed_overhead_bytes = 48;

struct SigningKey
{
    std::string public_key; ///< 32 bytes
    std::string secret_key; ///< 64 bytes: seed and public key
};

[[nodiscard]] SigningKey make_signing_key();
/// The same key for the same 32 bytes: for test vectors and simulations.
[[nodiscard]] SigningKey signing_key_from_seed(std::string_view seed);
/// 64 bytes.
[[nodiscard]] std::string sign(std::string_view message, const SigningKey& key);
/// False also for a signature or key of the wrong length.
[[nodiscard]] bool is_signed_by(std::string_view message, std::string_view signature,
                                std::string_view public_key);

struct SealingKey
{
    std::string public_key; ///< 32 bytes
    std::string secret_key; ///< 32 bytes
};

[[nodiscard]] SealingKey make_sealing_key();
[[nodiscard]] SealingKey sealing_key_from_seed(std::string_view seed);
/// Readable only with the secret half of `public_key`; 48 bytes longer.
[[nodiscard]] std::string seal_to(std::string_view public_key, std::string_view plain);
/// Fails with `cannot_open`.
[[nodiscard]] Result<std::string> open_sealed(const SealingKey& key, std::string_view sealed);

} // namespace tally::crypto
