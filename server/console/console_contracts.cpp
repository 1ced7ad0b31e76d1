#include "server/console/console.h"
#include "server/console/contract_view.h"
#include "server/console/words.h"
#include "server/ledger/ledger.h"
#include "server/reference/reference_repository.h"

#include <algorithm>
#include <iterator>

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
        View state = object();
        state.set("name", contract.agreed ? "accepted" : "none");
        state.set("word", contract.agreed ? "Agreed" : "Not agreed");
        state.set("icon", icon(contract.agreed ? "accepted" : "waiting"));
        row.set("state", std::move(state));
        contracts.push_back(std::move(row));
    }
    set_list(view, "contracts", std::move(contracts));
    const bool may_import = request.visitor->may(Permission::ImportReference);
    view.set("may_import", may_import);
    view.set("notice", request.query.get("done") == "loaded" ? notice("accepted", "The file was loaded.")
                                                             : View(false));
    view.set("empty_text",
             may_import ? "Load them from a spreadsheet, or from what your procurement portal publishes."
                        : "An administrator gives you the contracts that you look after.");
    return page(request, "contracts", "Contracts", "contracts", std::move(view));
}

void Console::set_years(ContractPage& input, const Viewer& viewer)
{
    if (input.period.quarter)
        return;
    const auto& chosen = input.period.year;
    auto years = m_review.year_balances(viewer, chosen ? std::vector{*chosen} : input.years_to_choose,
                                        input.contract.ref);
    if (!chosen) {
        std::ranges::transform(years, std::back_inserter(input.years), totals_of);
        return;
    }
    auto& year = years.front();
    input.balances = std::move(year.balances);
    input.erased_days = year.erased;
    input.figures.clear();
    for (auto& contract : year.figures)
        input.figures = std::move(contract.figures);
}

Response Console::contract_page(Request& request)
{
    const std::string_view ref = request.params.get("ref");
    if (!request.visitor->sees_contract(ref))
        return not_found(request, "This contract");
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    ContractPage input;
    input.contract = terms->terms.contract;
    input.framework = terms->framework;
    input.targets = terms->terms.targets;
    input.plans = terms->terms.plans;
    {
        auto lease = m_pool.lease();
        input.balances = read_balances(*lease, ref);
        input.figures = read_latest_figures_by_quarter(*lease, ref);
    }
    const Timestamp now = m_clock.now();
    input.today = quarter_of(local_date(now, m_clock.utc_offset_min(now)));
    input.period = period_from(request.query.get("period"));
    input.years_to_choose = reporting_years(input.contract, input.balances, input.today);
    if (const auto& year = input.period.year;
        year && std::ranges::find(input.years_to_choose, *year) == input.years_to_choose.end())
        input.years_to_choose.push_back(*year);
    set_years(input, viewer_of(*request.visitor));
    input.may_see_evidence = request.visitor->may(Permission::SeeEvidence);
    View view = contract_view(input);
    set_terms(view, *terms);
    const std::string_view done = request.query.get("done");
    view.set(
        "notice",
        done == "agreed" ? notice("accepted", "The contract is agreed. Its terms are locked.")
        : done == "reopened"
            ? notice("open", "The agreement was taken back. The terms may change until it is agreed again.")
        : done == "changed" ? notice("accepted",
                                     "The change was made. It stands in the history "
                                     "below.",
                                     "#history", "See it")
                            : View(false));
    return page(request, "contract", input.contract.title, "contracts", std::move(view));
}

} // namespace tally::server::console
