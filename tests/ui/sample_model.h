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

/// The newest entry could not be taken by the server.
void put_one_aside(client::screens::AppModel& model);
/// Three sticks: one with room and receipts, one that is locked, one that is nearly full.
void plug_in_sticks(client::screens::AppModel& model);
/// By name: "put-aside", "questions", "clock"; of sync "portal", "wrong-server", "disk-full", "wifi",
/// "sync-other", "sent", "not-taken"; of sticks "sticks", "writing", "written", "receipts", "stick-full".
/// False for another one.
bool apply_case(client::screens::AppModel& model, std::string_view name);

} // namespace tally::test
