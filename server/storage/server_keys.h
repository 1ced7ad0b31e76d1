#pragma once
/// The server's own keys: Ed25519 for receipts and checkpoints, X25519 for what devices seal to it.
/// They live in the database, so that a backup restores a server whole and several servers over one
/// database are one.

#include "shared/base/random.h"
#include "shared/crypto/keys.h"
#include "shared/storage/database.h"

#include <string>

namespace tally::server {

struct ServerKeys
{
    crypto::SigningKey signing;
    crypto::SealingKey sealing;
    /// 32 bytes under which names and references are hashed before they enter an index.
    std::string index_secret;
    /// Name of the ledger in checkpoints: "tallybook/" and the first 16 hex digits of the signing key's
    /// SHA-256.
    std::string origin;
};

/// Made at the first call for a database.
[[nodiscard]] ServerKeys load_or_make_server_keys(storage::Database& database, Random& random);

} // namespace tally::server
