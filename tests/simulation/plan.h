#pragma once
/// What will happen in one run, all of it drawn from the seed before it begins. A plan can be made smaller
/// and run again, which is how a failure is shrunk.

#include <cstdint>
#include <string>
#include <vector>

namespace tally::simulation {

enum class Happening
{
    SaveHours,
    SaveStory, ///< with a photo
    Amend,
    Withdraw,
    SyncNow,
    Decide, ///< somebody in the council accepts, queries, declines or takes back

    KillDevice,
    CutDevicePower,
    CutDevicePowerAtWrite, ///< in the middle of the amount-th write or sync from now
    FillDeviceDisk,        ///< for `amount` ms
    JumpDeviceClock,       ///< by `amount` ms
    LoseNetwork,           ///< for `amount` ms
    WipeDevice,            ///< and enrol it again
    RevokeDevice,
    EnrolAgain,

    KillServer,
    CutServerPower,
    CutServerPowerAtWrite,
    FillServerDisk,
    JumpServerClock,
};
inline constexpr int happening_count = static_cast<int>(Happening::JumpServerClock) + 1;

[[nodiscard]] const char* name_of(Happening happening);

struct Incident
{
    std::int64_t at_ms = 0;
    Happening what = Happening::SaveHours;
    int device = 0;
    std::int64_t amount = 0;
};

/// How often in a thousand requests something goes wrong with a message.
struct NetworkFaults
{
    std::uint32_t drop_request = 0;
    std::uint32_t drop_answer = 0;
    std::uint32_t repeat = 0; ///< the request arrives again later, up to ten minutes
    std::uint32_t cut = 0;    ///< only the first part arrives
    std::uint32_t corrupt = 0;
    std::uint32_t delay = 0; ///< up to 40 s instead of up to 0.4 s
};

struct Plan
{
    std::uint64_t seed = 0;
    int devices = 1;
    std::int64_t duration_ms = 0;
    NetworkFaults network;
    std::vector<std::int64_t> clock_offset_ms; ///< of each device
    std::vector<std::int64_t> clock_drift_ppm;
    std::vector<bool> is_kiosk;
    std::vector<Incident> incidents; ///< in order of time
};

[[nodiscard]] Plan make_plan(std::uint64_t seed);

} // namespace tally::simulation
