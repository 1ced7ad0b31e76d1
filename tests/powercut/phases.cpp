#include "tests/powercut/phases.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace tally::powercut {

namespace {

namespace fs = std::filesystem;

// Bytes of the write-ahead log's index that SQLite locks ("WAL-mode File Format", section 2.3.2)
constexpr long writer_lock = 120;
constexpr long checkpoint_lock = 121;

/// Whether it came to a stop before it ended.
bool stop(pid_t program)
{
    siginfo_t info = {};
    return kill(program, SIGSTOP) == 0 &&
           waitid(P_PID, static_cast<id_t>(program), &info, WSTOPPED | WEXITED | WNOWAIT) == 0 &&
           info.si_code == CLD_STOPPED;
}

bool has_open(pid_t program, const fs::path& file)
{
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(program) + "/fd", failure)) {
        const fs::path target = fs::read_symlink(entry.path(), failure);
        if (target.string().starts_with(file.string()))
            return true;
    }
    return false;
}

bool has_locked(pid_t program, const fs::path& file, long byte)
{
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0)
        return false;
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number;
        std::string kind;
        std::string advisory;
        std::string access;
        std::string device;
        pid_t owner = 0;
        long first = -1;
        std::string last;
        words >> number >> kind >> advisory >> access >> owner >> device >> first >> last;
        if (kind != "POSIX" || access != "WRITE" || owner != program ||
            !device.ends_with(":" + std::to_string(status.st_ino)))
            continue;
        if (first <= byte && (last == "EOF" || byte <= std::stol(last)))
            return true;
    }
    return false;
}

std::string tell(pid_t program, const fs::path& data)
{
    const fs::path database = data / "tallybook.db";
    const fs::path index = database.string() + "-shm";
    if (!has_open(program, database))
        return "starting or ending, database closed";
    if (has_locked(program, index, checkpoint_lock))
        return "copying the log into the database";
    if (has_locked(program, index, writer_lock))
        return "inside a write transaction";
    if (has_open(program, data / "photos"))
        return "storing a photo";
    return "between transactions";
}

} // namespace

bool wait_until_open(pid_t program, const fs::path& data)
{
    siginfo_t info = {};
    while (!has_open(program, data / "tallybook.db")) {
        if (waitid(P_PID, static_cast<id_t>(program), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0)
            return false;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return true;
}

std::string kill_and_tell(pid_t program, const fs::path& data)
{
    std::string words;
    if (stop(program))
        words = tell(program, data);
    kill(program, SIGKILL);
    return words;
}

} // namespace tally::powercut
