#pragma once
/// Questions for residents, made by the council, loaded from JSON of the shape `sv-questionnaire/1`
/// (assets/questionnaires/README.md). Pure: the kiosk asks it what to show next, the server asks it
/// whether answers fit.

#include "shared/base/result.h"
#include "shared/domain/evidence.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// One text in every language of its questionnaire, by language code (BCP 47).
using LocalText = std::map<std::string, std::string, std::less<>>;

enum class QuestionType
{
    Smiley,   ///< 1 (very unhappy) to 5 (very happy)
    Scale,    ///< 0 to 10
    Single,   ///< one option
    Multiple, ///< any number of options
    YesNo,
    Text,
};

struct QuestionOption
{
    std::string id;
    LocalText text;
};

enum class ConditionTest
{
    AtLeast, ///< a smiley or scale answer of at least `number`
    AtMost,
    Is,    ///< a yes / no answer equal to `yes`
    AnyOf, ///< one of `options` was chosen
};

/// Holds only when the earlier question was shown and answered so.
struct Condition
{
    std::string question;
    ConditionTest test = ConditionTest::AtLeast;
    std::int64_t number = 0;
    bool yes = false;
    std::vector<std::string> options;
};

struct Question
{
    std::string id;
    QuestionType type = QuestionType::Text;
    bool required = false;
    LocalText text;
    LocalText help; ///< empty when there is none
    LocalText low;  ///< words at the ends of a scale; empty when there are none
    LocalText high;
    std::vector<QuestionOption> options; ///< of single and multiple choice
    std::int64_t length_max = 0;         ///< of a text, in code points
    std::vector<Condition> show_if;      ///< all must hold; none means always shown
};

class Questionnaire
{
public:
    std::string id;
    std::int32_t version = 1;
    std::vector<std::string> languages; ///< the first one is used when a device lacks another
    LocalText title;
    LocalText intro;  ///< may be empty
    LocalText thanks; ///< may be empty
    std::vector<Question> questions;
    std::string text; ///< the file as it was read

    [[nodiscard]] const Question* find_question(std::string_view question_id) const;
    [[nodiscard]] bool has_language(std::string_view language) const;

    /// Whether the answers so far call for this question. An answer to a question that is itself not
    /// shown counts as none.
    [[nodiscard]] bool is_shown(const Question& question, std::span<const Answer> answers) const;
    /// The questions to ask with these answers, in order.
    [[nodiscard]] std::vector<const Question*> shown(std::span<const Answer> answers) const;

    /// Everything that does not fit: `unknown_question`, `wrong_answer`, `unknown_option`, `not_shown`,
    /// `answer_missing`, `bad_language`. `where` names the place in a feedback entry.
    [[nodiscard]] std::vector<Error> check(const FeedbackBody& feedback) const;
};

/// The text in that language, else in the questionnaire's first; empty only when there is no text.
[[nodiscard]] std::string_view text_in(const LocalText& text, std::string_view language,
                                       const Questionnaire& questionnaire);

/// Either a questionnaire, or everything that is wrong with the file.
struct QuestionnaireLoad
{
    std::optional<Questionnaire> questionnaire;
    std::vector<Error> problems; ///< empty exactly when there is a questionnaire
};

[[nodiscard]] QuestionnaireLoad parse_questionnaire(std::string_view json);
[[nodiscard]] QuestionnaireLoad load_questionnaire(const std::filesystem::path& file);

} // namespace tally
