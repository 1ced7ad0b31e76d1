#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// Where a person, or the worker for them, types a withdrawal code.
class WithdrawConsentScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void draw_code(const AppModel& model, CommandQueue& commands);
    void draw_question(CommandQueue& commands);
    void draw_outcome(const AppModel& model, CommandQueue& commands);

    std::string m_code;
    bool m_is_incomplete = false;
    bool m_is_asking = false;
    bool m_was_sent = false;
};

} // namespace tally::client::screens
