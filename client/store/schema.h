#pragma once
/// The tables of the device.

#include "shared/storage/database.h"

namespace tally::client {

/// Brings the tables up to date. Fails with `database_newer`.
[[nodiscard]] Result<void> migrate_store(storage::Database& database);

} // namespace tally::client
