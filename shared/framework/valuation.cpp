#include "shared/framework/valuation.h"

#include "shared/domain/quarter.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tally {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::array<std::pair<std::string_view, ValueClass>, 4> value_class_names = {{
    {"social", ValueClass::Social},
    {"local_economic", ValueClass::LocalEconomic},
    {"community", ValueClass::Community},
    {"none", ValueClass::None},
}};

// A quarter has 90, 91 or 92 days; their least common multiple keeps every share of a year whole.
constexpr std::int64_t quarter_parts = 376'740;
constexpr std::int64_t year_parts = 4 * quarter_parts;
static_assert(quarter_parts % 90 == 0 && quarter_parts % 91 == 0 && quarter_parts % 92 == 0);

std::int64_t days_between(Date first, Date last)
{
    return days_from_date(last) - days_from_date(first) + 1;
}

Wide share_of_year(Date period_start, Date period_end)
{
    Wide share = 0;
    for (Quarter quarter = quarter_of(period_start); first_day(quarter) <= period_end;
         quarter = next(quarter)) {
        const Date from = std::max(period_start, first_day(quarter));
        const Date to = std::min(period_end, last_day(quarter));
        share += quarter_parts / days_between(first_day(quarter), last_day(quarter)) * days_between(from, to);
    }
    return share;
}

Wide divide_half_even(Wide dividend, Wide divisor)
{
    const Wide quotient = dividend / divisor;
    const Wide twice = dividend % divisor * 2;
    const bool up = twice > divisor || (twice == divisor && quotient % 2 != 0);
    return up ? quotient + 1 : quotient;
}

ValueClass class_of(MeasureValueClass value_class)
{
    switch (value_class) {
    case MeasureValueClass::Social:
        return ValueClass::Social;
    case MeasureValueClass::LocalEconomic:
        return ValueClass::LocalEconomic;
    case MeasureValueClass::None:
        return ValueClass::None;
    }
    return ValueClass::None;
}

bool counts_hours(MeasureKind kind)
{
    return kind == MeasureKind::Hours || kind == MeasureKind::AttendeeHours;
}

void price(Valuation& valuation, const Measure& measure)
{
    valuation.value_class = class_of(measure.value_class);
    if (!measure.proxy || !valuation.quantity || !is_additive(measure.kind) ||
        valuation.value_class == ValueClass::None) {
        valuation.value_class = ValueClass::None;
        return;
    }
    const auto value = value_of(*valuation.quantity, *measure.proxy);
    if (!value) {
        valuation.value_class = ValueClass::None;
        valuation.problems.push_back(value.error());
        return;
    }
    valuation.proxy = measure.proxy;
    valuation.value = *value;
    valuation.held = measure.hold_value;
    if (valuation.held)
        valuation.note = measure.note.value_or("The framework holds the value of this measure.");
}

} // namespace

std::string_view name_of(ValueClass value_class)
{
    const auto found =
        std::ranges::find(value_class_names, value_class, [](const auto& entry) { return entry.second; });
    return found->first;
}

std::optional<ValueClass> value_class_named(std::string_view name)
{
    const auto found =
        std::ranges::find(value_class_names, name, [](const auto& entry) { return entry.first; });
    return found == value_class_names.end() ? std::nullopt : std::optional(found->second);
}

Result<ValuationFacts> facts_of(const Entry& entry)
{
    ValuationFacts facts;
    facts.kind = entry.kind;
    facts.measure = entry.about.measure;
    facts.period_start = facts.period_end = work_date(entry);
    if (const auto* hours = std::get_if<HoursBody>(&entry.body)) {
        const auto quantity = hours_from_minutes(hours->minutes(), hours->people.heads());
        if (!quantity)
            return quantity.error();
        facts.quantity = *quantity;
        facts.whose_time = hours->whose_time;
    } else if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body)) {
        facts.quantity = delivery->quantity;
        facts.period_start = delivery->period_start;
        facts.period_end = delivery->period_end;
    } else if (std::holds_alternative<std::monostate>(entry.body)) {
        return Error{"no_body", "A withdrawal has nothing to value."};
    }
    return facts;
}

Result<Quantity> fte_years_round_half_even_to_quantity(Quantity fte, Date period_start, Date period_end)
{
    if (!is_valid(period_start) || !is_valid(period_end) || period_end < period_start)
        return Error{"bad_period", "The period must have a first day and a last day that is not before it."};
    // Bounds the loop over quarters, and with it what a mistyped year can cost.
    if (period_end.year - period_start.year > 100)
        return Error{"bad_period", "The period is longer than a hundred years."};
    const Wide share = share_of_year(period_start, period_end);
    if (fte.parts < 0)
        return Error{"bad_number", "A number of people cannot be below zero."};
    const Wide parts = divide_half_even(share * fte.parts, year_parts);
    if (parts > std::numeric_limits<std::int64_t>::max())
        return Error{"overflow", "The number is too large to count."};
    return Quantity{static_cast<std::int64_t>(parts)};
}

Valuation value_evidence(const ValuationFacts& facts, const Framework& framework)
{
    Valuation valuation;
    valuation.stated = valuation.quantity = facts.quantity;
    const bool residents = facts.kind == EvidenceKind::Hours && facts.whose_time == WhoseTime::Residents;
    if (residents) {
        valuation.value_class = ValueClass::Community;
        valuation.note = "Residents' own time: counted and thanked as a community contribution, not priced.";
    }
    if (facts.measure.empty())
        return valuation;

    const Measure* measure = framework.find_measure(facts.measure);
    if (measure == nullptr) {
        valuation.problems.push_back({"unknown_measure",
                                      "There is no measure " + facts.measure + " in " + framework.title +
                                          " (" + framework.version + ").",
                                      "about.measure"});
        return valuation;
    }
    valuation.aggregate = measure->aggregate;
    if (residents || facts.kind == EvidenceKind::Story || facts.kind == EvidenceKind::Feedback)
        return valuation;

    const bool hours_as_something_else = facts.kind == EvidenceKind::Hours && !counts_hours(measure->kind);
    if (hours_as_something_else && !measure->hold_value) {
        valuation.problems.push_back(
            {"unit_mismatch",
             measure->code + " counts " + measure->unit +
                 ", not hours. Choose a measure of hours, or enter it as a delivery.",
             "about.measure"});
        return valuation;
    }
    if (!facts.quantity) {
        if (measure->kind != MeasureKind::Narrative)
            valuation.problems.push_back({"quantity_missing",
                                          measure->code + " needs a number: " + measure->unit + ".",
                                          "body.quantity"});
        return valuation;
    }
    if (measure->aggregate == Aggregate::FteYear) {
        const auto years =
            fte_years_round_half_even_to_quantity(*facts.quantity, facts.period_start, facts.period_end);
        if (!years) {
            valuation.problems.push_back(years.error());
            return valuation;
        }
        valuation.quantity = *years;
    }
    if (hours_as_something_else) {
        // The published text and unit disagree (NT11 counts hours by its text and weeks by its unit),
        // which is why it is held. The hours are recorded; hours times the price of a week are no value.
        valuation.held = true;
        valuation.note = measure->note.value_or("");
        return valuation;
    }
    price(valuation, *measure);
    return valuation;
}

} // namespace tally
