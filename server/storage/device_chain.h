#pragma once
/// What has come of each device's chain of numbers, and what has not. A number that later ones show and that
/// did not arrive is outstanding: it stands in a gap, until it arrives or the device says that nothing will.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/protocol/chain_report.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tally::server {

/// Numbers that did not arrive.
struct ChainGap
{
    std::int64_t first = 0;
    std::int64_t last = 0;
    Timestamp since; ///< when a later number was first seen
};

/// What the device said of one.
struct ChainNote
{
    std::int64_t seq = 0;
    protocol::ChainState state = protocol::ChainState::Erased;
    std::string digest; ///< of the record, 32 bytes
    Timestamp said_at;
};

/// Records with these numbers came, whatever became of them; `taken` of them are new in the ledger. Inside
/// the caller's transaction.
void note_arrived(storage::Database& database, const Uuid& device, std::vector<std::int64_t> seqs,
                  std::int64_t taken, Timestamp now);
/// What the device says of numbers that are not in the ledger. Of those that are the record speaks. Inside the
/// caller's transaction.
void note_chain_report(storage::Database& database, const protocol::ChainReport& report, Timestamp now);
/// Whether the device said that the record with that number and digest will never come.
[[nodiscard]] std::optional<protocol::ChainState> final_state(storage::Database& database, const Uuid& device,
                                                              std::int64_t seq, std::string_view digest);

/// In order; at most `limit`.
[[nodiscard]] std::vector<ChainGap> chain_gaps(storage::Database& database, const Uuid& device,
                                               std::size_t limit);
/// In order; at most `limit`.
[[nodiscard]] std::vector<ChainNote> chain_notes(storage::Database& database, const Uuid& device,
                                                 std::size_t limit);
/// Gaps of which the device has said nothing: it is asked for them with its changes.
[[nodiscard]] std::vector<ChainGap> unexplained_gaps(storage::Database& database, const Uuid& device,
                                                     std::size_t limit);

/// How a device's whole chain looks: each record names the digest of the one before.
struct ChainCheck
{
    std::int64_t records = 0;
    std::int64_t links = 0;                   ///< that were compared and fit
    std::vector<std::int64_t> broken;         ///< numbers that do not name the record before them
    std::vector<std::int64_t> twice;          ///< numbers under which several records came
    std::vector<std::int64_t> without_record; ///< arrived, and nothing is kept by which to compare
};
/// Reads every record of the device. Bounded lists: at most 100 of each.
[[nodiscard]] ChainCheck check_chain(storage::Database& database, const Uuid& device);

[[nodiscard]] std::span<const storage::Migration> device_chain_migrations();

} // namespace tally::server
