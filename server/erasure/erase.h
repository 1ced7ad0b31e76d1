#pragma once
/// Destroying the words of an entry inside a transaction of the ledger. What has to happen outside of it
/// (files, the list of erasures, the write-ahead log) is noted in the database; ErasureService does it.

#include "server/ledger/writer.h"
#include "server/storage/entry_vault.h"
#include "shared/base/random.h"

#include <string>
#include <vector>

namespace tally::server {

struct ErasureOrder
{
    ErasureReason why = ErasureReason::Staff;
    std::string by;   ///< account id; empty unless staff
    std::string note; ///< why, in words without personal data; may be empty
    Timestamp at;
};

/// Erases the entry with all its revisions and parts, as far as that has not been done: a leaf for each, and
/// then its key, the words of decisions about it, its photos unless another entry shows them too, what merge
/// would find it by, its withdrawal codes, and the token of each person whom no other entry counts. Gives the
/// entries that were erased now; none for an unknown one.
std::vector<Uuid> erase_family(LedgerTransaction& ledger, const EntryVault& vault, const Uuid& entry,
                               const ErasureOrder& order, Random& random);

/// Destroys the copy that was kept of the entry when it was refused, and asks for the write-ahead log to be
/// emptied of it.
void forget_refused_copy(storage::Database& database, const Uuid& entry);

/// Empties the table of positions that a call of erase_family left for merge's index. Once at the end of a
/// job.
void forget_in_merge(LedgerTransaction& ledger);

} // namespace tally::server
