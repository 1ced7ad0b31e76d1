#pragma once
/// How far the server's clock is from this device's, from the times of exchanges (Cristian's method): the
/// server looked at its clock at some moment between request and answer, so the middle is wrong by at most
/// half the round trip. No clock and no network in here.

#include <cstdint>
#include <optional>

namespace tally::client {

struct ClockOffset
{
    std::int64_t offset_ms = 0;      ///< server clock minus device clock
    std::int64_t uncertainty_ms = 0; ///< the truth is within so much of it
    std::int64_t measured_at_ms = 0; ///< server clock

    bool operator==(const ClockOffset&) const = default;
};

/// What one exchange says: the server's time, the device's when the answer was here, and how long it took by
/// a clock that never jumps.
[[nodiscard]] ClockOffset clock_offset_from(std::int64_t server_ms, std::int64_t answered_ms,
                                            std::int64_t round_trip_ms);

/// The better of what was known and what was measured now. What was known becomes less sure with time, as
/// clocks drift; when both cannot be true, somebody set a clock, and the new one counts.
[[nodiscard]] ClockOffset better_offset(const std::optional<ClockOffset>& known, const ClockOffset& measured);

/// Whether it is far enough off, and surely so, that somebody should set the device's clock.
[[nodiscard]] bool is_out_of_step(const ClockOffset& offset);

/// Whether the server takes it for that of a clock. It refuses what is further off, and with it the request.
[[nodiscard]] bool can_be_told(const ClockOffset& offset);

/// Whether the difference is worth a write to the disk.
[[nodiscard]] bool is_worth_keeping(const std::optional<ClockOffset>& kept, const ClockOffset& now);

} // namespace tally::client
