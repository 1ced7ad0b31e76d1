#include "shared/framework/questionnaire.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/domain/validate.h"
#include "shared/framework/json_reader.h"

#include <algorithm>
#include <set>

namespace tally {

namespace {

constexpr std::uint64_t file_bytes_max = 1024 * 1024;
constexpr std::int64_t smiley_min = 1;
constexpr std::int64_t smiley_max = 5;
constexpr std::int64_t scale_max = 10;

bool is_language_code(std::string_view text)
{
    return text.size() >= 2 && text.size() <= 35 && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

bool has_options(QuestionType type)
{
    return type == QuestionType::Single || type == QuestionType::Multiple;
}

bool has_number(QuestionType type)
{
    return type == QuestionType::Smiley || type == QuestionType::Scale;
}

/// Reads one questionnaire; knows the languages that every text must have.
class Reader
{
public:
    Questionnaire read(const JsonObject& file)
    {
        if (const std::string schema = file.text("schema"); !schema.empty() && schema != "sv-questionnaire/1")
            file.note("schema", "unknown_schema",
                      "This program reads sv-questionnaire/1, not \"" + schema + "\".");
        m_made.id = identifier(file, "id");
        const std::int64_t version = file.integer("version");
        if (version < 1 || version > 1'000'000)
            file.note("version", "out_of_range", "Versions count from 1.");
        else
            m_made.version = static_cast<std::int32_t>(version);
        read_languages(file);
        m_made.title = local_text(file, "title");
        m_made.intro = optional_local_text(file, "intro");
        m_made.thanks = optional_local_text(file, "thanks");
        file.objects("questions", [&](const JsonObject& item) { read_question(item); });
        if (const auto* list = file.member("questions");
            list != nullptr && list->is_array() && (list->empty() || list->size() > limits::answers_max))
            file.note("questions", "out_of_range", "A questionnaire has 1 to 100 questions.");
        return std::move(m_made);
    }

private:
    static std::string identifier(const JsonObject& object, const char* key)
    {
        std::string id = object.text(key);
        if (!id.empty() && !is_reference(id))
            object.note(key, "bad_id",
                        "An id has letters, digits, dots, hyphens and underscores, 64 at most.");
        return id;
    }

    void read_languages(const JsonObject& file)
    {
        m_made.languages = file.texts("languages");
        if (file.has("languages") && m_made.languages.empty())
            file.note("languages", "out_of_range", "Name at least one language.");
        for (const std::string& language : m_made.languages) {
            if (!is_language_code(language))
                file.note("languages", "bad_language",
                          "\"" + language + "\" is not a code such as en or ur.");
        }
        if (std::set<std::string>(m_made.languages.begin(), m_made.languages.end()).size() !=
            m_made.languages.size())
            file.note("languages", "duplicate", "A language stands here twice.");
    }

    LocalText local_text(const JsonObject& object, const char* key) const
    {
        LocalText made;
        if (!object.has(key)) {
            object.note(key, "missing_key", "This key is missing.");
            return made;
        }
        const JsonObject texts(*object.member(key), object.path(key), object.problems());
        for (const std::string& language : m_made.languages)
            made[language] = texts.text(language.c_str());
        return made;
    }

    LocalText optional_local_text(const JsonObject& object, const char* key) const
    {
        return object.has(key) ? local_text(object, key) : LocalText{};
    }

    void read_question(const JsonObject& object)
    {
        Question question;
        question.id = identifier(object, "id");
        if (!question.id.empty() && m_made.find_question(question.id) != nullptr)
            object.note("id", "duplicate", "\"" + question.id + "\" stands here twice.");
        question.type = object.word<QuestionType>("type", {{"smiley", QuestionType::Smiley},
                                                           {"scale_0_10", QuestionType::Scale},
                                                           {"single", QuestionType::Single},
                                                           {"multiple", QuestionType::Multiple},
                                                           {"yes_no", QuestionType::YesNo},
                                                           {"text", QuestionType::Text}});
        question.required = object.optional_boolean("required", false);
        question.text = local_text(object, "text");
        question.help = optional_local_text(object, "help");
        question.low = optional_local_text(object, "low");
        question.high = optional_local_text(object, "high");
        read_options(object, question);
        read_length(object, question);
        if (object.has("show_if"))
            object.objects("show_if",
                           [&](const JsonObject& item) { question.show_if.push_back(read_condition(item)); });
        m_made.questions.push_back(std::move(question));
    }

    void read_options(const JsonObject& object, Question& question) const
    {
        if (!has_options(question.type)) {
            if (object.has("options"))
                object.note("options", "not_allowed", "Only single and multiple choice have options.");
            return;
        }
        object.objects("options", [&](const JsonObject& item) {
            QuestionOption option{identifier(item, "id"), local_text(item, "text")};
            if (std::ranges::find(question.options, option.id, &QuestionOption::id) != question.options.end())
                item.note("id", "duplicate", "\"" + option.id + "\" stands here twice.");
            question.options.push_back(std::move(option));
        });
        if (object.has("options") && question.options.size() < 2)
            object.note("options", "out_of_range", "A choice needs at least two options.");
    }

    static void read_length(const JsonObject& object, Question& question)
    {
        const auto length_max = static_cast<std::int64_t>(limits::text_max);
        question.length_max = object.optional_integer("length_max").value_or(length_max);
        if (question.length_max < 1 || question.length_max > length_max)
            object.note("length_max", "out_of_range",
                        "A text has 1 to " + std::to_string(length_max) + " characters.");
    }

    Condition read_condition(const JsonObject& object) const
    {
        Condition condition;
        condition.question = object.text("question");
        // Questions before this one are in the list already, this one and later ones are not.
        const Question* earlier = m_made.find_question(condition.question);
        if (earlier == nullptr) {
            if (!condition.question.empty())
                object.note("question", "unknown_question",
                            "There is no earlier question \"" + condition.question + "\".");
            return condition;
        }
        const int tests =
            object.has("at_least") + object.has("at_most") + object.has("is") + object.has("any_of");
        if (tests != 1) {
            object.problems().push_back(
                {"bad_condition", "Give exactly one of at_least, at_most, is and any_of.", object.where()});
            return condition;
        }
        if (object.has("is"))
            read_is(object, *earlier, condition);
        else if (object.has("any_of"))
            read_any_of(object, *earlier, condition);
        else
            read_number(object, *earlier, condition);
        return condition;
    }

    static void read_is(const JsonObject& object, const Question& earlier, Condition& condition)
    {
        condition.test = ConditionTest::Is;
        condition.yes = object.boolean("is");
        if (earlier.type != QuestionType::YesNo)
            object.note("is", "bad_condition", "Only a yes / no question can be asked so.");
    }

    static void read_any_of(const JsonObject& object, const Question& earlier, Condition& condition)
    {
        condition.test = ConditionTest::AnyOf;
        condition.options = object.texts("any_of");
        for (const std::string& option : condition.options) {
            if (std::ranges::find(earlier.options, option, &QuestionOption::id) == earlier.options.end())
                object.note("any_of", "unknown_option",
                            "\"" + option + "\" is no option of " + earlier.id + ".");
        }
    }

    static void read_number(const JsonObject& object, const Question& earlier, Condition& condition)
    {
        const char* key = object.has("at_least") ? "at_least" : "at_most";
        condition.test = object.has("at_least") ? ConditionTest::AtLeast : ConditionTest::AtMost;
        condition.number = object.integer(key);
        if (!has_number(earlier.type))
            object.note(key, "bad_condition", "Only a smiley or a scale can be asked so.");
    }

    Questionnaire m_made;
};

const Answer* answer_to(std::string_view question, std::span<const Answer> answers)
{
    const auto found = std::ranges::find(answers, question, &Answer::question);
    return found == answers.end() ? nullptr : &*found;
}

bool holds(const Condition& condition, const AnswerValue& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return condition.test == ConditionTest::AtLeast
                   ? *number >= condition.number
                   : condition.test == ConditionTest::AtMost && *number <= condition.number;
    if (const auto* yes = std::get_if<bool>(&value))
        return condition.test == ConditionTest::Is && *yes == condition.yes;
    if (const auto* chosen = std::get_if<std::vector<std::string>>(&value))
        return condition.test == ConditionTest::AnyOf &&
               std::ranges::any_of(*chosen, [&](const std::string& option) {
                   return std::ranges::find(condition.options, option) != condition.options.end();
               });
    return false;
}

Error wrong_answer(std::string message, const std::string& where)
{
    return {"wrong_answer", std::move(message), where};
}

void check_options(const Question& question, const std::vector<std::string>& chosen, const std::string& where,
                   std::vector<Error>& problems)
{
    if (question.type == QuestionType::Single && chosen.size() != 1)
        problems.push_back(wrong_answer("Choose one answer.", where));
    for (const std::string& option : chosen) {
        if (std::ranges::find(question.options, option, &QuestionOption::id) == question.options.end())
            problems.push_back(
                {"unknown_option", "\"" + option + "\" is no answer to " + question.id + ".", where});
    }
}

void check_value(const Question& question, const AnswerValue& value, const std::string& where,
                 std::vector<Error>& problems)
{
    if (has_number(question.type)) {
        const auto* number = std::get_if<std::int64_t>(&value);
        const bool smiley = question.type == QuestionType::Smiley;
        const std::int64_t low = smiley ? smiley_min : 0;
        const std::int64_t high = smiley ? smiley_max : scale_max;
        if (number == nullptr || *number < low || *number > high)
            problems.push_back(wrong_answer("The answer is a number from " + std::to_string(low) + " to " +
                                                std::to_string(high) + ".",
                                            where));
    } else if (question.type == QuestionType::YesNo) {
        if (!std::holds_alternative<bool>(value))
            problems.push_back(wrong_answer("The answer is yes or no.", where));
    } else if (has_options(question.type)) {
        if (const auto* chosen = std::get_if<std::vector<std::string>>(&value))
            check_options(question, *chosen, where, problems);
        else
            problems.push_back(wrong_answer("The answer is a choice.", where));
    } else {
        const auto* words = std::get_if<std::string>(&value);
        if (words == nullptr)
            problems.push_back(wrong_answer("The answer is a text.", where));
        else if (utf8_length(*words) > static_cast<std::size_t>(question.length_max))
            problems.push_back(wrong_answer(
                "The answer is longer than " + std::to_string(question.length_max) + " characters.", where));
    }
}

} // namespace

const Question* Questionnaire::find_question(std::string_view question_id) const
{
    const auto found = std::ranges::find(questions, question_id, &Question::id);
    return found == questions.end() ? nullptr : &*found;
}

bool Questionnaire::has_language(std::string_view language) const
{
    return std::ranges::find(languages, language) != languages.end();
}

bool Questionnaire::is_shown(const Question& question, std::span<const Answer> answers) const
{
    // Conditions name earlier questions only, so this ends.
    return std::ranges::all_of(question.show_if, [&](const Condition& condition) {
        const Question* earlier = find_question(condition.question);
        const Answer* answer = answer_to(condition.question, answers);
        return earlier != nullptr && answer != nullptr && is_shown(*earlier, answers) &&
               holds(condition, answer->value);
    });
}

std::vector<const Question*> Questionnaire::shown(std::span<const Answer> answers) const
{
    std::vector<const Question*> found;
    for (const Question& question : questions) {
        if (is_shown(question, answers))
            found.push_back(&question);
    }
    return found;
}

std::vector<Error> Questionnaire::check(const FeedbackBody& feedback) const
{
    std::vector<Error> problems;
    if (!has_language(feedback.language))
        problems.push_back(
            {"bad_language", "This questionnaire is not in \"" + feedback.language + "\".", "body.language"});
    for (std::size_t i = 0; i < feedback.answers.size(); ++i) {
        const Answer& answer = feedback.answers[i];
        const std::string where = "body.answers[" + std::to_string(i) + "]";
        const Question* question = find_question(answer.question);
        if (question == nullptr)
            problems.push_back(
                {"unknown_question", "There is no question \"" + answer.question + "\".", where});
        else if (!is_shown(*question, feedback.answers))
            problems.push_back(
                {"not_shown", "This question was not to be asked after those answers.", where});
        else
            check_value(*question, answer.value, where, problems);
    }
    for (const Question* question : shown(feedback.answers)) {
        if (question->required && answer_to(question->id, feedback.answers) == nullptr)
            problems.push_back(
                {"answer_missing", "The question " + question->id + " needs an answer.", "body.answers"});
    }
    return problems;
}

std::string_view text_in(const LocalText& text, std::string_view language, const Questionnaire& questionnaire)
{
    auto found = text.find(language);
    if (found == text.end() && !questionnaire.languages.empty())
        found = text.find(questionnaire.languages.front());
    return found == text.end() ? std::string_view() : std::string_view(found->second);
}

QuestionnaireLoad parse_questionnaire(std::string_view json)
{
    QuestionnaireLoad load;
    const auto document = parse_json(json, load.problems);
    if (!document)
        return load;
    Questionnaire questionnaire = Reader().read(JsonObject(*document, "", load.problems));
    if (load.problems.empty()) {
        questionnaire.text = std::string(json);
        load.questionnaire = std::move(questionnaire);
    }
    return load;
}

QuestionnaireLoad load_questionnaire(const std::filesystem::path& file)
{
    const auto text = read_file(file, file_bytes_max);
    if (!text)
        return {std::nullopt, {text.error()}};
    return parse_questionnaire(*text);
}

} // namespace tally
