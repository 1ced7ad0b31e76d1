#include "server/accounts/accounts.h"
#include "server/commands/commands.h"
#include "server/commands/context.h"
#include "server/commands/public_address.h"
#include "server/commands/services.h"
#include "server/reference/contract_terms.h"
#include "server/reference/import.h"
#include "server/reference/reference_repository.h"
#include "server/storage/device_chain.h"
#include "server/storage/device_keys.h"
#include "shared/base/encoding.h"
#include "shared/protocol/enrolment.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace tally::server {
namespace {

using nlohmann::json;

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    std::fputc('\n', stdout);
}

// People.

struct UserArguments : CommonArguments
{
    std::string name;
    std::string email;
    std::string role;
    std::vector<std::string> contracts;
    bool password_stdin = false;
};

int add_user(const UserArguments& arguments)
{
    const auto role = role_named(arguments.role);
    if (!role)
        return refuse(
            {"bad_role", "A role is admin, manager, reviewer, champion, auditor or supplier.", "--role"});
    if (!arguments.password_stdin)
        return refuse({"bad_password", "Hand in the password on standard input with --password-stdin."});
    std::string password;
    std::getline(std::cin, password);
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = storage::Database::open((*server)->pool.url());
    if (!database)
        return refuse(database.error());
    Accounts accounts(std::move(*database), *(*server)->clock, (*server)->random);
    const auto user = accounts.add({arguments.name, arguments.email, *role, arguments.contracts, password});
    if (!user)
        return refuse(user.error());
    if (arguments.json)
        print(json{
            {"id", user->id}, {"name", user->name}, {"email", user->email}, {"role", name_of(user->role)}}
                  .dump());
    else
        print("Added " + user->name + " (" + user->email + ") as " + std::string(name_of(user->role)) + ".");
    return 0;
}

int list_users(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = storage::Database::open((*server)->pool.url());
    if (!database)
        return refuse(database.error());
    Accounts accounts(std::move(*database), *(*server)->clock, (*server)->random);
    json list = json::array();
    for (const auto& user : accounts.list()) {
        list.push_back({{"id", user.id},
                        {"name", user.name},
                        {"email", user.email},
                        {"role", name_of(user.role)},
                        {"contracts", user.contracts},
                        {"active", user.active}});
        if (!arguments.json)
            print(user.email + "  " + std::string(name_of(user.role)) + "  " + user.name +
                  (user.active ? "" : "  (not active)"));
    }
    if (arguments.json)
        print(list.dump());
    return 0;
}

// Devices.

Error no_device(const std::string& name)
{
    return {"not_found", "There is no device called \"" + name + "\". See: tallybook-server device list"};
}

struct DeviceArguments : CommonArguments
{
    std::string name;
    std::string mode = "worker";
    std::string person;  ///< e-mail of an account
    std::string address; ///< overrides the noted one
};

/// The account id for --person or another option that names somebody. Fails with `not_found`.
Result<std::string> account_id(ServerContext& server, const std::string& email,
                               const char* option = "--person")
{
    if (email.empty())
        return std::string();
    auto database = storage::Database::open(server.pool.url());
    if (!database)
        return database.error();
    Accounts accounts(std::move(*database), *server.clock, server.random);
    for (const auto& user : accounts.list())
        if (user.email == email)
            return user.id;
    return Error{"not_found", "Nobody has the e-mail address " + email + ". Add the person first.", option};
}

int make_code(const DeviceArguments& arguments)
{
    const auto mode = device_mode_named(arguments.mode);
    if (!mode)
        return refuse({"bad_mode", "A device is a worker's or a kiosk.", "--mode"});
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    const auto person = account_id(**server, arguments.person);
    if (!person)
        return refuse(person.error());
    auto database = (*server)->pool.lease();
    const auto made = make_device_code(*database, (*server)->random, (*server)->clock->now(), arguments.name,
                                       *mode, *person);
    if (!made)
        return refuse(made.error());
    const auto noted = read_public_address((*server)->data);
    const bool other = !arguments.address.empty();
    protocol::EnrolmentInvitation invitation{
        other ? arguments.address : noted.url, made->code, (*server)->keys.signing.public_key,
        (*server)->keys.sealing.public_key, other ? std::string() : noted.certificate_sha256};
    const std::string typed = protocol::format_enrolment_code(made->code) + "@" + invitation.server;
    const std::string link = protocol::format_invitation(invitation);
    if (arguments.json) {
        print(json{{"name", arguments.name},
                   {"mode", arguments.mode},
                   {"code", typed},
                   {"url", link},
                   {"expires_at", format_utc(made->expires_at)}}
                  .dump());
        return 0;
    }
    print("Enrolment code for " + arguments.name + ", good for one device within 15 minutes:");
    print("");
    print("  typed:  " + typed);
    print("  link:   " + link);
    print("");
    print("On the device: tallybook enrol '" + link + "'");
    return 0;
}

int list_all_devices(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto devices = list_devices(*database);
    if (arguments.json) {
        json list = json::array();
        for (const auto& device : devices)
            list.push_back(
                {{"id", device.id.text()},
                 {"name", device.name},
                 {"mode", name_of(device.mode)},
                 {"enrolled_at", format_utc(device.enrolled_at)},
                 {"last_seen_at", device.last_seen_at ? json(format_utc(*device.last_seen_at)) : json()},
                 {"revoked", device.revoked_at.has_value()},
                 {"entries", device.received},
                 {"outstanding", device.outstanding()}});
        print(list.dump());
        return 0;
    }
    if (devices.empty())
        print("No device is enrolled. Make a code with: tallybook-server device code NAME");
    for (const auto& device : devices)
        print(device.name + "  " + std::string(name_of(device.mode)) + "  " +
              std::to_string(device.received) + " entries, " + std::to_string(device.outstanding()) +
              " outstanding" + (device.revoked_at ? "  revoked" : ""));
    return 0;
}

std::string numbers_text(const ChainGap& gap)
{
    return gap.first == gap.last ? std::to_string(gap.first)
                                 : std::to_string(gap.first) + " to " + std::to_string(gap.last);
}

json to_json(const Device& device, const std::vector<ChainGap>& gaps, const std::vector<ChainNote>& notes,
             const std::vector<RefusedRecord>& refused)
{
    json document = {
        {"id", device.id.text()},
        {"name", device.name},
        {"mode", name_of(device.mode)},
        {"enrolled_at", format_utc(device.enrolled_at)},
        {"last_seen_at", device.last_seen_at ? json(format_utc(*device.last_seen_at)) : json()},
        {"revoked", device.revoked_at.has_value()},
        {"entries", device.received},
        {"highest", device.highest_seq},
        {"key", to_base64(device.public_key)},
        {"key_since", format_utc(device.key_changed_at.value_or(device.enrolled_at))},
        {"new_key_asked_at", device.new_key_asked_at ? json(format_utc(*device.new_key_asked_at)) : json()},
        {"key_disputed_at", device.key_disputed_at ? json(format_utc(*device.key_disputed_at)) : json()},
        {"outstanding", json::array()},
        {"told", json::array()},
        {"refused", json::array()}};
    if (device.clock_offset_ms) {
        document["clock_offset_ms"] = *device.clock_offset_ms;
        document["clock_uncertainty_ms"] = device.clock_uncertainty_ms;
    }
    for (const auto& gap : gaps)
        document["outstanding"].push_back(
            {{"first", gap.first}, {"last", gap.last}, {"since", format_utc(gap.since)}});
    for (const auto& note : notes)
        document["told"].push_back({{"number", note.seq},
                                    {"state", protocol::name_of(note.state)},
                                    {"digest", to_hex(note.digest)},
                                    {"at", format_utc(note.said_at)}});
    for (const auto& record : refused)
        document["refused"].push_back({{"entry", record.entry},
                                       {"code", record.code},
                                       {"message", record.message},
                                       {"received_at", format_utc(record.received_at)}});
    return document;
}

int show_device(const DeviceArguments& arguments)
{
    constexpr std::size_t rows_max = 10'000;
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto device = find_device_named(*database, arguments.name);
    if (!device)
        return refuse(no_device(arguments.name));
    const auto gaps = chain_gaps(*database, device->id, rows_max);
    const auto notes = chain_notes(*database, device->id, rows_max);
    const auto refused = refused_records(*database, device->id, rows_max);
    const auto tried = device->is_refused() ? refused_batch(*database, device->id) : std::nullopt;
    if (arguments.json) {
        json document = to_json(*device, gaps, notes, refused);
        if (tried)
            document["tried_to_send"] = {{"entries", tried->entries}, {"at", format_utc(tried->received_at)}};
        print(document.dump());
        return 0;
    }
    print(device->name + "  " + std::string(name_of(device->mode)) + (device->revoked_at ? "  revoked" : ""));
    print("  last seen " + (device->last_seen_at ? format_utc(*device->last_seen_at) : std::string("never")) +
          ", " + counted(device->received, "entry", "entries") + ", numbers up to " +
          std::to_string(device->highest_seq));
    print("  its key is in use since " + format_utc(device->key_changed_at.value_or(device->enrolled_at)) +
          (device->new_key_asked_at ? ", asked for a new one " + format_utc(*device->new_key_asked_at)
                                    : std::string()));
    if (device->key_disputed_at)
        print("  somebody else held a former key of it: another one was shown in its place " +
              format_utc(*device->key_disputed_at) + ". Revoke the device and enrol it again.");
    if (tried)
        print("  tried to send " + counted(tried->entries, "entry", "entries") + " at once, last " +
              format_utc(tried->received_at) + "; nothing was taken then");
    if (device->clock_offset_ms)
        print("  its clock is " + std::to_string(std::llabs(*device->clock_offset_ms) / 1000) + " s " +
              (*device->clock_offset_ms > 0 ? "behind" : "ahead of") + " the server's, to within " +
              std::to_string((device->clock_uncertainty_ms + 999) / 1000) + " s");
    for (const auto& gap : gaps)
        print("  outstanding: " + numbers_text(gap) + ", known since " + format_utc(gap.since));
    for (const auto& note : notes)
        print("  number " + std::to_string(note.seq) + ": " + std::string(protocol::name_of(note.state)) +
              " on the device, told " + format_utc(note.said_at));
    for (const auto& record : refused)
        print("  not taken: " + record.entry + ": " + record.message);
    return 0;
}

json to_json(const ChainCheck& check)
{
    return {{"records", check.records},
            {"links", check.links},
            {"broken", check.broken},
            {"twice", check.twice},
            {"without_record", check.without_record}};
}

std::string list_text(const std::vector<std::int64_t>& numbers)
{
    std::string text;
    for (const auto number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

void print_check(const Device& device, const ChainCheck& check)
{
    print(device.name + ": " + counted(check.records, "record", "records") + ", " +
          counted(check.links, "link", "links") + " to the one before fit, " +
          std::to_string(device.outstanding()) + " outstanding");
    if (!check.broken.empty())
        print("  do not name the record before them: " + list_text(check.broken));
    if (!check.twice.empty())
        print("  came twice with different content, as from a copied device: " + list_text(check.twice));
    if (!check.without_record.empty())
        print("  came and were erased, so that nothing is left to compare: " +
              list_text(check.without_record));
}

/// Follows the chain of one device, or of all.
int check_devices(const DeviceArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    bool is_whole = true;
    bool is_known = arguments.name.empty();
    json document = json::array();
    for (const auto& device : list_devices(*database)) {
        if (!arguments.name.empty() && device.name != arguments.name)
            continue;
        is_known = true;
        const auto check = check_chain(*database, device.id);
        is_whole = is_whole && check.broken.empty() && check.twice.empty();
        if (arguments.json) {
            document.push_back(to_json(check));
            document.back()["name"] = device.name;
            document.back()["outstanding"] = device.outstanding();
        } else {
            print_check(device, check);
        }
    }
    if (!is_known)
        return refuse(no_device(arguments.name));
    if (arguments.json)
        print(document.dump());
    return is_whole ? 0 : 1;
}

struct RestArguments : DeviceArguments
{
    bool is_off = false;
};

int revoke(const DeviceArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    if (const auto done = revoke_device(*database, arguments.name, (*server)->clock->now()); !done)
        return refuse(done.error());
    ServerServices(**server).erasure.note_revocations();
    print(arguments.name +
          " was revoked: nothing more is taken from it. What it still holds stays on it; should that be "
          "wanted after all: tallybook-server device accept-rest NAME, or bundle import FILE "
          "--accept-revoked.");
    return 0;
}

int new_key(const DeviceArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    if (const auto done = ask_for_new_key(*database, arguments.name, (*server)->clock->now()); !done)
        return refuse(done.error());
    print(arguments.name + " is asked to make itself a new key with its next sync. Until then the old one is "
                           "good. See: tallybook-server device show NAME");
    return 0;
}

int accept_rest(const RestArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto rest = arguments.is_off ? Rest::Refused : Rest::Accepted;
    if (const auto done = set_rest_of_device(*database, arguments.name, rest, (*server)->clock->now()); !done)
        return refuse(done.error());
    print(arguments.is_off ? "Nothing more is taken from " + arguments.name + "."
                           : "What " + arguments.name +
                                 " still holds is taken in, over the network and from sticks. It stays "
                                 "revoked. End it with --off once everything is here.");
    return 0;
}

// Files that a council loads.

struct ImportArguments : CommonArguments
{
    std::filesystem::path file;
    std::string framework; ///< for contracts that name none
    std::string reason;    ///< for changes of agreed contracts
    std::string person;    ///< e-mail of an account: who does it
    bool preview = false;
};

int report_import(const ImportReport& report, const ImportArguments& arguments)
{
    for (const auto& problem : report.problems)
        std::fprintf(stderr, "tallybook-server: %s\n", problem.text().c_str());
    if (!report.ok()) {
        std::fputs("tallybook-server: nothing was loaded. Correct the file and load it again.\n", stderr);
        return 1;
    }
    if (arguments.json) {
        print(json{{"added", report.added},
                   {"changed", report.changed},
                   {"unchanged", report.unchanged},
                   {"stored", !arguments.preview},
                   {"lines", report.lines}}
                  .dump());
        return 0;
    }
    for (const auto& line : report.lines)
        print(line);
    print(std::to_string(report.added) + " added, " + std::to_string(report.changed) + " changed, " +
          std::to_string(report.unchanged) + " unchanged" +
          (arguments.preview ? ". This was a preview: nothing was stored." : ""));
    return 0;
}

/// Fails with a sentence; the report has nothing but that then.
using Importer =
    std::function<Result<ImportReport>(storage::Database&, ServerContext&, const ImportArguments&)>;

int run_import(const ImportArguments& arguments, const Importer& importer)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    const auto report = importer(*database, **server, arguments);
    if (!report)
        return refuse(report.error());
    return report_import(*report, arguments);
}

/// Adds "NAME import FILE" and gives the group, for more commands, and the import's options.
std::pair<CLI::App*, CLI::App*> add_import(CLI::App& app, Command& chosen, const char* name, const char* what,
                                           const std::shared_ptr<ImportArguments>& arguments,
                                           Importer importer)
{
    auto* group = app.add_subcommand(name, std::string("Load ") + what)->require_subcommand(1);
    auto* import = group->add_subcommand("import", std::string("Load ") + what + " from a file");
    import->add_option("FILE", arguments->file, "File to load")->required();
    add_common(*import, *arguments, Reports::Json);
    import->callback([&chosen, arguments, importer = std::move(importer)] {
        chosen = [arguments, importer] { return run_import(*arguments, importer);
};
} // namespace
);
return {group, import};
} // namespace tally::server

// Contracts.

struct ContractArguments : CommonArguments
{
    std::string ref;
    std::string person; ///< e-mail of an account: who does it
};

/// The account that changes a contract; the command line itself when nobody is named. Fails with
/// `not_found`, or `forbidden` for somebody who could not do it in the console.
Result<std::string> changing_person(ServerContext& server, const std::string& email,
                                    std::string_view contract = {})
{
    if (email.empty())
        return std::string(command_line);
    const auto id = account_id(server, email, "--by");
    if (!id)
        return id.error();
    auto database = storage::Database::open(server.pool.url());
    if (!database)
        return database.error();
    const auto user = Accounts(std::move(*database), *server.clock, server.random).find(*id);
    const bool may_change = user && user->active && may(user->role, Permission::ManageContracts) &&
                            (contract.empty() || user->sees_contract(contract));
    if (!may_change)
        return Error{"forbidden",
                     email + " may not agree or change this contract. Name an administrator, or a "
                             "manager of the contract.",
                     "--by"};
    return *id;
}

int agree(const ContractArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    const auto person = changing_person(**server, arguments.person, arguments.ref);
    if (!person)
        return refuse(person.error());
    auto database = (*server)->pool.lease();
    const auto agreement = agree_contract(*database, arguments.ref, {*person, (*server)->clock->now(), ""});
    if (!agreement)
        return refuse(agreement.error());
    if (arguments.json)
        print(json{{"ref", arguments.ref}, {"agreed_at", format_utc(agreement->at)}}.dump());
    else
        print("The contract " + arguments.ref +
              " is agreed. From now on its terms change only with a reason, and every change is recorded.");
    return 0;
}

int show_history(const ContractArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    ReferenceRepository reference(*database);
    if (!reference.find_contract(arguments.ref))
        return refuse({"not_found", "There is no contract " + arguments.ref + "."});
    const auto text_or_null = [](const std::optional<std::string>& text) {
        return text ? json(*text) : json();
    };
    json list = json::array();
    for (const TermChange& change : reference.term_changes(arguments.ref)) {
        list.push_back({{"at", format_utc(change.at)},
                        {"by", change.by},
                        {"field", change.field},
                        {"measure", change.measure},
                        {"period", change.period},
                        {"was", text_or_null(change.was)},
                        {"became", text_or_null(change.became)},
                        {"reason", change.reason}});
        if (!arguments.json)
            print(format_utc(change.at) + "  " + in_words(change) +
                  (change.reason.empty() ? "" : "  (" + change.reason + ")"));
    }
    if (arguments.json)
        print(list.dump());
    else if (list.empty())
        print("Nothing has changed since the contract " + arguments.ref + " was loaded.");
    return 0;
}

void add_contract_commands(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<ImportArguments>();
    const auto [group, import] = add_import(
        app, chosen, "contract",
        "contracts with targets, events and places (.csv, .json, or Open Contracting .json)", arguments,
        [](storage::Database& database, ServerContext& server,
           const ImportArguments& given) -> Result<ImportReport> {
            const auto person = changing_person(server, given.person);
            if (!person)
                return person.error();
            ContractImport options;
            options.framework = given.framework;
            options.by = *person;
            options.reason = given.reason;
            options.run = given.preview ? ImportRun::Preview : ImportRun::Store;
            return import_contracts(database, given.file, *server.clock, options);
        });
    import->add_option("--framework", arguments->framework,
                       "ID or ID@VERSION of the set of measures, for contracts that name none");
    import->add_option("--reason", arguments->reason,
                       "Why the terms of an agreed contract change; stands in its history");
    import->add_option("--by", arguments->person,
                       "E-mail address of the administrator or manager who does it");
    import->add_flag("--preview", arguments->preview, "Report what would happen, and store nothing");

    auto* agreeing = group->add_subcommand("agree", "Lock the terms of a contract");
    auto agreed = std::make_shared<ContractArguments>();
    agreeing->add_option("REF", agreed->ref, "Reference of the contract")->required();
    agreeing->add_option("--by", agreed->person,
                         "E-mail address of the administrator or manager who does it");
    add_common(*agreeing, *agreed, Reports::Json);
    agreeing->callback([&chosen, agreed] { chosen = [agreed] { return agree(*agreed); }; });
    auto* history = group->add_subcommand("history", "Show how the terms of a contract changed");
    auto shown = std::make_shared<ContractArguments>();
    history->add_option("REF", shown->ref, "Reference of the contract")->required();
    add_common(*history, *shown, Reports::Json);
    history->callback([&chosen, shown] { chosen = [shown] { return show_history(*shown); }; });
}

// Frameworks.

int list_frameworks(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    ReferenceRepository reference(*database);
    json list = json::array();
    for (const FrameworkListing& listing : reference.frameworks()) {
        const auto framework = reference.find_framework(listing.id, listing.version);
        const auto local = std::ranges::count_if(
            framework->measures, [](const Measure& measure) { return !measure.local_set.empty(); });
        const auto day_or_null = [](const std::optional<Date>& day) {
            return day ? json(format_date(*day)) : json();
        };
        list.push_back({{"id", listing.id},
                        {"version", listing.version},
                        {"revision", listing.revision},
                        {"title", listing.title},
                        {"effective_from", day_or_null(framework->effective_from)},
                        {"effective_to", day_or_null(framework->effective_to)},
                        {"measures", framework->measures.size()},
                        {"local_measures", local}});
        if (!arguments.json)
            print(listing.id + "@" + listing.version + "  revision " + std::to_string(listing.revision) +
                  "  " + std::to_string(framework->measures.size()) + " measures" +
                  (local > 0 ? ", " + std::to_string(local) + " of them local" : "") + "  " + listing.title);
    }
    if (arguments.json)
        print(list.dump());
    return 0;
}

void add_framework_commands(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<ImportArguments>();
    const auto [group, import] =
        add_import(app, chosen, "framework",
                   "a set of measures (sv-framework/1) or a council's own beside one (sv-local/1)", arguments,
                   [](storage::Database& database, ServerContext& server,
                      const ImportArguments& given) -> Result<ImportReport> {
                       return import_framework(database, given.file, server.clock->now(),
                                               given.preview ? ImportRun::Preview : ImportRun::Store);
                   });
    import->add_flag("--preview", arguments->preview, "Report what would happen, and store nothing");
    auto* list = group->add_subcommand("list", "List the sets of measures and their editions");
    auto listing = std::make_shared<CommonArguments>();
    add_common(*list, *listing, Reports::Json);
    list->callback([&chosen, listing] { chosen = [listing] { return list_frameworks(*listing); }; });
}

} // namespace

void add_administration_commands(CLI::App& app, Command& chosen)
{
    auto* user = app.add_subcommand("user", "People who sign in to the console")->require_subcommand(1);
    auto* add = user->add_subcommand("add", "Add a person");
    auto new_user = std::make_shared<UserArguments>();
    add->add_option("NAME", new_user->name, "Name")->required();
    add->add_option("--email", new_user->email, "E-mail address, for signing in")->required();
    add->add_option("--role", new_user->role, "admin, manager, reviewer, champion, auditor or supplier")
        ->required();
    add->add_option("--contract", new_user->contracts,
                    "Reference of a contract that they work on (repeat for more)");
    add->add_flag("--password-stdin", new_user->password_stdin, "Read the password from standard input");
    add_common(*add, *new_user, Reports::Json);
    add->callback([&chosen, new_user] { chosen = [new_user] { return add_user(*new_user); }; });
    auto* people = user->add_subcommand("list", "List the people");
    auto listing = std::make_shared<CommonArguments>();
    add_common(*people, *listing, Reports::Json);
    people->callback([&chosen, listing] { chosen = [listing] { return list_users(*listing); }; });

    auto* device = app.add_subcommand("device", "Tablets and kiosks")->require_subcommand(1);
    auto* code = device->add_subcommand("code", "Make a one-time enrolment code");
    auto new_code = std::make_shared<DeviceArguments>();
    code->add_option("NAME", new_code->name, "Name of the device, such as Tablet 3")->required();
    code->add_option("--mode", new_code->mode, "worker or kiosk")->capture_default_str();
    code->add_option("--person", new_code->person,
                     "E-mail address of the worker, if they have an account here");
    code->add_option("--address", new_code->address, "Address at which the device reaches the server");
    add_common(*code, *new_code, Reports::Json);
    code->callback([&chosen, new_code] { chosen = [new_code] { return make_code(*new_code); }; });
    auto* list = device->add_subcommand("list", "List the devices");
    auto devices = std::make_shared<CommonArguments>();
    add_common(*list, *devices, Reports::Json);
    list->callback([&chosen, devices] { chosen = [devices] { return list_all_devices(*devices); }; });
    auto* showing = device->add_subcommand("show", "What came from a device, and which numbers did not");
    auto shown = std::make_shared<DeviceArguments>();
    showing->add_option("NAME", shown->name, "Name of the device")->required();
    add_common(*showing, *shown, Reports::Json);
    showing->callback([&chosen, shown] { chosen = [shown] { return show_device(*shown); }; });
    auto* checking = device->add_subcommand(
        "check", "Follow the chain of a device's records, each of which names the last");
    auto checked = std::make_shared<DeviceArguments>();
    checking->add_option("NAME", checked->name, "Name of the device; all when it is left out");
    add_common(*checking, *checked, Reports::Json);
    checking->callback([&chosen, checked] { chosen = [checked] { return check_devices(*checked); }; });
    auto* revoking = device->add_subcommand("revoke", "Take nothing more from a device");
    auto revoked = std::make_shared<DeviceArguments>();
    revoking->add_option("NAME", revoked->name, "Name of the device")->required();
    add_common(*revoking, *revoked, Reports::Nothing);
    auto* accepting =
        device->add_subcommand("accept-rest", "Take in what a revoked device still holds after all");
    auto accepted = std::make_shared<RestArguments>();
    accepting->add_option("NAME", accepted->name, "Name of the device")->required();
    accepting->add_flag("--off", accepted->is_off, "No longer");
    add_common(*accepting, *accepted, Reports::Nothing);
    accepting->callback([&chosen, accepted] { chosen = [accepted] { return accept_rest(*accepted); }; });
    auto* asking = device->add_subcommand("new-key", "Ask a device to make itself a new key");
    auto asked = std::make_shared<DeviceArguments>();
    asking->add_option("NAME", asked->name, "Name of the device")->required();
    add_common(*asking, *asked, Reports::Nothing);
    asking->callback([&chosen, asked] { chosen = [asked] { return new_key(*asked); }; });
    revoking->callback([&chosen, revoked] { chosen = [revoked] { return revoke(*revoked); }; });

    add_contract_commands(app, chosen);
    add_framework_commands(app, chosen);
    add_import(app, chosen, "questionnaire", "a questionnaire (sv-questionnaire/1)",
               std::make_shared<ImportArguments>(),
               [](storage::Database& database, ServerContext& server,
                  const ImportArguments& given) -> Result<ImportReport> {
                   return import_questionnaire(database, given.file, server.clock->now());
               });
}

} // namespace tally::server
