#pragma once
/// Takes batches of sealed entries: checks the signature, opens, validates and values each entry, stores
/// it and posts it to the ledger in one group commit, and answers with a signed receipt.
///
/// Sending twice is safe: an entry that is here with the same bytes is answered `exists`. What is refused
/// is kept apart as it came, with the reason. What came is compared with what was there after the answer, see
/// comparison().

#include "server/ingest/comparison.h"
#include "server/ingest/reference_cache.h"
#include "server/ledger/writer.h"
#include "server/storage/database_pool.h"
#include "server/storage/device_keys.h"
#include "server/storage/entry_vault.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/receipt.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

enum class Senders
{
    Enrolled,
    AlsoRevoked, ///< an administrator decided that what a revoked device holds is to be taken in
};

[[nodiscard]] constexpr LetIn let_in(Senders senders)
{
    return senders == Senders::AlsoRevoked ? LetIn::AlsoRevoked : LetIn::Enrolled;
}

class IngestService
{
public:
    /// All must outlive the service.
    IngestService(DatabasePool& pool, LedgerWriter& writer, ReferenceCache& reference,
                  const EntryVault& vault, const Clock& clock);
    IngestService(const IngestService&) = delete;
    IngestService& operator=(const IngestService&) = delete;

    struct Received
    {
        Uuid device;
        protocol::Receipt receipt;
        std::string receipt_bytes; ///< signed
    };

    /// Durable when it returns. Thread-safe. Fails with `bad_batch`, `batch_too_large`, `device_unknown`,
    /// `device_revoked`, `bad_signature` or `former_key`; nothing is kept then, but that a revoked device
    /// tried (refused_batch).
    [[nodiscard]] Result<Received> receive(std::string_view batch_bytes, Senders senders = Senders::Enrolled);

    /// What a device says of numbers that will not come, or not now (shared/protocol/chain_report.h).
    /// Durable when it returns. Thread-safe. Fails with `bad_chain_report`, or as receive() does.
    [[nodiscard]] Result<void> receive_report(std::string_view bytes, Senders senders = Senders::Enrolled);

    /// How a device's keys followed one another, as it shows it (shared/protocol/key_change.h). Durable when
    /// it returns. Thread-safe. Fails with `bad_key_change`, or as take_key_changes() does.
    [[nodiscard]] Result<void> receive_key_changes(std::string_view bytes,
                                                   Senders senders = Senders::Enrolled);

    /// Of what came here with what was there.
    [[nodiscard]] Comparison& comparison() { return m_comparison; }

private:
    /// Fails with `device_unknown`, `bad_signature`, `device_revoked` or `former_key`.
    [[nodiscard]] static Result<void> check_sender(const std::optional<Device>& device, Signer signer,
                                                   Senders senders);
    void note_refused(const Device& device, std::size_t entries, Timestamp now);
    [[nodiscard]] Signer signer_of(const protocol::Batch& batch, const std::optional<Device>& device,
                                   Senders senders);

    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    ReferenceCache& m_reference;
    const EntryVault& m_vault;
    const Clock& m_clock;
    Comparison m_comparison;
};

} // namespace tally::server
