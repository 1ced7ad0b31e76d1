#include "server/reference/contract_terms.h"

#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::server {

namespace {

constexpr std::size_t told_max = 5;

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : "; ") + name;
    return text;
}

std::string joined(const std::vector<ContractRole>& roles)
{
    std::string text;
    for (const ContractRole role : roles)
        text += (text.empty() ? "" : "; ") + std::string(name_of(role));
    return text;
}

std::optional<std::string> unless_empty(std::string text)
{
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

class Differences
{
public:
    void field(const char* name, std::string was, std::string becomes, const std::string& measure = {},
               const std::string& period = {})
    {
        if (was == becomes)
            return;
        TermChange change;
        change.field = name;
        change.measure = measure;
        change.period = period;
        change.was = unless_empty(std::move(was));
        change.became = unless_empty(std::move(becomes));
        m_changes.push_back(std::move(change));
    }

    void contracts(const Contract& was, const Contract& becomes)
    {
        field("title", was.title, becomes.title);
        field("supplier", was.supplier, becomes.supplier);
        field("also_suppliers", joined(was.also_suppliers), joined(becomes.also_suppliers));
        field("buyer", was.buyer, becomes.buyer);
        field("also_buyers", joined(was.also_buyers), joined(becomes.also_buyers));
        field("starts", format_date(was.starts), format_date(becomes.starts));
        field("ends", format_date(was.ends), format_date(becomes.ends));
        field("framework", was.framework + "@" + was.framework_version,
              becomes.framework + "@" + becomes.framework_version);
        field("roles", joined(was.roles), joined(becomes.roles));
        field("year_kind", std::string(name_of(was.year_kind)), std::string(name_of(becomes.year_kind)));
    }

    void plans(const Plan& was, const Plan& becomes)
    {
        const std::string& measure = becomes.measure.empty() ? was.measure : becomes.measure;
        field("commitment", std::string(name_of(was.commitment)), std::string(name_of(becomes.commitment)),
              measure);
        field("plan.what", was.what, becomes.what, measure);
        field("plan.how", was.how, becomes.how, measure);
        field("plan.who", was.who, becomes.who, measure);
        field("plan.where", was.where, becomes.where, measure);
        field("plan.baseline", was.baseline, becomes.baseline, measure);
    }

    std::vector<TermChange> take() { return std::move(m_changes); }

private:
    std::vector<TermChange> m_changes;
};

const Target* find_target(const std::vector<Target>& targets, std::string_view measure, Quarter period)
{
    const auto found = std::ranges::find_if(
        targets, [&](const Target& target) { return target.measure == measure && target.period == period; });
    return found == targets.end() ? nullptr : &*found;
}

const Plan* find_plan(const std::vector<Plan>& plans, std::string_view measure)
{
    const auto found = std::ranges::find(plans, measure, &Plan::measure);
    return found == plans.end() ? nullptr : &*found;
}

bool says_nothing(const Plan& plan)
{
    Plan empty;
    empty.measure = plan.measure;
    return plan == empty;
}

void write(ReferenceRepository& repository, const ContractTerms* known, const ContractTerms& terms)
{
    const std::string& ref = terms.contract.ref;
    if (known == nullptr || known->contract != terms.contract)
        repository.put_contract(terms.contract);
    if (known != nullptr) {
        for (const Target& target : known->targets)
            if (find_target(terms.targets, target.measure, target.period) == nullptr)
                repository.remove_target(ref, target.measure, target.period);
        for (const Plan& plan : known->plans)
            if (find_plan(terms.plans, plan.measure) == nullptr)
                repository.remove_plan(ref, plan.measure);
    }
    for (const Target& target : terms.targets)
        if (known == nullptr || std::ranges::find(known->targets, target) == known->targets.end())
            repository.put_target(ref, target);
    for (const Plan& plan : terms.plans)
        if (known == nullptr || std::ranges::find(known->plans, plan) == known->plans.end())
            repository.put_plan(ref, plan);
}

Error no_contract(std::string_view ref)
{
    return {"not_found", "There is no contract " + std::string(ref) + "."};
}

std::optional<Error> reason_problem(const ChangeAuthor& author)
{
    if (trimmed(author.reason).empty())
        return Error{"reason_missing", "Say why. The reason stands in the contract's history.", "reason"};
    return std::nullopt;
}

std::optional<Error> measure_problem(ReferenceRepository& repository, const Contract& contract,
                                     std::string_view measure)
{
    const auto framework = repository.find_framework(contract.framework, contract.framework_version);
    if (framework && framework->find_measure(measure) != nullptr)
        return std::nullopt;
    return Error{"unknown_measure",
                 "There is no measure " + std::string(measure) + " in the contract's framework.", "measure"};
}

/// Reads the terms, lets `edit` change them or refuse, and stores them.
template <typename Edit>
Result<void> edited(storage::Database& database, std::string_view ref, const ChangeAuthor& author, Edit edit)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    auto terms = terms_of(repository, ref);
    if (!terms)
        return no_contract(ref);
    if (auto problem = reason_problem(author))
        return *problem;
    if (auto problem = edit(repository, *terms))
        return *problem;
    const auto stored = store_terms(repository, *terms, author);
    if (!stored)
        return stored.error();
    if (stored->empty())
        return Error{"unchanged", "That is what it was already, so nothing was changed."};
    transaction.commit();
    return {};
}

} // namespace

std::optional<ContractTerms> terms_of(ReferenceRepository& repository, std::string_view ref)
{
    auto contract = repository.find_contract(ref);
    if (!contract)
        return std::nullopt;
    return ContractTerms{*std::move(contract), repository.targets(ref), repository.plans(ref)};
}

std::vector<TermChange> differences(const ContractTerms& was, const ContractTerms& becomes)
{
    Differences found;
    found.contracts(was.contract, becomes.contract);
    for (const Target& target : was.targets) {
        const Target* now = find_target(becomes.targets, target.measure, target.period);
        found.field("target", format_quantity(target.quantity),
                    now != nullptr ? format_quantity(now->quantity) : "", target.measure,
                    format_quarter(target.period));
    }
    for (const Target& target : becomes.targets)
        if (find_target(was.targets, target.measure, target.period) == nullptr)
            found.field("target", "", format_quantity(target.quantity), target.measure,
                        format_quarter(target.period));
    for (const Plan& plan : was.plans) {
        const Plan* now = find_plan(becomes.plans, plan.measure);
        found.plans(plan, now != nullptr ? *now : Plan{});
    }
    for (const Plan& plan : becomes.plans)
        if (find_plan(was.plans, plan.measure) == nullptr)
            found.plans(Plan{}, plan);
    return found.take();
}

std::string in_words(const TermChange& change)
{
    std::string subject = change.field;
    if (!change.measure.empty())
        subject += " " + change.measure;
    if (!change.period.empty())
        subject += ", " + change.period;
    if (!change.was)
        return subject + ": " + change.became.value_or("") + " is new";
    if (!change.became)
        return subject + ": " + *change.was + " is dropped";
    return subject + ": " + *change.was + " becomes " + *change.became;
}

Result<std::vector<TermChange>> store_terms(ReferenceRepository& repository, const ContractTerms& terms,
                                            const ChangeAuthor& author)
{
    const auto known = terms_of(repository, terms.contract.ref);
    if (!known) {
        write(repository, nullptr, terms);
        return std::vector<TermChange>();
    }
    ContractTerms becomes = terms;
    becomes.contract.agreed = known->contract.agreed;
    auto changes = differences(*known, becomes);
    const std::string reason(trimmed(author.reason));
    if (utf8_length(reason) > reason_length_max)
        return Error{"too_long", "A reason has 500 characters at most.", "reason"};
    if (!changes.empty() && known->contract.agreed && reason.empty()) {
        std::string told;
        for (std::size_t i = 0; i < std::min(changes.size(), told_max); ++i)
            told += (told.empty() ? "" : "; ") + in_words(changes[i]);
        if (changes.size() > told_max)
            told += "; and " + std::to_string(changes.size() - told_max) + " more";
        return Error{"contract_agreed",
                     "The contract " + known->contract.ref +
                         " is agreed, so its terms are locked. This would change " + told +
                         ". Give a reason to make it a recorded change.",
                     "reason"};
    }
    write(repository, &*known, becomes);
    for (TermChange& change : changes) {
        change.contract = known->contract.ref;
        change.at = author.at;
        change.by = author.by;
        change.reason = reason;
        repository.append_term_change(change);
    }
    return changes;
}

Result<Agreement> agree_contract(storage::Database& database, std::string_view ref,
                                 const ChangeAuthor& author)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    const auto terms = terms_of(repository, ref);
    if (!terms)
        return no_contract(ref);
    if (terms->contract.agreed)
        return Error{"already_agreed", "The contract " + terms->contract.ref + " was agreed before."};
    if (terms->targets.empty())
        return Error{"nothing_to_agree", "The contract " + terms->contract.ref +
                                             " promises nothing yet. Load its targets first, then agree it."};
    const Agreement agreement{author.at, author.by};
    repository.set_agreed(ref, agreement);
    TermChange change;
    change.contract = terms->contract.ref;
    change.at = author.at;
    change.by = author.by;
    change.field = "agreed";
    change.became = counted(static_cast<std::int64_t>(terms->targets.size()), "target", "targets");
    change.reason = trimmed(author.reason);
    repository.append_term_change(change);
    transaction.commit();
    return agreement;
}

Result<void> reopen_contract(storage::Database& database, std::string_view ref, const ChangeAuthor& author)
{
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    const auto contract = repository.find_contract(ref);
    if (!contract)
        return no_contract(ref);
    if (!contract->agreed)
        return Error{"not_agreed",
                     "The contract " + contract->ref + " is not agreed, so it is open already."};
    if (auto problem = reason_problem(author))
        return *problem;
    TermChange change;
    change.reason = trimmed(author.reason);
    if (utf8_length(change.reason) > reason_length_max)
        return Error{"too_long", "A reason has 500 characters at most.", "reason"};
    repository.set_agreed(ref, std::nullopt);
    change.contract = contract->ref;
    change.at = author.at;
    change.by = author.by;
    change.field = "reopened";
    repository.append_term_change(change);
    transaction.commit();
    return {};
}

Result<void> change_target(storage::Database& database, std::string_view ref, std::string_view measure,
                           Quarter period, std::optional<Quantity> quantity, const ChangeAuthor& author)
{
    return edited(
        database, ref, author,
        [&](ReferenceRepository& repository, ContractTerms& terms) -> std::optional<Error> {
            if (quantity) {
                if (auto problem = measure_problem(repository, terms.contract, measure))
                    return problem;
                if (last_day(period) < terms.contract.starts || terms.contract.ends < first_day(period))
                    return Error{"out_of_contract", "The contract does not run in this quarter.", "period"};
            }
            std::erase_if(terms.targets, [&](const Target& target) {
                return target.measure == measure && target.period == period;
            });
            if (quantity)
                terms.targets.push_back({std::string(measure), period, *quantity});
            return std::nullopt;
        });
}

Result<void> change_contract(storage::Database& database, std::string_view ref, const ContractFacts& facts,
                             const ChangeAuthor& author)
{
    return edited(database, ref, author,
                  [&](ReferenceRepository&, ContractTerms& terms) -> std::optional<Error> {
                      const std::pair<const char*, const std::string*> texts[] = {
                          {"title", &facts.title}, {"supplier", &facts.supplier}, {"buyer", &facts.buyer}};
                      for (const auto& [field, text] : texts) {
                          if (trimmed(*text).empty())
                              return Error{"missing_text", "This must not be empty.", field};
                          if (utf8_length(*text) > 200)
                              return Error{"too_long", "This has 200 characters at most.", field};
                      }
                      if (facts.ends < facts.starts)
                          return Error{"out_of_order", "The last day is before the first day.", "ends"};
                      for (const Target& target : terms.targets)
                          if (last_day(target.period) < facts.starts || facts.ends < first_day(target.period))
                              return Error{"target_outside",
                                           "The target for " + target.measure + " in " +
                                               format_quarter_long(target.period) +
                                               " would lie outside the contract. Remove it first.",
                                           facts.ends < first_day(target.period) ? "ends" : "starts"};
                      Contract& contract = terms.contract;
                      contract.title = trimmed(facts.title);
                      contract.supplier = trimmed(facts.supplier);
                      contract.also_suppliers = facts.also_suppliers;
                      contract.buyer = trimmed(facts.buyer);
                      contract.also_buyers = facts.also_buyers;
                      contract.starts = facts.starts;
                      contract.ends = facts.ends;
                      contract.roles = facts.roles;
                      std::ranges::sort(contract.roles);
                      contract.roles.erase(std::unique(contract.roles.begin(), contract.roles.end()),
                                           contract.roles.end());
                      contract.year_kind = facts.year_kind;
                      return std::nullopt;
                  });
}

Result<void> change_plan(storage::Database& database, std::string_view ref, const Plan& plan,
                         const ChangeAuthor& author)
{
    return edited(
        database, ref, author,
        [&](ReferenceRepository& repository, ContractTerms& terms) -> std::optional<Error> {
            if (auto problem = measure_problem(repository, terms.contract, plan.measure))
                return problem;
            const std::pair<const char*, const std::string*> texts[] = {{"what", &plan.what},
                                                                        {"how", &plan.how},
                                                                        {"who", &plan.who},
                                                                        {"where", &plan.where},
                                                                        {"baseline", &plan.baseline}};
            for (const auto& [field, text] : texts)
                if (utf8_length(*text) > plan_length_max)
                    return Error{"too_long", "This has 2,000 characters at most.", field};
            std::erase_if(terms.plans, [&](const Plan& other) { return other.measure == plan.measure; });
            if (!says_nothing(plan))
                terms.plans.push_back(plan);
            return std::nullopt;
        });
}

} // namespace tally::server
