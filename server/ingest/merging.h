#pragma once
/// Private to this folder: looks for double counting inside the ledger's transaction, and has what it finds
/// flagged in the log. What is compared and how: server/merge.

#include "server/ingest/merge_index.h"
#include "server/ingest/opened_entries.h"
#include "server/reference/reference_snapshot.h"
#include "server/storage/entry_vault.h"

#include <memory>
#include <string_view>

namespace tally::server {

/// What merge asks of an entry before the transaction, on the caller's thread.
struct MergePreparation
{
    MergeEntry entry;
    std::vector<BlockingKey> keys;
    bool is_revision = false; ///< amends an entry: its root is known inside the transaction
};

[[nodiscard]] MergePreparation prepare_merge(const Entry& entry, const Uuid& device,
                                             const ReferenceSnapshot& reference, Timestamp received_at,
                                             std::string_view index_secret);

/// What merge keeps in memory from one job of the writer to the next. Not thread-safe.
struct MergeMemory
{
    MergeIndex index;
    OpenedEntries opened;
};

/// One job of the writer: entries in order of arrival, or a photo.
class Merging
{
public:
    /// All must outlive it.
    Merging(LedgerTransaction& ledger, MergeMemory& memory, const EntryVault& vault,
            const std::shared_ptr<const ReferenceSnapshot>& reference, Timestamp now);

    /// The entry stands in the ledger at `position` by now.
    void entry_arrived(const MergePreparation& prepared, std::int64_t position);
    /// A photo of the entry is about to be looked at. `sealed_digest` names it. Before photo_arrived(), in a
    /// transaction that is over before its bytes are decoded: what was tried three times in vain is left
    /// alone.
    static void photo_is_tried(LedgerTransaction& ledger, const Uuid& entry, std::string_view digest,
                               std::string_view sealed_digest);
    /// It was looked at; no hash when it shows nothing to compare.
    void photo_arrived(const Uuid& entry, std::string_view digest, std::string_view sealed_digest,
                       const std::optional<PictureHash>& hash, std::string_view index_secret);

private:
    [[nodiscard]] std::vector<MergeEntry> open(const std::vector<std::int64_t>& positions, std::int64_t own);
    [[nodiscard]] const MergeEntry* open(std::int64_t position);
    /// Leaves those that count or can count again; `live`: now.
    [[nodiscard]] std::vector<MergeEntry> of_matter(const std::vector<MergeEntry>& candidates, bool live);
    [[nodiscard]] std::vector<Flag> flags_with(const MergeEntry& entry,
                                               const std::vector<std::int64_t>& positions, std::int64_t own);
    [[nodiscard]] std::optional<MergeFacts> facts_of(const EntryStanding& standing);
    void add_photo_hashes(MergeFacts& facts);
    void raise(const std::vector<Flag>& flags);

    LedgerTransaction& m_ledger;
    MergeIndex& m_index;
    OpenedEntries& m_opened;
    const EntryVault& m_vault;
    const ReferenceSnapshot& m_reference;
    Timestamp m_now;
    MergeRules m_rules;
};

} // namespace tally::server
