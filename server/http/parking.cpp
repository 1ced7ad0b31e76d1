#include "server/http/parking.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tally::server {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr auto never = Clock::time_point::max();
/// Between two looks at whose time is over.
constexpr std::chrono::milliseconds look_gap{10};
/// For answers under way when the server stops.
constexpr std::chrono::milliseconds last_sending_time{5'000};

} // namespace

Parking::Parking(ParkingTimes times, std::size_t head_bytes_max, Wake wake)
    : m_times(times), m_head_bytes_max(head_bytes_max), m_wake(std::move(wake)),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC)), m_event(::eventfd(0, EFD_CLOEXEC)), m_look_at(never)
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
    const auto begun = connection->begun_at();
    const auto until = begun ? *begun + m_times.header : Clock::now() + m_times.idle;
    add({std::move(connection), Waits::ForHead, until});
}

void Parking::send_rest(std::unique_ptr<Connection> connection)
{
    {
        const std::lock_guard lock(m_mutex);
        ++m_sending;
    }
    (void)connection->newly_acknowledged(); // counts from now
    add({std::move(connection), Waits::ForSending, Clock::now() + m_times.write});
}

void Parking::end_sending()
{
    const std::lock_guard lock(m_mutex);
    if (--m_sending == 0)
        m_sent.notify_all();
}

void Parking::linger(std::unique_ptr<Connection> connection)
{
    connection->finish_sending();
    if (!connection->drain())
        add({std::move(connection), Waits::ForClose, Clock::now() + m_times.linger});
}

void Parking::add(Parked parked)
{
    const bool sends = parked.waits == Waits::ForSending;
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopped || (m_lets_go && !sends))
            return;
        const int socket = parked.connection->socket();
        const bool for_output =
            parked.waits != Waits::ForClose && parked.connection->awaited_events() == POLLOUT;
        const auto until = parked.until;
        m_parked[socket] = std::move(parked);
        epoll_event event{};
        // A peer that will send nothing more may still read.
        event.events = (for_output ? EPOLLOUT : EPOLLIN) | (sends ? 0U : EPOLLRDHUP) | EPOLLONESHOT;
        event.data.fd = socket;
        if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, socket, &event) == 0) {
            if (until < m_look_at) {
                m_look_at = until;
                ::eventfd_write(m_event, 1); // the thread sleeps until the time that it knew of
            }
            return;
        }
        m_parked.erase(socket);
    }
    if (sends)
        end_sending();
}

void Parking::let_go()
{
    const std::lock_guard lock(m_mutex);
    m_lets_go = true;
    std::erase_if(m_parked, [](const auto& item) { return item.second.waits != Waits::ForSending; });
}

void Parking::stop()
{
    let_go();
    {
        std::unique_lock lock(m_mutex);
        m_sent.wait_for(lock, m_stopped ? 0ms : std::min(last_sending_time, m_times.write),
                        [this] { return m_sending == 0; });
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
    int wait_ms = -1;
    while (true) {
        const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), wait_ms);
        std::vector<Parked> ready;
        std::vector<Parked> late;
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
                    ready.push_back(std::move(found->second));
                    m_parked.erase(found);
                }
            }
            late = take_late(Clock::now());
        }
        for (auto& parked : ready)
            go_on(std::move(parked));
        for (auto& parked : late)
            end_wait(std::move(parked));
        late.clear();
        const std::lock_guard lock(m_mutex);
        wait_ms = -1;
        if (m_look_at != never)
            wait_ms = static_cast<int>(
                std::max(look_gap, std::chrono::ceil<std::chrono::milliseconds>(m_look_at - Clock::now()))
                    .count());
    }
}

void Parking::wake(std::unique_ptr<Connection> connection)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_lets_go)
            return;
    }
    m_wake(std::move(connection));
}

void Parking::go_on(Parked parked)
{
    if (parked.waits == Waits::ForClose) {
        if (!parked.connection->drain())
            add(std::move(parked));
        return;
    }
    if (parked.waits == Waits::ForSending) {
        const auto sending = parked.connection->send_rest();
        if (sending == Connection::Sending::Waiting)
            return add(std::move(parked));
        end_sending();
        if (sending == Connection::Sending::Failed)
            return;
        if (parked.connection->closes_when_sent)
            return linger(std::move(parked.connection));
    }
    switch (parked.connection->advance(m_head_bytes_max)) {
    case Connection::Head::Waiting:
        park(std::move(parked.connection));
        return;
    case Connection::Head::Complete:
    case Connection::Head::TooLarge:
        wake(std::move(parked.connection));
        return;
    case Connection::Head::Closed:
        return;
    }
}

void Parking::end_wait(Parked late)
{
    if (late.waits == Waits::ForSending) {
        if (late.connection->newly_acknowledged() < m_times.write_bytes_min)
            return end_sending();
        late.until = Clock::now() + m_times.write;
        return add(std::move(late));
    }
    // One that is between two requests is closed without a word; half a request gets an answer.
    if (late.waits == Waits::ForHead && late.connection->begun_at()) {
        late.connection->head_timed_out = true;
        wake(std::move(late.connection));
    }
}

std::vector<Parking::Parked> Parking::take_late(Time now)
{
    std::vector<Parked> late;
    if (now < m_look_at)
        return late;
    m_look_at = never;
    for (auto item = m_parked.begin(); item != m_parked.end();) {
        if (now < item->second.until) {
            m_look_at = std::min(m_look_at, item->second.until);
            ++item;
            continue;
        }
        ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, item->first, nullptr);
        late.push_back(std::move(item->second));
        item = m_parked.erase(item);
    }
    return late;
}

} // namespace tally::server
