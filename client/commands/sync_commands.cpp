#include "client/commands/commands.h"
#include "client/sync/bundle.h"
#include "client/sync/enrol.h"
#include "client/sync/sync.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

namespace tally::client {

namespace {

using Json = nlohmann::json;

struct EnrolArguments
{
    CommonArguments common;
    std::string code;
    bool pin_from_input = false;
};

struct SyncArguments
{
    CommonArguments common;
    int timeout_s = 30;
    bool no_photos = false;
};

struct WithdrawArguments
{
    CommonArguments common;
    std::string code;
};

struct BundleArguments
{
    CommonArguments common;
    std::filesystem::path file;
    bool everything = false;
    bool all_aside = false;
    std::vector<std::string> entries; ///< these alone, when there are any
};

/// Asks for a stop when the time is up.
class Deadline
{
public:
    explicit Deadline(std::chrono::seconds time)
        : m_thread([this, time](std::stop_token cancelled) {
              std::unique_lock lock(m_mutex);
              if (!m_wake.wait_for(lock, cancelled, time, [] { return false; }) &&
                  !cancelled.stop_requested())
                  m_source.request_stop();
          })
    {
    }
    [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::stop_source m_source;
    std::jthread m_thread;
};

int run_enrol(const EnrolArguments& arguments)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    std::optional<std::string> pin;
    if (arguments.pin_from_input)
        pin = line_from_input();
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    SystemRandom random;
    const auto identity = enrol(*store, arguments.code, pin, http_enrol_transports(), **clock, random);
    if (!identity)
        return refuse(identity.error());
    if (arguments.common.json) {
        print(Json{{"device", identity->device.text()},
                   {"name", identity->name},
                   {"mode", name_of(identity->mode)},
                   {"server", {{"name", identity->server_name}, {"address", identity->server}}}}
                  .dump() +
              "\n");
        return 0;
    }
    print("Enrolled as " + identity->name + " (" + std::string(name_of(identity->mode)) + ") with " +
          identity->server_name + ".\n");
    if (identity->mode == DeviceMode::Worker && !store->worker_key())
        std::cerr << "tallybook: without a PIN, entries cannot be read on this device after a restart. "
                     "Give one with --pin-stdin, or set it in the window.\n";
    return 0;
}

int run_sync(const SyncArguments& arguments)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    SystemRandom random;
    SyncOptions options;
    options.sends_photos = !arguments.no_photos;
    SyncRunner runner(*store, http_transports(), **clock, random, options);
    const Deadline deadline{std::chrono::seconds(arguments.timeout_s)};
    const auto result = runner.run(deadline.token());

    const SyncReport& done = runner.report();
    const Counts counts = store->counts();
    if (arguments.common.json) {
        Json json = {{"state", name_of(result ? SyncState::Idle : state_after(result.error()))},
                     {"created", done.created},
                     {"existing", done.existing},
                     {"rejected", done.rejected},
                     {"photos", done.photos},
                     {"changes", done.changes},
                     {"withdrawals", done.withdrawals},
                     {"again", done.again},
                     {"new_keys", done.new_keys},
                     {"outbox",
                      {{"entries", counts.unsent},
                       {"photos", counts.photos_waiting},
                       {"withdrawals", counts.withdrawals}}}};
        if (done.photo_problem)
            json["photo_problem"] = {{"code", done.photo_problem->code},
                                     {"message", done.photo_problem->message},
                                     {"photos", done.photos_refused}};
        if (!result)
            json["problem"] = {{"code", result.error().code}, {"message", result.error().message}};
        print(json.dump() + "\n");
    } else {
        print("Sent " + counted(static_cast<std::int64_t>(done.created), "entry", "entries") + " (" +
              std::to_string(done.existing) + " already there, " + std::to_string(done.rejected) +
              " rejected) and " + counted(static_cast<std::int64_t>(done.photos), "photo", "photos") +
              "; received " + counted(static_cast<std::int64_t>(done.changes), "change", "changes") +
              "; still waiting: " + counted(static_cast<std::int64_t>(counts.unsent), "entry", "entries") +
              ", " + counted(static_cast<std::int64_t>(counts.photos_waiting), "photo", "photos") + ".\n");
        if (done.photo_problem)
            print("Photos wait: " + done.photo_problem->message + "\n");
        if (done.new_keys > 0)
            print("This device has a new key.\n");
        if (done.again > 0)
            print("The server was restored from an older backup. " +
                  counted(done.again, "entry that it lacked was", "entries that it lacked were") +
                  " sent again.\n");
    }
    return result ? 0 : refuse(result.error());
}

int run_withdraw(const WithdrawArguments& arguments)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    const auto erased = store->withdraw_consent(arguments.code, (*clock)->now());
    if (!erased)
        return refuse(erased.error());
    const auto count = static_cast<std::int64_t>(*erased);
    if (arguments.common.json)
        print(Json{{"erased", count}, {"to_send", store->counts().withdrawals}}.dump() + "\n");
    else
        print(count > 0 ? "Erased " + counted(count, "entry", "entries") +
                              " on this device. The council's copy is erased with the next sync.\n"
                        : "Nothing on this device was given under that code. The next sync passes it on to "
                          "the council, which erases what belongs to it.\n");
    return 0;
}

int run_export(const BundleArguments& arguments)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    BundleContent content{arguments.everything ? Sending::Everything : Sending::Unsent};
    for (const std::string& text : arguments.entries) {
        const auto id = Uuid::parse(text);
        if (!id)
            return refuse(id.error());
        content.entries.push_back(*id);
    }
    if (arguments.all_aside) {
        for (const EntryState state : {EntryState::Rejected, EntryState::Conflict})
            for (const EntryRow& row : store->entries(state))
                content.entries.push_back(row.id);
        if (content.entries.empty())
            return refuse({"nothing_to_export", "No entry of this device was put aside."});
    }
    const auto written = export_bundle(*store, arguments.file, (*clock)->now(), content);
    const LeftBehind left = left_behind(*store);
    const char* const how_to_carry = " bundle export --all-aside writes what the server did not take, and "
                                     "--entry ID one entry.";
    if (!written && written.error().code == "nothing_to_export" && left.aside > 0)
        return refuse({written.error().code, written.error().message + how_to_carry});
    if (!written)
        return refuse(written.error());
    if (content.entries.empty() && !arguments.common.json && !words_for(left).empty())
        std::cerr << "tallybook: not in the file: " << words_for(left) << (left.aside > 0 ? how_to_carry : "")
                  << "\n";
    if (arguments.common.json)
        print(Json{{"entries", written->entries},
                   {"photos", written->photos},
                   {"bytes", written->bytes},
                   {"on_this_device", {{"put_aside", left.aside}, {"withdrawals", left.withdrawals}}}}
                  .dump() +
              "\n");
    else
        print("Wrote " + counted(static_cast<std::int64_t>(written->entries), "entry", "entries") + " and " +
              counted(static_cast<std::int64_t>(written->photos), "photo", "photos") +
              ". They stay on this device until the server has confirmed them.\n");
    return 0;
}

int run_receipts(const BundleArguments& arguments)
{
    const auto bytes = read_file(arguments.file, receipts_bytes_max);
    if (!bytes)
        return refuse(bytes.error());
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    const auto imported = import_receipts(*store, *bytes);
    if (!imported)
        return refuse(imported.error());
    const Counts counts = store->counts();
    if (arguments.common.json)
        print(Json{{"accepted", imported->accepted},
                   {"rejected", imported->rejected},
                   {"photos", imported->photos},
                   {"known", imported->known},
                   {"foreign", imported->foreign},
                   {"outbox", {{"entries", counts.unsent}, {"photos", counts.photos_waiting}}}}
                  .dump() +
              "\n");
    else
        print("The server has " + counted(imported->accepted, "entry", "entries") + " and " +
              counted(imported->photos, "photo", "photos") + " more, and could not take " +
              counted(imported->rejected, "entry", "entries") +
              "; still waiting: " + counted(counts.unsent, "entry", "entries") + ", " +
              counted(counts.photos_waiting, "photo", "photos") + ".\n");
    return 0;
}

} // namespace

void add_sync_commands(CLI::App& app, Command& chosen)
{
    auto* const enrol_command =
        app.add_subcommand("enrol", "Let this device in with an administrator's code");
    const auto enrolment = std::make_shared<EnrolArguments>();
    add_common(*enrol_command, enrolment->common, Reports::Json);
    enrol_command->add_option("CODE-OR-URL", enrolment->code, "CODE@ADDRESS, or the whole link")->required();
    enrol_command->add_flag("--pin-stdin", enrolment->pin_from_input,
                            "Read the worker's PIN from the first line of standard input");
    enrol_command->callback([enrolment, &chosen] { chosen = [enrolment] { return run_enrol(*enrolment); }; });

    auto* const sync_command = app.add_subcommand(
        "sync", "Send what waits, and fetch what changed. The window's settings for mobile data "
                "and a low battery do not hold here: see --no-photos");
    const auto syncing = std::make_shared<SyncArguments>();
    add_common(*sync_command, syncing->common, Reports::Json);
    sync_command->add_option("--timeout", syncing->timeout_s, "Seconds after which to stop")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    sync_command->add_flag("--no-photos", syncing->no_photos, "Leave photos here, as on mobile data");
    sync_command->callback([syncing, &chosen] { chosen = [syncing] { return run_sync(*syncing); }; });

    auto* const withdraw_command =
        app.add_subcommand("withdraw", "Erase what a person agreed to, by their withdrawal code");
    const auto withdrawing = std::make_shared<WithdrawArguments>();
    add_common(*withdraw_command, withdrawing->common, Reports::Json);
    withdraw_command->add_option("CODE", withdrawing->code, "Such as K7QD-3MHX")->required();
    withdraw_command->callback(
        [withdrawing, &chosen] { chosen = [withdrawing] { return run_withdraw(*withdrawing); }; });

    auto* const bundle_command = app.add_subcommand("bundle", "Carry entries on a USB stick");
    bundle_command->require_subcommand(1);
    auto* const export_command =
        bundle_command->add_subcommand("export", "Write everything unsent into one file");
    const auto exporting = std::make_shared<BundleArguments>();
    add_common(*export_command, exporting->common, Reports::Json);
    export_command->add_option("FILE", exporting->file, "The file to write")->required();
    auto* const everything = export_command->add_flag(
        "--everything", exporting->everything, "Also what the server acknowledged, in case it lost it");
    auto* const all_aside = export_command->add_flag("--all-aside", exporting->all_aside,
                                                     "The entries that the server did not take, alone");
    all_aside->excludes(everything);
    export_command
        ->add_option("--entry", exporting->entries, "This entry alone, such as one that was put aside")
        ->type_name("ID")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->excludes(everything)
        ->excludes(all_aside);
    export_command->callback(
        [exporting, &chosen] { chosen = [exporting] { return run_export(*exporting); }; });
    auto* const receipts_command = bundle_command->add_subcommand(
        "receipts", "Take in the receipts that the server wrote when it imported a bundle");
    const auto receiving = std::make_shared<BundleArguments>();
    add_common(*receipts_command, receiving->common, Reports::Json);
    receipts_command->add_option("FILE", receiving->file, "The file from the server")->required();
    receipts_command->callback(
        [receiving, &chosen] { chosen = [receiving] { return run_receipts(*receiving); }; });
}

} // namespace tally::client
