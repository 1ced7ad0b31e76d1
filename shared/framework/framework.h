#pragma once
/// A published set of measures, loaded from JSON of the shape `sv-framework/1` (assets/frameworks).
/// A measure code means something only together with the id and version of its framework.
/// A council's own measures beside them: local_set.h.

#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/domain/quantity.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// What the number of a measure is.
enum class MeasureKind
{
    Hours,
    Weeks,
    PeopleFte,
    People,
    Gbp,
    Percent,
    Miles,
    Tco2e,
    Kg,
    AttendeeHours,
    Count,
    YesNo,
    Narrative,
};

enum class CodeOrigin
{
    Published,
    Derived,
    Assigned
};
enum class ProxyCheck
{
    AsPublished,
    Query,
    NonePublished
};
/// The class that the framework gives a measure. What one entry is worth is a Valuation.
enum class MeasureValueClass
{
    Social,
    LocalEconomic,
    None
};
/// How quantities of several entries combine.
enum class Aggregate
{
    Sum,
    FteYear,
    Latest,
    OncePerPersonPerYear
};
/// Whose time counts.
enum class WhoCounts
{
    SupplierStaff,
    Workforce
};
enum class DateBasis
{
    Stated,
    Inferred,
    Unknown
};

[[nodiscard]] std::string_view name_of(MeasureKind kind);
[[nodiscard]] std::string_view name_of(MeasureValueClass value_class);
[[nodiscard]] std::string_view name_of(Aggregate aggregate);

/// Percentages, yes / no and narrative are never added up.
[[nodiscard]] bool is_additive(MeasureKind kind);

struct Theme
{
    std::string id;
    std::string title;
    std::int64_t order = 0;
};

struct Outcome
{
    std::string id;
    std::string theme;
    std::string title;
    std::int64_t order = 0;
    std::string local_set = {}; ///< as in Measure
};

struct Measure
{
    std::string code;
    CodeOrigin code_origin = CodeOrigin::Published;
    std::string theme;
    std::vector<std::string> also_themes;
    std::string outcome;
    std::string title;
    std::string unit;
    MeasureKind kind = MeasureKind::Count;
    std::optional<Proxy> proxy; ///< pounds per unit; nothing means no value, which is not zero
    ProxyCheck proxy_check = ProxyCheck::NonePublished;
    bool hold_value = false; ///< record the quantity, keep the pounds out of totals
    MeasureValueClass value_class = MeasureValueClass::None;
    Aggregate aggregate = Aggregate::Sum;
    std::optional<WhoCounts> who;
    std::string evidence_hint;
    std::optional<std::string> note;
    std::string local_set; ///< id of the council's own set that added it; empty for a published one
};

/// Codes that must not be claimed together for the thing named in `applies_to`.
struct ExclusiveGroup
{
    std::string id;
    std::string applies_to;
    std::vector<std::string> codes;
};

struct FrameworkRule
{
    std::string id;
    std::string value;
    std::string unit;
    std::string text;
};

class Framework
{
public:
    std::string id;
    std::string version;
    std::int64_t revision = 0;
    std::string title;
    std::string publisher;
    std::string source;
    std::string rights;
    std::optional<Date> effective_from; ///< first day
    std::optional<Date> effective_to;   ///< last day
    DateBasis effective_basis = DateBasis::Unknown;
    std::vector<Theme> themes;
    std::vector<Outcome> outcomes;
    std::vector<Measure> measures;
    std::vector<ExclusiveGroup> exclusive_groups;
    std::vector<FrameworkRule> rules;
    std::string text; ///< the file as it was read, with the extra keys that programs ignore

    /// Null when the set has no such code. The pointer lives as long as the framework.
    [[nodiscard]] const Measure* find_measure(std::string_view code) const;
    [[nodiscard]] const Theme* find_theme(std::string_view theme_id) const;
    [[nodiscard]] const Outcome* find_outcome(std::string_view outcome_id) const;
    /// An end that is not stated is open.
    [[nodiscard]] bool covers(Date day) const;
    /// The groups in which both codes stand.
    [[nodiscard]] std::vector<const ExclusiveGroup*> exclusive_with(std::string_view code,
                                                                    std::string_view other) const;
};

/// Either a framework, or everything that is wrong with the file.
struct FrameworkLoad
{
    std::optional<Framework> framework;
    std::vector<Error> problems; ///< empty exactly when there is a framework
};

[[nodiscard]] FrameworkLoad parse_framework(std::string_view json);
[[nodiscard]] FrameworkLoad load_framework(const std::filesystem::path& file);

/// The one set whose stated or inferred dates cover the day of the work, for a contract that names none.
/// Of two editions of one set that both cover the day, the one that began later is meant. Fails with
/// `framework_none` or `framework_ambiguous`, which names all that would fit.
[[nodiscard]] Result<const Framework*> framework_for_day(std::span<const Framework> frameworks, Date day);

enum class SpanEnd
{
    First,
    Last
};
/// "2024", "2024-04" or "2024-04-30": the first or last day of that span. Fails with `bad_date`.
[[nodiscard]] Result<Date> parse_span_date(std::string_view text, SpanEnd end);

} // namespace tally
