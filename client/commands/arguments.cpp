#include "client/commands/arguments.h"

#include "shared/base/files.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>

namespace tally::client {

void add_common(CLI::App& app, CommonArguments& arguments, Reports reports)
{
    arguments.data = default_data_dir("tallybook");
    const auto* const own =
        app.add_option("--data", arguments.data, "Folder of this device's data")->capture_default_str();
    CLI::App* program = &app;
    while (program->get_parent() != nullptr)
        program = program->get_parent();
    if (program != &app)
        program->get_option("--data")->each([own, &arguments](const std::string& folder) {
            if (own->count() == 0)
                arguments.data = folder;
        });
    if (reports == Reports::Json)
        app.add_flag("--json", arguments.json, "Report as one JSON document");
}

int refuse(const Error& error)
{
    std::fprintf(stderr, "tallybook: %s\n", error.text().c_str());
    return 1;
}

void print(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

std::string line_from_input()
{
    std::string line;
    std::getline(std::cin, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.pop_back();
    return line;
}

} // namespace tally::client
