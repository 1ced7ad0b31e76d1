#pragma once
/// One run: the devices, the server and the network between them, from the plan's first event to the quiet
/// at the end, with everything checked that was promised.

#include "tests/simulation/plan.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tally::simulation {

/// What all runs together came to.
struct Totals
{
    std::int64_t runs = 0;
    std::int64_t device_ms = 0; ///< simulated time of all devices
    std::int64_t entries = 0;
    std::int64_t requests = 0;
    std::int64_t checks = 0;
    std::int64_t restarts = 0;
    std::int64_t set_aside = 0; ///< entries that had to be sent again by hand
    std::array<std::int64_t, happening_count> happened{};
    std::int64_t dropped = 0;
    std::int64_t lost_answers = 0;
    std::int64_t repeated = 0;
    std::int64_t cut = 0;
    std::int64_t corrupted = 0;
    std::int64_t delayed = 0;
    std::int64_t reordered = 0; ///< requests that arrived after a later one of the same device
};

struct Outcome
{
    std::optional<std::string> failure;
    std::vector<std::string> trace; ///< when asked for
    std::uint64_t fingerprint = 0;  ///< of everything that happened: the same for the same plan
};

enum class Trace
{
    No,
    Yes,
};

/// Keeps what all runs begin with. One for the process.
class Simulator
{
public:
    /// `folder` is made anew and removed in the end: the machines' names for their files.
    explicit Simulator(std::filesystem::path folder);
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    [[nodiscard]] Outcome run(const Plan& plan, Trace trace);
    [[nodiscard]] const Totals& totals() const { return m_totals; }

private:
    std::filesystem::path m_folder;
    std::map<std::string, std::string> m_server_image;
    Totals m_totals;
};

/// Where the random numbers of all programs come from: begins anew with each run.
void seed_the_kernel(std::uint64_t seed);

} // namespace tally::simulation
