#pragma once
/// A machine whose programs run with the preloaded library, so that the power can fail under them: what they
/// wrote to their data folder since the last sync is then kept, lost or torn, sector by sector, and so are
/// the names that they made, changed or removed since the last sync of the folder.

#include "shared/base/random.h"
#include "tests/powercut/journal.h"
#include "tests/support/temporary_folder.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tally::powercut {

/// What was not synced, and what became of it.
struct CutCounts
{
    std::int64_t cuts = 0;
    std::int64_t sectors_kept = 0;
    std::int64_t sectors_lost = 0;
    std::int64_t sectors_torn = 0;
    std::int64_t sectors_older = 0; ///< written several times, and one in the middle was kept
    std::int64_t lengths_lost = 0;
    std::int64_t names_kept = 0;
    std::int64_t names_lost = 0;

    CutCounts& operator+=(const CutCounts& other);
};

class Machine
{
public:
    /// Everything in `data` now is on the disk. `preload` is the library.
    Machine(std::filesystem::path data, std::filesystem::path preload);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// For each program that is started on it.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;

    void set_lie(Lie lie) { m_control->lie = lie; }
    /// The program that makes the n-th operation from now ends in it.
    void end_after(std::int64_t operations, Moment moment);
    /// Takes that back. True when it was too late: a program has ended in it, or is about to.
    bool never_end();
    [[nodiscard]] std::int64_t operations() const { return m_control->operations; }
    /// What the last operation was, in words ("write of the log").
    [[nodiscard]] std::string last_operation() const;

    /// No program may run. A killed program leaves all that it wrote: this only tidies the journal.
    void program_ended() const;
    enum class Fate
    {
        Drawn, ///< every time otherwise: much lost, or little, or in the order of writing
        AllLost,
    };
    CutCounts fail_power(Random& random, Fate fate = Fate::Drawn);

private:
    std::filesystem::path m_data;
    std::filesystem::path m_preload;
    test::TemporaryFolder m_journal;
    Control* m_control = nullptr;
};

} // namespace tally::powercut
