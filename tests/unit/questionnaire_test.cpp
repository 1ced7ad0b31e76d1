#include "shared/base/files.h"
#include "shared/framework/questionnaire.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace tally;

namespace {

const Questionnaire& event_questions()
{
    static const Questionnaire questionnaire =
        *load_questionnaire(assets_dir() / "questionnaires" / "community-event.json").questionnaire;
    return questionnaire;
}

nlohmann::json small()
{
    return nlohmann::json::parse(R"({
        "schema": "sv-questionnaire/1", "id": "q", "version": 1, "languages": ["en", "pl"],
        "title": {"en": "Title", "pl": "Tytuł"},
        "questions": [
            {"id": "helped", "type": "yes_no", "text": {"en": "Helped?", "pl": "Pomoc?"}},
            {"id": "why", "type": "single", "text": {"en": "Why?", "pl": "Czemu?"},
             "options": [{"id": "a", "text": {"en": "A", "pl": "A"}}, {"id": "b", "text": {"en": "B", "pl": "B"}}],
             "show_if": [{"question": "helped", "is": false}]},
            {"id": "more", "type": "text", "length_max": 5, "text": {"en": "More?", "pl": "Co?"},
             "show_if": [{"question": "why", "any_of": ["b"]}]}
        ]})");
}

Questionnaire small_questionnaire()
{
    QuestionnaireLoad load = parse_questionnaire(small().dump());
    REQUIRE(load.questionnaire.has_value());
    return *std::move(load.questionnaire);
}

std::vector<std::string> ids(const std::vector<const Question*>& questions)
{
    std::vector<std::string> found;
    for (const Question* question : questions)
        found.push_back(question->id);
    return found;
}

using Ids = std::vector<std::string>;

FeedbackBody feedback(std::vector<Answer> answers)
{
    FeedbackBody body;
    body.questionnaire = "q";
    body.language = "en";
    body.answers = std::move(answers);
    return body;
}

} // namespace

TEST_CASE("every shipped questionnaire loads in all its languages")
{
    for (const char* name : {"community-event", "public-place"}) {
        const QuestionnaireLoad load =
            load_questionnaire(assets_dir() / "questionnaires" / (std::string(name) + ".json"));
        for (const Error& problem : load.problems)
            MESSAGE(problem.text());
        REQUIRE(load.questionnaire.has_value());
        CHECK(load.questionnaire->id == name);
        CHECK(load.questionnaire->languages == Ids{"en", "ur", "pl"});
    }
}

TEST_CASE("a question is asked only when its conditions hold")
{
    const Questionnaire& q = event_questions();
    CHECK_FALSE(q.is_shown(*q.find_question("not-good"), std::vector<Answer>{}));
    CHECK(q.is_shown(*q.find_question("not-good"), std::vector<Answer>{{"feeling", std::int64_t{2}}}));
    CHECK_FALSE(q.is_shown(*q.find_question("not-good"), std::vector<Answer>{{"feeling", std::int64_t{3}}}));
}

TEST_CASE("an answer to a question that is no longer asked counts as none")
{
    const Questionnaire q = small_questionnaire();
    CHECK(ids(q.shown({})) == Ids{"helped"});
    std::vector<Answer> answers = {{"helped", false}, {"why", std::vector<std::string>{"b"}}};
    CHECK(ids(q.shown(answers)) == Ids{"helped", "why", "more"});
    answers[0].value = true;
    CHECK(ids(q.shown(answers)) == Ids{"helped"});
}

TEST_CASE("a text is shown in the language asked for, else in the first")
{
    const Questionnaire q = small_questionnaire();
    CHECK(text_in(q.title, "pl", q) == "Tytuł");
    CHECK(text_in(q.title, "ur", q) == "Title");
    CHECK(text_in(q.intro, "en", q).empty());
}

TEST_CASE("answers that do not fit are named one by one")
{
    struct Case
    {
        std::vector<Answer> answers;
        const char* code; ///< empty when the answers fit
    };
    const std::vector<std::string> b = {"b"};
    const std::vector<Case> cases = {
        {{{"helped", true}}, ""},
        {{{"helped", false}, {"why", b}, {"more", std::string("kółko")}}, ""},
        {{{"helped", std::int64_t{1}}}, "wrong_answer"},
        {{{"helped", true}, {"why", b}}, "not_shown"},
        {{{"helped", false}, {"why", std::vector<std::string>{"c"}}}, "unknown_option"},
        {{{"helped", false}, {"why", std::vector<std::string>{"a", "b"}}}, "wrong_answer"},
        {{{"helped", false}, {"why", b}, {"more", std::string("sześć!")}}, "wrong_answer"},
        {{{"other", true}}, "unknown_question"},
    };
    const Questionnaire q = small_questionnaire();
    for (const Case& c : cases) {
        const auto problems = q.check(feedback(c.answers));
        if (std::string(c.code).empty()) {
            CHECK(problems.empty());
        } else {
            REQUIRE(problems.size() == 1);
            CHECK(problems[0].code == c.code);
        }
    }
    FeedbackBody urdu = feedback({{"helped", true}});
    urdu.language = "ur";
    CHECK(q.check(urdu)[0].code == "bad_language");

    const auto missing = event_questions().check(feedback({{"recommend", std::int64_t{10}}}));
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].code == "answer_missing");
    for (const std::int64_t outside : {0, 6})
        CHECK(event_questions().check(feedback({{"feeling", outside}})).size() == 1);
}

TEST_CASE("a bad questionnaire is reported whole, each mistake with its place")
{
    struct Case
    {
        const char* pointer;
        nlohmann::json value;
        const char* code;
        const char* where;
    };
    const std::vector<Case> cases = {
        {"/schema", "sv-questionnaire/9", "unknown_schema", "schema"},
        {"/version", 0, "out_of_range", "version"},
        {"/languages", {"en", "en"}, "duplicate", "languages"},
        {"/languages", {"e!"}, "bad_language", "languages"},
        {"/title", {{"en", "Title"}}, "missing_key", "title.pl"},
        {"/questions", nlohmann::json::array(), "out_of_range", "questions"},
        {"/questions/0/id", "why", "duplicate", "questions[1].id"},
        {"/questions/0/type", "stars", "unknown_word", "questions[0].type"},
        {"/questions/0/options", nlohmann::json::array(), "not_allowed", "questions[0].options"},
        {"/questions/1/options/1/id", "a", "duplicate", "questions[1].options[1].id"},
        {"/questions/1/show_if/0/question", "more", "unknown_question", "questions[1].show_if[0].question"},
        {"/questions/1/show_if/0/at_least", 3, "bad_condition", "questions[1].show_if[0]"},
        {"/questions/2/show_if/0/any_of", {"z"}, "unknown_option", "questions[2].show_if[0].any_of"},
        {"/questions/2/length_max", 0, "out_of_range", "questions[2].length_max"},
    };
    for (const Case& c : cases) {
        nlohmann::json file = small();
        file[nlohmann::json::json_pointer(c.pointer)] = c.value;
        const QuestionnaireLoad load = parse_questionnaire(file.dump());
        CHECK_FALSE(load.questionnaire.has_value());
        CHECK_MESSAGE(std::ranges::any_of(load.problems,
                                          [&](const Error& problem) {
                                              return problem.code == c.code && problem.where == c.where;
                                          }),
                      c.pointer << " " << (load.problems.empty() ? "" : load.problems[0].text()));
    }
}
