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

/// The JSON document for a cursor (empty at first). Fails with `bad_cursor`.
[[nodiscard]] Result<std::string> changes_for_device(storage::Database& database, const EntryVault& vault,
                                                     const Uuid& device, std::string_view cursor,
                                                     Timestamp now);

} // namespace tally::server
