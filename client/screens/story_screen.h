#pragma once

#include "client/screens/forms.h"
#include "client/screens/screen.h"

namespace tally::client::screens {

/// A case study in four steps: the story, words and photos, who agreed, a last look.
class StoryScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    enum class Step
    {
        Story,
        Pictures,
        Consent,
        Check
    };
    static constexpr int step_count = 4;

    void go_to(Step step);
    void draw_steps();
    void draw_story(const AppModel& model);
    void draw_pictures(const AppModel& model, CommandQueue& commands);
    void draw_photos(const AppModel& model, CommandQueue& commands);
    void draw_consents(const AppModel& model);
    void draw_consent(const AppModel& model, std::size_t index);
    void draw_check(const AppModel& model);
    void take_photos(const AppModel& model);
    [[nodiscard]] SaveStory command(const AppModel& model) const;
    /// What validate() says, and who has neither signed nor agreed aloud.
    [[nodiscard]] std::vector<Error> problems(const AppModel& model) const;
    /// What the person agreed to in the entry that this one replaces, while the form asks for no more than
    /// that; nullptr when they have to agree anew.
    [[nodiscard]] const Consent* kept_consent(const AppModel& model, const ConsentForm& form) const;

    StoryForm m_form;
    Step m_step = Step::Story;
    std::optional<Uuid> m_replaces;
    Correction m_correction;
    std::vector<Attachment> m_kept;
    std::string m_reason;
    std::string m_draft;
    bool m_show_problems = false;
    bool m_changed = false;
    std::vector<Error> m_problems;
};

} // namespace tally::client::screens
