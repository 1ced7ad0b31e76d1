#pragma once
/// Taking in a bundle from a USB stick, and giving the receipts back for it.

#include "server/console/console.h"
#include "server/ingest/bundle_import.h"

namespace tally::server::console {

class BundlePages
{
public:
    /// All must outlive the pages.
    BundlePages(Console& console, IngestService& ingest, AttachmentStore& attachments, const ServerKeys& keys)
        : m_console(console), m_ingest(ingest), m_attachments(attachments), m_keys(keys)
    {
    }

    /// The pages must outlive the router.
    void register_routes(Router& router);

private:
    Response bundle_page(Request& request);
    Response import(Request& request);
    Response receipts(Request& request);
    Response show(const Request& request, const std::optional<BundleReport>& report,
                  const std::optional<Error>& refusal);

    Console& m_console;
    IngestService& m_ingest;
    AttachmentStore& m_attachments;
    const ServerKeys& m_keys;
};

} // namespace tally::server::console
