#pragma once
/// A device in the middle of a busy day, to draw screens with.

#include "client/screens/model.h"

namespace tally::test {

/// Saturday 28 November 2026, 10:41; an event is on, some entries are on their way, one is queried.
[[nodiscard]] client::screens::AppModel sample_model();

/// The same device before it was enrolled.
[[nodiscard]] client::screens::AppModel fresh_model();

/// Seven people on the sheet of today's event, two have left.
void open_sample_sheet(client::screens::AppModel& model);

} // namespace tally::test
