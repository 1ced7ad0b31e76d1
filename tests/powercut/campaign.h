#pragma once
/// The real `tallybook` and `tallybook-server`, ended at random moments while they save, sync and take in,
/// until so many kills have hit a running program.

#include "shared/base/random.h"
#include "tests/powercut/checks.h"
#include "tests/powercut/machine.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace tally::powercut {

struct CampaignOptions
{
    std::uint64_t seed = 1;
    std::int64_t kills = 100;
    std::int64_t kills_per_world = 50; ///< then everything is sent and checked, and a new world begins
    bool fails_power = false;          ///< not only the program ends: what was not synced is lost or torn
    Lie lie = Lie::None;
    /// The preloaded library, for power cuts.
    std::filesystem::path preload;
};

struct CampaignReport
{
    std::map<std::string, std::map<std::string, std::int64_t>> hits; ///< by operation, by what it was doing
    std::int64_t kills = 0;
    std::int64_t misses = 0; ///< the program had ended before
    std::int64_t worlds = 0;
    std::int64_t entries = 0;
    std::int64_t photos = 0;
    std::int64_t saved_unsaid = 0; ///< on the device although the program died before it said so
    std::int64_t checks = 0;
    CutCounts cuts;
};

/// Throws Broken. What was done until then is in `report`.
void run_campaign(const CampaignOptions& options, CampaignReport& report);

} // namespace tally::powercut
