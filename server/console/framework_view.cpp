#include "server/console/framework_view.h"

#include "server/console/words.h"
#include "server/http/message.h"

#include <algorithm>

namespace tally::server::console {
namespace {

std::int64_t local_measures(const Framework& framework)
{
    return std::ranges::count_if(framework.measures,
                                 [](const Measure& measure) { return !measure.local_set.empty(); });
}

std::string path_of(const Framework& framework)
{
    return "/frameworks/" + percent_encoded(framework.id) + "/" + percent_encoded(framework.version);
}

std::string counts_as(const Measure& measure)
{
    if (!measure.proxy)
        return "No pounds";
    switch (measure.value_class) {
    case MeasureValueClass::Social:
        return "Social value";
    case MeasureValueClass::LocalEconomic:
        return "Local economic value";
    case MeasureValueClass::None:
        break;
    }
    return "No pounds";
}

std::string adds_up(Aggregate aggregate)
{
    switch (aggregate) {
    case Aggregate::Sum:
        return "";
    case Aggregate::FteYear:
        return "Counted in FTE years.";
    case Aggregate::Latest:
        return "The latest figure counts, never a sum.";
    case Aggregate::OncePerPersonPerYear:
        return "Each person counts once a year.";
    }
    return "";
}

/// "£31,285.00".
std::string grouped_pounds(Proxy proxy)
{
    std::string text = format_exact(proxy);
    const std::size_t whole = std::min(text.find('.'), text.size());
    for (std::size_t at = whole; at > 3; at -= 3)
        text.insert(at - 3, ",");
    return "£" + text;
}

std::string period_words(const Framework& framework, std::string (*words)(Date))
{
    if (!framework.effective_from && !framework.effective_to)
        return "Dates not stated";
    if (!framework.effective_from)
        return "Until " + words(*framework.effective_to);
    if (!framework.effective_to)
        return "From " + words(*framework.effective_from);
    return words(*framework.effective_from) + " to " + words(*framework.effective_to);
}

View measure_view(const Framework& framework, const Measure& measure)
{
    View view = object();
    view.set("code", measure.code);
    view.set("title", measure.title);
    const Outcome* outcome = framework.find_outcome(measure.outcome);
    view.set("outcome", outcome != nullptr ? outcome->title : measure.outcome);
    view.set("unit", measure.unit);
    set_text(view, "proxy", measure.proxy ? grouped_pounds(*measure.proxy) : "");
    view.set("queried", measure.proxy_check == ProxyCheck::Query);
    view.set("counts_as", counts_as(measure));
    set_text(view, "adds_up", adds_up(measure.aggregate));
    view.set("held", measure.hold_value);
    view.set("held_icon", icon("held"));
    set_text(view, "note", measure.note.value_or(""));
    set_text(view, "evidence", measure.evidence_hint);
    view.set("local", !measure.local_set.empty());
    return view;
}

} // namespace

View frameworks_view(const std::vector<FrameworkRow>& rows)
{
    View view = object();
    ViewList list;
    for (const FrameworkRow& row : rows) {
        const Framework& framework = *row.framework;
        View item = object();
        item.set("path", path_of(framework));
        item.set("title", framework.title);
        item.set("publisher", framework.publisher);
        item.set("version", framework.version);
        item.set("revision", std::to_string(framework.revision));
        item.set("effective", period_words(framework, short_date));
        item.set("inferred", framework.effective_basis == DateBasis::Inferred);
        item.set("measures", std::to_string(framework.measures.size()));
        const std::int64_t local = local_measures(framework);
        set_text(item, "local", local > 0 ? std::to_string(local) + " local" : "");
        item.set("contracts", std::to_string(row.contracts));
        list.push_back(std::move(item));
    }
    set_list(view, "frameworks", std::move(list));
    return view;
}

View framework_view(const Framework& framework, const std::vector<LocalSet>& local_sets)
{
    View view = object();
    view.set("title", framework.title);
    view.set("publisher", framework.publisher);
    ViewList facts;
    const auto fact = [&facts](const char* name, std::string text) {
        View item = object();
        item.set("name", std::string(name));
        item.set("text", std::move(text));
        facts.push_back(std::move(item));
    };
    fact("Edition", framework.version + ", revision " + std::to_string(framework.revision));
    fact("In force",
         period_words(framework, format_date_long) + (framework.effective_basis == DateBasis::Inferred
                                                          ? " (not printed; inferred from the document)"
                                                          : ""));
    fact("Name in files", framework.id + "@" + framework.version);
    for (const LocalSet& set : local_sets)
        if (set.is_for(framework.version))
            fact("Local measures",
                 set.title + ", " + set.publisher + ", revision " + std::to_string(set.revision));
    fact("Source", framework.source);
    fact("Rights", framework.rights);
    set_list(view, "facts", std::move(facts));
    std::vector<Theme> themes = framework.themes;
    std::ranges::stable_sort(themes, {}, &Theme::order);
    ViewList groups;
    for (const Theme& theme : themes) {
        ViewList measures;
        for (const Measure& measure : framework.measures)
            if (measure.theme == theme.id)
                measures.push_back(measure_view(framework, measure));
        if (measures.empty())
            continue;
        View group = object();
        group.set("id", "theme-" + std::to_string(groups.size() + 1));
        group.set("title", theme.title);
        set_list(group, "measures", std::move(measures));
        groups.push_back(std::move(group));
    }
    set_list(view, "groups", std::move(groups));
    return view;
}

} // namespace tally::server::console
