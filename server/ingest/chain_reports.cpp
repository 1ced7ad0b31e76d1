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
    auto signer = device && report->is_signed_by(device->public_key) ? Signer::Device : Signer::Nobody;
    if (device && signer == Signer::Nobody) {
        std::vector<SignedNumber> numbers;
        for (const auto& number : report->numbers)
            numbers.push_back({static_cast<std::int64_t>(number.seq), {}});
        signer = signer_before(
            *database, *device, [&](std::string_view key) { return report->is_signed_by(key); }, numbers,
            let_in(senders));
    }
    if (const auto known = check_sender(device, signer, senders); !known)
        return known.error();
    storage::Transaction transaction(*database);
    transaction.lock_for_writing();
    note_chain_report(*database, *report, m_clock.now());
    transaction.commit();
    return {};
}

Result<void> IngestService::receive_key_changes(std::string_view bytes, Senders senders)
{
    const auto changes = protocol::parse_device_key_changes(bytes);
    if (!changes)
        return changes.error();
    auto database = m_pool.lease();
    return take_key_changes(*database, *changes, m_clock.now(), let_in(senders));
}

} // namespace tally::server
