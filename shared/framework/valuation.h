#pragma once
/// What one piece of evidence counts for under a framework: a pure function of both.

#include "shared/domain/evidence.h"
#include "shared/framework/framework.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// The facts of an entry that decide what it counts for.
struct ValuationFacts
{
    EvidenceKind kind = EvidenceKind::Hours;
    std::string measure;                 ///< a code; empty when none is chosen yet
    std::optional<WhoseTime> whose_time; ///< for hours
    std::optional<Quantity> quantity;    ///< in the unit of the measure; hours for hours
    Date period_start;                   ///< first day of the work
    Date period_end;                     ///< last day of the work
};

/// Fails with `overflow` when minutes times heads do not fit, and with `no_body` for a withdrawal.
[[nodiscard]] Result<ValuationFacts> facts_of(const Entry& entry);

enum class ValueClass
{
    Social,
    LocalEconomic, ///< wages and local spend at face value; its total stands apart
    Community,     ///< residents' own time: counted and thanked, never priced
    None           ///< no pounds, which is not zero pounds
};

/// "social", "local_economic", "community", "none".
[[nodiscard]] std::string_view name_of(ValueClass value_class);
[[nodiscard]] std::optional<ValueClass> value_class_named(std::string_view name);

struct Valuation
{
    std::optional<Quantity> stated;   ///< as the entry has it, such as 10 FTE over one quarter
    std::optional<Quantity> quantity; ///< what counts, such as 2.5 FTE years; nothing for words alone
    std::optional<Proxy> proxy;       ///< pounds per unit; nothing when the entry has no pounds
    std::optional<Money> value;       ///< quantity times proxy, exact
    ValueClass value_class = ValueClass::None;
    bool held = false; ///< the value waits for an administrator and stays out of totals
    Aggregate aggregate = Aggregate::Sum;
    std::string note;            ///< for people: why it is held, or why it has no pounds; may be empty
    std::vector<Error> problems; ///< what a reviewer must look at; there is no value then
};

/// Never fails: what cannot be valued has no value and says why in `problems` (`unknown_measure`,
/// `unit_mismatch`, `quantity_missing`, `bad_period`, `overflow`).
[[nodiscard]] Valuation value_evidence(const ValuationFacts& facts, const Framework& framework);

/// FTE times the share of the year worked: a whole quarter is 0.25 of a year, part of a quarter counts
/// by its days, both ends included. Fails with `bad_period` or `overflow`. The result is rounded half
/// to even to the smallest part of a Quantity, once.
[[nodiscard]] Result<Quantity> fte_years_round_half_even_to_quantity(Quantity fte, Date period_start,
                                                                     Date period_end);

} // namespace tally
