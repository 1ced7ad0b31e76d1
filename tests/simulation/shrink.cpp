#include "tests/simulation/shrink.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <functional>

namespace tally::simulation {

namespace {

constexpr int tries_max = 1'500;
constexpr auto time_max = std::chrono::seconds(40);

/// The sentence without ids, numbers and the name of the device.
std::string kind_of(const std::string& failure)
{
    std::string kind;
    for (const char c : failure)
        if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '-' && (c < 'a' || c > 'f'))
            kind += c;
    return kind.substr(0, 60);
}

class Shrinker
{
public:
    Shrinker(Simulator& simulator, Plan plan, const std::string& failure)
        : m_simulator(simulator), m_plan(std::move(plan)), m_kind(kind_of(failure))
    {
    }

    Plan shrink()
    {
        drop_network_faults();
        drop_servers();
        drop_devices();
        for (bool progress = true; progress && m_tries < tries_max;) {
            const auto before = m_plan.incidents.size();
            drop_incidents();
            progress = m_plan.incidents.size() < before;
        }
        drop_network_faults();
        drop_devices();
        return m_plan;
    }

private:
    bool keep_if_broken(const Plan& smaller)
    {
        if (++m_tries > tries_max || std::chrono::steady_clock::now() - m_start > time_max)
            return false;
        const Outcome outcome = m_simulator.run(smaller, Trace::No);
        if (!outcome.failure || kind_of(*outcome.failure) != m_kind)
            return false;
        m_plan = smaller;
        return true;
    }

    void drop_network_faults()
    {
        for (const auto fault :
             {&NetworkFaults::drop_request, &NetworkFaults::drop_answer, &NetworkFaults::repeat,
              &NetworkFaults::cut, &NetworkFaults::corrupt, &NetworkFaults::delay}) {
            Plan smaller = m_plan;
            if (smaller.network.*fault == 0)
                continue;
            smaller.network.*fault = 0;
            keep_if_broken(smaller);
        }
    }

    void drop_servers()
    {
        if (m_plan.processes > 1) {
            Plan smaller = m_plan;
            smaller.processes = 1;
            keep_if_broken(smaller);
        }
        if (m_plan.servers > 1) {
            Plan smaller = m_plan;
            smaller.servers = 1;
            for (auto& device : smaller.device)
                device.server = 0;
            keep_if_broken(smaller);
        }
    }

    void drop_devices()
    {
        while (m_plan.devices > 1) {
            Plan smaller = m_plan;
            --smaller.devices;
            std::erase_if(smaller.incidents,
                          [&](const Incident& incident) { return incident.device >= smaller.devices; });
            if (!keep_if_broken(smaller))
                return;
        }
    }

    /// Parts, then halves of them, and so on (delta debugging).
    void drop_incidents()
    {
        for (std::size_t part = std::max<std::size_t>(1, m_plan.incidents.size() / 2);; part /= 2) {
            for (std::size_t begin = 0; begin < m_plan.incidents.size();) {
                Plan smaller = m_plan;
                const auto from = smaller.incidents.begin() + static_cast<std::ptrdiff_t>(begin);
                const auto count = std::min(part, smaller.incidents.size() - begin);
                smaller.incidents.erase(from, from + static_cast<std::ptrdiff_t>(count));
                if (!keep_if_broken(smaller))
                    begin += part;
            }
            if (part == 1)
                return;
        }
    }

    Simulator& m_simulator;
    Plan m_plan;
    std::string m_kind;
    int m_tries = 0;
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

} // namespace

Plan shrink(Simulator& simulator, const Plan& plan, const std::string& failure)
{
    return Shrinker(simulator, plan, failure).shrink();
}

} // namespace tally::simulation
