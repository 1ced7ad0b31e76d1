#include "server/console/balance_view.h"
#include "server/console/console.h"

#include <algorithm>

namespace tally::server::console {
namespace {

/// Years by which the chosen contract reports, or any of the visitor's; and the one that was asked for.
std::vector<ReportingYear> years_to_choose(const BalancesPage& page)
{
    std::vector<ReportingYear> years;
    if (!page.quarters.empty())
        for (const YearKind kind : {YearKind::Academic, YearKind::Financial, YearKind::Calendar}) {
            const bool used = std::ranges::any_of(page.contracts, [&](const Contract& contract) {
                return contract.year_kind == kind && (page.contract.empty() || page.contract == contract.ref);
            });
            if (used)
                std::ranges::copy(
                    years_between(kind, first_day(page.quarters.back()), last_day(page.quarters.front())),
                    std::back_inserter(years));
        }
    if (page.period.year && std::ranges::find(years, *page.period.year) == years.end())
        years.push_back(*page.period.year);
    return years;
}

} // namespace

BalancesPage Console::balances_input(const Request& request)
{
    const Visitor& visitor = *request.visitor;
    const auto viewer = viewer_of(visitor);
    BalancesPage input;
    input.dimension = dimension_named(request.query.get("by")).value_or(Dimension::Contract);
    input.contracts = visible_contracts(visitor);
    const auto contract = request.query.get("contract");
    if (visitor.sees_contract(contract))
        input.contract = contract;
    input.period = period_from(request.query.get("period"));
    for (const auto& line : m_review.quarters(viewer))
        input.quarters.push_back(line.quarter);
    input.years = years_to_choose(input);
    input.table =
        m_review.balances(viewer, {input.dimension, input.contract, input.period.quarter, input.period.year});
    input.may_see_evidence = visitor.may(Permission::SeeEvidence);
    return input;
}

Response Console::balances_page(Request& request)
{
    return page(request, "balances", "Balances", "balances", balances_view(balances_input(request)));
}

Response Console::balances_file(Request& request)
{
    const auto input = balances_input(request);
    const std::string name = "balances-by-" + std::string(name_of(input.dimension)) + ".csv";
    return Response{200, "text/csv; charset=utf-8", balances_csv(input), {}}.with(
        "Content-Disposition", "attachment; filename=\"" + name + "\"");
}

} // namespace tally::server::console
