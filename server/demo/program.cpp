#include "server/demo/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tally::server {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds step{5};
constexpr std::chrono::seconds patience{10};

std::string content(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> found;
    for (std::string& word : words)
        found.push_back(word.data());
    found.push_back(nullptr);
    return found;
}

std::vector<std::string> environment_with(const ProgramOptions& options)
{
    std::vector<std::string> made;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::string_view name = text.substr(0, text.find('='));
        bool replaced = false;
        for (const auto& [other, value] : options.environment)
            replaced = replaced || other == name;
        if (!replaced)
            made.emplace_back(text);
    }
    for (const auto& [name, value] : options.environment)
        made.push_back(name + "=" + value);
    return made;
}

} // namespace

Program::Program(const std::vector<std::string>& words, const ProgramOptions& options)
{
    std::string folder = (fs::temp_directory_path() / "tally-run-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("mkdtemp failed: " + std::string(std::strerror(errno)));
    m_folder = folder;
    std::ofstream(m_folder / "in", std::ios::binary) << options.input;

    // Everything that needs memory happens before the fork.
    std::vector<std::string> arguments = words;
    std::vector<std::string> environment = environment_with(options);
    const std::vector<char*> argument_pointers = pointers(arguments);
    const std::vector<char*> environment_pointers = pointers(environment);
    const std::string in = m_folder / "in";
    const std::string out = m_folder / "out";
    const std::string err = m_folder / "err";
    const pid_t parent = getpid();

    m_id = fork();
    if (m_id < 0)
        throw std::runtime_error("fork failed: " + std::string(std::strerror(errno)));
    if (m_id == 0) {
        dup2(open(in.c_str(), O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDOUT_FILENO);
        dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(125);
        execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
        _exit(127);
    }
}

Program::~Program()
{
    if (!m_status) {
        send_signal(SIGKILL);
        reap(0);
    }
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

void Program::reap(int options)
{
    int status = 0;
    if (m_status || waitpid(m_id, &status, options) != m_id)
        return;
    m_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool Program::wait(std::chrono::milliseconds at_most)
{
    const auto end = std::chrono::steady_clock::now() + at_most;
    for (reap(WNOHANG); !m_status && std::chrono::steady_clock::now() < end; reap(WNOHANG))
        std::this_thread::sleep_for(step);
    return m_status.has_value();
}

bool Program::wait_for_text(std::string_view text, std::chrono::milliseconds at_most)
{
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (true) {
        reap(WNOHANG);
        if (out().find(text) != std::string::npos || err().find(text) != std::string::npos)
            return true;
        if (m_status || std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(step);
    }
}

void Program::send_signal(int number)
{
    // Once it is reaped its number may belong to somebody else.
    if (!m_status)
        kill(m_id, number);
}

void Program::stop()
{
    send_signal(SIGTERM);
    if (!wait(patience)) {
        send_signal(SIGKILL);
        reap(0);
    }
}

std::string Program::out() const
{
    return content(m_folder / "out");
}

std::string Program::err() const
{
    return content(m_folder / "err");
}

ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options,
                          std::chrono::milliseconds at_most)
{
    Program program(words, options);
    ProgramResult result;
    if (!program.wait(at_most)) {
        result.timed_out = true;
        program.send_signal(SIGKILL);
        program.wait(patience);
    }
    result.status = program.status().value_or(-1);
    result.out = program.out();
    result.err = program.err();
    return result;
}

fs::path programs_folder()
{
    return fs::read_symlink("/proc/self/exe").parent_path();
}

} // namespace tally::server
