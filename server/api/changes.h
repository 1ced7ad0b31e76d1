#pragma once
/// What a device pulls: reference data and what became of its entries (PROTOCOL.md, section 8).

#include "server/storage/entry_vault.h"
#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/storage/database.h"

#include <string>
#include <string_view>

namespace tally::server {

/// What a device asks for.
struct ChangesQuery
{
    std::string_view cursor; ///< empty at first
    /// Sizes of the ledger that it has receipts of, with hyphens between: for each that is not larger than
    /// the ledger there is a proof that the ledger goes on from it.
    std::string_view trees;
};

/// The JSON document. Fails with `bad_cursor` or `bad_trees`.
[[nodiscard]] Result<std::string> changes_for_device(storage::Database& database, const EntryVault& vault,
                                                     const Uuid& device, const ChangesQuery& query,
                                                     Timestamp now);

} // namespace tally::server
