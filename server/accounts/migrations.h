#pragma once
/// The tables of people and their sessions, component "accounts".

#include "shared/storage/database.h"

#include <span>

namespace tally::server {

/// For storage::migrate(database, "accounts", account_migrations()).
[[nodiscard]] std::span<const storage::Migration> account_migrations();

} // namespace tally::server
