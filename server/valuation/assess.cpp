#include "server/valuation/assess.h"

#include "shared/framework/valuation.h"

namespace tally::server {
namespace {

/// Null for an entry without a contract.
Result<const Contract*> contract_for(const std::string& ref, const ReferenceSnapshot& reference,
                                     EntryFacts& facts)
{
    if (ref.empty())
        return nullptr;
    const Contract* contract = reference.find_contract(ref);
    if (contract == nullptr)
        return Error{"contract_unknown",
                     "The server has no contract \"" + ref +
                         "\". Choose another contract, or ask the administrator to load it.",
                     "about.contract"};
    facts.framework = contract->framework;
    facts.framework_version = contract->framework_version;
    return contract;
}

Result<const Framework*> framework_for(const Contract& contract, const ReferenceSnapshot& reference,
                                       EntryFacts& facts)
{
    const Framework* framework = reference.framework_of(contract);
    if (framework == nullptr)
        return Error{"framework_unknown",
                     "The contract's framework is not loaded on the server. Tell the administrator.",
                     "about.contract"};
    facts.framework_revision = framework->revision;
    return framework;
}

Result<void> freeze(const ValuationFacts& evidence, const Framework& framework, EntryFacts& facts)
{
    if (evidence.measure.empty()) {
        const bool residents = evidence.whose_time == WhoseTime::Residents;
        facts.value_class = name_of(residents ? ValueClass::Community : ValueClass::None);
        return {};
    }
    const auto valuation = value_evidence(evidence, framework);
    if (!valuation.problems.empty())
        return valuation.problems.front();
    facts.quantity = valuation.quantity;
    facts.proxy = valuation.proxy;
    facts.value = valuation.value;
    facts.value_class = name_of(valuation.value_class);
    facts.held = valuation.held;
    const auto* measure = framework.find_measure(evidence.measure);
    if (valuation.aggregate == Aggregate::Latest || (measure != nullptr && !is_additive(measure->kind))) {
        facts.counting = Counting::Latest;
        facts.until = evidence.period_end;
    } else if (valuation.aggregate == Aggregate::OncePerPersonPerYear) {
        facts.counting = Counting::Once;
    }
    return {};
}

std::optional<MeasureKind> kind_counted(const EntryFacts& facts, const ReferenceSnapshot& reference)
{
    const auto* framework = reference.find_framework(facts.framework, facts.framework_version);
    const auto* measure = framework == nullptr ? nullptr : framework->find_measure(facts.measure);
    return measure == nullptr ? std::nullopt : std::optional(measure->kind);
}

} // namespace

Result<void> assess(const Entry& entry, const ReferenceSnapshot& reference, EntryFacts& facts)
{
    const auto contract = contract_for(entry.about.contract, reference, facts);
    if (!contract)
        return contract.error();
    if (entry.action == EntryAction::Withdraw)
        return {};
    const auto evidence = facts_of(entry);
    if (!evidence)
        return evidence.error();
    facts.quantity = evidence->quantity;
    if (*contract == nullptr)
        return {};
    const auto framework = framework_for(**contract, reference, facts);
    return framework ? freeze(*evidence, **framework, facts) : framework.error();
}

Result<void> assess_part(const Entry& whole, const EntryFacts& whole_facts,
                         const ReferenceSnapshot& reference, EntryFacts& facts)
{
    const auto contract = contract_for(facts.contract, reference, facts);
    if (!contract)
        return contract.error();
    auto evidence = facts_of(whole);
    if (!evidence)
        return evidence.error();
    if (*contract == nullptr)
        return {};
    const auto framework = framework_for(**contract, reference, facts);
    if (!framework)
        return framework.error();
    const auto* measure = (*framework)->find_measure(facts.measure);
    const auto counted = kind_counted(whole_facts, reference);
    // Hours are hours under whatever measure they came; freeze() says where they do not fit.
    const bool same_unit =
        whole.kind == EvidenceKind::Hours || !counted || measure == nullptr || measure->kind == *counted;
    if (!same_unit)
        return Error{"unit_mismatch",
                     measure->code + " counts " + measure->unit +
                         ". A part has to count the same as the whole entry.",
                     "about.measure"};
    evidence->measure = facts.measure;
    evidence->quantity = facts.quantity;
    const Date until = evidence->period_end;
    if (measure != nullptr && measure->aggregate == Aggregate::FteYear) {
        // A whole year gives each FTE a share of exactly one, so the years stay what they are.
        evidence->period_start = {until.year, 1, 1};
        evidence->period_end = {until.year, 12, 31};
    }
    const auto frozen = freeze(*evidence, **framework, facts);
    if (facts.until)
        facts.until = until;
    return frozen;
}

} // namespace tally::server
