#pragma once
/// What stands in the query of `GET /api/v1/changes`.

#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

inline constexpr std::size_t proved_trees_max = 100;

/// "r<reference cursor>e<entry cursor>", in a restored database with "b<its epoch>" after it: opaque to
/// devices.
struct ChangesCursor
{
    std::int64_t reference = 0;
    std::int64_t entries = -1;
    std::string epoch;

    [[nodiscard]] std::string text() const;
    bool operator==(const ChangesCursor&) const = default;
};

/// No text is the beginning. Fails with `bad_cursor`.
[[nodiscard]] Result<ChangesCursor> parse_changes_cursor(std::string_view text);

/// Sizes of a ledger with hyphens between, such as "40-100". Fails with `bad_trees`.
[[nodiscard]] Result<std::vector<std::uint64_t>> parse_trees(std::string_view text);

/// "OFFSET.UNCERTAINTY" in milliseconds: what the device's exchanges with this server came to.
struct ClockWord
{
    std::int64_t offset_ms = 0;      ///< server clock minus device clock
    std::int64_t uncertainty_ms = 0; ///< the truth is within so much of it

    bool operator==(const ClockWord&) const = default;
};

/// Nothing when there is none. Fails with `bad_clock`.
[[nodiscard]] Result<std::optional<ClockWord>> parse_clock(std::string_view text);

} // namespace tally::server
