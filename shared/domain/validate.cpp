#include "shared/domain/validate.h"

#include "shared/base/encoding.h"

#include <algorithm>
#include <set>

namespace tally {
namespace {

bool is_digest(std::string_view text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool is_language(std::string_view text)
{
    return text.size() >= 2 && text.size() <= 35 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

/// Collects refusals; each helper names the field and states one rule.
class Rules
{
public:
    void refuse(std::string code, std::string message, std::string where)
    {
        m_errors.push_back({std::move(code), std::move(message), std::move(where)});
    }

    void text(std::string_view value, std::size_t max, std::string where)
    {
        // Control characters would spoil a report; a line break and a tab are part of writing.
        const bool control = std::any_of(value.begin(), value.end(), [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
        });
        if (!is_utf8(value) || control)
            refuse("bad_text", "This text holds characters that cannot be shown. Type it again.",
                   std::move(where));
        else if (value.size() > max && utf8_length(value) > max)
            refuse("text_too_long",
                   "This text is too long. Keep it to " + std::to_string(max) + " characters.",
                   std::move(where));
    }

    void needed(std::string_view value, std::size_t max, const char* sentence, std::string where)
    {
        if (trimmed(value).empty())
            refuse("missing", sentence, std::move(where));
        else
            text(value, max, std::move(where));
    }

    void reference(std::string_view value, std::string where)
    {
        if (!value.empty() && !is_reference(value))
            refuse("bad_reference",
                   "A reference has at most 64 letters, digits, full stops, hyphens, underscores or slashes.",
                   std::move(where));
    }

    std::vector<Error> take() { return std::move(m_errors); }

private:
    std::vector<Error> m_errors;
};

void check_day(Rules& rules, const Entry& entry, Date date, const char* where)
{
    if (!is_valid(date)) {
        rules.refuse("bad_date", "There is no such day in the calendar.", where);
        return;
    }
    const auto captured = days_from_date(local_date(entry.captured_at, entry.utc_offset_min));
    const auto worked = days_from_date(date);
    // A day of slack: a device may be carried over a date line or have its zone wrong.
    if (worked > captured + 1)
        rules.refuse("date_in_future", "This day has not come yet. Give the day on which the work was done.",
                     where);
    if (worked < captured - limits::work_age_days_max)
        rules.refuse("date_too_old", "This day is more than three years ago. Check the year.", where);
}

void check_hours(Rules& rules, const Entry& entry, const HoursBody& body)
{
    rules.needed(body.host, limits::line_max, "Say which organisation was helped.", "body.host");
    rules.needed(body.activity, limits::text_max, "Say what was done.", "body.activity");
    check_day(rules, entry, body.date, "body.date");

    if (body.start_min < 0 || body.start_min >= 1440)
        rules.refuse("bad_time", "The start is a time of day from 00:00 to 23:59.", "body.start");
    if (body.end_min <= body.start_min)
        rules.refuse("end_before_start",
                     "The end must be later than the start. If the work ended after midnight, say so.",
                     "body.end");
    else if (std::int64_t{body.end_min} - body.start_min > limits::shift_minutes_max)
        rules.refuse("shift_too_long", "One entry covers at most 24 hours. Make one entry for each day.",
                     "body.end");
    else if (body.break_min < 0 || body.minutes() <= 0)
        rules.refuse("break_too_long", "The break must be shorter than the time between start and end.",
                     "body.break_minutes");

    const auto& people = body.people;
    if (people.is_group()) {
        if (people.adults < 0 || people.under_18 < 0 || people.heads() < 1)
            rules.refuse("missing_people",
                         "Give one person's name, or how many adults and under-18s took part.",
                         "body.people");
        else if (people.heads() > static_cast<std::int64_t>(limits::heads_max))
            rules.refuse("too_many_people", "One entry counts at most 10,000 people. Check the number.",
                         "body.people");
    } else {
        rules.needed(people.name, limits::name_max, "Give the person's name.", "body.people.name");
        if (people.adults != 0 || people.under_18 != 0)
            rules.refuse("person_and_group", "Give either one person's name or a head count, not both.",
                         "body.people");
    }

    const bool by_somebody =
        body.confirmation == HoursConfirmation::Host || body.confirmation == HoursConfirmation::Supervisor;
    if (by_somebody)
        rules.needed(body.confirmed_by, limits::name_max, "Say who confirmed these hours.",
                     "body.confirmed_by");
    else
        rules.text(body.confirmed_by, limits::name_max, "body.confirmed_by");
    if (body.closed_at_event_end && entry.about.event.empty())
        rules.refuse("no_event", "Only an event's sheet closes at the event's end: name the event.",
                     "about.event");
}

void check_consent(Rules& rules, const Entry& entry, const Consent& consent, const std::string& where)
{
    rules.needed(consent.person, limits::name_max, "Give the name of the person who agreed.",
                 where + ".person");
    if (consent.uses.empty())
        rules.refuse("missing_uses", "Say what the person agreed to: at least one use.", where + ".uses");
    if (std::set(consent.uses.begin(), consent.uses.end()).size() != consent.uses.size())
        rules.refuse("repeated_use", "Name each use once.", where + ".uses");
    rules.needed(consent.wording_version, 64, "Say which version of the consent wording was read.",
                 where + ".wording_version");
    if (!is_language(consent.language))
        rules.refuse("bad_language", "Give the language of the wording as a code such as en or ur.",
                     where + ".language");
    rules.needed(consent.withdrawal_code, 64, "A consent needs a withdrawal code.",
                 where + ".withdrawal_code");
    const auto& all = entry.attachments;
    if (!consent.signature.empty() && std::none_of(all.begin(), all.end(), [&](const Attachment& attachment) {
            return attachment.digest == consent.signature;
        }))
        rules.refuse("signature_missing", "The signature is not among the attachments. Draw it again.",
                     where + ".signature");
}

void check_story(Rules& rules, const Entry& entry, const StoryBody& body)
{
    rules.needed(body.title, limits::line_max, "Give the story a title.", "body.title");
    rules.needed(body.what, limits::story_text_max, "Say what you did.", "body.what");
    rules.needed(body.changed, limits::story_text_max, "Say what changed.", "body.changed");
    rules.text(body.how, limits::story_text_max, "body.how");
    rules.text(body.who, limits::story_text_max, "body.who");
    rules.text(body.where, limits::story_text_max, "body.where");
    rules.text(body.known_by, limits::story_text_max, "body.known_by");
    rules.text(body.otherwise, limits::story_text_max, "body.otherwise");

    if (body.quotes.size() > limits::quotes_max)
        rules.refuse("too_many_quotes", "A story holds at most 20 quotes. Keep the best.", "body.quotes");
    for (std::size_t i = 0; i < body.quotes.size(); ++i) {
        const std::string where = "body.quotes[" + std::to_string(i) + "]";
        rules.needed(body.quotes[i].text, limits::text_max, "Type the words, or remove the quote.",
                     where + ".text");
        rules.text(body.quotes[i].speaker, limits::name_max, where + ".speaker");
    }
    if (body.consents.size() > limits::consents_max)
        rules.refuse("too_many_consents", "A story holds at most 50 consents.", "body.consents");
    for (std::size_t i = 0; i < body.consents.size(); ++i)
        check_consent(rules, entry, body.consents[i], "body.consents[" + std::to_string(i) + "]");
    if (body.organisation_permission) {
        rules.needed(body.organisation_permission->organisation, limits::line_max, "Name the organisation.",
                     "body.organisation_permission.organisation");
        rules.needed(body.organisation_permission->given_by, limits::name_max,
                     "Say who gave the organisation's permission.", "body.organisation_permission.given_by");
    }
}

void check_feedback(Rules& rules, const Entry& entry, const FeedbackBody& body)
{
    if (!is_reference(body.questionnaire))
        rules.refuse("missing_questionnaire", "Say which questionnaire was answered.", "body.questionnaire");
    if (body.questionnaire_version < 1)
        rules.refuse("bad_version", "Versions of a questionnaire count from 1.",
                     "body.questionnaire_version");
    if (!is_language(body.language))
        rules.refuse("bad_language", "Give the language as a code such as en or ur.", "body.language");
    if (entry.about.place.empty() && entry.about.event.empty())
        rules.refuse("missing_place", "Feedback needs the place or the event that it is about.",
                     "about.place");
    if (body.answers.empty())
        rules.refuse("no_answers", "Answer at least one question.", "body.answers");
    if (body.answers.size() > limits::answers_max)
        rules.refuse("too_many_answers", "At most 100 answers.", "body.answers");

    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < body.answers.size(); ++i) {
        const auto& answer = body.answers[i];
        const std::string where = "body.answers[" + std::to_string(i) + "]";
        if (!is_reference(answer.question))
            rules.refuse("bad_reference", "An answer names its question.", where + ".question");
        if (!seen.insert(answer.question).second)
            rules.refuse("answered_twice", "Each question is answered once.", where + ".question");
        if (const auto* words = std::get_if<std::string>(&answer.value))
            rules.text(*words, limits::text_max, where + ".value");
        if (const auto* point = std::get_if<std::int64_t>(&answer.value);
            point && (*point < 0 || *point > 1000))
            rules.refuse("bad_answer", "This answer is outside its scale.", where + ".value");
        if (const auto* chosen = std::get_if<std::vector<std::string>>(&answer.value))
            for (const auto& option : *chosen)
                rules.reference(option.empty() ? " " : option, where + ".value");
    }

    static const std::set<std::string_view> bands = {"", "under_16", "16_24", "25_44", "45_64", "65_over"};
    static const std::set<std::string_view> connections = {"", "lives_here", "works_here", "visits"};
    if (!bands.contains(body.about_you.age_band))
        rules.refuse("bad_age_band", "Choose one of the age bands.", "body.about_you.age_band");
    if (!connections.contains(body.about_you.connection))
        rules.refuse("bad_connection", "Choose how the person is connected to the place.",
                     "body.about_you.connection");
}

void check_people(Rules& rules, const DeliveryBody& body)
{
    if (body.people.empty())
        return;
    if (body.people.size() > limits::people_max) {
        rules.refuse("too_many_people", "One entry names at most 200 people. Make another one for the rest.",
                     "body.people");
        return;
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < body.people.size(); ++i) {
        const std::string where = "body.people[" + std::to_string(i) + "]";
        const std::string& reference = body.people[i];
        rules.needed(reference, limits::person_reference_max, "A person's reference is empty.", where);
        if (reference.find_first_of("\n\r\t") != std::string::npos)
            rules.refuse("bad_text", "A person's reference stands on one line.", where);
        else if (!trimmed(reference).empty() && !seen.insert(person_reference_key(reference)).second)
            rules.refuse("person_twice",
                         "The reference \"" + std::string(trimmed(reference)) +
                             "\" stands there twice. Each person counts once.",
                         where);
    }
    if (body.quantity != Quantity{static_cast<std::int64_t>(body.people.size()) * Quantity::parts_per_unit})
        rules.refuse("people_mismatch",
                     "The quantity must be the number of people named, " +
                         std::to_string(body.people.size()) + ".",
                     "body.quantity");
}

void check_delivery(Rules& rules, const Entry& entry, const DeliveryBody& body)
{
    if (entry.about.measure.empty())
        rules.refuse("missing_measure", "Choose the measure that this counts for.", "about.measure");
    if (body.quantity && body.quantity->parts < 0)
        rules.refuse("negative_quantity", "A quantity cannot be below zero. Amend the earlier entry instead.",
                     "body.quantity");
    check_day(rules, entry, body.period_start, "body.period_start");
    check_day(rules, entry, body.period_end, "body.period_end");
    if (is_valid(body.period_start) && is_valid(body.period_end)) {
        const auto days = days_from_date(body.period_end) - days_from_date(body.period_start);
        if (days < 0)
            rules.refuse("end_before_start", "The last day must not be before the first day.",
                         "body.period_end");
        else if (days > 366)
            rules.refuse("period_too_long", "One entry covers at most a year. Make one for each year.",
                         "body.period_end");
    }
    rules.needed(body.description, limits::text_max, "Say in a few words what was delivered.",
                 "body.description");
    rules.text(body.evidence_reference, limits::line_max, "body.evidence_reference");
    check_people(rules, body);
}

void check_attachments(Rules& rules, const Entry& entry)
{
    if (entry.attachments.size() > limits::attachments_max)
        rules.refuse("too_many_attachments", "An entry holds at most 20 photos.", "attachments");
    for (std::size_t i = 0; i < entry.attachments.size(); ++i) {
        const auto& attachment = entry.attachments[i];
        const std::string where = "attachments[" + std::to_string(i) + "]";
        if (!is_digest(attachment.digest) || !is_digest(attachment.sealed_digest) ||
            attachment.key.size() != 32)
            rules.refuse("bad_attachment", "The photo was not sealed properly. Add it again.", where);
        if (attachment.bytes < 1 || attachment.bytes > limits::attachment_bytes_max)
            rules.refuse("attachment_too_large", "A photo may have at most 8 MiB.", where + ".bytes");
        if (attachment.media_type != "image/jpeg" && attachment.media_type != "image/png")
            rules.refuse("bad_media_type", "Photos are JPEG or PNG.", where + ".type");
        if (attachment.width < 1 || attachment.width > limits::photo_side_max || attachment.height < 1 ||
            attachment.height > limits::photo_side_max)
            rules.refuse("photo_too_large", "A photo has at most 2048 pixels a side.", where);
        rules.text(attachment.caption, limits::line_max, where + ".caption");
    }
}

} // namespace

bool is_reference(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_' || c == '/';
    });
}

std::vector<Error> validate(const Entry& entry)
{
    Rules rules;
    if (entry.id.is_nil())
        rules.refuse("missing_id", "The entry has no identifier.", "id");
    if (entry.utc_offset_min < -14 * 60 || entry.utc_offset_min > 14 * 60)
        rules.refuse("bad_offset", "The time zone is at most 14 hours from UTC.", "utc_offset_min");
    if (entry.captured_at.ms < 0 || entry.captured_at.ms > 253'402'300'799'999)
        rules.refuse("bad_time", "The device's clock is outside the years 1970 to 9999.", "captured_at");
    rules.reference(entry.author, "author");
    if (!entry.language.empty() && !is_language(entry.language))
        rules.refuse("bad_language", "Give the language as a code such as en or ur.", "language");

    rules.reference(entry.about.contract, "about.contract");
    rules.reference(entry.about.event, "about.event");
    rules.reference(entry.about.place, "about.place");
    rules.reference(entry.about.theme, "about.theme");
    rules.reference(entry.about.measure, "about.measure");
    const bool withdraws = entry.action == EntryAction::Withdraw;
    if (entry.about.contract.empty() && entry.kind != EvidenceKind::Feedback && !withdraws)
        rules.refuse("missing_contract", "Choose the contract that this counts for.", "about.contract");

    if (entry.action == EntryAction::Capture) {
        if (entry.amends)
            rules.refuse("unexpected_amends",
                         "A new entry replaces nothing. Say that it amends or withdraws.", "amends");
        rules.text(entry.reason, limits::text_max, "reason");
    } else {
        if (!entry.amends || entry.amends->is_nil())
            rules.refuse("missing_amends", "Name the entry that this one replaces.", "amends");
        else if (*entry.amends == entry.id)
            rules.refuse("amends_itself", "An entry cannot replace itself.", "amends");
        rules.needed(entry.reason, limits::text_max, "Say why it changes.", "reason");
    }

    if (withdraws) {
        if (entry.body.index() != 0 || !entry.attachments.empty())
            rules.refuse("unexpected_body", "A withdrawal only names the entry and the reason.", "body");
        return rules.take();
    }
    if (entry.body.index() == 0 || kind_of(entry.body, entry.kind) != entry.kind) {
        rules.refuse("body_mismatch", "The body does not belong to this kind of entry.", "body");
        return rules.take();
    }
    check_attachments(rules, entry);
    if (const auto* hours = std::get_if<HoursBody>(&entry.body))
        check_hours(rules, entry, *hours);
    else if (const auto* story = std::get_if<StoryBody>(&entry.body))
        check_story(rules, entry, *story);
    else if (const auto* feedback = std::get_if<FeedbackBody>(&entry.body))
        check_feedback(rules, entry, *feedback);
    else if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body))
        check_delivery(rules, entry, *delivery);
    return rules.take();
}

} // namespace tally
