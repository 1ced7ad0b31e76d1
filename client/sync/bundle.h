#pragma once
/// Everything unsent as one file for a USB stick: the same signed batches and sealed photos as travel
/// over the network. Nothing is marked as sent; only the server's receipt does that, which comes over the
/// network or back on the same stick.

#include "client/store/store.h"
#include "shared/base/time.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tally::client {

/// What a bundle of everything unsent leaves on the device, and only there: not to be wiped with it.
struct LeftBehind
{
    std::int64_t aside = 0; ///< entries that the server could not take; `entries` can name them
    std::int64_t withdrawals =
        0; ///< codes that the server has not heard of: they travel over a network alone
};
[[nodiscard]] LeftBehind left_behind(Store& store);
/// In sentences; empty when nothing is left behind.
[[nodiscard]] std::string words_for(const LeftBehind& left);

struct ExportedBundle
{
    std::int64_t entries = 0;
    std::int64_t photos = 0;
    std::int64_t bytes = 0;
};

/// What goes into a bundle.
struct BundleContent
{
    /// `Everything` is for a server that lost what it had acknowledged; what it has, it answers `exists`.
    Sending sending = Sending::Unsent;
    /// When there are any: these alone with their photos, whatever became of them, for one that the server
    /// cannot take over the network.
    std::vector<Uuid> entries = {};
};

struct ExportProgress
{
    std::int64_t done = 0; ///< entries and photos
    std::int64_t all = 0;
};
/// Called now and then; false ends the export with `stopped`.
using OnExportProgress = std::function<bool(const ExportProgress&)>;

/// Until it is whole and on the disk the file has another name. Fails with `not_enrolled`,
/// `nothing_to_export`, `unknown_entry`, `taken_back` or `stopped`, or as write_file_durably does.
[[nodiscard]] Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file,
                                                   Timestamp now, const BundleContent& content = {},
                                                   const OnExportProgress& on_progress = {});

/// "tallybook-tablet-3-2026-11-28-1041.bundle": of letters that every stick can hold.
[[nodiscard]] std::string bundle_name(const Identity& identity, Timestamp now, std::int32_t utc_offset_min);

struct ImportedReceipts
{
    std::int64_t accepted = 0; ///< entries that the server has
    std::int64_t rejected = 0; ///< with conflicts
    std::int64_t photos = 0;
    std::int64_t known = 0;   ///< batches whose receipt was here already
    std::int64_t foreign = 0; ///< batches of another device
};

/// The largest file of receipts that is read: some millions of entries and photos.
constexpr std::uint64_t receipts_bytes_max = 256ULL * 1024 * 1024;

/// Takes in what the server wrote after it imported a bundle. Repeating it, or syncing in between, changes
/// nothing. Fails with `not_enrolled`, `not_an_answer`, `answer_truncated`, `answer_damaged`,
/// `answer_foreign` (of another server, or about other devices alone) or `bad_receipt`.
[[nodiscard]] Result<ImportedReceipts> import_receipts(Store& store, std::string_view bytes);

/// Names of the files in a folder that hold receipts, by their first bytes; newest first.
[[nodiscard]] std::vector<std::string> find_receipts(const std::filesystem::path& folder);

} // namespace tally::client
