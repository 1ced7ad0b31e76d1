#include "client/platform/sticks.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

namespace tally::client::platform {

namespace {

/// Spaces and the like stand in the list of mounts as a backslash and three octal digits.
std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digits = text.substr(i).substr(1, 3);
        const bool is_escape =
            text[i] == '\\' && digits.size() == 3 &&
            std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '7'; });
        if (is_escape) {
            plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

} // namespace

std::optional<Stick> stick_at(const std::filesystem::path& folder)
{
    std::error_code failed;
    if (!std::filesystem::is_directory(folder, failed))
        return std::nullopt;
    Stick stick;
    stick.folder = folder;
    stick.name = folder.filename().string();
    struct statvfs found = {};
    if (::statvfs(folder.c_str(), &found) == 0) {
        stick.free_bytes =
            static_cast<std::int64_t>(found.f_bavail) * static_cast<std::int64_t>(found.f_frsize);
        stick.is_read_only = (found.f_flag & ST_RDONLY) != 0;
    }
    stick.is_read_only = stick.is_read_only || ::access(folder.c_str(), W_OK) != 0;
    return stick;
}

std::vector<Stick> plugged_in_sticks(const std::filesystem::path& mounts)
{
    std::vector<Stick> sticks;
    if (const char* given = std::getenv("TALLYBOOK_STICKS"); given != nullptr) {
        std::istringstream folders(given);
        for (std::string folder; std::getline(folders, folder, ':');)
            if (auto stick = stick_at(folder))
                sticks.push_back(std::move(*stick));
    } else {
        std::ifstream lines(mounts);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string device;
            std::string folder;
            fields >> device >> folder;
            folder = unescaped(folder);
            const bool is_stick = folder.starts_with("/media/") || folder.starts_with("/run/media/");
            if (is_stick)
                if (auto stick = stick_at(folder))
                    sticks.push_back(std::move(*stick));
        }
    }
    std::sort(sticks.begin(), sticks.end(), [](const Stick& a, const Stick& b) { return a.name < b.name; });
    return sticks;
}

} // namespace tally::client::platform
