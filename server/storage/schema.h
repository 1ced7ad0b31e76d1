#pragma once
/// The tables of evidence, ledger, devices and erasure. Accounts and reference data bring their own.

#include "shared/storage/database.h"

namespace tally::server {

/// Brings the tables up to date. Fails with `database_newer`.
[[nodiscard]] Result<void> migrate_evidence(storage::Database& database);

} // namespace tally::server
