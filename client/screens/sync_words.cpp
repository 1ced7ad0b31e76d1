#include "client/screens/sync_words.h"

#include "client/widgets/fields.h"

#include <vector>

namespace tally::client::screens {

using namespace widgets;

SyncBadge badge_of(const AppModel& model)
{
    const SyncModel& sync = model.sync;
    const auto counted = [](const char* key, std::int64_t count) {
        return tr(key, {{"count", std::to_string(count)}});
    };
    switch (sync.state) {
    case SyncState::NotEnrolled:
        return {Icon::Link, tr("sync.not_enrolled"), Tone::Neutral};
    case SyncState::Working:
        return {Icon::Sync, tr("sync.working"), Tone::Neutral};
    case SyncState::Refused:
        return {Icon::Warning, tr("sync.refused"), Tone::Bad};
    case SyncState::Failed:
        return {Icon::Warning, tr("sync.failed"), Tone::Attention};
    case SyncState::Offline:
        if (needs_somebody(sync))
            return {Icon::Warning, tr("sync.failed"), Tone::Attention};
        if (sync.entries_unsent > 0)
            return {Icon::Offline, counted("sync.offline_unsent", sync.entries_unsent), Tone::Neutral};
        return {Icon::Offline, tr("sync.offline"), Tone::Neutral};
    case SyncState::Idle:
        break;
    }
    if (const std::int64_t count = model.not_taken(); count > 0)
        return {Icon::Warning, counted("sync.not_taken", count), Tone::Attention};
    if (sync.entries_unsent > 0)
        return {Icon::Sync, counted("sync.unsent", sync.entries_unsent), Tone::Neutral};
    if (sync.withdrawals_waiting > 0)
        return {Icon::Sync, counted("sync.withdrawals", sync.withdrawals_waiting), Tone::Neutral};
    if (sync.photos_waiting > 0)
        return {Icon::Sync, counted("sync.photos", sync.photos_waiting), Tone::Neutral};
    return {Icon::Check, tr("sync.all_sent"), Tone::Good};
}

SyncWords trouble_words(const SyncModel& sync)
{
    const auto words_for = [](Icon icon, Tone tone, const char* title, const char* text) {
        return SyncWords{icon, tone, tr(title), tr(text)};
    };
    switch (sync.trouble) {
    case SyncTrouble::None:
        return {};
    case SyncTrouble::NoAnswer:
        return words_for(Icon::Offline, Tone::Neutral, "trouble.no_answer", "trouble.no_answer_text");
    case SyncTrouble::TooSlow:
        return words_for(Icon::Offline, Tone::Neutral, "trouble.slow", "trouble.slow_text");
    case SyncTrouble::ServerBusy:
        return words_for(Icon::Clock, Tone::Neutral, "trouble.busy", "trouble.busy_text");
    case SyncTrouble::NetworkSignIn:
        return words_for(Icon::Warning, Tone::Attention, "trouble.sign_in", "trouble.sign_in_text");
    case SyncTrouble::WrongServer:
        return words_for(Icon::Warning, Tone::Attention, "trouble.wrong_server", "trouble.wrong_server_text");
    case SyncTrouble::WaitsForWifi:
        return sync.state == SyncState::Idle
                   ? words_for(Icon::Clock, Tone::Neutral, "trouble.photos_wifi", "trouble.photos_wifi_text")
                   : words_for(Icon::Clock, Tone::Neutral, "trouble.wifi", "trouble.wifi_text");
    case SyncTrouble::WaitsForPower:
        return words_for(Icon::Clock, Tone::Neutral, "trouble.power", "trouble.power_text");
    case SyncTrouble::PhotosRefused:
        return {Icon::Camera, Tone::Attention, tr("trouble.photos"),
                tr("trouble.photos_text", {{"why", sync.message}})};
    case SyncTrouble::DeviceFull:
        return words_for(Icon::Warning, Tone::Attention, "trouble.full", "trouble.full_text");
    case SyncTrouble::DeviceDamaged:
        return words_for(Icon::Warning, Tone::Attention, "trouble.damaged", "trouble.damaged_text");
    case SyncTrouble::ServerFull:
        return words_for(Icon::Warning, Tone::Attention, "trouble.server_full", "trouble.server_full_text");
    case SyncTrouble::WrongClock:
        return words_for(Icon::Warning, Tone::Attention, "trouble.clock", "trouble.clock_text");
    case SyncTrouble::OldProgram:
        return words_for(Icon::Warning, Tone::Attention, "trouble.old", "trouble.old_text");
    case SyncTrouble::Other:
        break;
    }
    return {Icon::Warning, Tone::Attention, tr("trouble.other"),
            tr("trouble.other_text", {{"why", sync.message}})};
}

bool needs_somebody(const SyncModel& sync)
{
    switch (sync.trouble) {
    case SyncTrouble::None:
    case SyncTrouble::NoAnswer:
    case SyncTrouble::TooSlow:
    case SyncTrouble::ServerBusy:
    case SyncTrouble::WaitsForWifi:
    case SyncTrouble::WaitsForPower:
    case SyncTrouble::PhotosRefused:
        return false;
    default:
        return true;
    }
}

std::string counts_words(std::int64_t entries, std::int64_t photos, std::int64_t withdrawals)
{
    std::vector<std::string> parts;
    const auto add = [&](const char* key, std::int64_t count) {
        if (count > 0)
            parts.push_back(tr(key, {{"count", std::to_string(count)}}));
    };
    add("bundle.entries", entries);
    add("story.photo_count", photos);
    add("sync.withdrawal_count", withdrawals);
    if (parts.empty())
        return tr("bundle.entries", {{"count", "0"}});
    std::string list = parts.front();
    for (std::size_t index = 1; index < parts.size(); ++index)
        list = tr(index + 1 == parts.size() ? "list.and" : "list.comma",
                  {{"first", list}, {"second", parts[index]}});
    return list;
}

std::string last_success_words(const AppModel& model)
{
    if (!model.sync.last_success)
        return "";
    const Date day = local_date(*model.sync.last_success, model.utc_offset_min);
    return (day == model.today ? std::string(tr("date.today")) : short_day_words(day)) + ", " +
           time_of_day(*model.sync.last_success, model);
}

} // namespace tally::client::screens
