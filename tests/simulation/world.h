#pragma once
/// One run: the devices, the servers and the network between them, from the plan's first event to the quiet
/// at the end, with everything checked that was promised.

#include "tests/simulation/audit.h"
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
    std::int64_t photos = 0; ///< that arrived
    std::int64_t requests = 0;
    std::int64_t restarts = 0;
    std::int64_t set_aside = 0; ///< entries that had to be sent again by hand
    std::int64_t erased = 0;    ///< entries, at servers
    std::int64_t bundles = 0;   ///< imported
    std::int64_t backups = 0;
    std::int64_t restores = 0;
    std::int64_t returned = 0; ///< entries that a restored backup lacked and that came again
    std::int64_t gone = 0;     ///< ... that no device had any more
    CheckCounts checks{};
    std::array<std::int64_t, happening_count> happened{};

    // Faults of messages and sticks.
    std::int64_t dropped = 0;
    std::int64_t lost_answers = 0;
    std::int64_t repeated = 0;
    std::int64_t cut = 0;
    std::int64_t corrupted = 0;
    std::int64_t delayed = 0;
    std::int64_t reordered = 0;     ///< requests that arrived after a later one of the same device
    std::int64_t other_process = 0; ///< repeated at another process of the server
    std::int64_t damaged_bundles = 0;
    std::int64_t repeated_bundles = 0;
    std::int64_t foreign_bundles = 0;
    std::int64_t damaged_receipts = 0;
    std::int64_t lost_enrolments = 0; ///< answers to enrolments
    std::int64_t wrong_backups = 0;
    std::int64_t damaged_backups = 0;
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

/// A disk's files by name.
using Image = std::map<std::string, std::string>;

/// What runs begin with.
struct Images
{
    std::vector<Image> servers; ///< each with keys of its own
    Image device;
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
    Images m_images;
    Totals m_totals;
};

/// Where the random numbers of all programs come from: begins anew with each run.
void seed_the_kernel(std::uint64_t seed);

} // namespace tally::simulation
