#include "client/commands/commands.h"
#include "shared/base/files.h"
#include "shared/storage/database.h"

#if TALLYBOOK_HAS_WINDOW
#include "client/app/window.h"
#endif

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

int open_window(const tally::client::CommonArguments& arguments)
{
#if TALLYBOOK_HAS_WINDOW
    return tally::client::run_window(arguments.data);
#else
    static_cast<void>(arguments);
    std::fprintf(stderr, "tallybook: this program was built without its window. See tallybook --help.\n");
    return 1;
#endif
}

const char* advice(tally::storage::Failure failure)
{
    switch (failure) {
    case tally::storage::Failure::Full:
        return "There is no space left. What was saved before is safe; make room and try again.";
    case tally::storage::Failure::Busy:
        return "Another program has been using this device's data for too long. Try again.";
    case tally::storage::Failure::Damaged:
        return "This device's data is damaged. Copy the data folder away before doing anything else.";
    default:
        return "This device's data could not be used.";
    }
}

} // namespace

/// Exit status: 0 done, 1 refused or failed (a sentence says why), 2 wrong usage.
int main(int argc, char** argv)
{
    using namespace tally::client;
    // Keys of this device lie in its files; nobody else on the machine may read them.
    umask(077);
    // A connection that the server closes early is an answer to handle, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app(
        "Tallybook: captures what public contracts give back to a community, and syncs it when it can");
    app.name("tallybook");
    app.require_subcommand(0, 1);
    CommonArguments window;
    add_common(app, window, Reports::Nothing);
    Command chosen;
    add_sync_commands(app, chosen);
    add_key_commands(app, chosen);
    add_capture_commands(app, chosen);
    add_entry_commands(app, chosen);
    add_report_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return chosen ? chosen() : open_window(window);
    } catch (const tally::storage::DatabaseError& failure) {
        std::fprintf(stderr, "tallybook: %s (%s)\n", advice(failure.failure()), failure.what());
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "tallybook: %s\n", failure.what());
    }
    return 1;
}
