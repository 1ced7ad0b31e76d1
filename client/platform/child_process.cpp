#include "client/platform/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

extern char** environ;

namespace tally::client::platform {

std::optional<Child> start_child(const std::vector<std::string>& command, Words words)
{
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        return std::nullopt;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    std::string untranslated = "LC_ALL=C";
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (words == Words::OfTheUser || !std::string_view(*variable).starts_with("LC_ALL="))
            environment.push_back(*variable);
    if (words == Words::Untranslated)
        environment.push_back(untranslated.data());
    environment.push_back(nullptr);
    Child child;
    const int failure =
        ::posix_spawnp(&child.process, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    if (failure != 0) {
        ::close(pipe[0]);
        return std::nullopt;
    }
    child.output = pipe[0];
    return child;
}

int finish_child(const Child& child, std::string& output, std::optional<std::chrono::milliseconds> limit)
{
    using Steady = std::chrono::steady_clock;
    const auto end = Steady::now() + limit.value_or(std::chrono::milliseconds(0));
    // Its output may stay open although it is gone, held by a child of its own.
    const auto is_late = [&] {
        if (!limit)
            return false;
        for (;;) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now()).count();
            pollfd waiting{child.output, POLLIN, 0};
            const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
            if (ready < 0 && errno == EINTR)
                continue;
            return ready == 0;
        }
    };
    std::array<char, 4096> part{};
    while (true) {
        if (is_late()) {
            ::kill(child.process, SIGKILL);
            break;
        }
        const ssize_t count = ::read(child.output, part.data(), part.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        output.append(part.data(), static_cast<std::size_t>(count));
    }
    ::close(child.output);
    int status = 0;
    while (::waitpid(child.process, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace tally::client::platform
