#include "shared/protocol/entry_json.h"

#include "shared/base/encoding.h"
#include "shared/protocol/json_reader.h"
#include "shared/protocol/json_writer.h"

namespace tally::protocol {
namespace {

constexpr std::string_view format_name = "tallybook-entry/1";

// Writing.

void write_about(JsonWriter& json, const About& about)
{
    json.key("about").begin_object();
    json.field_if("contract", about.contract);
    json.field_if("event", about.event);
    json.field_if("place", about.place);
    json.field_if("theme", about.theme);
    json.field_if("measure", about.measure);
    json.end_object();
}

void write_hours(JsonWriter& json, const HoursBody& body)
{
    json.field("host", body.host);
    json.field("activity", body.activity);
    json.field("date", format_date(body.date));
    json.field("start", format_minute_of_day(body.start_min));
    json.field("end", format_minute_of_day(body.end_min));
    // "24:00" of the same day and anything later is written as a time of the next day.
    if (body.end_min >= 1440)
        json.key("ends_next_day").boolean(true);
    if (body.break_min != 0)
        json.field("break_minutes", std::int64_t{body.break_min});
    json.field("whose_time", name_of(body.whose_time));
    json.key("people").begin_object();
    if (body.people.is_group()) {
        json.field("adults", std::int64_t{body.people.adults});
        json.field("under_18", std::int64_t{body.people.under_18});
    } else {
        json.field("name", body.people.name);
    }
    json.end_object();
    json.field("confirmation", name_of(body.confirmation));
    json.field_if("confirmed_by", body.confirmed_by);
    if (body.closed_at_event_end)
        json.key("closed_at_event_end").boolean(true);
}

void write_story(JsonWriter& json, const StoryBody& body)
{
    json.field("title", body.title);
    json.field("what", body.what);
    json.field_if("how", body.how);
    json.field_if("who", body.who);
    json.field_if("where", body.where);
    json.field("changed", body.changed);
    json.field_if("known_by", body.known_by);
    json.field_if("otherwise", body.otherwise);
    if (!body.quotes.empty()) {
        json.key("quotes").begin_array();
        for (const auto& quote : body.quotes)
            json.begin_object().field("text", quote.text).field_if("speaker", quote.speaker).end_object();
        json.end_array();
    }
    if (!body.consents.empty()) {
        json.key("consents").begin_array();
        for (const auto& consent : body.consents) {
            json.begin_object().field("person", consent.person).key("uses").begin_array();
            for (const auto use : consent.uses)
                json.text(name_of(use));
            json.end_array();
            json.field("wording_version", consent.wording_version);
            json.field("language", consent.language);
            json.field_if("signature", consent.signature);
            json.field("withdrawal_code", consent.withdrawal_code);
            if (consent.parent_or_guardian)
                json.key("parent_or_guardian").boolean(true);
            json.end_object();
        }
        json.end_array();
    }
    if (body.organisation_permission)
        json.key("organisation_permission")
            .begin_object()
            .field("organisation", body.organisation_permission->organisation)
            .field("given_by", body.organisation_permission->given_by)
            .end_object();
}

void write_answer_value(JsonWriter& json, const AnswerValue& value)
{
    if (const auto* point = std::get_if<std::int64_t>(&value))
        json.integer(*point);
    else if (const auto* yes = std::get_if<bool>(&value))
        json.boolean(*yes);
    else if (const auto* words = std::get_if<std::string>(&value))
        json.text(*words);
    else {
        json.begin_array();
        for (const auto& option : std::get<std::vector<std::string>>(value))
            json.text(option);
        json.end_array();
    }
}

void write_feedback(JsonWriter& json, const FeedbackBody& body)
{
    json.field("questionnaire", body.questionnaire);
    json.field("questionnaire_version", std::int64_t{body.questionnaire_version});
    json.field("language", body.language);
    json.key("answers").begin_array();
    for (const auto& answer : body.answers) {
        json.begin_object().field("question", answer.question).key("value");
        write_answer_value(json, answer.value);
        json.end_object();
    }
    json.end_array();
    if (body.about_you != AboutYou{})
        json.key("about_you")
            .begin_object()
            .field_if("age_band", body.about_you.age_band)
            .field_if("connection", body.about_you.connection)
            .end_object();
}

void write_delivery(JsonWriter& json, const DeliveryBody& body)
{
    if (body.quantity)
        json.field("quantity", format_quantity(*body.quantity));
    json.field("period_start", format_date(body.period_start));
    json.field("period_end", format_date(body.period_end));
    json.field("description", body.description);
    json.field_if("evidence_reference", body.evidence_reference);
    if (!body.people.empty()) {
        json.key("people").begin_array();
        for (const auto& reference : body.people)
            json.text(reference);
        json.end_array();
    }
}

void write_attachments(JsonWriter& json, const std::vector<Attachment>& attachments)
{
    json.key("attachments").begin_array();
    for (const auto& attachment : attachments)
        json.begin_object()
            .field("digest", attachment.digest)
            .field("sealed_digest", attachment.sealed_digest)
            .field("key", to_base64(attachment.key))
            .field("bytes", attachment.bytes)
            .field("type", attachment.media_type)
            .field("width", std::int64_t{attachment.width})
            .field("height", std::int64_t{attachment.height})
            .field_if("caption", attachment.caption)
            .end_object();
    json.end_array();
}

// Reading.

template <typename T>
T checked(JsonObject& object, std::string_view name, Result<T> parsed)
{
    if (parsed)
        return *parsed;
    object.report(parsed.error().code, parsed.error().message, name);
    return T{};
}

template <typename T>
T named(JsonObject& object, std::string_view field, std::optional<T> (*lookup)(std::string_view))
{
    const auto word = object.text(field);
    if (const auto value = lookup(word))
        return *value;
    object.report("unknown_word",
                  "\"" + std::string(word.substr(0, 40)) + "\" is not one of the words known here.", field);
    return T{};
}

About read_about(JsonObject& entry, JsonProblems& problems)
{
    About about;
    const auto element = entry.element("about");
    if (!element)
        return about;
    JsonObject object(*element, entry.path("about"), problems);
    about.contract = object.text_or_empty("contract");
    about.event = object.text_or_empty("event");
    about.place = object.text_or_empty("place");
    about.theme = object.text_or_empty("theme");
    about.measure = object.text_or_empty("measure");
    object.refuse_the_rest();
    return about;
}

HoursPeople read_people(JsonObject& body, JsonProblems& problems)
{
    HoursPeople people;
    const auto element = body.element("people");
    if (!element) {
        body.report("missing", "Give one person's name, or how many adults and under-18s took part.",
                    "people");
        return people;
    }
    JsonObject object(*element, body.path("people"), problems);
    people.name = object.text_or_empty("name");
    people.adults = object.int32_or("adults", 0);
    people.under_18 = object.int32_or("under_18", 0);
    object.refuse_the_rest();
    return people;
}

HoursBody read_hours(JsonObject& object, JsonProblems& problems)
{
    HoursBody body;
    body.host = object.text("host");
    body.activity = object.text("activity");
    body.date = checked(object, "date", parse_date(object.text("date")));
    body.start_min = checked(object, "start", parse_minute_of_day(object.text("start")));
    body.end_min = checked(object, "end", parse_minute_of_day(object.text("end")));
    if (object.boolean_or("ends_next_day", false))
        body.end_min += 1440;
    body.break_min = object.int32_or("break_minutes", 0);
    body.whose_time = named(object, "whose_time", whose_time_named);
    body.people = read_people(object, problems);
    body.confirmation = named(object, "confirmation", confirmation_named);
    body.confirmed_by = object.text_or_empty("confirmed_by");
    body.closed_at_event_end = object.boolean_or("closed_at_event_end", false);
    return body;
}

Consent read_consent(simdjson::dom::element element, std::string where, JsonProblems& problems)
{
    JsonObject object(element, std::move(where), problems);
    Consent consent;
    consent.person = object.text("person");
    for (const auto item : object.items("uses")) {
        std::string_view word;
        const bool is_text = item.get(word) == simdjson::SUCCESS;
        const auto use = is_text ? consent_use_named(word) : std::nullopt;
        if (use)
            consent.uses.push_back(*use);
        else
            object.report("unknown_word", "A use is report, website, press or social_media.", "uses");
    }
    consent.wording_version = object.text("wording_version");
    consent.language = object.text("language");
    consent.signature = object.text_or_empty("signature");
    consent.withdrawal_code = object.text("withdrawal_code");
    consent.parent_or_guardian = object.boolean_or("parent_or_guardian", false);
    object.refuse_the_rest();
    return consent;
}

StoryBody read_story(JsonObject& object, JsonProblems& problems)
{
    StoryBody body;
    body.title = object.text("title");
    body.what = object.text("what");
    body.how = object.text_or_empty("how");
    body.who = object.text_or_empty("who");
    body.where = object.text_or_empty("where");
    body.changed = object.text("changed");
    body.known_by = object.text_or_empty("known_by");
    body.otherwise = object.text_or_empty("otherwise");
    const auto quotes = object.items("quotes");
    for (std::size_t i = 0; i < quotes.size(); ++i) {
        JsonObject quote(quotes[i], object.path("quotes[" + std::to_string(i) + "]"), problems);
        body.quotes.push_back({std::string(quote.text("text")), std::string(quote.text_or_empty("speaker"))});
        quote.refuse_the_rest();
    }
    const auto consents = object.items("consents");
    for (std::size_t i = 0; i < consents.size(); ++i)
        body.consents.push_back(
            read_consent(consents[i], object.path("consents[" + std::to_string(i) + "]"), problems));
    if (const auto element = object.element("organisation_permission")) {
        JsonObject permission(*element, object.path("organisation_permission"), problems);
        body.organisation_permission = OrganisationPermission{std::string(permission.text("organisation")),
                                                              std::string(permission.text("given_by"))};
        permission.refuse_the_rest();
    }
    return body;
}

AnswerValue read_answer_value(JsonObject& answer)
{
    const auto element = answer.element("value");
    if (!element) {
        answer.report("missing", "This field is missing.", "value");
        return {};
    }
    switch (element->type()) {
    case simdjson::dom::element_type::INT64:
        return std::int64_t{*element};
    case simdjson::dom::element_type::BOOL:
        return bool{*element};
    case simdjson::dom::element_type::STRING:
        return std::string(std::string_view(*element));
    case simdjson::dom::element_type::ARRAY: {
        std::vector<std::string> options;
        for (const auto item : simdjson::dom::array(*element)) {
            std::string_view option;
            if (item.get(option) != simdjson::SUCCESS || options.size() >= 64) {
                answer.report("wrong_type", "A choice is a list of at most 64 option ids.", "value");
                break;
            }
            options.emplace_back(option);
        }
        return options;
    }
    default:
        answer.report("wrong_type", "An answer is a whole number, true or false, text or a list of options.",
                      "value");
        return {};
    }
}

FeedbackBody read_feedback(JsonObject& object, JsonProblems& problems)
{
    FeedbackBody body;
    body.questionnaire = object.text("questionnaire");
    body.questionnaire_version = object.int32("questionnaire_version");
    body.language = object.text("language");
    const auto answers = object.items("answers");
    for (std::size_t i = 0; i < answers.size(); ++i) {
        JsonObject answer(answers[i], object.path("answers[" + std::to_string(i) + "]"), problems);
        std::string question(answer.text("question"));
        body.answers.push_back({std::move(question), read_answer_value(answer)});
        answer.refuse_the_rest();
    }
    if (const auto element = object.element("about_you")) {
        JsonObject about_you(*element, object.path("about_you"), problems);
        body.about_you.age_band = about_you.text_or_empty("age_band");
        body.about_you.connection = about_you.text_or_empty("connection");
        about_you.refuse_the_rest();
    }
    return body;
}

DeliveryBody read_delivery(JsonObject& object)
{
    DeliveryBody body;
    if (object.element("quantity"))
        body.quantity = checked(object, "quantity", parse_quantity(object.text("quantity")));
    body.period_start = checked(object, "period_start", parse_date(object.text("period_start")));
    body.period_end = checked(object, "period_end", parse_date(object.text("period_end")));
    body.description = object.text("description");
    body.evidence_reference = object.text_or_empty("evidence_reference");
    for (const auto item : object.items("people")) {
        std::string_view reference;
        if (item.get(reference) != simdjson::SUCCESS) {
            object.report("wrong_type", "People are a list of references, each a text.", "people");
            break;
        }
        body.people.emplace_back(reference);
    }
    return body;
}

EntryBody read_body(JsonObject& entry, EvidenceKind kind, JsonProblems& problems)
{
    const auto element = entry.element("body");
    if (!element)
        return {};
    JsonObject object(*element, entry.path("body"), problems);
    EntryBody body;
    switch (kind) {
    case EvidenceKind::Hours:
        body = read_hours(object, problems);
        break;
    case EvidenceKind::Story:
        body = read_story(object, problems);
        break;
    case EvidenceKind::Feedback:
        body = read_feedback(object, problems);
        break;
    case EvidenceKind::Delivery:
        body = read_delivery(object);
        break;
    }
    object.refuse_the_rest();
    return body;
}

std::vector<Attachment> read_attachments(JsonObject& entry, JsonProblems& problems)
{
    std::vector<Attachment> attachments;
    const auto items = entry.items("attachments");
    for (std::size_t i = 0; i < items.size(); ++i) {
        JsonObject object(items[i], entry.path("attachments[" + std::to_string(i) + "]"), problems);
        Attachment attachment;
        attachment.digest = object.text("digest");
        attachment.sealed_digest = object.text("sealed_digest");
        attachment.key = checked(object, "key", from_base64(object.text("key")));
        attachment.bytes = object.integer("bytes");
        attachment.media_type = object.text("type");
        attachment.width = object.int32("width");
        attachment.height = object.int32("height");
        attachment.caption = object.text_or_empty("caption");
        object.refuse_the_rest();
        attachments.push_back(std::move(attachment));
    }
    return attachments;
}

/// The fields that a person or script gives.
void read_given(JsonObject& object, Entry& entry, JsonProblems& problems)
{
    entry.kind = named(object, "kind", kind_named);
    if (object.element("amends"))
        entry.amends = checked(object, "amends", Uuid::parse(object.text("amends")));
    entry.reason = object.text_or_empty("reason");
    entry.language = object.text_or_empty("language");
    entry.about = read_about(object, problems);
    entry.body = read_body(object, entry.kind, problems);
}

} // namespace

std::string write_entry(const Entry& entry)
{
    std::string out;
    out.reserve(1024);
    JsonWriter json(out);
    json.begin_object();
    json.field("format", format_name);
    json.field("action", name_of(entry.action));
    json.field("kind", name_of(entry.kind));
    if (entry.amends)
        json.field("amends", entry.amends->text());
    json.field_if("reason", entry.reason);
    json.field("captured_at", format_utc(entry.captured_at));
    json.field("utc_offset_min", std::int64_t{entry.utc_offset_min});
    if (entry.clock_offset_ms)
        json.field("clock_offset_ms", *entry.clock_offset_ms);
    json.field_if("author", entry.author);
    json.field_if("language", entry.language);
    write_about(json, entry.about);
    if (entry.body.index() != 0) {
        json.key("body").begin_object();
        if (const auto* hours = std::get_if<HoursBody>(&entry.body))
            write_hours(json, *hours);
        else if (const auto* story = std::get_if<StoryBody>(&entry.body))
            write_story(json, *story);
        else if (const auto* feedback = std::get_if<FeedbackBody>(&entry.body))
            write_feedback(json, *feedback);
        else
            write_delivery(json, std::get<DeliveryBody>(entry.body));
        json.end_object();
    }
    if (!entry.attachments.empty())
        write_attachments(json, entry.attachments);
    json.end_object();
    return out;
}

Result<Entry> parse_entry(std::string_view text, const Uuid& id)
{
    if (text.size() > entry_json_bytes_max)
        return Error{"entry_too_large", "An entry has at most 256 KiB of text."};
    const auto root = parse_json(text);
    if (!root)
        return root.error();
    JsonProblems problems;
    JsonObject object(*root, "", problems);
    if (object.text("format") != format_name)
        object.report("unknown_format",
                      "This program reads tallybook-entry/1. Update the older of the two programs.",
                      "format");
    Entry entry;
    entry.id = id;
    entry.action = named(object, "action", action_named);
    read_given(object, entry, problems);
    entry.captured_at = checked(object, "captured_at", parse_utc(object.text("captured_at")));
    entry.utc_offset_min = object.int32("utc_offset_min");
    if (object.element("clock_offset_ms"))
        entry.clock_offset_ms = object.integer("clock_offset_ms");
    entry.author = object.text_or_empty("author");
    entry.attachments = read_attachments(object, problems);
    object.refuse_the_rest();
    if (problems.any())
        return problems.first();
    return entry;
}

Result<Entry> parse_entry_input(std::string_view text)
{
    if (text.size() > entry_json_bytes_max)
        return Error{"entry_too_large", "An entry has at most 256 KiB of text."};
    const auto root = parse_json(text);
    if (!root)
        return root.error();
    JsonProblems problems;
    JsonObject object(*root, "", problems);
    Entry entry;
    if (object.element("action"))
        entry.action = named(object, "action", action_named);
    read_given(object, entry, problems);
    object.refuse_the_rest();
    if (problems.any())
        return problems.first();
    return entry;
}

} // namespace tally::protocol
