#pragma once
/// The server's signed answer to a batch: what became of each entry, and where the ledger holds it.
/// Layout in PROTOCOL.md, section 4.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

enum class Outcome : std::uint8_t
{
    Created = 1,  ///< new, and in the ledger
    Exists = 2,   ///< was here already with the same bytes: success
    Rejected = 3, ///< kept apart; see code and message
    Conflict = 4, ///< the id is taken by other bytes: both are kept, this one apart
};

struct EntryOutcome
{
    Outcome outcome = Outcome::Created;
    std::uint64_t position = 0; ///< in the ledger's log, for Created and Exists
    std::string code;           ///< for Rejected and Conflict
    std::string message;

    bool operator==(const EntryOutcome&) const = default;
};

struct Receipt
{
    Uuid device;
    std::string entries_digest;         ///< Batch::entries_digest
    Timestamp received_at;              ///< the server's clock
    std::uint64_t tree_size = 0;        ///< of the checkpoint that contains the entries
    std::string tree_root;              ///< 32 bytes
    std::vector<EntryOutcome> outcomes; ///< in the order of the batch

    bool operator==(const Receipt&) const = default;
};

[[nodiscard]] std::string write_receipt(const Receipt& receipt, const crypto::SigningKey& server_key);

/// Fails with `bad_receipt` when the layout or the signature is wrong.
[[nodiscard]] Result<Receipt> parse_receipt(std::string_view bytes, std::string_view server_public_key);

} // namespace tally::protocol
