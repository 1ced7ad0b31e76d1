#pragma once
/// The programs' interface: what devices and tools ask for over HTTP.

#include "server/http/router.h"
#include "server/ingest/ingest.h"
#include "server/storage/attachment_store.h"
#include "server/storage/entry_vault.h"
#include "shared/base/random.h"

#include <mutex>
#include <string>

namespace tally::server {

/// What the handlers need; everything must outlive the router.
struct ApiServices
{
    DatabasePool& pool;
    IngestService& ingest;
    AttachmentStore& attachments;
    const EntryVault& vault;
    const ServerKeys& keys;
    const Clock& clock;
    Random& random;
    std::string server_name; ///< of the council, for devices to show
};

void add_api_routes(Router& router, ApiServices& services);

/// The OpenAPI 3.1 description of the interface.
[[nodiscard]] std::string openapi_document();

} // namespace tally::server
