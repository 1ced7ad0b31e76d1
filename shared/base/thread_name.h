#pragma once
/// What a thread is called in the system's tools (top, perf, a debugger).

#include <pthread.h>

namespace tally {

/// Of the calling thread; at most 15 letters, see pthread_setname_np(3).
inline void name_this_thread(const char* name)
{
    pthread_setname_np(pthread_self(), name);
}

} // namespace tally
