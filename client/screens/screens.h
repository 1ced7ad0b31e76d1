#pragma once
/// All screens, and the one that is shown.

#include "client/screens/bundle_screen.h"
#include "client/screens/delivery_screen.h"
#include "client/screens/entries_screen.h"
#include "client/screens/feedback_screen.h"
#include "client/screens/home_screen.h"
#include "client/screens/hours_screen.h"
#include "client/screens/settings_screen.h"
#include "client/screens/sign_in_screen.h"
#include "client/screens/story_screen.h"
#include "client/screens/withdraw_consent_screen.h"

#include <optional>
#include <string_view>

namespace tally::client::screens {

class Screens
{
public:
    /// Draws the screen of the model's route, and what lies above every screen.
    void draw(const AppModel& model, CommandQueue& commands);

private:
    [[nodiscard]] Screen& screen_of(ScreenName name);

    HomeScreen m_home;
    HoursScreen m_hours;
    SignInScreen m_sign_in;
    StoryScreen m_story;
    DeliveryScreen m_delivery;
    FeedbackScreen m_feedback;
    EntriesScreen m_entries;
    EntryScreen m_entry;
    SettingsScreen m_settings;
    EnrolScreen m_enrol;
    WithdrawConsentScreen m_withdraw_consent;
    BundleScreen m_bundle;

    std::optional<Route> m_shown;
    bool m_was_loading = true;
};

/// "home", "hours", "sign-in" ... for the option --screen; none for an unknown name.
[[nodiscard]] std::optional<ScreenName> screen_named(std::string_view name);

} // namespace tally::client::screens
