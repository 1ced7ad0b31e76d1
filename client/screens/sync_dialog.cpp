#include "client/screens/sync_dialog.h"

#include "client/screens/sync_words.h"
#include "client/widgets/overlay.h"

#include <utility>

namespace tally::client::screens {

using namespace widgets;

namespace {

/// What stands at the top: the trouble if there is any, else what is left to do.
SyncWords summary_of(const AppModel& model)
{
    const SyncModel& sync = model.sync;
    if (sync.state == SyncState::Working)
        return {Icon::Sync, Tone::Neutral, tr("sync.working"), ""};
    if (SyncWords trouble = trouble_words(sync); !trouble.title.empty())
        return trouble;
    if (model.not_taken() > 0)
        return {Icon::Warning, Tone::Attention,
                tr("home.put_aside", {{"count", std::to_string(model.not_taken())}}),
                tr("sync.not_taken_text", {{"count", std::to_string(model.not_taken())}})};
    if (sync.entries_unsent + sync.photos_waiting + sync.withdrawals_waiting > 0)
        return {Icon::Sync, Tone::Neutral, tr("sync.some_wait"), tr("sync.some_wait_text")};
    return {Icon::Check, Tone::Good, tr("sync.all_sent"), tr("sync.all_sent_text")};
}

void draw_facts(const AppModel& model)
{
    const SyncModel& sync = model.sync;
    if (sync.entries_unsent + sync.photos_waiting + sync.withdrawals_waiting > 0)
        fact(tr("sync.waiting"),
             counts_words(sync.entries_unsent, sync.photos_waiting, sync.withdrawals_waiting));
    if (model.not_taken() > 0)
        fact(tr("state.rejected"), counts_words(model.not_taken(), 0));
    if (sync.last_success)
        fact(tr("sync.last"), last_success_words(model));
}

} // namespace

void draw_sync_dialog(const AppModel& model, CommandQueue& commands)
{
    const SyncModel& sync = model.sync;
    if (!sync.is_shown)
        return;
    const SyncWords summary = summary_of(model);
    const DialogResult dialog = begin_dialog(summary.title);
    if (!summary.text.empty()) {
        body(summary.text);
        gap(16);
    }
    draw_facts(model);
    gap(24);
    const bool is_working = sync.state == SyncState::Working;
    const auto go = [&](Route route) {
        commands.push(ShowSync{false});
        commands.push(Go{std::move(route)});
    };
    const auto lead = [&](const char* label, Icon icon, Route route) {
        gap(12);
        if (secondary_button(tr(label), {.icon = icon, .fill_width = true}))
            go(std::move(route));
    };
    const auto lead_first = [&](const char* label, Icon icon, Route route) {
        if (primary_button(tr(label), {.icon = icon, .fill_width = true}))
            go(std::move(route));
        gap(12);
    };
    const Route not_taken{ScreenName::Entries, std::string(not_taken_alone)};
    // Nothing but what was not taken is left: sending more does not help.
    const bool is_about_not_taken = model.not_taken() > 0 && sync.trouble == SyncTrouble::None && !is_working;
    const bool is_about_settings =
        sync.trouble == SyncTrouble::WaitsForWifi || sync.trouble == SyncTrouble::WaitsForPower;
    const ButtonOptions sync_options{.icon = Icon::Sync, .fill_width = true, .is_enabled = !is_working};
    if (is_about_not_taken)
        lead_first("bundle.see_rejected", Icon::List, not_taken);
    else if (is_about_settings)
        lead_first("settings.title", Icon::Settings, {ScreenName::Settings});
    const bool is_second = is_about_not_taken || is_about_settings;
    if (is_second ? secondary_button(tr("sync.now"), sync_options)
                  : primary_button(tr("sync.now"), sync_options))
        commands.push(SyncNow{});
    if (model.not_taken() > 0 && !is_about_not_taken)
        lead("bundle.see_rejected", Icon::List, not_taken);
    if (sync.trouble == SyncTrouble::WrongServer)
        lead("home.refused_enrol", Icon::Link, {ScreenName::Enrol});
    if (sync.entries_unsent > 0 && sync.trouble != SyncTrouble::None)
        lead("bundle.title", Icon::Stick, {ScreenName::Bundle});
    gap(12);
    if (quiet_button(tr("nav.close"), {.fill_width = true}) || dialog.dismissed)
        commands.push(ShowSync{false});
    end_dialog();
}

} // namespace tally::client::screens
