#include "shared/base/result.h"
#include "tests/simulation/disk_parts.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

namespace tally::simulation {

std::vector<Disk*>& all_disks()
{
    static std::vector<Disk*> all;
    return all;
}

struct Handle : sqlite3_file
{
    Disk* disk = nullptr; ///< none for a temporary file
    std::shared_ptr<DiskFile> file;
    std::uint64_t generation = 0;
    int level = SQLITE_LOCK_NONE;
    bool uses_shared_memory = false;
    std::array<bool, shared_locks> shares{};
    std::array<bool, shared_locks> owns{};
};

namespace {

Handle& handle_of(sqlite3_file* file)
{
    return *static_cast<Handle*>(file);
}

bool is_gone(const Handle& handle)
{
    return DiskAccess::is_gone(handle.disk, handle.generation);
}

} // namespace

namespace {

// Files

int close_file(sqlite3_file* file)
{
    Handle& handle = handle_of(file);
    if (!is_gone(handle)) {
        file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
        if (handle.uses_shared_memory)
            file->pMethods->xShmUnmap(file, 0);
    }
    handle.~Handle();
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset)
{
    const Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_READ;
    const std::string& bytes = handle.file->now;
    const auto begin = std::min(bytes.size(), static_cast<std::size_t>(offset));
    const auto count = std::min(bytes.size() - begin, static_cast<std::size_t>(size));
    std::memcpy(out, bytes.data() + begin, count);
    if (count == static_cast<std::size_t>(size))
        return SQLITE_OK;
    std::memset(static_cast<char*>(out) + count, 0, static_cast<std::size_t>(size) - count);
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_WRITE;
    DiskFile& target = *handle.file;
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + static_cast<std::size_t>(size);
    if (end > target.now.size() && DiskAccess::is_full(handle.disk)) {
        ++Disk::counts().refused_full;
        return SQLITE_FULL;
    }
    ++Disk::counts().writes;
    if (end > target.now.size())
        target.now.resize(end);
    std::memcpy(target.now.data() + begin, bytes, static_cast<std::size_t>(size));
    target.touch(begin, end);
    return DiskAccess::count(handle.disk) ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_TRUNCATE;
    DiskFile& target = *handle.file;
    const auto wanted = static_cast<std::size_t>(size);
    if (wanted != target.now.size()) {
        target.touch(std::min(wanted, target.now.size()), std::max(wanted, target.now.size()));
        target.now.resize(wanted);
    }
    return DiskAccess::count(handle.disk) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file* file, int)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle) || !DiskAccess::count(handle.disk))
        return SQLITE_IOERR_FSYNC;
    ++Disk::counts().syncs;
    // A new file's name is synced with it, and with that everything else in the folder.
    if (handle.disk != nullptr && !handle.file->is_safe)
        DiskAccess::ghosts(*handle.disk).clear();
    handle.file->sync();
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size)
{
    const Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(handle.file->now.size());
    return SQLITE_OK;
}

// Locks of the file: SQLite's own rules, "File Locking And Concurrency In SQLite Version 3"

int lock_file(sqlite3_file* file, int level)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_LOCK;
    if (handle.level >= level)
        return SQLITE_OK;
    DiskFile& target = *handle.file;
    const auto taken = [&handle](const Handle* by) { return by != nullptr && by != &handle; };
    if (level == SQLITE_LOCK_SHARED) {
        if (taken(target.pending) || taken(target.exclusive))
            return SQLITE_BUSY;
        ++target.readers;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (taken(target.reserved))
            return SQLITE_BUSY;
        target.reserved = &handle;
    } else {
        if (taken(target.pending) || taken(target.reserved))
            return SQLITE_BUSY;
        target.pending = &handle;
        if (target.readers > 1) {
            handle.level = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
        target.exclusive = &handle;
    }
    handle.level = level;
    return SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int level)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle) || handle.level <= level)
        return SQLITE_OK;
    DiskFile& target = *handle.file;
    for (const Handle** const owner : {&target.reserved, &target.pending, &target.exclusive})
        if (*owner == &handle)
            *owner = nullptr;
    if (level == SQLITE_LOCK_NONE)
        --target.readers;
    handle.level = level;
    return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* out)
{
    const DiskFile& target = *handle_of(file).file;
    *out = target.reserved != nullptr || target.pending != nullptr || target.exclusive != nullptr ? 1 : 0;
    return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*)
{
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*)
{
    return 4096;
}

int characteristics(sqlite3_file*)
{
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Shared memory of the write-ahead log

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out)
{
    Handle& handle = handle_of(file);
    *out = nullptr;
    if (is_gone(handle))
        return SQLITE_IOERR_SHMMAP;
    DiskFile& target = *handle.file;
    if (!handle.uses_shared_memory) {
        handle.uses_shared_memory = true;
        ++target.shared_memory_users;
    }
    const auto index = static_cast<std::size_t>(region);
    if (index >= target.shared_memory.size()) {
        if (extend == 0)
            return SQLITE_OK;
        while (target.shared_memory.size() <= index)
            target.shared_memory.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    *out = target.shared_memory[index].get();
    return SQLITE_OK;
}

int lock_shared(sqlite3_file* file, int first, int count, int flags)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle))
        return SQLITE_IOERR_SHMLOCK;
    DiskFile& target = *handle.file;
    const auto begin = static_cast<std::size_t>(first);
    const auto end = begin + static_cast<std::size_t>(count);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        for (std::size_t i = begin; i < end; ++i) {
            if (handle.shares[i])
                --target.shared_readers[i];
            if (handle.owns[i])
                target.shared_owner[i] = nullptr;
            handle.shares[i] = handle.owns[i] = false;
        }
        return SQLITE_OK;
    }
    const bool alone = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (std::size_t i = begin; i < end; ++i) {
        const bool owned = target.shared_owner[i] != nullptr && target.shared_owner[i] != &handle;
        const bool read = target.shared_readers[i] > (handle.shares[i] ? 1 : 0);
        if (owned || (alone && read))
            return SQLITE_BUSY;
    }
    for (std::size_t i = begin; i < end; ++i) {
        if (alone) {
            handle.owns[i] = true;
            target.shared_owner[i] = &handle;
        } else if (!handle.shares[i]) {
            handle.shares[i] = true;
            ++target.shared_readers[i];
        }
    }
    return SQLITE_OK;
}

void barrier(sqlite3_file*) {}

int unmap_shared(sqlite3_file* file, int)
{
    Handle& handle = handle_of(file);
    if (is_gone(handle) || !handle.uses_shared_memory)
        return SQLITE_OK;
    handle.uses_shared_memory = false;
    lock_shared(file, 0, static_cast<int>(shared_locks), SQLITE_SHM_UNLOCK);
    if (--handle.file->shared_memory_users == 0)
        handle.file->shared_memory.clear();
    return SQLITE_OK;
}

constexpr sqlite3_io_methods methods = {
    2,           close_file,  read_file,    write_file,   truncate_file, sync_file,       size_of_file,
    lock_file,   unlock_file, is_reserved,  file_control, sector_size,   characteristics, map_shared,
    lock_shared, barrier,     unmap_shared, nullptr,      nullptr};

// The file system

/// Files of the program that are no database of its own, such as the copy that goes into a backup: they lie
/// in the real folder, where the program reads them without SQLite.
bool is_real(const char* name)
{
    return name != nullptr && std::string_view(name).find("/backup.copy") != std::string_view::npos;
}

sqlite3_vfs& real_files()
{
    static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
    return *vfs;
}

/// At the first file that it opens in a process, SQLite's own VFS lets the source of random numbers begin
/// anew, which must not happen in the middle of a run.
void open_first_file()
{
    sqlite3_vfs& vfs = real_files();
    std::vector<std::max_align_t> memory(static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) +
                                         1);
    auto* const file = reinterpret_cast<sqlite3_file*>(memory.data());
    constexpr int flags = SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                          SQLITE_OPEN_EXCLUSIVE | SQLITE_OPEN_DELETEONCLOSE;
    TALLY_ASSERT(vfs.xOpen(&vfs, nullptr, file, flags, nullptr) == SQLITE_OK);
    file->pMethods->xClose(file);
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* out, int flags, int* out_flags)
{
    if (is_real(name))
        return real_files().xOpen(&real_files(), name, out, flags, out_flags);
    out->pMethods = nullptr;
    Disk* const disk = name == nullptr ? nullptr : DiskAccess::disk_of(name);
    if (name != nullptr && (disk == nullptr || disk->is_stopped()))
        return SQLITE_CANTOPEN;
    std::shared_ptr<DiskFile> file;
    if (disk == nullptr) {
        file = std::make_shared<DiskFile>();
    } else {
        auto& files = DiskAccess::files(*disk);
        const auto found = files.find(name);
        if (found != files.end()) {
            file = found->second;
        } else {
            if ((flags & SQLITE_OPEN_CREATE) == 0)
                return SQLITE_CANTOPEN;
            if (DiskAccess::is_full(disk))
                return SQLITE_FULL;
            file = files.emplace(name, std::make_shared<DiskFile>()).first->second;
        }
    }
    auto* const handle = new (out) Handle();
    handle->pMethods = &methods;
    handle->disk = disk;
    handle->file = std::move(file);
    handle->generation = disk == nullptr ? 0 : DiskAccess::generation(*disk);
    if (out_flags != nullptr)
        *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_folder)
{
    if (is_real(name))
        return real_files().xDelete(&real_files(), name, sync_folder);
    Disk* const disk = DiskAccess::disk_of(name);
    if (disk == nullptr || disk->is_stopped())
        return SQLITE_IOERR_DELETE;
    auto& files = DiskAccess::files(*disk);
    const auto found = files.find(name);
    if (found == files.end())
        return SQLITE_IOERR_DELETE_NOENT;
    if (!DiskAccess::count(disk))
        return SQLITE_IOERR_DELETE;
    if (sync_folder == 0 && found->second->is_safe)
        DiskAccess::ghosts(*disk)[name] = found->second->safe;
    else
        DiskAccess::ghosts(*disk).erase(name);
    files.erase(found);
    return SQLITE_OK;
}

int access_file(sqlite3_vfs*, const char* name, int flags, int* out)
{
    if (is_real(name))
        return real_files().xAccess(&real_files(), name, flags, out);
    Disk* const disk = DiskAccess::disk_of(name);
    if (disk == nullptr || disk->is_stopped())
        return SQLITE_IOERR_ACCESS;
    *out = DiskAccess::files(*disk).contains(name) ? 1 : 0;
    return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* out)
{
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out)
{
    SystemRandom().fill(out, static_cast<std::size_t>(size));
    return size;
}

/// Whoever waits for a lock waits in vain: there is only one thread.
int sleep(sqlite3_vfs*, int microseconds)
{
    return microseconds;
}

int current_time(sqlite3_vfs*, double* out)
{
    *out = 2460000.5;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*)
{
    return 0;
}

} // namespace

std::string DiskFile::after_power_cut(Random& random) const
{
    const auto draw = [&random](std::uint64_t choices) { return random.u64() % choices; };
    // The file may have become longer or shorter, or not yet.
    std::string kept = safe;
    if (now.size() != safe.size() && !dirty.empty()) {
        const auto shortest = std::min(now.size(), safe.size());
        const auto sectors = (std::max(now.size(), safe.size()) - shortest) / sector_bytes;
        if (now.size() < safe.size())
            kept.resize(draw(2) == 0 ? now.size() : safe.size());
        else
            kept.resize(draw(2) == 0 ? now.size()
                                     : shortest + static_cast<std::size_t>(draw(sectors + 1)) * sector_bytes);
    }
    for (std::size_t i = 0; i < dirty.size(); ++i) {
        const std::size_t begin = i * sector_bytes;
        if (!dirty[i] || begin >= kept.size() || begin >= now.size())
            continue;
        auto count = std::min({sector_bytes, kept.size() - begin, now.size() - begin});
        const auto fate = draw(8);
        if (fate < 3) {
            ++Disk::counts().sectors_lost;
            continue;
        }
        if (fate == 3) {
            ++Disk::counts().sectors_torn;
            count = static_cast<std::size_t>(draw(count));
        }
        std::memcpy(kept.data() + begin, now.data() + begin, count);
    }
    return kept;
}

DiskCounts& Disk::counts()
{
    static DiskCounts all;
    return all;
}

Disk::Disk(std::string folder, std::uint64_t seed) : m_folder(std::move(folder)), m_random(seed)
{
    all_disks().push_back(this);
}

Disk::~Disk()
{
    std::erase(all_disks(), this);
}

void Disk::restart_program()
{
    ++m_generation;
    m_stopped = false;
    never_stop();
    for (auto& [name, file] : m_files)
        file->forget_locks();
}

void Disk::restart_machine()
{
    restart_program();
    const auto draw = [this](std::uint64_t choices) { return m_random.u64() % choices; };
    for (const auto& [name, bytes] : m_ghosts) {
        if (draw(2) == 0 || m_files.contains(name))
            continue;
        auto file = std::make_shared<DiskFile>();
        file->now = file->safe = bytes;
        file->is_safe = true;
        m_files.emplace(name, std::move(file));
    }
    m_ghosts.clear();
    for (auto entry = m_files.begin(); entry != m_files.end();) {
        DiskFile& file = *entry->second;
        if (!file.is_safe && draw(2) == 0) {
            entry = m_files.erase(entry);
            continue;
        }
        std::string kept = file.after_power_cut(m_random);
        file.now = file.safe = std::move(kept);
        file.is_safe = true;
        file.dirty.clear();
        ++entry;
    }
    cut_power_of_files();
}

void Disk::wipe()
{
    restart_program();
    m_files.clear();
    m_ghosts.clear();
    remove_files();
}

std::map<std::string, std::string> Disk::image() const
{
    std::map<std::string, std::string> image;
    for (const auto& [name, file] : m_files)
        image.emplace(name.substr(m_folder.size()), file->now);
    return image;
}

void Disk::load(const std::map<std::string, std::string>& image)
{
    wipe();
    for (const auto& [name, bytes] : image)
        put(name, bytes);
}

void Disk::put(const std::string& name, const std::string& bytes)
{
    auto file = std::make_shared<DiskFile>();
    file->now = file->safe = bytes;
    file->is_safe = true;
    m_files[m_folder + name] = std::move(file);
}

void use_simulated_disks()
{
    // As shared/storage asks for; once the first VFS is there it can no longer.
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    TALLY_ASSERT(sqlite3_initialize() == SQLITE_OK);
    open_first_file();
    const int file_bytes = std::max(static_cast<int>(sizeof(Handle)), real_files().szOsFile);
    static sqlite3_vfs vfs = {1,       file_bytes,   512,         nullptr,     "tally-simulation",
                              nullptr, open_file,    delete_file, access_file, full_name,
                              nullptr, nullptr,      nullptr,     nullptr,     randomness,
                              sleep,   current_time, last_error,  nullptr,     nullptr,
                              nullptr, nullptr};
    TALLY_ASSERT(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

} // namespace tally::simulation
