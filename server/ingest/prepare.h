#pragma once
/// Private to this folder: all that can be done with a record before the ledger's transaction, so that
/// it runs on the caller's thread and beside other callers.

#include "server/ledger/writer.h"
#include "server/reference/reference_snapshot.h"
#include "server/storage/devices.h"
#include "server/storage/server_keys.h"
#include "shared/protocol/batch.h"

#include <atomic>
#include <map>
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
    std::string key; ///< opens this record alone
    /// What the log is to hold, when it is not refused: a received leaf.
    Leaf leaf;
    WrittenLeaf written;                  ///< of the leaf, unless people are to be named in it
    std::vector<std::string> attachments; ///< sealed digests that the entry names
    /// Keyed hashes of the people that the entry counts once a year; they become tokens in the facts.
    std::vector<std::string> people;
    std::vector<std::string> withdrawal_codes; ///< keyed hashes of those in a story
    std::optional<Error> refusal;              ///< why it is kept apart

    [[nodiscard]] const EntryFacts& facts() const { return std::get<ReceivedLeaf>(leaf).facts; }
};

/// The records of one batch on their way from the caller's thread, which opens, parses, validates and values
/// them, to that of the ledger, which stores the first while the last are still being opened.
class PreparedBatch
{
public:
    /// All must outlive it.
    PreparedBatch(const protocol::Batch& batch, const Device& device, const ServerKeys& server_keys,
                  const ReferenceSnapshot& reference, Timestamp received_at);

    [[nodiscard]] std::size_t size() const { return m_records.size(); }
    /// The first so many of them, those done before left out.
    void prepare(std::size_t count);
    /// Whoever waits for a record that will not come gets std::runtime_error.
    void give_up();
    /// On the other thread: waits until it is prepared.
    [[nodiscard]] const PreparedRecord& record(std::size_t index);

private:
    void prepare_one(PreparedRecord& prepared, std::string_view bytes, std::string_view digest);
    void announce(std::size_t ready);

    const protocol::Batch& m_batch;
    const Device& m_device;
    const ServerKeys& m_server_keys;
    const ReferenceSnapshot& m_reference;
    Timestamp m_received_at;
    std::map<std::string, std::string, std::less<>> m_data_keys; ///< by id; one that does not open stays out
    std::vector<PreparedRecord> m_records;
    std::size_t m_prepared = 0;
    std::atomic<std::size_t> m_ready{0}; ///< so many may be read; the largest number after give_up()
};

} // namespace tally::server
