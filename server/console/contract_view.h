#pragma once
/// The page of one contract: what was promised and what was delivered. Pure.

#include "server/console/templates.h"
#include "server/ledger/ledger.h"
#include "server/reference/reference.h"
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
    std::vector<Balance> balances;  ///< of this contract
    /// The newest of each measure, phase and quarter of the work, of measures that are never added.
    std::vector<LatestFigure> figures;
    std::optional<Quarter> quarter; ///< none: from the start until today
    Quarter today;
    std::vector<Plan> plans;
    bool may_see_evidence = false; ///< figures then link to the entries behind them
};

[[nodiscard]] View contract_view(const ContractPage& page);

/// Exact sums, rounded once when shown; held value is in neither.
struct ContractTotals
{
    Money confirmed;
    Money claimed;
};
/// Throws std::overflow_error when the sum leaves the range of Money.
[[nodiscard]] ContractTotals social_value_of(const std::vector<Balance>& balances);

} // namespace tally::server::console
