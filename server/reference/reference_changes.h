#pragma once
/// The reference data as devices pull it: one JSON document for each item, numbered by its latest
/// change. Topics: contract, event, place, framework, questionnaire.

#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct ReferenceChange
{
    std::int64_t cursor = 0;
    std::string topic;
    std::string key;
    std::optional<std::string> document; ///< JSON; nothing when the item is gone
};

/// Changes above `cursor` (0 for everything), in order, `limit` at most. The cursor of the last one is
/// the place to go on from.
[[nodiscard]] std::vector<ReferenceChange> reference_changes_since(storage::Database& database,
                                                                   std::int64_t cursor, std::int64_t limit);

/// The highest cursor, 0 when there is nothing: cheap, to see whether something changed.
[[nodiscard]] std::int64_t reference_cursor(storage::Database& database);

/// Notes a change, unless devices have this very document already. Call inside a transaction that has
/// called lock_for_writing(), so that cursors appear in order.
void note_reference_change(storage::Database& database, std::string_view topic, std::string_view key,
                           const std::optional<std::string>& document);

} // namespace tally::server
