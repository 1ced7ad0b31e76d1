#pragma once
/// Terms of a contract as people read and change them: agreement, delivery plan, targets, history, and
/// the report of an import. Pure.

#include "server/console/templates.h"
#include "server/reference/contract_terms.h"
#include "server/reference/import.h"
#include "shared/framework/framework.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server::console {

struct TermsPage
{
    ContractTerms terms;
    std::shared_ptr<const Framework> framework;             ///< null when it is not loaded
    std::vector<TermChange> changes;                        ///< newest first
    std::function<std::string(std::string_view id)> person; ///< an account's name
    bool may_manage = false;                                ///< may agree and change it
    bool may_reopen = false;                                ///< may take an agreement back
    const Clock* clock = nullptr;
};

/// Adds agreement, parties, plan and history to the view of a contract's page.
void set_terms(View& view, const TermsPage& page);

/// Every target in every quarter of the contract.
[[nodiscard]] View targets_view(const TermsPage& page);

/// The form that changes, adds or removes one target. `typed` and `reason` come back after a refusal.
struct TargetForm
{
    std::string measure;
    Quarter period;
    std::optional<std::string> typed;
    std::string reason;
};
[[nodiscard]] View target_view(const TermsPage& page, const TargetForm& form);

/// The form that takes an agreement back.
[[nodiscard]] View reopen_view(const TermsPage& page, const std::string& reason);

/// The form for the facts of a contract, filled with `facts`.
[[nodiscard]] View facts_view(const TermsPage& page, const ContractFacts& facts, const std::string& reason);
[[nodiscard]] ContractFacts facts_of(const Contract& contract);

/// The form for the delivery plan of one measure.
[[nodiscard]] View plan_view(const TermsPage& page, const Plan& plan, const std::string& reason);

/// "3 added, 1 changed", its lines and its problems with their places.
[[nodiscard]] View report_view(const ImportReport& report);

/// "Academic years, 1 September to 31 August".
[[nodiscard]] std::string words_for(YearKind kind);
/// "Core", "Added value", or nothing.
[[nodiscard]] std::string word_for(Commitment commitment);
/// The unit in which a measure is counted, such as "hours" or "FTE years"; empty for null.
[[nodiscard]] std::string unit_words(const Measure* measure);

} // namespace tally::server::console
