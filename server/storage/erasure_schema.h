#pragma once
/// The tables of erasure and retention, component "erasure". Private to this folder: migrate_evidence brings
/// them up to date with its own.

#include "shared/storage/database.h"

#include <span>

namespace tally::server {

[[nodiscard]] std::span<const storage::Migration> erasure_migrations();

} // namespace tally::server
