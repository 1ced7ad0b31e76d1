#include "client/sync/engine.h"

#include "client/store/own_key.h"
#include "client/sync/enrol.h"
#include "client/sync/key_statements.h"
#include "client/sync/problem.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/request_signature.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace tally::client {

namespace {

constexpr std::string_view batch_type = "application/vnd.tallybook.batch";
constexpr std::string_view chain_type = "application/vnd.tallybook.chain";
constexpr std::string_view key_changes_type = "application/vnd.tallybook.key-changes";
constexpr std::string_view receipt_type = "application/vnd.tallybook.receipt";
constexpr std::string_view attachments_target = "/api/v1/attachments";
constexpr std::int64_t busy_wait_ms = 1'000;
constexpr std::int64_t busy_wait_shortest_ms = 10;
/// An upload that arrives damaged is sent again this often in one round.
constexpr int upload_attempts_max = 3;
/// About an hour.
constexpr int rounds_without_refused = 11;
/// However slow the link is, less at once does not help it.
constexpr std::size_t batch_bytes_min = 16 * 1024;
constexpr std::size_t piece_bytes_min = 16 * 1024;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
/// Of a slow link: what is tried first in the next run.
constexpr std::string_view limits_setting = "sync.limits";
/// When the server fails on so many entries one by one and takes none, the entries are not to blame.
constexpr std::size_t suspects_max = 3;

Error stopped()
{
    return {"stopped",
            "Sync was stopped before it was done. What was sent stays sent; the rest follows next time."};
}

Error not_the_server()
{
    return {
        "not_the_server",
        "Something else answered instead of the server. If this network asks you to sign in or to accept "
        "its terms, do that in a browser first. Entries are safe on this device; sync tries again later."};
}

Error device_unknown()
{
    return {"device_unknown", "The server does not know this device. Nothing on it is lost: ask the "
                              "administrator to enrol it again."};
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

/// The server does not believe this device's signature.
bool is_about_own_key(const Error& error)
{
    return error.code == "bad_signature" || error.code == "former_key";
}

/// An error that leaves no hope for the rest of the round.
bool ends_round(const Error& error)
{
    return is_for_this_device(error) || is_about_own_key(error) || error.code == "offline" ||
           error.code == "timed_out" || error.code == "not_the_server" || error.code == "busy" ||
           error.code == "wrong_certificate";
}

bool has_type(const HttpResponse& answer, std::string_view type)
{
    return answer.header("Content-Type").starts_with(type);
}

/// A refusal in the server's own words. A proxy's page, or that of a network's sign-in, has none.
bool is_own_refusal(const HttpResponse& answer)
{
    return has_type(answer, "application/problem+json") || !answer.header("Tus-Resumable").empty();
}

Error refusal_of(const HttpResponse& answer)
{
    return is_own_refusal(answer) ? error_of(answer) : not_the_server();
}

/// Nothing when the text is not a page of changes.
struct Page
{
    std::vector<Change> changes;
    std::string cursor;
    bool more = false;
    std::vector<MissingNumbers> missing;
    std::optional<Timestamp> new_key_asked_at;
};

/// Whatever is no range of numbers is left out: it is about to be used in the store.
std::vector<MissingNumbers> parse_missing(const nlohmann::json& page)
{
    std::vector<MissingNumbers> missing;
    const auto list = page.find("missing");
    if (list == page.end() || !list->is_array())
        return missing;
    for (const auto& item : *list) {
        const auto number = [&item](const char* name) {
            const auto found = item.is_object() ? item.find(name) : item.end();
            return item.is_object() && found != item.end() && found->is_number_integer()
                       ? found->get<std::int64_t>()
                       : std::int64_t{0};
        };
        const MissingNumbers range{number("first"), number("last")};
        if (range.first >= 1 && range.last >= range.first)
            missing.push_back(range);
    }
    return missing;
}

std::optional<Page> parse_page(std::string_view body)
{
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("items") || !json["items"].is_array() ||
        !json.value("cursor", nlohmann::json()).is_string())
        return std::nullopt;
    Page page;
    page.cursor = json["cursor"];
    for (const auto& item : json["items"]) {
        if (!item.is_object() || !item.value("topic", nlohmann::json()).is_string() ||
            !item.value("key", nlohmann::json()).is_string())
            continue;
        Change change{item["topic"], item["key"], std::nullopt};
        const auto value = item.find("value");
        if (value != item.end() && !value->is_null())
            change.value = value->dump();
        page.changes.push_back(std::move(change));
    }
    const auto more = json.find("more");
    page.more = more != json.end() && more->is_boolean() && more->get<bool>();
    const auto asked_at = json.find("new_key_asked_at_ms");
    if (asked_at != json.end() && asked_at->is_number_integer())
        page.new_key_asked_at = Timestamp{asked_at->get<std::int64_t>()};
    page.missing = parse_missing(json);
    return page;
}

} // namespace

SyncEngine::SyncEngine(Store& store, const Clock& clock, Random& random, SyncOptions options)
    : m_store(store), m_clock(clock), m_random(random), m_options(options)
{
    m_limits.entries_max = std::min(options.batch.entries_max, options.batch_first.entries_max);
    m_limits.bytes_max = std::min(options.batch.bytes_max, options.batch_first.bytes_max);
    m_piece_bytes = options.chunk_bytes_max;
}

// The round -------------------------------------------------------------------------------------------

void SyncEngine::begin()
{
    m_under_way = false;
    m_open.reset();
    m_report = {};
    m_failure.reset();
    m_retry_after_ms.reset();
    m_come_back_in_ms.reset();
    m_was_locked = false;
    m_pull_failure.reset();
    m_resume_at_ms = 0;
    m_busy_waited_ms = 0;
    m_identities.clear();
    m_watch.reset();
    m_has_sent_missing = false;
    m_has_asked_keys = false;
    m_at = 0;
    m_has_shown_enrolment = false;
    m_has_shown_keys = false;
    m_is_key_doubted = false;
    m_meets_wish = false;
    m_refused_batch_bytes = unlimited;
    m_refused_piece_bytes = unlimited;
    m_phase = Phase::Over;

    auto current = m_store.identity();
    if (!current) {
        m_failure = Error{"not_enrolled",
                          "This device is not enrolled yet. Enrol it with a code from the administrator."};
        return;
    }
    m_store.finish_erasures(m_clock.now());
    read_limits();
    m_kept_clock_offset = m_store.clock_offset();
    m_clock_offset = m_kept_clock_offset;
    // What was sealed under an earlier enrolment goes out under that one, and what became of it is asked for
    // under that one too: an erasure has to reach this device whatever it is called by now.
    const auto all = m_store.identities();
    for (Identity& earlier : m_store.identities_with_entries()) {
        if (earlier.number == current->number || is_left_out(earlier.number))
            continue;
        // A server that has moved is where the last enrolment found it.
        for (const Identity& later : all)
            if (later.number > earlier.number && later.server_signing_key == earlier.server_signing_key) {
                earlier.server = later.server;
                earlier.certificate_sha256 = later.certificate_sha256;
            }
        m_identities.push_back(std::move(earlier));
    }
    m_identities.push_back(std::move(*current));
    enter(Phase::OwnKey);
}

/// The server may be restored, or put right, so those that it refused have their turn now and then.
bool SyncEngine::is_left_out(std::int64_t identity)
{
    const auto refused = m_refused.find(identity);
    if (refused == m_refused.end())
        return false;
    if (refused->second-- > 0)
        return true;
    m_refused.erase(refused);
    return false;
}

void SyncEngine::enter(Phase phase)
{
    m_phase = phase;
    m_last_withdrawal = 0;
    m_after_local = 0;
    m_sending.reset();
    m_prepared.reset();
    m_suspects.clear();
    m_is_second_trial = false;
    m_photo.reset();
    m_refused_photo.reset();
}

void SyncEngine::leave_phase()
{
    switch (m_phase) {
    case Phase::Enrolment:
        enter(Phase::OwnKey);
        return;
    case Phase::OwnKey:
        // Before everything else, because all of it is signed.
        enter(Phase::Withdrawals);
        return;
    case Phase::Withdrawals:
        // What was put right or taken back is told before the entry that stands in its place: a copy of the
        // old one that comes late, on a stick perhaps, must not be taken beside it.
        m_has_sent_entries = false;
        enter(Phase::Numbers);
        return;
    case Phase::Entries:
        m_has_sent_entries = true;
        enter(Phase::Numbers);
        return;
    case Phase::Keys:
        enter(Phase::Entries);
        return;
    case Phase::Numbers:
        if (!m_has_sent_entries) {
            enter(Phase::Entries);
            return;
        }
        // Entries travel before photos: a receipt for the hours is worth having on a weak link. What the
        // server has to say comes in between, so that photos of an entry that was erased there do not travel.
        enter(Phase::Changes);
        return;
    case Phase::Changes:
        enter(Phase::Photos);
        return;
    case Phase::Photos:
        leave_identity();
        return;
    case Phase::Over:
        return;
    }
}

void SyncEngine::leave_identity()
{
    if (is_current()) {
        end(m_pull_failure);
        return;
    }
    ++m_at;
    m_has_shown_enrolment = false;
    m_has_shown_keys = false;
    m_is_key_doubted = false;
    m_meets_wish = false;
    m_watch.reset();
    m_has_sent_missing = false;
    m_has_asked_keys = false;
    enter(Phase::OwnKey);
}

void SyncEngine::end(std::optional<Error> failure)
{
    keep_limits();
    if (!m_was_locked)
        m_locked_rounds = 0;
    m_failure = std::move(failure);
    m_phase = Phase::Over;
    m_open.reset();
}

/// The server cannot or will not go on: what it has acknowledged is kept.
void SyncEngine::give_up(const Error& error)
{
    keep_receipt();
    if (m_phase == Phase::Over)
        return; // that failed
    m_open.reset();
    if (error.code == "device_unknown" && !m_has_shown_enrolment &&
        enrolment_record_request(m_store, identity())) {
        // Restored from a backup that is older than the enrolment: it believes its own signature.
        m_has_shown_enrolment = true;
        enter(Phase::Enrolment);
        return;
    }
    if (show_own_keys(error))
        return;
    // A server of which the device was once a part may be gone for good.
    const bool is_only_this_enrolment = is_for_this_device(error) || is_about_own_key(error);
    const bool concerns_current =
        is_current() || (!is_only_this_enrolment && identity().server == m_identities.back().server);
    if (!concerns_current) {
        if (is_for_this_device(error))
            m_refused[identity().number] = rounds_without_refused;
        leave_identity();
    } else {
        end(error);
    }
}

void SyncEngine::stop(std::optional<std::int64_t> uptime_ms)
{
    const bool was_under_way = std::exchange(m_under_way, false);
    if (m_phase == Phase::Over)
        return;
    // Whoever gives each round half a minute would else never send a batch over a slow link.
    if (was_under_way && uptime_ms && *uptime_ms - m_sent_at_ms > m_options.slow_answer_ms)
        shrink_what_was_sent();
    keep_receipt();
    end(stopped());
}

SyncStep SyncEngine::next(std::int64_t uptime_ms)
{
    TALLY_ASSERT(!m_under_way);
    m_now_ms = uptime_ms;
    SyncStep step;
    while (m_phase != Phase::Over) {
        if (uptime_ms < m_resume_at_ms) {
            step.kind = SyncStep::Kind::Pause;
            step.pause_ms = m_resume_at_ms - uptime_ms;
            return step;
        }
        if (!m_open)
            m_open = make_request();
        if (!m_open) {
            if (m_phase != Phase::Over)
                leave_phase();
            continue;
        }
        step.kind = SyncStep::Kind::Send;
        step.to = &identity();
        step.request = signed_form(*m_open);
        step.leaves_work = m_phase == Phase::Entries;
        m_under_way = true;
        m_sent_at_ms = uptime_ms;
        return step;
    }
    return step;
}

void SyncEngine::meanwhile()
{
    if (!m_under_way || m_phase != Phase::Entries)
        return;
    keep_receipt();
    if (m_sending && !m_prepared && !m_is_second_trial)
        m_prepared = build_batch(m_sending->last_local);
}

void SyncEngine::answered(const Result<HttpResponse>& answer, std::int64_t uptime_ms)
{
    if (!m_under_way)
        return; // the round was ended meanwhile
    m_under_way = false;
    m_now_ms = uptime_ms;
    m_took_ms = uptime_ms - m_sent_at_ms;
    if (m_phase == Phase::Over)
        return; // a receipt could not be kept meanwhile
    if (sign_again(answer))
        return;
    if (!answer) {
        if (answer.error().code == "timed_out")
            shrink_what_was_sent();
        give_up(answer.error().code == "connection_closed" ? Error{"offline", answer.error().message}
                                                           : answer.error());
        return;
    }
    if (wait_if_busy(*answer, uptime_ms) || mend_clock(*answer))
        return;
    if (answer->status == 408) { // the server gave up waiting for the rest of the request
        shrink_what_was_sent();
        give_up({"timed_out", "The connection is too slow for what was sent. Sync tries again with less."});
        return;
    }
    m_open.reset();
    switch (m_phase) {
    case Phase::Enrolment:
        take_enrolment(*answer);
        return;
    case Phase::OwnKey:
        take_own_key(*answer);
        return;
    case Phase::Withdrawals:
        take_withdrawal(*answer);
        return;
    case Phase::Entries:
        take_receipt(*answer);
        return;
    case Phase::Keys:
        take_keys(*answer);
        return;
    case Phase::Numbers:
        take_numbers(*answer);
        return;
    case Phase::Changes:
        take_changes(*answer);
        return;
    case Phase::Photos:
        take_photo_answer(*answer);
        return;
    case Phase::Over:
        return;
    }
}

std::optional<SyncEngine::OpenRequest> SyncEngine::make_request()
{
    switch (m_phase) {
    case Phase::Enrolment:
        return make_enrolment();
    case Phase::OwnKey:
        return make_own_key();
    case Phase::Withdrawals:
        return make_withdrawal();
    case Phase::Entries:
        return make_batch();
    case Phase::Keys:
        return make_key_request();
    case Phase::Numbers:
        return make_numbers();
    case Phase::Changes:
        return make_pull();
    case Phase::Photos:
        return make_photo_request();
    case Phase::Over:
        break;
    }
    return std::nullopt;
}

HttpRequest SyncEngine::signed_form(const OpenRequest& open)
{
    HttpRequest request = open.request;
    if (open.body_digest.empty())
        return request;
    const Timestamp now{m_clock.now().ms + clock_offset_ms()};
    request.headers.emplace_back("Authorization",
                                 protocol::sign_request(request.method, request.target, open.body_digest,
                                                        identity().device, now, to_hex(m_random.bytes(16)),
                                                        identity().signing));
    return request;
}

bool SyncEngine::wait_if_busy(const HttpResponse& answer, std::int64_t uptime_ms)
{
    if (answer.status != 429 && answer.status != 503)
        return false;
    const auto asked_ms = retry_after_ms_of(answer, m_clock.now());
    const std::int64_t wait_ms = std::max(busy_wait_shortest_ms, asked_ms.value_or(busy_wait_ms));
    if (m_busy_waited_ms + wait_ms <= m_options.busy_wait_ms_max) {
        m_busy_waited_ms += wait_ms;
        m_resume_at_ms = uptime_ms + wait_ms;
        return true;
    }
    if (m_phase == Phase::Withdrawals) {
        // The server counts how many codes a device sends; entries need not wait for the next hour.
        m_open.reset();
        leave_phase();
        return true;
    }
    if (m_phase == Phase::Photos) {
        // Entries of another enrolment may still be to come.
        m_open.reset();
        rest_photos(error_of(answer), asked_ms);
        return true;
    }
    m_retry_after_ms = asked_ms;
    give_up({"busy", "The server is busy. Entries are safe on this device; sync tries again later."});
    return true;
}

bool SyncEngine::mend_clock(const HttpResponse& answer)
{
    if (answer.status != 401 || m_open->body_digest.empty() || m_open->clock_was_wrong)
        return false;
    // A tablet that lay in a drawer has a wrong clock: sign again with the server's time.
    const auto server_time = server_time_ms_of(answer);
    if (error_of(answer).code != "clock_out_of_step" || !server_time)
        return false;
    m_open->clock_was_wrong = true;
    learn_time(*server_time);
    return true;
}

/// The server takes each signature once. A request whose connection ended may have arrived all the same, and
/// a proxy may have sent one twice: in both cases a new signature is all it takes, once for each request.
bool SyncEngine::sign_again(const Result<HttpResponse>& answer)
{
    const bool was_used = answer ? answer->status == 401 && error_of(*answer).code == "request_repeated"
                                 : answer.error().code == "connection_closed";
    return was_used && !m_open->body_digest.empty() && !std::exchange(m_open->was_signed_again, true);
}

void SyncEngine::learn_time(std::int64_t server_time_ms)
{
    if (!is_ordinary({server_time_ms}))
        return;
    m_clock_offset =
        better_offset(m_clock_offset, clock_offset_from(server_time_ms, m_clock.now().ms, m_took_ms));
    if (!is_worth_keeping(m_kept_clock_offset, *m_clock_offset))
        return;
    m_store.keep_clock_offset(*m_clock_offset);
    m_kept_clock_offset = m_clock_offset;
}

std::int64_t SyncEngine::clock_offset_ms() const
{
    return m_clock_offset ? m_clock_offset->offset_ms : 0;
}

// Enrolment -------------------------------------------------------------------------------------------

std::optional<SyncEngine::OpenRequest> SyncEngine::make_enrolment()
{
    auto request = enrolment_record_request(m_store, identity());
    if (!request)
        return std::nullopt;
    OpenRequest open;
    open.request = std::move(*request);
    return open;
}

void SyncEngine::take_enrolment(const HttpResponse& answer)
{
    if (answer.status == 204)
        leave_phase();
    else
        give_up(is_own_refusal(answer) ? device_unknown() : not_the_server());
}

// This device's key -----------------------------------------------------------------------------------

/// When a new key waits, and when the server refused a signature: it may be of before the last change. The
/// whole way from the first key is shown; what the server knows of it changes nothing there.
std::optional<SyncEngine::OpenRequest> SyncEngine::make_own_key()
{
    OwnKey key(m_store, identity());
    if (!m_is_key_doubted && !key.is_waiting())
        return std::nullopt;
    m_is_key_doubted = false;
    m_statements = key.statements();
    if (m_statements.empty())
        return std::nullopt;
    m_has_shown_keys = true;
    OpenRequest open;
    open.request.method = "POST";
    open.request.target = "/api/v1/device-keys";
    open.request.content_type = key_changes_type;
    open.request.body = m_statements;
    return open;
}

void SyncEngine::take_own_key(const HttpResponse& answer)
{
    OwnKey key(m_store, identity());
    if (answer.status == 204) {
        m_report.new_keys += key.is_waiting() ? 1 : 0;
        key.taken(m_statements);
        read_own_key();
        leave_phase();
        return;
    }
    const Error refusal = refusal_of(answer);
    if (refusal.code == "key_conflict" || refusal.code == "key_taken") {
        // What is signed with the present key the administrator can still let in.
        key.refused();
        m_pull_failure = refusal;
        leave_phase();
        return;
    }
    if (ends_round(refusal)) {
        give_up(refusal);
        return;
    }
    // An older server knows nothing of such changes: the present key is good there, and the new one waits.
    if (answer.status != 404 && answer.status != 405)
        m_pull_failure = refusal;
    leave_phase();
}

/// The server did not believe a signature. True when it is shown how the key changed; that happens once in a
/// round.
bool SyncEngine::show_own_keys(const Error& error)
{
    if (m_has_shown_keys || !is_about_own_key(error) || OwnKey(m_store, identity()).statements().empty())
        return false;
    m_has_shown_keys = true;
    m_is_key_doubted = true;
    // Another session of this device may have changed it meanwhile.
    read_own_key();
    enter(Phase::OwnKey);
    return true;
}

void SyncEngine::read_own_key()
{
    for (Identity& now : m_store.identities())
        if (now.number == identity().number)
            m_identities[m_at].signing = std::move(now.signing);
}

// Withdrawals -----------------------------------------------------------------------------------------

std::optional<SyncEngine::OpenRequest> SyncEngine::make_withdrawal()
{
    const auto withdrawal = m_store.next_withdrawal(identity(), m_last_withdrawal);
    if (!withdrawal)
        return std::nullopt;
    m_last_withdrawal = withdrawal->number;
    OpenRequest open;
    open.request.method = "POST";
    open.request.target = "/api/v1/withdrawals";
    open.request.content_type = "application/json";
    open.request.body = nlohmann::json{{"sealed_code", to_base64(withdrawal->sealed_code)},
                                       {"at_ms", withdrawal->asked_at.ms}}
                            .dump();
    open.body_digest = crypto::sha256_hex(open.request.body);
    return open;
}

void SyncEngine::take_withdrawal(const HttpResponse& answer)
{
    if (answer.status == 202) {
        m_store.finish_withdrawal(m_last_withdrawal);
        ++m_report.withdrawals;
        return;
    }
    // One that the server cannot read must not hold up the others.
    if (const Error refusal = refusal_of(answer); ends_round(refusal))
        give_up(refusal);
}

// Entries ---------------------------------------------------------------------------------------------

std::optional<OutgoingBatch> SyncEngine::build_batch(std::int64_t after)
{
    return m_store.next_batch(identity(), after, m_clock.now(), m_limits);
}

std::optional<OutgoingBatch> SyncEngine::build_second_trial()
{
    if (m_suspects.empty())
        return std::nullopt;
    if (m_report.batches == 0) {
        // The server took nothing at all, which need not be the entries' fault.
        m_pull_failure = m_suspects.front().why;
        return std::nullopt;
    }
    const Suspect suspect = m_suspects.front();
    m_suspects.erase(m_suspects.begin());
    m_is_second_trial = true;
    return m_store.next_batch(identity(), suspect.local - 1, m_clock.now(),
                              {.entries_max = 1, .bytes_max = m_options.batch.bytes_max});
}

std::optional<SyncEngine::OpenRequest> SyncEngine::make_batch()
{
    if (m_prepared) {
        m_sending = std::exchange(m_prepared, std::nullopt);
    } else {
        keep_receipt();
        if (m_phase == Phase::Over)
            return std::nullopt;
        m_sending = build_batch(m_after_local);
        if (!m_sending)
            m_sending = build_second_trial();
    }
    if (!m_sending)
        return std::nullopt;
    OpenRequest open;
    open.request.method = "POST";
    open.request.target = "/api/v1/batches";
    open.request.content_type = batch_type;
    open.request.body = m_sending->bytes;
    return open;
}

void SyncEngine::take_receipt(const HttpResponse& answer)
{
    if (answer.status != 200) {
        take_batch_refusal(answer);
        return;
    }
    if (!has_type(answer, receipt_type)) {
        give_up(not_the_server());
        return;
    }
    auto receipt = protocol::parse_receipt(answer.body, identity().server_signing_key);
    if (receipt &&
        (receipt->device != identity().device || receipt->entries_digest != m_sending->entries_digest))
        receipt =
            Error{"bad_receipt", "The server's receipt is about something else. Nothing was marked as sent."};
    if (!receipt) {
        if (!ask_for_keys(receipt.error()))
            give_up(receipt.error());
        return;
    }
    keep_receipt(); // of the batch before, should nobody have called meanwhile()
    if (m_phase == Phase::Over)
        return;
    learn_time(receipt->received_at.ms);
    fit_batches(m_took_ms);
    // It is written down after the next batch has left, so that neither disk waits for the other.
    m_receipt = OpenReceipt{std::move(*m_sending), std::move(*receipt), answer.body};
    m_sending.reset();
    if (!m_prepared)
        keep_receipt();
}

void SyncEngine::take_batch_refusal(const HttpResponse& answer)
{
    // Also from a proxy that has its own idea of how much is too much.
    const bool too_large = answer.status == 413;
    const Error refusal = too_large ? error_of(answer) : refusal_of(answer);
    if (!too_large && answer.status != 400 && answer.status != 422 && answer.status != 500) {
        give_up(refusal);
        return;
    }
    if (ends_round(refusal)) {
        give_up(refusal);
        return;
    }
    // One bad entry must not keep the others here: the batch is halved until it stands alone.
    const OutgoingBatch batch = std::move(*m_sending);
    m_sending.reset();
    m_prepared.reset();
    if (batch.ids.size() > 1) {
        m_limits.entries_max = batch.ids.size() / 2;
        m_limits.bytes_max = std::max<std::size_t>(1, batch.bytes.size() / 2);
        if (too_large)
            m_refused_batch_bytes = batch.bytes.size();
        return;
    }
    if (too_large) // the entry is, and not what it travelled with
        m_refused_batch_bytes = unlimited;
    m_after_local = std::max(m_after_local, batch.last_local);
    if (m_is_second_trial) {
        keep_receipt();
        m_store.set_aside(batch.ids.front(), refusal);
        ++m_report.rejected;
        return;
    }
    m_suspects.push_back({batch.last_local, refusal});
    if (m_suspects.size() >= suspects_max && m_report.batches == 0 && !m_receipt)
        give_up(refusal);
}

void SyncEngine::keep_receipt()
{
    if (!m_receipt)
        return;
    const OpenReceipt open = std::move(*m_receipt);
    m_receipt.reset();
    const auto kept = m_store.keep_receipt(open.batch, open.receipt, open.bytes);
    if (!kept) {
        end(kept.error());
        return;
    }
    for (const protocol::EntryOutcome& outcome : open.receipt.outcomes) {
        if (outcome.outcome == protocol::Outcome::Created)
            ++m_report.created;
        else if (outcome.outcome == protocol::Outcome::Exists)
            ++m_report.existing;
        else
            ++m_report.rejected;
    }
    ++m_report.batches;
}

/// It was too much for the link: of batches and photos the one says nothing of the other.
void SyncEngine::shrink_what_was_sent()
{
    if (m_phase == Phase::Entries)
        shrink_batches();
    else if (m_phase == Phase::Photos && m_photo && m_photo->step == PhotoStep::Chunk)
        shrink_pieces();
}

void SyncEngine::shrink_batches()
{
    m_limits.entries_max = std::max<std::size_t>(1, m_limits.entries_max / 2);
    m_limits.bytes_max = std::max(batch_bytes_min, m_limits.bytes_max / 2);
}

void SyncEngine::fit_batches(std::int64_t took_ms)
{
    if (took_ms > m_options.slow_answer_ms) {
        shrink_batches();
    } else if (took_ms < m_options.quick_answer_ms) {
        m_limits.entries_max = std::min(m_options.batch.entries_max, m_limits.entries_max * 2);
        if (m_limits.bytes_max < m_refused_batch_bytes / 2)
            m_limits.bytes_max = std::min(m_options.batch.bytes_max, m_limits.bytes_max * 2);
    }
}

void SyncEngine::shrink_pieces()
{
    m_piece_bytes = std::max(std::min(piece_bytes_min, m_options.chunk_bytes_max), m_piece_bytes / 2);
}

void SyncEngine::fit_pieces(std::int64_t took_ms)
{
    if (took_ms > m_options.slow_answer_ms)
        shrink_pieces();
    else if (took_ms < m_options.quick_answer_ms && m_piece_bytes < m_refused_piece_bytes / 2)
        m_piece_bytes = std::min(m_options.chunk_bytes_max, m_piece_bytes * 2);
}

/// Of an earlier run, when the link was too slow for what is tried first.
void SyncEngine::read_limits()
{
    if (std::exchange(m_has_read_limits, true))
        return;
    m_kept_limits = m_store.setting(limits_setting).value_or("");
    const auto kept = nlohmann::json::parse(m_kept_limits, nullptr, false);
    const auto limit = [&kept](const char* name, std::size_t least, std::size_t& now) {
        const auto found = kept.is_object() ? kept.find(name) : kept.end();
        if (kept.is_object() && found != kept.end() && found->is_number_unsigned())
            now = std::min(now, std::max(least, found->get<std::size_t>()));
    };
    limit("entries", 1, m_limits.entries_max);
    limit("bytes", batch_bytes_min, m_limits.bytes_max);
    limit("piece", piece_bytes_min, m_piece_bytes);
}

void SyncEngine::keep_limits()
{
    if (!m_has_read_limits)
        return;
    nlohmann::json slow = nlohmann::json::object();
    if (m_limits.entries_max < std::min(m_options.batch.entries_max, m_options.batch_first.entries_max))
        slow["entries"] = m_limits.entries_max;
    if (m_limits.bytes_max < std::min(m_options.batch.bytes_max, m_options.batch_first.bytes_max))
        slow["bytes"] = m_limits.bytes_max;
    if (m_piece_bytes < m_options.chunk_bytes_max)
        slow["piece"] = m_piece_bytes;
    std::string now = slow.empty() ? std::string() : slow.dump();
    if (now == m_kept_limits)
        return;
    m_store.set_setting(limits_setting, now);
    m_kept_limits = std::move(now);
}

// Keys ------------------------------------------------------------------------------------------------

/// What was not signed with the key that is known may be signed with one that took its place. True when the
/// server is asked; that happens once in a round.
bool SyncEngine::ask_for_keys(const Error& error)
{
    if (m_has_asked_keys || (error.code != "bad_receipt" && error.code != "bad_checkpoint"))
        return false;
    m_has_asked_keys = true;
    m_key_doubt = error;
    keep_receipt();
    if (m_phase != Phase::Over)
        enter(Phase::Keys);
    return true;
}

SyncEngine::OpenRequest SyncEngine::make_key_request()
{
    OpenRequest open;
    open.request.target = "/api/v1/keys";
    return open;
}

void SyncEngine::take_keys(const HttpResponse& answer)
{
    std::vector<std::string> changes;
    if (answer.status == 200)
        changes = key_statements(nlohmann::json::parse(answer.body, nullptr, false));
    if (!ServerLedger::follow_keys(m_store, identity(), changes)) {
        give_up(m_key_doubt);
        return;
    }
    for (Identity& known : m_identities)
        for (Identity& now : m_store.identities())
            if (now.number == known.number) {
                known.server_signing_key = std::move(now.server_signing_key);
                known.server_sealing_key = std::move(now.server_sealing_key);
            }
    m_watch.reset();
    enter(Phase::Entries);
}

// Numbers ---------------------------------------------------------------------------------------------

std::optional<SyncEngine::OpenRequest> SyncEngine::make_numbers()
{
    m_numbers = m_store.numbers_to_tell(identity());
    if (m_numbers.empty())
        return std::nullopt;
    OpenRequest open;
    open.request.method = "POST";
    open.request.target = "/api/v1/chain";
    open.request.content_type = chain_type;
    open.request.body =
        protocol::write_chain_report(identity().device, m_clock.now(), m_numbers, identity().signing);
    return open;
}

void SyncEngine::take_numbers(const HttpResponse& answer)
{
    if (answer.status == 204) {
        m_store.note_told(identity(), m_numbers);
        return;
    }
    const Error refusal = refusal_of(answer);
    if (ends_round(refusal)) {
        give_up(refusal);
        return;
    }
    // It must hold up neither news nor photos; the next round says it again.
    m_pull_failure = refusal;
    leave_phase();
}

// Changes ---------------------------------------------------------------------------------------------

SyncEngine::OpenRequest SyncEngine::make_pull()
{
    m_cursor = m_store.pull_cursor(identity());
    OpenRequest open;
    open.request.target = "/api/v1/changes";
    if (!m_cursor.empty())
        open.request.target += "?cursor=" + percent_encoded(m_cursor);
    if (!m_watch)
        m_watch.emplace(m_store, identity());
    if (const std::string trees = m_watch->query(); !trees.empty())
        open.request.target += (m_cursor.empty() ? "?" : "&") + trees;
    // The council sees whose clock is wrong.
    if (m_clock_offset && can_be_told(*m_clock_offset))
        open.request.target += (open.request.target.find('?') == std::string::npos ? "?clock=" : "&clock=") +
                               std::to_string(m_clock_offset->offset_ms) + "." +
                               std::to_string(m_clock_offset->uncertainty_ms);
    open.body_digest = crypto::sha256_hex("");
    return open;
}

void SyncEngine::take_changes(const HttpResponse& answer)
{
    if (answer.status != 200 || !has_type(answer, "application/json")) {
        const Error refusal = answer.status == 200 ? not_the_server() : refusal_of(answer);
        if (ends_round(refusal)) {
            give_up(refusal);
            return;
        }
        m_pull_failure = refusal;
        leave_phase();
        return;
    }
    const auto page = parse_page(answer.body);
    if (!page) {
        // It must not keep the photos here.
        m_pull_failure =
            Error{"odd_answer", "The server's list of changes could not be understood. Update the older of "
                                "the two programs."};
        leave_phase();
        return;
    }
    if (!page->changes.empty() || page->cursor != m_cursor)
        m_store.apply_changes(identity(), page->changes, page->cursor);
    m_report.changes += static_cast<std::int64_t>(page->changes.size());
    if (page->new_key_asked_at &&
        OwnKey(m_store, identity()).meet_wish(*page->new_key_asked_at, m_clock.now()))
        m_meets_wish = true;
    if (const auto time = server_time_ms_of(answer))
        learn_time(*time);
    const auto news = m_watch->answered(answer.body, {m_clock.now().ms + clock_offset_ms()});
    // It may know again whom it refused, and has much to say to each.
    if (m_watch->has_seen_restore())
        forget_refusals();
    if (!news) {
        if (ask_for_keys(news.error()))
            return;
        m_pull_failure = news.error();
        leave_phase();
    } else if (*news == LedgerNews::SendAgain) {
        m_report.again += m_watch->entries_again();
        enter(Phase::Entries);
    } else if (*news == LedgerNews::Nothing && (!page->more || page->cursor == m_cursor)) {
        leave_phase();
        send_missing(page->missing);
        // At once. What is left of the round follows, signed with the new key.
        if (std::exchange(m_meets_wish, false))
            enter(Phase::OwnKey);
    }
}

/// Once in a round: a server that asks for the same again and again gets it with the next one.
void SyncEngine::send_missing(std::span<const MissingNumbers> missing)
{
    if (missing.empty() || m_has_sent_missing)
        return;
    m_has_sent_missing = true;
    m_report.again += m_store.take_missing(identity(), missing);
    enter(Phase::Entries);
}

// Photos ----------------------------------------------------------------------------------------------

std::optional<SyncEngine::OpenRequest> SyncEngine::make_photo_request()
{
    if (!m_options.sends_photos || are_photos_resting())
        return std::nullopt;
    // Its entry may have been erased meanwhile.
    if (m_photo && !m_store.has_upload(m_photo->upload.sealed_digest))
        m_photo.reset();
    if (!m_photo) {
        auto upload = m_store.next_upload(identity(), m_refused_photo);
        if (!upload)
            return std::nullopt;
        m_photo = OpenPhoto();
        m_photo->step = upload->started ? PhotoStep::Find : PhotoStep::Create;
        m_photo->upload = std::move(*upload);
    }
    const Upload& upload = m_photo->upload;
    OpenRequest open;
    open.request.target = std::string(attachments_target) + "/" + upload.sealed_digest;
    open.request.headers = {{"Tus-Resumable", "1.0.0"}};
    open.body_digest = crypto::sha256_hex("");
    switch (m_photo->step) {
    case PhotoStep::Find:
        open.request.method = "HEAD";
        break;
    case PhotoStep::Create:
        open.request.method = "POST";
        open.request.target = attachments_target;
        open.request.headers.emplace_back("Upload-Length", std::to_string(upload.size));
        open.request.headers.emplace_back("Upload-Metadata", "digest " + to_base64(upload.sealed_digest));
        break;
    case PhotoStep::Chunk:
        open.request.method = "PATCH";
        open.request.headers.emplace_back("Upload-Offset", std::to_string(m_photo->offset));
        open.request.content_type = "application/offset+octet-stream";
        open.request.body = m_store.upload_chunk(upload, m_photo->offset, m_piece_bytes);
        open.body_digest = "unsigned"; // the whole is checked by its digest
        break;
    }
    return open;
}

void SyncEngine::take_photo_answer(const HttpResponse& answer)
{
    const bool well = answer.status >= 200 && answer.status < 300;
    if (well && answer.header("Tus-Resumable").empty()) {
        give_up(not_the_server());
        return;
    }
    const Upload& upload = m_photo->upload;
    const auto offset = number_of(answer.header("Upload-Offset"));
    const Error lost_count{"odd_answer", "The server lost count of a photo's bytes."};
    switch (m_photo->step) {
    case PhotoStep::Find:
        if (answer.status == 404 || answer.status == 410 || (well && !offset)) {
            m_photo->step = PhotoStep::Create;
            return;
        }
        if (!well) {
            fail_photo(refusal_of(answer), answer);
            return;
        }
        m_photo->offset = *offset;
        break;
    case PhotoStep::Create:
        if (!well) {
            fail_photo(refusal_of(answer), answer);
            return;
        }
        m_photo->offset = offset.value_or(0);
        m_store.set_upload_offset(upload.sealed_digest, m_photo->offset);
        break;
    case PhotoStep::Chunk:
        // 409: it holds another part than we thought. 460: the whole did not have its digest.
        if (answer.status == 409 || answer.status == 460 || answer.status == 404) {
            if (++m_photo->attempts >= upload_attempts_max)
                fail_photo(refusal_of(answer), answer);
            else
                m_photo->step = PhotoStep::Find;
            return;
        }
        // Also from a proxy that has its own idea of how much is too much.
        if (answer.status == 413 && m_piece_bytes > piece_bytes_min) {
            const auto rest = static_cast<std::size_t>(upload.size - m_photo->offset);
            m_refused_piece_bytes = m_piece_bytes = std::min(m_piece_bytes, rest);
            shrink_pieces();
            return;
        }
        if (!well) {
            fail_photo(answer.status == 413 ? error_of(answer) : refusal_of(answer), answer);
            return;
        }
        fit_pieces(m_took_ms);
        if (!offset || *offset <= m_photo->offset) {
            fail_photo(lost_count, answer);
            return;
        }
        m_photo->offset = *offset;
        m_store.set_upload_offset(upload.sealed_digest, m_photo->offset);
        break;
    }
    if (m_photo->offset > upload.size)
        fail_photo(lost_count, answer);
    else if (m_photo->offset == upload.size)
        finish_photo();
    else
        m_photo->step = PhotoStep::Chunk;
}

void SyncEngine::finish_photo()
{
    m_store.finish_upload(m_photo->upload.sealed_digest);
    ++m_report.photos;
    m_photo.reset();
    m_photo_rests.erase(identity().server);
}

/// One photo that the server cannot take must not hold up the others.
void SyncEngine::fail_photo(const Error& error, const HttpResponse& answer)
{
    if (ends_round(error)) {
        give_up(error);
        return;
    }
    if (answer.status >= 500) {
        rest_photos(error, retry_after_ms_of(answer, m_clock.now()));
        return;
    }
    m_store.fail_upload(m_photo->upload.sealed_digest, error.message);
    ++m_report.photos_refused;
    if (!m_report.photo_problem)
        m_report.photo_problem = error;
    m_refused_photo = std::move(m_photo->upload);
    m_photo.reset();
    if (answer.status == 423 && !std::exchange(m_was_locked, true)) {
        come_back_in(std::min(m_options.locked_wait_ms_max,
                              m_options.locked_wait_ms << std::min(m_locked_rounds, 10)));
        ++m_locked_rounds;
    }
}

/// A full disk or a broken server takes the next photo no better than this one, and each try costs a piece of
/// it: there is a pause instead, which no entry and no news has to share.
void SyncEngine::rest_photos(const Error& error, std::optional<std::int64_t> asked_ms)
{
    if (m_photo) {
        m_store.fail_upload(m_photo->upload.sealed_digest, error.message);
        ++m_report.photos_refused;
    }
    PhotoRest& rest = m_photo_rests[identity().server];
    const std::int64_t longest_ms =
        std::min(m_options.photo_rest_ms_max, m_options.photo_rest_ms << std::min(rest.failures, 10));
    // Not all devices at once.
    const auto drawn_ms = static_cast<std::int64_t>(
        m_random.u64() % static_cast<std::uint64_t>(std::max<std::int64_t>(1, longest_ms / 2)));
    ++rest.failures;
    rest.until_ms = m_now_ms + std::max(longest_ms - drawn_ms, asked_ms.value_or(0));
    rest.why = error;
    (void)are_photos_resting();
    leave_phase();
}

/// The report says then why they stay here.
bool SyncEngine::are_photos_resting()
{
    const auto rest = m_photo_rests.find(identity().server);
    if (rest == m_photo_rests.end() || m_now_ms >= rest->second.until_ms)
        return false;
    if (!m_store.next_upload(identity()))
        return true;
    m_report.photo_problem = rest->second.why;
    come_back_in(rest->second.until_ms - m_now_ms);
    return true;
}

void SyncEngine::come_back_in(std::int64_t wait_ms)
{
    m_come_back_in_ms = std::min(wait_ms, m_come_back_in_ms.value_or(wait_ms));
}

} // namespace tally::client
