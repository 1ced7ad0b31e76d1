#pragma once

#include "client/screens/commands.h"
#include "client/screens/model.h"

namespace tally::client::screens {

/// Behind the badge: how sync stands, why it does not go on, and what to do. Draws nothing while it is
/// closed. A dialog and no screen, so that nothing half typed has to be left for it.
void draw_sync_dialog(const AppModel& model, CommandQueue& commands);

} // namespace tally::client::screens
