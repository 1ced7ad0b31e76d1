#include "client/app/service_thread.h"

#include <exception>
#include <utility>

namespace tally::client {

ServiceThread::ServiceThread(std::function<void(const char*)> on_failure)
    : m_on_failure(std::move(on_failure)), m_thread([this] { work(); })
{
}

ServiceThread::~ServiceThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_is_ending = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void ServiceThread::run(Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_all();
}

void ServiceThread::work()
{
    while (true) {
        Job job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_is_ending || !m_jobs.empty(); });
            if (m_jobs.empty())
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
        }
        try {
            job();
        } catch (const std::exception& failure) {
            m_on_failure(failure.what());
        }
    }
}

} // namespace tally::client
