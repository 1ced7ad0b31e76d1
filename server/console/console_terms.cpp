#include "server/console/console.h"
#include "server/console/words.h"
#include "server/http/problem.h"
#include "server/reference/reference_repository.h"

namespace tally::server::console {
namespace {

std::vector<std::string> names_from(std::string_view text)
{
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find(';'));
        if (!trimmed(name).empty())
            names.emplace_back(trimmed(name));
        text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
    return names;
}

std::string contract_path(std::string_view ref, const char* after)
{
    return "/contracts/" + percent_encoded(ref) + after;
}

/// Browsers send line ends as two characters; they are kept as one.
std::string lines_of(std::string_view text)
{
    std::string lines(trimmed(text));
    std::erase(lines, '\r');
    return lines;
}

/// Puts a refusal beside its field, or above the form when it has none of these.
void set_errors_of_fields(View& view, const std::optional<Error>& refusal,
                          std::initializer_list<const char*> fields)
{
    std::string where;
    for (const char* field : fields) {
        const bool here = refusal && refusal->where == field;
        if (here)
            where = field;
        set_text(view, std::string(field) + "_error", here ? refusal->message : "");
    }
    set_refusal(view, refusal, where);
}

} // namespace

std::optional<TermsPage> Console::terms_page(const Request& request)
{
    const std::string_view ref = request.params.get("ref");
    if (!request.visitor->sees_contract(ref))
        return std::nullopt;
    TermsPage terms;
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        auto found = terms_of(reference, ref);
        if (!found)
            return std::nullopt;
        terms.terms = *std::move(found);
        const Contract& contract = terms.terms.contract;
        terms.framework = reference.find_framework(contract.framework, contract.framework_version);
        terms.changes = reference.term_changes(ref);
    }
    terms.person = [this](std::string_view id) { return person_name(id); };
    terms.may_reopen = request.visitor->may(Permission::ReopenContracts);
    terms.may_manage = request.visitor->may(Permission::ManageContracts);
    terms.clock = &m_clock;
    return terms;
}

ChangeAuthor Console::author_of(const Request& request) const
{
    return {request.visitor->user.id, m_clock.now(), lines_of(request.form.get("reason"))};
}

std::string Console::person_name(std::string_view id)
{
    if (id == command_line)
        return "A command on the server";
    const auto user = m_accounts.find(id);
    return user ? user->name : "Somebody who has left";
}

Response Console::agree(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    const std::string& ref = terms->terms.contract.ref;
    auto lease = m_pool.lease();
    const auto agreed = agree_contract(*lease, ref, author_of(request));
    if (!agreed)
        return refusal_page(request, agreed.error(), 409);
    return redirect_to(contract_path(ref, "?done=agreed"));
}

Response Console::reopen_page(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    return show_reopen(request, *terms, std::nullopt);
}

Response Console::show_reopen(const Request& request, const TermsPage& terms,
                              const std::optional<Error>& refusal)
{
    if (!terms.terms.contract.agreed)
        return refusal_page(request, {"not_agreed", "This contract is not agreed, so it is open already."},
                            409);
    View view = reopen_view(terms, lines_of(request.form.get("reason")));
    set_errors_of_fields(view, refusal, {"reason"});
    return page(request, "contract-reopen",
                refusal ? "Error: Take the agreement back" : "Take the agreement back", "contracts",
                std::move(view), refusal ? 422 : 200);
}

Response Console::reopen_agreement(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    const std::string& ref = terms->terms.contract.ref;
    auto lease = m_pool.lease();
    const auto reopened = reopen_contract(*lease, ref, author_of(request));
    if (!reopened)
        return show_reopen(request, *terms, reopened.error());
    return redirect_to(contract_path(ref, "?done=reopened"));
}

Response Console::targets_page(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    const std::string_view measure = request.query.get("measure");
    const auto quarter = parse_quarter(request.query.get("quarter"));
    if (terms->may_manage && !measure.empty() && quarter)
        return show_target(request, *terms, {std::string(measure), *quarter, std::nullopt, ""}, std::nullopt);
    return page(request, "contract-targets", "Targets", "contracts", targets_view(*terms));
}

Response Console::show_target(const Request& request, const TermsPage& terms, const TargetForm& form,
                              const std::optional<Error>& refusal)
{
    if (!terms.framework || terms.framework->find_measure(form.measure) == nullptr)
        return not_found(request, "This measure");
    View view = target_view(terms, form);
    set_errors_of_fields(view, refusal, {"quantity", "reason"});
    const std::string title = "Target for " + form.measure;
    return page(request, "contract-target", refusal ? "Error: " + title : title, "contracts", std::move(view),
                refusal ? 422 : 200);
}

Response Console::change_target(Request& request)
{
    const auto terms = terms_page(request);
    const auto quarter = parse_quarter(request.form.get("quarter"));
    if (!terms || !quarter)
        return not_found(request, "This contract");
    const std::string typed(trimmed(request.form.get("quantity")));
    const TargetForm form{std::string(request.form.get("measure")), *quarter, typed,
                          lines_of(request.form.get("reason"))};
    std::optional<Quantity> quantity;
    if (request.form.get("action") != "remove") {
        const auto parsed = parse_quantity(typed);
        if (!parsed)
            return show_target(request, *terms, form,
                               Error{parsed.error().code, parsed.error().message, "quantity"});
        quantity = *parsed;
    }
    const std::string& ref = terms->terms.contract.ref;
    auto lease = m_pool.lease();
    const auto changed =
        server::change_target(*lease, ref, form.measure, form.period, quantity, author_of(request));
    if (!changed)
        return show_target(request, *terms, form, changed.error());
    return redirect_to(contract_path(ref, "?done=changed"));
}

Response Console::facts_page(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    return show_facts(request, *terms, facts_of(terms->terms.contract), std::nullopt);
}

Response Console::show_facts(const Request& request, const TermsPage& terms, const ContractFacts& facts,
                             const std::optional<Error>& refusal)
{
    View view = facts_view(terms, facts, lines_of(request.form.get("reason")));
    if (request.method == Method::Post) {
        view.set("starts", std::string(request.form.get("starts")));
        view.set("ends", std::string(request.form.get("ends")));
    }
    set_errors_of_fields(view, refusal, {"title", "supplier", "buyer", "starts", "ends", "reason"});
    return page(request, "contract-facts", refusal ? "Error: Change the terms" : "Change the terms",
                "contracts", std::move(view), refusal ? 422 : 200);
}

Response Console::change_facts(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    ContractFacts facts = facts_of(terms->terms.contract);
    facts.title = trimmed(request.form.get("title"));
    facts.supplier = trimmed(request.form.get("supplier"));
    facts.buyer = trimmed(request.form.get("buyer"));
    facts.also_suppliers = names_from(request.form.get("also_suppliers"));
    facts.also_buyers = names_from(request.form.get("also_buyers"));
    facts.roles.clear();
    for (const std::string_view name : request.form.all("role"))
        if (const auto role = contract_role_named(name))
            facts.roles.push_back(*role);
    facts.year_kind = year_kind_named(request.form.get("year_kind")).value_or(facts.year_kind);
    std::optional<Error> refusal;
    for (const auto& [field, date] : {std::pair{"starts", &facts.starts}, std::pair{"ends", &facts.ends}}) {
        const auto parsed = parse_date(trimmed(request.form.get(field)));
        if (parsed)
            *date = *parsed;
        else
            refusal = Error{parsed.error().code, parsed.error().message, field};
    }
    if (refusal)
        return show_facts(request, *terms, facts, refusal);
    const std::string& ref = terms->terms.contract.ref;
    auto lease = m_pool.lease();
    const auto changed = change_contract(*lease, ref, facts, author_of(request));
    if (!changed)
        return show_facts(request, *terms, facts, changed.error());
    return redirect_to(contract_path(ref, "?done=changed"));
}

Response Console::plan_page(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    const std::string measure(request.query.get("measure"));
    const auto& plans = terms->terms.plans;
    const auto known = std::ranges::find(plans, measure, &Plan::measure);
    Plan plan;
    plan.measure = measure;
    return show_plan(request, *terms, known != plans.end() ? *known : plan, std::nullopt);
}

Response Console::show_plan(const Request& request, const TermsPage& terms, const Plan& plan,
                            const std::optional<Error>& refusal)
{
    if (!terms.framework || terms.framework->find_measure(plan.measure) == nullptr)
        return not_found(request, "This measure");
    View view = plan_view(terms, plan, lines_of(request.form.get("reason")));
    set_errors_of_fields(view, refusal, {"reason"});
    const std::string title = "Delivery plan of " + plan.measure;
    return page(request, "contract-plan", refusal ? "Error: " + title : title, "contracts", std::move(view),
                refusal ? 422 : 200);
}

Response Console::change_plan(Request& request)
{
    const auto terms = terms_page(request);
    if (!terms)
        return not_found(request, "This contract");
    Plan plan;
    plan.measure = request.form.get("measure");
    for (const Commitment commitment : {Commitment::Core, Commitment::Added})
        if (request.form.get("commitment") == name_of(commitment))
            plan.commitment = commitment;
    plan.what = lines_of(request.form.get("what"));
    plan.how = lines_of(request.form.get("how"));
    plan.who = lines_of(request.form.get("who"));
    plan.where = lines_of(request.form.get("where"));
    plan.baseline = lines_of(request.form.get("baseline"));
    const std::string& ref = terms->terms.contract.ref;
    auto lease = m_pool.lease();
    const auto changed = server::change_plan(*lease, ref, plan, author_of(request));
    if (!changed)
        return show_plan(request, *terms, plan, changed.error());
    return redirect_to(contract_path(ref, "?done=changed"));
}

} // namespace tally::server::console
