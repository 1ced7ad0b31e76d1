#include "server/http/parking.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace tally::server {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds look_for_idle_most{5'000};

} // namespace

Parking::Parking(std::chrono::milliseconds idle_time, Wake wake)
    : m_idle_time(idle_time), m_wake(std::move(wake)), m_epoll(::epoll_create1(EPOLL_CLOEXEC)),
      m_event(::eventfd(0, EFD_CLOEXEC))
{
    if (m_epoll < 0 || m_event < 0)
        throw std::runtime_error("The server cannot watch its connections: no more files can be opened.");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = m_event;
    ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_event, &event);
    m_thread = std::thread([this] { run(); });
}

Parking::~Parking()
{
    stop();
    ::close(m_epoll);
    ::close(m_event);
}

void Parking::park(std::unique_ptr<Connection> connection)
{
    connection->rest();
    const std::lock_guard lock(m_mutex);
    if (m_stopped)
        return;
    const int socket = connection->socket();
    const bool was_empty = m_parked.empty();
    m_parked[socket] = {std::move(connection), Clock::now()};
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
    event.data.fd = socket;
    if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, socket, &event) != 0)
        m_parked.erase(socket);
    else if (was_empty)
        ::eventfd_write(m_event, 1); // the thread sleeps without end while nothing is parked
}

void Parking::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
    }
    ::eventfd_write(m_event, 1);
    if (m_thread.joinable())
        m_thread.join();
    m_parked.clear();
}

void Parking::run()
{
    std::array<epoll_event, 64> events{};
    const auto look_for_idle = std::clamp(m_idle_time, std::chrono::milliseconds(10), look_for_idle_most);
    int wait_ms = -1;
    while (true) {
        const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), wait_ms);
        std::vector<std::unique_ptr<Connection>> ready;
        {
            const std::lock_guard lock(m_mutex);
            if (m_stopped)
                return;
            for (int i = 0; i < count; ++i) {
                const int socket = events[static_cast<std::size_t>(i)].data.fd;
                if (socket == m_event) {
                    eventfd_t ignored = 0;
                    ::eventfd_read(m_event, &ignored);
                } else if (const auto found = m_parked.find(socket); found != m_parked.end()) {
                    ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, socket, nullptr);
                    ready.push_back(std::move(found->second.connection));
                    m_parked.erase(found);
                }
            }
            close_idle(Clock::now());
            wait_ms = m_parked.empty() ? -1 : static_cast<int>(look_for_idle.count());
        }
        for (auto& connection : ready)
            m_wake(std::move(connection));
    }
}

void Parking::close_idle(Time now)
{
    std::erase_if(m_parked, [&](const auto& item) { return now - item.second.since > m_idle_time; });
}

} // namespace tally::server
