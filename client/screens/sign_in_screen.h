#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// The sheet at the door of an event: a name and Enter signs somebody in, a press signs them out.
class SignInScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    enum class Sheet
    {
        None,
        Details,
        SignOutEverybody
    };

    void draw_door(const AppModel& model, const EventModel& event, CommandQueue& commands);
    void draw_here(const AppModel& model, CommandQueue& commands);
    void draw_gone(const AppModel& model, CommandQueue& commands);
    void draw_dialogs(const AppModel& model, CommandQueue& commands);
    void choose_event(const AppModel& model, CommandQueue& commands);

    std::string m_event;
    std::string m_name;
    std::string m_whose_time = "residents";
    Sheet m_sheet = Sheet::None;
    SetSheetDetails m_details;
};

} // namespace tally::client::screens
