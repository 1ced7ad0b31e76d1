#include "server/console/terms_view.h"

#include "server/console/review_view.h"
#include "server/console/words.h"
#include "server/http/message.h"

#include <algorithm>
#include <map>

namespace tally::server::console {
namespace {

constexpr std::size_t quarters_max = 60;

std::string path_of(const char* page, const Contract& contract)
{
    return std::string("/") + page + "/" + percent_encoded(contract.ref);
}

const Measure* measure_of(const TermsPage& page, std::string_view code)
{
    return page.framework ? page.framework->find_measure(code) : nullptr;
}

std::string title_of(const TermsPage& page, std::string_view code)
{
    const Measure* measure = measure_of(page, code);
    return measure != nullptr ? measure->title : std::string("Not in this framework");
}

/// Measures in the framework's order; unknown codes last.
std::vector<std::string> in_order(const TermsPage& page, std::vector<std::string> codes)
{
    std::ranges::sort(codes);
    codes.erase(std::ranges::unique(codes).begin(), codes.end());
    if (!page.framework)
        return codes;
    const auto& measures = page.framework->measures;
    std::ranges::stable_sort(codes, {}, [&](const std::string& code) {
        return std::ranges::find(measures, code, &Measure::code) - measures.begin();
    });
    return codes;
}

std::vector<std::string> promised_measures(const TermsPage& page)
{
    std::vector<std::string> codes;
    for (const Target& target : page.terms.targets)
        codes.push_back(target.measure);
    return in_order(page, std::move(codes));
}

std::vector<Quarter> quarters_of(const Contract& contract)
{
    std::vector<Quarter> quarters;
    for (Quarter quarter = quarter_of(contract.starts);
         quarter <= quarter_of(contract.ends) && quarters.size() < quarters_max; quarter = next(quarter))
        quarters.push_back(quarter);
    return quarters;
}

std::string number_words(const Measure* measure, Quantity quantity)
{
    const std::string number = format_quantity_for_people(quantity);
    if (measure != nullptr && measure->kind == MeasureKind::Gbp)
        return "£" + number;
    return measure != nullptr && measure->kind == MeasureKind::Percent ? number + "%" : number;
}

std::string joined(const std::vector<std::string>& names, const char* between)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : between) + name;
    return text;
}

std::string with_first(const std::string& first, std::vector<std::string> others)
{
    others.insert(others.begin(), first);
    return joined(others, ", ");
}

View fact(std::string name, std::string text, std::string link = {})
{
    View view = object();
    view.set("name", std::move(name));
    view.set("text", std::move(text));
    set_text(view, "link", link);
    return view;
}

void set_facts(View& view, const TermsPage& page)
{
    const Contract& contract = page.terms.contract;
    ViewList facts;
    facts.push_back(fact(contract.also_suppliers.empty() ? "Supplier" : "Suppliers",
                         with_first(contract.supplier, contract.also_suppliers)));
    facts.push_back(fact(contract.also_buyers.empty() ? "Buyer" : "Buyers",
                         with_first(contract.buyer, contract.also_buyers)));
    facts.push_back(
        fact("Runs", format_date_long(contract.starts) + " to " + format_date_long(contract.ends)));
    std::vector<std::string> roles;
    for (const ContractRole role : contract.roles)
        roles.push_back(std::string(title_of(role)));
    facts.push_back(fact("Gives as", roles.empty() ? "Not stated" : joined(roles, ", ")));
    facts.push_back(fact("Reports by", words_for(contract.year_kind)));
    const std::string basis = contract.framework_basis == FrameworkBasis::ByDate
                                  ? "; chosen because its dates cover the first day"
                                  : "";
    if (page.framework)
        facts.push_back(fact("Measures",
                             page.framework->title + ", edition " + page.framework->version + basis,
                             "/frameworks/" + percent_encoded(page.framework->id) + "/" +
                                 percent_encoded(page.framework->version)));
    set_list(view, "facts", std::move(facts));
}

void set_agreement(View& view, const TermsPage& page)
{
    const auto& agreed = page.terms.contract.agreed;
    View state = object();
    state.set("name", agreed ? "accepted" : "none");
    state.set("word", agreed ? "Agreed" : "Not agreed yet");
    state.set("icon", icon(agreed ? "accepted" : "waiting"));
    view.set("state", std::move(state));
    view.set("agreed", agreed.has_value());
    std::string words = "The terms may still change. Once it is agreed, every change needs a reason.";
    if (agreed) {
        const Date day = local_date(agreed->at, page.clock->utc_offset_min(agreed->at));
        words = "On " + format_date_long(day) + " by " + page.person(agreed->by) +
                ". Terms change only with a reason, and every change is recorded.";
    }
    view.set("agreement_words", words);
    set_text(view, "reopen_path",
             page.may_reopen && agreed ? path_of("contract-reopenings", page.terms.contract) : "");
    view.set("may_agree", page.may_manage && !agreed && !page.terms.targets.empty());
}

void set_plans(View& view, const TermsPage& page)
{
    std::vector<std::string> codes;
    for (const Plan& plan : page.terms.plans)
        codes.push_back(plan.measure);
    ViewList plans;
    for (const std::string& code : in_order(page, codes)) {
        const Plan& plan = *std::ranges::find(page.terms.plans, code, &Plan::measure);
        View item = object();
        item.set("code", code);
        item.set("title", title_of(page, code));
        set_text(item, "commitment", word_for(plan.commitment));
        ViewList parts;
        const std::pair<const char*, const std::string*> texts[] = {{"What", &plan.what},
                                                                    {"How", &plan.how},
                                                                    {"Who", &plan.who},
                                                                    {"Where", &plan.where},
                                                                    {"Baseline", &plan.baseline}};
        for (const auto& [name, text] : texts)
            if (!text->empty())
                parts.push_back(fact(name, *text));
        set_list(item, "parts", std::move(parts));
        set_text(item, "change_path",
                 page.may_manage
                     ? path_of("contract-plans", page.terms.contract) + "?measure=" + percent_encoded(code)
                     : "");
        plans.push_back(std::move(item));
    }
    ViewList bare;
    for (const std::string& code : promised_measures(page)) {
        if (std::ranges::find(page.terms.plans, code, &Plan::measure) != page.terms.plans.end())
            continue;
        View item = object();
        item.set("code", code);
        item.set("title", title_of(page, code));
        item.set("path",
                 path_of("contract-plans", page.terms.contract) + "?measure=" + percent_encoded(code));
        bare.push_back(std::move(item));
    }
    set_list(view, "plans", std::move(plans));
    set_list(view, "without_plan", page.may_manage ? std::move(bare) : ViewList{});
}

/// What a line of the history is about.
std::string subject_of(const TermChange& change)
{
    static const std::map<std::string, std::string, std::less<>> subjects = {
        {"title", "Title"},
        {"supplier", "Supplier"},
        {"also_suppliers", "Further suppliers"},
        {"buyer", "Buyer"},
        {"also_buyers", "Further buyers"},
        {"starts", "First day"},
        {"ends", "Last day"},
        {"framework", "Set of measures"},
        {"roles", "Gives as"},
        {"year_kind", "Reporting years"},
        {"agreed", "Contract agreed"},
        {"reopened", "Agreement taken back"},
        {"commitment", "Core or added value of "},
        {"plan.what", "What, in the plan of "},
        {"plan.how", "How, in the plan of "},
        {"plan.who", "Who, in the plan of "},
        {"plan.where", "Where, in the plan of "},
        {"plan.baseline", "Baseline, in the plan of "}};
    if (change.field == "target") {
        const auto quarter = parse_quarter(change.period);
        return "Target of " + change.measure + ", " + (quarter ? short_quarter(*quarter) : change.period);
    }
    const auto found = subjects.find(change.field);
    return (found == subjects.end() ? change.field : found->second) + change.measure;
}

/// A value of the history as the page shows such values elsewhere.
std::string value_words(const TermsPage& page, const TermChange& change,
                        const std::optional<std::string>& value)
{
    if (!value)
        return "";
    if (change.field == "target") {
        const auto quantity = parse_quantity(*value);
        return quantity ? number_words(measure_of(page, change.measure), *quantity) : *value;
    }
    if (change.field == "starts" || change.field == "ends") {
        const auto date = parse_date(*value);
        return date ? short_date(*date) : *value;
    }
    if (change.field == "commitment")
        return *value == "core" ? word_for(Commitment::Core) : word_for(Commitment::Added);
    if (change.field == "year_kind") {
        const auto kind = year_kind_named(*value);
        return kind ? words_for(*kind) : *value;
    }
    if (change.field == "roles") {
        std::vector<std::string> words;
        std::string_view rest = *value;
        while (!rest.empty()) {
            const std::string_view name = rest.substr(0, rest.find(';'));
            const auto role = contract_role_named(trimmed(name));
            words.push_back(role ? std::string(title_of(*role)) : std::string(trimmed(name)));
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        }
        return joined(words, ", ");
    }
    return *value;
}

void set_history(View& view, const TermsPage& page)
{
    ViewList rows;
    for (const TermChange& change : page.changes) {
        View row = object();
        row.set("when", moment(change.at, *page.clock));
        row.set("who", page.person(change.by));
        row.set("what", subject_of(change));
        set_text(row, "was", value_words(page, change, change.was));
        set_text(row, "became", value_words(page, change, change.became));
        set_text(row, "why", change.reason);
        const bool is_event = change.field == "agreed" || change.field == "reopened";
        row.set("free", !is_event);
        row.set("added", !change.was && !is_event);
        row.set("gone", !change.became && !is_event);
        rows.push_back(std::move(row));
    }
    set_list(view, "history", std::move(rows));
}

void set_head(View& view, const TermsPage& page)
{
    const Contract& contract = page.terms.contract;
    view.set("ref", contract.ref);
    view.set("contract_title", contract.title);
    view.set("contract_path", path_of("contracts", contract));
    view.set("agreed", contract.agreed.has_value());
    view.set("reason_hint", contract.agreed
                                ? "The contract is agreed, so the reason stands in its history for good."
                                : "It stands in the history of the contract.");
}

} // namespace

std::string words_for(YearKind kind)
{
    switch (kind) {
    case YearKind::Calendar:
        return "Calendar years";
    case YearKind::Financial:
        return "Financial years, 1 April to 31 March";
    case YearKind::Academic:
        return "Academic years, 1 September to 31 August";
    }
    return "";
}

std::string word_for(Commitment commitment)
{
    switch (commitment) {
    case Commitment::Core:
        return "Core";
    case Commitment::Added:
        return "Added value";
    case Commitment::NotStated:
        break;
    }
    return "";
}

std::string unit_words(const Measure* measure)
{
    if (measure == nullptr)
        return "";
    switch (measure->kind) {
    case MeasureKind::Hours:
        return "hours";
    case MeasureKind::AttendeeHours:
        return "attendee hours";
    case MeasureKind::Weeks:
        return "weeks";
    case MeasureKind::PeopleFte:
        return "FTE years";
    case MeasureKind::People:
        return "people";
    case MeasureKind::Gbp:
        return "pounds";
    case MeasureKind::Percent:
        return "per cent, not added up";
    case MeasureKind::Miles:
        return "miles";
    case MeasureKind::Tco2e:
        return "tonnes of CO₂e";
    case MeasureKind::Kg:
        return "kg";
    case MeasureKind::YesNo:
        return "yes or no";
    case MeasureKind::Narrative:
        return "in words";
    case MeasureKind::Count:
        return measure->unit;
    }
    return measure->unit;
}

void set_terms(View& view, const TermsPage& page)
{
    set_agreement(view, page);
    set_facts(view, page);
    set_plans(view, page);
    set_history(view, page);
    const Contract& contract = page.terms.contract;
    view.set("may_manage", page.may_manage);
    view.set("agree_path", path_of("contract-agreements", contract));
    view.set("facts_path", path_of("contract-facts", contract));
    view.set("targets_path", path_of("contract-targets", contract));
}

View targets_view(const TermsPage& page)
{
    View view = object();
    set_head(view, page);
    const Contract& contract = page.terms.contract;
    const auto quarters = quarters_of(contract);
    ViewList heads;
    for (const Quarter quarter : quarters) {
        View head = object();
        head.set("title", short_quarter(quarter));
        heads.push_back(std::move(head));
    }
    set_list(view, "quarter_heads", std::move(heads));
    const std::string path = path_of("contract-targets", contract);
    ViewList rows;
    for (const std::string& code : promised_measures(page)) {
        const Measure* measure = measure_of(page, code);
        View row = object();
        row.set("code", code);
        row.set("title", title_of(page, code));
        row.set("unit", unit_words(measure));
        const auto plan = std::ranges::find(page.terms.plans, code, &Plan::measure);
        set_text(row, "commitment", plan != page.terms.plans.end() ? word_for(plan->commitment) : "");
        ViewList cells;
        for (const Quarter quarter : quarters) {
            const auto found = std::ranges::find_if(page.terms.targets, [&](const Target& target) {
                return target.measure == code && target.period == quarter;
            });
            const bool any = found != page.terms.targets.end();
            View cell = object();
            set_text(cell, "number", any ? number_words(measure, found->quantity) : "");
            cell.set("label", code + ", " + format_quarter_long(quarter));
            set_text(cell, "path",
                     any && page.may_manage
                         ? path + "?measure=" + percent_encoded(code) + "&quarter=" + format_quarter(quarter)
                         : "");
            cells.push_back(std::move(cell));
        }
        set_list(row, "cells", std::move(cells));
        rows.push_back(std::move(row));
    }
    set_list(view, "rows", std::move(rows));
    ViewList measures;
    if (page.framework)
        for (const Measure& measure : page.framework->measures)
            measures.push_back(choice(measure.code, measure.code + " " + measure.title, false));
    set_list(view, "measures", std::move(measures));
    ViewList options;
    for (const Quarter quarter : quarters)
        options.push_back(choice(format_quarter(quarter), format_quarter_long(quarter), false));
    set_list(view, "quarters", std::move(options));
    view.set("path", path);
    view.set("may_manage", page.may_manage && page.framework != nullptr);
    return view;
}

View target_view(const TermsPage& page, const TargetForm& form)
{
    View view = object();
    set_head(view, page);
    const Measure* measure = measure_of(page, form.measure);
    const auto found = std::ranges::find_if(page.terms.targets, [&](const Target& target) {
        return target.measure == form.measure && target.period == form.period;
    });
    const bool any = found != page.terms.targets.end();
    view.set("measure", form.measure);
    view.set("measure_title", title_of(page, form.measure));
    view.set("unit", unit_words(measure));
    view.set("is_fte", measure != nullptr && measure->kind == MeasureKind::PeopleFte);
    view.set("quarter", format_quarter(form.period));
    view.set("quarter_title", format_quarter_long(form.period));
    view.set("is_new", !any);
    set_text(view, "present", any ? number_words(measure, found->quantity) : "");
    view.set("quantity", form.typed.value_or(any ? format_quantity(found->quantity) : ""));
    view.set("reason", form.reason);
    view.set("path", path_of("contract-targets", page.terms.contract));
    return view;
}

View reopen_view(const TermsPage& page, const std::string& reason)
{
    View view = object();
    set_head(view, page);
    set_agreement(view, page);
    view.set("path", path_of("contract-reopenings", page.terms.contract));
    view.set("reason", reason);
    return view;
}

ContractFacts facts_of(const Contract& contract)
{
    return {contract.title, contract.supplier,    contract.also_suppliers,
            contract.buyer, contract.also_buyers, contract.starts,
            contract.ends,  contract.roles,       contract.year_kind};
}

View facts_view(const TermsPage& page, const ContractFacts& facts, const std::string& reason)
{
    View view = object();
    set_head(view, page);
    view.set("title", facts.title);
    view.set("supplier", facts.supplier);
    view.set("also_suppliers", joined(facts.also_suppliers, "; "));
    view.set("buyer", facts.buyer);
    view.set("also_buyers", joined(facts.also_buyers, "; "));
    view.set("starts", format_date(facts.starts));
    view.set("ends", format_date(facts.ends));
    view.set("reason", reason);
    ViewList roles;
    for (const ContractRole role :
         {ContractRole::Employer, ContractRole::Commissioner, ContractRole::Investor,
          ContractRole::ServiceProvider, ContractRole::CivicLeader})
        roles.push_back(choice(std::string(name_of(role)), std::string(title_of(role)),
                               std::ranges::find(facts.roles, role) != facts.roles.end()));
    set_list(view, "roles", std::move(roles));
    ViewList years;
    for (const YearKind kind : {YearKind::Calendar, YearKind::Financial, YearKind::Academic})
        years.push_back(choice(std::string(name_of(kind)), words_for(kind), kind == facts.year_kind));
    set_list(view, "years", std::move(years));
    view.set("path", path_of("contract-facts", page.terms.contract));
    return view;
}

View plan_view(const TermsPage& page, const Plan& plan, const std::string& reason)
{
    View view = object();
    set_head(view, page);
    view.set("measure", plan.measure);
    view.set("measure_title", title_of(page, plan.measure));
    ViewList commitments;
    for (const Commitment commitment : {Commitment::Core, Commitment::Added, Commitment::NotStated}) {
        const std::string word = word_for(commitment);
        View option = choice(std::string(name_of(commitment)), word.empty() ? "Not stated" : word,
                             plan.commitment == commitment);
        option.set("id", commitment == Commitment::NotStated ? "none" : std::string(name_of(commitment)));
        commitments.push_back(std::move(option));
    }
    set_list(view, "commitments", std::move(commitments));
    ViewList parts;
    const std::tuple<const char*, const char*, const char*, const std::string*> texts[] = {
        {"what", "What", "What will be done?", &plan.what},
        {"how", "How", "By which steps, and how is it counted?", &plan.how},
        {"who", "Who", "Who does it, with whom and for whom?", &plan.who},
        {"where", "Where", "In which places?", &plan.where},
        {"baseline", "Baseline", "What was there before, or would happen anyway?", &plan.baseline}};
    for (const auto& [name, title, hint, text] : texts) {
        View part = object();
        part.set("name", std::string(name));
        part.set("title", std::string(title));
        part.set("hint", std::string(hint));
        part.set("text", *text);
        parts.push_back(std::move(part));
    }
    set_list(view, "parts", std::move(parts));
    view.set("reason", reason);
    view.set("path", path_of("contract-plans", page.terms.contract));
    return view;
}

View report_view(const ImportReport& report)
{
    View view = object();
    view.set("ok", report.ok());
    ViewList counts;
    const auto count = [&counts](int number, const char* words) {
        View item = object();
        item.set("number", std::to_string(number));
        item.set("words", std::string(words));
        counts.push_back(std::move(item));
    };
    count(report.added, "new");
    count(report.changed, "changed");
    count(report.unchanged, "as before");
    set_list(view, "counts", std::move(counts));
    view.set("does_something", report.added + report.changed > 0);
    ViewList lines;
    for (const std::string& line : report.lines) {
        View item = object();
        item.set("text", line);
        lines.push_back(std::move(item));
    }
    set_list(view, "lines", std::move(lines));
    ViewList problems;
    bool only_locked = !report.ok();
    for (const Error& problem : report.problems) {
        View item = object();
        set_text(item, "where", problem.where);
        item.set("message", problem.message);
        problems.push_back(std::move(item));
        only_locked = only_locked && problem.code == "contract_agreed";
    }
    view.set("problem_count", counted(static_cast<std::int64_t>(report.problems.size()), "thing is wrong",
                                      "things are wrong"));
    set_list(view, "problems", std::move(problems));
    // Only then does a reason help.
    view.set("only_locked", only_locked);
    return view;
}

} // namespace tally::server::console
