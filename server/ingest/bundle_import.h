#pragma once
/// Bundles from a USB stick take the same path as batches and uploads over the network.

#include "server/ingest/ingest.h"
#include "server/storage/attachment_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct BundleReport
{
    struct Received
    {
        std::string receipt; ///< signed
        std::vector<Uuid> ids;
    };

    std::int64_t created = 0;
    std::int64_t existing = 0;
    std::int64_t refused = 0; ///< rejected or in conflict
    std::int64_t photos = 0;  ///< stored now
    std::int64_t photos_existing = 0;
    std::vector<Error> problems; ///< of single batches, entries and photos; the rest is in
    std::vector<Received> receipts;
    std::vector<std::string> photo_digests; ///< hex, of those that are here now
};

/// Importing a bundle twice changes nothing, in whatever order with the network. A batch that cannot be taken
/// (of an unknown device, say) holds up neither the others nor photos whose entries are here. Fails when the
/// file is damaged, or when nothing of it could be taken.
[[nodiscard]] Result<BundleReport> import_bundle(IngestService& ingest, AttachmentStore& attachments,
                                                 const Clock& clock, std::string_view bytes,
                                                 Senders senders = Senders::Enrolled);

/// The file that goes back to the device (shared/protocol/bundle_answer.h).
[[nodiscard]] std::string write_answer(const BundleReport& report, const ServerKeys& keys);

} // namespace tally::server
