#include "server/backup/beside.h"

#include "server/backup/tar.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace tally::server {
namespace fs = std::filesystem;
namespace {

/// The name of the ledger that a backup says it is of; empty when it is none.
std::string origin_of(const fs::path& file)
{
    constexpr std::uint64_t description_bytes_max = 64 * 1024;
    const auto member = read_first_member(file, description_bytes_max);
    if (!member || member->first != "tallybook-backup.json")
        return {};
    const auto description = nlohmann::json::parse(member->second, nullptr, false);
    const auto origin = description.is_object() ? description.find("origin") : description.end();
    return description.is_object() && origin != description.end() && origin->is_string()
               ? origin->get<std::string>()
               : std::string();
}

} // namespace

std::vector<fs::path> backups_beside(const fs::path& file)
{
    const auto origin = origin_of(file);
    std::vector<fs::path> found;
    std::error_code failure;
    const auto folder = fs::absolute(file).parent_path();
    if (!origin.empty())
        for (fs::directory_iterator at(folder, failure), end; at != end; at.increment(failure))
            if (at->is_regular_file(failure) && origin_of(at->path()) == origin)
                found.push_back(at->path());
    std::sort(found.begin(), found.end());
    return found;
}

fs::path erasures_beside(const fs::path& backup)
{
    return backup.string() + ".erasures";
}

} // namespace tally::server
