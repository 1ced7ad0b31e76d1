#include "server/console/device_view.h"
#include "server/console/words.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using namespace tally::server::console;
using protocol::ChainState;

namespace {

const ManualClock clock_at_noon(Timestamp{1'772'452'800'000});

DevicePageInput sample()
{
    DevicePageInput input;
    input.device.name = "Tablet 3";
    input.device.highest_seq = 20;
    input.device.received = 15;
    input.device.enrolled_at = {clock_at_noon.now().ms - 86'400'000};
    input.device.last_seen_at = Timestamp{clock_at_noon.now().ms - 60'000};
    return input;
}

std::string text_at(const View& view, const std::string& name)
{
    const auto* found = view.get(name);
    return found != nullptr && found->is_string() ? found->string_value() : std::string();
}

/// One field of every item of a list, with bars between.
std::string column(const View& view, const std::string& list, const std::string& name)
{
    std::string text;
    if (const auto* items = view.get(list); items != nullptr && items->is_list())
        for (const auto& item : items->list_value())
            text += (text.empty() ? "" : " | ") + text_at(item, name);
    return text;
}

} // namespace

TEST_CASE("a device's page says which numbers are outstanding, and what to do")
{
    DevicePageInput input = sample();
    CHECK(text_at(device_view(input, clock_at_noon), "outstanding_count").empty());
    input.device.missing = 6;
    input.gaps = {{4, 8, {clock_at_noon.now().ms - 3'600'000}}, {12, 12, clock_at_noon.now()}};
    input.notes = {{6, ChainState::PutAside, "", clock_at_noon.now()},
                   {9, ChainState::Erased, "", clock_at_noon.now()}};
    View view = device_view(input, clock_at_noon);
    CHECK(column(view, "outstanding", "numbers") == "4 to 5 | 6 | 7 to 8 | 12");
    CHECK(column(view, "outstanding", "says") == "Nothing so far | The server could not take it: it waits on "
                                                 "the device | Nothing so far | Nothing so far");
    CHECK(column(view, "outstanding", "advice").find("sends them with its next sync") != std::string::npos);
    CHECK(column(view, "never", "number") == "9");
    CHECK(text_at(view, "outstanding_count") == "6 numbers are");

    input.device.last_seen_at = Timestamp{clock_at_noon.now().ms - 20LL * 86'400'000};
    view = device_view(input, clock_at_noon);
    CHECK(column(view, "outstanding", "advice").starts_with("Bring the device to a network"));
    input.device.revoked_at = clock_at_noon.now();
    view = device_view(input, clock_at_noon);
    CHECK(column(view, "outstanding", "advice").starts_with("The device was revoked"));
}

TEST_CASE("a device's clock is told when it is surely wrong")
{
    Device device;
    CHECK(clock_words(device).empty());
    device.clock_offset_ms = -185'000;
    CHECK(clock_words(device) == "3 min ahead of the server’s");
    device.clock_offset_ms = 185'000;
    CHECK(clock_words(device) == "3 min behind the server’s");
    device.clock_uncertainty_ms = 130'000;
    CHECK(clock_words(device).empty());
    DevicePageInput input = sample();
    input.device.clock_offset_ms = -185'000;
    CHECK(column(device_view(input, clock_at_noon), "facts", "text").find("3 min ahead") !=
          std::string::npos);
}

TEST_CASE("what a revoked device tries to send is told on its page, while it is refused")
{
    DevicePageInput input = sample();
    const auto facts = [&] { return column(device_view(input, clock_at_noon), "facts", "name"); };
    input.tried = RefusedBatch{clock_at_noon.now(), 12};
    CHECK(facts().find("Tried to send") == std::string::npos);
    input.device.revoked_at = clock_at_noon.now();
    CHECK(facts().find("Tried to send") != std::string::npos);
    CHECK(column(device_view(input, clock_at_noon), "facts", "text").find("12 entries at once") !=
          std::string::npos);
    input.device.rest_accepted_at = clock_at_noon.now();
    CHECK(facts().find("Tried to send") == std::string::npos);
}

TEST_CASE("what came and was not taken stands on the device's page")
{
    DevicePageInput input = sample();
    input.refused = {{"01890000-0000-7000-8000-000000000001", "contract_unknown",
                      "There is no such contract.", clock_at_noon.now()}};
    CHECK(column(device_view(input, clock_at_noon), "refused", "why") == "There is no such contract.");
}

TEST_CASE("a device's page says since when its key is in use, and lets an administrator ask for another")
{
    DevicePageInput input = sample();
    input.may_manage = true;
    const auto key_fact = [&](const std::string& name) {
        const View view = device_view(input, clock_at_noon);
        for (const auto& fact : view.get("facts")->list_value())
            if (text_at(fact, "name") == "Key")
                return text_at(fact, name);
        return std::string();
    };
    CHECK(key_fact("text") == "In use since " + moment(input.device.enrolled_at, clock_at_noon));
    CHECK(key_fact("minor").empty());
    CHECK(text_at(device_view(input, clock_at_noon), "new_key").ends_with("/new-key"));
    input.device.key_changed_at = Timestamp{clock_at_noon.now().ms - 3'600'000};
    CHECK(key_fact("text") == "In use since " + moment(*input.device.key_changed_at, clock_at_noon));

    input.device.new_key_asked_at = clock_at_noon.now();
    CHECK(key_fact("minor").find("Asked for a new one") == 0);
    CHECK(text_at(device_view(input, clock_at_noon), "new_key").empty());
    CHECK(text_at(device_view(input, clock_at_noon), "disputed").empty());
    input.device.key_disputed_at = clock_at_noon.now();
    CHECK_FALSE(text_at(device_view(input, clock_at_noon), "disputed").empty());

    input.device.new_key_asked_at.reset();
    input.device.revoked_at = clock_at_noon.now();
    CHECK(text_at(device_view(input, clock_at_noon), "new_key").empty());
    input.device.revoked_at.reset();
    input.may_manage = false;
    CHECK(text_at(device_view(input, clock_at_noon), "new_key").empty());
}
