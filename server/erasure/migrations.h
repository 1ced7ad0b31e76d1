#pragma once
/// The tables of erasure and retention, component "erasure".

#include "shared/storage/database.h"

#include <span>

namespace tally::server {

/// For storage::migrate(database, "erasure", erasure_migrations()), after migrate_evidence.
[[nodiscard]] std::span<const storage::Migration> erasure_migrations();

} // namespace tally::server
