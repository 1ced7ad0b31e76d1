#pragma once
/// Everything unsent as one file for a USB stick: the same signed batches and sealed photos as travel
/// over the network. Nothing is marked as sent; only the server's receipt does that, which comes over the
/// network or back on the same stick.

#include "client/store/store.h"
#include "shared/base/time.h"

#include <cstdint>
#include <filesystem>
#include <span>

namespace tally::client {

struct ExportedBundle
{
    std::int64_t entries = 0;
    std::int64_t photos = 0;
    std::int64_t bytes = 0;
};

/// `Everything` is for a server that lost what it had acknowledged; what it has, it answers `exists`. Fails
/// with `not_enrolled`, `nothing_to_export`, or as write_file_durably does.
[[nodiscard]] Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file,
                                                   Timestamp now, Sending sending = Sending::Unsent);

/// These entries alone, with their photos, whatever became of them: for one that the server cannot take over
/// the network. Fails with `not_enrolled` or `unknown_entry`, or as write_file_durably does.
[[nodiscard]] Result<ExportedBundle> export_entries(Store& store, const std::filesystem::path& file,
                                                    Timestamp now, std::span<const Uuid> ids);

struct ImportedReceipts
{
    std::int64_t accepted = 0; ///< entries that the server has
    std::int64_t rejected = 0; ///< with conflicts
    std::int64_t photos = 0;
    std::int64_t known = 0;   ///< batches whose receipt was here already
    std::int64_t foreign = 0; ///< batches of another device
};

/// Takes in what the server wrote after it imported a bundle. Repeating it, or syncing in between, changes
/// nothing. Fails with `not_enrolled`, `not_an_answer`, `answer_truncated`, `answer_damaged`,
/// `answer_foreign` (of another server, or about other devices alone) or `bad_receipt`.
[[nodiscard]] Result<ImportedReceipts> import_receipts(Store& store, std::string_view bytes);

} // namespace tally::client
