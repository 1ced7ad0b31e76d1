#pragma once
/// What merge flagged, as views for templates: the list of cases and the comparison of one. Pure.

#include "server/console/templates.h"
#include "server/http/message.h"
#include "server/reference/reference.h"
#include "server/review/review.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server::console {

/// "One person at two places at once"; an unknown rule gives its own name.
[[nodiscard]] std::string rule_title(std::string_view rule);
/// What the rule is about, in a sentence or two.
[[nodiscard]] std::string rule_words(std::string_view rule);
/// "Very likely" for 870 per mille.
[[nodiscard]] std::string sure_words(std::int64_t per_mille);
/// "Same work", "Part of a group count" ...
[[nodiscard]] std::string resolution_words(Resolution resolution);

struct CasesPage
{
    CaseFilter filter;
    CasePage cases;
    std::vector<Contract> contracts; ///< that the visitor sees
};

[[nodiscard]] View cases_view(const CasesPage& page, const Clock& clock);
/// "/flags?settled=1&contract=LCC-1".
[[nodiscard]] std::string cases_path(const CaseFilter& filter);

struct CasePageInput
{
    CaseDetail detail;
    std::vector<std::string> who_can; ///< names of people who may settle it when the visitor may not
    Fields form;                      ///< what was chosen and typed before a refusal
    std::optional<Error> refusal;
};

[[nodiscard]] View case_view(const CasePageInput& input, const Clock& clock);

/// What a form of case_view sends. Fails with `bad_choice`.
struct SettleForm
{
    Settlement settlement;
    std::vector<std::int64_t> seen;
};
[[nodiscard]] Result<SettleForm> read_settle_form(const Fields& form);

} // namespace tally::server::console
