#include "client/sync/sync.h"

#include "client/sync/http_transport.h"
#include "client/sync/problem.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/request_signature.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <future>

namespace tally::client {

namespace {

constexpr std::string_view batch_type = "application/vnd.tallybook.batch";
/// Clocks drift; smaller corrections are not worth a write.
constexpr std::int64_t clock_offset_step_ms = 500;
constexpr std::int64_t busy_wait_ms = 1'000;
/// An upload that arrives damaged is sent again this often in one round.
constexpr int upload_attempts_max = 3;

Error stopped()
{
    return {"stopped",
            "Sync was stopped before it was done. What was sent stays sent; the rest follows next time."};
}

std::string percent_encoded(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += "%" + to_hex({&c, 1});
    }
    return out;
}

std::optional<std::int64_t> number_of(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

bool is_for_this_device(const Error& error)
{
    return error.code == "device_unknown" || error.code == "device_revoked";
}

} // namespace

std::string_view name_of(SyncState state)
{
    switch (state) {
    case SyncState::NotEnrolled:
        return "not_enrolled";
    case SyncState::Idle:
        return "idle";
    case SyncState::Working:
        return "working";
    case SyncState::Offline:
        return "offline";
    case SyncState::Refused:
        return "refused";
    case SyncState::Failed:
        return "failed";
    }
    TALLY_ASSERT(false);
}

SyncState state_after(const Error& error)
{
    if (error.code == "not_enrolled")
        return SyncState::NotEnrolled;
    if (error.code == "offline" || error.code == "busy" || error.code == "stopped")
        return SyncState::Offline;
    if (is_for_this_device(error))
        return SyncState::Refused;
    return SyncState::Failed;
}

TransportMaker http_transports()
{
    return [](const Identity& identity) {
        return make_http_transport({identity.server, identity.certificate_sha256});
    };
}

/// One round with one server under one enrolment.
class SyncEngine::Round
{
public:
    Round(SyncEngine& engine, const Identity& identity, std::stop_token stop,
          const std::function<void(const SyncReport&)>& on_progress)
        : m_engine(engine), m_store(engine.m_store), m_report(engine.m_report), m_identity(identity),
          m_transport(engine.m_transports(identity)), m_stop(stop), m_on_progress(on_progress),
          m_interrupt(stop, [this] { m_transport->interrupt(); })
    {
        m_clock_offset_ms = m_store.clock_offset_ms();
    }

    Result<void> send_withdrawals();
    Result<void> send_entries();
    Result<void> send_photos();
    Result<void> pull();

private:
    Result<HttpResponse> send(const HttpRequest& request);
    Result<HttpResponse> send_signed(HttpRequest request, std::string_view body_digest);
    Result<HttpResponse> send_signed(const HttpRequest& request)
    {
        return send_signed(request, crypto::sha256_hex(request.body));
    }
    [[nodiscard]] std::future<Result<HttpResponse>> launch(const OutgoingBatch& batch);
    Result<void> keep_answer(const OutgoingBatch& batch, const protocol::Receipt& receipt,
                             std::string_view bytes);
    Result<void> wait_while_busy(const HttpResponse& answer);
    Result<std::optional<std::int64_t>> offset_at_server(const Upload& upload);
    Result<void> send_photo(const Upload& upload);
    Result<HttpResponse> send_chunk(const Upload& upload, std::int64_t offset);
    void learn_time(std::int64_t server_time_ms);
    void progress()
    {
        if (m_on_progress)
            m_on_progress(m_report);
    }

    SyncEngine& m_engine;
    Store& m_store;
    SyncReport& m_report;
    const Identity& m_identity;
    std::unique_ptr<Transport> m_transport;
    std::stop_token m_stop;
    const std::function<void(const SyncReport&)>& m_on_progress;
    std::stop_callback<std::function<void()>> m_interrupt;
    std::optional<std::int64_t> m_clock_offset_ms;
    std::int64_t m_busy_waited_ms = 0;
};

void SyncEngine::Round::learn_time(std::int64_t server_time_ms)
{
    const std::int64_t offset = server_time_ms - m_engine.m_clock.now().ms;
    if (m_clock_offset_ms && std::llabs(*m_clock_offset_ms - offset) < clock_offset_step_ms)
        return;
    m_clock_offset_ms = offset;
    m_store.set_clock_offset_ms(offset);
}

Result<void> SyncEngine::Round::wait_while_busy(const HttpResponse& answer)
{
    const std::int64_t wait_ms = std::max<std::int64_t>(10, retry_after_ms_of(answer).value_or(busy_wait_ms));
    m_busy_waited_ms += wait_ms;
    if (m_busy_waited_ms > m_engine.m_options.busy_wait_ms_max)
        return Error{"busy", "The server is busy. Entries are safe on this device; sync tries again later."};
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any wake;
    wake.wait_for(lock, m_stop, std::chrono::milliseconds(wait_ms), [] { return false; });
    if (m_stop.stop_requested())
        return stopped();
    return {};
}

Result<HttpResponse> SyncEngine::Round::send(const HttpRequest& request)
{
    for (;;) {
        if (m_stop.stop_requested())
            return stopped();
        auto answer = m_transport->send(request);
        if (!answer)
            return m_stop.stop_requested() ? stopped() : answer.error();
        if (answer->status != 429 && answer->status != 503)
            return answer;
        const auto waited = wait_while_busy(*answer);
        if (!waited)
            return waited.error();
    }
}

Result<HttpResponse> SyncEngine::Round::send_signed(HttpRequest request, std::string_view body_digest)
{
    const std::size_t header = request.headers.size();
    request.headers.emplace_back("Authorization", "");
    for (int attempt = 0;; ++attempt) {
        const Timestamp now{m_engine.m_clock.now().ms + m_clock_offset_ms.value_or(0)};
        request.headers[header].second =
            protocol::sign_request(request.method, request.target, body_digest, m_identity.device, now,
                                   to_hex(m_engine.m_random.bytes(16)), m_identity.signing);
        auto answer = send(request);
        if (!answer || answer->status != 401 || attempt > 0)
            return answer;
        // A tablet that lay in a drawer has a wrong clock: sign again with the server's time.
        const auto server_time = server_time_ms_of(*answer);
        if (error_of(*answer).code != "clock_out_of_step" || !server_time)
            return answer;
        learn_time(*server_time);
    }
}

std::future<Result<HttpResponse>> SyncEngine::Round::launch(const OutgoingBatch& batch)
{
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/v1/batches";
    request.content_type = batch_type;
    request.body = batch.bytes;
    return std::async(std::launch::async, [this, request = std::move(request)] { return send(request); });
}

Result<void> SyncEngine::Round::keep_answer(const OutgoingBatch& batch, const protocol::Receipt& receipt,
                                            std::string_view bytes)
{
    const auto kept = m_store.keep_receipt(batch, receipt, bytes);
    if (!kept)
        return kept;
    for (const protocol::EntryOutcome& outcome : receipt.outcomes) {
        if (outcome.outcome == protocol::Outcome::Created)
            ++m_report.created;
        else if (outcome.outcome == protocol::Outcome::Exists)
            ++m_report.existing;
        else
            ++m_report.rejected;
    }
    ++m_report.batches;
    learn_time(receipt.received_at.ms);
    progress();
    return {};
}

Result<void> SyncEngine::Round::send_entries()
{
    BatchLimits limits = m_engine.m_options.batch;
    const auto build = [&](std::int64_t after) {
        return m_store.next_batch(m_identity, after, m_engine.m_clock.now(), limits);
    };
    auto sending = build(0);
    std::future<Result<HttpResponse>> flight;
    if (sending)
        flight = launch(*sending);
    while (sending) {
        // The next one is built while this one is under way.
        auto prepared = build(sending->last_local);
        const auto answer = flight.get();
        if (!answer)
            return answer.error();
        if (answer->status == 413 && sending->ids.size() > 1) {
            limits.entries_max = sending->ids.size() / 2;
            limits.bytes_max = sending->bytes.size() / 2;
            sending = build(0);
            flight = launch(*sending);
            continue;
        }
        if (answer->status != 200)
            return error_of(*answer);
        const auto receipt = protocol::parse_receipt(answer->body, m_identity.server_signing_key);
        if (!receipt)
            return receipt.error();
        if (receipt->device != m_identity.device || receipt->entries_digest != sending->entries_digest)
            return Error{"bad_receipt",
                         "The server's receipt is about something else. Nothing was marked as sent."};
        // It goes out before this receipt is written down, so that neither disk waits for the other.
        if (prepared)
            flight = launch(*prepared);
        const auto kept = keep_answer(*sending, *receipt, answer->body);
        if (!kept)
            return kept;
        sending = std::move(prepared);
    }
    return {};
}

Result<void> SyncEngine::Round::send_withdrawals()
{
    std::int64_t last = 0;
    while (const auto withdrawal = m_store.next_withdrawal(m_identity, last)) {
        last = withdrawal->number;
        HttpRequest request;
        request.method = "POST";
        request.target = "/api/v1/withdrawals";
        request.content_type = "application/json";
        request.body = nlohmann::json{{"sealed_code", to_base64(withdrawal->sealed_code)},
                                      {"at_ms", withdrawal->asked_at.ms}}
                           .dump();
        const std::int64_t waited_ms = m_busy_waited_ms;
        const auto answer = send_signed(request);
        if (answer && answer->status == 202) {
            m_store.finish_withdrawal(withdrawal->number);
            ++m_report.withdrawals;
            progress();
            continue;
        }
        const Error failure = answer ? error_of(*answer) : answer.error();
        // The server counts how many codes a device sends; entries need not wait for the next hour.
        if (failure.code == "busy") {
            m_busy_waited_ms = waited_ms;
            return {};
        }
        if (!answer || is_for_this_device(failure))
            return failure;
    }
    return {};
}

Result<std::optional<std::int64_t>> SyncEngine::Round::offset_at_server(const Upload& upload)
{
    HttpRequest request;
    request.method = "HEAD";
    request.target = "/api/v1/attachments/" + upload.sealed_digest;
    request.headers = {{"Tus-Resumable", "1.0.0"}};
    const auto answer = send_signed(request);
    if (!answer)
        return answer.error();
    if (answer->status == 404 || answer->status == 410)
        return std::optional<std::int64_t>();
    if (answer->status != 200 && answer->status != 204)
        return error_of(*answer);
    return number_of(answer->header("Upload-Offset"));
}

Result<HttpResponse> SyncEngine::Round::send_chunk(const Upload& upload, std::int64_t offset)
{
    HttpRequest request;
    request.method = "PATCH";
    request.target = "/api/v1/attachments/" + upload.sealed_digest;
    request.headers = {{"Tus-Resumable", "1.0.0"}, {"Upload-Offset", std::to_string(offset)}};
    request.content_type = "application/offset+octet-stream";
    request.body = m_store.upload_chunk(upload, offset, m_engine.m_options.chunk_bytes_max);
    return send_signed(std::move(request), "unsigned");
}

Result<void> SyncEngine::Round::send_photo(const Upload& upload)
{
    std::optional<std::int64_t> offset;
    if (upload.started) {
        const auto known = offset_at_server(upload);
        if (!known)
            return known.error();
        offset = *known;
    }
    int attempts = 0;
    for (;;) {
        if (!offset) {
            HttpRequest request;
            request.method = "POST";
            request.target = "/api/v1/attachments";
            request.headers = {{"Tus-Resumable", "1.0.0"},
                               {"Upload-Length", std::to_string(upload.size)},
                               {"Upload-Metadata", "digest " + to_base64(upload.sealed_digest)}};
            const auto answer = send_signed(request);
            if (!answer)
                return answer.error();
            if (answer->status != 200 && answer->status != 201)
                return error_of(*answer);
            offset = number_of(answer->header("Upload-Offset")).value_or(0);
            m_store.set_upload_offset(upload.sealed_digest, *offset);
        }
        while (*offset < upload.size) {
            if (!m_store.has_upload(upload.sealed_digest))
                return {}; // its entry was erased meanwhile
            const auto answer = send_chunk(upload, *offset);
            if (!answer)
                return answer.error();
            const auto reached = number_of(answer->header("Upload-Offset"));
            if (answer->status == 204 && reached && *reached > *offset && *reached <= upload.size) {
                offset = *reached;
                m_store.set_upload_offset(upload.sealed_digest, *offset);
                continue;
            }
            // 409: it holds another part than we thought. 460: the whole did not have its digest.
            if ((answer->status != 409 && answer->status != 460 && answer->status != 404) ||
                ++attempts >= upload_attempts_max)
                return answer->status == 204
                           ? Error{"odd_answer", "The server lost count of a photo's bytes."}
                           : error_of(*answer);
            const auto known = offset_at_server(upload);
            if (!known)
                return known.error();
            offset = *known;
            break;
        }
        if (offset && *offset >= upload.size)
            break;
    }
    m_store.finish_upload(upload.sealed_digest);
    ++m_report.photos;
    progress();
    return {};
}

Result<void> SyncEngine::Round::send_photos()
{
    m_store.retry_uploads();
    while (const auto upload = m_store.next_upload(m_identity)) {
        const auto sent = send_photo(*upload);
        if (sent)
            continue;
        const SyncState state = state_after(sent.error());
        if (state == SyncState::Offline || state == SyncState::Refused)
            return sent;
        // One photo that the server cannot take must not hold up the others.
        m_store.fail_upload(upload->sealed_digest, sent.error().message);
    }
    return {};
}

Result<void> SyncEngine::Round::pull()
{
    for (;;) {
        const std::string cursor = m_store.pull_cursor(m_identity);
        HttpRequest request;
        request.target = "/api/v1/changes";
        if (!cursor.empty())
            request.target += "?cursor=" + percent_encoded(cursor);
        const auto answer = send_signed(request);
        if (!answer)
            return answer.error();
        if (answer->status != 200)
            return error_of(*answer);
        const auto json = nlohmann::json::parse(answer->body, nullptr, false);
        if (!json.is_object() || !json.contains("items") || !json["items"].is_array() ||
            !json.value("cursor", nlohmann::json()).is_string())
            return Error{"odd_answer",
                         "The server's list of changes could not be understood. Update the older of the "
                         "two programs."};
        std::vector<Change> changes;
        for (const auto& item : json["items"]) {
            if (!item.is_object() || !item.value("topic", nlohmann::json()).is_string() ||
                !item.value("key", nlohmann::json()).is_string())
                continue;
            Change change{item["topic"], item["key"], std::nullopt};
            const auto value = item.find("value");
            if (value != item.end() && !value->is_null())
                change.value = value->dump();
            changes.push_back(std::move(change));
        }
        const std::string next = json["cursor"];
        if (!changes.empty() || next != cursor)
            m_store.apply_changes(m_identity, changes, next);
        m_report.changes += static_cast<std::int64_t>(changes.size());
        if (const auto time = server_time_ms_of(*answer))
            learn_time(*time);
        progress();
        const auto more = json.find("more");
        if (more == json.end() || !more->is_boolean() || !more->get<bool>() || next == cursor)
            return {};
    }
}

SyncEngine::SyncEngine(Store& store, TransportMaker transports, const Clock& clock, Random& random,
                       SyncOptions options)
    : m_store(store), m_transports(std::move(transports)), m_clock(clock), m_random(random),
      m_options(options)
{
}

Result<SyncReport> SyncEngine::run(std::stop_token stop,
                                   const std::function<void(const SyncReport&)>& on_progress)
{
    m_report = {};
    const auto current = m_store.identity();
    if (!current)
        return Error{"not_enrolled",
                     "This device is not enrolled yet. Enrol it with a code from the administrator."};

    // What was sealed under an earlier enrolment goes out under that one.
    m_store.finish_erasures();
    for (const Identity& earlier : m_store.identities_with_unsent()) {
        if (earlier.number == current->number)
            continue;
        Round round(*this, earlier, stop, on_progress);
        for (const auto step : {&Round::send_withdrawals, &Round::send_entries, &Round::send_photos}) {
            const auto sent = (round.*step)();
            if (sent)
                continue;
            if (!is_for_this_device(sent.error()))
                return sent.error();
            break;
        }
    }
    Round round(*this, *current, stop, on_progress);
    // Entries travel before photos: a receipt for the hours is worth having on a weak link. What the server
    // has to say comes in between, so that photos of an entry that was erased there do not travel at all.
    for (const auto step : {&Round::send_withdrawals, &Round::send_entries}) {
        const auto done = (round.*step)();
        if (!done)
            return done.error();
    }
    const auto pulled = round.pull();
    if (!pulled && state_after(pulled.error()) != SyncState::Failed)
        return pulled.error();
    // A list of changes that cannot be read must not keep the photos here.
    const auto sent = round.send_photos();
    if (!sent)
        return sent.error();
    if (!pulled)
        return pulled.error();
    return m_report;
}

std::int64_t backoff_ms(int failures, Random& random)
{
    constexpr std::int64_t first_ms = 2'000;
    constexpr std::int64_t longest_ms = 300'000;
    const std::int64_t whole = std::min(longest_ms, first_ms << std::clamp(failures - 1, 0, 20));
    const auto spread = static_cast<std::int64_t>(random.u64() % static_cast<std::uint64_t>(whole / 2 + 1));
    return whole - whole / 4 + spread;
}

} // namespace tally::client
