#pragma once
/// Bundles from a USB stick take the same path as batches and uploads over the network.

#include "server/ingest/ingest.h"
#include "server/storage/attachment_store.h"

#include <string_view>
#include <vector>

namespace tally::server {

struct BundleReport
{
    std::int64_t created = 0;
    std::int64_t existing = 0;
    std::int64_t refused = 0; ///< rejected or in conflict
    std::int64_t photos = 0;  ///< stored now
    std::int64_t photos_existing = 0;
    std::vector<Error> problems; ///< of single entries and photos; the rest is in
};

/// Importing a bundle twice changes nothing. Fails when the file is damaged or its device unknown, and
/// then at the first batch: what came before it is in and may come again.
[[nodiscard]] Result<BundleReport> import_bundle(IngestService& ingest, AttachmentStore& attachments,
                                                 const Clock& clock, std::string_view bytes);

} // namespace tally::server
