#include "client/screens/model.h"

#include "client/widgets/fields.h"
#include "client/widgets/translations.h"

#include <algorithm>

namespace tally::client::screens {

using widgets::tr;

namespace {

template <typename List, typename Test>
auto find_in(const List& list, Test test) -> decltype(list.data())
{
    const auto place = std::find_if(list.begin(), list.end(), test);
    return place == list.end() ? nullptr : &*place;
}

std::string joined(std::initializer_list<std::string> parts)
{
    std::string text;
    for (const std::string& part : parts)
        if (!part.empty())
            text += (text.empty() ? "" : " \u00b7 ") + part;
    return text;
}

const char* kind_key(EvidenceKind kind)
{
    switch (kind) {
    case EvidenceKind::Hours:
        return "kind.hours";
    case EvidenceKind::Story:
        return "kind.story";
    case EvidenceKind::Feedback:
        return "kind.feedback";
    case EvidenceKind::Delivery:
        return "kind.delivery";
    }
    return "";
}

} // namespace

const ContractModel* AppModel::find_contract(std::string_view reference) const
{
    return find_in(contracts, [&](const ContractModel& contract) { return contract.reference == reference; });
}

const EventModel* AppModel::find_event(std::string_view id) const
{
    return find_in(events, [&](const EventModel& event) { return event.id == id; });
}

const PlaceModel* AppModel::find_place(std::string_view id) const
{
    return find_in(places, [&](const PlaceModel& place) { return place.id == id; });
}

const EntryModel* AppModel::find_entry(std::string_view id) const
{
    return find_in(entries, [&](const EntryModel& entry) { return entry.id.text() == id; });
}

const DraftModel* AppModel::find_draft(std::string_view id) const
{
    return find_in(drafts, [&](const DraftModel& draft) { return draft.id == id; });
}

const MeasureModel* AppModel::find_measure(std::string_view contract, std::string_view code) const
{
    const ContractModel* found = find_contract(contract);
    return found == nullptr
               ? nullptr
               : find_in(found->measures, [&](const MeasureModel& measure) { return measure.code == code; });
}

const EventModel* AppModel::event_of_today() const
{
    const EventModel* next = nullptr;
    const EventModel* last = nullptr;
    for (const EventModel& event : events) {
        if (local_date(event.starts_at, utc_offset_min) != today &&
            local_date(event.ends_at, utc_offset_min) != today)
            continue;
        if (event.starts_at <= now && now <= event.ends_at)
            return &event;
        if (event.starts_at > now && next == nullptr)
            next = &event;
        last = &event;
    }
    return next != nullptr ? next : last;
}

std::int64_t AppModel::count(EntryState state) const
{
    return std::count_if(entries.begin(), entries.end(),
                         [&](const EntryModel& entry) { return entry.state == state; });
}

std::int64_t AppModel::not_taken() const
{
    return count(EntryState::Rejected) + count(EntryState::Conflict);
}

EntryWords words_of(const EntryModel& entry, const AppModel& model)
{
    const Date captured = local_date(entry.captured_at, model.utc_offset_min);
    if (entry.state == EntryState::Erased)
        return {tr(kind_key(entry.kind)), erased_words(entry, model)};
    if (!entry.words)
        return {tr(kind_key(entry.kind)), joined({widgets::short_day_words(captured),
                                                  tr(entry.needs_pin ? "entry.locked" : "entry.sealed")})};
    const Entry& words = *entry.words;
    const std::string day = widgets::short_day_words(work_date(words));
    if (words.action == EntryAction::Withdraw)
        return {tr("entry.withdrawal"), joined({day, words.reason})};
    if (const auto* hours = std::get_if<HoursBody>(&words.body)) {
        const std::string who =
            hours->people.is_group()
                ? tr("hours.people_count", {{"count", std::to_string(hours->people.heads())}})
                : hours->people.name;
        return {hours->activity,
                joined({day, who, widgets::duration_words(hours->minutes() * hours->people.heads()),
                        hours->host})};
    }
    if (const auto* story = std::get_if<StoryBody>(&words.body))
        return {story->title,
                joined({day, tr(kind_key(entry.kind)),
                        entry.photos > 0 ? tr("story.photo_count", {{"count", std::to_string(entry.photos)}})
                                         : ""})};
    if (const auto* feedback = std::get_if<FeedbackBody>(&words.body)) {
        const EventModel* event = model.find_event(words.about.event);
        const PlaceModel* place = model.find_place(words.about.place);
        const std::string about = event != nullptr   ? event->title
                                  : place != nullptr ? place->title
                                                     : words.about.place;
        return {tr("kind.feedback"),
                joined({day, about,
                        tr("feedback.answer_count", {{"count", std::to_string(feedback->answers.size())}})})};
    }
    if (const auto* delivery = std::get_if<DeliveryBody>(&words.body)) {
        const MeasureModel* measure = model.find_measure(words.about.contract, words.about.measure);
        std::string quantity;
        if (delivery->quantity)
            quantity = format_quantity_for_people(*delivery->quantity) +
                       (measure != nullptr ? " " + measure->unit : "");
        return {delivery->description, joined({day, words.about.measure, quantity})};
    }
    return {tr(kind_key(entry.kind)), day};
}

std::string erased_words(const EntryModel& entry, const AppModel& model)
{
    if (!entry.erased_at)
        return tr("entry.erased");
    return tr("entry.erased_on",
              {{"date", widgets::short_day_words(local_date(*entry.erased_at, model.utc_offset_min))}});
}

bool can_change(const EntryModel& entry)
{
    return entry.state != EntryState::Duplicate && entry.state != EntryState::Split &&
           entry.state != EntryState::Erased && entry.state != EntryState::Replaced &&
           entry.state != EntryState::Withdrawn && !is_put_aside(entry) && !entry.replaced_by;
}

bool is_put_aside(const EntryModel& entry)
{
    return entry.state == EntryState::Rejected || entry.state == EntryState::Conflict;
}

std::string size_words(std::int64_t bytes)
{
    constexpr std::int64_t step = 1'000;
    const char* keys[] = {"size.kb", "size.mb", "size.gb"};
    // In tenths of the unit, so that 4.2 MB needs no fractions.
    std::int64_t tenths = (bytes * 10 + step - 1) / step;
    std::size_t unit = 0;
    while (tenths >= step * 10 && unit < 2) {
        tenths = (tenths + step - 1) / step;
        ++unit;
    }
    const bool is_round = tenths >= 100 || tenths % 10 == 0;
    const std::string number = is_round ? std::to_string(tenths / 10)
                                        : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    return tr(keys[unit], {{"number", number}});
}

} // namespace tally::client::screens
