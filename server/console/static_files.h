#pragma once
/// Style sheets, script and icon, read once when the server starts.

#include "server/http/message.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace tally::server::console {

/// Where templates and static files are: TALLYBOOK_CONSOLE when set, else ../share/tallybook/console
/// beside the program, else the source tree that it was built from.
[[nodiscard]] std::filesystem::path console_dir();

class StaticFiles
{
public:
    /// Our own files of `folder`/static, and GOV.UK Frontend of `folder`/node_modules without its font
    /// (which is licensed for GOV.UK alone). Throws std::runtime_error, saying which script to run, when
    /// one is missing.
    explicit StaticFiles(const std::filesystem::path& folder);

    /// "/static/" and a digest of all files: a new version has a new address, so browsers may keep
    /// files for ever.
    [[nodiscard]] const std::string& prefix() const { return m_prefix; }
    /// For the route /static/{version}/{name}. Any version is answered; only the present one is cached.
    [[nodiscard]] Response get(std::string_view version, std::string_view name) const;

private:
    struct File
    {
        std::string type;
        std::string bytes;
    };
    void add(std::string name, std::string bytes);

    std::map<std::string, File, std::less<>> m_files;
    std::string m_prefix;
};

} // namespace tally::server::console
