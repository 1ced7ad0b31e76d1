#pragma once
/// What a contract promises, how it changes, and when it may. Until it is agreed its terms change
/// freely; afterwards every change needs a reason. Changes of what was once loaded stand in its history
/// (table target_changes) with person, moment, old and new value.

#include "server/reference/reference_repository.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct ContractTerms
{
    Contract contract;
    std::vector<Target> targets;
    std::vector<Plan> plans;
};

/// Who changes terms, when and why.
struct ChangeAuthor
{
    std::string by{command_line}; ///< id of an account, or command_line
    Timestamp at;
    std::string reason; ///< may be empty for a contract that is not agreed yet
};

inline constexpr std::size_t reason_length_max = 500; ///< code points
inline constexpr std::size_t plan_length_max = 2000;  ///< code points, each text of a plan
inline constexpr std::size_t parties_max = 20;        ///< further suppliers or buyers

[[nodiscard]] std::optional<ContractTerms> terms_of(ReferenceRepository& repository, std::string_view ref);

/// One line for each term that differs, in the order of a contract's page. Only `field`, `measure`,
/// `period`, `was` and `became` are filled; the agreement is no difference.
[[nodiscard]] std::vector<TermChange> differences(const ContractTerms& was, const ContractTerms& becomes);

/// "target NT86, 2026-Q1: 120 becomes 130".
[[nodiscard]] std::string in_words(const TermChange& change);

/// Stores new or changed terms and notes the changes of a known contract. Gives what changed. Fails with
/// `contract_agreed`, naming the differences, when the contract is agreed and there is no reason, and
/// with `too_long`. Call inside a transaction that has called lock_for_writing().
[[nodiscard]] Result<std::vector<TermChange>>
store_terms(ReferenceRepository& repository, const ContractTerms& terms, const ChangeAuthor& author);

// Each of these runs in a transaction of its own.

/// Locks the terms. Fails with `not_found`, `already_agreed`, or `nothing_to_agree` while it promises
/// nothing.
[[nodiscard]] Result<Agreement> agree_contract(storage::Database& database, std::string_view ref,
                                               const ChangeAuthor& author);

/// Takes an agreement that was a mistake back: the terms are open until it is agreed again. What changed
/// meanwhile stands in the history as every change does. Fails with `not_found`, `not_agreed`,
/// `reason_missing` or `too_long`.
[[nodiscard]] Result<void> reopen_contract(storage::Database& database, std::string_view ref,
                                           const ChangeAuthor& author);

/// Sets, adds (the measure or quarter is new) or removes (no quantity) one target. Fails with `not_found`,
/// `unknown_measure`, `out_of_contract`, `reason_missing` (a change by hand always says why), `too_long`
/// or `unchanged`.
[[nodiscard]] Result<void> change_target(storage::Database& database, std::string_view ref,
                                         std::string_view measure, Quarter period,
                                         std::optional<Quantity> quantity, const ChangeAuthor& author);

/// What a person can change of a contract by hand beside its targets.
struct ContractFacts
{
    std::string title;
    std::string supplier;
    std::vector<std::string> also_suppliers;
    std::string buyer;
    std::vector<std::string> also_buyers;
    Date starts;
    Date ends;
    std::vector<ContractRole> roles;
    YearKind year_kind = YearKind::Calendar;
};

/// Fails as change_target, and with `missing_text`, `out_of_order`, or `target_outside` when a target
/// lies in no quarter of the new dates. The field is in Error::where.
[[nodiscard]] Result<void> change_contract(storage::Database& database, std::string_view ref,
                                           const ContractFacts& facts, const ChangeAuthor& author);

/// Sets the delivery plan of one measure; a plan without any words is removed. Fails as change_target.
[[nodiscard]] Result<void> change_plan(storage::Database& database, std::string_view ref, const Plan& plan,
                                       const ChangeAuthor& author);

} // namespace tally::server
