#pragma once

#include "client/screens/screen.h"

namespace tally::client::screens {

/// Entries on a stick when there is no network: what waits goes out, receipts come back.
class BundleScreen final : public Screen
{
public:
    void enter(const AppModel& model, CommandQueue& commands) override;
    void draw(const AppModel& model, CommandQueue& commands) override;

private:
    void look_for_sticks(const AppModel& model, CommandQueue& commands);
    void draw_left_behind(const AppModel& model, CommandQueue& commands);
    void draw_nothing_waits(const AppModel& model, CommandQueue& commands);
    void draw_outgoing(const AppModel& model, CommandQueue& commands);
    void draw_sticks(const AppModel& model, CommandQueue& commands);
    void draw_writing(const BundleModel& bundle, CommandQueue& commands);
    void draw_problem(const BundleModel& bundle);
    void draw_written(const BundleModel& bundle);
    void draw_receipts(const AppModel& model, CommandQueue& commands);
    void draw_read(const BundleModel& bundle, CommandQueue& commands);

    std::string m_folder;       ///< of the chosen stick
    bool m_wants_more = false;  ///< another copy, after one was written
    bool m_was_reading = false; ///< the last thing that was asked for here, and not writing
    double m_next_look_s = 0;
};

} // namespace tally::client::screens
