#pragma once
/// The real server's code on a simulated disk: database, ledger, ingest, review, erasure and the handlers of
/// the devices' interface. Without HTTP: requests come as the client made them.

#include "client/sync/transport.h"
#include "server/api/device_check.h"
#include "server/api/routes.h"
#include "server/erasure/erasure_service.h"
#include "server/http/router.h"
#include "server/ingest/ingest.h"
#include "server/review/review.h"
#include "tests/simulation/disk.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tally::simulation {

/// A clock that runs with the simulation, beside the right time and not quite as fast.
class MachineClock final : public Clock
{
public:
    explicit MachineClock(const std::int64_t& elapsed_ms) : m_elapsed_ms(elapsed_ms) {}

    [[nodiscard]] Timestamp now() const override
    {
        constexpr std::int64_t start_ms = 1'772'443'800'000; // 2026-03-02 09:30 UTC
        return {start_ms + m_elapsed_ms + offset_ms + m_elapsed_ms * drift_ppm / 1'000'000};
    }
    [[nodiscard]] std::int32_t utc_offset_min(Timestamp) const override { return 0; }

    std::int64_t offset_ms = 0;
    std::int64_t drift_ppm = 0;

private:
    const std::int64_t& m_elapsed_ms;
};

/// One run of the server's program.
class ServerProgram
{
public:
    /// `data` is the server's folder, on `disk`. Throws storage::DatabaseError.
    ServerProgram(const std::filesystem::path& data, const Clock& clock);

    [[nodiscard]] client::HttpResponse answer(const client::HttpRequest& request,
                                              std::optional<std::size_t> body_ends_at);

    SystemRandom random;
    server::DatabasePool pool;
    server::ServerKeys keys;
    server::LedgerWriter writer;
    server::ReferenceCache reference;
    server::AttachmentStore attachments;
    server::EntryVault vault;
    server::IngestService ingest;
    server::ReviewService review;
    server::ErasureService erasure;

private:
    /// As `serve` does it.
    class DeviceWithdrawals final : public server::WithdrawalRequests
    {
    public:
        explicit DeviceWithdrawals(server::ErasureService& erasure) : m_erasure(erasure) {}
        void withdraw(std::string_view code) override { (void)m_erasure.withdraw(code).ok(); }

    private:
        server::ErasureService& m_erasure;
    };

    DeviceWithdrawals m_withdrawals;
    server::ApiServices m_api;
    server::SeenRequests m_seen;
    server::Router m_router;
};

/// A contract as the council's file says it; LCC-1 is loaded from the start.
[[nodiscard]] std::string contract_file(std::string_view reference);

/// A server's database with the tables, a framework and one contract, to begin every run with. Each disk has
/// keys of its own.
[[nodiscard]] std::map<std::string, std::string> make_server_image(Disk& disk);
/// A device's store with its tables.
[[nodiscard]] std::map<std::string, std::string> make_device_image(Disk& disk);

[[nodiscard]] std::string server_url(const std::filesystem::path& data);

} // namespace tally::simulation
