#pragma once
/// The inside of a disk, for disk.cpp (SQLite's side of it) and disk_files.cpp (all other files).

#include "tests/simulation/disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simulation {

inline constexpr std::size_t sector_bytes = 512;
inline constexpr std::size_t shared_locks = SQLITE_SHM_NLOCK;

struct Handle;

[[nodiscard]] std::vector<Disk*>& all_disks();

/// A file as the programs of its machine see it, and as it would be after the power fails.
struct DiskFile
{
    std::string now;
    std::string safe;
    bool is_safe = false; ///< its name has been synced
    std::vector<bool> dirty;

    // Locks, as the operating system keeps them.
    int readers = 0;
    const Handle* reserved = nullptr;
    const Handle* pending = nullptr;
    const Handle* exclusive = nullptr;
    std::vector<std::unique_ptr<char[]>> shared_memory;
    int shared_memory_users = 0;
    std::array<int, shared_locks> shared_readers{};
    std::array<const Handle*, shared_locks> shared_owner{};

    void touch(std::size_t begin, std::size_t end)
    {
        const std::size_t last = (end + sector_bytes - 1) / sector_bytes;
        if (dirty.size() < last)
            dirty.resize(last, false);
        for (std::size_t i = begin / sector_bytes; i < last; ++i)
            dirty[i] = true;
    }
    void sync()
    {
        safe.resize(now.size());
        for (std::size_t i = 0; i < dirty.size() && i * sector_bytes < now.size(); ++i) {
            if (!dirty[i])
                continue;
            const std::size_t begin = i * sector_bytes;
            std::memcpy(safe.data() + begin, now.data() + begin, std::min(sector_bytes, now.size() - begin));
        }
        dirty.clear();
        is_safe = true;
    }
    /// What the disk holds after the power failed.
    [[nodiscard]] std::string after_power_cut(Random& random) const;
    void forget_locks()
    {
        readers = 0;
        reserved = pending = exclusive = nullptr;
        shared_memory.clear();
        shared_memory_users = 0;
        shared_readers = {};
        shared_owner = {};
    }
};

/// What the calls of a machine's programs may do with its disk.
struct DiskAccess
{
    static Disk* disk_of(std::string_view path)
    {
        for (Disk* disk : all_disks())
            if (path.size() > disk->m_folder.size() && path.starts_with(disk->m_folder) &&
                path[disk->m_folder.size()] == '/')
                return disk;
        return nullptr;
    }
    static bool is_gone(const Disk* disk, std::uint64_t generation)
    {
        return disk != nullptr && (disk->m_stopped || disk->m_generation != generation);
    }
    /// False when the power fails in this moment.
    static bool count(Disk* disk)
    {
        if (disk == nullptr)
            return true;
        if (--disk->m_operations_left > 0)
            return true;
        disk->m_stopped = true;
        return false;
    }
    static bool is_full(const Disk* disk) { return disk != nullptr && disk->m_full; }
    static std::map<std::string, std::shared_ptr<DiskFile>>& files(Disk& disk) { return disk.m_files; }
    static std::map<std::string, std::string>& ghosts(Disk& disk) { return disk.m_ghosts; }
    static std::uint64_t generation(const Disk& disk) { return disk.m_generation; }
    static int begin_call(std::string_view path, bool makes_more);
    static void note_synced(std::string_view path);
};

} // namespace tally::simulation
