#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// Everything that was recorded on this device, with what became of it.
class EntriesScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void draw_filters(const AppModel& model);

    std::optional<EntryState> m_filter;
    std::size_t m_shown = 0;
    PinCard m_pin;
};

/// One entry: its words, its question, and ways to change it.
class EntryScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void draw_state(const EntryModel& entry);
    void draw_words(const AppModel& model, const EntryModel& entry);
    void draw_put_aside(const EntryModel& entry, CommandQueue& commands);
    void draw_withdrawal(const EntryModel& entry, CommandQueue& commands);
    void draw_taking_back(const EntryModel& entry, CommandQueue& commands);

    bool m_is_withdrawing = false;
    bool m_is_taking_back = false;
    bool m_reason_missing = false;
    std::string m_reason;
    PinCard m_pin;
};

} // namespace tally::client::screens
