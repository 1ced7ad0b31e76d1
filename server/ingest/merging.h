#pragma once
/// Private to this folder: looks for double counting as evidence arrives, inside the ledger's transaction,
/// and has what it finds flagged in the log. What is compared and how: server/merge.

#include "server/ingest/merge_index.h"
#include "server/reference/reference_snapshot.h"
#include "server/storage/entry_vault.h"

#include <memory>
#include <string_view>
#include <unordered_map>

namespace tally::server {

/// What merge asks of an entry before the transaction, on the caller's thread.
struct MergePreparation
{
    MergeFacts facts;
    std::vector<BlockingKey> keys;
    bool is_revision = false; ///< amends an entry: its root is known inside the transaction
};

[[nodiscard]] MergePreparation prepare_merge(const Entry& entry, const EntryFacts& ledger_facts,
                                             const ReferenceSnapshot& reference, Timestamp now,
                                             std::string_view index_secret);

/// One job of the writer: entries of one batch, or a photo.
class Merging
{
public:
    /// All must outlive it.
    Merging(LedgerTransaction& ledger, MergeIndex& index, const EntryVault& vault,
            const ReferenceSnapshot& reference, Timestamp now);

    /// The entry stands in the ledger at `position` by now.
    void entry_arrived(const MergePreparation& prepared, std::int64_t position);
    /// A photo of the entry has come. `sealed_digest` names it; no hash when it shows nothing to compare.
    void photo_arrived(const Uuid& entry, std::string_view digest, std::string_view sealed_digest,
                       const std::optional<PictureHash>& hash, std::string_view index_secret);

private:
    /// Candidates whose state still matters, and those that a reversal could bring back.
    struct Candidates
    {
        std::vector<MergeFacts> live;
        std::vector<MergeFacts> all;
    };

    [[nodiscard]] Candidates open(const std::vector<std::int64_t>& positions, std::int64_t own);
    [[nodiscard]] std::optional<MergeFacts> facts_of(const EntryStanding& standing);
    void add_photo_hashes(MergeFacts& facts);
    void raise(const std::vector<Flag>& flags);

    LedgerTransaction& m_ledger;
    MergeIndex& m_index;
    const EntryVault& m_vault;
    const ReferenceSnapshot& m_reference;
    Timestamp m_now;
    MergeRules m_rules;
    std::unordered_map<std::int64_t, MergeFacts> m_opened; ///< by position; of this job alone
};

} // namespace tally::server
