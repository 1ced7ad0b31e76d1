#include "client/sync/bundle.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/bundle_answer.h"

#include <algorithm>

namespace tally::client {

namespace {

Error not_enrolled()
{
    return {"not_enrolled", "This device is not enrolled yet. Enrol it with a code from the administrator."};
}

Result<ExportedBundle> write_bundle(ExportedBundle exported, protocol::BundleWriter&& writer,
                                    const std::filesystem::path& file)
{
    const std::string bytes = std::move(writer).finish();
    exported.bytes = static_cast<std::int64_t>(bytes.size());
    if (const auto written = write_file_durably(file, bytes); !written)
        return written.error();
    return exported;
}

} // namespace

Result<ExportedBundle> export_entries(Store& store, const std::filesystem::path& file, Timestamp now,
                                      std::span<const Uuid> ids)
{
    if (!store.identity())
        return not_enrolled();
    ExportedBundle exported;
    protocol::BundleWriter writer;
    for (const Uuid& id : ids) {
        // Each in a batch of its own, so that none has to wait for another at the server.
        std::optional<OutgoingBatch> batch;
        for (const Identity& identity : store.identities())
            if (!batch)
                batch = store.batch_with(identity, id, now);
        if (!batch)
            return Error{"unknown_entry", "There is no entry " + id.text() +
                                              " on this device, or it was erased. Nothing was written."};
        writer.add_batch(batch->bytes);
        ++exported.entries;
    }
    for (const Uuid& id : ids)
        for (const std::string& digest : store.attachments_of(id))
            if (const auto bytes = store.sealed_attachment(digest)) {
                writer.add_attachment(*from_hex(digest), *bytes);
                ++exported.photos;
            }
    return write_bundle(exported, std::move(writer), file);
}

Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file, Timestamp now,
                                     Sending sending)
{
    if (!store.identity())
        return not_enrolled();
    ExportedBundle exported;
    protocol::BundleWriter writer;
    const bool all = sending == Sending::Everything;
    for (const Identity& identity : all ? store.identities() : store.identities_with_unsent()) {
        std::int64_t last = 0;
        while (const auto batch = store.next_batch(identity, last, now, {}, sending)) {
            writer.add_batch(batch->bytes);
            exported.entries += static_cast<std::int64_t>(batch->ids.size());
            last = batch->last_local;
        }
        for (const std::string& digest :
             all ? store.all_attachments(identity) : store.unsent_attachments(identity)) {
            const auto bytes = store.sealed_attachment(digest);
            if (!bytes)
                continue; // erased meanwhile
            writer.add_attachment(*from_hex(digest), *bytes);
            ++exported.photos;
        }
    }
    if (exported.entries == 0 && exported.photos == 0)
        return Error{"nothing_to_export", "Everything on this device is at the server already."};
    return write_bundle(exported, std::move(writer), file);
}

Result<ImportedReceipts> import_receipts(Store& store, std::string_view bytes)
{
    const auto answer = protocol::parse_bundle_answer(bytes);
    if (!answer)
        return answer.error();
    const auto all = store.identities();
    if (all.empty())
        return not_enrolled();
    const Error foreign{"answer_foreign",
                        "These receipts are not for this device. Take the file that was written when this "
                        "device's own bundle was imported."};
    const auto from_known_server = [&](const Identity& identity) {
        return identity.server_signing_key == answer->server_key;
    };
    if (std::none_of(all.begin(), all.end(), from_known_server))
        return foreign;
    ImportedReceipts imported;
    std::int64_t own = 0;
    for (const protocol::AnsweredBatch& part : answer->batches) {
        const auto receipt = protocol::parse_receipt(part.receipt, answer->server_key);
        if (!receipt)
            return receipt.error();
        const auto identity = std::find_if(all.begin(), all.end(), [&](const Identity& one) {
            return from_known_server(one) && one.device == receipt->device;
        });
        const auto batch = identity != all.end()
                               ? store.batch_of(*identity, part.ids, receipt->entries_digest)
                               : std::nullopt;
        if (!batch) {
            ++imported.foreign;
            continue;
        }
        ++own;
        // Once only: after a restore of the server the same words may no longer be true.
        if (store.has_receipt(part.receipt)) {
            ++imported.known;
            continue;
        }
        if (const auto kept = store.keep_receipt(*batch, *receipt, part.receipt); !kept)
            return kept.error();
        for (const auto& outcome : receipt->outcomes) {
            const bool taken =
                outcome.outcome == protocol::Outcome::Created || outcome.outcome == protocol::Outcome::Exists;
            ++(taken ? imported.accepted : imported.rejected);
        }
    }
    for (const std::string_view digest : answer->photos) {
        const std::string name = to_hex(digest);
        if (!store.has_upload(name))
            continue;
        store.finish_upload(name);
        ++imported.photos;
        ++own;
    }
    if (own == 0 && imported.foreign > 0)
        return foreign;
    return imported;
}

} // namespace tally::client
