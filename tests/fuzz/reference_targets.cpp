#include "server/reference/contract_drafts.h"
#include "server/reference/csv.h"
#include "shared/base/files.h"
#include "shared/base/time.h"
#include "shared/framework/framework.h"
#include "shared/framework/local_set.h"
#include "shared/framework/questionnaire.h"
#include "tests/fuzz/fuzz.h"

#include <stdexcept>

namespace tally::fuzz {
namespace {

using std::string;
using std::string_view;

string asset(const char* name)
{
    const auto text = read_file(string(TALLY_SOURCE_DIR) + "/assets/" + name);
    if (!text)
        throw std::runtime_error(text.error().text());
    return *text;
}

void check_framework(string_view text)
{
    const auto load = parse_framework(text);
    must(load.framework.has_value() == load.problems.empty(), "there is a framework or a problem");
    if (load.framework) {
        const auto& framework = *load.framework;
        must(framework.text == text, "a framework keeps its text");
        for (const auto& measure : framework.measures) {
            must(framework.find_measure(measure.code) != nullptr, "each measure is found");
            must(framework.find_theme(measure.theme) != nullptr, "each theme is found");
        }
        const auto again = parse_framework(framework.text);
        must(again.framework && again.framework->measures.size() == framework.measures.size(),
             "a framework is read twice to the same");
        (void)framework.covers({2026, 3, 2});
    }
    if (!is_local_set(text))
        return;
    const auto local = parse_local_set(text);
    must(local.set.has_value() == local.problems.empty(), "there is a local set or a problem");
}

const string small_framework = R"({"schema":"sv-framework/1","id":"f","version":"1","revision":1,"title":"F",
"publisher":"P","source":"https://example.org","rights":"none","effective_from":"2024","effective_to":null,
"effective_basis":"stated","themes":[{"id":"t","title":"T","order":1}],
"outcomes":[{"id":"o","theme":"t","title":"O","order":1}],"measures":[{"code":"M1","code_origin":"published",
"theme":"t","also_themes":[],"outcome":"o","title":"Hours","unit":"hours","unit_kind":"hours","proxy_gbp":"16.93",
"proxy_check":"as_published","hold_value":false,"value_class":"social","aggregate":"sum","who":"supplier_staff",
"evidence_hint":"","note":null}],"exclusive_groups":[],"rules":[]})";

std::vector<string> framework_seeds()
{
    return {asset("frameworks/salford-checklist.json"), small_framework,
            R"({"schema":"sv-local/1","id":"l","title":"L","framework":"f","outcomes":[],"measures":[]})"};
}

void check_questionnaire(string_view text)
{
    const auto load = parse_questionnaire(text);
    must(load.questionnaire.has_value() == load.problems.empty(), "there is a questionnaire or a problem");
    if (!load.questionnaire)
        return;
    const auto& questionnaire = *load.questionnaire;
    must(questionnaire.text == text, "a questionnaire keeps its text");
    // Somebody who says yes, five, and the first option to everything that is shown.
    FeedbackBody feedback;
    feedback.questionnaire = questionnaire.id;
    feedback.questionnaire_version = questionnaire.version;
    feedback.language = questionnaire.languages.front();
    for (const auto& question : questionnaire.questions) {
        if (!questionnaire.is_shown(question, feedback.answers))
            continue;
        Answer answer;
        answer.question = question.id;
        switch (question.type) {
        case QuestionType::Smiley:
        case QuestionType::Scale:
            answer.value = std::int64_t{5};
            break;
        case QuestionType::YesNo:
            answer.value = true;
            break;
        case QuestionType::Text:
            answer.value = string("w");
            break;
        case QuestionType::Single:
        case QuestionType::Multiple:
            answer.value = std::vector<string>{question.options.front().id};
            break;
        }
        feedback.answers.push_back(std::move(answer));
    }
    must(questionnaire.check(feedback).empty(), "the answers to all that is shown are complete");
}

std::vector<string> questionnaire_seeds()
{
    return {asset("questionnaires/public-place.json"), asset("questionnaires/community-event.json")};
}

void check_csv(string_view text)
{
    std::vector<Error> problems;
    (void)server::drafts_from_csv(text, problems);
    const auto rows = server::parse_csv(text);
    if (!rows)
        return;
    string written;
    for (const auto& row : *rows) {
        for (std::size_t i = 0; i < row.fields.size(); ++i) {
            written += i == 0 ? "\"" : ",\"";
            for (const char c : row.fields[i])
                written += c == '"' ? string("\"\"") : string(1, c);
            written += '"';
        }
        written += "\r\n";
    }
    const auto again = server::parse_csv(written);
    must(again && again->size() == rows->size(), "rows are written as they were read");
    for (std::size_t i = 0; i < rows->size(); ++i)
        must((*again)[i].fields == (*rows)[i].fields, "fields are written as they were read");
}

std::vector<string> csv_seeds()
{
    return {"ref,title,supplier,buyer,starts,ends,measure,period,quantity\r\n"
            "A-1,\"Roads, all\",S "
            "Ltd,Council,2025-04-01,2028-03-31,NT86,2026-Q1,120\r\n,,,,,,NT18,2026,\"1,5\"\r\n",
            "\xef\xbb\xbfref;title;supplier;buyer;starts;ends;measure;period;quantity;roles;what\n"
            "A-1;\"say \"\"a\"\"\";S;B;01/04/2025;31/03/2028;NT86;2026-Q1;1.5;Employer; \n",
            "ref\ttitle\n1\t2\n"};
}

void check_contracts(string_view text)
{
    std::vector<Error> problems;
    (void)server::drafts_from_json(text, problems);
}

std::vector<string> contract_seeds()
{
    return {
        R"({"schema":"tallybook-contracts/1","places":[{"id":"p","title":"P"}],"contracts":[{"ref":"A-1",)"
        R"("title":"T","supplier":"S","buyer":"B","framework":"f","framework_version":"1",)"
        R"("starts":"2025-04-01","ends":"2028-03-31","roles":["employer"],"year_kind":"calendar",)"
        R"("targets":[{"measure":"NT86","period":"2026-Q1","quantity":"120"}],)"
        R"("plans":[{"measure":"NT86","core_or_added":"core","what":"w"}],"events":[{"id":"e","title":"E",)"
        R"("place":"p","date":"2026-03-14","start":"10:00","end":"15:00"}]}]})"};
}

void check_ocds(string_view text)
{
    const SystemClock clock;
    std::vector<Error> problems;
    if (server::is_ocds(text))
        (void)server::drafts_from_ocds(text, clock, problems);
}

std::vector<string> ocds_seeds()
{
    const string release =
        R"({"ocid":"ocds-a-1","id":"1","date":"2025-01-01T00:00:00Z","tag":["contract"],"initiationType":"tender",)"
        R"("buyer":{"id":"b","name":"B"},"parties":[{"id":"b","name":"B","roles":["buyer"]},{"id":"s","name":"S",)"
        R"("roles":["supplier"]}],"tender":{"id":"t","title":"T"},"awards":[{"id":"a","title":"A","status":"active",)"
        R"("suppliers":[{"id":"s","name":"S"}],"contractPeriod":{"startDate":"2025-04-01T00:00:00+01:00",)"
        R"("endDate":"2028-03-31T00:00:00Z"}}],"contracts":[{"id":"c","awardID":"a","title":"C","period":)"
        R"({"startDate":"2025-04-01T00:00:00Z","durationInDays":365}}]})";
    return {release, R"({"uri":"u","version":"1.1","releases":[)" + release + "]}",
            R"({"version":"1.1","records":[{"ocid":"ocds-a-1","releases":[)" + release +
                R"(],"compiledRelease":)" + release + "}]}"};
}

} // namespace

std::vector<Target> reference_targets()
{
    return {{"framework", check_framework, framework_seeds},
            {"questionnaire", check_questionnaire, questionnaire_seeds},
            {"csv", check_csv, csv_seeds},
            {"contracts", check_contracts, contract_seeds},
            {"ocds", check_ocds, ocds_seeds}};
}

} // namespace tally::fuzz
