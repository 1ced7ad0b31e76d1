#include "client/screens/forms.h"

#include "shared/base/encoding.h"
#include "shared/base/random.h"
#include "shared/domain/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tally::client::screens {

using Json = nlohmann::json;

namespace {

constexpr std::int32_t day_minutes = 24 * 60;

/// An entry around a body, complete enough for validate().
template <typename Command>
Entry probe(const Command& command, EvidenceKind kind, const AppModel& model)
{
    Entry entry;
    entry.id.bytes[0] = 1;
    entry.kind = kind;
    entry.captured_at = model.now;
    entry.utc_offset_min = model.utc_offset_min;
    entry.language = "en";
    entry.about = command.about;
    entry.body = command.body;
    if (command.amendment && command.amendment->needs_reason) {
        entry.action = EntryAction::Amend;
        entry.amends = command.amendment->replaces;
        entry.reason = command.amendment->reason;
    }
    return entry;
}

std::string clean(std::string_view text)
{
    return std::string(trimmed(text));
}

Json optional_number(const std::optional<std::int32_t>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

std::optional<std::int32_t> number_of(const Json& json, const char* name)
{
    const auto place = json.find(name);
    if (place == json.end() || place->is_null())
        return std::nullopt;
    return place->get<std::int32_t>();
}

Date date_of(const Json& json, const char* name)
{
    const auto date = parse_date(json.at(name).get<std::string>());
    return date ? *date : Date{};
}

/// Runs a reader of trusted but perhaps older JSON; anything missing or odd gives none.
template <typename Form, typename Read>
std::optional<Form> read_draft(std::string_view text, Read read)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    try {
        Form form;
        read(json, form);
        return form;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

/// The newest readable entry of a kind that this person captured.
template <typename Body>
const Entry* last_of(const AppModel& model)
{
    for (const EntryModel& entry : model.entries)
        if (entry.words && std::holds_alternative<Body>(entry.words->body))
            return entry.words.get();
    return nullptr;
}

/// Where an entry belongs when nobody said: today's event, else the last used contract, else the only one.
void guess_contract(const AppModel& model, const Entry* last, std::string& contract, std::string* event)
{
    if (const EventModel* today = model.event_of_today()) {
        contract = today->contract;
        if (event != nullptr)
            *event = today->id;
    } else if (last != nullptr && model.find_contract(last->about.contract) != nullptr) {
        contract = last->about.contract;
    } else if (model.contracts.size() == 1) {
        contract = model.contracts.front().reference;
    }
}

std::string place_of_event(const AppModel& model, const std::string& event)
{
    const EventModel* found = model.find_event(event);
    return found != nullptr ? found->place : std::string();
}

} // namespace

void HoursForm::start_changed()
{
    if (start_min && duration_min)
        end_min = (*start_min + *duration_min) % day_minutes;
    else
        end_changed();
}

void HoursForm::end_changed()
{
    // Work past midnight ends on the next day.
    if (start_min && end_min && *start_min != *end_min)
        duration_min = (*end_min - *start_min + day_minutes) % day_minutes;
}

void HoursForm::duration_changed()
{
    if (start_min && duration_min)
        end_min = (*start_min + *duration_min) % day_minutes;
}

std::int64_t HoursForm::heads() const
{
    return people_entry == PeopleEntry::Person ? 1 : std::int64_t{adults} + under_18;
}

SaveHours HoursForm::command(const AppModel& model) const
{
    SaveHours command;
    command.about.contract = contract;
    command.about.event = event;
    command.about.place = place_of_event(model, event);
    command.about.measure = measure;
    HoursBody& body = command.body;
    body.host = clean(host);
    body.activity = clean(activity);
    body.date = date;
    body.start_min = start_min.value_or(0);
    body.end_min = body.start_min + duration_min.value_or(0);
    body.whose_time = whose_time;
    if (people_entry == PeopleEntry::Person) {
        body.people.name = clean(name);
    } else {
        body.people.adults = adults;
        body.people.under_18 = under_18;
    }
    body.confirmation = confirmation;
    if (confirmation == HoursConfirmation::Host || confirmation == HoursConfirmation::Supervisor)
        body.confirmed_by = clean(confirmed_by);
    return command;
}

SaveStory StoryForm::command(const AppModel& model) const
{
    SaveStory command;
    command.about.contract = contract;
    command.about.event = event;
    command.about.place = place_of_event(model, event);
    StoryBody& body = command.body;
    body.title = clean(title);
    body.what = clean(what);
    body.how = clean(how);
    body.who = clean(who);
    body.where = clean(where);
    body.changed = clean(changed);
    body.known_by = clean(known_by);
    body.otherwise = clean(otherwise);
    for (const QuoteForm& quote : quotes)
        if (!trimmed(quote.text).empty() || !trimmed(quote.speaker).empty())
            body.quotes.push_back({clean(quote.text), clean(quote.speaker)});
    for (const ConsentForm& form : consents) {
        Consent consent;
        consent.person = clean(form.person);
        for (const std::string& use : form.uses)
            if (const auto known = consent_use_named(use))
                consent.uses.push_back(*known);
        if (const ConsentWording* wording = wording_to_read(model)) {
            consent.wording_version = wording->version;
            consent.language = wording->language;
        }
        consent.withdrawal_code = form.withdrawal_code;
        consent.parent_or_guardian = form.parent_or_guardian;
        if (!form.spoken && !form.strokes.empty())
            command.signatures.push_back({body.consents.size(), form.strokes});
        body.consents.push_back(std::move(consent));
    }
    if (has_permission)
        body.organisation_permission = {clean(permission_organisation), clean(permission_given_by)};
    for (const PhotoForm& photo : photos)
        command.photos.push_back({photo.digest, clean(photo.caption)});
    return command;
}

std::vector<std::string> DeliveryForm::references() const
{
    std::vector<std::string> found;
    std::string_view rest = people;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of("\n,;"), rest.size());
        const std::string_view reference = trimmed(rest.substr(0, end));
        if (!reference.empty())
            found.emplace_back(reference);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

SaveDelivery DeliveryForm::command(const AppModel& model) const
{
    SaveDelivery command;
    command.about.contract = contract;
    command.about.measure = measure;
    DeliveryBody& body = command.body;
    if (!trimmed(quantity).empty()) {
        const auto number = parse_quantity(trimmed(quantity));
        if (number)
            body.quantity = *number;
    }
    body.period_start = period_start;
    body.period_end = period_end;
    body.description = clean(description);
    body.evidence_reference = clean(evidence_reference);
    const MeasureModel* found = model.find_measure(contract, measure);
    if (found != nullptr && found->once_per_person)
        body.people = references();
    if (!body.people.empty())
        body.quantity = Quantity{static_cast<std::int64_t>(body.people.size()) * Quantity::parts_per_unit};
    return command;
}

HoursForm new_hours_form(const AppModel& model)
{
    HoursForm form;
    const Entry* last = last_of<HoursBody>(model);
    form.date = model.today;
    guess_contract(model, last, form.contract, &form.event);
    if (const EventModel* event = model.find_event(form.event)) {
        form.start_min = local_minute(event->starts_at, model.utc_offset_min);
        if (local_date(event->starts_at, model.utc_offset_min) == model.today)
            form.duration_min = static_cast<std::int32_t>((event->ends_at.ms - event->starts_at.ms) / 60'000);
        form.duration_changed();
    }
    if (last != nullptr) {
        const HoursBody& body = std::get<HoursBody>(last->body);
        form.host = body.host;
        form.whose_time = body.whose_time;
        form.confirmation =
            body.confirmation == HoursConfirmation::SignInSheet ? HoursConfirmation::None : body.confirmation;
        form.confirmed_by = body.confirmed_by;
        if (last->about.contract == form.contract)
            form.measure = last->about.measure;
    }
    return form;
}

StoryForm new_story_form(const AppModel& model)
{
    StoryForm form;
    guess_contract(model, last_of<StoryBody>(model), form.contract, &form.event);
    if (const EventModel* event = model.find_event(form.event))
        form.where = event->place_title;
    return form;
}

DeliveryForm new_delivery_form(const AppModel& model)
{
    DeliveryForm form;
    guess_contract(model, last_of<DeliveryBody>(model), form.contract, nullptr);
    form.period_start = {model.today.year, model.today.month, 1};
    form.period_end = model.today;
    return form;
}

HoursForm hours_form_of(const Entry& entry)
{
    HoursForm form;
    const auto& body = std::get<HoursBody>(entry.body);
    form.contract = entry.about.contract;
    form.event = entry.about.event;
    form.measure = entry.about.measure;
    form.activity = body.activity;
    form.host = body.host;
    form.date = body.date;
    form.start_min = body.start_min;
    form.end_min = (body.end_min - body.break_min) % (24 * 60);
    form.duration_min = static_cast<std::int32_t>(body.minutes());
    form.whose_time = body.whose_time;
    form.people_entry = body.people.is_group() ? PeopleEntry::Group : PeopleEntry::Person;
    form.name = body.people.name;
    form.adults = body.people.adults;
    form.under_18 = body.people.under_18;
    form.confirmation = body.confirmation;
    form.confirmed_by = body.confirmed_by;
    return form;
}

StoryForm story_form_of(const Entry& entry)
{
    StoryForm form;
    const auto& body = std::get<StoryBody>(entry.body);
    form.contract = entry.about.contract;
    form.event = entry.about.event;
    form.title = body.title;
    form.what = body.what;
    form.how = body.how;
    form.who = body.who;
    form.where = body.where;
    form.changed = body.changed;
    form.known_by = body.known_by;
    form.otherwise = body.otherwise;
    for (const Quote& quote : body.quotes)
        form.quotes.push_back({quote.text, quote.speaker});
    for (const Consent& consent : body.consents) {
        ConsentForm kept;
        kept.person = consent.person;
        for (const ConsentUse use : consent.uses)
            kept.uses.emplace_back(name_of(use));
        kept.parent_or_guardian = consent.parent_or_guardian;
        kept.spoken = consent.signature.empty();
        kept.withdrawal_code = consent.withdrawal_code;
        form.consents.push_back(std::move(kept));
    }
    if (body.organisation_permission) {
        form.has_permission = true;
        form.permission_organisation = body.organisation_permission->organisation;
        form.permission_given_by = body.organisation_permission->given_by;
    }
    return form;
}

DeliveryForm delivery_form_of(const Entry& entry)
{
    DeliveryForm form;
    const auto& body = std::get<DeliveryBody>(entry.body);
    form.contract = entry.about.contract;
    form.measure = entry.about.measure;
    if (body.quantity)
        form.quantity = format_quantity(*body.quantity);
    form.period_start = body.period_start;
    form.period_end = body.period_end;
    form.description = body.description;
    form.evidence_reference = body.evidence_reference;
    for (const std::string& reference : body.people)
        form.people += (form.people.empty() ? "" : "\n") + reference;
    return form;
}

std::string to_draft(const HoursForm& form)
{
    return Json{{"contract", form.contract},
                {"event", form.event},
                {"measure", form.measure},
                {"activity", form.activity},
                {"host", form.host},
                {"date", format_date(form.date)},
                {"start", optional_number(form.start_min)},
                {"end", optional_number(form.end_min)},
                {"duration", optional_number(form.duration_min)},
                {"whose_time", name_of(form.whose_time)},
                {"is_group", form.people_entry == PeopleEntry::Group},
                {"name", form.name},
                {"adults", form.adults},
                {"under_18", form.under_18},
                {"confirmation", name_of(form.confirmation)},
                {"confirmed_by", form.confirmed_by}}
        .dump();
}

std::optional<HoursForm> hours_from_draft(std::string_view text)
{
    return read_draft<HoursForm>(text, [](const Json& json, HoursForm& form) {
        form.contract = json.at("contract").get<std::string>();
        form.event = json.at("event").get<std::string>();
        form.measure = json.at("measure").get<std::string>();
        form.activity = json.at("activity").get<std::string>();
        form.host = json.at("host").get<std::string>();
        form.date = date_of(json, "date");
        form.start_min = number_of(json, "start");
        form.end_min = number_of(json, "end");
        form.duration_min = number_of(json, "duration");
        form.whose_time =
            whose_time_named(json.at("whose_time").get<std::string>()).value_or(form.whose_time);
        form.people_entry = json.at("is_group").get<bool>() ? PeopleEntry::Group : PeopleEntry::Person;
        form.name = json.at("name").get<std::string>();
        form.adults = json.at("adults").get<std::int32_t>();
        form.under_18 = json.at("under_18").get<std::int32_t>();
        form.confirmation =
            confirmation_named(json.at("confirmation").get<std::string>()).value_or(form.confirmation);
        form.confirmed_by = json.at("confirmed_by").get<std::string>();
    });
}

std::string to_draft(const StoryForm& form)
{
    Json json = {{"contract", form.contract},
                 {"event", form.event},
                 {"title", form.title},
                 {"what", form.what},
                 {"how", form.how},
                 {"who", form.who},
                 {"where", form.where},
                 {"changed", form.changed},
                 {"known_by", form.known_by},
                 {"otherwise", form.otherwise},
                 {"has_permission", form.has_permission},
                 {"permission_organisation", form.permission_organisation},
                 {"permission_given_by", form.permission_given_by},
                 {"quotes", Json::array()},
                 {"photos", Json::array()},
                 {"consents", Json::array()}};
    for (const QuoteForm& quote : form.quotes)
        json["quotes"].push_back({{"text", quote.text}, {"speaker", quote.speaker}});
    for (const PhotoForm& photo : form.photos)
        json["photos"].push_back({{"digest", photo.digest}, {"caption", photo.caption}});
    for (const ConsentForm& consent : form.consents) {
        Json strokes = Json::array();
        for (const widgets::Stroke& stroke : consent.strokes) {
            Json points = Json::array();
            for (const widgets::Point& point : stroke)
                points.push_back({point.x, point.y});
            strokes.push_back(std::move(points));
        }
        json["consents"].push_back({{"person", consent.person},
                                    {"uses", consent.uses},
                                    {"parent_or_guardian", consent.parent_or_guardian},
                                    {"spoken", consent.spoken},
                                    {"strokes", std::move(strokes)},
                                    {"withdrawal_code", consent.withdrawal_code}});
    }
    return json.dump();
}

std::optional<StoryForm> story_from_draft(std::string_view text)
{
    return read_draft<StoryForm>(text, [](const Json& json, StoryForm& form) {
        form.contract = json.at("contract").get<std::string>();
        form.event = json.at("event").get<std::string>();
        form.title = json.at("title").get<std::string>();
        form.what = json.at("what").get<std::string>();
        form.how = json.at("how").get<std::string>();
        form.who = json.at("who").get<std::string>();
        form.where = json.at("where").get<std::string>();
        form.changed = json.at("changed").get<std::string>();
        form.known_by = json.at("known_by").get<std::string>();
        form.otherwise = json.at("otherwise").get<std::string>();
        form.has_permission = json.at("has_permission").get<bool>();
        form.permission_organisation = json.at("permission_organisation").get<std::string>();
        form.permission_given_by = json.at("permission_given_by").get<std::string>();
        for (const Json& quote : json.at("quotes"))
            form.quotes.push_back(
                {quote.at("text").get<std::string>(), quote.at("speaker").get<std::string>()});
        for (const Json& photo : json.at("photos"))
            form.photos.push_back(
                {photo.at("digest").get<std::string>(), photo.at("caption").get<std::string>()});
        for (const Json& item : json.at("consents")) {
            ConsentForm consent;
            consent.person = item.at("person").get<std::string>();
            consent.uses = item.at("uses").get<std::vector<std::string>>();
            consent.parent_or_guardian = item.at("parent_or_guardian").get<bool>();
            consent.spoken = item.at("spoken").get<bool>();
            for (const Json& points : item.at("strokes")) {
                widgets::Stroke stroke;
                for (const Json& point : points)
                    stroke.push_back({point.at(0).get<int>(), point.at(1).get<int>()});
                consent.strokes.push_back(std::move(stroke));
            }
            consent.withdrawal_code = item.at("withdrawal_code").get<std::string>();
            form.consents.push_back(std::move(consent));
        }
    });
}

std::string to_draft(const DeliveryForm& form)
{
    return Json{{"contract", form.contract},
                {"measure", form.measure},
                {"quantity", form.quantity},
                {"period_start", format_date(form.period_start)},
                {"period_end", format_date(form.period_end)},
                {"description", form.description},
                {"evidence_reference", form.evidence_reference},
                {"people", form.people}}
        .dump();
}

std::optional<DeliveryForm> delivery_from_draft(std::string_view text)
{
    return read_draft<DeliveryForm>(text, [](const Json& json, DeliveryForm& form) {
        form.contract = json.at("contract").get<std::string>();
        form.measure = json.at("measure").get<std::string>();
        form.quantity = json.at("quantity").get<std::string>();
        form.period_start = date_of(json, "period_start");
        form.period_end = date_of(json, "period_end");
        form.description = json.at("description").get<std::string>();
        form.evidence_reference = json.at("evidence_reference").get<std::string>();
        form.people = json.at("people").get<std::string>();
    });
}

std::vector<Error> problems_of(const SaveHours& command, const AppModel& model)
{
    return validate(probe(command, EvidenceKind::Hours, model));
}

std::vector<Error> problems_of(const SaveStory& command, const AppModel& model)
{
    Entry entry = probe(command, EvidenceKind::Story, model);
    // Signatures that were given before stand among what is kept.
    entry.attachments = command.kept;
    return validate(entry);
}

std::vector<Error> problems_of(const SaveDelivery& command, const AppModel& model)
{
    return validate(probe(command, EvidenceKind::Delivery, model));
}

std::string_view problem_at(const std::vector<Error>& problems, std::string_view where)
{
    for (const Error& problem : problems)
        if (problem.where.starts_with(where))
            return problem.message;
    return {};
}

const ConsentWording* wording_to_read(const AppModel& model)
{
    return newest_wording(model.consent_wordings, "en");
}

std::string new_withdrawal_code()
{
    // Without 0, O, 1, I and others that are mistaken for one another.
    constexpr std::string_view letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr std::size_t usable = 30;
    SystemRandom random;
    std::string code;
    while (code.size() < 9) {
        if (code.size() == 4)
            code += '-';
        // Bytes that would favour some letters are drawn again.
        const auto byte = static_cast<unsigned char>(random.bytes(1)[0]);
        if (byte < 240)
            code += letters[byte % usable];
    }
    return code;
}

} // namespace tally::client::screens
