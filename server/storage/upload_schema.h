#pragma once
/// The table of uploads under way, component "uploads". Private to this folder: migrate_evidence brings it up
/// to date with its own.

#include "shared/storage/database.h"

#include <span>

namespace tally::server {

[[nodiscard]] std::span<const storage::Migration> upload_migrations();

} // namespace tally::server
