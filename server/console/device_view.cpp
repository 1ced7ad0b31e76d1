#include "server/console/device_view.h"

#include "server/console/words.h"

#include <algorithm>
#include <cstdlib>

namespace tally::server::console {
namespace {

using protocol::ChainState;

constexpr std::int64_t clock_offset_shown_ms = 60'000;
/// A device that is used syncs every day.
constexpr std::int64_t silent_after_ms = 3LL * 24 * 3600 * 1000;

/// Numbers that did not come, and what the device says of them.
struct Outstanding
{
    std::int64_t first = 0;
    std::int64_t last = 0;
    Timestamp since;
    bool is_put_aside = false;
};

/// Gaps, divided where the device says that it put a number aside.
std::vector<Outstanding> outstanding_of(const DevicePageInput& input)
{
    std::vector<Outstanding> list;
    for (const ChainGap& gap : input.gaps) {
        std::int64_t first = gap.first;
        for (const ChainNote& note : input.notes) {
            if (note.seq < first || note.seq > gap.last || note.state != ChainState::PutAside)
                continue;
            if (first < note.seq)
                list.push_back({first, note.seq - 1, gap.since});
            list.push_back({note.seq, note.seq, gap.since, true});
            first = note.seq + 1;
        }
        if (first <= gap.last)
            list.push_back({first, gap.last, gap.since});
    }
    return list;
}

const char* advice_for(const Outstanding& numbers, const Device& device, const Clock& clock)
{
    if (device.revoked_at)
        return device.rest_accepted_at
                   ? "Let the device sync, or take in a bundle from it."
                   : "The device was revoked. Decide below whether what it still holds is taken in.";
    if (numbers.is_put_aside)
        return "The worker sees the reason on the device and can put it right, send it again or take it "
               "back.";
    const bool is_silent = !device.last_seen_at || clock.now().ms - device.last_seen_at->ms > silent_after_ms;
    return is_silent ? "Bring the device to a network, or carry its entries over on a USB stick."
                     : "The device is asked for them and sends them with its next sync. If they stay away, "
                       "carry everything over: tallybook bundle export FILE --everything.";
}

const char* words_for(ChainState state)
{
    switch (state) {
    case ChainState::Erased:
        return "Erased on the device before it was sent";
    case ChainState::Withdrawn:
        return "The server could not take it, and the worker took it back";
    case ChainState::Replaced:
        return "The server could not take it, and the worker put it right in another entry";
    case ChainState::PutAside:
        break;
    }
    return "The server could not take it: it waits on the device";
}

View fact(std::string name, std::string text, std::string minor = {})
{
    View view = object();
    view.set("name", std::move(name));
    view.set("text", std::move(text));
    set_text(view, "minor", minor);
    return view;
}

ViewList facts_of(const DevicePageInput& input, const Clock& clock)
{
    const Device& device = input.device;
    ViewList facts;
    facts.push_back(fact("For", device.mode == DeviceMode::Kiosk ? "Residents, as a kiosk" : "A worker"));
    if (!input.person.empty())
        facts.push_back(fact("Person", input.person));
    facts.push_back(fact("Enrolled", moment(device.enrolled_at, clock)));
    if (device.revoked_at)
        facts.push_back(fact("Revoked", moment(*device.revoked_at, clock),
                             device.rest_accepted_at
                                 ? "What it still holds is taken in since " +
                                       moment(*device.rest_accepted_at, clock) + "."
                                 : "Nothing more is taken from it. What it sent before stays counted."));
    if (device.is_refused() && input.tried)
        facts.push_back(fact(
            "Tried to send",
            counted(input.tried->entries, "entry", "entries") + " at once, last " +
                moment(input.tried->received_at, clock),
            "Nothing was taken. The device keeps its entries until they are let in, here or from a stick."));
    facts.push_back(fact("Key",
                         "In use since " + moment(device.key_changed_at.value_or(device.enrolled_at), clock),
                         device.new_key_asked_at && !device.revoked_at
                             ? "Asked for a new one " + moment(*device.new_key_asked_at, clock) +
                                   ". The device makes it with its next sync."
                             : ""));
    facts.push_back(fact("Last seen",
                         device.last_seen_at ? moment(*device.last_seen_at, clock) : std::string("Not yet")));
    const std::string clock_text = clock_words(device);
    if (!clock_text.empty())
        facts.push_back(fact("Clock", "Its clock is " + clock_text,
                             "Entries carry the difference. Ask the worker to set it right."));
    else if (device.clock_offset_ms)
        facts.push_back(fact("Clock", "In step with the server’s"));
    facts.push_back(fact("Entries received", std::to_string(device.received)));
    facts.push_back(fact("Highest number", std::to_string(device.highest_seq)));
    return facts;
}

} // namespace

std::string numbers_text(std::int64_t first, std::int64_t last)
{
    return first == last ? std::to_string(first) : std::to_string(first) + " to " + std::to_string(last);
}

std::string clock_words(const Device& device)
{
    const std::int64_t offset = device.clock_offset_ms.value_or(0);
    if (std::llabs(offset) - device.clock_uncertainty_ms < clock_offset_shown_ms)
        return "";
    return duration(std::llabs(offset) / 60'000) + (offset > 0 ? " behind" : " ahead of") + " the server’s";
}

View device_state(const Device& device)
{
    View view = object();
    const bool revoked = device.revoked_at.has_value();
    view.set("name", revoked ? "declined" : "accepted");
    view.set("word", revoked ? "Revoked" : "Enrolled");
    view.set("icon", icon(revoked ? "declined" : "accepted"));
    return view;
}

View device_view(const DevicePageInput& input, const Clock& clock)
{
    const Device& device = input.device;
    View view = object();
    view.set("device_name", device.name);
    view.set("state", device_state(device));
    set_list(view, "facts", facts_of(input, clock));

    ViewList rows;
    for (const Outstanding& numbers : outstanding_of(input)) {
        View row = object();
        row.set("numbers", numbers_text(numbers.first, numbers.last));
        row.set("since", moment(numbers.since, clock));
        row.set("says", numbers.is_put_aside ? words_for(ChainState::PutAside) : "Nothing so far");
        row.set("advice", advice_for(numbers, device, clock));
        rows.push_back(std::move(row));
    }
    set_list(view, "outstanding", std::move(rows));
    set_text(view, "outstanding_count",
             device.outstanding() > 0 ? counted(device.outstanding(), "number is", "numbers are") : "");
    view.set("highest", std::to_string(device.highest_seq));
    view.set("has_numbers", device.highest_seq > 0);

    ViewList never;
    for (const ChainNote& note : input.notes) {
        if (!is_final(note.state))
            continue;
        View row = object();
        row.set("number", std::to_string(note.seq));
        row.set("says", words_for(note.state));
        row.set("told", moment(note.said_at, clock));
        never.push_back(std::move(row));
    }
    set_list(view, "never", std::move(never));

    ViewList refused;
    for (const RefusedRecord& record : input.refused) {
        View row = object();
        row.set("entry", record.entry.empty() ? "no id" : record.entry.substr(0, 13) + "…");
        row.set("received", moment(record.received_at, clock));
        row.set("why", record.message);
        refused.push_back(std::move(row));
    }
    set_list(view, "refused", std::move(refused));
    set_text(view, "rest",
             input.may_manage && device.revoked_at ? "/devices/" + device.id.text() + "/rest" : "");
    view.set("rest_accepted", device.rest_accepted_at.has_value());
    set_text(view, "disputed", device.key_disputed_at ? moment(*device.key_disputed_at, clock) : "");
    set_text(view, "new_key",
             input.may_manage && !device.revoked_at && !device.new_key_asked_at
                 ? "/devices/" + device.id.text() + "/new-key"
                 : "");
    set_text(view, "revoke",
             input.may_manage && !device.revoked_at ? "/devices/" + device.id.text() + "/revoke" : "");
    return view;
}

} // namespace tally::server::console
