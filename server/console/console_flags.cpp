#include "server/console/console.h"
#include "server/console/flag_view.h"
#include "server/http/problem.h"

#include <charconv>

namespace tally::server::console {
namespace {

std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || text.empty() || end != text.data() + text.size() || number < 0)
        return std::nullopt;
    return number;
}

/// What was just done, with a way to take it back.
View done_notice(const Request& request)
{
    const auto of = number_in(request.query.get("of"));
    const bool settled = request.query.get("done") == "settled";
    if (!of || (!settled && request.query.get("done") != "reopened"))
        return View(false);
    const std::string path = "/flags/" + std::to_string(*of);
    return settled ? notice("accepted", "Settled.", path, "See it, or open it again")
                   : notice("accepted", "It is open again.");
}

} // namespace

Response Console::flags_page(Request& request)
{
    CasesPage input;
    input.filter.settled = request.query.get("settled") == "1";
    input.filter.contract = request.query.get("contract");
    input.filter.skip = static_cast<std::size_t>(number_in(request.query.get("skip")).value_or(0));
    input.contracts = visible_contracts(*request.visitor);
    input.cases = m_review.cases(viewer_of(*request.visitor), input.filter);
    View view = cases_view(input, m_clock);
    view.set("notice", done_notice(request));
    return page(request, "flags", input.filter.settled ? "Settled flags" : "Flags to settle", "flags",
                std::move(view));
}

Response Console::case_page(Request& request)
{
    const auto position = number_in(request.params.get("position"));
    if (!position)
        return not_found(request, "This flag");
    return show_case(request, *position, std::nullopt);
}

Response Console::show_case(const Request& request, std::int64_t position,
                            const std::optional<Error>& refusal)
{
    auto detail = m_review.flag_case(viewer_of(*request.visitor), position);
    if (!detail)
        return not_found(request, "This flag");
    CasePageInput input;
    input.refusal = refusal;
    if (refusal)
        input.form = request.form;
    if (detail->open && !detail->can_settle)
        input.who_can = people_who_settle(detail->contracts);
    input.detail = *std::move(detail);
    const auto title = rule_title(input.detail.flags.rule);
    View view = case_view(input, m_clock);
    view.set("notice", done_notice(request));
    return page(request, "case", refusal ? "Error: " + title : title, "flags", std::move(view),
                refusal ? status_of(*refusal) : 200);
}

/// Reviewers who see all of the contracts; where there is none, administrators.
std::vector<std::string> Console::people_who_settle(const std::vector<std::string>& contracts)
{
    std::vector<std::string> reviewers;
    std::vector<std::string> administrators;
    for (const User& user : m_accounts.list()) {
        const bool sees_all = std::all_of(contracts.begin(), contracts.end(),
                                          [&](const auto& ref) { return user.sees_contract(ref); });
        if (!user.active || !sees_all)
            continue;
        if (may(user.role, Permission::Decide))
            reviewers.push_back(user.name);
        else if (may(user.role, Permission::CloseQuarters))
            administrators.push_back(user.name);
    }
    return reviewers.empty() ? administrators : reviewers;
}

Response Console::settle(Request& request)
{
    const auto position = number_in(request.params.get("position"));
    if (!position)
        return not_found(request, "This flag");
    const auto form = read_settle_form(request.form);
    if (!form)
        return show_case(request, *position, form.error());
    const auto settled = m_review.settle(viewer_of(*request.visitor), *position, form->settlement, form->seen,
                                         request.form.get("note"));
    if (!settled)
        return show_case(request, *position, settled.error());
    return redirect_to("/flags?done=settled&of=" + std::to_string(*position));
}

Response Console::reopen(Request& request)
{
    const auto position = number_in(request.params.get("position"));
    if (!position)
        return not_found(request, "This flag");
    const auto reopened = m_review.reopen(viewer_of(*request.visitor), *position, request.form.get("note"));
    if (!reopened)
        return show_case(request, *position, reopened.error());
    const auto of = std::to_string(*position);
    return redirect_to("/flags/" + of + "?done=reopened&of=" + of);
}

} // namespace tally::server::console
