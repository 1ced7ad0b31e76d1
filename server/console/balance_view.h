#pragma once
/// The ledger's totals by one thing, as a page and as CSV. Pure.

#include "server/console/reporting_period.h"
#include "server/console/templates.h"
#include "server/reference/reference.h"
#include "server/review/balance_table.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

struct BalancesPage
{
    Dimension dimension = Dimension::Contract;
    std::string contract; ///< or empty
    ReportingPeriod period;
    std::vector<Contract> contracts;
    std::vector<Quarter> quarters;    ///< to choose from
    std::vector<ReportingYear> years; ///< to choose from
    BalanceTable table;
    bool may_see_evidence = false; ///< figures then link to the entries behind them
};

[[nodiscard]] View balances_view(const BalancesPage& page);
/// The same table for a spreadsheet (RFC 4180). Pounds are exact.
[[nodiscard]] std::string balances_csv(const BalancesPage& page);
/// "By supplier".
[[nodiscard]] std::string dimension_title(Dimension dimension);

} // namespace tally::server::console
