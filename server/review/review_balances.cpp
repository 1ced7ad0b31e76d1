#include "server/ingest/reference_cache.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace tally::server {

namespace {

/// Of several quarters, the newest of each measure and phase.
std::vector<LatestFigure> newest_of(const std::vector<LatestFigure>& figures)
{
    std::vector<LatestFigure> newest;
    for (const auto& figure : figures) {
        const auto same = std::find_if(newest.begin(), newest.end(), [&](const LatestFigure& other) {
            return other.phase == figure.phase && other.framework == figure.framework &&
                   other.framework_version == figure.framework_version && other.measure == figure.measure;
        });
        if (same == newest.end())
            newest.push_back(figure);
        else if (std::tie(same->until, same->position) < std::tie(figure.until, figure.position))
            *same = figure;
    }
    return newest;
}

} // namespace

BalanceTable ReviewService::balances(const Viewer& viewer, const BalanceQuery& query)
{
    if (query.year) {
        const auto year = year_balances(viewer, {*query.year}, query.contract).front();
        std::vector<ContractFigures> latest;
        for (const auto& [contract, figures] : year.figures)
            latest.push_back({contract, newest_of(figures)});
        auto database = m_pool.lease();
        return balance_table(year.balances, latest, query.dimension, *m_reference.get(*database));
    }
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
