#include "server/console/held_view.h"

#include "server/console/review_view.h"
#include "server/console/words.h"

#include <algorithm>

namespace tally::server::console {

std::string held_path(const std::string& contract, const std::string& measure)
{
    return "/held/entries?contract=" + percent_encoded(contract) + "&measure=" + percent_encoded(measure);
}

View held_view(const std::vector<HeldGroup>& groups)
{
    View view = object();
    ViewList list;
    std::string contract;
    for (const auto& group : groups) {
        View item = object();
        set_text(item, "contract", group.contract != contract ? group.contract_title : "");
        contract = group.contract;
        item.set("ref", group.contract);
        item.set("path", held_path(group.contract, group.measure));
        item.set("code", group.measure);
        item.set("title", group.measure_title);
        item.set("why", group.why);
        item.set("held", std::to_string(group.held));
        item.set("held_value", format_pounds(group.held_value));
        item.set("released", std::to_string(group.released));
        item.set("released_value", format_pounds(group.released_value));
        list.push_back(std::move(item));
    }
    set_list(view, "groups", std::move(list));
    view.set("held_icon", icon("held"));
    return view;
}

View held_measure_view(const HeldPage& page)
{
    View view = object();
    const auto& group = page.group;
    view.set("code", group.measure);
    view.set("title", group.measure_title);
    view.set("contract_title", group.contract_title);
    view.set("contract", group.contract);
    view.set("measure", group.measure);
    view.set("why", group.why);
    view.set("held", counted(group.held, "entry held", "entries held"));
    view.set("held_value", format_pounds(group.held_value));
    view.set("released", counted(group.released, "entry counts", "entries count"));
    view.set("released_value", format_pounds(group.released_value));
    view.set("may_change", page.may_change);
    view.set("any_held", group.held > 0);
    view.set("any_released", group.released > 0);
    ViewList rows;
    for (const auto& entry : page.entries) {
        const auto& summary = entry.summary;
        View row = object();
        const auto id = summary.id.text();
        row.set("id", id);
        row.set("path", "/entries/" + id);
        row.set("headline", summary.erased ? "Erased entry" : summary.headline);
        row.set("date", short_date(summary.work_date));
        row.set("quantity", summary.quantity ? amount(group.kind, *summary.quantity) : std::string());
        row.set("value", summary.value ? format_pounds(*summary.value) : std::string());
        row.set("state", state_view(summary.state));
        row.set("counts", entry.released);
        row.set("counts_icon", icon(entry.released ? "accepted" : "held"));
        row.set("ticked", std::find(page.ticked.begin(), page.ticked.end(), id) != page.ticked.end());
        row.set("may_change", page.may_change);
        rows.push_back(std::move(row));
    }
    set_list(view, "rows", std::move(rows));
    view.set("note", page.note);
    const std::string where = page.refusal ? page.refusal->where : "";
    set_text(view, "note_error", where == "note" ? page.refusal->message : "");
    ViewList errors;
    if (page.refusal) {
        View error = object();
        error.set("message", page.refusal->message);
        set_text(error, "field", where);
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
    return view;
}

} // namespace tally::server::console
