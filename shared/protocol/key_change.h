#pragma once
/// A key that takes the place of another, signed with both: the old one vouches for the new one, the new one
/// shows that it is held. Of a server, for whoever knows its old key; of a device, for the server. Layout in
/// PROTOCOL.md, section 10.

#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

inline constexpr std::size_t key_change_bytes = 5 + 16 + 8 + 8 + 3 * 32 + 2 * 64;

struct KeyChange
{
    Uuid device; ///< zeros for a server
    Timestamp made_at;
    /// What lies beyond is signed with the new key: of a server checkpoints of larger trees, of a device
    /// records with higher numbers.
    std::uint64_t signed_up_to = 0;
    std::string old_key; ///< Ed25519, 32 bytes
    std::string new_key;
    std::string new_sealing_key; ///< X25519, 32 bytes; zeros for a device
    std::string bytes = {};      ///< as it was read
};

/// `old_key` and `new_key` are filled from the pairs.
[[nodiscard]] std::string write_key_change(KeyChange change, const crypto::SigningKey& old_pair,
                                           const crypto::SigningKey& new_pair);
/// Checks the layout and both signatures. Fails with `bad_key_change`.
[[nodiscard]] Result<KeyChange> parse_key_change(std::string_view bytes);

/// A server's changes that lead on from a key that is known, in their order; those before it are left out,
/// and nothing is given of what does not hang together.
[[nodiscard]] std::vector<KeyChange> changes_since(std::string_view known_key,
                                                   const std::vector<std::string>& changes);

/// What a device shows of its keys: statements one after another, each about the key that the one before
/// made. At most so many; a device whose key was changed more often is enrolled anew.
inline constexpr std::size_t key_changes_max = 250;
/// Checks that they hang together and are a device's. Fails with `bad_key_change`.
[[nodiscard]] Result<std::vector<KeyChange>> parse_device_key_changes(std::string_view bytes);

/// The bytes of one of them.
[[nodiscard]] std::string change_bytes(const KeyChange& change, const std::vector<std::string>& changes);

} // namespace tally::protocol
