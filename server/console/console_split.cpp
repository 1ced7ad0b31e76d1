#include "server/console/console.h"
#include "server/console/split_view.h"
#include "server/http/problem.h"
#include "server/reference/reference_repository.h"

namespace tally::server::console {
namespace {

std::string queue_path(std::string_view given)
{
    const std::string path = own_path(given, "/queue");
    return path.starts_with("/queue") ? path : "/queue";
}

} // namespace

Response Console::split_page(Request& request)
{
    return show_split(request, Fields(), queue_path(request.query.get("back")), std::nullopt);
}

Response Console::show_split(const Request& request, const Fields& form, const std::string& back,
                             const std::optional<Error>& refusal)
{
    const auto id = Uuid::parse(request.params.get("id"));
    auto detail = id ? m_review.entry(viewer_of(*request.visitor), *id) : std::nullopt;
    if (!detail)
        return not_found(request, "This entry");
    if (!detail->can_split)
        return refusal_page(request,
                            {"wrong_state", detail->why_not.empty()
                                                ? "This entry cannot be divided as it stands now."
                                                : detail->why_not},
                            409);
    SplitPage input;
    input.form = form;
    input.back = back;
    input.refusal = refusal;
    const auto contracts = visible_contracts(*request.visitor);
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        for (const auto& contract : contracts)
            input.contracts.push_back(
                {contract, reference.find_framework(contract.framework, contract.framework_version)});
        const auto framework =
            reference.find_framework(detail->facts.framework, detail->facts.framework_version);
        const auto* measure = framework ? framework->find_measure(detail->facts.measure) : nullptr;
        const bool hours = detail->facts.kind == EvidenceKind::Hours;
        input.kind = measure != nullptr && !hours ? measure->kind : MeasureKind::Hours;
    }
    input.detail = *std::move(detail);
    return page(request, "split", refusal ? "Error: Divide an entry" : "Divide an entry", "queue",
                split_view(input), refusal ? status_of(*refusal) : 200);
}

Response Console::split(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    if (!id)
        return not_found(request, "This entry");
    const std::string back = queue_path(request.form.get("back"));
    if (request.form.get("do") == "add")
        return show_split(request, request.form, back, std::nullopt);
    const auto viewer = viewer_of(*request.visitor);
    const auto detail = m_review.entry(viewer, *id);
    if (!detail)
        return not_found(request, "This entry");
    const auto parts = read_split_form(request.form, detail->facts.kind == EvidenceKind::Hours);
    if (!parts)
        return show_split(request, request.form, back, parts.error());
    const auto made = m_review.split(viewer, *id, *parts, request.form.get("note"));
    if (!made)
        return show_split(request, request.form, back, made.error());
    return redirect_to("/entries/" + id->text() + "?done=split&of=" + id->text() +
                       "&back=" + percent_encoded(back));
}

} // namespace tally::server::console
