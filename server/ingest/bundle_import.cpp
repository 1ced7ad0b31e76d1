#include "server/ingest/bundle_import.h"

#include "shared/base/encoding.h"

namespace tally::server {
namespace {

void count(BundleReport& report, const protocol::Receipt& receipt)
{
    for (const auto& outcome : receipt.outcomes) {
        if (outcome.outcome == protocol::Outcome::Created) {
            ++report.created;
        } else if (outcome.outcome == protocol::Outcome::Exists) {
            ++report.existing;
        } else {
            ++report.refused;
            report.problems.push_back({outcome.code, outcome.message, "entry"});
        }
    }
}

} // namespace

Result<BundleReport> import_bundle(IngestService& ingest, AttachmentStore& attachments, const Clock& clock,
                                   std::string_view bytes)
{
    const auto bundle = protocol::parse_bundle(bytes);
    if (!bundle)
        return bundle.error();
    BundleReport report;
    std::optional<Uuid> device;
    for (const auto batch : bundle->batches) {
        const auto received = ingest.receive(batch);
        if (!received)
            return received.error();
        device = received->device;
        count(report, received->receipt);
    }
    for (const auto& attachment : bundle->attachments) {
        const std::string digest = to_hex(attachment.sealed_digest);
        if (const auto known = attachments.progress(digest); known && known->complete) {
            ++report.photos_existing;
            continue;
        }
        const auto stored =
            device ? attachments.put(*device, digest, attachment.bytes, clock.now())
                   : Result<UploadProgress>(Error{"device_unknown", "The bundle names no device."});
        if (stored) {
            ++report.photos;
            ingest.photo_arrived(digest);
        } else {
            report.problems.push_back(
                {stored.error().code, stored.error().message, "photo " + digest.substr(0, 12)});
        }
    }
    return report;
}

} // namespace tally::server
