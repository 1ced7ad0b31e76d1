/// Files beside the databases, such as photos: they lie in a real folder in memory, and the calls that change
/// them pass through here. What was not synced is kept, lost or torn when the power fails; so are names that
/// were made, changed or removed since their folder was synced.

#include "tests/simulation/disk_parts.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <set>

namespace tally::simulation {

namespace fs = std::filesystem;

namespace {

/// Of the simulation itself, not of a machine's program.
int& own_calls()
{
    static int depth = 0;
    return depth;
}

class OwnCalls
{
public:
    OwnCalls() { ++own_calls(); }
    ~OwnCalls() { --own_calls(); }
    OwnCalls(const OwnCalls&) = delete;
    OwnCalls& operator=(const OwnCalls&) = delete;
};

std::string bytes_of(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string path_of(int file)
{
    std::string path(512, '\0');
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const auto size = readlink(link.c_str(), path.data(), path.size());
    path.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return path;
}

std::uint64_t inode_of(const fs::path& path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

FolderNames names_in(const fs::path& folder)
{
    FolderNames names;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure))
        names[entry.path().filename().string()] = inode_of(entry.path());
    return names;
}

/// Where each inode has its names, and which of them are folders.
struct Tree
{
    std::map<std::string, FolderNames> folders; ///< by path
    std::map<std::uint64_t, std::set<std::string>> places;

    void add(const std::string& folder, const FolderNames& names)
    {
        folders[folder] = names;
        for (const auto& [name, inode] : names)
            places[inode].insert(folder + "/" + name);
    }
};

Tree tree_of(const std::string& root)
{
    Tree tree;
    tree.add(root, names_in(root));
    std::error_code failure;
    for (fs::recursive_directory_iterator at(root, failure), end; at != end; at.increment(failure))
        if (at->is_directory(failure))
            tree.add(at->path().string(), names_in(at->path()));
    return tree;
}

/// What is left of one machine's files.
class AfterPowerCut
{
public:
    AfterPowerCut(const std::string& root, const SyncedFiles& synced, Random& random)
        : m_root(root), m_synced(synced), m_random(random), m_now(tree_of(root))
    {
        for (const auto& [folder, names] : synced.folders)
            m_before.add(folder, names);
    }

    std::map<std::string, std::string> files;
    std::vector<std::string> folders;

    void run() { visit(m_root); }

private:
    void visit(const std::string& folder)
    {
        std::set<std::string> names;
        for (const Tree* tree : {&m_before, &m_now})
            if (const auto found = tree->folders.find(folder); found != tree->folders.end())
                for (const auto& [name, inode] : found->second)
                    names.insert(name);
        for (const auto& name : names) {
            const std::string path = folder + "/" + name;
            const auto inode = chosen(folder, name);
            if (inode == 0)
                continue;
            if (m_now.folders.contains(path) || m_before.folders.contains(path)) {
                folders.push_back(path);
                visit(path);
            } else {
                files[path] = left_of(inode);
            }
        }
    }

    /// Which file the name stands for, or 0.
    std::uint64_t chosen(const std::string& folder, const std::string& name)
    {
        const auto now = inode_in(m_now, folder, name);
        const auto before = inode_in(m_before, folder, name);
        if (now == before)
            return now;
        if (now != 0 && is_change_kept(now))
            return now;
        return before != 0 && !is_change_kept(before) ? before : 0;
    }

    static std::uint64_t inode_in(const Tree& tree, const std::string& folder, const std::string& name)
    {
        const auto names = tree.folders.find(folder);
        if (names == tree.folders.end())
            return 0;
        const auto found = names->second.find(name);
        return found == names->second.end() ? 0 : found->second;
    }

    /// One answer for all names of a file, so that renaming it happens as a whole or not at all.
    bool is_change_kept(std::uint64_t inode)
    {
        const auto [known, is_new] = m_kept.try_emplace(inode, false);
        if (is_new)
            known->second = m_random.u64() % 2 == 0;
        return known->second;
    }

    std::string left_of(std::uint64_t inode)
    {
        DiskFile file;
        if (const auto synced = m_synced.bytes.find(inode); synced != m_synced.bytes.end())
            file.safe = synced->second;
        const auto place = m_now.places.find(inode);
        file.now = place == m_now.places.end() ? file.safe : bytes_of(*place->second.begin());
        const auto longest = std::max(file.now.size(), file.safe.size());
        for (std::size_t begin = 0; begin < longest; begin += sector_bytes)
            if (file.now.compare(std::min(begin, file.now.size()), sector_bytes, file.safe,
                                 std::min(begin, file.safe.size()), sector_bytes) != 0)
                file.touch(begin, std::min(begin + sector_bytes, longest));
        return file.after_power_cut(m_random);
    }

    const std::string& m_root;
    const SyncedFiles& m_synced;
    Random& m_random;
    Tree m_now;
    Tree m_before;
    std::map<std::uint64_t, bool> m_kept;
};

} // namespace

void Disk::cut_power_of_files()
{
    const OwnCalls own;
    if (!fs::exists(m_folder))
        return;
    AfterPowerCut left(m_folder, m_synced_files, m_random);
    left.run();
    for (const auto& entry : fs::directory_iterator(m_folder))
        fs::remove_all(entry.path());
    for (const auto& folder : left.folders)
        fs::create_directory(folder);
    for (const auto& [path, bytes] : left.files)
        std::ofstream(path, std::ios::binary) << bytes;
    note_all_synced();
}

void Disk::note_all_synced()
{
    m_synced_files = {};
    for (const auto& [folder, names] : tree_of(m_folder).folders) {
        m_synced_files.folders[folder] = names;
        for (const auto& [name, inode] : names)
            if (!fs::is_directory(folder + "/" + name))
                m_synced_files.bytes[inode] = bytes_of(folder + "/" + name);
    }
}

void Disk::remove_files()
{
    const OwnCalls own;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(m_folder, ignored))
        fs::remove_all(entry.path(), ignored);
    m_synced_files = {};
}

/// Fails with the number that errno has to have; 0 when nothing stands in the way.
int DiskAccess::begin_call(std::string_view path, bool makes_more)
{
    if (own_calls() > 0)
        return 0;
    Disk* const disk = disk_of(path);
    if (disk == nullptr)
        return 0;
    if (disk->m_stopped)
        return EIO;
    if (makes_more && disk->m_full) {
        ++Disk::counts().refused_full;
        return ENOSPC;
    }
    ++Disk::counts().file_calls;
    return count(disk) ? 0 : EIO;
}

void DiskAccess::note_synced(std::string_view path)
{
    Disk* const disk = disk_of(std::string(path) + "/");
    if (own_calls() > 0 || disk == nullptr)
        return;
    const std::string text(path);
    if (fs::is_directory(text))
        disk->m_synced_files.folders[text] = names_in(text);
    else
        disk->m_synced_files.bytes[inode_of(text)] = bytes_of(text);
}

namespace {

template <typename Function>
Function* library_function(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool refuse(std::string_view path, bool makes_more)
{
    const int failure = DiskAccess::begin_call(path, makes_more);
    if (failure != 0)
        errno = failure;
    return failure != 0;
}

bool grows(int file, std::int64_t size, std::int64_t offset)
{
    struct stat status = {};
    return ::fstat(file, &status) == 0 && offset + size > status.st_size;
}

int sync_call(int file, int (*real)(int))
{
    const std::string path = path_of(file);
    if (refuse(path, false))
        return -1;
    const int result = real(file);
    if (result == 0)
        DiskAccess::note_synced(path);
    return result;
}

} // namespace

} // namespace tally::simulation

// In place of the C library's. Reading passes through untouched.

using tally::simulation::grows;
using tally::simulation::library_function;
using tally::simulation::path_of;
using tally::simulation::refuse;

extern "C" int open(const char* path, int flags, ...)
{
    static auto* const real = library_function<int(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    const bool is_new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
    if ((is_new || (flags & O_TRUNC) != 0) && refuse(path, is_new))
        return -1;
    return real(path, flags, mode);
}

extern "C" int open64(const char* path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open(path, flags, mode);
}

extern "C" ssize_t write(int file, const void* bytes, size_t size)
{
    static auto* const real = library_function<ssize_t(int, const void*, size_t)>("write");
    if (file > 2 && refuse(path_of(file), true))
        return -1;
    return real(file, bytes, size);
}

extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset)
{
    static auto* const real = library_function<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    if (refuse(path_of(file), grows(file, static_cast<std::int64_t>(size), offset)))
        return -1;
    return real(file, bytes, size, offset);
}

extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset)
{
    return pwrite(file, bytes, size, offset);
}

extern "C" int ftruncate(int file, off_t size) noexcept
{
    static auto* const real = library_function<int(int, off_t)>("ftruncate");
    return refuse(path_of(file), false) ? -1 : real(file, size);
}

extern "C" int ftruncate64(int file, off64_t size) noexcept
{
    return ftruncate(file, size);
}

extern "C" int truncate(const char* path, off_t size) noexcept
{
    static auto* const real = library_function<int(const char*, off_t)>("truncate");
    return refuse(path, false) ? -1 : real(path, size);
}

extern "C" int truncate64(const char* path, off64_t size) noexcept
{
    return truncate(path, size);
}

extern "C" int fsync(int file)
{
    static auto* const real = library_function<int(int)>("fsync");
    return tally::simulation::sync_call(file, real);
}

extern "C" int fdatasync(int file)
{
    static auto* const real = library_function<int(int)>("fdatasync");
    return tally::simulation::sync_call(file, real);
}

extern "C" int rename(const char* from, const char* to) noexcept
{
    static auto* const real = library_function<int(const char*, const char*)>("rename");
    return refuse(to, false) ? -1 : real(from, to);
}

extern "C" int unlink(const char* path) noexcept
{
    static auto* const real = library_function<int(const char*)>("unlink");
    return refuse(path, false) ? -1 : real(path);
}

extern "C" int remove(const char* path) noexcept
{
    static auto* const real = library_function<int(const char*)>("remove");
    return access(path, F_OK) == 0 && refuse(path, false) ? -1 : real(path);
}

extern "C" int mkdir(const char* path, mode_t mode) noexcept
{
    static auto* const real = library_function<int(const char*, mode_t)>("mkdir");
    return access(path, F_OK) != 0 && refuse(path, false) ? -1 : real(path, mode);
}
