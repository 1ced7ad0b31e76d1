#include "server/review/review.h"
#include "server/review/review_rules.h"
#include "server/review/sums.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tally::server {
namespace {

constexpr std::size_t batch = 1'000;

auto key_of(const Balance& balance)
{
    return std::tie(balance.contract, balance.framework, balance.framework_version, balance.kind,
                    balance.measure, balance.value_class, balance.held, balance.quarter, balance.place,
                    balance.verification, balance.phase);
}

struct ByKey
{
    bool operator()(const Balance& a, const Balance& b) const { return key_of(a) < key_of(b); }
};

Balance balance_of(const EntryFacts& facts, const Stance& stance)
{
    Balance balance;
    balance.phase = stance.phase;
    balance.contract = facts.contract;
    balance.framework = facts.framework;
    balance.framework_version = facts.framework_version;
    balance.kind = name_of(facts.kind);
    balance.measure = facts.measure;
    balance.value_class = facts.value_class;
    balance.held = stance.held;
    balance.quarter = balance.work_quarter = format_quarter(facts.quarter);
    balance.place = facts.place;
    balance.verification = facts.verification;
    balance.entries = 1;
    balance.quantity = stance.quantity;
    balance.value = stance.value;
    return balance;
}

LatestFigure figure_of(const EntryStanding& standing, Phase phase)
{
    const auto& facts = standing.facts;
    return {phase,
            facts.framework,
            facts.framework_version,
            facts.measure,
            format_quarter(facts.quarter),
            facts.id,
            standing.position,
            *facts.until,
            *facts.quantity};
}

/// One year while it is added up.
class Year
{
public:
    explicit Year(ReportingYear year) : m_year(year) {}

    [[nodiscard]] const ReportingYear& span() const { return m_year; }

    /// Of whatever quarter of the account: here it stands with its work.
    void count(Balance balance)
    {
        balance.quarter = balance.work_quarter;
        const auto found = m_balances.find(balance);
        if (found == m_balances.end()) {
            m_balances.insert(std::move(balance));
            return;
        }
        auto node = m_balances.extract(found);
        node.value().entries += balance.entries;
        add_to(node.value().quantity, balance.quantity);
        add_to(node.value().value, balance.value);
        m_balances.insert(std::move(node));
    }

    void count(const std::string& contract, const LatestFigure& figure)
    {
        auto& newest = m_figures[contract];
        const auto same = std::find_if(newest.begin(), newest.end(), [&](const LatestFigure& other) {
            return other.phase == figure.phase && other.framework == figure.framework &&
                   other.framework_version == figure.framework_version && other.measure == figure.measure &&
                   other.quarter == figure.quarter;
        });
        if (same == newest.end())
            newest.push_back(figure);
        else if (std::tie(same->until, same->position) < std::tie(figure.until, figure.position))
            *same = figure;
    }

    void count_erased() { ++m_erased; }

    [[nodiscard]] YearBalances result() const
    {
        YearBalances result;
        result.year = m_year;
        result.erased = m_erased;
        for (const auto& balance : m_balances)
            if (balance.entries != 0 || balance.quantity.parts != 0 || balance.value.parts != 0)
                result.balances.push_back(balance);
        for (const auto& [contract, figures] : m_figures)
            result.figures.push_back({contract, figures});
        return result;
    }

private:
    ReportingYear m_year;
    std::set<Balance, ByKey> m_balances;
    std::map<std::string, std::vector<LatestFigure>> m_figures;
    std::int64_t m_erased = 0;
};

Year* year_with(std::vector<Year>& years, Date day)
{
    const auto found =
        std::find_if(years.begin(), years.end(), [&](const Year& year) { return year.span().contains(day); });
    return found == years.end() ? nullptr : &*found;
}

/// Quarters of which only some days lie in a year.
std::set<Quarter> divided_quarters(const std::vector<ReportingYear>& years)
{
    std::set<Quarter> quarters;
    for (const auto& year : years)
        for (const auto& part : quarters_in(year))
            if (!part.whole)
                quarters.insert(part.quarter);
    return quarters;
}

} // namespace

std::vector<YearBalances> ReviewService::year_balances(const Viewer& viewer,
                                                       const std::vector<ReportingYear>& asked,
                                                       std::string_view contract)
{
    std::vector<Year> years(asked.begin(), asked.end());
    auto database = m_pool.lease();
    const auto divided = divided_quarters(asked);
    const auto is_divided = [&](const std::string& name) {
        const auto quarter = parse_quarter(name);
        return !quarter || divided.contains(*quarter);
    };
    std::set<std::string> contracts;
    for (auto& balance : read_balances(*database, contract)) {
        if (!viewer.sees(balance.contract))
            continue;
        contracts.insert(balance.contract);
        if (!is_divided(balance.work_quarter))
            if (Year* year = year_with(years, first_day(*parse_quarter(balance.work_quarter))))
                year->count(std::move(balance));
    }
    for (const auto& ref : contracts)
        for (const auto& figure : read_latest_figures_by_quarter(*database, ref))
            if (!is_divided(figure.quarter))
                if (Year* year = year_with(years, first_day(*parse_quarter(figure.quarter))))
                    year->count(ref, figure);
    // Balances know the quarter alone; the day stands in each entry.
    for (const auto& quarter : divided) {
        auto filter = visible_to(viewer, contract);
        filter.states = {EntryState::Waiting, EntryState::Queried, EntryState::Accepted};
        filter.quarter = format_quarter(quarter);
        filter.limit = batch;
        for (bool more = true; more;) {
            const auto found = read_standings(*database, filter);
            for (const auto& standing : found) {
                const auto stance = stance_of(standing);
                if (!stance || !*stance)
                    continue;
                const auto day = work_day(m_vault, *database, standing.facts);
                Year* year = year_with(years, day.value_or(first_day(quarter)));
                if (year == nullptr)
                    continue;
                if (!day)
                    year->count_erased();
                year->count(balance_of(standing.facts, **stance));
                if (standing.facts.counting == Counting::Latest && standing.facts.until &&
                    standing.facts.quantity)
                    year->count(standing.facts.contract, figure_of(standing, (*stance)->phase));
            }
            more = found.size() == batch;
            if (more)
                filter.after = found.back().position;
        }
    }
    std::vector<YearBalances> results;
    for (const auto& year : years)
        results.push_back(year.result());
    return results;
}

YearTotals totals_of(const YearBalances& balances)
{
    YearTotals totals;
    totals.year = balances.year;
    totals.erased = balances.erased;
    totals.parts = quarters_in(balances.year);
    totals.by_part.resize(totals.parts.size());
    for (const auto& balance : balances.balances) {
        if (balance.held)
            continue;
        if (balance.value_class == "community") {
            add_phase(totals.community, balance.phase, balance.quantity);
            continue;
        }
        if (balance.value_class == "local_economic") {
            add_phase(totals.local_economic, balance.phase, balance.value);
            continue;
        }
        add_phase(totals.social, balance.phase, balance.value);
        for (std::size_t i = 0; i < totals.parts.size(); ++i)
            if (format_quarter(totals.parts[i].quarter) == balance.quarter)
                add_phase(totals.by_part[i], balance.phase, balance.value);
    }
    return totals;
}

} // namespace tally::server
