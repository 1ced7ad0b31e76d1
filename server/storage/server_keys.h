#pragma once
/// The server's own keys: Ed25519 for receipts and checkpoints, X25519 for what devices seal to it.
/// They live in the database, so that a backup restores a server whole and several servers over one
/// database are one.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/crypto/keys.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct ServerKeys
{
    crypto::SigningKey signing;
    crypto::SealingKey sealing;
    /// Before the present one, newest first: what was sealed to them can still be opened.
    std::vector<crypto::SealingKey> former_sealing = {};
    /// How the present keys came from the first ones (shared/protocol/key_change.h), oldest first.
    std::vector<std::string> changes = {};
    /// 32 bytes under which names and references are hashed before they enter an index.
    std::string index_secret;
    /// Name of the ledger in checkpoints: "tallybook/" and the first 16 hex digits of the SHA-256 of the
    /// first signing key. It stays when keys change.
    std::string origin;
};

/// Made at the first call for a database.
[[nodiscard]] ServerKeys load_or_make_server_keys(storage::Database& database, Random& random);

/// The Ed25519 key with which the ledger began.
[[nodiscard]] std::string first_signing_key(const ServerKeys& keys);
/// What was sealed to the server's present key or to a former one. Fails as crypto::open_sealed does.
[[nodiscard]] Result<std::string> open_sealed(const ServerKeys& keys, std::string_view sealed);

/// New keys take the place of the present ones, which sign nothing more; gives the statement. Programs that
/// run with the old ones refuse to sign from then on and have to be started again.
std::string rotate_server_keys(storage::Database& database, Random& random, Timestamp now);
/// How often that was done. One number, to compare with the keys that a program holds.
[[nodiscard]] std::int64_t server_key_changes(storage::Database& database);

[[nodiscard]] std::span<const storage::Migration> server_key_migrations();

} // namespace tally::server
