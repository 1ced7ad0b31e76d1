#pragma once
/// The subcommands of tallybook. Each function adds its own to the command line and notes in `chosen`
/// what to run when it was named.

#include "client/commands/arguments.h"

namespace tally::client {

/// capture, schema
void add_capture_commands(CLI::App& app, Command& chosen);
/// enrol, sync, withdraw, bundle
void add_sync_commands(CLI::App& app, Command& chosen);
/// key
void add_key_commands(CLI::App& app, Command& chosen);
/// entry
void add_entry_commands(CLI::App& app, Command& chosen);
/// status, entries
void add_report_commands(CLI::App& app, Command& chosen);

} // namespace tally::client
