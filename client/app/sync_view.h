#pragma once
/// What the window makes of sync: the worker's wishes become conditions, and how a round ended becomes what
/// the screens show.

#include "client/screens/model.h"
#include "client/sync/sync.h"

namespace tally::client {

/// What the person allows sync to do.
struct alignas(4) SyncWishes
{
    bool entries_on_metered = true;
    bool photos_on_metered = false;
    bool saves_battery = true;
};

[[nodiscard]] SyncWishes wishes_of(const screens::SettingsModel& settings);
/// Something may be sent now that had to wait before.
[[nodiscard]] bool allows_more(const SyncWishes& now, const SyncWishes& before);

/// What these wishes come to on the network and battery of this moment.
[[nodiscard]] SyncConditions conditions_for(const SyncWishes& wishes);
[[nodiscard]] SyncConditions conditions_for(const SyncWishes& wishes, bool is_network_metered,
                                            bool is_battery_low);

/// Fills in all but the withdrawals that wait, of which sync says nothing.
void show_sync(const SyncStatus& status, screens::SyncModel& model);

} // namespace tally::client
