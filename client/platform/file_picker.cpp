#include "client/platform/file_picker.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

extern char** environ;

namespace tally::client::platform {
namespace {

Error no_picker()
{
    return {"no_picker",
            "There is no dialog for choosing files on this machine. Drop the photos onto this window, "
            "or install the package zenity."};
}

std::string read_all(int file)
{
    std::string bytes;
    std::array<char, 4096> part{};
    while (true) {
        const ssize_t count = ::read(file, part.data(), part.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(count));
    }
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin)
            lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

} // namespace

FilePicker::~FilePicker()
{
    if (m_is_open && m_child > 0)
        ::kill(m_child, SIGTERM);
    if (m_thread.joinable())
        m_thread.join();
}

void FilePicker::ask_for_photos(const std::string& title, Answer answer)
{
    if (m_is_open)
        return;
    if (m_thread.joinable())
        m_thread.join();
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        answer(no_picker());
        return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    const std::string titled = "--title=" + title;
    std::array<const char*, 7> arguments = {
        "zenity",         "--file-selection", "--multiple",
        "--separator=\n", titled.c_str(),     "--file-filter=*.jpg *.jpeg *.png *.JPG *.JPEG *.PNG",
        nullptr};
    const int failure = ::posix_spawnp(&m_child, "zenity", &actions, nullptr,
                                       const_cast<char* const*>(arguments.data()), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    if (failure != 0) {
        ::close(pipe[0]);
        m_child = -1;
        answer(no_picker());
        return;
    }
    m_is_open = true;
    m_thread = std::thread([this, file = pipe[0], child = m_child, answer = std::move(answer)] {
        const std::string chosen = read_all(file);
        ::close(file);
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        m_is_open = false;
        // A shell's way of saying that the program could not be started.
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
            answer(no_picker());
        else
            answer(lines_of(chosen));
    });
}

} // namespace tally::client::platform
