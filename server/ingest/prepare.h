#pragma once
/// Private to this folder: all that can be done with a record before the ledger's transaction, so that
/// it runs on the caller's thread and beside other callers.

#include "server/ledger/types.h"
#include "server/reference/reference_snapshot.h"
#include "server/storage/devices.h"
#include "server/storage/server_keys.h"
#include "shared/protocol/batch.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct PreparedRecord
{
    std::string_view record; ///< into the batch
    std::string digest;      ///< 32 bytes
    std::optional<Uuid> id;  ///< none when the header cannot be read
    std::int64_t seq = 0;
    std::string key;                      ///< opens this record alone
    EntryFacts facts;                     ///< when not refused
    std::vector<std::string> attachments; ///< sealed digests that the entry names
    /// Keyed hashes of the people that the entry counts once a year; they become tokens in the facts.
    std::vector<std::string> people;
    std::vector<std::string> withdrawal_codes; ///< keyed hashes of those in a story
    std::optional<Error> refusal;              ///< why it is kept apart
};

/// Opens, parses, validates and values each record.
[[nodiscard]] std::vector<PreparedRecord> prepare_records(const protocol::Batch& batch, const Device& device,
                                                          const ServerKeys& keys,
                                                          const ReferenceSnapshot& reference);

} // namespace tally::server
