#pragma once
/// Destroying entries inside a transaction of the store. Private to this folder.

#include "client/store/store.h"

namespace tally::client {

/// Which other forms of an entry go with it.
enum class ErasureReach
{
    LaterForms, ///< those that amend it: they say again what it said
    AllForms,   ///< and those that it amends
};

/// Destroys the record, its key, its photos and uploads, drafts about it and what the server said of it; a
/// tombstone stays. Gives how many entries were erased; an unknown id, or one that was erased already,
/// counts for nothing. After the commit Store::finish_erasures() must follow.
std::size_t erase_entry(storage::Database& database, const std::string& id, ErasureReach reach,
                        std::optional<Timestamp> when, ErasureReason why);

[[nodiscard]] bool is_erased(storage::Database& database, const std::string& id);

/// True for the name or area of a draft that says the id of an erased entry after a slash.
[[nodiscard]] bool is_about_erased(storage::Database& database, std::string_view name);

/// Under which a story's withdrawal code is looked up on this device.
[[nodiscard]] std::string withdrawal_code_hash(const Identity& identity, std::string_view code);

} // namespace tally::client
