#pragma once
/// Private to this folder: a second thread for work that can run beside reading the database.

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace tally::server {

/// Runs tasks one after another, in the order in which they were given. For use by one thread.
class Beside
{
public:
    Beside() : m_thread([this] { loop(); }) {}
    /// Drops what has not begun.
    ~Beside()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopping = true;
            m_tasks.clear();
        }
        m_changed.notify_all();
        m_thread.join();
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

    /// Waits while several are waiting already, so that memory stays small. Throws what a task threw.
    void run(std::function<void()> task)
    {
        constexpr std::size_t waiting_max = 4;
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_tasks.size() < waiting_max || m_failure; });
        rethrow();
        m_tasks.push_back(std::move(task));
        m_changed.notify_all();
    }

    /// Waits until all are done. Throws what a task threw.
    void finish()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return (m_tasks.empty() && !m_busy) || m_failure; });
        rethrow();
    }

private:
    void rethrow()
    {
        if (m_failure)
            std::rethrow_exception(m_failure);
    }

    void loop()
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_changed.wait(lock, [this] { return m_stopping || !m_tasks.empty(); });
            if (m_stopping)
                return;
            const auto task = std::move(m_tasks.front());
            m_tasks.pop_front();
            m_busy = true;
            lock.unlock();
            std::exception_ptr failure;
            try {
                task();
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            m_busy = false;
            if (failure)
                m_failure = failure;
            m_changed.notify_all();
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_tasks;
    std::exception_ptr m_failure;
    bool m_busy = false;
    bool m_stopping = false;
    std::thread m_thread; ///< last, so that it finds everything else made
};

} // namespace tally::server
