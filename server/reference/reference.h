#pragma once
/// What the council sets up before evidence arrives: contracts with their targets, events, places.

#include "shared/base/time.h"
#include "shared/domain/quantity.h"
#include "shared/domain/quarter.h"

#include <string>
#include <vector>

namespace tally::server {

struct Contract
{
    std::string ref; ///< the council's own reference
    std::string title;
    std::string supplier;
    std::string buyer;
    std::string framework; ///< id
    std::string framework_version;
    Date starts; ///< first day
    Date ends;   ///< last day

    bool operator==(const Contract&) const = default;
};

/// What the supplier promised of one measure in one quarter.
struct Target
{
    std::string measure;
    Quarter period;
    Quantity quantity;

    bool operator==(const Target&) const = default;
};

struct Place
{
    std::string id;
    std::string title;

    bool operator==(const Place&) const = default;
};

struct Event
{
    std::string id;
    std::string contract;
    std::string title;
    std::string place; ///< may be empty
    Timestamp starts_at;
    Timestamp ends_at;

    bool operator==(const Event&) const = default;
};

} // namespace tally::server
