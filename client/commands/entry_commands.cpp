#include "client/capture/capture.h"
#include "client/commands/commands.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/entry_json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <iterator>

namespace tally::client {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t input_bytes_max = 16ULL * 1024 * 1024;

struct EntryArguments
{
    CommonArguments common;
    std::string id;
    std::string file;
    std::string reason;
    std::vector<std::filesystem::path> photos;
    bool pin_from_input = false;
    bool all = false;
    bool drops_photos = false;
};

/// What a command needs of the device.
struct Desk
{
    explicit Desk(Store opened, std::unique_ptr<Clock> now) : store(std::move(opened)), clock(std::move(now))
    {
    }

    Store store;
    std::unique_ptr<Clock> clock;
    SystemRandom random;
    Vault vault{store, random};
    Capture capture{store, vault, *clock, random};
};

Result<std::unique_ptr<Desk>> open_desk(const EntryArguments& arguments)
{
    auto clock = clock_from_environment();
    if (!clock)
        return clock.error();
    auto store = Store::open(arguments.common.data);
    if (!store)
        return store.error();
    auto desk = std::make_unique<Desk>(std::move(*store), std::move(*clock));
    if (arguments.pin_from_input)
        if (const auto unlocked = desk->vault.unlock(line_from_input()); !unlocked)
            return unlocked.error();
    return desk;
}

/// The entry's words as `capture` and `entry fix` read them.
Json input_of(const Entry& entry)
{
    Json json = Json::parse(protocol::write_entry(entry));
    for (const char* filled_by_device :
         {"format", "captured_at", "utc_offset_min", "clock_offset_ms", "author", "attachments"})
        json.erase(filled_by_device);
    return json;
}

Result<Entry> opened_entry(Desk& desk, const Uuid& id)
{
    auto entry = desk.vault.open_entry(id);
    if (!entry && entry.error().code == "locked")
        return Error{"locked", "Its words are locked. Give the PIN with --pin-stdin."};
    return entry;
}

int show(const EntryArguments& arguments)
{
    const auto id = Uuid::parse(arguments.id);
    if (!id)
        return refuse(id.error());
    const auto desk = open_desk(arguments);
    if (!desk)
        return refuse(desk.error());
    const auto entry = opened_entry(**desk, *id);
    if (!entry)
        return refuse(entry.error());
    print(input_of(*entry).dump(2) + "\n");
    return 0;
}

int send_again(const EntryArguments& arguments)
{
    if (arguments.id.empty() && !arguments.all) {
        refuse({"usage", "Name an entry, or say --all."});
        return 2;
    }
    const auto desk = open_desk(arguments);
    if (!desk)
        return refuse(desk.error());
    std::vector<Uuid> ids;
    if (arguments.all) {
        for (const EntryRow& row : (*desk)->store.entries(EntryState::Rejected))
            ids.push_back(row.id);
    } else {
        const auto id = Uuid::parse(arguments.id);
        if (!id)
            return refuse(id.error());
        ids.push_back(*id);
    }
    for (const Uuid& id : ids)
        if (const auto queued = (*desk)->store.send_again(id); !queued)
            return refuse(queued.error());
    const auto count = static_cast<std::int64_t>(ids.size());
    if (arguments.common.json)
        print(Json{{"queued", count}}.dump() + "\n");
    else
        print(counted(count, "entry goes", "entries go") + " with the next sync.\n");
    return 0;
}

Result<Uuid> put_right(Desk& desk, const EntryArguments& arguments, const Uuid& id)
{
    const auto text = arguments.file == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                                            : read_file(arguments.file, input_bytes_max);
    if (!text)
        return text.error();
    auto entry = protocol::parse_entry_input(*text);
    if (!entry)
        return entry.error();
    const auto row = desk.store.find_entry(id);
    if (!row)
        return Error{"unknown_entry", "That entry is not on this device."};
    CaptureRequest request;
    request.entry = std::move(*entry);
    request.puts_right = id;
    if (!arguments.reason.empty())
        request.entry.reason = arguments.reason;
    if (row->photos > 0 && !arguments.drops_photos) {
        const auto old = opened_entry(desk, id);
        if (!old)
            return Error{old.error().code, "It has photos, which only its own words open. Give the PIN with "
                                           "--pin-stdin, or leave them behind with --without-photos."};
        request.entry.attachments = old->attachments;
    }
    for (const auto& file : arguments.photos) {
        auto picture = prepare_photo_file(file);
        if (!picture)
            return Error{picture.error().code, picture.error().message, file.string()};
        request.pictures.push_back(std::move(*picture));
    }
    return desk.capture.save(request);
}

int fix(const EntryArguments& arguments)
{
    const auto id = Uuid::parse(arguments.id);
    if (!id)
        return refuse(id.error());
    const auto desk = open_desk(arguments);
    if (!desk)
        return refuse(desk.error());
    const auto saved = put_right(**desk, arguments, *id);
    if (!saved)
        return refuse(saved.error());
    if (arguments.common.json)
        print(Json{{"id", saved->text()}, {"replaces", id->text()}}.dump() + "\n");
    else
        print(saved->text() + "\n");
    return 0;
}

Result<std::string> take_back(Desk& desk, const EntryArguments& arguments, const Uuid& id)
{
    const auto row = desk.store.find_entry(id);
    if (!row)
        return Error{"unknown_entry", "That entry is not on this device."};
    if (is_put_aside(row->state)) {
        const auto taken = desk.store.take_back(id, desk.clock->now());
        return taken ? Result<std::string>(std::string()) : taken.error();
    }
    if (arguments.reason.empty())
        return Error{"reason_missing", "Say why with --reason: whoever counted it has to know."};
    CaptureRequest request;
    request.entry.action = EntryAction::Withdraw;
    request.entry.kind = row->kind;
    request.entry.amends = id;
    request.entry.reason = arguments.reason;
    const auto saved = desk.capture.save(request);
    return saved ? Result<std::string>(saved->text()) : saved.error();
}

int withdraw(const EntryArguments& arguments)
{
    const auto id = Uuid::parse(arguments.id);
    if (!id)
        return refuse(id.error());
    const auto desk = open_desk(arguments);
    if (!desk)
        return refuse(desk.error());
    const auto withdrawn = take_back(**desk, arguments, *id);
    if (!withdrawn)
        return refuse(withdrawn.error());
    if (arguments.common.json)
        print(Json{{"withdrawn", id->text()}, {"by", *withdrawn}}.dump() + "\n");
    else
        print(withdrawn->empty() ? "Taken back. It was never counted, and does not travel any more.\n"
                                 : "Withdrawn. The server hears of it with the next sync.\n");
    return 0;
}

/// Adds a command about one entry.
CLI::App* add_command(CLI::App& group, Command& chosen, const std::string& name, const std::string& what,
                      const std::shared_ptr<EntryArguments>& arguments, int (*run)(const EntryArguments&))
{
    auto* const command = group.add_subcommand(name, what);
    add_common(*command, arguments->common, Reports::Json);
    command->callback([arguments, run, &chosen] { chosen = [arguments, run] { return run(*arguments); }; });
    return command;
}

void add_pin(CLI::App& command, EntryArguments& arguments)
{
    command.add_flag("--pin-stdin", arguments.pin_from_input,
                     "Read the worker's PIN from the first line of standard input");
}

} // namespace

void add_entry_commands(CLI::App& app, Command& chosen)
{
    auto* const group =
        app.add_subcommand("entry", "One entry: read it, or see to one that the server could not take");
    group->require_subcommand(1);

    const auto showing = std::make_shared<EntryArguments>();
    auto* const show_command = add_command(
        *group, chosen, "show", "Its words, as JSON that `capture` and `entry fix` read", showing, show);
    show_command->add_option("ID", showing->id, "The entry")->required();
    add_pin(*show_command, *showing);

    const auto sending = std::make_shared<EntryArguments>();
    auto* const send_command = add_command(
        *group, chosen, "send-again", "Let a put-aside entry travel again as it is", sending, send_again);
    auto* const send_id = send_command->add_option("ID", sending->id, "The entry");
    auto* const send_all = send_command->add_flag("--all", sending->all, "Every rejected entry");
    send_id->excludes(send_all);

    const auto fixing = std::make_shared<EntryArguments>();
    auto* const fix_command = add_command(
        *group, chosen, "fix", "Say a put-aside entry right, in a new entry in its place", fixing, fix);
    fix_command->add_option("ID", fixing->id, "The put-aside entry")->required();
    fix_command
        ->add_option("FILE", fixing->file, "The whole corrected entry as JSON, or - for standard input")
        ->required();
    fix_command->add_option("--reason", fixing->reason, "Why, when it changes an entry that was counted");
    fix_command->add_option("--attach", fixing->photos, "One more photo (JPEG or PNG)")
        ->type_name("PHOTO")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    fix_command->add_flag("--without-photos", fixing->drops_photos, "Leave its photos behind");
    add_pin(*fix_command, *fixing);

    const auto withdrawing = std::make_shared<EntryArguments>();
    auto* const withdraw_command =
        add_command(*group, chosen, "withdraw", "Take an entry back", withdrawing, withdraw);
    withdraw_command->add_option("ID", withdrawing->id, "The entry")->required();
    withdraw_command->add_option("--reason", withdrawing->reason, "Why; needed once the server has it");
}

} // namespace tally::client
