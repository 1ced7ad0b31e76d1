#include "server/commands/commands.h"

#include <CLI/CLI.hpp>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <exception>

/// Exit status: 0 done, 1 refused or failed (a sentence says why), 2 wrong usage.
int main(int argc, char** argv)
{
    using namespace tally::server;
    // By default each thread takes memory from an arena of its own and gives little of it back: forty devices
    // that send at once would cost twice the memory, and no time is saved, since one thread at a time writes.
    mallopt(M_ARENA_MAX, 2);
    // A connection that a client closes early is an answer to handle, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app(
        "Tallybook server: takes in sealed evidence, keeps the social value ledger, serves the console");
    app.name("tallybook-server");
    app.require_subcommand(1);
    Command chosen;
    add_serve_command(app, chosen);
    add_demo_command(app, chosen);
    add_administration_commands(app, chosen);
    add_evidence_commands(app, chosen);
    add_forgetting_commands(app, chosen);
    add_key_commands(app, chosen);
    add_backup_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return chosen();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "tallybook-server: %s\n", failure.what());
        return 1;
    }
}
