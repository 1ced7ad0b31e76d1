#include "server/console/balance_view.h"
#include "server/console/console.h"

namespace tally::server::console {

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
    if (const auto quarter = parse_quarter(request.query.get("quarter")))
        input.quarter = *quarter;
    for (const auto& line : m_review.quarters(viewer))
        input.quarters.push_back(line.quarter);
    input.table = m_review.balances(viewer, {input.dimension, input.contract, input.quarter});
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
