#include "server/reference/contract_check.h"

#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

#include <algorithm>

namespace tally::server {

namespace {

constexpr std::size_t text_max = 200;

} // namespace

ContractChecker::ContractChecker(ReferenceRepository& repository, const Clock& clock,
                                 const ContractImport& options, ImportReport& report)
    : m_repository(repository), m_clock(clock), m_options(options), m_report(report)
{
}

Place ContractChecker::check(const PlaceDraft& draft)
{
    Place place{reference(draft.id), text(draft.title)};
    if (!m_places.emplace(place.id, 0).second)
        refuse("duplicate", "This place stands here twice.", draft.id);
    return place;
}

CheckedContract ContractChecker::check(const ContractDraft& draft)
{
    CheckedContract made;
    made.where = draft.ref.where;
    Contract& contract = made.terms.contract;
    contract.ref = reference(draft.ref);
    if (!m_contracts.emplace(contract.ref, 0).second)
        refuse("duplicate", "The contract " + contract.ref + " stands here twice.", draft.ref);
    const auto known = terms_of(m_repository, contract.ref);
    if (known)
        contract = known->contract; // what the file leaves out stays
    contract.title = text(draft.title);
    contract.supplier = text(draft.supplier);
    contract.buyer = text(draft.buyer);
    contract.starts = date(draft.starts);
    contract.ends = date(draft.ends);
    if (parse_date(draft.starts.text) && parse_date(draft.ends.text) && contract.ends < contract.starts)
        refuse("out_of_order", "The last day is before the first day.", draft.ends);
    if (draft.also_suppliers)
        contract.also_suppliers = names(*draft.also_suppliers);
    if (draft.also_buyers)
        contract.also_buyers = names(*draft.also_buyers);
    if (draft.roles)
        contract.roles = roles(*draft.roles);
    if (!draft.year_kind.text.empty())
        contract.year_kind = year_kind(draft.year_kind);
    const auto framework = choose_framework(draft, known ? &*known : nullptr, contract);
    check_terms(draft, known ? &*known : nullptr, framework.get(), made.terms);
    for (const EventDraft& event : draft.events)
        made.events.push_back(check(event, contract.ref));
    return made;
}

void ContractChecker::refuse(std::string code, std::string message, const Cell& where)
{
    m_report.problems.push_back({std::move(code), std::move(message), where.where});
}

std::string ContractChecker::reference(const Cell& cell)
{
    if (!is_reference(cell.text))
        refuse("bad_reference",
               "A reference has 1 to 64 letters, digits, full stops, hyphens, underscores and slashes.",
               cell);
    return cell.text;
}

std::string ContractChecker::text(const Cell& cell)
{
    if (cell.text.empty())
        refuse("missing_text", "This must not be empty.", cell);
    else if (utf8_length(cell.text) > text_max)
        refuse("too_long", "This has 200 characters at most.", cell);
    return cell.text;
}

std::string ContractChecker::long_text(const Cell& cell)
{
    if (utf8_length(cell.text) > plan_length_max)
        refuse("too_long", "This has 2,000 characters at most.", cell);
    return cell.text;
}

Date ContractChecker::date(const Cell& cell)
{
    const auto parsed = parse_date(cell.text);
    if (!parsed)
        refuse(parsed.error().code, parsed.error().message, cell);
    return parsed ? *parsed : Date{};
}

Timestamp ContractChecker::moment(const Cell& day, const Cell& time)
{
    const Date local = date(day);
    const auto minute = parse_minute_of_day(time.text);
    if (!minute) {
        refuse(minute.error().code, minute.error().message, time);
        return {};
    }
    const std::int64_t local_ms = (days_from_date(local) * 1440 + *minute) * 60'000;
    // Close enough to ask for the offset: clocks change at night, when no event begins.
    const std::int64_t offset_ms = std::int64_t{m_clock.utc_offset_min(Timestamp{local_ms})} * 60'000;
    return Timestamp{local_ms - offset_ms};
}

std::vector<std::string> ContractChecker::names(const std::vector<Cell>& cells)
{
    std::vector<std::string> found;
    if (cells.size() > parties_max) {
        refuse("too_many", "A contract has 20 further suppliers or buyers at most.", cells.back());
        return found;
    }
    for (const Cell& cell : cells) {
        const std::string name = text(cell);
        // Names are shown and typed with semicolons between them.
        if (name.find(';') != std::string::npos)
            refuse("bad_name", "A name cannot have a semicolon.", cell);
        found.push_back(name);
    }
    return found;
}

std::vector<ContractRole> ContractChecker::roles(const std::vector<Cell>& cells)
{
    std::vector<ContractRole> found;
    for (const Cell& cell : cells) {
        if (const auto role = contract_role_named(cell.text))
            found.push_back(*role);
        else
            refuse("unknown_word",
                   "\"" + cell.text +
                       "\" is not one of: employer, commissioner, investor, service_provider, civic_leader.",
                   cell);
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

YearKind ContractChecker::year_kind(const Cell& cell)
{
    const auto kind = year_kind_named(cell.text);
    if (!kind)
        refuse("unknown_word", "\"" + cell.text + "\" is not one of: calendar, financial, academic.", cell);
    return kind.value_or(YearKind::Calendar);
}

std::string ContractChecker::frameworks_here()
{
    std::string here;
    for (const FrameworkListing& listing : m_repository.frameworks())
        here += (here.empty() ? "" : "; ") + listing.id + "@" + listing.version;
    return here;
}

ContractChecker::KnownFramework
ContractChecker::named_framework(const std::string& id, const std::string& version, const Cell& where)
{
    auto& known = m_frameworks[id + "@" + version];
    if (!known)
        known = m_repository.find_framework(id, version);
    if (!known)
        refuse("unknown_framework",
               "There is no framework " + id + " " + version +
                   ". Load it with \"framework import\"; here are: " + frameworks_here() + ".",
               where);
    return known;
}

ContractChecker::KnownFramework ContractChecker::edition_by_date(const std::string& id, Date day,
                                                                 const Cell& where)
{
    if (m_all.empty())
        for (const FrameworkListing& listing : m_repository.frameworks())
            m_all.push_back(*m_repository.find_framework(listing.id, listing.version));
    std::vector<Framework> candidates;
    std::ranges::copy_if(m_all, std::back_inserter(candidates),
                         [&](const Framework& framework) { return id.empty() || framework.id == id; });
    if (candidates.empty()) {
        refuse("unknown_framework", "There is no framework " + id + "; here are: " + frameworks_here() + ".",
               where);
        return nullptr;
    }
    // A set of one edition needs no dates to be found.
    if (!id.empty() && candidates.size() == 1)
        return std::make_shared<const Framework>(candidates.front());
    const auto chosen = framework_for_day(candidates, day);
    if (!chosen) {
        refuse(chosen.error().code,
               chosen.error().message +
                   " Name it in the file, or with --framework ID@VERSION when you load the file.",
               where);
        return nullptr;
    }
    return std::make_shared<const Framework>(**chosen);
}

ContractChecker::KnownFramework
ContractChecker::choose_framework(const ContractDraft& draft, const ContractTerms* known, Contract& contract)
{
    std::string id = draft.framework.text;
    std::string version = draft.framework_version.text;
    const Cell& where = draft.framework.where.empty() ? draft.ref : draft.framework;
    const char* how = nullptr;
    if (id.empty() && !version.empty())
        refuse("missing_text", "A version is named without the framework that it is of.", where);
    if (id.empty() && !m_options.framework.empty()) {
        const std::size_t at = m_options.framework.find('@');
        id = m_options.framework.substr(0, at);
        version = at == std::string::npos ? "" : m_options.framework.substr(at + 1);
        how = "named with --framework";
    }
    KnownFramework framework;
    if (id.empty() && known != nullptr) {
        framework = named_framework(known->contract.framework, known->contract.framework_version, where);
        how = "as before, because the file names none";
    } else if (!id.empty() && !version.empty()) {
        framework = named_framework(id, version, where);
        contract.framework_basis = FrameworkBasis::Named;
    } else {
        // Without a first day there is no day to choose by, and that was refused already.
        if (!parse_date(draft.starts.text))
            return nullptr;
        framework = edition_by_date(id, contract.starts, where);
        contract.framework_basis = FrameworkBasis::ByDate;
        how = "chosen because its dates cover the contract's first day";
    }
    if (!framework)
        return nullptr;
    contract.framework = framework->id;
    contract.framework_version = framework->version;
    if (how != nullptr)
        m_report.lines.push_back("contract " + contract.ref + ": framework " + framework->id + " " +
                                 framework->version + ", " + how);
    return framework;
}

void ContractChecker::check_terms(const ContractDraft& draft, const ContractTerms* known,
                                  const Framework* framework, ContractTerms& terms)
{
    if (draft.targets) {
        for (const TargetDraft& target : *draft.targets)
            terms.targets.push_back(check(target, framework, terms));
    } else if (known != nullptr) {
        terms.targets = known->targets;
    }
    if (draft.plans) {
        for (const PlanDraft& plan : *draft.plans)
            terms.plans.push_back(check(plan, framework, terms));
    } else if (known != nullptr) {
        terms.plans = known->plans;
    }
    check_kept(draft, framework, terms);
}

/// Targets and plans that the file does not mention must still fit the dates and framework that it does.
void ContractChecker::check_kept(const ContractDraft& draft, const Framework* framework,
                                 const ContractTerms& terms)
{
    if (!draft.targets) {
        for (const Target& target : terms.targets) {
            measure_exists(framework, target.measure, draft.ref);
            if (last_day(target.period) < terms.contract.starts ||
                terms.contract.ends < first_day(target.period))
                refuse("target_outside",
                       "The target for " + target.measure + " in " + format_quarter(target.period) +
                           ", which is here already, would lie outside the contract. Name the targets in "
                           "the file.",
                       draft.ends);
        }
    }
    if (!draft.plans)
        for (const Plan& plan : terms.plans)
            measure_exists(framework, plan.measure, draft.ref);
}

void ContractChecker::measure_exists(const Framework* framework, const std::string& measure,
                                     const Cell& where)
{
    if (framework != nullptr && !measure.empty() && framework->find_measure(measure) == nullptr)
        refuse("unknown_measure",
               "There is no measure " + measure + " in " + framework->title + ", edition " +
                   framework->version + ".",
               where);
}

Target ContractChecker::check(const TargetDraft& draft, const Framework* framework,
                              const ContractTerms& so_far)
{
    Target target;
    target.measure = text(draft.measure);
    measure_exists(framework, target.measure, draft.measure);
    if (const auto quarter = parse_quarter(draft.period.text)) {
        target.period = *quarter;
        if (last_day(*quarter) < so_far.contract.starts || so_far.contract.ends < first_day(*quarter))
            refuse("out_of_contract", "The contract does not run in this quarter.", draft.period);
    } else {
        refuse(quarter.error().code, quarter.error().message, draft.period);
    }
    if (const auto quantity = parse_quantity(draft.quantity.text))
        target.quantity = *quantity;
    else
        refuse(quantity.error().code, quantity.error().message, draft.quantity);
    for (const Target& other : so_far.targets) {
        if (other.measure == target.measure && other.period == target.period)
            refuse("duplicate", "This measure has a target for this quarter already.", draft.measure);
    }
    return target;
}

Plan ContractChecker::check(const PlanDraft& draft, const Framework* framework, const ContractTerms& so_far)
{
    Plan plan;
    plan.measure = text(draft.measure);
    measure_exists(framework, plan.measure, draft.measure);
    const std::string& word = draft.commitment.text;
    if (word == name_of(Commitment::Core))
        plan.commitment = Commitment::Core;
    else if (word == name_of(Commitment::Added))
        plan.commitment = Commitment::Added;
    else if (!word.empty())
        refuse("unknown_word", "\"" + word + "\" is not one of: core, added.", draft.commitment);
    plan.what = long_text(draft.what);
    plan.how = long_text(draft.how);
    plan.who = long_text(draft.who);
    plan.where = long_text(draft.location);
    plan.baseline = long_text(draft.baseline);
    if (std::ranges::find(so_far.plans, plan.measure, &Plan::measure) != so_far.plans.end())
        refuse("duplicate", "This measure has a plan already.", draft.measure);
    return plan;
}

Event ContractChecker::check(const EventDraft& draft, const std::string& contract)
{
    Event event;
    event.id = reference(draft.id);
    event.contract = contract;
    event.title = text(draft.title);
    event.place = draft.place.text;
    if (!event.place.empty() && !m_places.contains(event.place) && !m_repository.find_place(event.place))
        refuse("unknown_place", "There is no place " + event.place + ".", draft.place);
    event.starts_at = moment(draft.date, draft.start);
    event.ends_at = moment(draft.date, draft.end);
    // An event that ends after midnight ends on the next day.
    if (event.ends_at <= event.starts_at)
        event.ends_at.ms += 24LL * 60 * 60 * 1000;
    if (!m_events.emplace(event.id, 0).second)
        refuse("duplicate", "The event " + event.id + " stands here twice.", draft.id);
    if (const auto known = m_repository.find_event(event.id); known && known->contract != contract)
        refuse("event_taken", "The event " + event.id + " belongs to the contract " + known->contract + ".",
               draft.id);
    return event;
}

} // namespace tally::server
