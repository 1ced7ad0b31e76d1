#include "client/commands/commands.h"
#include "client/store/server_ledger.h"
#include "client/store/store.h"
#include "shared/base/encoding.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace tally::client {

namespace {

using Json = nlohmann::json;

/// Stands for `rejected` and `conflict`.
constexpr const char* put_aside = "put-aside";

struct EntriesArguments
{
    CommonArguments common;
    std::string state;
};

Json to_json(const EntryRow& row)
{
    Json json = {{"id", row.id.text()},
                 {"device", row.device.text()},
                 {"seq", row.seq},
                 {"kind", name_of(row.kind)},
                 {"action", name_of(row.action)},
                 {"captured_at", format_utc(row.captured_at)},
                 {"state", name_of(row.state)},
                 {"photos", row.photos},
                 {"photos_waiting", row.photos_waiting}};
    const auto add = [&json](const char* name, const std::string& text) {
        if (!text.empty())
            json[name] = text;
    };
    add("amends", row.amends ? row.amends->text() : "");
    add("replaced_by", row.replaced_by ? row.replaced_by->text() : "");
    add("code", row.code);
    add("question", row.question);
    add("note", row.note);
    add("decided_at", row.decided_at ? format_utc(*row.decided_at) : "");
    add("erased_at", row.erased_at ? format_utc(*row.erased_at) : "");
    add("erased_why", std::string(name_of(row.erased_why)));
    return json;
}

/// "3 min 20 s ahead".
std::string clock_words(const ClockOffset& offset)
{
    const std::int64_t seconds = std::llabs(offset.offset_ms) / 1'000;
    std::string words;
    if (const std::int64_t hours = seconds / 3'600; hours > 0)
        words += std::to_string(hours) + " h ";
    if (const std::int64_t minutes = seconds / 60 % 60; minutes > 0)
        words += std::to_string(minutes) + " min ";
    if (seconds < 600)
        words += std::to_string(seconds % 60) + " s ";
    return words + (offset.offset_ms < 0 ? "ahead" : "behind");
}

/// The state as `--state` takes it, and what it means where the word alone does not say.
std::string words_of(EntryState state)
{
    std::string word(name_of(state));
    if (state == EntryState::Duplicate)
        word += " (another entry counts the same work)";
    else if (state == EntryState::Split)
        word += " (divided between contracts)";
    return word;
}

std::string erasure_words(const EntryRow& row)
{
    std::string words = row.erased_at ? " on " + format_date(local_date(*row.erased_at, 0)) : "";
    switch (row.erased_why) {
    case ErasureReason::Unknown:
        return words;
    case ErasureReason::Withdrawal:
        return words + ": a person took their consent back";
    case ErasureReason::Staff:
        return words + ": the council decided it";
    case ErasureReason::Retention:
        return words + ": the time for which it may be kept is over";
    }
    return words;
}

std::string to_line(const EntryRow& row)
{
    std::string line = row.id.text() + "  " + format_utc(row.captured_at) + "  ";
    line += std::string(name_of(row.kind)) + " " + std::string(name_of(row.action)) + "  ";
    line += words_of(row.state);
    if (row.state == EntryState::Erased)
        line += erasure_words(row);
    else if (!row.question.empty())
        line += ": " + row.question;
    else if (!row.note.empty())
        line += ": " + row.note;
    return line + "\n";
}

int entries(const EntriesArguments& arguments)
{
    const bool is_aside = arguments.state == put_aside;
    std::optional<EntryState> state;
    if (!arguments.state.empty() && !is_aside)
        state = entry_state_named(arguments.state);
    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    auto rows = store->entries(state);
    if (is_aside)
        std::erase_if(rows, [](const EntryRow& row) { return !is_put_aside(row.state); });
    if (arguments.common.json) {
        Json list = Json::array();
        for (const EntryRow& row : rows)
            list.push_back(to_json(row));
        print(Json{{"entries", std::move(list)}}.dump() + "\n");
        return 0;
    }
    std::string text;
    for (const EntryRow& row : rows)
        text += to_line(row);
    if (is_aside && !rows.empty())
        text +=
            "\nFor each: tallybook entry send-again ID, entry show ID, entry fix ID FILE, entry withdraw ID, "
            "or bundle export FILE --entry ID.\n";
    print(text.empty() ? "No entries.\n" : text);
    return 0;
}

int status(const CommonArguments& arguments)
{
    auto store = Store::open(arguments.data);
    if (!store)
        return refuse(store.error());
    const auto identity = store->identity();
    const Counts counts = store->counts();
    if (arguments.json) {
        Json json = {{"enrolled", identity.has_value()},
                     {"entries", counts.entries},
                     {"outbox",
                      {{"entries", counts.unsent},
                       {"photos", counts.photos_waiting},
                       {"withdrawals", counts.withdrawals}}},
                     {"queried", counts.queried},
                     {"rejected", counts.rejected},
                     {"erased", counts.erased},
                     {"pin", store->worker_key().has_value()}};
        for (const PhotoProblem& problem : store->photo_problems())
            json["photo_problems"].push_back({{"entry", problem.entry.text()}, {"why", problem.why}});
        if (identity) {
            json["device"] = {{"id", identity->device.text()},
                              {"name", identity->name},
                              {"mode", name_of(identity->mode)},
                              {"enrolled_at", format_utc(identity->enrolled_at)}};
            json["server"] = {{"name", identity->server_name}, {"address", identity->server}};
            json["not_backed_up"] = ServerLedger(*store, *identity).entries_not_backed_up();
        }
        if (const auto offset = store->clock_offset()) {
            json["clock_offset_ms"] = offset->offset_ms;
            json["clock_uncertainty_ms"] = offset->uncertainty_ms;
        }
        print(json.dump() + "\n");
        return 0;
    }
    std::string text;
    if (identity)
        text += identity->name + " (" + std::string(name_of(identity->mode)) + "), enrolled with " +
                identity->server_name + " at " + identity->server + "\n";
    else
        text += "Not enrolled. Ask the administrator for a code, then: tallybook enrol CODE\n";
    text += counted(static_cast<std::int64_t>(counts.entries), "entry", "entries") + ", " +
            std::to_string(counts.unsent) + " to send, " +
            counted(static_cast<std::int64_t>(counts.photos_waiting), "photo", "photos") + " to send, " +
            std::to_string(counts.queried) + " with a question, " + std::to_string(counts.rejected) +
            " put aside, " + std::to_string(counts.erased) + " erased\n";
    if (const auto count = identity ? ServerLedger(*store, *identity).entries_not_backed_up() : 0; count > 0)
        text += counted(count, "entry at the server is", "entries at the server are") +
                " in no backup of it yet, as far as it said: keep this device\n";
    if (const auto offset = store->clock_offset(); offset && is_out_of_step(*offset))
        text += "This device's clock is " + clock_words(*offset) +
                ". Entries carry the difference; set the clock right all the same.\n";
    if (counts.rejected > 0)
        text += counted(counts.rejected, "entry", "entries") +
                " could not be taken: see tallybook entries --state put-aside\n";
    for (const PhotoProblem& problem : store->photo_problems())
        text += "A photo of " + problem.entry.text() + " could not be taken yet: " + problem.why + "\n";
    if (counts.withdrawals > 0)
        text += counted(counts.withdrawals, "withdrawal code", "withdrawal codes") +
                " still to be passed on to the council\n";
    print(text);
    return 0;
}

} // namespace

void add_report_commands(CLI::App& app, Command& chosen)
{
    auto* const status_command =
        app.add_subcommand("status", "Who this device is, and what waits to be sent");
    const auto common = std::make_shared<CommonArguments>();
    add_common(*status_command, *common, Reports::Json);
    status_command->callback([common, &chosen] { chosen = [common] { return status(*common); }; });

    auto* const entries_command =
        app.add_subcommand("entries", "The entries of this device and what became of them, newest first");
    const auto arguments = std::make_shared<EntriesArguments>();
    add_common(*entries_command, arguments->common, Reports::Json);
    entries_command->add_option("--state", arguments->state, "Only those in this state")
        ->check(
            CLI::IsMember({"unsent", "waiting", "queried", "accepted", "declined", "replaced", "withdrawn",
                           "duplicate", "split", "erased", "rejected", "conflict", put_aside}));
    entries_command->callback([arguments, &chosen] { chosen = [arguments] { return entries(*arguments); }; });
}

} // namespace tally::client
