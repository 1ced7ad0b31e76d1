#include "client/commands/commands.h"
#include "client/store/own_key.h"
#include "shared/base/encoding.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace tally::client {

namespace {

using Json = nlohmann::json;

Json to_json(OwnKey& key, const Identity& identity)
{
    const auto changed_at = key.changed_at();
    return {{"public_key", to_base64(identity.signing.public_key)},
            {"since", format_utc(changed_at.value_or(identity.enrolled_at))},
            {"waiting", key.is_waiting()}};
}

/// Opens the store and hands over the key of the present enrolment.
int with_own_key(const CommonArguments& arguments,
                 int (*run)(const CommonArguments&, OwnKey&, const Identity&))
{
    auto store = Store::open(arguments.data);
    if (!store)
        return refuse(store.error());
    const auto identity = store->identity();
    if (!identity)
        return refuse({"not_enrolled",
                       "This device is not enrolled yet. Enrol it with a code from the administrator."});
    OwnKey key(*store, *identity);
    return run(arguments, key, *identity);
}

int show(const CommonArguments& arguments, OwnKey& key, const Identity& identity)
{
    const Json document = to_json(key, identity);
    if (arguments.json)
        print(document.dump() + "\n");
    else
        print("In use since " + document.at("since").get<std::string>() +
              (key.is_waiting() ? "; a new one takes its place with the next sync.\n" : ".\n"));
    return 0;
}

int rotate(const CommonArguments& arguments, OwnKey& key, const Identity& identity)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    if (const auto made = key.make_next((*clock)->now()); !made)
        return refuse(made.error());
    if (arguments.json)
        print(to_json(key, identity).dump() + "\n");
    else
        print("This device has a new key. It takes the place of the old one with the next sync, or with the "
              "next bundle.\n");
    return 0;
}

} // namespace

void add_key_commands(CLI::App& app, Command& chosen)
{
    auto* const key =
        app.add_subcommand("key", "The key with which this device signs")->require_subcommand(1);
    const auto add = [&](const char* name, const char* what,
                         int (*run)(const CommonArguments&, OwnKey&, const Identity&)) {
        auto* const command = key->add_subcommand(name, what);
        const auto arguments = std::make_shared<CommonArguments>();
        add_common(*command, *arguments, Reports::Json);
        command->callback([arguments, run, &chosen] {
            chosen = [arguments, run] { return with_own_key(*arguments, run); };
        });
    };
    add("show", "Since when it is in use", show);
    add("rotate", "Make a new one, vouched for by the present one", rotate);
}

} // namespace tally::client
