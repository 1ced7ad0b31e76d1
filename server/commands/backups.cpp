#include "server/backup/backup.h"
#include "server/backup/beside.h"
#include "server/commands/commands.h"
#include "server/commands/services.h"
#include "server/ledger/ledger.h"
#include "server/ledger/verify.h"
#include "server/storage/backup_log.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

struct BackupArguments : CommonArguments
{
    std::filesystem::path file;
    std::filesystem::path erasures;
};

int backup(const BackupArguments& arguments)
{
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    auto& server = **opened;
    ServerServices services(server);
    services.erasure.catch_up();
    // Before it is there: when the power fails right after it got its name, erasures must reach it all the
    // same.
    if (std::error_code failure; !std::filesystem::exists(arguments.file, failure))
        services.erasure.note_backup(arguments.file);
    const auto made = make_backup(server.pool, server.keys, server.data, arguments.file, *server.clock);
    if (!made)
        return refuse(made.error());
    services.erasure.note_backup(arguments.file);
    if (arguments.json)
        std::puts(json{{"file", arguments.file.string()},
                       {"tree_size", made->tree_size},
                       {"photos", made->photos},
                       {"bytes", made->bytes}}
                      .dump()
                      .c_str());
    else
        std::printf(
            "Wrote %s: %lld rows of the ledger and %s. It holds the keys that open the evidence: keep "
            "it as safe as the server, together with %s.erasures.\n",
            arguments.file.c_str(), static_cast<long long>(made->tree_size),
            counted(made->photos, "photo", "photos").c_str(), arguments.file.filename().c_str());
    return 0;
}

int restore(const BackupArguments& arguments)
{
    const auto data = arguments.data.empty() ? default_data_dir("tallybook-server") : arguments.data;
    if (const auto unpacked = unpack_backup(arguments.file, data, arguments.database, arguments.erasures);
        !unpacked)
        return refuse(unpacked.error());
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    auto& server = **opened;
    {
        auto database = server.pool.lease();
        begin_database_epoch(*database, server.random);
        // It did not know of itself while it was made.
        if (const auto checkpoint = latest_checkpoint(*database))
            note_backup_made(*database, {checkpoint->tree_size, server.clock->now()});
    }
    ServerServices services(server);
    const auto erased = services.erasure.catch_up();
    // Which backups there are stood on the disk that is gone.
    for (const auto& known : backups_beside(arguments.file))
        services.erasure.note_backup(known);
    auto database = server.pool.lease();
    const auto report = verify_ledger(*database, server.keys.signing.public_key);
    for (const auto& finding : report.findings)
        std::fprintf(stderr, "tallybook-server: %s\n", finding.text().c_str());
    if (arguments.json)
        std::puts(
            json{{"ok", report.ok()}, {"leaves", report.leaves}, {"erased_again", erased}}.dump().c_str());
    else if (report.ok())
        std::printf(
            "Restored %lld rows of the ledger; it is whole. %s since the backup stayed erased.\n",
            static_cast<long long>(report.leaves),
            counted(static_cast<std::int64_t>(erased), "entry that was erased", "entries that were erased")
                .c_str());
    return report.ok() ? 0 : 1;
}

} // namespace

void add_backup_commands(CLI::App& app, Command& chosen)
{
    {
        auto* command = app.add_subcommand("backup", "Copy the whole server into one file, while it runs");
        auto arguments = std::make_shared<BackupArguments>();
        command->add_option("FILE", arguments->file, "Where to write it")->required();
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return backup(*arguments); }; });
    }
    {
        auto* command = app.add_subcommand("restore", "Make a server in an empty folder from a backup");
        auto arguments = std::make_shared<BackupArguments>();
        command->add_option("FILE", arguments->file, "The backup")->required();
        command->add_option("--erasures", arguments->erasures,
                            "A later erasures.list, if one survived; FILE.erasures is read by itself");
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return restore(*arguments); }; });
    }
}

} // namespace tally::server
