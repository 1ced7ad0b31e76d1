#include "client/store/clock_offset.h"

#include <algorithm>
#include <cstdlib>

namespace tally::client {

namespace {

/// Of cheap clocks, in millionths.
constexpr std::int64_t drift_ppm = 100;
/// Smaller differences decide nothing.
constexpr std::int64_t step_ms = 500;
/// Under a minute nobody needs to hear of it.
constexpr std::int64_t told_from_ms = 60'000;
/// A century.
constexpr std::int64_t told_ms_max = 100LL * 366 * 24 * 3600 * 1000;

} // namespace

ClockOffset clock_offset_from(std::int64_t server_ms, std::int64_t answered_ms, std::int64_t round_trip_ms)
{
    const std::int64_t trip = std::max<std::int64_t>(0, round_trip_ms);
    // Half a millisecond may be lost on either side.
    return {server_ms - (answered_ms - trip / 2), (trip + 1) / 2 + 1, server_ms};
}

ClockOffset better_offset(const std::optional<ClockOffset>& known, const ClockOffset& measured)
{
    if (!known)
        return measured;
    const std::int64_t age_ms = std::max<std::int64_t>(0, measured.measured_at_ms - known->measured_at_ms);
    const std::int64_t known_by_now_ms = known->uncertainty_ms + age_ms * drift_ppm / 1'000'000;
    const bool can_both_be_true =
        std::llabs(known->offset_ms - measured.offset_ms) <= known_by_now_ms + measured.uncertainty_ms;
    return can_both_be_true && known_by_now_ms < measured.uncertainty_ms ? *known : measured;
}

bool is_out_of_step(const ClockOffset& offset)
{
    return std::llabs(offset.offset_ms) - offset.uncertainty_ms >= told_from_ms;
}

bool can_be_told(const ClockOffset& offset)
{
    return std::llabs(offset.offset_ms) <= told_ms_max && offset.uncertainty_ms <= told_ms_max;
}

bool is_worth_keeping(const std::optional<ClockOffset>& kept, const ClockOffset& now)
{
    return !kept || std::llabs(kept->offset_ms - now.offset_ms) >= step_ms ||
           kept->uncertainty_ms - now.uncertainty_ms >= step_ms;
}

} // namespace tally::client
