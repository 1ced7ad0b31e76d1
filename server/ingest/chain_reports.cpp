#include "server/ingest/ingest.h"
#include "server/storage/device_chain.h"

namespace tally::server {

Result<void> IngestService::receive_report(std::string_view bytes, Senders senders)
{
    const auto report = protocol::parse_chain_report(bytes);
    if (!report)
        return report.error();
    auto database = m_pool.lease();
    const auto device = find_device(*database, report->device);
    if (const auto known = check_sender(device, device && report->is_signed_by(device->public_key), senders);
        !known)
        return known.error();
    storage::Transaction transaction(*database);
    transaction.lock_for_writing();
    note_chain_report(*database, *report, m_clock.now());
    transaction.commit();
    return {};
}

} // namespace tally::server
