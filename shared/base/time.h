#pragma once
/// Moments, local dates and the clock. Order of entries never comes from here: see device_seq.

#include "shared/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tally {

/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
struct Timestamp
{
    std::int64_t ms = 0;

    auto operator<=>(const Timestamp&) const = default;
};

/// Within 1970 to 9999, as every moment that somebody else tells us must be: sums and differences of such
/// moments never overflow, and each has a date.
[[nodiscard]] constexpr bool is_ordinary(Timestamp moment)
{
    return moment.ms >= 0 && moment.ms <= 253'402'300'799'999;
}

/// A day in the proleptic Gregorian calendar.
struct Date
{
    std::int32_t year = 1970;
    std::int32_t month = 1; ///< 1 to 12
    std::int32_t day = 1;   ///< 1 to 31

    auto operator<=>(const Date&) const = default;
};

/// Days since 1970-01-01; `date` must be valid.
[[nodiscard]] std::int64_t days_from_date(Date date);
[[nodiscard]] Date date_from_days(std::int64_t days);
[[nodiscard]] bool is_valid(Date date);
/// The local date at a moment, `utc_offset_min` minutes east of UTC.
[[nodiscard]] Date local_date(Timestamp moment, std::int32_t utc_offset_min);
/// Minutes since local midnight, 0 to 1439.
[[nodiscard]] std::int32_t local_minute(Timestamp moment, std::int32_t utc_offset_min);

/// "2026-03-02" (ISO 8601). Fails with `bad_date`.
[[nodiscard]] Result<Date> parse_date(std::string_view text);
[[nodiscard]] std::string format_date(Date date);
/// "2 March 2026", for people.
[[nodiscard]] std::string format_date_long(Date date);

/// "09:30" to minutes since midnight. Fails with `bad_time`.
[[nodiscard]] Result<std::int32_t> parse_minute_of_day(std::string_view text);
[[nodiscard]] std::string format_minute_of_day(std::int32_t minute);

/// "2026-03-02T09:30:00.000Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string format_utc(Timestamp moment);
/// Accepts what format_utc gives. Fails with `bad_time`.
[[nodiscard]] Result<Timestamp> parse_utc(std::string_view text);

/// Where code asks for the time, so that tests can set it.
class Clock
{
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// Minutes that local time is ahead of UTC at `moment`.
    [[nodiscard]] virtual std::int32_t utc_offset_min(Timestamp moment) const = 0;
};

/// The machine's clock and time zone. Thread-safe.
class SystemClock final : public Clock
{
public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] std::int32_t utc_offset_min(Timestamp moment) const override;
};

/// The machine's clock moved to another moment, from where it runs on. Thread-safe.
class ShiftedClock final : public Clock
{
public:
    explicit ShiftedClock(Timestamp start);
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] std::int32_t utc_offset_min(Timestamp moment) const override;

private:
    SystemClock m_system;
    std::int64_t m_shift_ms;
};

/// The machine's clock, or for demonstrations and tests one that starts at the moment in the environment
/// variable TALLYBOOK_CLOCK (2026-02-03T10:00:00.000Z). Fails with `bad_time` when that is not a moment.
[[nodiscard]] Result<std::unique_ptr<Clock>> clock_from_environment();

/// A clock that a test advances by hand. Not thread-safe.
class ManualClock final : public Clock
{
public:
    explicit ManualClock(Timestamp start, std::int32_t offset_min = 0)
        : m_now(start), m_offset_min(offset_min)
    {
    }

    [[nodiscard]] Timestamp now() const override { return m_now; }
    [[nodiscard]] std::int32_t utc_offset_min(Timestamp) const override { return m_offset_min; }
    void advance_ms(std::int64_t ms) { m_now.ms += ms; }
    void set(Timestamp moment) { m_now = moment; }

private:
    Timestamp m_now;
    std::int32_t m_offset_min;
};

} // namespace tally
