#include "server/console/console.h"
#include "server/console/held_view.h"
#include "server/http/problem.h"
#include "shared/base/encoding.h"

#include <charconv>

namespace tally::server::console {
namespace {

std::string result_words(std::string_view changed, std::string_view refused)
{
    std::int64_t done = 0;
    std::int64_t left = 0;
    std::from_chars(changed.data(), changed.data() + changed.size(), done);
    std::from_chars(refused.data(), refused.data() + refused.size(), left);
    std::string words = counted(done, "value was changed.", "values were changed.");
    if (left > 0)
        words += " " + counted(left, "entry stays", "entries stay") +
                 " as before: you captured or confirmed it yourself, or it stood so already.";
    return words;
}

} // namespace

Response Console::held_page(Request& request)
{
    return page(request, "held", "Held values", "balances",
                held_view(m_review.held_groups(viewer_of(*request.visitor))));
}

Response Console::held_entries_page(Request& request)
{
    return show_held(request, std::string(request.query.get("contract")),
                     std::string(request.query.get("measure")), std::nullopt);
}

Response Console::show_held(const Request& request, const std::string& contract, const std::string& measure,
                            const std::optional<Error>& refusal)
{
    const auto viewer = viewer_of(*request.visitor);
    HeldPage input;
    for (auto& group : m_review.held_groups(viewer))
        if (group.contract == contract && group.measure == measure)
            input.group = std::move(group);
    if (input.group.contract.empty())
        return not_found(request, "This measure");
    input.entries = m_review.held_entries(viewer, contract, measure);
    input.may_change = viewer.is_administrator;
    input.refusal = refusal;
    if (refusal) {
        input.note = request.form.get("note");
        for (const auto id : request.form.all("entry"))
            input.ticked.emplace_back(id);
    }
    View view = held_measure_view(input);
    view.set("notice", request.query.find("changed")
                           ? notice("accepted",
                                    result_words(request.query.get("changed"), request.query.get("refused")))
                           : View(false));
    const std::string title = "Held values of " + measure;
    return page(request, "held-measure", refusal ? "Error: " + title : title, "balances", std::move(view),
                refusal ? status_of(*refusal) : 200);
}

Response Console::set_held(Request& request)
{
    const std::string contract(request.form.get("contract"));
    const std::string measure(request.form.get("measure"));
    const auto wanted = request.form.get("do");
    const bool release = wanted == "release" || wanted == "release-all";
    const bool all = wanted == "release-all" || wanted == "hold-all";
    const auto viewer = viewer_of(*request.visitor);
    std::vector<Uuid> entries;
    if (all) {
        for (const auto& entry : m_review.held_entries(viewer, contract, measure))
            if (entry.released != release)
                entries.push_back(entry.summary.id);
    } else {
        for (const auto text : request.form.all("entry"))
            if (const auto id = Uuid::parse(text))
                entries.push_back(*id);
    }
    const auto outcome = m_review.set_held(
        viewer, entries, release ? DecisionKind::Release : DecisionKind::Hold, request.form.get("note"));
    if (!outcome)
        return show_held(request, contract, measure, outcome.error());
    return redirect_to(held_path(contract, measure) + "&changed=" + std::to_string(outcome->changed) +
                       "&refused=" + std::to_string(outcome->refused.size()));
}

} // namespace tally::server::console
