#include "server/ledger/rebuild.h"

#include "server/ledger/replay.h"
#include "server/ledger/tiles.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace tally::server {
namespace {

/// Applies every leaf and writes its postings.
Result<void> replay_log(storage::Database& database, LedgerReplay& replay, protocol::MerkleFrontier& frontier,
                        std::vector<protocol::TileHash>& tile_hashes, RebuildReport& report)
{
    constexpr std::int64_t rows_at_once = 2000;
    std::vector<PostingLine> lines;
    std::optional<Error> failure;
    std::int64_t next = 0;
    for (std::int64_t got = rows_at_once; got == rows_at_once;) {
        got = 0;
        lines.clear();
        database.for_each<std::int64_t, std::string_view>(
            "SELECT position, leaf FROM ledger_log WHERE position >= :from ORDER BY position LIMIT :limit",
            [&](std::int64_t position, std::string_view text) {
                const auto leaf = parse_leaf(text);
                frontier.append(protocol::merkle_leaf_hash(text), tile_hashes);
                const auto applied = leaf ? replay.apply(*leaf, position, lines) : Result<void>(leaf.error());
                if (!applied)
                    failure = Error{applied.error().code, applied.error().message,
                                    "log position " + std::to_string(position)};
                next = position + 1;
                ++got;
                return applied.ok();
            },
            next, rows_at_once);
        if (failure)
            return *failure;
        report.leaves += got;
        for (const auto& line : lines)
            insert_posting(database, line);
    }
    return {};
}

bool same_balances(const std::map<BalanceKey, BalanceSum>& stored, const LedgerReplay& replay)
{
    return stored.size() == replay.balances().size() &&
           std::all_of(stored.begin(), stored.end(), [&](const auto& row) {
               const auto found = replay.balances().find(row.first);
               return found != replay.balances().end() && found->second.sum == row.second;
           });
}

void write_views(storage::Database& database, const LedgerReplay& replay,
                 const std::vector<protocol::TileHash>& tile_hashes)
{
    for (const auto& hash : tile_hashes)
        insert_tile_hash(database, hash);
    for (const auto& mention : replay.mentions())
        insert_mention(database, replay.standings().id(mention.entry), mention.position);
    for (const auto& [position, flag] : replay.flags())
        store_flag(database, flag);
    for (const auto& [quarter, position] : replay.closings())
        insert_closing(database, quarter, position);
    for (const auto& [key, total] : replay.balances())
        store_balance(database, key, total.sum);
    for (StandingStore::Ordinal i = 0; i < replay.standings().size(); ++i)
        insert_standing_row(database, replay.standings().row(i));
    for (const auto& [entry, count] : replay.persons())
        insert_persons(database, replay.standings().standing(entry).facts);
}

} // namespace

Result<RebuildReport> rebuild_ledger(storage::Database& database)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    std::map<BalanceKey, BalanceSum> stored;
    for_each_balance(database,
                     [&](BalanceKey&& key, const BalanceSum& sum) { stored.emplace(std::move(key), sum); });
    const auto stored_hashes = read_all_tile_hashes(database);
    for (const std::string_view table :
         {"ledger_balances", "ledger_postings", "ledger_entries", "ledger_persons", "ledger_flags",
          "ledger_flag_entries", "ledger_closings", "ledger_mentions", "ledger_tree"})
        database.run("DELETE FROM " + std::string(table));

    LedgerReplay replay;
    protocol::MerkleFrontier frontier;
    std::vector<protocol::TileHash> tile_hashes;
    RebuildReport report;
    if (const auto replayed = replay_log(database, replay, frontier, tile_hashes, report); !replayed)
        return replayed.error();
    report.balances = static_cast<std::int64_t>(replay.balances().size());
    const auto in_order = [](const protocol::TileHash& a, const protocol::TileHash& b) {
        return std::pair(a.level, a.index) < std::pair(b.level, b.index);
    };
    std::sort(tile_hashes.begin(), tile_hashes.end(), in_order);
    report.agreed = same_balances(stored, replay) && stored_hashes == tile_hashes;
    write_views(database, replay, tile_hashes);
    transaction.commit();
    return report;
}

} // namespace tally::server
