#pragma once
/// What ingest asks of erasure: an erased entry never comes back, by whatever device, batch or bundle, and
/// a story whose consent was taken back before it arrived is erased as it arrives.

#include "server/erasure/erase.h"

#include <span>
#include <string>
#include <vector>

namespace tally::server {

/// The keyed hashes of the withdrawal codes in an entry; empty unless it is a story.
[[nodiscard]] std::vector<std::string> withdrawal_code_hashes(const Entry& entry, const ServerKeys& keys);

/// What a device is told of an erased entry, code `erased`. Final: it drops the entry.
[[nodiscard]] Error erased_refusal();

/// For one job of the writer.
class ErasedArrivals
{
public:
    /// All must outlive it.
    ErasedArrivals(LedgerTransaction& ledger, const EntryVault& vault, Timestamp now);

    /// Of an entry that is in the ledger.
    [[nodiscard]] bool is_erased(const Uuid& entry);

    enum class Unknown
    {
        Welcome,
        ErasedBefore, ///< came before too
        ErasedFirst,  ///< comes for the first time: it counts as received from its device
    };
    /// Of an entry that the ledger does not know. `amends` is what it changes, if it could be read.
    [[nodiscard]] Unknown judge(const Uuid& entry, const std::optional<Uuid>& amends);
    /// Never take it in: it changes an erased entry.
    [[nodiscard]] Unknown refuse(const Uuid& entry);

    /// Whether somebody took back what one of the codes stands for.
    [[nodiscard]] bool is_withdrawn(std::span<const std::string> code_hashes);
    /// The entry, taken in without its key, was withdrawn before it arrived.
    void erase(const Uuid& entry, Random& random);
    /// So that a withdrawal finds the entry.
    void note_codes(const Uuid& entry, std::span<const std::string> code_hashes);

private:
    LedgerTransaction& m_ledger;
    const EntryVault& m_vault;
    Timestamp m_now;
    bool m_refuses_any; ///< whether there is any id to look for
};

} // namespace tally::server
