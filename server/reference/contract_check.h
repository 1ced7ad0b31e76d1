#pragma once
/// Turns drafts from a file into facts, or notes everything that is wrong with them.

#include "server/reference/contract_drafts.h"
#include "server/reference/contract_terms.h"
#include "server/reference/import.h"

#include <map>
#include <memory>

namespace tally::server {

struct CheckedContract
{
    ContractTerms terms;
    std::vector<Event> events;
    std::string where; ///< of its reference in the file
};

class ContractChecker
{
public:
    /// All must outlive the checker. Notes for people go to `report.lines`, mistakes to its problems.
    ContractChecker(ReferenceRepository& repository, const Clock& clock, const ContractImport& options,
                    ImportReport& report);

    [[nodiscard]] Place check(const PlaceDraft& draft);
    [[nodiscard]] CheckedContract check(const ContractDraft& draft);

private:
    using KnownFramework = std::shared_ptr<const Framework>;

    void refuse(std::string code, std::string message, const Cell& where);
    std::string reference(const Cell& cell);
    std::string text(const Cell& cell);
    std::string long_text(const Cell& cell);
    Date date(const Cell& cell);
    Timestamp moment(const Cell& day, const Cell& time);
    std::vector<std::string> names(const std::vector<Cell>& cells);
    std::vector<ContractRole> roles(const std::vector<Cell>& cells);
    YearKind year_kind(const Cell& cell);

    /// Chooses the set of measures and writes it into the contract; null when that failed.
    KnownFramework choose_framework(const ContractDraft& draft, const ContractTerms* known,
                                    Contract& contract);
    KnownFramework named_framework(const std::string& id, const std::string& version, const Cell& where);
    KnownFramework edition_by_date(const std::string& id, Date day, const Cell& where);
    [[nodiscard]] std::string frameworks_here();

    void check_terms(const ContractDraft& draft, const ContractTerms* known, const Framework* framework,
                     ContractTerms& terms);
    Target check(const TargetDraft& draft, const Framework* framework, const ContractTerms& so_far);
    Plan check(const PlanDraft& draft, const Framework* framework, const ContractTerms& so_far);
    Event check(const EventDraft& draft, const std::string& contract);
    void measure_exists(const Framework* framework, const std::string& measure, const Cell& where);
    void check_kept(const ContractDraft& draft, const Framework* framework, const ContractTerms& terms);

    ReferenceRepository& m_repository;
    const Clock& m_clock;
    const ContractImport& m_options;
    ImportReport& m_report;
    std::map<std::string, int> m_contracts;
    std::map<std::string, int> m_places;
    std::map<std::string, int> m_events;
    std::map<std::string, KnownFramework> m_frameworks;
    std::vector<Framework> m_all; ///< every latest edition, read when a contract names none
};

} // namespace tally::server
