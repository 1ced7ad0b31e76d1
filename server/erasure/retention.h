#pragma once
/// For how long evidence may be kept, as rules that an administrator turns on. README.md of this folder says
/// why the defaults are what they are.

#include "server/erasure/erase.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::server {

enum class CountedFrom
{
    QuarterEnd,  ///< of the quarter in which the work was done
    ContractEnd, ///< of the entry's contract; an entry without a contract is never due
};

/// quarter_end, contract_end.
[[nodiscard]] std::string_view name_of(CountedFrom from);
[[nodiscard]] std::optional<CountedFrom> counted_from_named(std::string_view name);

inline constexpr std::int64_t retention_months_max = 1200;

struct RetentionRule
{
    EvidenceKind kind = EvidenceKind::Hours;
    CountedFrom counted_from = CountedFrom::QuarterEnd;
    std::int64_t months = 0; ///< 1 to retention_months_max
    bool active = false;

    bool operator==(const RetentionRule&) const = default;
};

/// Hours and deliveries 6 years after the contract, stories 2 years and feedback 1 year after the quarter.
/// All off.
[[nodiscard]] std::vector<RetentionRule> default_retention_rules();

/// One for each kind, in the order of the kinds.
[[nodiscard]] std::vector<RetentionRule> read_retention_rules(storage::Database& database);
/// Fails with `bad_months`.
[[nodiscard]] Result<void> store_retention_rule(storage::Database& database, const RetentionRule& rule,
                                                std::string_view by, Timestamp now);

/// What a rule would erase on a day, whether it is on or not.
struct RetentionDue
{
    RetentionRule rule;
    std::vector<Uuid> roots;  ///< first revisions whose newest revision is old enough
    std::int64_t waiting = 0; ///< of these: how many have a revision that nobody has decided on
};

/// So many calendar months later, or the last day of that month: what ends on `day` is due after it.
[[nodiscard]] Date after_months(Date day, std::int64_t months);

[[nodiscard]] RetentionDue find_due(storage::Database& database, const RetentionRule& rule, Date today);

} // namespace tally::server
