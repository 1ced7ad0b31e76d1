#pragma once
/// Entries that the server could not take. Private to this folder.

#include "client/store/store.h"

#include <string_view>

namespace tally::client {

/// Fails with `unknown_entry` or `not_put_aside`.
[[nodiscard]] Result<void> check_put_aside(const std::optional<EntryRow>& row);

/// The server has it, or is to have it: its photos go there too. Inside the caller's transaction, as is the
/// next.
void offer_photos_of(storage::Database& database, std::string_view id);
/// The server speaks of an entry as one of its own. It may have been put aside here: a batch can reach the
/// server twice, and what was refused the one time be taken the other, or come on a stick.
void note_taken_after_all(storage::Database& database, std::string_view id);

} // namespace tally::client
