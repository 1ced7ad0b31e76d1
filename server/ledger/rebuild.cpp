#include "server/ledger/rebuild.h"

#include "server/ledger/replay.h"
#include "server/ledger/tiles.h"

#include <algorithm>

namespace tally::server {

Result<RebuildReport> rebuild_ledger(storage::Database& database)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    LedgerReplay replay;
    protocol::MerkleFrontier frontier;
    std::vector<protocol::TileHash> tile_hashes;
    RebuildReport report;
    std::optional<Error> failure;
    database.for_each<std::int64_t, std::string>(
        "SELECT position, leaf FROM ledger_log ORDER BY position",
        [&](std::int64_t&& position, std::string&& text) {
            const auto leaf = parse_leaf(text);
            frontier.append(protocol::merkle_leaf_hash(text), tile_hashes);
            const auto applied = leaf ? replay.apply(*leaf, position) : Result<void>(leaf.error());
            if (!applied)
                failure = Error{applied.error().code, applied.error().message,
                                "log position " + std::to_string(position)};
            ++report.leaves;
            return applied.ok();
        });
    if (failure)
        return *failure;

    std::map<BalanceKey, BalanceSum> stored;
    for_each_balance(database,
                     [&](BalanceKey&& key, const BalanceSum& sum) { stored.emplace(std::move(key), sum); });
    report.balances = static_cast<std::int64_t>(replay.balances().size());
    const auto in_order = [](const protocol::TileHash& a, const protocol::TileHash& b) {
        return std::pair(a.level, a.index) < std::pair(b.level, b.index);
    };
    std::sort(tile_hashes.begin(), tile_hashes.end(), in_order);
    report.agreed = stored == replay.balances() && read_all_tile_hashes(database) == tile_hashes;

    database.run("DELETE FROM ledger_balances");
    database.run("DELETE FROM ledger_postings");
    database.run("DELETE FROM ledger_entries");
    database.run("DELETE FROM ledger_persons");
    database.run("DELETE FROM ledger_flags");
    database.run("DELETE FROM ledger_flag_entries");
    database.run("DELETE FROM ledger_closings");
    database.run("DELETE FROM ledger_mentions");
    database.run("DELETE FROM ledger_tree");
    for (const auto& hash : tile_hashes)
        insert_tile_hash(database, hash);
    for (const auto& [entry, position] : replay.mentions())
        insert_mention(database, entry, position);
    for (const auto& [position, flag] : replay.flags())
        store_flag(database, flag);
    for (const auto& [quarter, position] : replay.closings())
        insert_closing(database, quarter, position);
    for (const auto& [key, sum] : replay.balances())
        store_balance(database, key, sum);
    for (const auto& line : replay.lines())
        insert_posting(database, line.position, line.line, line.posting);
    for (const auto& [id, standing] : replay.standings())
        insert_standing(database, standing);
    transaction.commit();
    return report;
}

} // namespace tally::server
