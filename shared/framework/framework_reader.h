#pragma once
/// Reads the parts that a published set and a council's own set share. For this folder alone.

#include "shared/framework/framework.h"
#include "shared/framework/json_reader.h"

namespace tally {

[[nodiscard]] Outcome read_outcome(const JsonObject& object);
[[nodiscard]] Measure read_measure(const JsonObject& object);

} // namespace tally
