#pragma once
/// A machine's disk in memory: databases behind SQLite's VFS, other files in a real folder, the calls to
/// which pass through this program (disk_files.cpp). What was written since the last sync is only in the
/// machine's memory: when the power fails, each sector of it is kept, lost or torn, as the seed decides.

#include "shared/base/random.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simulation {

struct DiskFile;

/// What happened to all disks together.
struct DiskCounts
{
    std::int64_t syncs = 0;
    std::int64_t writes = 0;
    std::int64_t sectors_lost = 0;
    std::int64_t sectors_torn = 0;
    std::int64_t refused_full = 0;
    std::int64_t file_calls = 0; ///< that change files beside the databases
};

/// Inodes by name.
using FolderNames = std::map<std::string, std::uint64_t>;

/// What a disk holds for sure of the files beside the databases.
struct SyncedFiles
{
    std::map<std::string, FolderNames> folders; ///< by path
    std::map<std::uint64_t, std::string> bytes; ///< by inode
};

class Disk
{
public:
    /// Files under `folder` are on it. At most one disk a folder.
    Disk(std::string folder, std::uint64_t seed);
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    [[nodiscard]] const std::string& folder() const { return m_folder; }

    /// From now on every access fails, as it does for a program that is no more. Destroy what has files
    /// open, then call one of the two that follow.
    void stop() { m_stopped = true; }
    [[nodiscard]] bool is_stopped() const { return m_stopped; }
    /// The program was killed: what it wrote is still there.
    void restart_program();
    /// The power failed: what was not synced is kept, lost or torn.
    void restart_machine();
    void wipe();

    /// Stops by itself in the middle of its n-th write or sync from now.
    void stop_after(std::int64_t operations) { m_operations_left = operations; }
    void never_stop() { m_operations_left = std::numeric_limits<std::int64_t>::max(); }
    /// No file may grow.
    void set_full(bool full) { m_full = full; }

    /// The bytes of every file, for another disk to begin with.
    [[nodiscard]] std::map<std::string, std::string> image() const;
    void load(const std::map<std::string, std::string>& image);
    /// One more file, synced.
    void put(const std::string& name, const std::string& bytes);

    [[nodiscard]] static DiskCounts& counts();

private:
    friend struct DiskAccess;

    void cut_power_of_files();
    void note_all_synced();
    void remove_files();

    std::string m_folder;
    SeededRandom m_random;
    bool m_stopped = false;
    bool m_full = false;
    std::uint64_t m_generation = 0; ///< files opened in an earlier one are closed
    std::int64_t m_operations_left = std::numeric_limits<std::int64_t>::max();
    std::map<std::string, std::shared_ptr<DiskFile>> m_files;
    std::map<std::string, std::string> m_ghosts; ///< removed, but the removal was not synced
    SyncedFiles m_synced_files;
};

/// Makes this VFS SQLite's default. Before the first database is opened.
void use_simulated_disks();

} // namespace tally::simulation
