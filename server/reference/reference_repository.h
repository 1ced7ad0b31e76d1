#pragma once
/// Contracts, targets, events, places, frameworks and questionnaires in the database.

#include "server/reference/reference.h"
#include "shared/framework/framework.h"
#include "shared/framework/local_set.h"
#include "shared/framework/questionnaire.h"
#include "shared/storage/database.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct FrameworkListing
{
    std::string id;
    std::string version;
    std::int64_t revision = 0; ///< the latest
    std::string title;
};

struct QuestionnaireListing
{
    std::string id;
    std::int32_t version = 1;
    std::string title;
};

/// Belongs to the thread of its database. Functions that write note the change for devices and must be
/// called inside a transaction that has called lock_for_writing().
class ReferenceRepository
{
public:
    explicit ReferenceRepository(storage::Database& database) : m_database(database) {}

    [[nodiscard]] std::optional<Contract> find_contract(std::string_view ref);
    [[nodiscard]] std::vector<Contract> contracts();
    /// In order of measure and period.
    [[nodiscard]] std::vector<Target> targets(std::string_view contract);
    /// In order of measure.
    [[nodiscard]] std::vector<Plan> plans(std::string_view contract);
    /// The history of a contract's terms, newest first, `limit` at most.
    [[nodiscard]] std::vector<TermChange> term_changes(std::string_view contract, std::int64_t limit = 500);
    [[nodiscard]] std::optional<Event> find_event(std::string_view id);
    [[nodiscard]] std::vector<Event> events();
    [[nodiscard]] std::vector<Event> events_of(std::string_view contract);
    [[nodiscard]] std::optional<Place> find_place(std::string_view id);
    [[nodiscard]] std::vector<Place> places();

    /// The latest revision, with the local measures that are for it. Null when there is none.
    [[nodiscard]] std::shared_ptr<const Framework> find_framework(std::string_view id,
                                                                  std::string_view version);
    /// The latest revision as it was published.
    [[nodiscard]] std::shared_ptr<const Framework> find_published(std::string_view id,
                                                                  std::string_view version);
    [[nodiscard]] std::vector<FrameworkListing> frameworks();
    /// The latest revision of each local set beside a published set; of all of them for an empty id.
    [[nodiscard]] std::vector<LocalSet> local_sets(std::string_view framework);
    [[nodiscard]] std::shared_ptr<const Questionnaire> find_questionnaire(std::string_view id,
                                                                          std::int32_t version);
    [[nodiscard]] std::vector<QuestionnaireListing> questionnaires();

    /// Each adds the item or replaces it.
    void put_contract(const Contract& contract);
    void put_target(std::string_view contract, const Target& target);
    void remove_target(std::string_view contract, std::string_view measure, Quarter period);
    void put_plan(std::string_view contract, const Plan& plan);
    void remove_plan(std::string_view contract, std::string_view measure);
    /// Adds to the history; the number is given here.
    void append_term_change(const TermChange& change);
    /// Nothing: open again.
    void set_agreed(std::string_view contract, const std::optional<Agreement>& agreement);
    void put_place(const Place& place);
    void put_event(const Event& event);

    /// Adds a revision, or nothing when that revision is there. Local sets must go together with it: see
    /// merge_local_sets.
    void add_framework(const Framework& framework, Timestamp imported_at);
    /// The text of one revision, to see whether a file differs from what is there.
    [[nodiscard]] std::optional<std::string> framework_text(std::string_view id, std::string_view version,
                                                            std::int64_t revision);
    /// The same for a local set; every edition that it is for is noted as changed for devices.
    void add_local_set(const LocalSet& set, Timestamp imported_at);
    [[nodiscard]] std::optional<std::string> local_set_text(std::string_view id, std::int64_t revision);
    void add_questionnaire(const Questionnaire& questionnaire, Timestamp imported_at);

private:
    void note_framework(std::string_view id, std::string_view version);

    storage::Database& m_database;
};

} // namespace tally::server
