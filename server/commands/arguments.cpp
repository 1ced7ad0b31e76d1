#include "server/commands/arguments.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace tally::server {

void add_common(CLI::App& app, CommonArguments& arguments, Reports reports)
{
    app.add_option("--data", arguments.data, "Folder with the server's data")->type_name("DIR");
    app.add_option("--database", arguments.database,
                   "Database to use instead of SQLite in the data folder, such as postgres://user@host/name")
        ->type_name("URL");
    if (reports == Reports::Json)
        app.add_flag("--json", arguments.json, "Print one JSON document on standard output");
}

int refuse(const Error& error)
{
    std::fprintf(stderr, "tallybook-server: %s\n", error.text().c_str());
    return 1;
}

} // namespace tally::server
