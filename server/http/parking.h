#pragma once
/// Where connections wait: for the head of their next request, or for their peer to close. None of them
/// holds a thread, however slowly it sends.

#include "server/http/connection.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tally::server {

struct ParkingTimes
{
    std::chrono::milliseconds idle{60'000};   ///< between two requests
    std::chrono::milliseconds header{10'000}; ///< from a request's first byte to its last header
    std::chrono::milliseconds linger{1'000};  ///< for the peer to close after a refusal
};

class Parking
{
public:
    /// `wake` gets each connection whose next head is complete, too large or too late (head_timed_out); it
    /// is called on the parking's own thread and must not block.
    using Wake = std::function<void(std::unique_ptr<Connection>)>;

    Parking(ParkingTimes times, std::size_t head_bytes_max, Wake wake);
    ~Parking();
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;

    /// For a connection whose `advance` gave Waiting.
    void park(std::unique_ptr<Connection> connection);
    /// Swallows what the peer is still sending, for a short while, then closes.
    void linger(std::unique_ptr<Connection> connection);
    /// Closes everything that is parked and ends the thread; later ones are closed at once.
    void stop();

private:
    using Time = Connection::Time;
    enum class Waits
    {
        ForHead,
        ForClose
    };
    struct Parked
    {
        std::unique_ptr<Connection> connection;
        Waits waits;
        Time until;
    };

    void add(Parked parked);
    void run();
    /// Something has come for it.
    void go_on(Parked parked);
    /// Takes those out whose time is over, when it is time to look.
    [[nodiscard]] std::vector<Parked> take_late(Time now);

    ParkingTimes m_times;
    std::size_t m_head_bytes_max;
    Wake m_wake;
    int m_epoll;
    int m_event; ///< wakes the thread
    std::mutex m_mutex;
    std::unordered_map<int, Parked> m_parked; ///< by socket
    Time m_look_at;                           ///< nobody's time is over before
    bool m_stopped = false;
    std::thread m_thread;
};

} // namespace tally::server
