#include "client/screens/settings_screen.h"

#include "client/screens/sync_words.h"
#include "client/widgets/choices.h"
#include "client/widgets/fields.h"
#include "client/widgets/overlay.h"
#include "shared/base/encoding.h"

#include <cstdlib>

namespace tally::client::screens {

using namespace widgets;

namespace {

constexpr std::size_t pin_length_min = 4;

} // namespace

void SettingsScreen::enter(const AppModel&, CommandQueue&)
{
    m_is_changing_pin = false;
    m_old_pin.clear();
    m_new_pin.clear();
    m_problem.clear();
}

void SettingsScreen::draw_looks(const AppModel& model, CommandQueue& commands)
{
    section_heading(tr("settings.looks"));
    gap(12);
    SettingsModel settings = model.settings;
    std::string appearance = settings.appearance == Appearance::Dark ? "dark" : "light";
    if (segmented(tr("settings.theme"), {{"light", tr("settings.light")}, {"dark", tr("settings.dark")}},
                  appearance)) {
        settings.appearance = appearance == "dark" ? Appearance::Dark : Appearance::Light;
        commands.push(ChangeSettings{settings});
    }
    gap(24);
    const char* sizes[] = {"normal", "large", "largest"};
    std::string size = sizes[static_cast<int>(settings.text_size)];
    if (segmented(tr("settings.text_size"),
                  {{"normal", tr("settings.size_normal")},
                   {"large", tr("settings.size_large")},
                   {"largest", tr("settings.size_largest")}},
                  size)) {
        settings.text_size = size == "largest" ? TextSize::Largest
                             : size == "large" ? TextSize::Large
                                               : TextSize::Normal;
        commands.push(ChangeSettings{settings});
    }
    gap(40);
    section_heading(tr("settings.network"));
    bool metered = settings.sync_on_metered;
    if (toggle(tr("settings.metered"), metered, tr("settings.metered_detail"))) {
        settings.sync_on_metered = metered;
        commands.push(ChangeSettings{settings});
    }
    if (settings.sync_on_metered) {
        gap(16);
        bool photos = settings.photos_on_metered;
        if (toggle(tr("settings.metered_photos"), photos, tr("settings.metered_photos_detail"))) {
            settings.photos_on_metered = photos;
            commands.push(ChangeSettings{settings});
        }
    }
    gap(16);
    bool saves_battery = settings.saves_battery;
    if (toggle(tr("settings.battery"), saves_battery, tr("settings.battery_detail"))) {
        settings.saves_battery = saves_battery;
        commands.push(ChangeSettings{settings});
    }
    gap(40);
}

void SettingsScreen::draw_sync(const AppModel& model, CommandQueue& commands)
{
    const SyncModel& sync = model.sync;
    const bool is_working = sync.state == SyncState::Working;
    section_heading(tr("settings.sync"));
    if (const SyncWords trouble = trouble_words(sync); !trouble.title.empty() && !is_working) {
        gap(8);
        notice(trouble.icon, trouble.title + "\n" + trouble.text, trouble.tone);
        gap(8);
    }
    if (sync.entries_unsent + sync.photos_waiting + sync.withdrawals_waiting > 0)
        fact(tr("sync.waiting"),
             counts_words(sync.entries_unsent, sync.photos_waiting, sync.withdrawals_waiting));
    if (sync.last_success)
        fact(tr("sync.last"), last_success_words(model));
    gap(16);
    if (secondary_button(tr(is_working ? "sync.working" : "sync.now"),
                         {.icon = Icon::Sync, .is_enabled = !is_working}))
        commands.push(SyncNow{});
    gap(40);
}

void SettingsScreen::draw_photos(const AppModel& model, CommandQueue& commands)
{
    section_heading(tr("settings.photos"));
    body_soft(tr("settings.photos_text"));
    gap(16);
    SettingsModel settings = model.settings;
    std::string days = std::to_string(settings.keep_photos_days);
    if (segmented(tr("settings.photos_kept"),
                  {{"30", tr("settings.photos_month")},
                   {"90", tr("settings.photos_quarter")},
                   {"365", tr("settings.photos_year")},
                   {"0", tr("settings.photos_always")}},
                  days)) {
        settings.keep_photos_days = std::stoll(days);
        commands.push(ChangeSettings{settings});
    }
    gap(40);
}

void SettingsScreen::draw_pin(const AppModel& model, CommandQueue& commands)
{
    section_heading(tr("settings.pin"));
    body_soft(tr(model.lock.has_pin ? "settings.pin_is_set" : "settings.pin_none"));
    gap(16);
    if (secondary_button(tr(model.lock.has_pin ? "settings.change_pin" : "settings.set_pin"),
                         {.icon = Icon::Lock})) {
        m_is_changing_pin = true;
        m_problem.clear();
        m_had_pin = model.lock.has_pin;
        m_was_busy = false;
    }
    if (model.lock.has_pin && model.lock.is_unlocked) {
        gap(12);
        if (quiet_button(tr("settings.lock_now"), {.icon = Icon::Lock}))
            commands.push(LockAgain{});
    }
    gap(40);
}

void SettingsScreen::draw_pin_dialog(const AppModel& model, CommandQueue& commands)
{
    // The dialog closes by itself once the change has gone through.
    if (m_was_busy && !model.lock.is_busy && model.lock.problem.empty()) {
        enter(model, commands);
        return;
    }
    const DialogResult dialog = begin_dialog(tr(m_had_pin ? "settings.change_pin" : "settings.set_pin"));
    body_soft(tr("settings.pin_text"));
    gap(16);
    if (m_had_pin) {
        text_field(
            tr("settings.old_pin"), m_old_pin,
            {.error = model.lock.problem, .code_points_max = 64, .box_width_dp = 260, .is_secret = true});
        gap(16);
    }
    text_field(tr("settings.new_pin"), m_new_pin,
               {.hint = tr("settings.pin_hint"),
                .error = m_problem,
                .code_points_max = 64,
                .box_width_dp = 260,
                .is_secret = true});
    gap(24);
    if (primary_button(tr("settings.save_pin"), {.fill_width = true, .is_enabled = !model.lock.is_busy})) {
        m_problem = utf8_length(m_new_pin) < pin_length_min ? tr("settings.pin_short") : "";
        if (m_problem.empty()) {
            commands.push(SetPin{m_old_pin, m_new_pin});
            m_was_busy = true;
        }
    }
    gap(12);
    if (secondary_button(tr("nav.cancel"), {.fill_width = true}) || dialog.dismissed)
        enter(model, commands);
    end_dialog();
}

void SettingsScreen::draw_consent(CommandQueue& commands)
{
    section_heading(tr("settings.consent"));
    body_soft(tr("settings.consent_text"));
    gap(16);
    if (secondary_button(tr("withdraw_consent.title"), {.icon = Icon::Person}))
        commands.push(Go{{ScreenName::WithdrawConsent}});
    gap(40);
}

void SettingsScreen::draw_device(const AppModel& model, CommandQueue& commands)
{
    if (model.device.is_enrolled) {
        section_heading(tr("settings.no_network"));
        body_soft(tr("settings.no_network_text"));
        gap(16);
        if (secondary_button(tr("bundle.title"), {.icon = Icon::Stick}))
            commands.push(Go{{ScreenName::Bundle}});
        gap(40);
    }
    section_heading(tr("settings.device"));
    const DeviceModel& device = model.device;
    if (device.is_enrolled) {
        fact(tr("settings.device_name"), device.name);
        fact(tr("settings.who"), device.author.empty() ? std::string(tr("settings.nobody")) : device.author);
        fact(tr("settings.server"),
             device.server_name.empty() ? device.server : device.server_name + "\n" + device.server);
    } else {
        body_soft(tr("settings.not_enrolled"));
    }
    if (device.clock_ahead_min) {
        const std::int64_t minutes = *device.clock_ahead_min;
        const std::string time = duration_words(std::llabs(minutes));
        gap(12);
        notice(Icon::Clock,
               tr(minutes > 0 ? "settings.clock_ahead" : "settings.clock_behind", {{"time", time}}),
               Tone::Attention);
        gap(8);
    } else if (device.is_clock_known) {
        fact(tr("settings.clock"), tr("settings.clock_right"));
    }
    fact(tr("settings.data_folder"), device.data_folder);
    fact(tr("settings.version"), device.program_version);
    gap(16);
    if (secondary_button(tr(device.is_enrolled ? "settings.enrol_again" : "home.enrol"),
                         {.icon = Icon::Link}))
        commands.push(Go{{ScreenName::Enrol}});
}

void SettingsScreen::draw_key(const AppModel& model, CommandQueue& commands)
{
    gap(40);
    section_heading(tr("settings.key"));
    body_soft(tr(model.device.has_new_key ? "settings.key_waits" : "settings.key_text"));
    if (model.device.has_new_key)
        return;
    gap(16);
    if (secondary_button(tr("settings.new_key"), {.icon = Icon::Lock}))
        commands.push(MakeNewKey{});
}

void SettingsScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("settings.title"), .column_width = 720});
    if (model.device.is_enrolled && model.sync.state != SyncState::Refused)
        draw_sync(model, commands);
    draw_looks(model, commands);
    draw_photos(model, commands);
    if (model.device.is_enrolled) {
        draw_pin(model, commands);
        draw_consent(commands);
    }
    draw_device(model, commands);
    if (model.device.is_enrolled)
        draw_key(model, commands);
    if (m_is_changing_pin)
        draw_pin_dialog(model, commands);
    end_screen(commands);
}

void EnrolScreen::enter(const AppModel&, CommandQueue&)
{
    m_code.clear();
    m_pin.clear();
    m_code_missing = false;
    m_pin_too_short = false;
}

void EnrolScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("enrol.title"), .column_width = 640});
    title_heading(tr("enrol.heading"));
    body_soft(tr("enrol.text"));
    gap(24);
    if (!model.enrol.problem.empty()) {
        notice(Icon::Warning, model.enrol.problem, Tone::Bad);
        gap(24);
    }
    const FieldResult code = text_field(tr("enrol.code"), m_code,
                                        {.hint = tr("enrol.code_hint"),
                                         .error = m_code_missing ? tr("enrol.code_missing") : "",
                                         .code_points_max = 2000,
                                         .takes_focus = true});
    gap(24);
    const FieldResult pin = text_field(tr("enrol.pin"), m_pin,
                                       {.hint = tr("enrol.pin_hint"),
                                        .error = m_pin_too_short ? tr("settings.pin_short") : "",
                                        .code_points_max = 64,
                                        .box_width_dp = 260,
                                        .is_optional = true,
                                        .is_secret = true});
    gap(32);
    const bool pressed = primary_button(tr(model.enrol.is_busy ? "enrol.busy" : "enrol.enrol"),
                                        {.icon = Icon::Link, .is_enabled = !model.enrol.is_busy});
    if ((pressed || code.submitted || pin.submitted) && !model.enrol.is_busy) {
        m_code_missing = trimmed(m_code).empty();
        m_pin_too_short = !m_pin.empty() && utf8_length(m_pin) < pin_length_min;
        if (!m_code_missing && !m_pin_too_short)
            commands.push(Enrol{std::string(trimmed(m_code)), m_pin});
    }
    end_screen(commands);
}

} // namespace tally::client::screens
