#include "tests/simulation/plan.h"

#include "shared/base/random.h"

#include <algorithm>
#include <array>

namespace tally::simulation {

namespace {

constexpr std::array<const char*, happening_count> names = {"save_hours",
                                                            "save_story",
                                                            "amend",
                                                            "withdraw",
                                                            "sync_now",
                                                            "decide",
                                                            "erase",
                                                            "hand_in_code",
                                                            "type_code",
                                                            "repeat_old_send",
                                                            "kill_device",
                                                            "cut_device_power",
                                                            "cut_device_at_write",
                                                            "fill_device_disk",
                                                            "jump_device_clock",
                                                            "lose_network",
                                                            "wipe_device",
                                                            "revoke_device",
                                                            "enrol_again",
                                                            "change_device_key",
                                                            "carry_bundle",
                                                            "kill_server",
                                                            "cut_server_power",
                                                            "cut_server_at_write",
                                                            "fill_server_disk",
                                                            "jump_server_clock",
                                                            "back_up_server",
                                                            "lose_server_disk",
                                                            "move_server",
                                                            "change_server_key",
                                                            "enrol_elsewhere",
                                                            "use_code_twice",
                                                            "use_code_late",
                                                            "give_name_twice",
                                                            "import_contract",
                                                            "import_wrong_contract",
                                                            "clone_device",
                                                            "lose_photos"};

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

/// Most runs are short and of one or two devices, so that many of them fit into a minute; what only a crowd
/// or a long day can show has its turn in some.
enum class Size
{
    Small,
    Middle,
    Long,
    Crowd,
};

class Maker
{
public:
    explicit Maker(std::uint64_t seed) : m_random(seed * 0x9e3779b97f4a7c15ULL + 1) { m_plan.seed = seed; }

    Plan make()
    {
        choose_size();
        if (!one_in(6))
            m_plan.network = {up_to(150), up_to(150), up_to(200), up_to(80), up_to(60), up_to(100)};
        m_plan.servers = one_in(6) ? 2 : 1;
        m_plan.processes = one_in(4) ? 2 : 1;
        m_has_backups = one_in(3);
        for (int i = 0; i < m_plan.devices; ++i)
            m_plan.device.push_back(some_device());
        for (int i = 0; i < m_plan.devices; ++i) {
            add_work(i);
            add_faults(i);
        }
        for (int k = between(0, m_plan.devices * m_entries_each / 3); k > 0; --k)
            add(Happening::Decide, server(), between(0, 1'000'000));
        for (int i = 0; i < m_plan.servers; ++i)
            add_server_faults(i);
        add_mistakes();
        for (int i = 0; i < m_plan.devices; ++i)
            add_new_keys(i);
        std::stable_sort(m_plan.incidents.begin(), m_plan.incidents.end(),
                         [](const Incident& a, const Incident& b) { return a.at_ms < b.at_ms; });
        return m_plan;
    }

private:
    void choose_size()
    {
        const int draw = between(1, 100);
        const Size size = draw <= 66   ? Size::Small
                          : draw <= 93 ? Size::Middle
                          : draw <= 98 ? Size::Long
                                       : Size::Crowd;
        switch (size) {
        case Size::Small:
            m_plan.devices = between(1, 2);
            m_plan.duration_ms = between(5, 25) * minute_ms;
            m_entries_each = between(2, 7);
            return;
        case Size::Middle:
            m_plan.devices = between(1, 5);
            m_plan.duration_ms = between(10, 60) * minute_ms;
            m_entries_each = between(2, 14);
            return;
        case Size::Long:
            m_plan.devices = between(1, 3);
            m_plan.duration_ms = between(60, 600) * minute_ms;
            m_entries_each = between(4, 20);
            return;
        case Size::Crowd:
            m_plan.devices = one_in(4) ? between(20, 50) : between(6, 20);
            m_plan.duration_ms = between(10, 40) * minute_ms;
            m_entries_each = between(1, 3);
            return;
        }
    }

    int between(int low, int high)
    {
        return low + static_cast<int>(m_random.u64() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(int count) { return between(1, count) == 1; }
    std::uint32_t up_to(int high) { return one_in(2) ? 0 : static_cast<std::uint32_t>(between(0, high)); }
    int server() { return between(0, m_plan.servers - 1); }

    PlannedDevice some_device()
    {
        PlannedDevice device;
        device.clock_offset_ms = one_in(4) ? between(-40, 40) * day_ms : between(-5'000, 5'000);
        device.clock_drift_ppm = one_in(4) ? between(-20'000, 20'000) : between(-50, 50);
        device.is_kiosk = one_in(4);
        device.is_new = one_in(8);
        device.is_remote = one_in(12);
        device.server = server();
        return device;
    }

    void add(Happening what, int who, std::int64_t amount)
    {
        const auto at_ms =
            static_cast<std::int64_t>(m_random.u64() % static_cast<std::uint64_t>(m_plan.duration_ms));
        m_plan.incidents.push_back({at_ms, what, who, amount});
    }

    void add_work(int device)
    {
        int stories = 0;
        for (int k = 0; k < m_entries_each; ++k) {
            const bool is_story = one_in(5);
            stories += is_story ? 1 : 0;
            add(is_story ? Happening::SaveStory : Happening::SaveHours, device, between(1, 1'000'000));
        }
        for (int k = between(0, m_entries_each / 3); k > 0; --k)
            add(one_in(3) ? Happening::Withdraw : Happening::Amend, device, between(0, 1'000'000));
        if (stories > 0 && one_in(4))
            add(one_in(2) ? Happening::TypeCode : Happening::HandInCode, device, between(0, 1'000'000));
        if (one_in(6))
            add(Happening::Erase, server(), between(0, 1'000'000));
        if (m_plan.device[static_cast<std::size_t>(device)].is_remote || one_in(8))
            for (int k = between(1, 3); k > 0; --k)
                add(Happening::CarryBundle, device, between(0, 1'000'000));
    }

    void add_faults(int device)
    {
        for (int k = between(0, 2); k > 0; --k)
            add(Happening::SyncNow, device, 0);
        if (one_in(6))
            add(Happening::RepeatOldSend, device, between(0, 1'000'000));
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

    void add_server_faults(int number)
    {
        for (int k = one_in(2) ? between(1, 3) : 0; k > 0; --k)
            add(Happening::CutServerPowerAtWrite, number, between(1, one_in(3) ? 400 : 60));
        for (int k = one_in(3) ? between(1, 2) : 0; k > 0; --k)
            add(one_in(2) ? Happening::KillServer : Happening::CutServerPower, number, between(0, 9));
        if (one_in(6))
            add(Happening::FillServerDisk, number, between(1, 20) * minute_ms);
        if (one_in(6))
            add(Happening::JumpServerClock, number,
                one_in(3) ? between(-400, 400) * day_ms / 10 : between(-10, 10) * minute_ms);
        if (m_has_backups) {
            for (int k = between(1, 3); k > 0; --k)
                add(Happening::BackUpServer, number, between(0, 1'000'000));
            for (int k = one_in(4) ? 2 : 1; k > 0; --k)
                add(Happening::LoseServerDisk, number, between(0, 1'000'000));
        }
        if (one_in(15))
            add(Happening::MoveServer, number, between(0, 1'000'000));
        if (one_in(10))
            add(Happening::LosePhotos, number, between(0, 1'000'000));
        if (one_in(12))
            add(Happening::ChangeServerKey, number, between(0, 60'000));
    }

    void add_mistakes()
    {
        const auto device = [this] { return between(0, m_plan.devices - 1); };
        if (m_plan.servers > 1 && one_in(2))
            add(Happening::EnrolElsewhere, device(), between(0, 1'000'000));
        if (one_in(15))
            add(Happening::UseCodeTwice, device(), between(0, 1'000'000));
        if (one_in(15))
            add(Happening::UseCodeLate, device(), between(0, 60) * minute_ms);
        if (one_in(20))
            add(Happening::GiveNameTwice, device(), between(0, 1'000'000));
        for (int k = one_in(5) ? between(1, 2) : 0; k > 0; --k)
            add(Happening::ImportContract, server(), between(0, 1'000'000));
        if (one_in(10))
            add(Happening::ImportWrongContract, server(), between(0, 1'000'000));
        if (m_plan.devices > 1 && one_in(15))
            add(Happening::CloneDevice, device(), between(0, 1'000'000));
    }

    void add_new_keys(int device)
    {
        for (int k = one_in(2) ? between(1, 3) : 0; k > 0; --k) {
            add(Happening::ChangeDeviceKey, device, between(0, 1'000'000));
            // Often right in the middle of it.
            const auto at_ms = m_plan.incidents.back().at_ms;
            if (one_in(3))
                m_plan.incidents.push_back(
                    {at_ms, Happening::CutDevicePowerAtWrite, device, between(1, one_in(2) ? 8 : 40)});
            if (m_has_backups && one_in(3))
                m_plan.incidents.push_back(
                    {std::max<std::int64_t>(0, at_ms - minute_ms), Happening::BackUpServer,
                     m_plan.device[static_cast<std::size_t>(device)].server, between(0, 1'000'000)});
        }
    }

    SeededRandom m_random;
    Plan m_plan;
    int m_entries_each = 1;
    bool m_has_backups = false;
};

} // namespace

const char* name_of(Happening happening)
{
    return names[static_cast<std::size_t>(happening)];
}

bool is_fault(Happening happening)
{
    switch (happening) {
    case Happening::SaveHours:
    case Happening::SaveStory:
    case Happening::Amend:
    case Happening::Withdraw:
    case Happening::SyncNow:
    case Happening::Decide:
    case Happening::Erase:
    case Happening::HandInCode:
    case Happening::TypeCode:
    case Happening::CarryBundle:
    case Happening::BackUpServer:
    case Happening::ChangeServerKey:
    case Happening::EnrolAgain:
    case Happening::EnrolElsewhere:
    case Happening::ChangeDeviceKey:
        return false;
    default:
        return true;
    }
}

Plan make_plan(std::uint64_t seed)
{
    return Maker(seed).make();
}

} // namespace tally::simulation
