#include "server/review/balance_table.h"

#include "server/review/sums.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tally::server {
namespace {

constexpr std::array<std::pair<Dimension, std::string_view>, 10> dimension_names = {{
    {Dimension::Contract, "contract"},
    {Dimension::Supplier, "supplier"},
    {Dimension::Measure, "measure"},
    {Dimension::Outcome, "outcome"},
    {Dimension::Theme, "theme"},
    {Dimension::Quarter, "quarter"},
    {Dimension::Place, "place"},
    {Dimension::Role, "role"},
    {Dimension::ValueClass, "value_class"},
    {Dimension::Verification, "verification"},
}};

const std::string none = "none";

const Measure* measure_of(const LineFacts& facts, const ReferenceSnapshot& reference)
{
    const auto* framework = reference.find_framework(facts.framework, facts.framework_version);
    return framework == nullptr ? nullptr : framework->find_measure(facts.measure);
}

std::string suppliers_of(const Contract& contract)
{
    std::string names = contract.supplier;
    for (const auto& also : contract.also_suppliers)
        names += ", " + also;
    return names;
}

/// A code means something only within its framework.
std::string within(std::string_view framework, std::string_view id)
{
    return std::string(framework) + "/" + std::string(id);
}

LineFacts facts_of(const Balance& balance)
{
    return {balance.contract, balance.framework,   balance.framework_version,
            balance.measure,  balance.value_class, balance.quarter,
            balance.place,    balance.verification};
}

struct Naming
{
    std::string title;
    std::string detail;
    std::int64_t order = 0; ///< then by title
};

std::string class_title(std::string_view name)
{
    if (name == "social")
        return "Social value";
    if (name == "local_economic")
        return "Local economic value";
    return name == "community" ? "Community contribution" : "No pounds";
}

std::string verification_title(std::string_view name)
{
    if (name == "sign_in_sheet")
        return "Signed in and out at the event";
    if (name == "supervisor")
        return "Confirmed by a supervisor";
    if (name == "host")
        return "Confirmed by the host organisation";
    return name == "document" ? "A document is named" : "Stated by who captured it";
}

std::int64_t place_in(const auto& list, std::string_view word)
{
    return std::find(std::begin(list), std::end(list), word) - std::begin(list);
}

/// Titles of a line, from any balance that is in it.
Naming naming(Dimension dimension, const std::string& key, const LineFacts& facts,
              const ReferenceSnapshot& reference)
{
    constexpr std::int64_t last = 1'000'000;
    const auto* framework = reference.find_framework(facts.framework, facts.framework_version);
    const auto* measure = measure_of(facts, reference);
    const auto* contract = reference.find_contract(facts.contract);
    switch (dimension) {
    case Dimension::Contract:
        if (contract == nullptr)
            return {"No contract", "Feedback about a place", last};
        return {contract->title, contract->ref + " · " + suppliers_of(*contract), 0};
    case Dimension::Supplier:
        return contract == nullptr ? Naming{"No supplier", "", last} : Naming{key, "", 0};
    case Dimension::Measure:
        if (key == none)
            return {"No measure", "Stories, feedback and other evidence", last};
        return measure == nullptr ? Naming{std::string(facts.measure), "Not in its framework", last}
                                  : Naming{measure->code + " " + measure->title, measure->unit,
                                           measure - framework->measures.data()};
    case Dimension::Outcome: {
        const auto* outcome = measure == nullptr ? nullptr : framework->find_outcome(measure->outcome);
        return outcome == nullptr ? Naming{"No outcome", "", last}
                                  : Naming{outcome->title, framework->title, outcome->order};
    }
    case Dimension::Theme: {
        const auto* theme = measure == nullptr ? nullptr : framework->find_theme(measure->theme);
        return theme == nullptr ? Naming{"No theme", "", last}
                                : Naming{theme->title, framework->title, theme->order};
    }
    case Dimension::Quarter: {
        const auto quarter = parse_quarter(key);
        // The newest first.
        return quarter ? Naming{format_quarter_long(*quarter), "", -(quarter->year * 4 + quarter->number)}
                       : Naming{key, "", last};
    }
    case Dimension::Place: {
        const auto* place = reference.find_place(facts.place);
        return place == nullptr ? Naming{key == none ? "No place" : key, "", key == none ? last : 0}
                                : Naming{place->title, "", 0};
    }
    case Dimension::Role: {
        const auto role = contract_role_named(key);
        return role ? Naming{std::string(title_of(*role)), "", static_cast<std::int64_t>(*role)}
                    : Naming{"No role stated", "", last};
    }
    case Dimension::ValueClass: {
        constexpr std::array<std::string_view, 4> order = {"social", "local_economic", "community", "none"};
        return {class_title(key), "", place_in(order, key)};
    }
    case Dimension::Verification: {
        constexpr std::array<std::string_view, 5> order = {"document", "host", "supervisor", "sign_in_sheet",
                                                           "none"};
        return {verification_title(key), "", place_in(order, key)};
    }
    }
    return {key, "", 0};
}

/// Things that a measure counts in its own words are added to nothing else.
std::string own_unit(const Measure& measure)
{
    return measure.kind == MeasureKind::Count ? measure.unit : std::string();
}

void add_quantity(BalanceLine& line, const Balance& balance, const Measure* measure)
{
    const bool hours = balance.kind == name_of(EvidenceKind::Hours);
    const bool additive = measure == nullptr ? hours : is_additive(measure->kind);
    if (!additive || balance.quantity.parts == 0)
        return;
    // Hours under a measure of something else are hours all the same.
    const bool as_hours = hours && (measure == nullptr || measure->kind != MeasureKind::AttendeeHours);
    const MeasureKind kind = as_hours ? MeasureKind::Hours : measure->kind;
    const std::string unit = as_hours ? std::string() : own_unit(*measure);
    auto found = std::find_if(line.quantities.begin(), line.quantities.end(),
                              [&](const QuantitySum& sum) { return sum.kind == kind && sum.unit == unit; });
    if (found == line.quantities.end())
        found = line.quantities.insert(found, {kind, unit, {}});
    add_phase(found->sum, balance.phase, balance.quantity);
}

void add_balance(BalanceLine& line, const Balance& balance, const Measure* measure)
{
    (balance.phase == Phase::Confirmed ? line.entries.confirmed : line.entries.claimed) += balance.entries;
    if (balance.value_class == "community") {
        add_phase(line.community, balance.phase, balance.quantity);
        return;
    }
    if (balance.held) {
        add_phase(line.held, balance.phase, balance.value);
        return;
    }
    add_quantity(line, balance, measure);
    add_phase(balance.value_class == "local_economic" ? line.local_economic : line.social, balance.phase,
              balance.value);
}

void add_latest(BalanceLine& line, const std::string& contract, const LatestFigure& figure,
                const Measure* measure)
{
    line.latest.push_back({contract, figure.measure, measure == nullptr ? MeasureKind::Count : measure->kind,
                           figure.phase, figure.until, figure.quantity, figure.entry});
}

struct Building
{
    BalanceLine line;
    std::int64_t order = 0;
};

Building& line_for(std::map<std::string, Building>& lines, Dimension dimension, const std::string& key,
                   const LineFacts& facts, const ReferenceSnapshot& reference)
{
    auto [found, fresh] = lines.try_emplace(key);
    if (fresh) {
        auto named = naming(dimension, key, facts, reference);
        found->second.line.key = key;
        found->second.line.title = std::move(named.title);
        found->second.line.detail = std::move(named.detail);
        found->second.order = named.order;
    }
    return found->second;
}

} // namespace

std::string_view name_of(Dimension dimension)
{
    return std::find_if(dimension_names.begin(), dimension_names.end(),
                        [&](const auto& row) { return row.first == dimension; })
        ->second;
}

std::optional<Dimension> dimension_named(std::string_view name)
{
    for (const auto& [dimension, known] : dimension_names)
        if (known == name)
            return dimension;
    return std::nullopt;
}

std::vector<std::string> line_keys(Dimension dimension, const LineFacts& facts,
                                   const ReferenceSnapshot& reference)
{
    const auto or_none = [](std::string_view key) { return key.empty() ? none : std::string(key); };
    const auto* measure = measure_of(facts, reference);
    const auto* contract = reference.find_contract(facts.contract);
    switch (dimension) {
    case Dimension::Contract:
        return {or_none(facts.contract)};
    case Dimension::Supplier:
        return {contract == nullptr ? none : suppliers_of(*contract)};
    case Dimension::Measure:
        return {facts.measure.empty() ? none : within(facts.framework, facts.measure)};
    case Dimension::Outcome:
        return {measure == nullptr || measure->outcome.empty() ? none
                                                               : within(facts.framework, measure->outcome)};
    case Dimension::Theme:
        return {measure == nullptr || measure->theme.empty() ? none
                                                             : within(facts.framework, measure->theme)};
    case Dimension::Quarter:
        return {std::string(facts.quarter)};
    case Dimension::Place:
        return {or_none(facts.place)};
    case Dimension::Role: {
        std::vector<std::string> keys;
        if (contract != nullptr)
            for (const auto role : contract->roles)
                keys.emplace_back(name_of(role));
        return keys.empty() ? std::vector{none} : keys;
    }
    case Dimension::ValueClass:
        return {or_none(facts.value_class)};
    case Dimension::Verification:
        return {or_none(facts.verification)};
    }
    return {none};
}

BalanceTable balance_table(const std::vector<Balance>& balances, const std::vector<ContractFigures>& latest,
                           Dimension dimension, const ReferenceSnapshot& reference)
{
    BalanceTable table;
    std::map<std::string, Building> lines;
    for (const auto& balance : balances) {
        const auto facts = facts_of(balance);
        const auto* measure = measure_of(facts, reference);
        const auto keys = line_keys(dimension, facts, reference);
        table.overlaps = table.overlaps || keys.size() > 1;
        for (const auto& key : keys)
            add_balance(line_for(lines, dimension, key, facts, reference).line, balance, measure);
        add_balance(table.total, balance, measure);
    }
    // A figure is of one contract and measure; over places or levels of verification it says nothing.
    const bool has_figures = dimension == Dimension::Contract || dimension == Dimension::Supplier ||
                             dimension == Dimension::Measure || dimension == Dimension::Outcome ||
                             dimension == Dimension::Theme;
    for (const auto& [contract, figures] : latest)
        for (const auto& figure : figures) {
            const LineFacts facts{
                contract, figure.framework, figure.framework_version, figure.measure, {}, {}, {}, {}};
            if (has_figures)
                for (const auto& key : line_keys(dimension, facts, reference))
                    add_latest(line_for(lines, dimension, key, facts, reference).line, contract, figure,
                               measure_of(facts, reference));
        }
    std::vector<Building> sorted;
    for (auto& [key, building] : lines)
        sorted.push_back(std::move(building));
    std::stable_sort(sorted.begin(), sorted.end(), [](const Building& a, const Building& b) {
        return std::tie(a.order, a.line.title) < std::tie(b.order, b.line.title);
    });
    for (auto& building : sorted)
        table.lines.push_back(std::move(building.line));
    return table;
}

} // namespace tally::server
