#pragma once
/// Runs our programs as processes: what the demo and the outer tests do instead of calling functions,
/// so that they go the way that a person's commands go.

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::server {

struct ProgramResult
{
    int status = -1;        ///< exit status; 128 + number when a signal ended it
    bool timed_out = false; ///< it was killed because it took too long
    std::string out;
    std::string err;

    [[nodiscard]] bool ok() const { return status == 0 && !timed_out; }
};

struct ProgramOptions
{
    std::string input;                                            ///< standard input
    std::vector<std::pair<std::string, std::string>> environment; ///< added to ours
};

/// A running program. It ends with this object, and with the process that started it.
class Program
{
public:
    /// `words` are the program's path and its arguments. Throws std::runtime_error when it cannot start.
    explicit Program(const std::vector<std::string>& words, const ProgramOptions& options = {});
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] pid_t id() const { return m_id; }
    /// Whether it ended within that time.
    bool wait(std::chrono::milliseconds at_most);
    /// Whether that text stood in what it printed within that time, while it ran.
    bool wait_for_text(std::string_view text, std::chrono::milliseconds at_most);
    void send_signal(int number);
    /// Asks it to end (SIGTERM); kills it after ten seconds.
    void stop();

    /// So far.
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;
    /// As ProgramResult::status; nothing while it runs.
    [[nodiscard]] std::optional<int> status() const { return m_status; }

private:
    void reap(int options);

    std::filesystem::path m_folder; ///< holds what it reads and prints
    pid_t m_id = -1;
    std::optional<int> m_status;
};

/// Runs a program to its end, or kills it after `at_most`.
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& words,
                                        const ProgramOptions& options = {},
                                        std::chrono::milliseconds at_most = std::chrono::minutes(2));

/// The folder in which this program's file stands: its sister programs are there too.
[[nodiscard]] std::filesystem::path programs_folder();

} // namespace tally::server
