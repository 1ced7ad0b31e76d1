#pragma once
/// The subcommands of tallybook-server. Each function adds its own to the command line and notes in
/// `chosen` what to run when it was named.

#include "server/commands/arguments.h"

namespace tally::server {

void add_serve_command(CLI::App& app, Command& chosen);
void add_demo_command(CLI::App& app, Command& chosen);
/// user, device, contract, framework, questionnaire
void add_administration_commands(CLI::App& app, Command& chosen);
/// bundle, ledger, verify
void add_evidence_commands(CLI::App& app, Command& chosen);
/// erase, retention
void add_forgetting_commands(CLI::App& app, Command& chosen);
/// key
void add_key_commands(CLI::App& app, Command& chosen);
/// backup, restore
void add_backup_commands(CLI::App& app, Command& chosen);

} // namespace tally::server
