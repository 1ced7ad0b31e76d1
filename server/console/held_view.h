#pragma once
/// Values that the framework holds, as views for templates. Pure.

#include "server/console/templates.h"
#include "server/review/review.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

[[nodiscard]] View held_view(const std::vector<HeldGroup>& groups);
/// The address of the page about one group.
[[nodiscard]] std::string held_path(const std::string& contract, const std::string& measure);

struct HeldPage
{
    HeldGroup group;
    std::vector<HeldEntry> entries;
    bool may_change = false;
    std::string note; ///< what was typed before a refusal
    std::vector<std::string> ticked;
    std::optional<Error> refusal;
};

[[nodiscard]] View held_measure_view(const HeldPage& page);

} // namespace tally::server::console
