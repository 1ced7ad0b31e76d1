#pragma once
/// Tables of reference data: contracts, targets, events, places, frameworks, questionnaires.

#include "shared/storage/database.h"

#include <span>

namespace tally::server {

/// For `storage::migrate(database, "reference", ...)`.
[[nodiscard]] std::span<const storage::Migration> reference_migrations();

} // namespace tally::server
