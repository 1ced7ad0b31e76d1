#pragma once
/// Private to this folder: finds entries that share a blocking key with the one that arrived.
///
/// An arriving entry asks for six keys or so. Asking the database for each would cost more than all the
/// rest of its arrival, so the keys of the days at which entries arrive are kept in memory: a lookup is then
/// a hash lookup, and its cost does not depend on how large the ledger is.

#include "server/ledger/writer.h"
#include "server/merge/merge.h"

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace tally::server {

/// Belongs to the writer's jobs: not thread-safe.
class MergeIndex
{
public:
    /// Positions of the entries that may meet one with these keys, ascending, each once.
    [[nodiscard]] std::vector<std::int64_t> find(LedgerTransaction& ledger,
                                                 std::span<const BlockingKey> keys);
    /// Stores the keys of the entry at `position`, which has none yet, for those that come later.
    void add_new(LedgerTransaction& ledger, std::int64_t position, std::span<const BlockingKey> keys);
    /// The same for an entry that may have some of them.
    void add(LedgerTransaction& ledger, std::int64_t position, std::span<const BlockingKey> keys);

private:
    struct Row
    {
        std::int64_t position = 0;
        std::int32_t from_min = 0;
        std::int32_t to_min = 0;
    };
    struct Day
    {
        std::unordered_multimap<std::int64_t, Row> rows; ///< by key
        std::uint64_t used = 0;                          ///< larger: asked for later
    };

    /// Nullptr for what is not kept: keys without a day, and days too large for memory.
    [[nodiscard]] Day* day_of(LedgerTransaction& ledger, std::int64_t number);
    [[nodiscard]] bool is_crowded() const;
    void keep(Day* day, std::int64_t position, const BlockingKey& key);
    void make_room(std::size_t rows);

    std::map<std::int64_t, Day> m_days;
    std::size_t m_rows = 0;
    std::uint64_t m_uses = 0;
    std::uint64_t m_epoch = 0;
};

} // namespace tally::server
