#include "client/capture/capture.h"

#include "client/capture/json_documents.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/domain/validate.h"
#include "shared/protocol/entry_json.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tally::client {

namespace {

constexpr std::string_view attachment_context = "tallybook-attachment-v1";
constexpr std::size_t transaction_entries_max = 1'000;
/// A list of problems longer than this helps nobody.
constexpr std::size_t problems_max = 20;

Error not_enrolled()
{
    return {"not_enrolled", "This device is not enrolled yet. Enrol it with a code from the administrator."};
}

Attachment describe(const Picture& picture)
{
    Attachment attachment;
    attachment.digest = picture.digest;
    attachment.media_type = picture.media_type;
    attachment.width = picture.width;
    attachment.height = picture.height;
    attachment.caption = picture.caption;
    return attachment;
}

std::string place_of(std::size_t line, const std::string& where)
{
    return "line " + std::to_string(line) + (where.empty() ? "" : ", " + where);
}

} // namespace

void Capture::fill(Entry& entry, const Identity& identity)
{
    entry.id = m_ids.next();
    entry.captured_at = m_clock.now();
    entry.utc_offset_min = m_clock.utc_offset_min(entry.captured_at);
    if (const auto offset = m_store.clock_offset())
        entry.clock_offset_ms = offset->offset_ms;
    entry.author = identity.author;
}

NewEntry Capture::seal_pictures(const CaptureRequest& request, const Identity& identity)
{
    NewEntry added;
    added.entry = request.entry;
    fill(added.entry, identity);
    for (const Picture& picture : request.pictures) {
        Attachment attachment = describe(picture);
        attachment.key = m_random.bytes(crypto::secret_key_bytes);
        // The nonce may be zero because the key encrypts this one picture and nothing else.
        std::string sealed = crypto::encrypt(picture.bytes, attachment_context,
                                             std::string(crypto::nonce_bytes, '\0'), attachment.key);
        attachment.sealed_digest = crypto::sha256_hex(sealed);
        attachment.bytes = static_cast<std::int64_t>(sealed.size());
        added.attachments.push_back({attachment.sealed_digest, std::move(sealed)});
        added.entry.attachments.push_back(std::move(attachment));
    }
    return added;
}

Result<std::vector<Uuid>> Capture::correct(Entry& entry, const std::optional<Uuid>& puts_right)
{
    if (!puts_right)
        return std::vector<Uuid>{};
    auto correction = m_store.correction_of(*puts_right);
    if (!correction)
        return correction.error();
    if (correction->kind != entry.kind)
        return Error{"other_kind", "The entry that this one puts right is of another kind.", "kind"};
    entry.action = correction->action;
    entry.amends = correction->amends;
    if (entry.action == EntryAction::Capture)
        entry.reason.clear();
    return std::move(correction->puts_right);
}

const Questionnaire* Capture::find_questionnaire(const FeedbackBody& feedback)
{
    const std::string key = feedback.questionnaire + "@" + std::to_string(feedback.questionnaire_version);
    auto found = m_questionnaires.find(key);
    if (found == m_questionnaires.end()) {
        const auto text = m_store.document("questionnaire", key);
        if (!text)
            return nullptr;
        found = m_questionnaires.emplace(key, parse_questionnaire(*text).questionnaire).first;
    }
    return found->second ? &*found->second : nullptr;
}

std::vector<Error> Capture::problems_of(const Entry& entry)
{
    std::vector<Error> problems = validate(entry);
    const auto* const feedback = std::get_if<FeedbackBody>(&entry.body);
    if (problems.empty() && feedback != nullptr) {
        if (const Questionnaire* const questionnaire = find_questionnaire(*feedback))
            problems = questionnaire->check(*feedback);
    }
    const auto allowed = m_store.check_amendment(entry);
    if (!allowed)
        problems.push_back(allowed.error());
    return problems;
}

std::vector<Error> Capture::check(const CaptureRequest& request)
{
    const auto identity = m_store.identity();
    if (!identity)
        return {not_enrolled()};
    Entry entry = request.entry;
    fill(entry, *identity);
    if (const auto corrected = correct(entry, request.puts_right); !corrected)
        return {corrected.error()};
    for (const Picture& picture : request.pictures) {
        // Stands in for the sealed form, which is made once, when it is saved.
        Attachment attachment = describe(picture);
        attachment.sealed_digest = picture.digest;
        attachment.key.assign(crypto::secret_key_bytes, '\0');
        attachment.bytes = static_cast<std::int64_t>(picture.bytes.size() + crypto::tag_bytes);
        entry.attachments.push_back(std::move(attachment));
    }
    return problems_of(entry);
}

Result<Uuid> Capture::save(const CaptureRequest& request)
{
    auto saved = save_all({&request, 1});
    if (!saved) {
        Error error = saved.error();
        if (const auto comma = error.where.find(", "); comma != std::string::npos)
            error.where.erase(0, comma + 2);
        else
            error.where.clear();
        return error;
    }
    return saved->front();
}

Result<std::vector<Uuid>> Capture::save_all(std::span<const CaptureRequest> requests)
{
    const auto identity = m_store.identity();
    if (!identity)
        return not_enrolled();
    const auto run_key = m_vault.run_key();
    if (!run_key)
        return run_key.error();

    std::vector<NewEntry> added;
    std::vector<DraftName> drafts_done;
    std::vector<Uuid> ids;
    added.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        NewEntry entry = seal_pictures(requests[i], *identity);
        auto puts_right = correct(entry.entry, requests[i].puts_right);
        if (!puts_right)
            return puts_right.error();
        entry.puts_right = std::move(*puts_right);
        for (const Error& problem : problems_of(entry.entry)) {
            Error first = problem;
            first.where = std::to_string(i + 1) + (first.where.empty() ? "" : ", " + first.where);
            return first;
        }
        ids.push_back(entry.entry.id);
        added.push_back(std::move(entry));
        drafts_done.insert(drafts_done.end(), requests[i].drafts_done.begin(), requests[i].drafts_done.end());
    }
    const auto saved = m_store.save(added, **run_key, drafts_done);
    if (!saved)
        return saved.error();
    return ids;
}

Capture::BulkResult Capture::save_text(std::string_view text, std::vector<Picture> pictures)
{
    BulkResult result;
    const auto identity = m_store.identity();
    if (!identity) {
        result.problems.push_back(not_enrolled());
        return result;
    }
    const std::vector<JsonDocument> documents = split_json_documents(text);
    if (documents.empty())
        result.problems.push_back({"no_entry",
                                   "There is no entry in the input. Give one JSON object, or one on each "
                                   "line."});
    if (documents.size() > 1 && !pictures.empty())
        result.problems.push_back({"photos_need_one_entry",
                                   "Photos can be attached to one entry only, and the input "
                                   "holds several. Capture that entry alone."});

    // First look at everything, so that a mistake on the last line saves nothing of the others.
    std::set<Uuid> amended;
    for (const JsonDocument& document : documents) {
        if (result.problems.size() >= problems_max)
            break;
        auto entry = protocol::parse_entry_input(document.text);
        if (!entry) {
            Error problem = entry.error();
            problem.where = place_of(document.line, problem.where);
            result.problems.push_back(std::move(problem));
            continue;
        }
        fill(*entry, *identity);
        std::vector<Error> problems = problems_of(*entry);
        if (entry->amends && !amended.insert(*entry->amends).second)
            problems.push_back(
                {"already_replaced", "An earlier line changes the same entry already. Keep one.", "amends"});
        for (Error& problem : problems) {
            problem.where = place_of(document.line, problem.where);
            result.problems.push_back(std::move(problem));
        }
    }
    if (!result.problems.empty())
        return result;

    for (std::size_t first = 0; first < documents.size(); first += transaction_entries_max) {
        const std::size_t count = std::min(transaction_entries_max, documents.size() - first);
        std::vector<CaptureRequest> requests(count);
        for (std::size_t i = 0; i < count; ++i)
            requests[i].entry = std::move(protocol::parse_entry_input(documents[first + i].text)).value();
        if (!pictures.empty())
            requests.front().pictures = std::move(pictures);
        auto saved = save_all(requests);
        if (!saved) {
            result.problems.push_back(saved.error());
            return result;
        }
        result.saved.insert(result.saved.end(), saved->begin(), saved->end());
    }
    return result;
}

} // namespace tally::client
