#pragma once
/// Takes batches of sealed entries: checks the signature, opens, validates and values each entry, stores
/// it and posts it to the ledger in one group commit, and answers with a signed receipt.
///
/// Sending twice is safe: an entry that is here with the same bytes is answered `exists`. What is refused
/// is kept apart as it came, with the reason.

#include "server/ingest/reference_cache.h"
#include "server/ledger/writer.h"
#include "server/storage/database_pool.h"
#include "server/storage/devices.h"
#include "server/storage/entry_vault.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/receipt.h"

#include <memory>
#include <string>
#include <string_view>

namespace tally::server {

struct MergeMemory;

class IngestService
{
public:
    /// All must outlive the service.
    IngestService(DatabasePool& pool, LedgerWriter& writer, ReferenceCache& reference,
                  const EntryVault& vault, const Clock& clock);
    ~IngestService();
    IngestService(const IngestService&) = delete;
    IngestService& operator=(const IngestService&) = delete;

    struct Received
    {
        Uuid device;
        protocol::Receipt receipt;
        std::string receipt_bytes; ///< signed
    };

    /// Durable when it returns. Thread-safe. Fails with `bad_batch`, `batch_too_large`, `device_unknown`,
    /// `device_revoked` or `bad_signature`; nothing is kept then.
    [[nodiscard]] Result<Received> receive(std::string_view batch_bytes);

    /// All bytes of an encrypted photo are here: compares what it shows with other photos. Thread-safe.
    void photo_arrived(std::string_view sealed_digest);
    /// The same for photos that came just before the server stopped.
    void compare_photos_left_over();

private:
    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    ReferenceCache& m_reference;
    const EntryVault& m_vault;
    const Clock& m_clock;
    std::unique_ptr<MergeMemory> m_memory; ///< used by the writer's jobs alone
};

} // namespace tally::server
