#pragma once
/// The services of an opened server, wired together once.

#include "server/accounts/accounts.h"
#include "server/commands/context.h"
#include "server/erasure/erasure_service.h"
#include "server/ingest/ingest.h"
#include "server/review/review.h"
#include "server/storage/entry_vault.h"

namespace tally::server {

struct ServerServices
{
    /// `context` must outlive the services. Throws storage::DatabaseError.
    explicit ServerServices(ServerContext& context);

    Accounts accounts;
    LedgerWriter writer;
    ReferenceCache reference;
    AttachmentStore attachments;
    EntryVault vault;
    IngestService ingest;
    ReviewService review;
    ErasureService erasure;
};

} // namespace tally::server
