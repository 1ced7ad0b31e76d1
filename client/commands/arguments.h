#pragma once
/// What the commands have in common: where the data is, and how they report.

#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/time.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// CLI11 is a heavy header; the files of single commands include it.
namespace CLI {
class App;
}

namespace tally::client {

struct CommonArguments
{
    std::filesystem::path data; ///< --data
    bool json = false;          ///< --json
};

/// A chosen command: runs after the command line was read and gives the exit status.
using Command = std::function<int()>;

enum class Reports
{
    Json,
    Nothing
};

/// Adds --data and, for a command that reports, --json. To the program itself first: --data may stand before
/// the command's name too. Both must outlive the parsing.
void add_common(CLI::App& app, CommonArguments& arguments, Reports reports);

/// Prints "tallybook: ..." on standard error; gives 1.
int refuse(const Error& error);

/// Prints on standard output and gives it out of the program's hands at once: whoever reads it may rely
/// on what it says although the program is killed next.
void print(std::string_view text);

/// The first line of standard input, such as a PIN.
std::string line_from_input();

} // namespace tally::client
