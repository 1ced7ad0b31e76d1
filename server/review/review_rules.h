#pragma once
/// Private to this folder: what the parts of ReviewService share.

#include "server/ledger/posting.h"
#include "server/ledger/standings.h"
#include "server/ledger/writer.h"
#include "server/review/review.h"
#include "server/storage/entry_vault.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

inline constexpr std::size_t note_length_max = 2'000;

/// Thrown inside a job of the ledger's writer, so that nothing of the job is kept.
struct Refused
{
    Error error;
};

/// Runs the job; what it refuses comes back as the error.
template <typename Job>
[[nodiscard]] Result<void> run_or_refuse(LedgerWriter& writer, Job job)
{
    try {
        writer.run(std::move(job));
    } catch (const Refused& refused) {
        return refused.error;
    }
    return {};
}

/// Trimmed. `missing` is the sentence for an empty note; an empty sentence lets it pass. Fails with
/// `note_missing` or `note_too_long`.
[[nodiscard]] Result<std::string> checked_note(std::string_view note, std::string_view missing);

/// The record that holds the words: its own, or that of the entry that it is a part of.
[[nodiscard]] Uuid record_of(const EntryFacts& facts);
[[nodiscard]] Result<Entry> open_words(const EntryVault& vault, storage::Database& database,
                                       const EntryFacts& facts);

/// The day that decides to which quarter or year an entry belongs; nothing when it went with the words.
[[nodiscard]] std::optional<Date> work_day(const EntryVault& vault, storage::Database& database,
                                           const EntryFacts& facts);

[[nodiscard]] const Measure* measure_of(const EntryFacts& facts, const ReferenceSnapshot& reference);
[[nodiscard]] LineFacts line_facts(const EntryFacts& facts, std::string_view quarter);
[[nodiscard]] EntrySummary summarise(const EntryStanding& standing, const Result<Entry>& entry,
                                     const ReferenceSnapshot& reference);

/// Why this viewer may not decide on an entry in any of its revisions because they had a hand in it.
[[nodiscard]] std::optional<Error> own_hand(const Viewer& viewer, const std::vector<EntryStanding>& revisions,
                                            const Result<Entry>& entry);

/// A note under the key of the first of `holders` whose words are not erased.
struct HeldNote
{
    Uuid holder;
    EntryVault::LockedNote locked;
};
/// Fails with `erased` when none of them has words any more.
[[nodiscard]] Result<HeldNote> lock_under(const EntryVault& vault, storage::Database& database,
                                          const std::vector<Uuid>& holders, std::string_view note,
                                          Random& random);
/// A note that is kept as it is, because it names nobody: of a closing or an erasure. Empty when none.
[[nodiscard]] std::string plain_note(storage::Database& database, std::int64_t position);
void store_note(storage::Database& database, std::int64_t position, const HeldNote& note);

/// Not settled, and all its entries live.
[[nodiscard]] bool is_open_flag(storage::Database& database, const FlagStanding& flag);

[[nodiscard]] StandingFilter visible_to(const Viewer& viewer, std::string_view contract);

} // namespace tally::server
