#include "server/ingest/bundle_import.h"

#include "shared/base/encoding.h"
#include "shared/protocol/bundle_answer.h"
#include "shared/protocol/sealed_record.h"

namespace tally::server {
namespace {

void count(BundleReport& report, const protocol::Receipt& receipt, const std::vector<Uuid>& ids)
{
    for (std::size_t i = 0; i < receipt.outcomes.size(); ++i) {
        const auto& outcome = receipt.outcomes[i];
        if (outcome.outcome == protocol::Outcome::Created) {
            ++report.created;
        } else if (outcome.outcome == protocol::Outcome::Exists) {
            ++report.existing;
        } else {
            ++report.refused;
            report.problems.push_back({outcome.code, outcome.message,
                                       i < ids.size() ? "entry " + ids[i].text() : std::string("entry")});
        }
    }
}

/// In the order of the records; a record that is too short to have one has the empty id.
std::vector<Uuid> ids_in(std::string_view batch_bytes)
{
    std::vector<Uuid> ids;
    const auto batch = protocol::parse_batch(batch_bytes);
    if (!batch)
        return ids;
    for (const auto record : batch->records) {
        const auto header = protocol::parse_record_header(record);
        ids.push_back(header ? header->id : Uuid{});
    }
    return ids;
}

void import_photo(BundleReport& report, IngestService& ingest, AttachmentStore& attachments,
                  const Clock& clock, const protocol::BundledAttachment& attachment)
{
    const std::string digest = to_hex(attachment.sealed_digest);
    if (const auto known = attachments.progress(digest); known && known->complete) {
        ++report.photos_existing;
        report.photo_digests.push_back(digest);
        return;
    }
    const auto device = attachments.device_that_names(digest);
    const auto stored =
        device
            ? attachments.put(*device, digest, attachment.bytes, clock.now())
            : Result<UploadProgress>(Error{"attachment_unknown", "No entry that is here names this photo."});
    if (!stored) {
        report.problems.push_back(
            {stored.error().code, stored.error().message, "photo " + digest.substr(0, 12)});
        return;
    }
    ++report.photos;
    report.photo_digests.push_back(digest);
    ingest.comparison().photo_arrived(digest);
}

} // namespace

Result<BundleReport> import_bundle(IngestService& ingest, AttachmentStore& attachments, const Clock& clock,
                                   std::string_view bytes, Senders senders)
{
    const auto bundle = protocol::parse_bundle(bytes);
    if (!bundle)
        return bundle.error();
    BundleReport report;
    // First, because what follows is signed with the newest key. Those that the server cannot follow may
    // still leave batches that it can take.
    for (const auto part : bundle->key_changes)
        if (const auto taken = ingest.receive_key_changes(part, senders); !taken)
            report.problems.push_back({taken.error().code, taken.error().message, "key"});
    // Before the entries: what was put right must not come in its old form beside the new one.
    std::vector<Error> unread_reports;
    for (const auto part : bundle->chain_reports)
        if (const auto noted = ingest.receive_report(part, senders); !noted)
            unread_reports.push_back({noted.error().code, noted.error().message, "numbers"});
    for (std::size_t i = 0; i < bundle->batches.size(); ++i) {
        const auto received = ingest.receive(bundle->batches[i], senders);
        if (!received) {
            report.problems.push_back(
                {received.error().code, received.error().message, "batch " + std::to_string(i + 1)});
            continue;
        }
        auto ids = ids_in(bundle->batches[i]);
        count(report, received->receipt, ids);
        report.receipts.push_back({received->receipt_bytes, std::move(ids)});
    }
    report.problems.insert(report.problems.end(), unread_reports.begin(), unread_reports.end());
    const bool all_refused = report.receipts.empty() && !report.problems.empty();
    // Photos whose entries are here already stand for themselves: what an entry names cannot be forged.
    for (const auto& attachment : bundle->attachments)
        import_photo(report, ingest, attachments, clock, attachment);
    if (all_refused && report.photo_digests.empty())
        return Error{report.problems.front().code, report.problems.front().message};
    return report;
}

std::string write_answer(const BundleReport& report, const ServerKeys& keys)
{
    protocol::BundleAnswerWriter writer(keys.signing.public_key);
    for (const auto& change : keys.changes)
        writer.add_key_change(change);
    for (const auto& received : report.receipts)
        writer.add_receipt(received.receipt, received.ids);
    for (const auto& digest : report.photo_digests)
        writer.add_photo(*from_hex(digest));
    return std::move(writer).finish(keys.signing);
}

} // namespace tally::server
