#pragma once
/// The ledger's totals grouped by one thing, such as supplier or place. Pure: balances and reference data
/// to rows.

#include "server/ledger/ledger.h"
#include "server/reference/reference_snapshot.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

enum class Dimension
{
    Contract,
    Supplier,
    Measure,
    Outcome,
    Theme,
    Quarter, ///< of the account
    Place,
    Role,
    ValueClass,
    Verification,
};

inline constexpr std::array all_dimensions = {
    Dimension::Contract,   Dimension::Supplier,    Dimension::Measure, Dimension::Outcome,
    Dimension::Theme,      Dimension::Quarter,     Dimension::Place,   Dimension::Role,
    Dimension::ValueClass, Dimension::Verification};

/// "contract", "value_class" ...
[[nodiscard]] std::string_view name_of(Dimension dimension);
[[nodiscard]] std::optional<Dimension> dimension_named(std::string_view name);

/// What decides the line of a balance or of an entry.
struct LineFacts
{
    std::string_view contract;
    std::string_view framework;
    std::string_view framework_version;
    std::string_view measure;
    std::string_view value_class;
    std::string_view quarter; ///< "2026-Q1"
    std::string_view place;
    std::string_view verification;
};

/// The lines to which it belongs: one, or for Role one for each role of the contract. A key is never empty:
/// what has no place, say, belongs to the line "none".
[[nodiscard]] std::vector<std::string> line_keys(Dimension dimension, const LineFacts& facts,
                                                 const ReferenceSnapshot& reference);

/// Confirmed and claimed, each exact.
template <typename T>
struct PhaseSums
{
    T confirmed{};
    T claimed{};

    bool operator==(const PhaseSums&) const = default;
};

/// A sum of quantities of one unit. Kinds that are never added have none.
struct QuantitySum
{
    MeasureKind kind = MeasureKind::Hours;
    std::string unit; ///< the words of a measure that counts things of its own
    PhaseSums<Quantity> sum;

    bool operator==(const QuantitySum&) const = default;
};

/// A figure of a measure of which only the newest counts.
struct LatestLine
{
    std::string contract;
    std::string measure;
    MeasureKind kind = MeasureKind::Percent;
    Phase phase = Phase::Claimed;
    Date until;
    Quantity quantity;
    Uuid entry;
};

struct BalanceLine
{
    std::string key;
    std::string title;
    std::string detail; ///< a second, quieter line; may be empty
    PhaseSums<Money> social;
    PhaseSums<Money> local_economic; ///< stands apart from social value
    PhaseSums<Money> held;           ///< by the framework or by an open flag: in no other sum
    PhaseSums<Quantity> community;   ///< residents' hours
    PhaseSums<std::int64_t> entries;
    std::vector<QuantitySum> quantities; ///< without community and held ones; more than one: not to be added
    std::vector<LatestLine> latest;
};

struct BalanceTable
{
    std::vector<BalanceLine> lines; ///< in the order of the reference data, or of their titles
    BalanceLine total;              ///< every balance once, also where it is in several lines
    bool overlaps = false;          ///< a balance is in several lines, so lines add up to more
};

/// Latest figures of one contract, for a table over many.
struct ContractFigures
{
    std::string contract;
    std::vector<LatestFigure> figures;
};

/// Throws std::overflow_error when a sum leaves its range.
[[nodiscard]] BalanceTable balance_table(const std::vector<Balance>& balances,
                                         const std::vector<ContractFigures>& latest, Dimension dimension,
                                         const ReferenceSnapshot& reference);

} // namespace tally::server
