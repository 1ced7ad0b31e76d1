#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// How the window looks, the PIN, and what this device is.
class SettingsScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void draw_looks(const AppModel& model, CommandQueue& commands);
    void draw_sync(const AppModel& model, CommandQueue& commands);
    void draw_photos(const AppModel& model, CommandQueue& commands);
    void draw_pin(const AppModel& model, CommandQueue& commands);
    void draw_pin_dialog(const AppModel& model, CommandQueue& commands);
    void draw_consent(CommandQueue& commands);
    void draw_key(const AppModel& model, CommandQueue& commands);
    void draw_device(const AppModel& model, CommandQueue& commands);

    bool m_is_changing_pin = false;
    bool m_had_pin = false;
    bool m_was_busy = false;
    std::string m_old_pin;
    std::string m_new_pin;
    std::string m_problem;
};

/// Letting the device in with the administrator's code.
class EnrolScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    std::string m_code;
    std::string m_pin;
    bool m_code_missing = false;
    bool m_pin_too_short = false;
};

} // namespace tally::client::screens
