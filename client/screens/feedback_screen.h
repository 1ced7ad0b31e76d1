#pragma once

#include "client/screens/screen.h"

#include <map>
#include <span>

namespace tally::client::screens {

/// A questionnaire, one question a page, with a look back before the end. On a kiosk it is the only
/// screen: nothing is kept of an unfinished one, and it starts anew when nobody touches it.
class FeedbackScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    enum class Step
    {
        SetUp,
        Welcome,
        Questions,
        AboutYou,
        Review,
        Thanks
    };

    void start_anew(const AppModel& model);
    void draw_set_up(const AppModel& model, CommandQueue& commands);
    void draw_welcome(const AppModel& model);
    void draw_question(const Questionnaire& questionnaire);
    void draw_about_you();
    void draw_review(const AppModel& model, const Questionnaire& questionnaire, CommandQueue& commands);
    void draw_thanks(const AppModel& model, const Questionnaire& questionnaire, CommandQueue& commands);
    void draw_footer(const Questionnaire& questionnaire);
    void watch_idle(const AppModel& model, CommandQueue& commands);
    void go_to(Step step);

    [[nodiscard]] const Questionnaire* chosen(const AppModel& model) const;
    [[nodiscard]] std::vector<Answer> answers(const Questionnaire& questionnaire) const;
    [[nodiscard]] std::vector<const Question*> pages(const Questionnaire& questionnaire) const;
    [[nodiscard]] std::string text(const LocalText& text, const Questionnaire& questionnaire) const;
    [[nodiscard]] std::string answer_words(const Question& question,
                                           const Questionnaire& questionnaire) const;

    Step m_step = Step::Welcome;
    std::string m_questionnaire;
    std::string m_about; ///< "event/<id>" or "place/<id>"
    std::string m_language = "en";
    std::size_t m_page = 0;
    std::map<std::string, AnswerValue> m_answers;
    AboutYou m_about_you;
    bool m_answer_missing = false;
    double m_touched_at_s = 0;
};

} // namespace tally::client::screens
