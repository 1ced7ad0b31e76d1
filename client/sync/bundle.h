#pragma once
/// Everything unsent as one file for a USB stick: the same signed batches and sealed photos as travel
/// over the network. Nothing is marked as sent; only the server's receipt does that.

#include "client/store/store.h"
#include "shared/base/time.h"

#include <cstdint>
#include <filesystem>

namespace tally::client {

struct ExportedBundle
{
    std::int64_t entries = 0;
    std::int64_t photos = 0;
    std::int64_t bytes = 0;
};

/// Fails with `not_enrolled`, `nothing_to_export`, or as write_file_durably does.
[[nodiscard]] Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file,
                                                   Timestamp now);

} // namespace tally::client
