#pragma once
/// Holds connections between requests without a thread for each.

#include "server/http/connection.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace tally::server {

class Parking
{
public:
    using Wake = std::function<void(std::unique_ptr<Connection>)>;

    /// `wake` is called on the parking thread for each connection on which something arrives (or which
    /// the peer closes); it must return quickly. Connections are closed after `idle_time`.
    Parking(std::chrono::milliseconds idle_time, Wake wake);
    ~Parking();
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;

    /// From any thread. After `stop` the connection is closed instead.
    void park(std::unique_ptr<Connection> connection);
    /// Closes what is parked and ends the thread.
    void stop();

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Parked
    {
        std::unique_ptr<Connection> connection;
        Time since;
    };

    void run();
    void close_idle(Time now);

    std::chrono::milliseconds m_idle_time;
    Wake m_wake;
    int m_epoll;
    int m_event;
    std::mutex m_mutex;
    bool m_stopped = false;
    std::unordered_map<int, Parked> m_parked;
    std::thread m_thread;
};

} // namespace tally::server
