#pragma once
/// Takes out of a plan what its failure does not need.

#include "tests/simulation/world.h"

#include <string>

namespace tally::simulation {

/// A plan, mostly much smaller, that breaks the same promise.
[[nodiscard]] Plan shrink(Simulator& simulator, const Plan& plan, const std::string& failure);

} // namespace tally::simulation
