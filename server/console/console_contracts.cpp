#include "server/console/console.h"
#include "server/console/contract_view.h"
#include "server/console/words.h"
#include "server/ledger/ledger.h"
#include "server/reference/reference_repository.h"

namespace tally::server::console {

Response Console::contracts_page(Request& request)
{
    View view = object();
    ViewList contracts;
    for (const Contract& contract : visible_contracts(*request.visitor)) {
        auto lease = m_pool.lease();
        const ContractTotals totals = social_value_of(read_balances(*lease, contract.ref));
        View row = object();
        row.set("path", "/contracts/" + percent_encoded(contract.ref));
        row.set("ref", contract.ref);
        row.set("title", contract.title);
        row.set("supplier", contract.supplier);
        row.set("starts", short_date(contract.starts));
        row.set("ends", short_date(contract.ends));
        row.set("confirmed", format_pounds(totals.confirmed));
        row.set("claimed", format_pounds(totals.claimed));
        contracts.push_back(std::move(row));
    }
    set_list(view, "contracts", std::move(contracts));
    view.set("empty_text", request.visitor->may(Permission::ManagePeople)
                               ? "Bring them in with “tallybook-server contract import FILE”."
                               : "An administrator gives you the contracts that you look after.");
    return page(request, "contracts", "Contracts", "contracts", std::move(view));
}

Response Console::contract_page(Request& request)
{
    const std::string_view ref = request.params.get("ref");
    if (!request.visitor->sees_contract(ref))
        return not_found(request, "This contract");
    ContractPage input;
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        const auto contract = reference.find_contract(ref);
        if (!contract)
            return not_found(request, "This contract");
        input.contract = *contract;
        input.framework = reference.find_framework(contract->framework, contract->framework_version);
        input.targets = reference.targets(ref);
        input.balances = read_balances(*lease, ref);
    }
    if (const auto quarter = parse_quarter(request.query.get("quarter")))
        input.quarter = *quarter;
    const Timestamp now = m_clock.now();
    input.today = quarter_of(local_date(now, m_clock.utc_offset_min(now)));
    input.may_see_evidence = request.visitor->may(Permission::SeeEvidence);
    return page(request, "contract", input.contract.title, "contracts", contract_view(input));
}

} // namespace tally::server::console
