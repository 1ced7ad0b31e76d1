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
    SaveStory, ///< with a photo and a withdrawal code
    Amend,
    Withdraw,
    SyncNow,
    Decide, ///< somebody in the council accepts, queries, declines or takes back

    Erase,         ///< at the council, on request
    HandInCode,    ///< a withdrawal code, at the council
    TypeCode,      ///< the same, on the device
    RepeatOldSend, ///< a copy of an old batch arrives once more

    KillDevice,
    CutDevicePower,
    CutDevicePowerAtWrite, ///< in the middle of the amount-th write or sync from now
    FillDeviceDisk,        ///< for `amount` ms
    JumpDeviceClock,       ///< by `amount` ms
    LoseNetwork,           ///< for `amount` ms
    WipeDevice,            ///< and enrol it again
    RevokeDevice,
    EnrolAgain,
    ChangeDeviceKey, ///< by hand, or the council asks for it

    CarryBundle, ///< on a stick to the server, and the receipts back

    KillServer, ///< one of its processes
    CutServerPower,
    CutServerPowerAtWrite,
    FillServerDisk,
    JumpServerClock,
    BackUpServer,
    LoseServerDisk, ///< and restore a backup, not always the right one at first
    MoveServer,     ///< to another address, at which the devices are enrolled again
    ChangeServerKey,

    EnrolElsewhere,      ///< at the other server
    UseCodeTwice,        ///< two devices, one enrolment code
    UseCodeLate,         ///< enrolment codes live for 15 minutes
    GiveNameTwice,       ///< to two devices
    ImportContract,      ///< of entries that came before it
    ImportWrongContract, ///< a file with errors
    CloneDevice,         ///< a copy of its folder is put on another tablet
    LosePhotos,          ///< somebody clears files out of a server's folder of photos
};
inline constexpr int happening_count = static_cast<int>(Happening::LosePhotos) + 1;

[[nodiscard]] const char* name_of(Happening happening);
/// False for what people do all day.
[[nodiscard]] bool is_fault(Happening happening);

struct Incident
{
    std::int64_t at_ms = 0;
    Happening what = Happening::SaveHours;
    int device = 0; ///< or server, for what happens there
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

struct PlannedDevice
{
    std::int64_t clock_offset_ms = 0;
    std::int64_t clock_drift_ppm = 0;
    bool is_kiosk = false;
    /// Its store was never opened before: the tables are made while things happen already.
    bool is_new = false;
    /// Sees no network before the end; what it has travels in bundles.
    bool is_remote = false;
    int server = 0;
};

struct Plan
{
    std::uint64_t seed = 0;
    int devices = 1;
    int servers = 1;   ///< councils, each with its own keys and database
    int processes = 1; ///< of each server, over one database
    std::int64_t duration_ms = 0;
    NetworkFaults network;
    std::vector<PlannedDevice> device; ///< `devices` of them at least
    std::vector<Incident> incidents;   ///< in order of time
};

[[nodiscard]] Plan make_plan(std::uint64_t seed);

} // namespace tally::simulation
