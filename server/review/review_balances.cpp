#include "server/ingest/reference_cache.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"

#include <algorithm>
#include <set>

namespace tally::server {

BalanceTable ReviewService::balances(const Viewer& viewer, const BalanceQuery& query)
{
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    auto all = read_balances(*database, query.contract);
    const auto quarter = query.quarter ? format_quarter(*query.quarter) : std::string();
    std::erase_if(all, [&](const Balance& balance) {
        return !viewer.sees(balance.contract) || (!quarter.empty() && balance.quarter != quarter);
    });
    std::set<std::string> contracts;
    for (const auto& balance : all)
        contracts.insert(balance.contract);
    std::vector<ContractFigures> latest;
    for (const auto& contract : contracts)
        latest.push_back({contract, read_latest_figures(*database, contract)});
    return balance_table(all, latest, query.dimension, *reference);
}

} // namespace tally::server
