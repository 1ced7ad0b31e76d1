#include "server/reference/reference_repository.h"

#include "server/reference/reference_changes.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace tally::server {

namespace {

/// Dates and quarters were checked on their way in; other text means that the database was altered.
template <typename T>
T stored(Result<T> result)
{
    if (!result)
        throw storage::DatabaseError(storage::Failure::Damaged,
                                     "The reference data is damaged: " + result.error().text());
    return *std::move(result);
}

constexpr const char* contract_columns =
    "SELECT ref, title, supplier, buyer, framework_id, framework_version, starts, ends FROM contracts";
constexpr const char* event_columns =
    "SELECT id, contract, title, COALESCE(place, ''), starts_at_ms, ends_at_ms FROM events";

template <typename... A>
std::vector<Contract> read_contracts(storage::Database& database, const std::string& sql,
                                     const A&... arguments)
{
    std::vector<Contract> found;
    using S = std::string;
    database.for_each<S, S, S, S, S, S, S, S>(
        sql,
        [&](S ref, S title, S supplier, S buyer, S framework, S version, const S& starts, const S& ends) {
            found.push_back({std::move(ref), std::move(title), std::move(supplier), std::move(buyer),
                             std::move(framework), std::move(version), stored(parse_date(starts)),
                             stored(parse_date(ends))});
        },
        arguments...);
    return found;
}

template <typename... A>
std::vector<Event> read_events(storage::Database& database, const std::string& sql, const A&... arguments)
{
    std::vector<Event> found;
    using S = std::string;
    database.for_each<S, S, S, S, std::int64_t, std::int64_t>(
        sql,
        [&](S id, S contract, S title, S place, std::int64_t starts, std::int64_t ends) {
            found.push_back({std::move(id), std::move(contract), std::move(title), std::move(place),
                             Timestamp{starts}, Timestamp{ends}});
        },
        arguments...);
    return found;
}

template <typename T>
std::optional<T> first_of(std::vector<T> items)
{
    return items.empty() ? std::nullopt : std::optional<T>(std::move(items.front()));
}

} // namespace

std::optional<Contract> ReferenceRepository::find_contract(std::string_view ref)
{
    return first_of(read_contracts(m_database, std::string(contract_columns) + " WHERE ref = :ref", ref));
}

std::vector<Contract> ReferenceRepository::contracts()
{
    return read_contracts(m_database, std::string(contract_columns) + " ORDER BY ref");
}

std::vector<Target> ReferenceRepository::targets(std::string_view contract)
{
    std::vector<Target> found;
    m_database.for_each<std::string, std::string, std::int64_t>(
        "SELECT measure, period, quantity FROM contract_targets WHERE contract = :contract "
        "ORDER BY measure, period",
        [&](std::string measure, const std::string& period, std::int64_t quantity) {
            found.push_back({std::move(measure), stored(parse_quarter(period)), Quantity{quantity}});
        },
        contract);
    return found;
}

std::optional<Event> ReferenceRepository::find_event(std::string_view id)
{
    return first_of(read_events(m_database, std::string(event_columns) + " WHERE id = :id", id));
}

std::vector<Event> ReferenceRepository::events()
{
    return read_events(m_database, std::string(event_columns) + " ORDER BY starts_at_ms, id");
}

std::vector<Event> ReferenceRepository::events_of(std::string_view contract)
{
    return read_events(m_database,
                       std::string(event_columns) + " WHERE contract = :contract ORDER BY starts_at_ms, id",
                       contract);
}

std::optional<Place> ReferenceRepository::find_place(std::string_view id)
{
    auto row = m_database.query_one<std::string>("SELECT title FROM places WHERE id = :id", id);
    if (!row)
        return std::nullopt;
    return Place{std::string(id), *std::move(row)};
}

std::vector<Place> ReferenceRepository::places()
{
    std::vector<Place> found;
    m_database.for_each<std::string, std::string>("SELECT id, title FROM places ORDER BY title, id",
                                                  [&](std::string id, std::string title) {
                                                      found.push_back({std::move(id), std::move(title)});
                                                  });
    return found;
}

std::shared_ptr<const Framework> ReferenceRepository::find_framework(std::string_view id,
                                                                     std::string_view version)
{
    const auto text = m_database.query_one<std::string>("SELECT document FROM frameworks WHERE id = :id AND "
                                                        "version = :version ORDER BY revision DESC LIMIT 1",
                                                        id, version);
    if (!text)
        return nullptr;
    FrameworkLoad load = parse_framework(*text);
    if (!load.framework)
        throw storage::DatabaseError(storage::Failure::Damaged,
                                     "The stored framework " + std::string(id) +
                                         " is damaged: " + load.problems.front().text());
    return std::make_shared<const Framework>(*std::move(load.framework));
}

std::vector<FrameworkListing> ReferenceRepository::frameworks()
{
    std::vector<FrameworkListing> found;
    m_database.for_each<std::string, std::string, std::int64_t, std::string>(
        "SELECT id, version, revision, title FROM frameworks AS latest WHERE revision = (SELECT "
        "MAX(revision) "
        "FROM frameworks AS other WHERE other.id = latest.id AND other.version = latest.version) "
        "ORDER BY id, version",
        [&](std::string id, std::string version, std::int64_t revision, std::string title) {
            found.push_back({std::move(id), std::move(version), revision, std::move(title)});
        });
    return found;
}

std::shared_ptr<const Questionnaire> ReferenceRepository::find_questionnaire(std::string_view id,
                                                                             std::int32_t version)
{
    const auto text = m_database.query_one<std::string>(
        "SELECT document FROM questionnaires WHERE id = :id AND version = :version", id, version);
    if (!text)
        return nullptr;
    QuestionnaireLoad load = parse_questionnaire(*text);
    if (!load.questionnaire)
        throw storage::DatabaseError(storage::Failure::Damaged,
                                     "The stored questionnaire " + std::string(id) +
                                         " is damaged: " + load.problems.front().text());
    return std::make_shared<const Questionnaire>(*std::move(load.questionnaire));
}

std::vector<QuestionnaireListing> ReferenceRepository::questionnaires()
{
    std::vector<QuestionnaireListing> found;
    m_database.for_each<std::string, std::int32_t, std::string>(
        "SELECT id, version, title FROM questionnaires ORDER BY id, version",
        [&](std::string id, std::int32_t version, std::string title) {
            found.push_back({std::move(id), version, std::move(title)});
        });
    return found;
}

void ReferenceRepository::put_contract(const Contract& contract)
{
    m_database.run(
        "INSERT INTO contracts (ref, title, supplier, buyer, framework_id, framework_version, starts, ends) "
        "VALUES (:ref, :title, :supplier, :buyer, :framework, :version, :starts, :ends) "
        "ON CONFLICT (ref) DO UPDATE SET title = excluded.title, supplier = excluded.supplier, "
        "buyer = excluded.buyer, framework_id = excluded.framework_id, "
        "framework_version = excluded.framework_version, starts = excluded.starts, ends = excluded.ends",
        contract.ref, contract.title, contract.supplier, contract.buyer, contract.framework,
        contract.framework_version, format_date(contract.starts), format_date(contract.ends));
    const nlohmann::ordered_json document = {{"ref", contract.ref},
                                             {"title", contract.title},
                                             {"supplier", contract.supplier},
                                             {"buyer", contract.buyer},
                                             {"framework", contract.framework},
                                             {"framework_version", contract.framework_version},
                                             {"starts", format_date(contract.starts)},
                                             {"ends", format_date(contract.ends)}};
    note_reference_change(m_database, "contract", contract.ref, document.dump());
}

void ReferenceRepository::put_target(std::string_view contract, const Target& target)
{
    m_database.run("INSERT INTO contract_targets (contract, measure, period, quantity) "
                   "VALUES (:contract, :measure, :period, :quantity) "
                   "ON CONFLICT (contract, measure, period) DO UPDATE SET quantity = excluded.quantity",
                   contract, target.measure, format_quarter(target.period), target.quantity.parts);
}

void ReferenceRepository::remove_target(std::string_view contract, std::string_view measure, Quarter period)
{
    m_database.run("DELETE FROM contract_targets WHERE contract = :contract AND measure = :measure AND "
                   "period = :period",
                   contract, measure, format_quarter(period));
}

void ReferenceRepository::put_place(const Place& place)
{
    m_database.run("INSERT INTO places (id, title) VALUES (:id, :title) "
                   "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
                   place.id, place.title);
    const nlohmann::ordered_json document = {{"id", place.id}, {"title", place.title}};
    note_reference_change(m_database, "place", place.id, document.dump());
}

void ReferenceRepository::put_event(const Event& event)
{
    const std::optional<std::string> place = event.place.empty() ? std::nullopt : std::optional(event.place);
    m_database.run(
        "INSERT INTO events (id, contract, title, place, starts_at_ms, ends_at_ms) "
        "VALUES (:id, :contract, :title, :place, :starts, :ends) "
        "ON CONFLICT (id) DO UPDATE SET contract = excluded.contract, title = excluded.title, "
        "place = excluded.place, starts_at_ms = excluded.starts_at_ms, ends_at_ms = excluded.ends_at_ms",
        event.id, event.contract, event.title, place, event.starts_at.ms, event.ends_at.ms);
    const nlohmann::ordered_json document = {
        {"id", event.id},       {"contract", event.contract},         {"title", event.title},
        {"place", event.place}, {"starts_at_ms", event.starts_at.ms}, {"ends_at_ms", event.ends_at.ms}};
    note_reference_change(m_database, "event", event.id, document.dump());
}

void ReferenceRepository::add_framework(const Framework& framework, Timestamp imported_at)
{
    m_database.run(
        "INSERT INTO frameworks (id, version, revision, title, document, imported_at_ms) "
        "VALUES (:id, :version, :revision, :title, :document, :imported_at) ON CONFLICT DO NOTHING",
        framework.id, framework.version, framework.revision, framework.title, framework.text, imported_at.ms);
    // Devices get the latest revision only, also when an older one is loaded afterwards.
    const auto latest =
        m_database.query_one<std::string>("SELECT document FROM frameworks WHERE id = :id AND "
                                          "version = :version ORDER BY revision DESC LIMIT 1",
                                          framework.id, framework.version);
    note_reference_change(m_database, "framework", framework.id + "@" + framework.version, latest);
}

std::optional<std::string> ReferenceRepository::framework_text(std::string_view id, std::string_view version,
                                                               std::int64_t revision)
{
    return m_database.query_one<std::string>(
        "SELECT document FROM frameworks WHERE id = :id AND version = :version AND revision = :revision", id,
        version, revision);
}

void ReferenceRepository::add_questionnaire(const Questionnaire& questionnaire, Timestamp imported_at)
{
    m_database.run("INSERT INTO questionnaires (id, version, title, document, imported_at_ms) "
                   "VALUES (:id, :version, :title, :document, :imported_at) ON CONFLICT DO NOTHING",
                   questionnaire.id, questionnaire.version,
                   text_in(questionnaire.title, questionnaire.languages.front(), questionnaire),
                   questionnaire.text, imported_at.ms);
    note_reference_change(m_database, "questionnaire",
                          questionnaire.id + "@" + std::to_string(questionnaire.version), questionnaire.text);
}

} // namespace tally::server
