#include "tests/support/fake_server.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/receipt.h"
#include "shared/protocol/request_signature.h"
#include "shared/protocol/sealed_record.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace tally::test {

using client::HttpRequest;
using client::HttpResponse;

namespace {

HttpResponse problem(int status, const std::string& code, const std::string& more = "")
{
    return {status,
            {{"Content-Type", "application/problem+json"}},
            R"({"type":"about:blank","title":"Refused","status":)" + std::to_string(status) +
                R"(,"detail":"A sentence about )" + code + R"(.","code":")" + code + "\"" + more + "}"};
}

HttpResponse with_offset(int status, std::size_t offset)
{
    return {status, {{"upload-offset", std::to_string(offset)}, {"tus-resumable", "1.0.0"}}, ""};
}

std::string header_of(const HttpRequest& request, const std::string& name)
{
    for (const auto& [given, value] : request.headers) {
        if (given == name)
            return value;
    }
    return {};
}

class Connection final : public client::Transport
{
public:
    explicit Connection(FakeServer& server) : m_server(server) {}
    Result<HttpResponse> send(const HttpRequest& request) override { return m_server.answer(request); }
    void interrupt() override {}

private:
    FakeServer& m_server;
};

} // namespace

std::unique_ptr<client::Transport> FakeServer::connect()
{
    return std::make_unique<Connection>(*this);
}

bool FakeServer::is_signed(const HttpRequest& request) const
{
    const auto signature = protocol::parse_authorization(header_of(request, "Authorization"));
    const std::string digest = request.method == "PATCH" ? "unsigned" : crypto::sha256_hex(request.body);
    return signature.ok() && signature->device == device &&
           protocol::is_signed_by(*signature, request.method, request.target, digest, device_public_key);
}

bool FakeServer::is_in_step(const HttpRequest& request) const
{
    const auto signature = protocol::parse_authorization(header_of(request, "Authorization"));
    return signature.ok() && std::llabs(signature->time.ms - clock.now().ms) <= protocol::request_age_ms_max;
}

Result<HttpResponse> FakeServer::answer(const HttpRequest& request)
{
    ++requests;
    const Error offline{"offline", "The server cannot be reached."};
    if (lose_requests > 0) {
        --lose_requests;
        return offline;
    }
    if (is_portal)
        return HttpResponse{200, {{"Content-Type", "text/html"}}, "<html>Accept our terms</html>"};
    if (body_bytes_max > 0 && request.body.size() > body_bytes_max) {
        ++too_large;
        return HttpResponse{413, {{"Content-Type", "text/html"}}, "<html>Request Entity Too Large</html>"};
    }
    if (busy_answers > 0) {
        --busy_answers;
        HttpResponse busy = problem(503, "busy");
        busy.headers.emplace_back("Retry-After", "0");
        return busy;
    }
    HttpResponse response = problem(404, "not_found");
    if (revoked)
        return problem(403, "device_revoked");
    if (request.target == "/api/v1/batches") {
        response = receive_batch(request);
    } else if (request.target == "/api/v1/chain") {
        response = receive_numbers(request);
    } else if (request.target == "/api/v1/device-keys") {
        response = receive_keys(request);
    } else if (!is_signed(request)) {
        response = problem(401, "bad_signature");
    } else if (!is_in_step(request)) {
        response = problem(401, "clock_out_of_step", ",\"server_time_ms\":" + std::to_string(clock.now().ms));
    } else if (request.target.starts_with("/api/v1/changes")) {
        response = {200, {{"content-type", "application/json"}}, changes};
    } else if (request.target == "/api/v1/withdrawals") {
        response = receive_withdrawal(request);
    } else if (request.target.starts_with("/api/v1/attachments")) {
        const bool cut = cut_chunks > 0 && request.method == "PATCH";
        response = receive_attachment(request);
        if (cut) {
            --cut_chunks;
            return offline;
        }
    }
    if (lose_replies > 0) {
        --lose_replies;
        return offline;
    }
    if (lose_reply_of != 0 && batch_sizes.size() == lose_reply_of) {
        lose_reply_of = 0;
        return offline;
    }
    return response;
}

HttpResponse FakeServer::receive_keys(const HttpRequest& request)
{
    if (key_refusal != 0)
        return problem(key_refusal, key_refusal == 409 ? "key_conflict" : "not_found");
    const auto shown = protocol::parse_device_key_changes(request.body);
    if (!shown || shown->front().device != device)
        return problem(400, "bad_key_change");
    bool hangs_on = false;
    for (const auto& change : *shown) {
        const bool is_known =
            std::find(former_keys.begin(), former_keys.end(), change.old_key) != former_keys.end();
        hangs_on = hangs_on || is_known || change.old_key == device_public_key;
        if (change.old_key != device_public_key)
            continue;
        former_keys.push_back(device_public_key);
        device_public_key = change.new_key;
    }
    return hangs_on ? HttpResponse{204, {}, ""} : problem(401, "bad_signature");
}

HttpResponse FakeServer::receive_batch(const HttpRequest& request)
{
    const auto batch = protocol::parse_batch(request.body);
    if (!batch || batch->device != device || !batch->is_signed_by(device_public_key))
        return problem(401, "bad_signature");
    if (batch->records.size() > batch_entries_max)
        return problem(413, "batch_too_large");
    records_sent += batch->records.size();
    for (const std::string_view record : batch->records) {
        if (takes_nothing || poison.contains(protocol::parse_record_header(record)->id))
            return problem(poison_status, "internal_error");
    }
    batch_sizes.push_back(batch->records.size());
    protocol::Receipt receipt;
    receipt.device = device;
    receipt.entries_digest = batch->entries_digest();
    receipt.received_at = clock.now();
    receipt.tree_root.assign(32, '\1');
    for (const std::string_view record : batch->records) {
        const Uuid id = protocol::parse_record_header(record)->id;
        protocol::EntryOutcome outcome;
        if (refuse_as_erased.contains(id)) {
            outcome = {protocol::Outcome::Rejected, 0, "amends_erased", "What it changes was erased."};
        } else if (reject.contains(id)) {
            outcome = {protocol::Outcome::Rejected, 0, "contract_unknown", "No such contract."};
        } else if (const auto known = records.find(id); known != records.end()) {
            outcome.outcome =
                known->second == record ? protocol::Outcome::Exists : protocol::Outcome::Conflict;
        } else {
            records.emplace(id, record);
            ++record_count;
            outcome.position = m_position++;
        }
        receipt.outcomes.push_back(outcome);
    }
    return {200,
            {{"content-type", "application/vnd.tallybook.receipt"}},
            protocol::write_receipt(receipt, wrong_receipts ? crypto::make_signing_key() : keys.signing)};
}

HttpResponse FakeServer::receive_numbers(const HttpRequest& request)
{
    const auto report = protocol::parse_chain_report(request.body);
    if (refuses_numbers || !report || report->device != device || !report->is_signed_by(device_public_key))
        return problem(400, "bad_chain_report");
    numbers.insert(numbers.end(), report->numbers.begin(), report->numbers.end());
    return {204, {}, ""};
}

HttpResponse FakeServer::receive_withdrawal(const HttpRequest& request)
{
    if (tired_of_withdrawals) {
        HttpResponse busy = problem(429, "too_many_requests");
        busy.headers.emplace_back("Retry-After", "3600");
        return busy;
    }
    const auto json = nlohmann::json::parse(request.body);
    const auto sealed = from_base64(json.at("sealed_code").get<std::string>());
    const auto code = crypto::open_sealed(keys.sealing, *sealed);
    if (!code)
        return problem(400, "bad_withdrawal");
    withdrawn.push_back(*code);
    return {202, {}, ""};
}

HttpResponse FakeServer::receive_attachment(const HttpRequest& request)
{
    constexpr std::string_view folder = "/api/v1/attachments/";
    if (request.method == "POST") {
        const std::string metadata = header_of(request, "Upload-Metadata");
        const auto digest = from_base64(std::string_view(metadata).substr(7));
        const std::size_t length = std::strtoul(header_of(request, "Upload-Length").c_str(), nullptr, 10);
        if (attachments.contains(*digest))
            return with_offset(200, length);
        m_uploads[*digest] = {length, ""};
        HttpResponse created = with_offset(201, 0);
        created.headers.emplace_back("Location", std::string(folder) + *digest);
        return created;
    }
    const std::string digest = request.target.substr(folder.size());
    if (const auto whole = attachments.find(digest); whole != attachments.end())
        return with_offset(request.method == "HEAD" ? 200 : 409, whole->second.size());
    const auto found = m_uploads.find(digest);
    if (found == m_uploads.end())
        return problem(404, "not_found");
    auto& [length, bytes] = found->second;
    if (request.method == "HEAD")
        return with_offset(200, bytes.size());
    if (header_of(request, "Upload-Offset") != std::to_string(bytes.size()))
        return problem(409, "wrong_offset");
    bytes += cut_chunks > 0 ? request.body.substr(0, request.body.size() / 2) : request.body;
    if (bytes.size() < length)
        return with_offset(204, bytes.size());
    if (spoil_uploads > 0 || crypto::sha256_hex(bytes) != digest) {
        --spoil_uploads;
        bytes.clear();
        return problem(460, "checksum_mismatch");
    }
    const HttpResponse done = with_offset(204, length);
    attachments.emplace(digest, bytes);
    m_uploads.erase(found);
    return done;
}

} // namespace tally::test
