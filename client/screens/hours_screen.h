#pragma once

#include "client/screens/forms.h"
#include "client/screens/screen.h"

namespace tally::client::screens {

/// Hours of one person or of a group, new or amended.
class HoursScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    bool draw_what(const AppModel& model, const std::vector<Error>& problems);
    bool draw_when(const AppModel& model, const std::vector<Error>& problems);
    bool draw_who(const std::vector<Error>& problems);
    bool draw_confirmation(const std::vector<Error>& problems);
    [[nodiscard]] SaveHours command(const AppModel& model) const;
    [[nodiscard]] std::vector<Error> problems(const AppModel& model) const;
    [[nodiscard]] std::string total() const;

    HoursForm m_form;
    std::optional<Uuid> m_replaces;
    Correction m_correction;
    std::string m_reason;
    std::string m_draft;
    bool m_show_problems = false;
};

} // namespace tally::client::screens
