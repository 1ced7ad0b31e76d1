#pragma once
/// Encryption under a shared key: XChaCha20-Poly1305 (IETF construction, as in libsodium), and keys
/// made from what a person types: Argon2id (RFC 9106).

#include "shared/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tally::crypto {

inline constexpr std::size_t secret_key_bytes = 32;
inline constexpr std::size_t nonce_bytes = 24;
inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t pin_salt_bytes = 16;

/// Ciphertext and tag: 16 bytes longer than the plain text. A key and nonce together encrypt once.
/// `context` is authenticated and not encrypted.
[[nodiscard]] std::string encrypt(std::string_view plain, std::string_view context, std::string_view nonce,
                                  std::string_view key);
/// Fails with `cannot_open` when key, nonce, context or any byte is not the same.
[[nodiscard]] Result<std::string> decrypt(std::string_view cipher, std::string_view context,
                                          std::string_view nonce, std::string_view key);

/// As above with a fresh random nonce in front: 40 bytes longer than the plain text.
[[nodiscard]] std::string lock(std::string_view plain, std::string_view context, std::string_view key);
[[nodiscard]] Result<std::string> unlock(std::string_view locked, std::string_view context,
                                         std::string_view key);

/// 32 bytes from a PIN or passphrase: Argon2id with 64 MiB and two passes, about a tenth of a second.
/// Throws std::bad_alloc when there is no memory for it.
[[nodiscard]] std::string key_from_pin(std::string_view pin, std::string_view salt);

} // namespace tally::crypto
