#include "server/reference/reference_changes.h"

namespace tally::server {

std::vector<ReferenceChange> reference_changes_since(storage::Database& database, std::int64_t cursor,
                                                     std::int64_t limit)
{
    std::vector<ReferenceChange> changes;
    database.for_each<std::int64_t, std::string, std::string, std::optional<std::string>>(
        "SELECT cursor, topic, item, document FROM reference_changes WHERE cursor > :cursor "
        "ORDER BY cursor LIMIT :limit",
        [&](std::int64_t at, std::string topic, std::string item, std::optional<std::string> document) {
            changes.push_back({at, std::move(topic), std::move(item), std::move(document)});
        },
        cursor, limit);
    return changes;
}

std::int64_t reference_cursor(storage::Database& database)
{
    return database.query_one<std::int64_t>("SELECT COALESCE(MAX(cursor), 0) FROM reference_changes")
        .value_or(0);
}

void note_reference_change(storage::Database& database, std::string_view topic, std::string_view key,
                           const std::optional<std::string>& document)
{
    const auto known = database.query_one<std::optional<std::string>>(
        "SELECT document FROM reference_changes WHERE topic = :topic AND item = :item", topic, key);
    if (known && *known == document)
        return;
    const std::int64_t next = reference_cursor(database) + 1;
    database.run(
        "INSERT INTO reference_changes (cursor, topic, item, document) "
        "VALUES (:cursor, :topic, :item, :document) "
        "ON CONFLICT (topic, item) DO UPDATE SET cursor = excluded.cursor, document = excluded.document",
        next, topic, key, document);
}

} // namespace tally::server
