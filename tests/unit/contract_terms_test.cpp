#include "server/reference/contract_terms.h"
#include "server/reference/import.h"
#include "server/reference/reference_changes.h"
#include "shared/base/files.h"
#include "tests/support/reference.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

using namespace tally;
using namespace tally::server;

namespace {

const ManualClock noon(*parse_utc("2026-06-01T12:00:00.000Z"), 60);

void on_both(const std::function<void(storage::Database&)>& body)
{
    test::on_both_reference_databases(noon.now(), body);
}

nlohmann::json contracts_file()
{
    return nlohmann::json::parse(R"({
        "schema": "tallybook-contracts/1",
        "contracts": [{
            "ref": "LCC-1", "title": "Roads", "supplier": "Ribble Roads Ltd", "buyer": "The council",
            "framework": "lancashire-toms-2024", "framework_version": "2024-28",
            "starts": "2025-04-01", "ends": "2028-03-31",
            "roles": ["service provider", "Employer", "employer"], "year_kind": "academic",
            "also_suppliers": ["Calder Surfacing"],
            "targets": [{"measure": "NT86", "period": "2026-Q1", "quantity": "120"},
                        {"measure": "NT86", "period": "2026-Q2", "quantity": "130.5"}],
            "plans": [{"measure": "NT86", "core_or_added": "added", "what": "Hedge planting",
                       "how": "Two crews a quarter", "who": "All depot staff", "where": "Preston parks",
                       "baseline": "None in 2024"}]
        }]})");
}

ImportReport load(storage::Database& database, const nlohmann::json& file, const ContractImport& options = {})
{
    return import_contracts(database, ContractFormat::Json, file.dump(), noon, options);
}

bool has_problem(const ImportReport& report, const std::string& code, const std::string& where)
{
    return std::ranges::any_of(report.problems, [&](const Error& problem) {
        return problem.code == code && problem.where == where && !problem.message.empty();
    });
}

bool has_line(const ImportReport& report, std::string_view part)
{
    return std::ranges::any_of(report.lines,
                               [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

ChangeAuthor by(const char* person, const char* reason = "")
{
    return {person, noon.now(), reason};
}

} // namespace

TEST_CASE("a contract keeps its plan, roles, parties and kind of year")
{
    on_both([](storage::Database& database) {
        const auto report = load(database, contracts_file());
        REQUIRE(report.ok());
        ReferenceRepository repository(database);
        const auto terms = terms_of(repository, "LCC-1");
        REQUIRE(terms.has_value());
        CHECK(terms->contract.roles == std::vector{ContractRole::Employer, ContractRole::ServiceProvider});
        CHECK(terms->contract.also_suppliers == std::vector<std::string>{"Calder Surfacing"});
        CHECK(terms->contract.year_kind == YearKind::Academic);
        CHECK(terms->contract.framework_basis == FrameworkBasis::Named);
        CHECK_FALSE(terms->contract.agreed);
        REQUIRE(terms->plans.size() == 1);
        CHECK(terms->plans[0] == Plan{"NT86", Commitment::Added, "Hedge planting", "Two crews a quarter",
                                      "All depot staff", "Preston parks", "None in 2024"});
        CHECK(repository.term_changes("LCC-1").empty());
        CHECK(load(database, contracts_file()).unchanged == 1);
    });
}

TEST_CASE("what a file leaves out stays, and what it names is replaced whole")
{
    on_both([](storage::Database& database) {
        REQUIRE(load(database, contracts_file()).ok());
        nlohmann::json file = contracts_file();
        for (const char* key :
             {"roles", "targets", "plans", "also_suppliers", "year_kind", "framework", "framework_version"})
            file["contracts"][0].erase(key);
        const auto report = load(database, file);
        CHECK(report.unchanged == 1);
        CHECK(has_line(report, "framework lancashire-toms-2024 2024-28, as before"));
        file["contracts"][0]["roles"] = nlohmann::json::array();
        CHECK(load(database, file).changed == 1);
        CHECK(ReferenceRepository(database).find_contract("LCC-1")->roles.empty());
        CHECK(ReferenceRepository(database).targets("LCC-1").size() == 2);

        file["contracts"][0]["ends"] = "2026-03-31";
        CHECK(has_problem(load(database, file), "target_outside", "contracts[0].ends"));
    });
}

TEST_CASE("an agreed contract is changed only with a reason, and the history says everything")
{
    on_both([](storage::Database& database) {
        REQUIRE(load(database, contracts_file()).ok());
        REQUIRE(agree_contract(database, "LCC-1", by("ruth")).ok());
        CHECK(agree_contract(database, "LCC-1", by("ruth")).error().code == "already_agreed");
        CHECK(agree_contract(database, "LCC-9", by("ruth")).error().code == "not_found");
        CHECK(load(database, contracts_file()).unchanged == 1); // the same file is no change

        struct Case
        {
            const char* pointer;
            nlohmann::json value;
            const char* told;
        };
        for (const Case& c :
             {Case{"/contracts/0/targets/0/quantity", "90", "target NT86, 2026-Q1: 120 becomes 90"},
              Case{"/contracts/0/ends", "2029-03-31", "ends: 2028-03-31 becomes 2029-03-31"},
              Case{"/contracts/0/supplier", "Lune Roads", "supplier: Ribble Roads Ltd becomes Lune Roads"},
              Case{"/contracts/0/plans/0/baseline", "40 hours",
                   "plan.baseline NT86: None in 2024 becomes 40 hours"},
              Case{"/contracts/0/plans/0/core_or_added", "core", "commitment NT86: added becomes core"},
              Case{"/contracts/0/roles", nlohmann::json::array(), "is dropped"}}) {
            nlohmann::json file = contracts_file();
            file[nlohmann::json::json_pointer(c.pointer)] = c.value;
            const auto report = load(database, file);
            CAPTURE(c.pointer);
            REQUIRE(has_problem(report, "contract_agreed", "contracts[0].ref"));
            CHECK(report.problems[0].message.find(c.told) != std::string::npos);
            CHECK(has_problem(load(database, file, {.reason = "  "}), "contract_agreed", "contracts[0].ref"));
        }
        ReferenceRepository repository(database);
        CHECK(repository.term_changes("LCC-1").size() == 1); // the agreement alone

        nlohmann::json file = contracts_file();
        file["contracts"][0]["targets"][0]["quantity"] = "90";
        file["contracts"][0]["targets"].erase(1);
        ContractImport options;
        options.by = "samir";
        options.reason = "Two depots closed.";
        options.run = ImportRun::Preview;
        CHECK(load(database, file, options).changed == 1);
        CHECK(repository.targets("LCC-1").size() == 2); // a preview keeps nothing
        options.run = ImportRun::Store;
        CHECK(load(database, file, options).changed == 1);
        const auto history = repository.term_changes("LCC-1");
        REQUIRE(history.size() == 3);
        CHECK(history[1].field == "target");
        CHECK(history[1].measure == "NT86");
        CHECK(history[1].period == "2026-Q1");
        CHECK(history[1].was == "120");
        CHECK(history[1].became == "90");
        CHECK(history[1].by == "samir");
        CHECK(history[1].reason == "Two depots closed.");
        CHECK(history[1].at == noon.now());
        CHECK(history[0].period == "2026-Q2");
        CHECK_FALSE(history[0].became);
        CHECK(repository.find_contract("LCC-1")->agreed == Agreement{noon.now(), "ruth"});
        CHECK_THROWS_AS(database.run("UPDATE target_changes SET reason = 'nothing'"),
                        storage::ConstraintError);
        CHECK_THROWS_AS(database.run("DELETE FROM target_changes"), storage::ConstraintError);
    });
}

TEST_CASE("an agreement that was a mistake is taken back with a reason, and the history keeps both")
{
    on_both([](storage::Database& database) {
        REQUIRE(load(database, contracts_file()).ok());
        CHECK(reopen_contract(database, "LCC-1", by("ada", "Too early.")).error().code == "not_agreed");
        CHECK(reopen_contract(database, "LCC-9", by("ada", "Too early.")).error().code == "not_found");
        REQUIRE(agree_contract(database, "LCC-1", by("ruth")).ok());
        CHECK(reopen_contract(database, "LCC-1", by("ada", "  ")).error().code == "reason_missing");
        const std::string long_reason(501, 'x');
        CHECK(reopen_contract(database, "LCC-1", by("ada", long_reason.c_str())).error().code == "too_long");
        ReferenceRepository repository(database);
        CHECK(repository.find_contract("LCC-1")->agreed.has_value());

        REQUIRE(reopen_contract(database, "LCC-1", by("ada", "Too early.")).ok());
        CHECK_FALSE(repository.find_contract("LCC-1")->agreed.has_value());
        nlohmann::json file = contracts_file();
        file["contracts"][0]["targets"][0]["quantity"] = "90";
        CHECK(load(database, file).changed == 1); // no reason needed
        REQUIRE(agree_contract(database, "LCC-1", by("ruth")).ok());
        const auto history = repository.term_changes("LCC-1");
        REQUIRE(history.size() == 4);
        CHECK(history[0].field == "agreed");
        CHECK(history[1].field == "target");
        CHECK(history[2].field == "reopened");
        CHECK(history[2].by == "ada");
        CHECK(history[2].reason == "Too early.");
        CHECK(history[2].at == noon.now());
        CHECK(history[3].field == "agreed");
    });
}

TEST_CASE("before it is agreed a contract changes freely, and its history is kept all the same")
{
    on_both([](storage::Database& database) {
        REQUIRE(load(database, contracts_file()).ok());
        nlohmann::json file = contracts_file();
        file["contracts"][0]["targets"][0]["quantity"] = "90";
        CHECK(load(database, file).ok());
        const auto history = ReferenceRepository(database).term_changes("LCC-1");
        REQUIRE(history.size() == 1);
        CHECK(history[0].by == command_line);
        CHECK(history[0].reason.empty());

        file["contracts"][0].erase("plans");
        file["contracts"][0]["targets"] = nlohmann::json::array();
        CHECK(load(database, file).ok());
        CHECK(agree_contract(database, "LCC-1", by("ruth")).error().code == "nothing_to_agree");
    });
}

TEST_CASE("targets, plans and facts are changed by hand, always with a reason")
{
    on_both([](storage::Database& database) {
        REQUIRE(load(database, contracts_file()).ok());
        REQUIRE(agree_contract(database, "LCC-1", by("ruth")).ok());
        const Quarter quarter{2026, 1};
        const auto change = [&](const char* measure, Quarter when, const char* quantity, const char* reason) {
            const auto done = change_target(
                database, "LCC-1", measure, when,
                quantity ? std::optional(*parse_quantity(quantity)) : std::nullopt, by("samir", reason));
            return done ? std::string() : done.error().code;
        };
        CHECK(change("NT86", quarter, "100", "") == "reason_missing");
        CHECK(change("NT86", quarter, "120", "Same") == "unchanged");
        CHECK(change("NT999", quarter, "100", "Why not") == "unknown_measure");
        CHECK(change("NT86", {2030, 1}, "100", "Late") == "out_of_contract");
        CHECK(change("NT86", quarter, "100", std::string(501, 'x').c_str()) == "too_long");
        CHECK(change("NT86", quarter, "100", "Fewer crews") == "");
        CHECK(change("NT8", quarter, "60", "Added at review") == "");
        CHECK(change("NT86", {2026, 2}, nullptr, "Dropped at review") == "");
        ReferenceRepository repository(database);
        CHECK(repository.targets("LCC-1") == std::vector<Target>{{"NT8", quarter, *parse_quantity("60")},
                                                                 {"NT86", quarter, *parse_quantity("100")}});

        ContractFacts facts{
            "Roads and paths",        "Ribble Roads Ltd", {}, "The council", {}, {2025, 4, 1}, {2028, 3, 31},
            {ContractRole::Investor}, YearKind::Financial};
        CHECK(change_contract(database, "LCC-1", facts, by("samir")).error().code == "reason_missing");
        CHECK(change_contract(database, "LCC-1", facts, by("samir", "Scope")).ok());
        facts.ends = {2025, 12, 31};
        CHECK(change_contract(database, "LCC-1", facts, by("samir", "Scope")).error().where == "ends");
        facts.title = " ";
        CHECK(change_contract(database, "LCC-1", facts, by("samir", "Scope")).error().code == "missing_text");
        CHECK(repository.find_contract("LCC-1")->roles == std::vector{ContractRole::Investor});

        Plan plan{"NT8", Commitment::Core, "Mentoring", "", "", "", ""};
        CHECK(change_plan(database, "LCC-1", plan, by("samir", "Agreed at review")).ok());
        CHECK(repository.plans("LCC-1").size() == 2);
        CHECK(change_plan(database, "LCC-1", {"NT8", Commitment::NotStated, "", "", "", "", ""},
                          by("samir", "Withdrawn"))
                  .ok());
        CHECK(repository.plans("LCC-1").size() == 1);
        plan.what = std::string(2001, 'x');
        CHECK(change_plan(database, "LCC-1", plan, by("samir", "Long")).error().where == "what");
        CHECK(repository.find_contract("LCC-1")->agreed.has_value());
    });
}

TEST_CASE("a contract that names no framework gets the one whose dates cover its first day")
{
    on_both([](storage::Database& database) {
        nlohmann::json file = contracts_file();
        file["contracts"][0].erase("framework");
        file["contracts"][0].erase("framework_version");
        file["contracts"][0].erase("plans");
        file["contracts"][0].erase("targets");
        const auto doubtful = load(database, file);
        REQUIRE(has_problem(doubtful, "framework_ambiguous", "contracts[0].framework"));
        CHECK(doubtful.problems[0].message.find("--framework ID@VERSION") != std::string::npos);
        CHECK(doubtful.problems[0].message.find("lancashire-toms-2024@2024-28") != std::string::npos);

        ContractImport options;
        options.framework = "lancashire-toms-2024@2024-28";
        const auto named = load(database, file, options);
        CHECK(has_line(named, "named with --framework"));
        options.framework = "lancashire-toms-2024@2099";
        file["contracts"][0]["ref"] = "LCC-2";
        CHECK(has_problem(load(database, file, options), "unknown_framework", "contracts[0].framework"));

        // Only the Crosby plan has begun by then.
        file["contracts"][0]["starts"] = "2022-05-01";
        options.framework.clear();
        const auto chosen = load(database, file, options);
        REQUIRE(chosen.ok());
        CHECK(has_line(chosen, "framework lcr-social-value-framework first edition, chosen because its dates "
                               "cover the contract's first day"));
        CHECK(ReferenceRepository(database).find_contract("LCC-2")->framework_basis ==
              FrameworkBasis::ByDate);
        file["contracts"][0]["ref"] = "LCC-3";
        file["contracts"][0]["starts"] = "1999-05-01";
        CHECK(has_problem(load(database, file), "framework_none", "contracts[0].framework"));
        file["contracts"][0]["framework"] = "lancashire-toms-2024";
        CHECK(load(database, file).ok()); // one edition needs no date
    });
}

TEST_CASE("the new columns of a spreadsheet may be left out, and a plan stands on its first line")
{
    on_both([](storage::Database& database) {
        const std::string file =
            "ref,title,supplier,buyer,framework,starts,ends,roles,year_kind,also_suppliers,measure,period,"
            "quantity,core_or_added,what,how,who,where,baseline\n"
            "LCC-1,Roads,Ribble,Council,lancashire-toms-2024,2025-04-01,2028-03-31,employer; "
            "investor,academic,"
            "Calder; Lune,NT86,2026-Q1,120,core,Planting,By hand,Crews,Parks,None\n"
            ",,,,,,,,,,NT86,2026-Q2,130,,,,,,\n"
            ",,,,,,,,,,NT8,2026-Q2,20,added,,,,,\n";
        const auto report = import_contracts(database, ContractFormat::Csv, file, noon);
        for (const Error& problem : report.problems)
            MESSAGE(problem.text());
        REQUIRE(report.ok());
        ReferenceRepository repository(database);
        const auto terms = terms_of(repository, "LCC-1");
        CHECK(terms->contract.roles.size() == 2);
        CHECK(terms->contract.also_suppliers == std::vector<std::string>{"Calder", "Lune"});
        REQUIRE(terms->plans.size() == 2);
        CHECK(terms->plans[0] == Plan{"NT8", Commitment::Added, "", "", "", "", ""});
        CHECK(terms->plans[1].where == "Parks");
        CHECK(terms->targets.size() == 3);

        std::string bad = file;
        bad.replace(bad.find("NT86,2026-Q2,130,,"), 18, "NT86,2026-Q2,130,added,");
        CHECK(has_problem(import_contracts(database, ContractFormat::Csv, bad, noon), "contradiction",
                          "line 3, core_or_added"));
        bad = file;
        bad.replace(bad.find("investor"), 8, "landlord");
        CHECK(has_problem(import_contracts(database, ContractFormat::Csv, bad, noon), "unknown_word",
                          "line 2, roles"));
        bad = file;
        bad.replace(bad.find("academic"), 8, "lunar");
        CHECK(has_problem(import_contracts(database, ContractFormat::Csv, bad, noon), "unknown_word",
                          "line 2, year_kind"));
    });
}

namespace {

nlohmann::json release()
{
    return nlohmann::json::parse(R"({
        "ocid": "ocds-213czf-000-00001", "id": "1", "date": "2025-03-01T09:00:00Z", "tag": ["contract"],
        "initiationType": "tender", "language": "en",
        "parties": [
            {"id": "GB-LAC-E10000017", "name": "Lancashire County Council", "roles": ["buyer", "procuringEntity"],
             "identifier": {"scheme": "GB-LAC", "id": "E10000017", "legalName": "Lancashire County Council"}},
            {"id": "GB-COH-01", "identifier": {"legalName": "Ribble Roads Ltd"}, "roles": ["supplier", "tenderer"]},
            {"id": "GB-COH-02", "name": "Calder Surfacing", "roles": ["supplier"]}],
        "buyer": {"id": "GB-LAC-E10000017", "name": "Lancashire County Council"},
        "tender": {"id": "t1", "title": "Highway repairs", "status": "complete",
                   "contractPeriod": {"startDate": "2025-04-01T00:00:00+01:00", "endDate": "2029-03-31T23:59:59+01:00"}},
        "awards": [{"id": "a1", "title": "Lot 1", "status": "active", "date": "2025-02-01T00:00:00Z",
                    "suppliers": [{"id": "GB-COH-01"}, {"id": "GB-COH-02", "name": "Calder Surfacing"}],
                    "contractPeriod": {"startDate": "2025-04-01T00:00:00+01:00", "durationInDays": 365}}],
        "contracts": [{"id": "c1", "awardID": "a1", "title": "Highway repairs, Preston", "status": "active",
                       "dateSigned": "2025-03-01T00:00:00Z", "value": {"amount": 1200000, "currency": "GBP"},
                       "period": {"startDate": "2025-03-31T23:00:00Z", "endDate": "2028-03-31T22:59:59Z"}}]})");
}

const ContractImport lancashire = {.framework = "lancashire-toms-2024@2024-28"};

} // namespace

TEST_CASE("a contract is read from an Open Contracting release")
{
    on_both([](storage::Database& database) {
        const auto report = load(database, release(), lancashire);
        for (const Error& problem : report.problems)
            MESSAGE(problem.text());
        REQUIRE(report.ok());
        CHECK(report.added == 1);
        CHECK(has_line(report, "named with --framework"));
        ReferenceRepository repository(database);
        const auto contract = repository.find_contract("ocds-213czf-000-00001/c1");
        REQUIRE(contract.has_value());
        CHECK(contract->title == "Highway repairs, Preston");
        CHECK(contract->buyer == "Lancashire County Council");
        CHECK(contract->also_buyers.empty());
        CHECK(contract->supplier == "Ribble Roads Ltd");
        CHECK(contract->also_suppliers == std::vector<std::string>{"Calder Surfacing"});
        CHECK(contract->starts == Date{2025, 4, 1}); // local days of moments in UTC
        CHECK(contract->ends == Date{2028, 3, 31});

        // What the council added here stays when the same release is read again.
        REQUIRE(change_target(database, contract->ref, "NT86", {2026, 1}, *parse_quantity("10"),
                              by("samir", "From the tender"))
                    .ok());
        CHECK(load(database, release()).unchanged == 1);
        CHECK(repository.targets(contract->ref).size() == 1);
    });
}

TEST_CASE("release packages, record packages and awards are read, and what is left out is told")
{
    on_both([](storage::Database& database) {
        nlohmann::json second = release();
        second["ocid"] = "ocds-213czf-000-00002";
        second.erase("contracts");
        nlohmann::json planned = release();
        planned["ocid"] = "ocds-213czf-000-00003";
        planned.erase("contracts");
        planned.erase("awards");
        nlohmann::json later = {{"ocid", "ocds-213czf-000-00001"},
                                {"id", "2"},
                                {"date", "2025-05-01T00:00:00Z"},
                                {"contracts",
                                 {{{"id", "c1"}, {"title", "Highway repairs, all Lancashire"}},
                                  {{"id", "c/2#x"}, {"status", "pending"}},
                                  {{"id", "c3"}, {"status", "cancelled"}}}}};
        const nlohmann::json package = {{"uri", "https://example.org/1"},
                                        {"version", "1.1"},
                                        {"publishedDate", "2025-05-02T00:00:00Z"},
                                        {"publisher", {{"name", "A portal"}}},
                                        {"releases", {later, release(), second, planned}}};
        const auto report = load(database, package, lancashire);
        for (const Error& problem : report.problems)
            MESSAGE(problem.text());
        REQUIRE(report.ok());
        CHECK(report.added == 3);
        ReferenceRepository repository(database);
        CHECK(repository.find_contract("ocds-213czf-000-00001/c1")->title ==
              "Highway repairs, all Lancashire");
        CHECK(repository.find_contract("ocds-213czf-000-00001/c1")->ends == Date{2028, 3, 31});
        CHECK(repository.find_contract("ocds-213czf-000-00001/c/2-x")->title == "Highway repairs");
        CHECK(repository.find_contract("ocds-213czf-000-00002/a1")->ends == Date{2026, 3, 31});
        CHECK(has_line(report, "c3: left out, because its status is cancelled"));
        CHECK(has_line(report, "award a1: read as a contract"));
        CHECK(has_line(report, "000-00003: left out, because it has no contract and no award yet"));
        CHECK(has_line(report, "a reference cannot be"));

        const nlohmann::json records = {{"version", "1.1"},
                                        {"records",
                                         {{{"ocid", "ocds-213czf-000-00001"},
                                           {"releases", nlohmann::json::array()},
                                           {"compiledRelease", release()}},
                                          {{"ocid", "ocds-213czf-000-00002"}, {"releases", {second}}}}}};
        const auto again = load(database, records, lancashire);
        CHECK(again.ok());
        CHECK(again.changed == 1); // the title goes back
        CHECK(again.unchanged == 1);
    });
}

TEST_CASE("a bad release is refused with every path that is wrong")
{
    struct Case
    {
        const char* pointer;
        nlohmann::json value; ///< discarded: taken away
        const char* code;
        const char* where;
    };
    const nlohmann::json gone(nlohmann::json::value_t::discarded);
    on_both([&](storage::Database& database) {
        for (const Case& c : {
                 Case{"/ocid", 7, "wrong_type", "ocid"},
                 Case{"/parties", "none", "wrong_type", "parties"},
                 Case{"/parties/1/id", nullptr, "missing_key", "parties[1].id"},
                 Case{"/parties/1/identifier", nullptr, "unknown_party", "awards[0].suppliers[0]"},
                 Case{"/buyer/name", 5, "wrong_type", "buyer.name"},
                 Case{"/awards/0", 5, "wrong_type", "awards[0]"},
                 Case{"/contracts/0/id", nullptr, "missing_key", "contracts[0].id"},
                 Case{"/contracts/0/awardID", "a9", "unknown_award", "contracts[0].awardID"},
                 Case{"/contracts/0/period/startDate", "1 April", "bad_date",
                      "contracts[0].period.startDate"},
                 Case{"/contracts/0/period/endDate", nullptr, "missing_date", "contracts[0].period"},
                 Case{"/contracts/0/period/endDate", "2024-01-01T00:00:00Z", "out_of_order",
                      "contracts[0].period.endDate"},
                 Case{"/contracts/0/period", 5, "wrong_type", "contracts[0].period"},
                 Case{"/contracts/0/title", std::string(201, 'x'), "too_long", "contracts[0].title"},
                 Case{"/version", "2.0", "unknown_version", "version"},
             }) {
            nlohmann::json file = release();
            file[nlohmann::json::json_pointer(c.pointer)] = c.value;
            const auto report = load(database, file, lancashire);
            CHECK_MESSAGE(has_problem(report, c.code, c.where),
                          c.pointer << ": " << (report.ok() ? "" : report.problems[0].text()));
        }
        nlohmann::json bare = {{"ocid", "ocds-1"}, {"contracts", {{{"id", "c1"}}}}};
        const auto report = load(database, bare, lancashire);
        CHECK(has_problem(report, "missing_buyer", "buyer"));
        CHECK(has_problem(report, "missing_supplier", "contracts[0]"));
        CHECK(has_problem(report, "missing_date", "contracts[0].period"));
        CHECK(has_problem(load(database, {{"releases", {{{"url", "https://example.org/r/1"}}}}}),
                          "linked_release", "releases[0]"));
        CHECK(has_problem(load(database, {{"records", {{{"ocid", "x"}}}}}), "missing_key",
                          "records[0].compiledRelease"));
        CHECK(has_problem(load(database, {{"releases", nlohmann::json::array()}}), "empty_file", ""));
        CHECK(ReferenceRepository(database).contracts().empty());
    });
}

namespace {

std::string local_text(int revision = 1, const char* code = "LOCAL-1")
{
    return nlohmann::json(
               {{"schema", "sv-local/1"},
                {"id", "preston"},
                {"framework", "crosby-plan"},
                {"revision", revision},
                {"title", "Preston's own"},
                {"publisher", "Preston City Council"},
                {"outcomes", {{{"id", "local-growing"}, {"theme", "environment"}, {"title", "Growing"}}}},
                {"measures",
                 {{{"code", code},
                   {"theme", "environment"},
                   {"outcome", "local-growing"},
                   {"title", "Allotment plots brought back"},
                   {"unit", "plots"},
                   {"kind", "count"},
                   {"proxy_gbp", "210.50"},
                   {"value_class", "social"},
                   {"aggregate", "sum"}}}}})
        .dump();
}

nlohmann::json crosby(const char* version, int revision = 1)
{
    nlohmann::json file = nlohmann::json::parse(*read_file(assets_dir() / "frameworks" / "crosby-plan.json"));
    file["version"] = version;
    file["revision"] = revision;
    return file;
}

ImportReport load_set(storage::Database& database, const std::string& text, ImportRun run = ImportRun::Store)
{
    return import_framework(database, "set.json", text, noon.now(), run);
}

} // namespace

TEST_CASE("local measures stand beside a published set, reach devices and survive a new edition")
{
    on_both([](storage::Database& database) {
        const auto cursor = reference_cursor(database);
        CHECK(load_set(database, local_text(), ImportRun::Preview).added == 1);
        CHECK(reference_cursor(database) == cursor);
        REQUIRE(load_set(database, local_text()).added == 1);
        CHECK(load_set(database, local_text()).unchanged == 1);
        ReferenceRepository repository(database);
        CHECK(repository.find_framework("crosby-plan", "V2022")->find_measure("LOCAL-1") != nullptr);
        CHECK(repository.find_published("crosby-plan", "V2022")->find_measure("LOCAL-1") == nullptr);
        const auto changes = reference_changes_since(database, cursor, 100);
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].key == "crosby-plan@V2022");
        CHECK(changes[0].document->find("LOCAL-1") != std::string::npos);

        const auto edition = load_set(database, crosby("V2027").dump());
        REQUIRE(edition.ok());
        CHECK(has_line(edition, "beside the editions that are here"));
        CHECK(has_line(edition, "local set preston: 1 measure carried over to V2027"));
        CHECK(repository.find_framework("crosby-plan", "V2027")->find_measure("LOCAL-1") != nullptr);
        CHECK(repository.find_framework("crosby-plan", "V2022")->find_measure("LOCAL-1") != nullptr);
        CHECK(import_shipped(database, assets_dir(), noon.now()).unchanged == 7);
    });
}

TEST_CASE("a new edition that clashes with local measures is refused with the names")
{
    on_both([](storage::Database& database) {
        REQUIRE(load_set(database, local_text()).ok());
        nlohmann::json edition = crosby("V2027");
        edition["measures"].push_back(edition["measures"][0]);
        edition["measures"].back()["code"] = "LOCAL-1";
        const auto refused = load_set(database, edition.dump());
        REQUIRE(has_problem(refused, "local_code_taken", "set.json: measures[6].code"));
        CHECK(refused.problems[0].message.find("LOCAL-1") != std::string::npos);
        CHECK(ReferenceRepository(database).find_framework("crosby-plan", "V2027") == nullptr);

        // The way out: a revision of the local set that fits.
        REQUIRE(load_set(database, local_text(2, "LOCAL-PLOTS")).ok());
        CHECK(load_set(database, edition.dump()).ok());
        CHECK(load_set(database, local_text(3)).problems[0].code == "local_code_taken");
        CHECK(load_set(database, local_text(1, "LOCAL-2")).problems[0].code == "revision_taken");
    });
}

TEST_CASE("an edition of an update that clashes is left out, and the rest is loaded")
{
    on_both([](storage::Database& database) {
        REQUIRE(load_set(database, local_text()).ok());
        const test::TemporaryFolder folder;
        std::filesystem::create_directories(folder.path() / "frameworks");
        nlohmann::json edition = crosby("V2027");
        edition["measures"][0]["code"] = "LOCAL-1";
        edition["exclusive_groups"] = nlohmann::json::array();
        REQUIRE(write_file_durably(folder.path() / "frameworks" / "a.json", edition.dump()).ok());
        nlohmann::json other = crosby("1");
        other["id"] = "another";
        REQUIRE(write_file_durably(folder.path() / "frameworks" / "b.json", other.dump()).ok());
        const auto report = import_shipped(database, folder.path(), noon.now());
        CHECK(report.ok());
        CHECK(report.left_out.size() == 1);
        CHECK(report.added == 1);
    });
}

TEST_CASE("a measure that a contract promises cannot be taken away by a revision")
{
    on_both([](storage::Database& database) {
        REQUIRE(load_set(database, local_text()).ok());
        nlohmann::json file = contracts_file();
        file["contracts"][0]["framework"] = "crosby-plan";
        file["contracts"][0]["framework_version"] = "V2022";
        file["contracts"][0].erase("plans");
        file["contracts"][0]["targets"] = {
            {{"measure", "LOCAL-1"}, {"period", "2026-Q1"}, {"quantity", "3"}}};
        REQUIRE(load(database, file).ok());
        const auto refused = load_set(database, local_text(2, "LOCAL-2"));
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.problems[0].code == "measure_in_use");
        CHECK(refused.problems[0].message.find("LCC-1") != std::string::npos);

        file["contracts"][0]["targets"][0]["measure"] = "LOCAL-9";
        CHECK(has_problem(load(database, file), "unknown_measure", "contracts[0].targets[0].measure"));
        nlohmann::json other = nlohmann::json::parse(local_text());
        other["framework"] = "no-such-set";
        other["id"] = "elsewhere";
        CHECK(load_set(database, other.dump()).problems[0].code == "unknown_framework");
        other["framework"] = "lancashire-toms-2024";
        other["id"] = "preston";
        other["revision"] = 2;
        CHECK(load_set(database, other.dump()).problems[0].code == "id_taken");
        auto merged = ReferenceRepository(database).find_framework("crosby-plan", "V2022")->text;
        CHECK(load_set(database, merged).problems[0].code == "local_in_published");
    });
}
