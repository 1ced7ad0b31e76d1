#pragma once
/// The programs' interface: what devices and tools ask for over HTTP.

#include "server/accounts/rate_limiter.h"
#include "server/http/router.h"
#include "server/ingest/ingest.h"
#include "server/storage/attachment_store.h"
#include "server/storage/entry_vault.h"
#include "shared/base/random.h"

#include <mutex>
#include <string>
#include <string_view>

namespace tally::server {

/// Who carries out what people ask for with their withdrawal codes.
class WithdrawalRequests
{
public:
    virtual ~WithdrawalRequests() = default;
    /// Erases what was given under the code, in capital letters and digits alone; nothing is no failure.
    /// Throws when it has to be tried again. From any thread.
    virtual void withdraw(std::string_view code) = 0;
};

/// After so many wrong enrolment codes from one network within a quarter of an hour it has to wait.
inline constexpr int enrolment_failures_max = 10;
inline constexpr std::int64_t enrolment_window_ms = 15 * 60 * 1000;

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
    /// Without it requests are noted and wait.
    WithdrawalRequests* withdrawals = nullptr;
    /// Codes that were wrong, by the network that they came from. A code has 60 random bits.
    RateLimiter enrolment_failures = {enrolment_failures_max, enrolment_window_ms};
};

void add_api_routes(Router& router, ApiServices& services);

/// The OpenAPI 3.1 description of the interface.
[[nodiscard]] std::string openapi_document();

} // namespace tally::server
