#pragma once
/// Where connections wait: for the head of their next request, for their peer to take an answer, or for it to
/// close. None of them holds a thread, however slowly it sends and reads.

#include "server/http/connection.h"

#include <chrono>
#include <condition_variable>
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
    std::chrono::milliseconds write{30'000};  ///< in which a peer must take that many bytes of an answer
    std::int64_t write_bytes_min = 30'000;
    std::chrono::milliseconds linger{1'000}; ///< for the peer to close after a refusal
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
    /// For one that keeps the rest of an answer: sends that, then waits for the next head, or lingers when it
    /// closes_when_sent.
    void send_rest(std::unique_ptr<Connection> connection);
    /// Swallows what the peer is still sending, for a short while, then closes.
    void linger(std::unique_ptr<Connection> connection);
    /// Closes everything that is parked, but for answers under way, and wakes nobody any more. Later ones are
    /// closed at once likewise.
    void let_go();
    /// Ends the thread, when the answers under way are sent, or a few seconds have passed.
    void stop();

private:
    using Time = Connection::Time;
    enum class Waits
    {
        ForHead,
        ForSending,
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
    void end_sending();
    void wake(std::unique_ptr<Connection> connection);
    /// Something has come for it.
    void go_on(Parked parked);
    /// Takes those out whose time is over, when it is time to look.
    [[nodiscard]] std::vector<Parked> take_late(Time now);
    void end_wait(Parked late);

    ParkingTimes m_times;
    std::size_t m_head_bytes_max;
    Wake m_wake;
    int m_epoll;
    int m_event; ///< wakes the thread
    std::mutex m_mutex;
    std::unordered_map<int, Parked> m_parked; ///< by socket
    Time m_look_at;                           ///< nobody's time is over before
    bool m_lets_go = false;
    std::condition_variable m_sent; ///< when m_sending has become 0
    int m_sending = 0; ///< connections, parked or just looked at, that keep the rest of an answer
    bool m_stopped = false;
    std::thread m_thread;
};

} // namespace tally::server
