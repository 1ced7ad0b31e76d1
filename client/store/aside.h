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
/// A receipt acknowledges an entry that may have been put aside here: it came on a stick, say.
void note_acknowledged(storage::Database& database, std::string_view id);
/// The server speaks of an entry as one of its own, and it may have been put aside here: a batch can reach
/// the server twice, and what was refused the one time be taken the other. It is sent once more, for a
/// receipt: without one nobody would notice that a restored server lacks it.
void note_taken_after_all(storage::Database& database, std::string_view id);

} // namespace tally::client
