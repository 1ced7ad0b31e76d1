#include "server/ledger/rebuild.h"

#include "server/ledger/replay.h"
#include "server/ledger/tiles.h"

#include <algorithm>

namespace tally::server {

Result<void> LedgerReplay::apply(const Leaf& leaf, std::int64_t position)
{
    auto change = apply_leaf(leaf, position, [this](const Uuid& id) {
        const auto found = m_standings.find(id);
        return found == m_standings.end() ? nullptr : &found->second;
    });
    if (!change)
        return change.error();
    if (std::holds_alternative<DecisionLeaf>(leaf))
        m_decisions.emplace(position, entry_of(leaf));
    std::int64_t line = 0;
    for (auto& posting : change->postings) {
        if (const auto added = add_to(m_balances[key_of(posting)], posting); !added)
            return added.error();
        m_lines.push_back({position, line++, entry_of(leaf), std::move(posting)});
    }
    for (auto& standing : change->standings)
        m_standings.insert_or_assign(standing.facts.id, std::move(standing));
    return {};
}

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
    database.run("DELETE FROM ledger_decisions");
    database.run("DELETE FROM ledger_tree");
    for (const auto& hash : tile_hashes)
        insert_tile_hash(database, hash);
    for (const auto& [position, entry] : replay.decisions())
        insert_decision(database, position, entry);
    for (const auto& [key, sum] : replay.balances())
        store_balance(database, key, sum);
    for (const auto& line : replay.lines())
        insert_posting(database, line.position, line.line, line.entry, line.posting);
    for (const auto& [id, standing] : replay.standings())
        insert_standing(database, standing);
    transaction.commit();
    return report;
}

} // namespace tally::server
