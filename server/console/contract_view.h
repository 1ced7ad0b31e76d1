#pragma once
/// The page of one contract: what was promised and what was delivered. Pure.

#include "server/console/reporting_period.h"
#include "server/console/templates.h"
#include "server/ledger/ledger.h"
#include "server/reference/reference.h"
#include "server/review/review.h"
#include "shared/framework/framework.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

struct ContractPage
{
    Contract contract;
    std::shared_ptr<const Framework> framework; ///< null when it is not loaded
    std::vector<Target> targets;
    std::vector<Balance>
        balances; ///< of this contract, of the account; of a chosen year, by the day of the work
    /// The newest of each measure, phase and quarter of the work, of measures that are never added.
    std::vector<LatestFigure> figures;
    ReportingPeriod period; ///< all the time: from the start until today
    Quarter today;
    std::vector<YearTotals> years; ///< by which it reports, the newest first; none when a period is chosen
    std::vector<ReportingYear> years_to_choose;
    std::int64_t erased_days = 0; ///< of the chosen year: entries whose day is not known
    std::vector<Plan> plans;
    bool may_see_evidence = false; ///< figures then link to the entries behind them
};

[[nodiscard]] View contract_view(const ContractPage& page);

/// The years by which a contract reports, from its start or its first evidence until today or its last
/// evidence, the newest first.
[[nodiscard]] std::vector<ReportingYear> reporting_years(const Contract& contract,
                                                         const std::vector<Balance>& balances, Quarter today);

/// Exact sums, rounded once when shown; held value is in neither.
struct ContractTotals
{
    Money confirmed;
    Money claimed;
};
/// Throws std::overflow_error when the sum leaves the range of Money.
[[nodiscard]] ContractTotals social_value_of(const std::vector<Balance>& balances);

} // namespace tally::server::console
