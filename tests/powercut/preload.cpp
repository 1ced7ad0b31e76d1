/// Loaded into the real programs with LD_PRELOAD: stands between them (SQLite included) and the C library,
/// and writes down each change of a file in their data folder before it is made. Syncs are only written down:
/// the power never fails for real, and so they cost nothing. Knows nothing of Tallybook.
///
/// Calls that change files in a way that is not written down end the program, so that no test passes because
/// something was overlooked.

#include "tests/powercut/journal.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

using namespace tally::powercut;

/// What the program has open. Only files in the data folder have a path.
constexpr std::size_t files_max = 65536;
std::array<std::atomic<const std::string*>, files_max> open_paths;

std::mutex one_at_a_time;
pthread_once_t prepared = PTHREAD_ONCE_INIT;
const std::string* data_folder = nullptr; ///< ends with a slash; null when nothing is watched
const std::string* journal_folder = nullptr;
int records = -1;
Control* control = nullptr;

// The calls themselves, without going through ourselves

int raw_open(const char* path, int flags, mode_t mode)
{
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

ssize_t raw_pwrite(int file, const void* bytes, std::size_t size, off_t offset)
{
    return syscall(SYS_pwrite64, file, bytes, size, offset);
}

int raw_close(int file)
{
    return static_cast<int>(syscall(SYS_close, file));
}

[[noreturn]] void give_up(const char* what, const char* path)
{
    std::fprintf(stderr, "powercut: %s of %s is not watched\n", what, path);
    std::abort();
}

void prepare()
{
    const char* const data = std::getenv(data_variable);
    const char* const journal = std::getenv(journal_variable);
    if (data == nullptr || journal == nullptr)
        return;
    const std::string folder = std::string(journal) + "/";
    records = raw_open((folder + records_name).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    const int shared = raw_open((folder + control_name).c_str(), O_RDWR | O_CLOEXEC, 0);
    void* const mapped = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    if (records < 0 || shared < 0 || mapped == MAP_FAILED)
        give_up("the journal", journal);
    raw_close(shared);
    control = static_cast<Control*>(mapped);
    journal_folder = new std::string(folder);
    data_folder = new std::string(std::string(data) + "/");
}

bool is_watched(std::string_view path)
{
    pthread_once(&prepared, prepare);
    // The index of a write-ahead log is memory that processes share; SQLite makes it anew after a power cut.
    return data_folder != nullptr && path.starts_with(*data_folder) && !path.ends_with("-shm");
}

const std::string* path_of(int file)
{
    return file >= 0 && static_cast<std::size_t>(file) < files_max
               ? open_paths[static_cast<std::size_t>(file)].load()
               : nullptr;
}

void must_not_be_watched(int file, const char* what)
{
    if (const std::string* path = path_of(file))
        give_up(what, path->c_str());
}

/// One change at a time, in all processes of the machine.
class Turn
{
public:
    Turn() : m_lock(one_at_a_time) { flock(records, LOCK_EX); }
    ~Turn() { flock(records, LOCK_UN); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    std::lock_guard<std::mutex> m_lock;
};

[[noreturn]] void end_now()
{
    kill(getpid(), SIGKILL);
    while (true)
        pause();
}

/// Ends the program when its last operation has come; what it still does of it is what `Moment` says.
class Operation
{
public:
    Operation() : m_is_last(++control->operations > 0 && control->left > 0 && --control->left == 0)
    {
        if (m_is_last && control->moment == Moment::Before)
            end_now();
    }
    ~Operation()
    {
        if (m_is_last)
            end_now();
    }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    [[nodiscard]] bool is_half() const { return m_is_last && control->moment == Moment::Half; }

private:
    bool m_is_last;
};

void note(RecordHeader header, std::string_view path, std::string_view path2 = {}, std::string_view data = {})
{
    header.magic = record_magic;
    header.path_bytes = static_cast<std::uint32_t>(path.size());
    header.path2_bytes = static_cast<std::uint32_t>(path2.size());
    header.data_bytes = data.size();
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(path).append(path2).append(data);
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto written = syscall(SYS_write, records, rest.data(), rest.size());
        if (written < 0 && errno != EINTR)
            give_up("the journal", "its disk");
        rest.remove_prefix(static_cast<std::size_t>(std::max<long>(written, 0)));
    }
}

std::string bytes_of(int file, std::uint64_t begin, std::uint64_t end)
{
    std::string bytes(end - begin, '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto got = syscall(SYS_pread64, file, bytes.data() + have, bytes.size() - have, begin + have);
        if (got <= 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

struct stat status_of(int file)
{
    struct stat status = {};
    fstat(file, &status);
    return status;
}

/// The number of a copy of that file, for the case that its removal is lost; 0 when there is none.
std::uint64_t keep_copy(const char* path)
{
    const int from = raw_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (from < 0)
        return 0;
    const std::uint64_t number = ++control->removed;
    const std::string name = *journal_folder + removed_prefix + std::to_string(number);
    const int to = raw_open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string bytes = bytes_of(from, 0, static_cast<std::uint64_t>(status_of(from).st_size));
    if (to < 0 || raw_pwrite(to, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        give_up("the copy", path);
    raw_close(to);
    raw_close(from);
    return number;
}

std::uint64_t inode_at(const char* path)
{
    struct stat status = {};
    return lstat(path, &status) == 0 ? status.st_ino : 0;
}

// What is watched

int resize_watched(int file, const std::string& path, off_t size)
{
    const struct stat status = status_of(file);
    const auto wanted = static_cast<std::uint64_t>(size);
    const auto size_old = static_cast<std::uint64_t>(status.st_size);
    const std::uint64_t from = wanted / sector_bytes * sector_bytes;
    note({.kind = RecordKind::Resize, .inode = status.st_ino, .offset = wanted, .size_old = size_old}, path,
         {}, bytes_of(file, from, std::max(from, size_old)));
    return static_cast<int>(syscall(SYS_ftruncate, file, size));
}

/// What was there is read through the program's own file, because closing another one would give up the locks
/// that it has on it. So every file is opened for reading too.
int open_watched(const char* path, int flags, mode_t mode)
{
    const Turn turn;
    if ((flags & O_ACCMODE) == O_WRONLY)
        flags = (flags & ~O_ACCMODE) | O_RDWR;
    int file = -1;
    if ((flags & O_CREAT) != 0 && inode_at(path) == 0) {
        const Operation operation;
        note({.kind = RecordKind::Create}, path);
        file = raw_open(path, flags, mode);
        if (file >= 0)
            note({.kind = RecordKind::Created, .inode = status_of(file).st_ino}, path);
    } else {
        file = raw_open(path, flags & ~O_TRUNC, mode);
        if (file >= 0 && (flags & O_TRUNC) != 0) {
            const Operation operation;
            resize_watched(file, path, 0);
        }
    }
    if (file >= 0 && static_cast<std::size_t>(file) < files_max)
        open_paths[static_cast<std::size_t>(file)] = new std::string(path);
    return file;
}

int open_any(int folder, const char* path, int flags, mode_t mode)
{
    if (path == nullptr)
        return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
    if (is_watched(path) || (data_folder != nullptr && std::string(path) + "/" == *data_folder))
        return open_watched(path, flags, mode);
    if (folder != AT_FDCWD && path[0] != '/' && (flags & (O_CREAT | O_TRUNC)) != 0)
        must_not_be_watched(folder, "opening a file beside");
    return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

ssize_t write_watched(int file, const std::string& path, const void* bytes, std::size_t size, off_t offset)
{
    const Operation operation;
    const struct stat status = status_of(file);
    const auto begin = static_cast<std::uint64_t>(offset);
    const auto size_old = static_cast<std::uint64_t>(status.st_size);
    const std::uint64_t from = begin / sector_bytes * sector_bytes;
    const std::uint64_t to = (begin + size + sector_bytes - 1) / sector_bytes * sector_bytes;
    note({.kind = RecordKind::Write,
          .inode = status.st_ino,
          .offset = begin,
          .size = size,
          .size_old = size_old},
         path, {}, bytes_of(file, from, std::max(from, std::min(to, size_old))));
    return raw_pwrite(file, bytes, operation.is_half() ? size / 2 : size, offset);
}

ssize_t pwrite_any(int file, const void* bytes, std::size_t size, off_t offset)
{
    const std::string* const path = path_of(file);
    if (path == nullptr)
        return raw_pwrite(file, bytes, size, offset);
    const Turn turn;
    return write_watched(file, *path, bytes, size, offset);
}

int resize_any(int file, off_t size)
{
    const std::string* const path = path_of(file);
    if (path == nullptr)
        return static_cast<int>(syscall(SYS_ftruncate, file, size));
    const Turn turn;
    const Operation operation;
    return resize_watched(file, *path, size);
}

int sync_any(int file, long call)
{
    const std::string* const path = path_of(file);
    if (path == nullptr)
        return static_cast<int>(syscall(call, file));
    const Turn turn;
    const Operation operation;
    if (operation.is_half())
        return 0;
    const struct stat status = status_of(file);
    const bool is_folder = S_ISDIR(status.st_mode);
    const bool is_database = path->find(".db") != std::string::npos;
    const Lie told = is_folder ? Lie::Folders : is_database ? Lie::Database : Lie::Others;
    if (control->lie != told && control->lie != Lie::All)
        note({.kind = is_folder ? RecordKind::SyncFolder : RecordKind::Sync, .inode = status.st_ino}, *path);
    return 0;
}

int remove_any(int folder, const char* path, int flags)
{
    if (!is_watched(path)) {
        if (folder != AT_FDCWD && path[0] != '/')
            must_not_be_watched(folder, "removing a file");
        return static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
    }
    const Turn turn;
    if ((flags & AT_REMOVEDIR) != 0 && inode_at(path) != 0)
        give_up("removing a folder", path);
    const std::uint64_t inode = inode_at(path);
    if (inode == 0) {
        errno = ENOENT;
        return -1;
    }
    struct stat status = {};
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    const Operation operation;
    note({.kind = RecordKind::Remove, .inode = inode, .number = keep_copy(path)}, path);
    return static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
}

int rename_any(const char* from, const char* to)
{
    const bool watched = is_watched(from);
    if (watched != is_watched(to))
        give_up("renaming across the border", from);
    if (!watched)
        return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
    const Turn turn;
    const std::uint64_t inode = inode_at(from);
    if (inode == 0) {
        errno = ENOENT;
        return -1;
    }
    const Operation operation;
    const std::uint64_t kept = inode_at(to) == 0 ? 0 : keep_copy(to);
    note({.kind = RecordKind::Rename, .inode = inode, .offset = inode_at(to), .number = kept}, from, to);
    return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int make_folder_any(int folder, const char* path, mode_t mode)
{
    if (!is_watched(path))
        return static_cast<int>(syscall(SYS_mkdirat, folder, path, mode));
    const Turn turn;
    if (inode_at(path) != 0) {
        errno = EEXIST;
        return -1;
    }
    const Operation operation;
    note({.kind = RecordKind::MakeFolder}, path);
    return static_cast<int>(syscall(SYS_mkdirat, folder, path, mode));
}

mode_t mode_argument(int flags, va_list& arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

} // namespace

extern "C" {

int open(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(folder, path, flags, mode);
}

int creat(const char* path, mode_t mode)
{
    return open_any(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int close(int file)
{
    // Its path is left in memory: another thread may be looking at it.
    if (file >= 0 && static_cast<std::size_t>(file) < files_max)
        open_paths[static_cast<std::size_t>(file)] = nullptr;
    return raw_close(file);
}

ssize_t write(int file, const void* bytes, std::size_t size)
{
    const std::string* const path = path_of(file);
    if (path == nullptr)
        return syscall(SYS_write, file, bytes, size);
    const Turn turn;
    const bool appends = (fcntl(file, F_GETFL) & O_APPEND) != 0;
    const off_t offset = appends ? status_of(file).st_size : lseek(file, 0, SEEK_CUR);
    const ssize_t written = write_watched(file, *path, bytes, size, offset);
    if (written > 0)
        lseek(file, offset + written, SEEK_SET);
    return written;
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset)
{
    return pwrite_any(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void* bytes, std::size_t size, off_t offset)
{
    return pwrite_any(file, bytes, size, offset);
}

int ftruncate(int file, off_t size) noexcept
{
    return resize_any(file, size);
}

int ftruncate64(int file, off_t size) noexcept
{
    return resize_any(file, size);
}

int truncate(const char* path, off_t size) noexcept
{
    const int file = open_any(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (file < 0)
        return -1;
    const int result = resize_any(file, size);
    const int why = errno;
    close(file);
    errno = why;
    return result;
}

int truncate64(const char* path, off_t size) noexcept
{
    return truncate(path, size);
}

int fsync(int file)
{
    return sync_any(file, SYS_fsync);
}

int fdatasync(int file)
{
    return sync_any(file, SYS_fdatasync);
}

int unlink(const char* path) noexcept
{
    return remove_any(AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char* path, int flags) noexcept
{
    return remove_any(folder, path, flags);
}

int rmdir(const char* path) noexcept
{
    return remove_any(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char* path) noexcept
{
    struct stat status = {};
    const bool is_folder = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return remove_any(AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0);
}

int rename(const char* from, const char* to) noexcept
{
    return rename_any(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept
{
    return make_folder_any(AT_FDCWD, path, mode);
}

int mkdirat(int folder, const char* path, mode_t mode) noexcept
{
    return make_folder_any(folder, path, mode);
}

// Ways to change a file that nobody here uses

void* mmap64(void* at, std::size_t size, int protection, int flags, int file, off_t offset) noexcept
{
    if ((flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0)
        must_not_be_watched(file, "mapping");
    return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, file, offset));
}

ssize_t pwritev(int file, const struct iovec* parts, int count, off_t offset)
{
    must_not_be_watched(file, "pwritev");
    return syscall(SYS_pwritev, file, parts, count, offset, 0);
}

ssize_t writev(int file, const struct iovec* parts, int count)
{
    must_not_be_watched(file, "writev");
    return syscall(SYS_writev, file, parts, count);
}

int posix_fallocate(int file, off_t offset, off_t size)
{
    must_not_be_watched(file, "posix_fallocate");
    return syscall(SYS_fallocate, file, 0, offset, size) == 0 ? 0 : errno;
}

int posix_fallocate64(int file, off_t offset, off_t size)
{
    return posix_fallocate(file, offset, size);
}

int fallocate64(int file, int mode, off_t offset, off_t size)
{
    must_not_be_watched(file, "fallocate");
    return static_cast<int>(syscall(SYS_fallocate, file, mode, offset, size));
}

} // extern "C"
