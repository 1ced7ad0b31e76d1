#pragma once
/// Makes everything that is derived from the log again: standings, postings, balances and the hashes that
/// tiles and proofs are made of.

#include "shared/base/result.h"
#include "shared/storage/database.h"

#include <cstdint>

namespace tally::server {

struct RebuildReport
{
    std::int64_t leaves = 0;
    std::int64_t balances = 0;
    bool agreed = false; ///< the balances and hashes were the same before
};

/// One transaction: either all is new or nothing has changed. Fails when a leaf cannot be read or
/// breaks the ledger's rules; `where` names its position.
[[nodiscard]] Result<RebuildReport> rebuild_ledger(storage::Database& database);

} // namespace tally::server
