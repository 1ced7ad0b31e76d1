#pragma once
/// What the council sets up before evidence arrives: contracts with their targets, events, places.

#include "shared/base/time.h"
#include "shared/domain/period.h"
#include "shared/domain/quantity.h"
#include "shared/domain/quarter.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// In which capacity the supplier does good under a contract: any number of them.
enum class ContractRole
{
    Employer,
    Commissioner,
    Investor,
    ServiceProvider,
    CivicLeader,
};

/// "employer", "commissioner", "investor", "service_provider", "civic_leader".
[[nodiscard]] std::string_view name_of(ContractRole role);
/// For people: "Service provider".
[[nodiscard]] std::string_view title_of(ContractRole role);
/// Also reads "Service provider" and "service-provider".
[[nodiscard]] std::optional<ContractRole> contract_role_named(std::string_view name);

/// How the contract came by its set of measures.
enum class FrameworkBasis
{
    Named,  ///< the contract or the person who loaded it names it
    ByDate, ///< the set, or the edition of the named set, whose dates cover the contract's first day
};

/// From then on the contract changes only with a reason, see contract_terms.h.
struct Agreement
{
    Timestamp at;
    std::string by; ///< id of an account, or command_line

    bool operator==(const Agreement&) const = default;
};

/// Stands in place of an account's id for what was done by a command on the server.
inline constexpr std::string_view command_line = "command line";

struct Contract
{
    std::string ref; ///< the council's own reference
    std::string title;
    std::string supplier;  ///< the first, when there are several
    std::string buyer;     ///< the first, when there are several
    std::string framework; ///< id
    std::string framework_version;
    Date starts; ///< first day
    Date ends;   ///< last day
    std::vector<std::string> also_suppliers{};
    std::vector<std::string> also_buyers{};
    std::vector<ContractRole> roles{};       ///< in the order of the enum, each once
    YearKind year_kind = YearKind::Calendar; ///< the years by which it reports
    FrameworkBasis framework_basis = FrameworkBasis::Named;
    std::optional<Agreement> agreed{};

    bool operator==(const Contract&) const = default;
};

/// Whether the contract itself asks for a measure, or the supplier adds it.
enum class Commitment
{
    NotStated,
    Core,
    Added,
};

/// "", "core", "added".
[[nodiscard]] std::string_view name_of(Commitment commitment);

/// The delivery plan of one measure, in the words of the tender; any text may be empty.
struct Plan
{
    std::string measure;
    Commitment commitment = Commitment::NotStated;
    std::string what;
    std::string how;
    std::string who;
    std::string where;
    std::string baseline;

    bool operator==(const Plan&) const = default;
};

/// One line of a contract's history: a target or another term that changed after it was first loaded.
struct TermChange
{
    std::int64_t number = 0; ///< 1, 2, 3 over all contracts, in order of time
    std::string contract;
    Timestamp at;
    std::string by;      ///< id of an account, or command_line
    std::string field;   ///< "target", "plan.what", "commitment", "ends", "supplier", "agreed", "reopened", ...
    std::string measure; ///< for target, plan and commitment
    std::string period;  ///< for target: 2026-Q1
    std::optional<std::string> was;    ///< nothing: it was not there
    std::optional<std::string> became; ///< nothing: it is gone
    std::string reason;                ///< empty only for what changed before it was agreed

    bool operator==(const TermChange&) const = default;
};

/// What the supplier promised of one measure in one quarter.
struct Target
{
    std::string measure;
    Quarter period;
    Quantity quantity;

    bool operator==(const Target&) const = default;
};

struct Place
{
    std::string id;
    std::string title;

    bool operator==(const Place&) const = default;
};

struct Event
{
    std::string id;
    std::string contract;
    std::string title;
    std::string place; ///< may be empty
    Timestamp starts_at;
    Timestamp ends_at;

    bool operator==(const Event&) const = default;
};

} // namespace tally::server
