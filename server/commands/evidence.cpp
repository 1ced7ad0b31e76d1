#include "server/commands/commands.h"
#include "server/commands/context.h"
#include "server/ingest/bundle_import.h"
#include "server/ledger/export.h"
#include "server/ledger/rebuild.h"
#include "server/ledger/verify.h"
#include "server/storage/missing_photos.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>

namespace tally::server {
namespace {

using nlohmann::json;

struct FileArguments : CommonArguments
{
    std::filesystem::path file;
};

json to_json(const std::vector<Error>& errors)
{
    json list = json::array();
    for (const auto& error : errors)
        list.push_back({{"code", error.code}, {"message", error.message}, {"where", error.where}});
    return list;
}

void print_errors(const std::vector<Error>& errors)
{
    for (const auto& error : errors)
        std::fprintf(stderr, "tallybook-server: %s\n", error.text().c_str());
}

struct BundleArguments : FileArguments
{
    std::filesystem::path receipts;
    bool accepts_revoked = false;
};

int import_bundle_file(const BundleArguments& arguments)
{
    constexpr std::uint64_t bundle_bytes_max = 2ULL * 1024 * 1024 * 1024;
    const auto bytes = read_file(arguments.file, bundle_bytes_max);
    if (!bytes)
        return refuse(bytes.error());
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    auto& server = **opened;
    LedgerWriter writer(server.pool.url(), server.keys);
    ReferenceCache reference;
    AttachmentStore attachments(server.pool, server.photos());
    const EntryVault vault(attachments);
    IngestService ingest(server.pool, writer, reference, vault, *server.clock);
    const auto report = import_bundle(ingest, attachments, *server.clock, *bytes,
                                      arguments.accepts_revoked ? Senders::AlsoRevoked : Senders::Enrolled);
    if (!report)
        return refuse(report.error());
    ingest.comparison().compare_all();
    print_errors(report->problems);
    if (!arguments.receipts.empty())
        if (const auto written = write_file_durably(arguments.receipts, write_answer(*report, server.keys));
            !written)
            return refuse(written.error());
    if (arguments.json)
        std::puts(json{{"created", report->created},
                       {"existing", report->existing},
                       {"refused", report->refused},
                       {"photos", report->photos},
                       {"photos_existing", report->photos_existing},
                       {"problems", to_json(report->problems)}}
                      .dump()
                      .c_str());
    else
        std::printf("%s new, %s here already, %s refused; %s new\n",
                    counted(report->created, "entry is", "entries are").c_str(),
                    counted(report->existing, "was", "were").c_str(),
                    counted(report->refused, "was", "were").c_str(),
                    counted(report->photos, "photo is", "photos are").c_str());
    return report->problems.empty() ? 0 : 1;
}

int verify(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto report = verify_ledger(*database, (*server)->keys.signing.public_key);
    print_errors(report.findings);
    const auto photos = find_photos(*database, (*server)->photos());
    if (!photos.missing.empty())
        std::fprintf(stderr, "tallybook-server: %s\n", words_on_missing_photos(photos).c_str());
    if (arguments.json)
        std::puts(json{{"ok", report.ok()},
                       {"photos_missing", photos.missing.size()},
                       {"leaves", report.leaves},
                       {"entries", report.entries},
                       {"checkpoints", report.checkpoints},
                       {"findings", to_json(report.findings)}}
                      .dump()
                      .c_str());
    else if (report.ok())
        std::printf(
            "The ledger is whole: %lld rows, %lld entries, %lld signed checkpoints; every balance agrees.\n",
            static_cast<long long>(report.leaves), static_cast<long long>(report.entries),
            static_cast<long long>(report.checkpoints));
    else
        std::fputs(
            "tallybook-server: the ledger is NOT what was signed. Keep the database as it is, and restore a "
            "backup beside it to compare.\n",
            stderr);
    return report.ok() ? 0 : 1;
}

int rebuild(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto report = rebuild_ledger(*database);
    if (!report)
        return refuse(report.error());
    if (arguments.json)
        std::puts(json{{"leaves", report->leaves}, {"balances", report->balances}, {"agreed", report->agreed}}
                      .dump()
                      .c_str());
    else
        std::printf("Made %lld balances again from %lld rows of the log. %s\n",
                    static_cast<long long>(report->balances), static_cast<long long>(report->leaves),
                    report->agreed ? "They agree with what was there."
                                   : "They DIFFERED from what was there and have been replaced.");
    return report->agreed ? 0 : 1;
}

int export_file(const FileArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto report = export_ledger(*database, (*server)->keys, arguments.file);
    if (!report)
        return refuse(report.error());
    if (arguments.json)
        std::puts(json{{"rows", report->rows}, {"checkpoints", report->checkpoints}, {"bytes", report->bytes}}
                      .dump()
                      .c_str());
    else
        std::printf(
            "Wrote %lld rows and %lld signed checkpoints to %s. It holds no personal data. Check it with "
            "tallybook-verify.\n",
            static_cast<long long>(report->rows), static_cast<long long>(report->checkpoints),
            arguments.file.c_str());
    return 0;
}

void add_verify(CLI::App& parent, Command& chosen)
{
    auto* command = parent.add_subcommand("verify", "Check that the ledger is what was signed");
    auto arguments = std::make_shared<CommonArguments>();
    add_common(*command, *arguments, Reports::Json);
    command->callback([&chosen, arguments] { chosen = [arguments] { return verify(*arguments); }; });
}

void add_bundle_import(CLI::App& bundle, Command& chosen)
{
    auto* command = bundle.add_subcommand("import", "Take in a bundle that a device exported");
    auto arguments = std::make_shared<BundleArguments>();
    command->add_option("FILE", arguments->file, "The bundle")->required();
    command->add_option("--receipts", arguments->receipts,
                        "Write the receipts into this file, for `tallybook bundle receipts` on the device");
    command->add_flag("--accept-revoked", arguments->accepts_revoked,
                      "Also what a device holds that was revoked: it is your decision that it is honest");
    add_common(*command, *arguments, Reports::Json);
    command->callback(
        [&chosen, arguments] { chosen = [arguments] { return import_bundle_file(*arguments); }; });
}

void add_rebuild(CLI::App& ledger, Command& chosen)
{
    auto* command = ledger.add_subcommand("rebuild", "Make balances and lists again from the log");
    auto arguments = std::make_shared<CommonArguments>();
    add_common(*command, *arguments, Reports::Json);
    command->callback([&chosen, arguments] { chosen = [arguments] { return rebuild(*arguments); }; });
}

void add_export(CLI::App& ledger, Command& chosen)
{
    auto* command = ledger.add_subcommand("export", "Write the whole ledger to a file for auditors");
    auto arguments = std::make_shared<FileArguments>();
    command->add_option("FILE", arguments->file, "Where to write it")->required();
    add_common(*command, *arguments, Reports::Json);
    command->callback([&chosen, arguments] { chosen = [arguments] { return export_file(*arguments); }; });
}

} // namespace

void add_evidence_commands(CLI::App& app, Command& chosen)
{
    auto* bundle = app.add_subcommand("bundle", "Evidence on a USB stick")->require_subcommand(1);
    add_bundle_import(*bundle, chosen);
    add_verify(app, chosen);
    auto* ledger = app.add_subcommand("ledger", "The social value ledger")->require_subcommand(1);
    add_verify(*ledger, chosen);
    add_rebuild(*ledger, chosen);
    add_export(*ledger, chosen);
}

} // namespace tally::server
