#include "client/screens/screens.h"

#include "client/screens/sync_dialog.h"
#include "client/widgets/overlay.h"

#include <string>

namespace tally::client::screens {

Screen& Screens::screen_of(ScreenName name)
{
    switch (name) {
    case ScreenName::Home:
        return m_home;
    case ScreenName::Hours:
        return m_hours;
    case ScreenName::SignIn:
        return m_sign_in;
    case ScreenName::Story:
        return m_story;
    case ScreenName::Delivery:
        return m_delivery;
    case ScreenName::Feedback:
        return m_feedback;
    case ScreenName::Entries:
        return m_entries;
    case ScreenName::Entry:
        return m_entry;
    case ScreenName::Settings:
        return m_settings;
    case ScreenName::Enrol:
        return m_enrol;
    case ScreenName::WithdrawConsent:
        return m_withdraw_consent;
    case ScreenName::Bundle:
        return m_bundle;
    }
    return m_home;
}

void Screens::draw(const AppModel& model, CommandQueue& commands)
{
    Screen& screen = screen_of(model.route.screen);
    // A form that was opened while the model was still being read starts again with what was read.
    if (m_shown != model.route || (m_was_loading && !model.is_loading)) {
        widgets::Context::current().enter_screen(std::to_string(static_cast<int>(model.route.screen)) + "/" +
                                                 model.route.id);
        screen.enter(model, commands);
        m_shown = model.route;
    }
    m_was_loading = model.is_loading;
    screen.draw(model, commands);
    draw_sync_dialog(model, commands);
    if (model.toast &&
        widgets::toast(model.toast->message, model.toast->action_label, 108) == widgets::ToastPress::Action)
        commands.push(PressToast{});
}

std::optional<ScreenName> screen_named(std::string_view name)
{
    struct Known
    {
        std::string_view name;
        ScreenName screen;
    };
    constexpr Known known[] = {{"home", ScreenName::Home},
                               {"hours", ScreenName::Hours},
                               {"sign-in", ScreenName::SignIn},
                               {"story", ScreenName::Story},
                               {"delivery", ScreenName::Delivery},
                               {"feedback", ScreenName::Feedback},
                               {"entries", ScreenName::Entries},
                               {"entry", ScreenName::Entry},
                               {"settings", ScreenName::Settings},
                               {"enrol", ScreenName::Enrol},
                               {"withdraw-consent", ScreenName::WithdrawConsent},
                               {"bundle", ScreenName::Bundle}};
    for (const Known& screen : known)
        if (screen.name == name)
            return screen.screen;
    return std::nullopt;
}

} // namespace tally::client::screens
