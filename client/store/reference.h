#pragma once
/// What the server told this device about the world: contracts, events and places.

#include "shared/base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally::client {

struct Contract
{
    std::string reference;
    std::string title;
    std::string supplier;
    std::string buyer;
    std::string framework; ///< id
    std::string framework_version;
    std::string starts; ///< 2026-04-01, or empty
    std::string ends;
};

struct Event
{
    std::string id;
    std::string contract; ///< reference
    std::string title;
    std::string place; ///< id
    Timestamp starts_at;
    Timestamp ends_at;
};

struct Place
{
    std::string id;
    std::string title;
};

/// One thing that changed on the server. `value` is JSON; none means that the thing is gone.
struct Change
{
    std::string topic;
    std::string key;
    std::optional<std::string> value;
};

/// Nothing when the text has not the shape that PROTOCOL.md section 8 gives: a newer server may send
/// more than this program knows, and one odd item must not stop the rest.
[[nodiscard]] std::optional<Contract> parse_contract(std::string_view json);
[[nodiscard]] std::optional<Event> parse_event(std::string_view json);
[[nodiscard]] std::optional<Place> parse_place(std::string_view json);

} // namespace tally::client
