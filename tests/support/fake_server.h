#pragma once
/// A server of a few lines behind the client's Transport: it checks signatures and digests as the real
/// one does, keeps what it was sent, and fails on request.

#include "client/sync/transport.h"
#include "shared/crypto/keys.h"
#include "shared/protocol/chain_report.h"
#include "tests/support/client_fixture.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tally::test {

class FakeServer
{
public:
    ServerKeys keys;
    ManualClock clock{Timestamp{1'772'443'800'000}};
    std::string device_public_key; ///< set by `know`
    Uuid device;

    // Faults. The counted ones are used up.
    int lose_requests = 0; ///< nothing arrives
    int lose_replies = 0;  ///< it arrives, but no answer comes back
    int busy_answers = 0;  ///< 503 with Retry-After: 0
    bool revoked = false;
    int key_refusal = 0; ///< status with which a new key of the device is refused; 404: an older server
    bool wrong_receipts = false; ///< signed by a stranger
    std::size_t batch_entries_max = 2'000;
    std::size_t body_bytes_max = 0; ///< of a proxy before the server, which answers 413; 0: there is none
    int spoil_uploads = 0;          ///< the digest turns out wrong at the end
    int cut_chunks = 0;             ///< only half of the chunk is kept, and the reply is lost
    std::set<Uuid> reject;
    std::set<Uuid> refuse_as_erased;
    std::set<Uuid> poison; ///< a batch with one of these is answered with poison_status and no receipt
    int poison_status = 500;
    bool takes_nothing = false;        ///< every batch is answered with poison_status
    std::size_t lose_reply_of = 0;     ///< of the batch with this number, from 1
    bool is_portal = false;            ///< a page to sign in stands between here and the server
    bool refuses_numbers = false;      ///< 400 for what the device says of its chain
    bool tired_of_withdrawals = false; ///< 429 with Retry-After: 3600

    // What was seen.
    std::map<Uuid, std::string> records;
    std::atomic<std::size_t> record_count = 0;      ///< of `records`, to read while the device's thread sends
    std::map<std::string, std::string> attachments; ///< whole ones
    std::vector<std::size_t> batch_sizes;
    std::vector<std::string> withdrawn;         ///< codes, as they were opened
    std::vector<protocol::ChainNumber> numbers; ///< that will not come
    std::vector<std::string> former_keys;       ///< of the device, each once it was replaced
    int requests = 0;
    int too_large = 0;            ///< requests that the proxy refused
    std::size_t records_sent = 0; ///< each time
    std::string changes = R"({"cursor":"1","more":false,"server_time_ms":1772443800000,"items":[]})";

    void know(const client::Identity& identity)
    {
        device = identity.device;
        device_public_key = identity.signing.public_key;
    }
    [[nodiscard]] Result<client::HttpResponse> answer(const client::HttpRequest& request);
    [[nodiscard]] std::unique_ptr<client::Transport> connect();

private:
    client::HttpResponse receive_batch(const client::HttpRequest& request);
    client::HttpResponse receive_numbers(const client::HttpRequest& request);
    client::HttpResponse receive_keys(const client::HttpRequest& request);
    client::HttpResponse receive_withdrawal(const client::HttpRequest& request);
    client::HttpResponse receive_attachment(const client::HttpRequest& request);
    [[nodiscard]] bool is_signed(const client::HttpRequest& request) const;
    [[nodiscard]] bool is_in_step(const client::HttpRequest& request) const;

    std::map<std::string, std::pair<std::size_t, std::string>> m_uploads; ///< length and bytes so far
    std::uint64_t m_position = 0;
};

} // namespace tally::test
