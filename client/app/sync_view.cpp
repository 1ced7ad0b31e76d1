#include "client/app/sync_view.h"

#include "client/platform/battery.h"
#include "client/platform/network.h"

#include <string_view>

namespace tally::client {

namespace {

using Trouble = screens::SyncTrouble;

screens::SyncState state_of(SyncState state)
{
    using To = screens::SyncState;
    switch (state) {
    case SyncState::NotEnrolled:
        return To::NotEnrolled;
    case SyncState::Idle:
        return To::Idle;
    case SyncState::Working:
        return To::Working;
    case SyncState::Offline:
        return To::Offline;
    case SyncState::Refused:
        return To::Refused;
    case SyncState::Failed:
        return To::Failed;
    }
    return To::Idle;
}

Trouble trouble_of(std::string_view code)
{
    struct Known
    {
        std::string_view code;
        Trouble trouble;
    };
    constexpr Known known[] = {{"", Trouble::None},
                               {"not_enrolled", Trouble::None},
                               {"offline", Trouble::NoAnswer},
                               {"stopped", Trouble::NoAnswer},
                               {"busy", Trouble::ServerBusy},
                               {"timed_out", Trouble::TooSlow},
                               {"not_the_server", Trouble::NetworkSignIn},
                               {"wrong_certificate", Trouble::WrongServer},
                               {"wait_for_wifi", Trouble::WaitsForWifi},
                               {"wait_for_power", Trouble::WaitsForPower},
                               {"disk_full", Trouble::DeviceFull},
                               {"database_damaged", Trouble::DeviceDamaged},
                               {"storage_full", Trouble::ServerFull},
                               {"clock_out_of_step", Trouble::WrongClock},
                               {"odd_answer", Trouble::OldProgram},
                               {"database_newer", Trouble::OldProgram},
                               {"version_not_supported", Trouble::OldProgram}};
    for (const Known& one : known)
        if (one.code == code)
            return one.trouble;
    return Trouble::Other;
}

} // namespace

SyncWishes wishes_of(const screens::SettingsModel& settings)
{
    return {settings.sync_on_metered, settings.photos_on_metered, settings.saves_battery};
}

bool allows_more(const SyncWishes& now, const SyncWishes& before)
{
    return (now.entries_on_metered && !before.entries_on_metered) ||
           (now.photos_on_metered && !before.photos_on_metered) ||
           (!now.saves_battery && before.saves_battery);
}

SyncConditions conditions_for(const SyncWishes& wishes)
{
    // Asking the network costs something, and often its answer does not matter.
    const bool asks = !wishes.entries_on_metered || !wishes.photos_on_metered;
    return conditions_for(wishes, asks && platform::is_network_metered(),
                          wishes.saves_battery && platform::is_battery_low());
}

SyncConditions conditions_for(const SyncWishes& wishes, bool is_network_metered, bool is_battery_low)
{
    SyncConditions conditions;
    if (wishes.saves_battery && is_battery_low) {
        conditions.saves_battery = true;
        conditions.sends_photos = false;
        conditions.why_not = {"wait_for_power", "The battery is low. Photos wait until the device charges."};
    }
    if (is_network_metered && !(wishes.entries_on_metered && wishes.photos_on_metered)) {
        conditions.sends_entries = wishes.entries_on_metered;
        conditions.sends_photos = conditions.sends_photos && wishes.photos_on_metered;
        conditions.why_not = {"wait_for_wifi", "This device is on mobile data, and the settings say to wait "
                                               "for Wi-Fi."};
    }
    return conditions;
}

void show_sync(const SyncStatus& status, screens::SyncModel& model)
{
    model.state = state_of(status.state);
    model.entries_unsent = status.entries_unsent;
    model.photos_waiting = status.photos_waiting;
    model.last_success = status.last_success;
    // What kept the last round from its end stands until the next one has ended.
    if (status.state == SyncState::Working)
        return;
    model.trouble = trouble_of(status.code);
    model.message = status.message;
    const bool waits = model.trouble == Trouble::WaitsForWifi || model.trouble == Trouble::WaitsForPower;
    if (status.state == SyncState::Idle && model.trouble != Trouble::None && !waits)
        model.trouble = Trouble::PhotosRefused;
}

} // namespace tally::client
