#pragma once
/// Checkpoints: a signed statement of how long the log is and what its tree's root is, in the form of
/// C2SP tlog-checkpoint, which is a C2SP signed note, so that existing tools can check it.

#include "shared/base/result.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::protocol {

struct CheckpointBody
{
    std::string origin;
    std::uint64_t tree_size = 0;
    std::string root; ///< 32 bytes
};

/// The whole note: origin, size, root in base64, a blank line, the signature line. The key's name is
/// the origin.
[[nodiscard]] std::string sign_checkpoint(const CheckpointBody& body, const crypto::SigningKey& key);

/// Fails with `bad_checkpoint` when the form is wrong or the signature is not the key's.
[[nodiscard]] Result<CheckpointBody> read_checkpoint(std::string_view note, std::string_view public_key);

/// "origin+hash+base64 key", as signed-note tools take a verifier key.
[[nodiscard]] std::string verifier_key(std::string_view origin, std::string_view public_key);

} // namespace tally::protocol
