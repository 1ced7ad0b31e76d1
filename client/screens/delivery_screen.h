#pragma once

#include "client/screens/forms.h"
#include "client/screens/screen.h"

namespace tally::client::screens {

/// Any other measure of a contract: weeks of training, pounds spent, tonnes saved.
class DeliveryScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    [[nodiscard]] bool draw_how_much(const MeasureModel* measure, const std::vector<Error>& found);
    [[nodiscard]] SaveDelivery command(const AppModel& model) const;
    [[nodiscard]] std::vector<Error> problems(const AppModel& model) const;

    DeliveryForm m_form;
    std::optional<Uuid> m_replaces;
    Correction m_correction;
    std::string m_reason;
    std::string m_draft;
    bool m_show_problems = false;
};

} // namespace tally::client::screens
