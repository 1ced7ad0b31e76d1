#pragma once
/// What the commands have in common: where the data is, and how they report.

#include "shared/base/result.h"

#include <filesystem>
#include <functional>
#include <string>

// CLI11 is a heavy header; the files of single commands include it.
namespace CLI {
class App;
}

namespace tally::server {

struct CommonArguments
{
    std::filesystem::path data; ///< --data
    std::string database;       ///< --database, or empty for SQLite in the data folder
    bool json = false;          ///< --json
};

/// A chosen command: runs after the command line was read and gives the exit status.
using Command = std::function<int()>;

/// Adds --data, --database and --help to a command; --json when it reports.
enum class Reports
{
    Json,
    Nothing
};
void add_common(CLI::App& app, CommonArguments& arguments, Reports reports);

/// Prints "tallybook-server: ..." on standard error; gives 1.
int refuse(const Error& error);

} // namespace tally::server
