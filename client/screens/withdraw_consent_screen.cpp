#include "client/screens/withdraw_consent_screen.h"

#include "client/widgets/fields.h"
#include "client/widgets/overlay.h"
#include "shared/base/encoding.h"

namespace tally::client::screens {

using namespace widgets;

namespace {

constexpr std::size_t code_length = 8;

} // namespace

void WithdrawConsentScreen::enter(const AppModel&, CommandQueue&)
{
    m_code.clear();
    m_is_incomplete = false;
    m_is_asking = false;
    m_was_sent = false;
}

void WithdrawConsentScreen::draw_code(const AppModel& model, CommandQueue& commands)
{
    title_heading(tr("withdraw_consent.heading"));
    body_soft(tr("withdraw_consent.text"));
    gap(24);
    if (!model.withdrawal.problem.empty() && m_was_sent) {
        notice(Icon::Warning, model.withdrawal.problem, Tone::Bad);
        gap(24);
    }
    const FieldResult field = text_field(tr("consent.code"), m_code,
                                         {.hint = tr("withdraw_consent.code_hint"),
                                          .error = m_is_incomplete ? tr("withdraw_consent.code_missing") : "",
                                          .code_points_max = 40,
                                          .box_width_dp = 260,
                                          .takes_focus = true});
    gap(32);
    const bool pressed =
        primary_button(tr("withdraw_consent.next"), {.is_enabled = !model.withdrawal.is_busy});
    if ((pressed || field.submitted) && !model.withdrawal.is_busy) {
        m_is_incomplete = withdrawal_code_key(m_code).size() < code_length;
        m_is_asking = !m_is_incomplete;
    }
    if (m_is_asking)
        draw_question(commands);
}

void WithdrawConsentScreen::draw_question(CommandQueue& commands)
{
    const DialogResult dialog = begin_dialog(tr("withdraw_consent.question"));
    body(tr("withdraw_consent.question_text"));
    gap(24);
    // First, so that a second Enter does not erase what nobody can bring back.
    if (secondary_button(tr("withdraw_consent.keep"), {.fill_width = true}) || dialog.dismissed)
        m_is_asking = false;
    gap(12);
    if (primary_button(tr("withdraw_consent.confirm"),
                       {.icon = Icon::Trash, .fill_width = true, .tone = Tone::Bad})) {
        commands.push(WithdrawConsent{m_code});
        m_is_asking = false;
        m_was_sent = true;
    }
    end_dialog();
}

void WithdrawConsentScreen::draw_outcome(const AppModel& model, CommandQueue& commands)
{
    const bool found = model.withdrawal.erased > 0;
    title_heading(tr(found ? "withdraw_consent.erased" : "withdraw_consent.passed_on"));
    gap(8);
    body(tr(found ? "withdraw_consent.erased_text" : "withdraw_consent.passed_on_text"));
    gap(16);
    notice(Icon::Sync, tr("withdraw_consent.sync"), Tone::Neutral);
    gap(32);
    if (primary_button(tr("nav.done"), {.icon = Icon::Check}))
        commands.push(Go{{ScreenName::Home}});
}

void WithdrawConsentScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("withdraw_consent.title"), .column_width = 640});
    if (m_was_sent && model.withdrawal.is_done)
        draw_outcome(model, commands);
    else
        draw_code(model, commands);
    end_screen(commands);
}

} // namespace tally::client::screens
