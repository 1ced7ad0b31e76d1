#pragma once
/// One run of the client's program: what captures and what syncs, each with a session of its own, as in the
/// window.

#include "client/capture/capture.h"
#include "client/sync/engine.h"
#include "client/sync/schedule.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

namespace tally::simulation {

struct DeviceProgram
{
    /// Throws when the store cannot be opened.
    DeviceProgram(const std::filesystem::path& folder, const Clock& clock, Random& random)
        : store(opened(folder)), vault(store, random), capture(store, vault, clock, random),
          sync_store(opened(folder)), engine(sync_store, clock, random,
                                             {.batch = {.entries_max = 16, .bytes_max = 8'000},
                                              .batch_first = {.entries_max = 3, .bytes_max = 2'000},
                                              .chunk_bytes_max = 1'500}),
          schedule(random)
    {
    }

    static client::Store opened(const std::filesystem::path& folder)
    {
        auto store = client::Store::open(folder);
        if (!store)
            throw std::runtime_error(store.error().code + ": " + store.error().message);
        return std::move(*store);
    }

    client::Store store;
    client::Vault vault;
    client::Capture capture;
    client::Store sync_store;
    client::SyncEngine engine;
    client::SyncSchedule schedule;
    bool is_in_round = false;
};

} // namespace tally::simulation
