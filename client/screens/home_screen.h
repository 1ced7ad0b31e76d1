#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// Where a worker starts: today's event, what can be recorded, what needs an answer.
class HomeScreen final : public Screen
{
public:
    void enter(const AppModel&, CommandQueue&) override {}
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void draw_event(const AppModel& model, CommandQueue& commands);
    void draw_actions(CommandQueue& commands);
    void draw_drafts(const AppModel& model, CommandQueue& commands);
    void draw_questions(const AppModel& model, CommandQueue& commands);
    void draw_sync_trouble(const AppModel& model, CommandQueue& commands);
    void draw_refused(const AppModel& model, CommandQueue& commands);
    void draw_put_aside(const AppModel& model, CommandQueue& commands);
    void draw_entries(const AppModel& model, CommandQueue& commands);

    PinCard m_pin;
};

} // namespace tally::client::screens
