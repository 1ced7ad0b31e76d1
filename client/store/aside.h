#pragma once
/// Entries that the server could not take. Private to this folder.

#include "client/store/store.h"

namespace tally::client {

/// Fails with `unknown_entry` or `not_put_aside`.
[[nodiscard]] Result<void> check_put_aside(const std::optional<EntryRow>& row);

} // namespace tally::client
