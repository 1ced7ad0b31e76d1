#include "server/commands/commands.h"
#include "server/commands/context.h"
#include "shared/base/encoding.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

json to_json(const ServerKeys& keys)
{
    json changes = json::array();
    for (const auto& bytes : keys.changes)
        if (const auto change = protocol::parse_key_change(bytes))
            changes.push_back({{"at", format_utc(change->made_at)},
                               {"tree_size", change->signed_up_to},
                               {"verifier_key", protocol::verifier_key(keys.origin, change->new_key)}});
    return {{"verifier_key", protocol::verifier_key(keys.origin, keys.signing.public_key)},
            {"first_verifier_key", protocol::verifier_key(keys.origin, first_signing_key(keys))},
            {"changes", std::move(changes)}};
}

int show(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    const json document = to_json((*server)->keys);
    if (arguments.json) {
        std::puts(document.dump().c_str());
        return 0;
    }
    std::printf("Verifier key: %s\n", document.at("verifier_key").get<std::string>().c_str());
    for (const auto& change : document.at("changes"))
        std::printf("Changed %s, at %lld rows of the ledger\n", change.at("at").get<std::string>().c_str(),
                    change.at("tree_size").get<long long>());
    return 0;
}

int rotate(const CommonArguments& arguments)
{
    auto server = open_server(arguments);
    if (!server)
        return refuse(server.error());
    auto database = (*server)->pool.lease();
    rotate_server_keys(*database, (*server)->random, (*server)->clock->now());
    const json document = to_json(load_or_make_server_keys(*database, (*server)->random));
    if (arguments.json)
        std::puts(document.dump().c_str());
    else
        std::printf(
            "The server has new keys. Start every tallybook-server process again now: until then they "
            "take nothing in.\nDevices learn of it by themselves; what was signed before stays "
            "valid. Make a backup: older ones hold the former keys.\nVerifier key: %s\n",
            document.at("verifier_key").get<std::string>().c_str());
    return 0;
}

} // namespace

void add_key_commands(CLI::App& app, Command& chosen)
{
    auto* key = app.add_subcommand("key", "The server's signing and sealing keys")->require_subcommand(1);
    const auto add = [&](const char* name, const char* what, int (*run)(const CommonArguments&)) {
        auto* command = key->add_subcommand(name, what);
        auto arguments = std::make_shared<CommonArguments>();
        add_common(*command, *arguments, Reports::Json);
        command->callback(
            [&chosen, arguments, run] { chosen = [arguments, run] { return run(*arguments); }; });
    };
    add("show", "The present key, and how it came from the first", show);
    add("rotate", "Make new keys, vouched for by the present ones", rotate);
}

} // namespace tally::server
