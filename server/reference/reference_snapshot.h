#pragma once
/// All reference data at one moment, for looking up many entries without asking the database for each.

#include "server/reference/reference.h"
#include "shared/framework/framework.h"
#include "shared/framework/questionnaire.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tally::server {

/// Immutable once loaded, so threads may share it.
class ReferenceSnapshot
{
public:
    /// Reads everything in one transaction.
    [[nodiscard]] static std::shared_ptr<const ReferenceSnapshot> load(storage::Database& database);

    /// reference_cursor() when it was loaded; another value there means that it is out of date.
    [[nodiscard]] std::int64_t cursor() const { return m_cursor; }

    /// Null when unknown. Pointers live as long as the snapshot.
    [[nodiscard]] const Contract* find_contract(std::string_view ref) const;
    [[nodiscard]] const Event* find_event(std::string_view id) const;
    [[nodiscard]] const Place* find_place(std::string_view id) const;
    [[nodiscard]] const Framework* find_framework(std::string_view id, std::string_view version) const;
    [[nodiscard]] const Framework* framework_of(const Contract& contract) const
    {
        return find_framework(contract.framework, contract.framework_version);
    }
    [[nodiscard]] std::vector<const Framework*> frameworks() const;
    [[nodiscard]] const Questionnaire* find_questionnaire(std::string_view id, std::int32_t version) const;

    [[nodiscard]] const std::map<std::string, Contract, std::less<>>& contracts() const
    {
        return m_contracts;
    }

private:
    std::int64_t m_cursor = 0;
    std::map<std::string, Contract, std::less<>> m_contracts;
    std::map<std::string, Event, std::less<>> m_events;
    std::map<std::string, Place, std::less<>> m_places;
    /// By id@version.
    std::map<std::string, std::shared_ptr<const Framework>, std::less<>> m_frameworks;
    std::map<std::string, std::shared_ptr<const Questionnaire>, std::less<>> m_questionnaires;
};

} // namespace tally::server
