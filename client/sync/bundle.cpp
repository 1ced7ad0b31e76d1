#include "client/sync/bundle.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"

namespace tally::client {

Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file, Timestamp now)
{
    if (!store.identity())
        return Error{"not_enrolled",
                     "This device is not enrolled yet. Enrol it with a code from the administrator."};
    ExportedBundle exported;
    protocol::BundleWriter writer;
    for (const Identity& identity : store.identities_with_unsent()) {
        std::int64_t last = 0;
        while (const auto batch = store.next_batch(identity, last, now)) {
            writer.add_batch(batch->bytes);
            exported.entries += static_cast<std::int64_t>(batch->ids.size());
            last = batch->last_local;
        }
        for (const std::string& digest : store.unsent_attachments(identity)) {
            const auto bytes = store.sealed_attachment(digest);
            if (!bytes)
                continue; // erased meanwhile
            writer.add_attachment(*from_hex(digest), *bytes);
            ++exported.photos;
        }
    }
    if (exported.entries == 0 && exported.photos == 0)
        return Error{"nothing_to_export", "Everything on this device is at the server already."};
    const std::string bytes = std::move(writer).finish();
    exported.bytes = static_cast<std::int64_t>(bytes.size());
    const auto written = write_file_durably(file, bytes);
    if (!written)
        return written.error();
    return exported;
}

} // namespace tally::client
