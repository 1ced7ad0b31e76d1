#pragma once
/// The real server and the real client with data folders of their own, for outer tests.

#include "server/demo/program.h"
#include "tests/support/temporary_folder.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tally::test {

using server::ProgramResult;
using Words = std::vector<std::string>;
/// Added to ours for a program.
using Environment = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* test_password = "correct horse battery";

/// A server with two contracts on the Lancashire measures, and nobody in it. Not started yet.
class ServerUnderTest
{
public:
    /// `database` is an address for --database; empty for SQLite in the data folder.
    explicit ServerUnderTest(std::string database = {});

    /// For every program of it that starts from now on.
    void set_environment(Environment environment) { m_environment = std::move(environment); }

    /// Starts `serve` with these further options on a free port, the same one after a restart. Throws when it
    /// does not come up.
    void start(const Words& options = {});
    /// As an operator does, with SIGTERM. What it left: its exit status, and all that it printed to the very
    /// end. Killed (137) when it has not ended after a minute; -1 when it was not running.
    ProgramResult stop();
    /// As a power cut does.
    void kill();
    [[nodiscard]] bool is_running() const { return m_process != nullptr; }

    /// "http://127.0.0.1:40001", once it was started.
    [[nodiscard]] const std::string& address() const { return m_address; }
    [[nodiscard]] const std::filesystem::path& data() const { return m_folder.path(); }
    /// Its process, while it runs.
    [[nodiscard]] pid_t process_id() const { return m_process ? m_process->id() : -1; }
    /// Standard error of the running server.
    [[nodiscard]] std::string log() const { return m_process ? m_process->err() : std::string(); }

    /// `tallybook-server WORDS... --data ...`
    ProgramResult command(Words words, const std::string& input = {}) const;
    /// Throws with what it printed unless it succeeded.
    std::string must(Words words, const std::string& input = {}) const;

    void add_user(const std::string& name, const std::string& email, const std::string& role,
                  const Words& contracts = {}) const;
    /// A code as typed, CODE@ADDRESS. `person` is the e-mail of the worker's own account, if any.
    [[nodiscard]] std::string device_code(const std::string& name, const std::string& mode = "worker",
                                          const std::string& person = {}) const;
    /// The ledger's latest checkpoint.
    [[nodiscard]] std::string checkpoint() const;

private:
    TemporaryFolder m_folder;
    std::string m_database;
    Environment m_environment;
    std::unique_ptr<server::Program> m_process;
    std::string m_address;
    std::string m_listen = "127.0.0.1:0";
};

class DeviceUnderTest
{
public:
    DeviceUnderTest() = default;
    /// Enrolled with a PIN unless it is a kiosk.
    DeviceUnderTest(const ServerUnderTest& server, const std::string& name,
                    const std::string& mode = "worker", const std::string& person = {});

    /// For every program on it that starts from now on.
    void set_environment(Environment environment) { m_environment = std::move(environment); }

    ProgramResult command(Words words, const std::string& input = {}, const std::string& clock = {}) const;
    std::string must(Words words, const std::string& input = {}, const std::string& clock = {}) const;
    nlohmann::json must_json(Words words) const;

    /// Captures one entry and gives its id.
    std::string capture(const nlohmann::json& entry, const Words& photos = {}) const;
    /// The device's own entries by id, as `entries --json` shows them.
    [[nodiscard]] nlohmann::json entry(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> entry_ids() const;
    /// The words of a `tallybook` command on this device, to start it by hand.
    [[nodiscard]] Words words(Words command) const;
    [[nodiscard]] const Environment& environment() const { return m_environment; }

    [[nodiscard]] const std::filesystem::path& data() const { return m_folder.path(); }

private:
    TemporaryFolder m_folder;
    Environment m_environment;
};

/// Input for `tallybook capture`, valid until a test changes it. Dates are today's; hours are of another
/// person at each call, and from the 401st on of the day before.
[[nodiscard]] nlohmann::json hours_input(const std::string& measure = "NT86");
[[nodiscard]] nlohmann::json story_input();
[[nodiscard]] nlohmann::json feedback_input();
[[nodiscard]] nlohmann::json delivery_input(const std::string& measure = "NT18",
                                            const std::string& quantity = "1250.50");

/// A JPEG that no other seed gives.
std::filesystem::path write_photo(const std::filesystem::path& folder, unsigned seed);

} // namespace tally::test
