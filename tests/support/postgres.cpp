#include "tests/support/postgres.h"

#include "shared/storage/database.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tally::test {

namespace {

namespace fs = std::filesystem;

/// The newest /usr/lib/postgresql/*/bin.
fs::path programs_folder()
{
    std::vector<fs::path> found;
    const fs::path root = "/usr/lib/postgresql";
    if (fs::exists(root)) {
        for (const auto& entry : fs::directory_iterator(root)) {
            if (fs::exists(entry.path() / "bin" / "initdb"))
                found.push_back(entry.path() / "bin");
        }
    }
    if (found.empty())
        throw std::runtime_error("PostgreSQL is not installed: run scripts/setup");
    return *std::max_element(found.begin(), found.end());
}

/// PostgreSQL refuses to run as root, so root's children become the user postgres.
const passwd* other_user()
{
    if (geteuid() != 0)
        return nullptr;
    const passwd* const user = getpwnam("postgres");
    if (user == nullptr)
        throw std::runtime_error("The tests run as root, and there is no user postgres to run PostgreSQL");
    return user;
}

/// Starts a program that ends when this one does.
pid_t start(const std::vector<std::string>& words, const fs::path& log, const passwd* user)
{
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);

    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0)
        throw std::runtime_error("fork failed");
    if (child > 0)
        return child;

    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (user != nullptr &&
        (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    // SIGQUIT is PostgreSQL's immediate shutdown. Becoming another user clears this, so it comes after.
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || chdir("/") != 0)
        _exit(125);
    execv(arguments[0], arguments.data());
    _exit(127);
}

class Cluster
{
public:
    Cluster()
    {
        std::string name = (fs::temp_directory_path() / "tally-pg-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("mkdtemp failed: " + std::string(std::strerror(errno)));
        m_folder = name;
        const passwd* const user = other_user();
        if (user != nullptr && chown(m_folder.c_str(), user->pw_uid, user->pw_gid) != 0)
            throw std::runtime_error("chown failed");

        const fs::path programs = programs_folder();
        const pid_t initdb = start({programs / "initdb", "-D", m_folder / "data", "-U", "tally", "-A",
                                    "trust", "-E", "UTF8", "--locale=C", "--no-sync"},
                                   m_folder / "initdb.log", user);
        int status = 0;
        if (waitpid(initdb, &status, 0) != initdb || status != 0)
            throw std::runtime_error("initdb failed; see " + (m_folder / "initdb.log").string());
        m_server = start({programs / "postgres", "-D", m_folder / "data", "-k", m_folder, "-c",
                          "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
                          "shared_buffers=32MB"},
                         m_folder / "postgres.log", user);
        wait_until_ready();
    }

    ~Cluster()
    {
        kill(m_server, SIGQUIT);
        int status = 0;
        waitpid(m_server, &status, 0);
        std::error_code ignored;
        fs::remove_all(m_folder, ignored);
    }

    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    [[nodiscard]] std::string url(const std::string& database) const
    {
        return "host=" + m_folder.string() + " user=tally dbname=" + database;
    }

private:
    void wait_until_ready() const
    {
        std::string why;
        for (int attempt = 0; attempt < 600; ++attempt) {
            auto database = storage::Database::open(url("postgres"));
            if (database)
                return;
            why = database.error().message;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        throw std::runtime_error("PostgreSQL did not start: " + why);
    }

    fs::path m_folder;
    pid_t m_server = -1;
};

} // namespace

std::string fresh_postgres_url()
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    static const Cluster cluster;
    static int count = 0;

    const std::string name = "test_" + std::to_string(++count);
    auto database = storage::Database::open(cluster.url("postgres"));
    if (!database)
        throw std::runtime_error(database.error().message);
    database->run_script("CREATE DATABASE " + name);
    return cluster.url(name);
}

void empty_postgres(const std::string& url)
{
    auto database = storage::Database::open(url);
    if (!database)
        throw std::runtime_error(database.error().message);
    database->run_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
}

} // namespace tally::test
