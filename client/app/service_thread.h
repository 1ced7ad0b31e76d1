#pragma once
/// One thread that does the slow things in their order, so that the frame never waits for the disk.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tally::client {

class ServiceThread
{
public:
    using Job = std::function<void()>;

    /// `on_failure` is called on this thread with what a job threw; the thread goes on.
    explicit ServiceThread(std::function<void(const char* what)> on_failure);
    /// Does all jobs that were asked for, then ends.
    ~ServiceThread();
    ServiceThread(const ServiceThread&) = delete;
    ServiceThread& operator=(const ServiceThread&) = delete;

    /// From any thread.
    void run(Job job);

private:
    void work();

    std::function<void(const char*)> m_on_failure;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_jobs;
    bool m_is_ending = false;
    std::thread m_thread; ///< last, so that it starts when everything else is there
};

} // namespace tally::client
