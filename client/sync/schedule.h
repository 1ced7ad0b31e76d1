#pragma once
/// When to sync. No clock of its own: the caller says how long its machine has been running, in
/// milliseconds of a clock that never jumps, so that a wrong wall clock cannot keep a device silent.

#include "shared/base/random.h"

#include <cstdint>
#include <optional>

namespace tally::client {

enum class SyncTrigger
{
    Start,       ///< the program has just begun
    Saved,       ///< something was captured
    ByHand,      ///< the worker pressed the button
    NetworkBack, ///< a network is there that was not there before
};

/// How a round went, as far as the next one depends on it.
enum class RoundEnd
{
    Done,
    Unreachable, ///< no answer, or a server that had no time
    Refused,     ///< this device must be enrolled again; only a person can help
    Broken,      ///< something is wrong here or there
};

struct ScheduleOptions
{
    std::int64_t first_retry_ms = 2'000;
    std::int64_t longest_retry_ms = 300'000;
    std::int64_t quiet_ms = 300'000;      ///< between rounds while all is well, give or take a quarter
    std::int64_t saving_factor = 6;       ///< how much longer that is while the battery is low
    std::int64_t network_back_ms = 5'000; ///< within this a round begins when a network is there again
};

class SyncSchedule
{
public:
    /// `random` must outlive it. The first round is due after ask().
    explicit SyncSchedule(Random& random, ScheduleOptions options = {}) : m_random(random), m_options(options)
    {
    }

    /// What was saved waits for the next attempt while the server cannot be reached. A network that is back
    /// ends that, but for a few seconds: it is there for other devices too. What the server asked for is
    /// kept to by all but the worker.
    void ask(SyncTrigger trigger, std::int64_t uptime_ms);
    /// Rounds that nobody asked for become rarer.
    void save_battery(bool yes) { m_saves_battery = yes; }
    /// A round is about to begin; what is asked from now on may need another one.
    void round_begins();
    /// `retry_after_ms`: what the server asked for, if it did.
    void round_ended(RoundEnd end, std::int64_t uptime_ms,
                     std::optional<std::int64_t> retry_after_ms = std::nullopt);

    /// After a round that went well but for something that may soon be over.
    void come_back_in(std::int64_t wait_ms, std::int64_t uptime_ms);

    /// 0 when a round is due.
    [[nodiscard]] std::int64_t wait_ms(std::int64_t uptime_ms) const;
    [[nodiscard]] int failures() const { return m_failures; }

private:
    [[nodiscard]] std::int64_t up_to(std::int64_t ms);

    Random& m_random;
    ScheduleOptions m_options;
    bool m_saves_battery = false;
    bool m_asked = false;
    int m_failures = 0;
    std::int64_t m_due_ms = 0;
    std::int64_t m_not_before_ms = 0; ///< as the server asked
};

} // namespace tally::client
