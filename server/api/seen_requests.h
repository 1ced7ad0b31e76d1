#pragma once
/// Remembers the signed requests of devices for as long as their time would let them in, so that a request
/// which somebody recorded is refused when it comes again. In memory alone: what came before this process
/// began is refused by its time.

#include "shared/base/time.h"
#include "shared/base/uuid.h"

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

namespace tally::server {

class SeenRequests
{
public:
    struct Limits
    {
        std::size_t per_device_max = 4'096;
        std::size_t all_max = 131'072; ///< some 8 MB
    };

    /// Requests signed before `since` are too old, because an earlier process may have seen them.
    explicit SeenRequests(Timestamp since) : SeenRequests(since, Limits{}) {}
    SeenRequests(Timestamp since, Limits limits) : m_limits(limits), m_since(since), m_latest(since) {}

    enum class Verdict
    {
        New,      ///< and remembered from now on
        Repeated, ///< the same device, time and nonce came before
        TooOld,   ///< signed so long ago that it may have come before; signed again with the server's time it
                  ///< is new
    };
    /// For a request with a good signature, signed within request_age_ms_max of `now`; its nonce is 32 hex
    /// digits. From any thread.
    [[nodiscard]] Verdict note(const Uuid& device, Timestamp signed_at, std::string_view nonce,
                               Timestamp now);

    [[nodiscard]] std::size_t size() const;

private:
    using Nonce = std::array<char, 16>;
    using Seen = std::set<std::pair<std::int64_t, Nonce>>; ///< time and nonce, oldest first
    struct Device
    {
        Seen seen;
        Timestamp floor; ///< what was signed then or before has been forgotten, and is too old
    };

    void start_again_when_the_clock_was_set_back(Timestamp now);
    void forget_oldest(Device& device);
    void forget_expired(Device& device, Timestamp now);
    void make_room(Timestamp now);

    Limits m_limits;
    mutable std::mutex m_mutex;
    Timestamp m_since;
    Timestamp m_latest; ///< of the server's clock
    std::size_t m_size = 0;
    std::map<Uuid, Device> m_devices;
};

} // namespace tally::server
