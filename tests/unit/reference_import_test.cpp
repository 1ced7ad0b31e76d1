#include "server/reference/csv.h"
#include "server/reference/import.h"
#include "server/reference/reference_changes.h"
#include "server/reference/reference_repository.h"
#include "server/reference/reference_snapshot.h"
#include "shared/base/files.h"
#include "tests/support/reference.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

using namespace tally;
using namespace tally::server;

namespace {

const ManualClock summer_clock(*parse_utc("2026-06-01T12:00:00.000Z"), 60);

/// Runs one body on an empty server database of both kinds, with the shipped frameworks.
void on_both(const std::function<void(storage::Database&)>& body)
{
    test::on_both_reference_databases(summer_clock.now(), body);
}

nlohmann::json contracts_file()
{
    return nlohmann::json::parse(R"({
        "schema": "tallybook-contracts/1",
        "places": [{"id": "park", "title": "Avenham Park"}],
        "contracts": [{
            "ref": "LCC-1", "title": "Roads", "supplier": "Ribble Roads Ltd", "buyer": "The council",
            "framework": "lancashire-toms-2024", "framework_version": "2024-28",
            "starts": "2025-04-01", "ends": "2028-03-31",
            "targets": [{"measure": "NT86", "period": "2026-Q1", "quantity": "120"},
                        {"measure": "NT86", "period": "2026-Q2", "quantity": "130.5"}],
            "events": [{"id": "river-day", "title": "River day", "place": "park",
                        "date": "2026-06-13", "start": "10:00", "end": "15:00"}]
        }]})");
}

ImportReport import_json(storage::Database& database, const nlohmann::json& file)
{
    return import_contracts(database, ContractFormat::Json, file.dump(), summer_clock);
}

bool has_problem(const ImportReport& report, const std::string& code, const std::string& where)
{
    return std::ranges::any_of(report.problems, [&](const Error& problem) {
        return problem.code == code && problem.where == where && !problem.message.empty();
    });
}

std::vector<std::string> keys(const std::vector<ReferenceChange>& changes)
{
    std::vector<std::string> found;
    for (const ReferenceChange& change : changes)
        found.push_back(change.topic + " " + change.key);
    return found;
}

using Keys = std::vector<std::string>;

} // namespace

TEST_CASE("contracts with places, targets and events are read from JSON")
{
    on_both([](storage::Database& database) {
        const ImportReport report = import_json(database, contracts_file());
        REQUIRE(report.ok());
        CHECK(report.added == 3);

        ReferenceRepository repository(database);
        const auto contract = repository.find_contract("LCC-1");
        REQUIRE(contract.has_value());
        CHECK(contract->supplier == "Ribble Roads Ltd");
        CHECK(contract->ends == Date{2028, 3, 31});
        const auto targets = repository.targets("LCC-1");
        REQUIRE(targets.size() == 2);
        CHECK(targets[1] == Target{"NT86", Quarter{2026, 2}, *parse_quantity("130.5")});
        const auto event = repository.find_event("river-day");
        REQUIRE(event.has_value());
        CHECK(format_utc(event->starts_at) == "2026-06-13T09:00:00.000Z");
        CHECK(format_utc(event->ends_at) == "2026-06-13T14:00:00.000Z");
        CHECK(repository.events_of("LCC-1").size() == 1);
        CHECK(repository.places() == std::vector<Place>{{"park", "Avenham Park"}});
        CHECK(repository.find_contract("LCC-2") == std::nullopt);
    });
}

TEST_CASE("loading a file twice changes nothing, also for devices")
{
    on_both([](storage::Database& database) {
        REQUIRE(import_json(database, contracts_file()).ok());
        const auto cursor = reference_cursor(database);
        const ImportReport again = import_json(database, contracts_file());
        CHECK(again.ok());
        CHECK(again.unchanged == 3);
        CHECK(again.added + again.changed == 0);
        CHECK(import_shipped(database, assets_dir(), summer_clock.now()).unchanged == 7);
        CHECK(reference_cursor(database) == cursor);
    });
}

TEST_CASE("a changed plan replaces the old one, and devices are told of what they need alone")
{
    on_both([](storage::Database& database) {
        REQUIRE(import_json(database, contracts_file()).ok());
        const auto cursor = reference_cursor(database);

        nlohmann::json file = contracts_file();
        file["contracts"][0]["targets"].erase(1);
        CHECK(import_json(database, file).changed == 1);
        CHECK(ReferenceRepository(database).targets("LCC-1").size() == 1);
        CHECK(reference_cursor(database) == cursor); // targets stay on the server

        file["contracts"][0]["title"] = "Roads and paths";
        file["contracts"][0]["events"][0]["end"] = "16:00";
        CHECK(import_json(database, file).changed == 2);
        CHECK(keys(reference_changes_since(database, cursor, 100)) ==
              Keys{"contract LCC-1", "event river-day"});
    });
}

TEST_CASE("a device pulls what changed since its cursor, in order and in bounded portions")
{
    on_both([](storage::Database& database) {
        REQUIRE(import_json(database, contracts_file()).ok());
        const auto all = reference_changes_since(database, 0, 100);
        REQUIRE(all.size() == 5 + 2 + 3);
        CHECK(keys({all.end() - 3, all.end()}) == Keys{"place park", "contract LCC-1", "event river-day"});
        CHECK(nlohmann::json::parse(*all[8].document)["framework"] == "lancashire-toms-2024");
        CHECK(nlohmann::json::parse(*all[9].document)["ends_at_ms"] == 1781359200000);
        CHECK(keys(all)[2] == "framework lancashire-toms-2024@2024-28");
        CHECK(nlohmann::json::parse(*all[2].document)["measures"].size() == 43);
        CHECK(nlohmann::json::parse(*all[5].document)["schema"] == "sv-questionnaire/1");

        const auto some = reference_changes_since(database, 0, 4);
        REQUIRE(some.size() == 4);
        const auto rest = reference_changes_since(database, some.back().cursor, 100);
        CHECK(rest.size() == 6);
        CHECK(rest.front().cursor > some.back().cursor);
        CHECK(reference_changes_since(database, reference_cursor(database), 100).empty());
    });
}

TEST_CASE("contracts are read from a spreadsheet, a line for each target")
{
    on_both([](storage::Database& database) {
        const std::string file =
            "\xEF\xBB\xBF"
            "ref,title,supplier,buyer,framework,framework_version,starts,ends,measure,period,quantity\r\n"
            "LCC-1,\"Roads, paths and \"\"verges\"\"\",Ribble Roads Ltd,Council,lancashire-toms-2024,2024-28,"
            "2025-04-01,2028-03-31,NT86,2026-Q1,120\r\n"
            ",,,,,,,,NT86,2026-Q2,130.5\r\n"
            "LCC-1,,,,,,,,NT18,2026-Q1,50000\r\n"
            "LCC-2,Schools,Wyre Catering,Council,lancashire-toms-2024,2024-28,2025-04-01,2026-03-31,,,\r\n"
            "\r\n";
        const ImportReport report = import_contracts(database, ContractFormat::Csv, file, summer_clock);
        for (const Error& problem : report.problems)
            MESSAGE(problem.text());
        REQUIRE(report.ok());
        CHECK(report.added == 2);
        ReferenceRepository repository(database);
        CHECK(repository.find_contract("LCC-1")->title == "Roads, paths and \"verges\"");
        CHECK(repository.targets("LCC-1").size() == 3);
        CHECK(repository.targets("LCC-2").empty());
    });
}

TEST_CASE("a bad spreadsheet is refused with the line and column, and stores nothing")
{
    struct Case
    {
        std::string row;
        const char* code;
        const char* where;
    };
    const std::string head =
        "ref,title,supplier,buyer,framework,framework_version,starts,ends,measure,period,quantity\n";
    const std::string good = "LCC-1,Roads,Ribble,Council,lancashire-toms-2024,2024-28,2025-04-01,2028-03-31,";
    const std::vector<Case> cases = {
        {good + "NT999,2026-Q1,1\n", "unknown_measure", "line 2, measure"},
        {good + "NT86,2026-Q5,1\n", "bad_quarter", "line 2, period"},
        {good + "NT86,2024-Q1,1\n", "out_of_contract", "line 2, period"},
        {good + "NT86,2026-Q1,1e3\n", "bad_number", "line 2, quantity"},
        {good + "NT86,2026-Q1,\n", "bad_number", "line 2, quantity"},
        {good + "NT86,2026-Q1,1\n,,,,,,,,NT86,2026-Q1,2\n", "duplicate", "line 3, measure"},
        {good + "NT86,2026-Q1,1\nLCC-1,Other,,,,,,,NT86,2026-Q2,2\n", "contradiction", "line 3, title"},
        {good + "NT86,2026-Q1,1,,\n", "bad_csv", "line 2"},
        {good + "\"NT86,2026-Q1,1\n", "bad_csv", "line 3"},
        {"LCC 1,Roads,Ribble,Council,lancashire-toms-2024,2024-28,2025-04-01,2028-03-31,,,\n",
         "bad_reference", "line 2, ref"},
        {"LCC-1,,Ribble,Council,lancashire-toms-2024,2024-28,2025-04-01,2028-03-31,,,\n", "missing_text",
         "line 2, title"},
        {"LCC-1,Roads,Ribble,Council,lancashire-toms-2024,2024,2025-04-01,2028-03-31,,,\n",
         "unknown_framework", "line 2, framework"},
        {"LCC-1,Roads,Ribble,Council,lancashire-toms-2024,2024-28,1/4/2025,2028-03-31,,,\n", "bad_date",
         "line 2, starts"},
        {"LCC-1,Roads,Ribble,Council,lancashire-toms-2024,2024-28,2025-04-01,2024-03-31,,,\n", "out_of_order",
         "line 2, ends"},
    };
    on_both([&](storage::Database& database) {
        for (const Case& c : cases) {
            const ImportReport report =
                import_contracts(database, ContractFormat::Csv, head + c.row, summer_clock);
            CHECK_MESSAGE(has_problem(report, c.code, c.where),
                          c.row << (report.ok() ? "" : report.problems[0].text()));
            CHECK(ReferenceRepository(database).contracts().empty());
        }
    });
}

TEST_CASE("the first line of a spreadsheet must name every column and no other")
{
    on_both([](storage::Database& database) {
        const auto report =
            import_contracts(database, ContractFormat::Csv, "ref,title,colour\n", summer_clock);
        CHECK(has_problem(report, "unknown_column", "line 1"));
        CHECK(has_problem(report, "missing_column", "line 1"));
        CHECK(has_problem(import_contracts(database, ContractFormat::Csv, "", summer_clock), "empty_file",
                          "line 1"));
        CHECK(has_problem(import_contracts(database, ContractFormat::Csv, "a\xff\n", summer_clock), "bad_csv",
                          ""));
    });
}

TEST_CASE("a bad JSON file is refused whole, each mistake with its place")
{
    struct Case
    {
        const char* pointer;
        nlohmann::json value;
        const char* code;
        const char* where;
    };
    const std::vector<Case> cases = {
        {"/schema", "contracts", "unknown_word", "schema"},
        {"/contracts/0/targets/1/period", "2026-Q1", "duplicate", "contracts[0].targets[1].measure"},
        {"/contracts/0/targets/0/quantity", 120, "wrong_type", "contracts[0].targets[0].quantity"},
        {"/contracts/0/events/0/place", "beach", "unknown_place", "contracts[0].events[0].place"},
        {"/contracts/0/events/0/start", "25:00", "bad_time", "contracts[0].events[0].start"},
        {"/contracts/0/supplier", std::string(201, 'x'), "too_long", "contracts[0].supplier"},
        {"/contracts/0/ref", nullptr, "wrong_type", "contracts[0].ref"},
        {"/places/0/id", "a b", "bad_reference", "places[0].id"},
    };
    on_both([&](storage::Database& database) {
        for (const Case& c : cases) {
            nlohmann::json file = contracts_file();
            file[nlohmann::json::json_pointer(c.pointer)] = c.value;
            const ImportReport report = import_json(database, file);
            CHECK_MESSAGE(has_problem(report, c.code, c.where),
                          c.pointer << " " << (report.ok() ? "" : report.problems[0].text()));
        }
        CHECK(ReferenceRepository(database).contracts().empty());
        CHECK(has_problem(import_contracts(database, "/no/such/contracts.csv", summer_clock), "file_missing",
                          ""));
        CHECK_FALSE(import_contracts(database, "contracts.xlsx", summer_clock).ok());
    });
}

TEST_CASE("an event that ends after midnight ends on the next day, and keeps its contract")
{
    on_both([](storage::Database& database) {
        nlohmann::json file = contracts_file();
        file["contracts"][0]["events"][0]["end"] = "01:00";
        REQUIRE(import_json(database, file).ok());
        CHECK(format_utc(ReferenceRepository(database).find_event("river-day")->ends_at) ==
              "2026-06-14T00:00:00.000Z");

        file["contracts"][0]["ref"] = "LCC-2";
        CHECK(has_problem(import_json(database, file), "event_taken", "contracts[0].events[0].id"));
    });
}

TEST_CASE("a framework revision and a questionnaire version never change once they are here")
{
    on_both([](storage::Database& database) {
        const test::TemporaryFolder folder;
        const auto changed = [&](const char* from, const char* key, int number) {
            nlohmann::json file = nlohmann::json::parse(*read_file(assets_dir() / from));
            file["publisher"] = "Somebody else";
            file[key] = number;
            const auto path = folder.path() / "changed.json";
            REQUIRE(write_file_durably(path, file.dump()).ok());
            return path;
        };
        const Timestamp now = summer_clock.now();
        const char* framework = "frameworks/crosby-plan.json";
        CHECK(import_framework(database, changed(framework, "revision", 1), now).problems[0].code ==
              "revision_taken");
        CHECK(import_framework(database, changed(framework, "revision", 2), now).added == 1);
        ReferenceRepository repository(database);
        CHECK(repository.find_framework("crosby-plan", "V2022")->revision == 2);
        CHECK(repository.frameworks().size() == 5);

        const char* questions = "questionnaires/public-place.json";
        CHECK(import_questionnaire(database, changed(questions, "version", 1), now).problems[0].code ==
              "version_taken");
        CHECK(import_questionnaire(database, changed(questions, "version", 2), now).added == 1);
        CHECK(repository.find_questionnaire("public-place", 2) != nullptr);
        CHECK(repository.questionnaires().size() == 3);

        const auto bad = import_framework(database, assets_dir() / questions, now);
        CHECK(bad.problems.size() > 3);
        CHECK(bad.problems[0].where == "public-place.json: schema");
    });
}

TEST_CASE("a snapshot finds everything by its key")
{
    on_both([](storage::Database& database) {
        REQUIRE(import_json(database, contracts_file()).ok());
        const auto snapshot = ReferenceSnapshot::load(database);
        CHECK(snapshot->cursor() == reference_cursor(database));
        const Contract* contract = snapshot->find_contract("LCC-1");
        REQUIRE(contract != nullptr);
        REQUIRE(snapshot->framework_of(*contract) != nullptr);
        CHECK(snapshot->framework_of(*contract)->find_measure("NT86") != nullptr);
        CHECK(snapshot->find_event("river-day")->title == "River day");
        CHECK(snapshot->find_place("park")->title == "Avenham Park");
        CHECK(snapshot->find_questionnaire("public-place", 1) != nullptr);
        CHECK(snapshot->find_contract("LCC-9") == nullptr);
        CHECK(snapshot->find_framework("lancashire-toms-2024", "1") == nullptr);
    });
}
