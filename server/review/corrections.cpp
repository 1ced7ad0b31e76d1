#include "server/review/corrections.h"

#include <map>
#include <stdexcept>
#include <tuple>

namespace tally::server {

std::vector<Correction> corrections_of(const std::vector<Balance>& balances,
                                       const std::function<bool(Quarter work, Quarter account)>& wanted)
{
    std::map<std::tuple<std::string, Quarter, Quarter>, Correction> found;
    for (const auto& balance : balances) {
        const auto work = parse_quarter(balance.work_quarter);
        const auto account = parse_quarter(balance.quarter);
        if (!work || !account || *work == *account || !wanted(*work, *account))
            continue;
        auto& correction = found[{balance.contract, *work, *account}];
        correction.contract = balance.contract;
        correction.work = *work;
        correction.account = *account;
        (balance.phase == Phase::Confirmed ? correction.entries_confirmed : correction.entries_claimed) +=
            balance.entries;
        auto& sums = balance.held                              ? correction.held
                     : balance.value_class == "local_economic" ? correction.local_economic
                                                               : correction.social;
        auto& sum = balance.phase == Phase::Confirmed ? sums.confirmed : sums.claimed;
        const auto added = add(sum, balance.value);
        if (!added)
            throw std::overflow_error("a total of the ledger is out of range");
        sum = *added;
    }
    std::vector<Correction> list;
    for (auto& [key, correction] : found)
        list.push_back(std::move(correction));
    return list;
}

} // namespace tally::server
