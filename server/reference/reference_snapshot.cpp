#include "server/reference/reference_snapshot.h"

#include "server/reference/reference_changes.h"
#include "server/reference/reference_repository.h"

namespace tally::server {

namespace {

std::string versioned(std::string_view id, std::string_view version)
{
    return std::string(id) + "@" + std::string(version);
}

template <typename Map>
const typename Map::mapped_type* find_in(const Map& map, std::string_view key)
{
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

} // namespace

std::shared_ptr<const ReferenceSnapshot> ReferenceSnapshot::load(storage::Database& database)
{
    const auto made = std::make_shared<ReferenceSnapshot>();
    storage::Transaction transaction(database, storage::Access::Read);
    ReferenceRepository repository(database);
    made->m_cursor = reference_cursor(database);
    for (Contract& contract : repository.contracts())
        made->m_contracts.emplace(contract.ref, contract);
    for (Event& event : repository.events())
        made->m_events.emplace(event.id, event);
    for (Place& place : repository.places())
        made->m_places.emplace(place.id, place);
    for (const FrameworkListing& listing : repository.frameworks())
        made->m_frameworks.emplace(versioned(listing.id, listing.version),
                                   repository.find_framework(listing.id, listing.version));
    for (const QuestionnaireListing& listing : repository.questionnaires())
        made->m_questionnaires.emplace(versioned(listing.id, std::to_string(listing.version)),
                                       repository.find_questionnaire(listing.id, listing.version));
    transaction.commit();
    return made;
}

const Contract* ReferenceSnapshot::find_contract(std::string_view ref) const
{
    return find_in(m_contracts, ref);
}

const Event* ReferenceSnapshot::find_event(std::string_view id) const
{
    return find_in(m_events, id);
}

const Place* ReferenceSnapshot::find_place(std::string_view id) const
{
    return find_in(m_places, id);
}

std::vector<const Framework*> ReferenceSnapshot::frameworks() const
{
    std::vector<const Framework*> all;
    for (const auto& [name, framework] : m_frameworks)
        all.push_back(framework.get());
    return all;
}

const Framework* ReferenceSnapshot::find_framework(std::string_view id, std::string_view version) const
{
    const auto* found = find_in(m_frameworks, versioned(id, version));
    return found == nullptr ? nullptr : found->get();
}

const Questionnaire* ReferenceSnapshot::find_questionnaire(std::string_view id, std::int32_t version) const
{
    const auto* found = find_in(m_questionnaires, versioned(id, std::to_string(version)));
    return found == nullptr ? nullptr : found->get();
}

} // namespace tally::server
