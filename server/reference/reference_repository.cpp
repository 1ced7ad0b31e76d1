#include "server/reference/reference_repository.h"

#include "server/reference/reference_changes.h"

#include <nlohmann/json.hpp>

#include <algorithm>
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

[[noreturn]] void damaged(const std::string& what)
{
    throw storage::DatabaseError(storage::Failure::Damaged, "The reference data is damaged: " + what);
}

template <typename T>
T known(const std::optional<T>& value, std::string_view word)
{
    if (!value)
        damaged("the word \"" + std::string(word) + "\"");
    return *value;
}

std::vector<std::string> stored_names(const std::string& text)
{
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array() || !std::ranges::all_of(list, [](const auto& item) { return item.is_string(); }))
        damaged("a list of names");
    return list.get<std::vector<std::string>>();
}

std::string names_to_store(const std::vector<std::string>& names)
{
    return nlohmann::json(names).dump();
}

std::vector<ContractRole> stored_roles(std::string_view text)
{
    std::vector<ContractRole> roles;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        roles.push_back(known(contract_role_named(word), word));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return roles;
}

std::string roles_to_store(const std::vector<ContractRole>& roles)
{
    std::string text;
    for (const ContractRole role : roles)
        text += (text.empty() ? "" : " ") + std::string(name_of(role));
    return text;
}

FrameworkBasis stored_basis(std::string_view word)
{
    if (word != "named" && word != "by_date")
        damaged("the word \"" + std::string(word) + "\"");
    return word == "named" ? FrameworkBasis::Named : FrameworkBasis::ByDate;
}

Commitment stored_commitment(std::string_view word)
{
    for (const Commitment commitment : {Commitment::NotStated, Commitment::Core, Commitment::Added})
        if (name_of(commitment) == word)
            return commitment;
    damaged("the word \"" + std::string(word) + "\"");
}

constexpr const char* contract_columns =
    "SELECT ref, title, supplier, buyer, framework_id, framework_version, starts, ends, also_suppliers, "
    "also_buyers, roles, year_kind, framework_basis, agreed_at_ms, agreed_by FROM contracts";
constexpr const char* event_columns =
    "SELECT id, contract, title, COALESCE(place, ''), starts_at_ms, ends_at_ms FROM events";

template <typename... A>
std::vector<Contract> read_contracts(storage::Database& database, const std::string& sql,
                                     const A&... arguments)
{
    std::vector<Contract> found;
    using S = std::string;
    database.for_each<S, S, S, S, S, S, S, S, S, S, S, S, S, std::optional<std::int64_t>, std::optional<S>>(
        sql,
        [&](S ref, S title, S supplier, S buyer, S framework, S version, const S& starts, const S& ends,
            const S& also_suppliers, const S& also_buyers, const S& roles, const S& year_kind, const S& basis,
            std::optional<std::int64_t> agreed_at, std::optional<S> agreed_by) {
            Contract contract{std::move(ref),
                              std::move(title),
                              std::move(supplier),
                              std::move(buyer),
                              std::move(framework),
                              std::move(version),
                              stored(parse_date(starts)),
                              stored(parse_date(ends))};
            contract.also_suppliers = stored_names(also_suppliers);
            contract.also_buyers = stored_names(also_buyers);
            contract.roles = stored_roles(roles);
            contract.year_kind = known(year_kind_named(year_kind), year_kind);
            contract.framework_basis = stored_basis(basis);
            if (agreed_at)
                contract.agreed = Agreement{Timestamp{*agreed_at}, agreed_by.value_or("")};
            found.push_back(std::move(contract));
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

std::vector<Plan> ReferenceRepository::plans(std::string_view contract)
{
    std::vector<Plan> found;
    using S = std::string;
    m_database.for_each<S, S, S, S, S, S, S>(
        "SELECT measure, commitment, what, how, who, location, baseline FROM contract_plans "
        "WHERE contract = :contract ORDER BY measure",
        [&](S measure, const S& commitment, S what, S how, S who, S where, S baseline) {
            found.push_back({std::move(measure), stored_commitment(commitment), std::move(what),
                             std::move(how), std::move(who), std::move(where), std::move(baseline)});
        },
        contract);
    return found;
}

std::vector<TermChange> ReferenceRepository::term_changes(std::string_view contract, std::int64_t limit)
{
    std::vector<TermChange> found;
    using S = std::string;
    m_database.for_each<std::int64_t, std::int64_t, S, S, S, S, std::optional<S>, std::optional<S>, S>(
        "SELECT number, changed_at_ms, changed_by, field, measure, period, was, became, reason "
        "FROM target_changes WHERE contract = :contract ORDER BY number DESC LIMIT :limit",
        [&](std::int64_t number, std::int64_t at, S by, S field, S measure, S period, std::optional<S> was,
            std::optional<S> became, S reason) {
            found.push_back({number, std::string(contract), Timestamp{at}, std::move(by), std::move(field),
                             std::move(measure), std::move(period), std::move(was), std::move(became),
                             std::move(reason)});
        },
        contract, limit);
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

std::shared_ptr<const Framework> ReferenceRepository::find_published(std::string_view id,
                                                                     std::string_view version)
{
    const auto text = m_database.query_one<std::string>("SELECT document FROM frameworks WHERE id = :id AND "
                                                        "version = :version ORDER BY revision DESC LIMIT 1",
                                                        id, version);
    if (!text)
        return nullptr;
    FrameworkLoad load = parse_framework(*text);
    if (!load.framework)
        damaged("the framework " + std::string(id) + ", " + load.problems.front().text());
    return std::make_shared<const Framework>(*std::move(load.framework));
}

std::shared_ptr<const Framework> ReferenceRepository::find_framework(std::string_view id,
                                                                     std::string_view version)
{
    auto published = find_published(id, version);
    if (!published)
        return nullptr;
    const auto sets = local_sets(id);
    if (sets.empty())
        return published;
    LocalMerge merge = merge_local_sets(*published, sets);
    // Imports refuse what clashes, so a clash here means that the database was altered.
    if (!merge.framework)
        damaged("the local measures of the framework " + std::string(id) + ", " +
                merge.clashes.front().message);
    return std::make_shared<const Framework>(*std::move(merge.framework));
}

std::vector<LocalSet> ReferenceRepository::local_sets(std::string_view framework)
{
    std::vector<LocalSet> found;
    m_database.for_each<std::string>(
        "SELECT document FROM local_sets AS latest WHERE (framework_id = :framework OR :everyone = 1) AND "
        "revision = (SELECT MAX(revision) FROM local_sets AS other WHERE other.id = latest.id) ORDER BY id",
        [&](const std::string& text) {
            LocalSetLoad load = parse_local_set(text);
            if (!load.set)
                damaged("a local set, " + load.problems.front().text());
            found.push_back(*std::move(load.set));
        },
        framework, std::int64_t{framework.empty()});
    return found;
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
        "INSERT INTO contracts (ref, title, supplier, buyer, framework_id, framework_version, starts, ends, "
        "also_suppliers, also_buyers, roles, year_kind, framework_basis) "
        "VALUES (:ref, :title, :supplier, :buyer, :framework, :version, :starts, :ends, "
        ":also_suppliers, :also_buyers, :roles, :year_kind, :basis) "
        "ON CONFLICT (ref) DO UPDATE SET title = excluded.title, supplier = excluded.supplier, "
        "buyer = excluded.buyer, framework_id = excluded.framework_id, "
        "framework_version = excluded.framework_version, starts = excluded.starts, ends = excluded.ends, "
        "also_suppliers = excluded.also_suppliers, also_buyers = excluded.also_buyers, "
        "roles = excluded.roles, year_kind = excluded.year_kind, framework_basis = excluded.framework_basis",
        contract.ref, contract.title, contract.supplier, contract.buyer, contract.framework,
        contract.framework_version, format_date(contract.starts), format_date(contract.ends),
        names_to_store(contract.also_suppliers), names_to_store(contract.also_buyers),
        roles_to_store(contract.roles), name_of(contract.year_kind),
        contract.framework_basis == FrameworkBasis::Named ? "named" : "by_date");
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

void ReferenceRepository::put_plan(std::string_view contract, const Plan& plan)
{
    m_database.run("INSERT INTO contract_plans (contract, measure, commitment, what, how, who, location, "
                   "baseline) VALUES (:contract, :measure, :commitment, :what, :how, :who, :location, "
                   ":baseline) ON CONFLICT (contract, measure) DO UPDATE SET "
                   "commitment = excluded.commitment, what = excluded.what, how = excluded.how, "
                   "who = excluded.who, location = excluded.location, baseline = excluded.baseline",
                   contract, plan.measure, name_of(plan.commitment), plan.what, plan.how, plan.who,
                   plan.where, plan.baseline);
}

void ReferenceRepository::remove_plan(std::string_view contract, std::string_view measure)
{
    m_database.run("DELETE FROM contract_plans WHERE contract = :contract AND measure = :measure", contract,
                   measure);
}

void ReferenceRepository::append_term_change(const TermChange& change)
{
    const std::int64_t number =
        m_database.query_one<std::int64_t>("SELECT COALESCE(MAX(number), 0) FROM target_changes")
            .value_or(0) +
        1;
    m_database.run("INSERT INTO target_changes (number, contract, changed_at_ms, changed_by, field, measure, "
                   "period, was, became, reason) VALUES (:number, :contract, :at, :by, :field, :measure, "
                   ":period, :was, :became, :reason)",
                   number, change.contract, change.at.ms, change.by, change.field, change.measure,
                   change.period, change.was, change.became, change.reason);
}

void ReferenceRepository::set_agreed(std::string_view contract, const std::optional<Agreement>& agreement)
{
    const auto at = agreement ? std::optional(agreement->at.ms) : std::nullopt;
    const auto by = agreement ? std::optional(agreement->by) : std::nullopt;
    m_database.run("UPDATE contracts SET agreed_at_ms = :at, agreed_by = :by WHERE ref = :ref", at, by,
                   contract);
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
    note_framework(framework.id, framework.version);
}

void ReferenceRepository::note_framework(std::string_view id, std::string_view version)
{
    // Devices get the latest revision only, also when an older one is loaded afterwards, and in it the
    // local measures: a device needs no knowledge of local sets.
    const auto merged = find_framework(id, version);
    note_reference_change(m_database, "framework", std::string(id) + "@" + std::string(version),
                          merged ? std::optional(merged->text) : std::nullopt);
}

void ReferenceRepository::add_local_set(const LocalSet& set, Timestamp imported_at)
{
    m_database.run(
        "INSERT INTO local_sets (framework_id, id, revision, title, document, imported_at_ms) "
        "VALUES (:framework, :id, :revision, :title, :document, :imported_at) ON CONFLICT DO NOTHING",
        set.framework, set.id, set.revision, set.title, set.text, imported_at.ms);
    for (const FrameworkListing& listing : frameworks())
        if (listing.id == set.framework)
            note_framework(listing.id, listing.version);
}

std::optional<std::string> ReferenceRepository::local_set_text(std::string_view id, std::int64_t revision)
{
    return m_database.query_one<std::string>(
        "SELECT document FROM local_sets WHERE id = :id AND revision = :revision", id, revision);
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
