#include "tests/simulation/plan.h"

#include "shared/base/random.h"

#include <algorithm>
#include <array>

namespace tally::simulation {

namespace {

constexpr std::array<const char*, happening_count> names = {
    "save_hours",       "save_story",        "amend",
    "withdraw",         "sync_now",          "decide",
    "kill_device",      "cut_device_power",  "cut_device_at_write",
    "fill_device_disk", "jump_device_clock", "lose_network",
    "wipe_device",      "revoke_device",     "enrol_again",
    "kill_server",      "cut_server_power",  "cut_server_at_write",
    "fill_server_disk", "jump_server_clock"};

constexpr std::int64_t minute_ms = 60'000;

class Maker
{
public:
    explicit Maker(std::uint64_t seed) : m_random(seed * 0x9e3779b97f4a7c15ULL + 1) { m_plan.seed = seed; }

    Plan make()
    {
        m_plan.devices = one_in(60) ? between(10, 50) : one_in(3) ? between(3, 6) : between(1, 2);
        m_plan.duration_ms = between(5, one_in(5) ? 600 : 60) * minute_ms;
        if (!one_in(6))
            m_plan.network = {up_to(150), up_to(150), up_to(200), up_to(80), up_to(60), up_to(100)};
        for (int i = 0; i < m_plan.devices; ++i) {
            const auto device = static_cast<std::int64_t>(i);
            (void)device;
            m_plan.clock_offset_ms.push_back(one_in(4) ? between(-40, 40) * 24 * 60 * minute_ms
                                                       : between(-5'000, 5'000));
            m_plan.clock_drift_ppm.push_back(one_in(4) ? between(-20'000, 20'000) : between(-50, 50));
            m_plan.is_kiosk.push_back(one_in(4));
        }
        const int entries_each = m_plan.devices > 8 ? between(1, 4) : between(2, 18);
        for (int i = 0; i < m_plan.devices; ++i) {
            for (int k = 0; k < entries_each; ++k)
                add(one_in(7) ? Happening::SaveStory : Happening::SaveHours, i, between(1, 1'000'000));
            for (int k = between(0, entries_each / 3); k > 0; --k)
                add(one_in(3) ? Happening::Withdraw : Happening::Amend, i, between(0, 1'000'000));
            add_faults(i);
        }
        for (int k = between(0, m_plan.devices * entries_each / 3); k > 0; --k)
            add(Happening::Decide, 0, between(0, 1'000'000));
        add_server_faults();
        std::stable_sort(m_plan.incidents.begin(), m_plan.incidents.end(),
                         [](const Incident& a, const Incident& b) { return a.at_ms < b.at_ms; });
        return m_plan;
    }

private:
    int between(int low, int high)
    {
        return low + static_cast<int>(m_random.u64() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(int count) { return between(1, count) == 1; }
    std::uint32_t up_to(int high) { return one_in(2) ? 0 : static_cast<std::uint32_t>(between(0, high)); }

    void add(Happening what, int device, std::int64_t amount)
    {
        const auto at_ms =
            static_cast<std::int64_t>(m_random.u64() % static_cast<std::uint64_t>(m_plan.duration_ms));
        m_plan.incidents.push_back({at_ms, what, device, amount});
    }

    void add_faults(int device)
    {
        for (int k = between(0, 2); k > 0; --k)
            add(Happening::SyncNow, device, 0);
        for (int k = one_in(2) ? between(0, 3) : 0; k > 0; --k)
            add(Happening::LoseNetwork, device, between(1, 30) * minute_ms);
        for (int k = one_in(2) ? between(1, 3) : 0; k > 0; --k)
            add(Happening::CutDevicePowerAtWrite, device, between(1, one_in(3) ? 200 : 25));
        for (int k = one_in(3) ? between(1, 2) : 0; k > 0; --k)
            add(one_in(2) ? Happening::KillDevice : Happening::CutDevicePower, device, 0);
        if (one_in(5))
            add(Happening::FillDeviceDisk, device, between(1, 20) * minute_ms);
        if (one_in(4))
            add(Happening::JumpDeviceClock, device, between(-100, 100) * 60 * minute_ms);
        if (one_in(25))
            add(Happening::WipeDevice, device, 0);
        if (one_in(40))
            add(Happening::RevokeDevice, device, 0);
        if (one_in(25))
            add(Happening::EnrolAgain, device, 0);
    }

    void add_server_faults()
    {
        for (int k = one_in(2) ? between(1, 3) : 0; k > 0; --k)
            add(Happening::CutServerPowerAtWrite, 0, between(1, one_in(3) ? 400 : 60));
        for (int k = one_in(3) ? between(1, 2) : 0; k > 0; --k)
            add(one_in(2) ? Happening::KillServer : Happening::CutServerPower, 0, 0);
        if (one_in(6))
            add(Happening::FillServerDisk, 0, between(1, 20) * minute_ms);
        if (one_in(6))
            add(Happening::JumpServerClock, 0, between(-10, 10) * minute_ms);
    }

    SeededRandom m_random;
    Plan m_plan;
};

} // namespace

const char* name_of(Happening happening)
{
    return names[static_cast<std::size_t>(happening)];
}

Plan make_plan(std::uint64_t seed)
{
    return Maker(seed).make();
}

} // namespace tally::simulation
