#include "server/backup/backup.h"
#include "server/backup/beside.h"
#include "server/commands/commands.h"
#include "server/commands/services.h"
#include "server/erasure/erasure_list.h"
#include "server/ledger/ledger.h"
#include "server/ledger/verify.h"
#include "server/storage/backup_log.h"
#include "server/storage/missing_photos.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

struct BackupArguments : CommonArguments
{
    std::filesystem::path file;
    std::filesystem::path erasures;
    bool without_erasures = false;
    bool without_missing_photos = false;
};

/// The lists that say what was erased since a backup was made.
struct ErasureLists
{
    std::vector<std::filesystem::path> files;
    std::optional<Timestamp> newest; ///< the last thing that one of them knows
};

ErasureLists lists_for(const BackupArguments& arguments, const std::vector<std::filesystem::path>& backups)
{
    ErasureLists lists;
    std::vector<std::filesystem::path> candidates;
    for (const auto& backup : backups)
        candidates.push_back(erasures_beside(backup));
    if (!arguments.erasures.empty())
        candidates.push_back(arguments.erasures);
    for (const auto& file : candidates) {
        constexpr std::uint64_t bytes_max = 4ULL * 1024 * 1024 * 1024;
        const auto text = read_file(file, bytes_max);
        if (!text)
            continue;
        lists.files.push_back(file);
        for (const auto& line : read_lines(*text)) {
            const auto at = std::visit([](const auto& listed) { return listed.at; }, line);
            if (!lists.newest || at.ms > lists.newest->ms)
                lists.newest = at;
        }
    }
    return lists;
}

Error lists_missing(const BackupArguments& arguments)
{
    const auto name = arguments.file.string();
    return {
        "erasures_missing",
        "Nothing was restored: " + name +
            ".erasures is missing.\n"
            "It is the list of what was erased after the backup was made. Without it, stories that people "
            "have withdrawn would be here again.\n"
            "Look for the newest such list: where the backup was first written, beside a newer backup of "
            "this server, or erasures.list in the data folder of the server that is gone. Then say:\n"
            "  tallybook-server restore " +
            name +
            " --erasures LIST\n"
            "If there is none any more, say --without-erasures, and at once erase again what you have "
            "records of, such as slips with withdrawal codes:\n"
            "  tallybook-server erase CODE-OR-ENTRY --reason WHY",
        "--erasures"};
}

/// What whoever restores has to know of the lists that were read, and of what they cannot say.
void print_lists(const ErasureLists& lists)
{
    if (lists.files.empty()) {
        std::puts("No list of erasures was read: whatever was withdrawn or erased after this backup is here "
                  "again. Erase it again.");
        return;
    }
    std::puts("What was erased and revoked was read from:");
    for (const auto& file : lists.files)
        std::printf("  %s\n", file.c_str());
    if (lists.newest)
        std::printf("The newest of it is of %s. ", format_utc(*lists.newest).c_str());
    else
        std::fputs("Nothing was ever erased or revoked, by what stands there. ", stdout);
    std::puts(
        "If the old server ran on after this list was copied, look for a newer one (erasures.list in its "
        "data folder). To add it: stop the new server, append it to the erasures.list there, start again.");
}

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
    const auto made =
        make_backup(server.pool, server.keys, server.data, arguments.file, *server.clock,
                    arguments.without_missing_photos ? MissingPhotos::Accept : MissingPhotos::Refuse);
    if (!made)
        return refuse(made.error());
    services.erasure.note_backup(arguments.file);
    if (arguments.json)
        std::puts(json{{"file", arguments.file.string()},
                       {"tree_size", made->tree_size},
                       {"photos", made->photos},
                       {"photos_missing", made->photos_missing},
                       {"bytes", made->bytes}}
                      .dump()
                      .c_str());
    else
        std::printf(
            "Wrote %s: %lld rows of the ledger and %s. It holds the keys that open the evidence: keep "
            "it as safe as the server, together with %s.erasures.\n",
            arguments.file.c_str(), static_cast<long long>(made->tree_size),
            counted(made->photos, "photo", "photos").c_str(), arguments.file.filename().c_str());
    if (made->photos_missing > 0)
        std::fprintf(stderr, "tallybook-server: %s missing and not in it.\n",
                     counted(made->photos_missing, "photo is", "photos are").c_str());
    return 0;
}

int restore(const BackupArguments& arguments)
{
    const auto data = arguments.data.empty() ? default_data_dir("tallybook-server") : arguments.data;
    const auto backups = backups_beside(arguments.file); // none: it is no backup, which unpacking says better
    const auto lists = lists_for(arguments, backups);
    if (!backups.empty() && lists.files.empty() && !arguments.without_erasures)
        return refuse(lists_missing(arguments));
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
    const auto again = services.erasure.catch_up();
    // Which backups there are stood on the disk that is gone.
    for (const auto& known : backups)
        services.erasure.note_backup(known);
    auto database = server.pool.lease();
    const auto report = verify_ledger(*database, server.keys.signing.public_key);
    for (const auto& finding : report.findings)
        std::fprintf(stderr, "tallybook-server: %s\n", finding.text().c_str());
    const auto photos = find_photos(*database, server.photos());
    if (!photos.missing.empty())
        std::fprintf(stderr, "tallybook-server: %s\n", words_on_missing_photos(photos).c_str());
    if (arguments.json) {
        json files = json::array();
        for (const auto& file : lists.files)
            files.push_back(file.string());
        json document = {{"ok", report.ok()},
                         {"leaves", report.leaves},
                         {"photos_missing", photos.missing.size()},
                         {"erased_again", again.erased},
                         {"revoked_again", again.revoked},
                         {"erasure_lists", files}};
        if (lists.newest)
            document["newest_listed"] = format_utc(*lists.newest);
        std::puts(document.dump().c_str());
        return report.ok() ? 0 : 1;
    }
    if (report.ok())
        std::printf(
            "Restored %lld rows of the ledger; it is whole. Done again, because it came after the backup: "
            "%s erased, %s revoked.\n",
            static_cast<long long>(report.leaves),
            counted(static_cast<std::int64_t>(again.erased), "entry", "entries").c_str(),
            counted(static_cast<std::int64_t>(again.revoked), "device", "devices").c_str());
    print_lists(lists);
    return report.ok() ? 0 : 1;
}

} // namespace

void add_backup_commands(CLI::App& app, Command& chosen)
{
    {
        auto* command = app.add_subcommand("backup", "Copy the whole server into one file, while it runs");
        auto arguments = std::make_shared<BackupArguments>();
        command->add_option("FILE", arguments->file, "Where to write it")->required();
        command->add_flag("--without-missing-photos", arguments->without_missing_photos,
                          "Also when files of photos are gone, and no device has them any more");
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return backup(*arguments); }; });
    }
    {
        auto* command = app.add_subcommand("restore", "Make a server in an empty folder from a backup");
        auto arguments = std::make_shared<BackupArguments>();
        command->add_option("FILE", arguments->file, "The backup")->required();
        auto* list = command->add_option("--erasures", arguments->erasures,
                                         "A later erasures.list, if one survived; FILE.erasures, and those "
                                         "of other backups of this server "
                                         "beside it, are read without being asked for");
        command
            ->add_flag("--without-erasures", arguments->without_erasures,
                       "No such list is left: what people withdrew since comes back and must be erased again")
            ->excludes(list);
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return restore(*arguments); }; });
    }
}

} // namespace tally::server
