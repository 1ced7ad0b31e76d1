#include "server/console/flag_view.h"

#include "server/console/review_view.h"
#include "server/console/words.h"
#include "server/review/passages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace tally::server::console {
namespace {

/// More entries than this stand below each other: side by side they would be too narrow to read.
constexpr std::size_t side_by_side_max = 3;
constexpr std::size_t pairs_shown_max = 6;

struct RuleRow
{
    std::string_view rule;
    std::string_view title;
    std::string_view words;
    bool can_be_same;  ///< the entries may be one piece of work
    bool can_be_right; ///< what looks odd may be right as it is
};

constexpr std::array rules = {
    RuleRow{
        "person_overlap", "One person, two entries at the same time",
        "Two entries give what looks like the same person time that overlaps. An hour of one person counts "
        "once.",
        true, false},
    RuleRow{
        "group_and_individual", "A head count beside people by name",
        "A head count and single people were captured for the same work. The people may be among the heads "
        "that were counted.",
        true, false},
    RuleRow{"group_overlap", "Two head counts of what may be one group",
            "Two head counts overlap in time and place. They may be the same people, counted twice.", true,
            false},
    RuleRow{"same_photo", "The same photo twice",
            "A photo of one entry is also with another one, perhaps cut, resized or saved again. Both may "
            "tell of "
            "the same work.",
            true, false},
    RuleRow{"similar_story", "Two stories that read alike",
            "Passages of the stories are the same or nearly the same. Both may tell of the same work.", true,
            false},
    RuleRow{
        "beyond_event", "Hours outside the event",
        "The hours begin before the event or end after it. Setting up and clearing away can be the reason.",
        false, true},
    RuleRow{"over_12_hours", "More than 12 hours in a day",
            "One person has more than 12 hours in one day. A forgotten sign-out or a wrong date can be the "
            "reason.",
            true, true},
    RuleRow{"exclusive_measures", "One piece of work under two measures",
            "The framework does not let both measures be claimed for the same work. Keep one: its measure "
            "counts, "
            "and the other entry becomes a duplicate.",
            true, false},
    RuleRow{"same_delivery", "The same delivery twice",
            "Two deliveries have the same measure, period and figures or papers. They may be one.", true,
            false},
    RuleRow{"late", "Arrived long after its quarter",
            "The entry came long after the end of the quarter in which the work was done.", false, true},
    RuleRow{"clock", "The device’s clock was out of step",
            "The clock of the device differed from the server’s when this was captured, so the time may be "
            "wrong.",
            false, true},
};

const RuleRow& rule_row(std::string_view rule)
{
    static constexpr RuleRow unknown{"", "", "Something about these entries needs a person to look at it.",
                                     true, true};
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const RuleRow& row) { return row.rule == rule; });
    return found == rules.end() ? unknown : *found;
}

/// A, B, C ... by which the page speaks of the entries.
std::string letter(std::size_t index)
{
    return std::string(1, static_cast<char>('A' + index % 26)) +
           (index < 26 ? "" : std::to_string(index / 26 + 1));
}

const HoursBody* hours_of(const ComparedEntry& entry)
{
    return entry.words ? std::get_if<HoursBody>(&entry.words->body) : nullptr;
}

bool is_group(const ComparedEntry& entry)
{
    const auto* hours = hours_of(entry);
    return hours != nullptr && hours->people.is_group();
}

std::string clock_range(const HoursBody& hours)
{
    return format_minute_of_day(hours.start_min % 1440) + " to " +
           format_minute_of_day(hours.end_min % 1440) + (hours.end_min >= 1440 ? " on the next day" : "");
}

std::string who(const HoursBody& hours)
{
    if (!hours.people.is_group())
        return hours.people.name;
    return "Group of " + counted(hours.people.heads(), "person", "people");
}

/// The entry in a few words, to be told from the others of its case.
std::string short_name(const ComparedEntry& entry)
{
    if (!entry.visible)
        return "an entry of a contract that you do not see";
    if (const auto* hours = hours_of(entry))
        return who(*hours) + ", " + clock_range(*hours);
    return entry.summary.erased ? "Erased entry" : entry.summary.headline;
}

std::string quantity_words(const EntrySummary& summary)
{
    if (!summary.quantity)
        return "";
    return summary.kind == EvidenceKind::Hours ? format_hours_for_people(*summary.quantity)
                                               : format_quantity_for_people(*summary.quantity);
}

std::string worth_words(const EntrySummary& summary)
{
    if (summary.value_class == "community")
        return "Community contribution, no pounds";
    if (!summary.value)
        return "No pounds";
    return format_pounds(*summary.value) + (summary.held ? ", held by the framework" : "");
}

std::string confirmed_words(const HoursBody& hours)
{
    switch (hours.confirmation) {
    case HoursConfirmation::None:
        return "Nobody else";
    case HoursConfirmation::Host:
        return hours.confirmed_by.empty() ? "The host" : hours.confirmed_by + ", host";
    case HoursConfirmation::Supervisor:
        return hours.confirmed_by.empty() ? "A supervisor" : hours.confirmed_by + ", supervisor";
    case HoursConfirmation::SignInSheet:
        return "Signed in and out";
    }
    return "";
}

// ---- fields side by side ----

struct Field
{
    std::string name;
    std::vector<std::string> values; ///< one for each entry, empty where there is none
    bool marks = false;              ///< texts in which shared passages are marked
};

/// Adds a field unless no entry has it.
void add_field(std::vector<Field>& fields, std::string name, const std::vector<ComparedEntry>& entries,
               const std::function<std::string(const ComparedEntry&)>& value, bool marks = false)
{
    Field field{std::move(name), {}, marks};
    bool any = false;
    for (const auto& entry : entries) {
        field.values.push_back(entry.visible ? value(entry) : "");
        any = any || !field.values.back().empty();
    }
    if (any)
        fields.push_back(std::move(field));
}

template <typename Body>
std::function<std::string(const ComparedEntry&)> of(std::function<std::string(const Body&)> value)
{
    return [value = std::move(value)](const ComparedEntry& entry) {
        const auto* body = entry.words ? std::get_if<Body>(&entry.words->body) : nullptr;
        return body == nullptr ? std::string() : value(*body);
    };
}

std::vector<Field> work_fields(const std::vector<ComparedEntry>& entries)
{
    std::vector<Field> fields;
    const auto hours = [&](std::string name, std::function<std::string(const HoursBody&)> value) {
        add_field(fields, std::move(name), entries, of<HoursBody>(std::move(value)));
    };
    hours("Who", who);
    hours("Date", [](const HoursBody& body) { return format_date_long(body.date); });
    hours("Time", [](const HoursBody& body) {
        return clock_range(body) + (body.break_min > 0 ? ", break of " + duration(body.break_min) : "") +
               (body.closed_at_event_end ? ", closed at the event’s end" : "");
    });
    hours("Host", [](const HoursBody& body) { return body.host; });
    hours("Activity", [](const HoursBody& body) { return body.activity; });
    hours("Whose time", [](const HoursBody& body) { return word_for(body.whose_time); });
    hours("Confirmed by", confirmed_words);
    const auto delivery = [&](std::string name, std::function<std::string(const DeliveryBody&)> value) {
        add_field(fields, std::move(name), entries, of<DeliveryBody>(std::move(value)));
    };
    delivery("What", [](const DeliveryBody& body) { return body.description; });
    delivery("Period", [](const DeliveryBody& body) {
        return short_date(body.period_start) + " to " + short_date(body.period_end);
    });
    delivery("Papers", [](const DeliveryBody& body) { return body.evidence_reference; });
    const auto story = [&](std::string name, std::string StoryBody::*text) {
        add_field(fields, std::move(name), entries,
                  of<StoryBody>([text](const StoryBody& body) { return body.*text; }), true);
    };
    story("Title", &StoryBody::title);
    story("What we did", &StoryBody::what);
    story("How", &StoryBody::how);
    story("Who with", &StoryBody::who);
    story("Where", &StoryBody::where);
    story("What changed", &StoryBody::changed);
    story("How we know", &StoryBody::known_by);
    story("Otherwise", &StoryBody::otherwise);
    add_field(fields, "Event", entries,
              [](const ComparedEntry& entry) { return entry.event ? entry.event->title : ""; });
    add_field(fields, "Place", entries, [](const ComparedEntry& entry) {
        return entry.place_title.empty() ? entry.facts.place : entry.place_title;
    });
    return fields;
}

std::vector<Field> counting_fields(const std::vector<ComparedEntry>& entries)
{
    std::vector<Field> fields;
    add_field(fields, "Quantity", entries,
              [](const ComparedEntry& entry) { return quantity_words(entry.summary); });
    add_field(fields, "Measure", entries, [](const ComparedEntry& entry) {
        const auto& summary = entry.summary;
        return summary.measure + (summary.measure_title.empty() ? "" : " " + summary.measure_title);
    });
    add_field(fields, "Value", entries,
              [](const ComparedEntry& entry) { return worth_words(entry.summary); });
    add_field(fields, "Contract", entries, [](const ComparedEntry& entry) { return entry.contract_title; });
    return fields;
}

std::vector<Field> arrival_fields(const std::vector<ComparedEntry>& entries, const Clock& clock)
{
    std::vector<Field> fields;
    add_field(fields, "Device", entries, [](const ComparedEntry& entry) { return entry.device_name; });
    add_field(fields, "Captured", entries, [](const ComparedEntry& entry) -> std::string {
        if (!entry.words)
            return "";
        const auto& words = *entry.words;
        std::string text = short_date(local_date(words.captured_at, words.utc_offset_min)) + ", " +
                           format_minute_of_day(local_minute(words.captured_at, words.utc_offset_min));
        constexpr std::int64_t shown_ms = 60'000;
        const auto offset = words.clock_offset_ms.value_or(0);
        if (offset >= shown_ms || offset <= -shown_ms)
            text += ", clock " + duration(std::abs(offset) / 60'000) + (offset > 0 ? " slow" : " fast");
        return text;
    });
    add_field(fields, "Arrived", entries,
              [&](const ComparedEntry& entry) { return moment(entry.summary.received_at, clock); });
    return fields;
}

/// Keyboards set one apostrophe or the other; nobody sees which.
std::string with_plain_apostrophes(std::string text)
{
    for (const std::string_view typeset : {"\u2019", "\u2018"})
        for (auto at = text.find(typeset); at != std::string::npos; at = text.find(typeset, at))
            text.replace(at, typeset.size(), "'");
    return text;
}

/// Entries that cannot be seen or have no such field neither agree nor differ.
bool differs(const Field& field)
{
    std::optional<std::string> first;
    for (const auto& value : field.values) {
        if (value.empty())
            continue;
        auto plain = with_plain_apostrophes(value);
        if (first && plain != *first)
            return true;
        first = std::move(plain);
    }
    return false;
}

ViewList passages_view(const Field& field, std::size_t index)
{
    std::vector<std::string_view> others;
    for (std::size_t i = 0; i < field.values.size(); ++i)
        if (i != index && !field.values[i].empty())
            others.emplace_back(field.values[i]);
    ViewList passages;
    for (const auto& passage : shared_passages(field.values[index], others)) {
        View piece = object();
        piece.set("text", passage.text);
        piece.set("shared", passage.shared);
        passages.push_back(std::move(piece));
    }
    return passages;
}

View field_view(const Field& field, const std::vector<ComparedEntry>& entries)
{
    View row = object();
    row.set("name", field.name);
    row.set("differs", differs(field));
    row.set("differs_icon", icon("differs"));
    ViewList cells;
    for (std::size_t i = 0; i < field.values.size(); ++i) {
        View cell = object();
        cell.set("letter", letter(i));
        set_text(cell, "empty", !entries[i].visible ? "not shown" : field.values[i].empty() ? "none" : "");
        set_list(cell, "passages", field.marks ? passages_view(field, i) : ViewList{});
        set_text(cell, "text", field.marks ? "" : field.values[i]);
        cells.push_back(std::move(cell));
    }
    set_list(row, "cells", std::move(cells));
    return row;
}

ViewList sections_view(const std::vector<ComparedEntry>& entries, const Clock& clock)
{
    const std::array<std::pair<std::string_view, std::vector<Field>>, 3> sections = {{
        {"The work", work_fields(entries)},
        {"What it counts for", counting_fields(entries)},
        {"How it reached us", arrival_fields(entries, clock)},
    }};
    ViewList list;
    for (const auto& [title, fields] : sections) {
        ViewList rows;
        for (const auto& field : fields)
            rows.push_back(field_view(field, entries));
        if (rows.empty())
            continue;
        View section = object();
        section.set("title", std::string(title));
        section.set("columns", std::to_string(entries.size() + 1));
        set_list(section, "rows", std::move(rows));
        list.push_back(std::move(section));
    }
    return list;
}

ViewList photos_view(const ComparedEntry& entry)
{
    ViewList photos;
    if (!entry.words)
        return photos;
    const auto& attachments = entry.words->attachments;
    const auto* story = std::get_if<StoryBody>(&entry.words->body);
    for (std::size_t i = 0; i < attachments.size(); ++i) {
        const auto& attachment = attachments[i];
        const bool signature =
            story != nullptr &&
            std::any_of(story->consents.begin(), story->consents.end(), [&](const Consent& consent) {
                return !consent.signature.empty() && consent.signature == attachment.digest;
            });
        if (signature)
            continue;
        View photo = object();
        photo.set("path", "/entries/" + entry.id.text() + "/photos/" + attachment.digest);
        photo.set("arrived", i < entry.photo_arrived.size() && entry.photo_arrived[i]);
        photo.set("alt", attachment.caption.empty() ? "Photo without a caption" : attachment.caption);
        photo.set("width", std::to_string(attachment.width));
        photo.set("height", std::to_string(attachment.height));
        set_text(photo, "caption", attachment.caption);
        photos.push_back(std::move(photo));
    }
    return photos;
}

View entry_head(const ComparedEntry& entry, std::size_t index)
{
    View head = object();
    head.set("letter", letter(index));
    head.set("id", entry.id.text());
    head.set("name", short_name(entry));
    set_text(head, "path", entry.visible ? "/entries/" + entry.id.text() + "?back=%2Fflags" : "");
    head.set("state", entry.visible ? state_view(entry.summary.state) : View(false));
    const auto* hours = hours_of(entry);
    head.set("date", !entry.visible     ? std::string()
                     : hours != nullptr ? short_date(hours->date)
                                        : short_date(entry.summary.work_date));
    head.set("time", hours != nullptr ? clock_range(*hours) : std::string());
    head.set("who", hours != nullptr ? who(*hours) : short_name(entry));
    head.set("quantity", quantity_words(entry.summary));
    head.set("device", entry.device_name);
    set_text(head, "measure", entry.summary.measure);
    set_list(head, "photos", photos_view(entry));
    return head;
}

// ---- evidence ----

/// "both say 10:00 to 11:30 on 2 March 2026" when the flagged entries say so.
std::string overlap_words(const std::vector<const ComparedEntry*>& pair)
{
    if (pair.size() != 2)
        return "";
    const auto* a = hours_of(*pair[0]);
    const auto* b = hours_of(*pair[1]);
    if (a == nullptr || b == nullptr || a->date != b->date)
        return "";
    const auto from = std::max(a->start_min, b->start_min);
    const auto to = std::min(a->end_min, b->end_min);
    if (from >= to)
        return "";
    return "both say " + format_minute_of_day(from % 1440) + " to " + format_minute_of_day(to % 1440) +
           " on " + format_date_long(a->date);
}

std::string event_words(const ComparedEntry& entry)
{
    if (!entry.event || !entry.words)
        return "";
    const auto offset = entry.words->utc_offset_min;
    return "the event ran from " + format_minute_of_day(local_minute(entry.event->starts_at, offset)) +
           " to " + format_minute_of_day(local_minute(entry.event->ends_at, offset));
}

ViewList evidence_view(const CaseDetail& detail)
{
    std::map<Uuid, std::size_t> places;
    for (std::size_t i = 0; i < detail.entries.size(); ++i)
        places[detail.entries[i].id] = i;
    ViewList list;
    for (const auto& flag : detail.flags.flags) {
        if (list.size() == pairs_shown_max)
            break;
        std::vector<const ComparedEntry*> concerned;
        std::vector<std::size_t> indices;
        for (const auto& id : flag.entries)
            indices.push_back(places.at(id));
        std::sort(indices.begin(), indices.end());
        std::string letters;
        for (std::size_t i = 0; i < indices.size(); ++i) {
            concerned.push_back(&detail.entries[indices[i]]);
            letters += (i == 0 ? "" : i + 1 == indices.size() ? " and " : ", ") + letter(indices[i]);
        }
        std::string found = overlap_words(concerned);
        if (detail.flags.rule == "beyond_event" && concerned.size() == 1)
            found = event_words(*concerned.front());
        if (flag.minutes > 0 && detail.flags.rule != "late")
            found += (found.empty() ? "" : ": ") + duration(flag.minutes);
        View item = object();
        item.set("letters", letters);
        set_text(item, "found", found);
        item.set("sure", sure_words(flag.sure));
        item.set("per_cent", std::to_string(flag.sure / 10) + "%");
        list.push_back(std::move(item));
    }
    return list;
}

// ---- the decision ----

struct Choice
{
    std::string value;
    std::string label;
    std::string hint;
    bool has_select = false;
};

std::vector<Choice> choices_for(const CaseDetail& detail)
{
    const auto& row = rule_row(detail.flags.rule);
    const auto& entries = detail.entries;
    const bool exclusive = detail.flags.rule == "exclusive_measures";
    std::vector<Choice> choices;
    if (row.can_be_same && entries.size() > 1) {
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (is_group(entries[i]) && detail.flags.rule == "group_and_individual")
                choices.push_back({"part_of:" + entries[i].id.text(), "Part of the group count " + letter(i),
                                   "The group is counted, the people by name are not counted again.", false});
        if (entries.size() > side_by_side_max) {
            choices.push_back(
                {"same", "Same work: keep one", "The others become duplicates and count no more.", true});
        } else {
            for (std::size_t i = 0; i < entries.size(); ++i)
                choices.push_back({"same:" + entries[i].id.text(),
                                   exclusive
                                       ? "Count it under " + entries[i].facts.measure + ": keep " + letter(i)
                                       : "Same work: keep " + letter(i),
                                   short_name(entries[i]), false});
        }
    }
    if (entries.size() > 1 && !row.can_be_right)
        choices.push_back({"different", "Different work",
                           exclusive ? "Each is work of its own and counts under its own measure."
                                     : "Each counts on its own.",
                           false});
    if (row.can_be_right || entries.size() == 1)
        choices.push_back({"fine", "It is right as it is",
                           entries.size() == 1
                               ? "If it is not: ask a question or decline on the page of the entry."
                               : "If it is not: ask a question or decline on the page of an entry.",
                           false});
    return choices;
}

void set_decision(View& view, const CasePageInput& input)
{
    const auto& detail = input.detail;
    view.set("settle", detail.can_settle);
    view.set("reopen", detail.can_reopen);
    set_text(view, "why_not", detail.can_settle || detail.can_reopen ? "" : detail.why_not);
    std::string names;
    for (std::size_t i = 0; i < input.who_can.size(); ++i)
        names += (i == 0 ? "" : i + 1 == input.who_can.size() ? " or " : ", ") + input.who_can[i];
    set_text(view, "who_can", names);
    const auto position = std::to_string(detail.flags.position());
    view.set("settle_path", "/flags/" + position + "/settle");
    view.set("reopen_path", "/flags/" + position + "/reopen");
    std::string seen;
    for (const auto& flag : detail.flags.flags)
        seen += (seen.empty() ? "" : ",") + std::to_string(flag.position);
    view.set("seen", seen);

    ViewList choices;
    for (const auto& choice : choices_for(detail)) {
        View item = object();
        item.set("id", "as-" + std::to_string(choices.size() + 1));
        item.set("value", choice.value);
        item.set("label", choice.label);
        item.set("hint", choice.hint);
        item.set("chosen", input.form.get("as") == choice.value);
        ViewList options;
        if (choice.has_select)
            for (std::size_t i = 0; i < detail.entries.size(); ++i) {
                View option = object();
                option.set("id", detail.entries[i].id.text());
                option.set("name", letter(i) + " · " + short_name(detail.entries[i]));
                option.set("chosen", input.form.get("keep") == detail.entries[i].id.text());
                options.push_back(std::move(option));
            }
        set_list(item, "options", std::move(options));
        choices.push_back(std::move(item));
    }
    set_list(view, "choices", std::move(choices));

    const bool many = detail.entries.size() > 2 && rule_row(detail.flags.rule).can_be_same;
    const auto ticked = input.form.all("about");
    ViewList about;
    if (many)
        for (std::size_t i = 0; i < detail.entries.size(); ++i) {
            const auto id = detail.entries[i].id.text();
            View item = object();
            item.set("id", id);
            const auto* hours = hours_of(detail.entries[i]);
            item.set("name",
                     letter(i) + " · " + (hours != nullptr ? who(*hours) : short_name(detail.entries[i])));
            item.set("ticked", input.form.items().empty() ||
                                   std::find(ticked.begin(), ticked.end(), id) != ticked.end());
            about.push_back(std::move(item));
        }
    set_list(view, "about", std::move(about));
    if (!many)
        view.set("about_any", false);

    view.set("note", std::string(input.form.get("note")));
    const std::string where = input.refusal ? input.refusal->where : "";
    set_text(view, "note_error", where == "note" ? input.refusal->message : "");
    set_text(view, "as_error", where == "as" ? input.refusal->message : "");
    set_text(view, "about_error", where == "about" ? input.refusal->message : "");
    ViewList errors;
    if (input.refusal) {
        View error = object();
        error.set("message", input.refusal->message);
        set_text(error, "field", where == "as" ? "as-1" : where);
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
}

void set_settled(View& view, const CaseDetail& detail, const Clock& clock)
{
    view.set("settled", false);
    if (!detail.settled_as)
        return;
    View settled = object();
    std::string words = resolution_words(*detail.settled_as);
    if (detail.kept)
        for (std::size_t i = 0; i < detail.entries.size(); ++i)
            if (detail.entries[i].id == *detail.kept)
                words += ": " + letter(i) + " counts";
    settled.set("words", words);
    settled.set("by", detail.settled_by);
    settled.set("at", moment(detail.settled_at, clock));
    set_text(settled, "note", detail.note);
    view.set("settled", std::move(settled));
}

std::string entries_words(const CaseSummary& row)
{
    constexpr std::size_t names_max = 2;
    std::string words;
    std::size_t named = 0;
    for (const auto& entry : row.entries) {
        if (!entry.visible || named == names_max)
            continue;
        words += (words.empty() ? "" : " and ") +
                 (entry.summary.erased ? "an erased entry" : entry.summary.headline);
        ++named;
    }
    const auto rest = static_cast<std::int64_t>(row.entries.size() - named);
    if (rest > 0)
        words += " and " + counted(rest, "other entry", "other entries");
    return words;
}

/// What stays out of the totals until the case is settled.
std::string held_words(const CaseSummary& row)
{
    Money held;
    for (const auto& entry : row.entries)
        if (entry.visible && entry.summary.value &&
            (entry.summary.state == EntryState::Waiting || entry.summary.state == EntryState::Queried))
            if (const auto sum = add(held, *entry.summary.value))
                held = *sum;
    return held.parts == 0 ? "" : format_pounds(held);
}

std::string contracts_words(const CasesPage& page, const CaseSummary& row)
{
    std::string words;
    std::vector<std::string> known;
    for (const auto& entry : row.entries) {
        const auto& ref = entry.summary.contract;
        if (!entry.visible || ref.empty() || std::find(known.begin(), known.end(), ref) != known.end())
            continue;
        known.push_back(ref);
        std::string title = ref;
        for (const auto& contract : page.contracts)
            if (contract.ref == ref)
                title = contract.title;
        words += (words.empty() ? "" : "; ") + title;
    }
    const bool hidden = std::any_of(row.entries.begin(), row.entries.end(),
                                    [](const RelatedEntry& entry) { return !entry.visible; });
    return words + (hidden ? "; a contract that you do not see" : "");
}

} // namespace

std::string rule_title(std::string_view rule)
{
    const auto& row = rule_row(rule);
    return std::string(row.title.empty() ? rule : row.title);
}

std::string rule_words(std::string_view rule)
{
    return std::string(rule_row(rule).words);
}

std::string sure_words(std::int64_t per_mille)
{
    if (per_mille >= 950)
        return "Almost certain";
    if (per_mille >= 800)
        return "Very likely";
    if (per_mille >= 600)
        return "Likely";
    return per_mille >= 400 ? "Possible" : "Worth a look";
}

std::string resolution_words(Resolution resolution)
{
    switch (resolution) {
    case Resolution::Different:
        return "Different work";
    case Resolution::Same:
        return "Same work";
    case Resolution::PartOf:
        return "Part of the group count";
    case Resolution::Fine:
        return "Right as it is";
    }
    return "";
}

std::string cases_path(const CaseFilter& filter)
{
    std::string path = "/flags";
    const auto add = [&](const std::string& field) { path += (path == "/flags" ? "?" : "&") + field; };
    if (filter.settled)
        add("settled=1");
    if (!filter.contract.empty())
        add("contract=" + percent_encoded(filter.contract));
    if (filter.skip > 0)
        add("skip=" + std::to_string(filter.skip));
    return path;
}

View cases_view(const CasesPage& page, const Clock& clock)
{
    View view = object();
    const auto& filter = page.filter;
    view.set("is_settled", filter.settled);
    auto open = filter;
    open.skip = 0;
    open.settled = false;
    auto settled = open;
    settled.settled = true;
    view.set("open_path", cases_path(open));
    view.set("settled_path", cases_path(settled));
    set_text(view, "count", filter.settled ? "" : std::to_string(page.cases.total));
    view.set("important", page.cases.total > 0);
    ViewList contracts;
    for (const auto& contract : page.contracts) {
        View option = object();
        option.set("ref", contract.ref);
        option.set("title", contract.title);
        option.set("chosen", contract.ref == filter.contract);
        contracts.push_back(std::move(option));
    }
    set_list(view, "contracts", std::move(contracts));
    ViewList rows;
    for (const auto& row : page.cases.rows) {
        View item = object();
        item.set("path", "/flags/" + std::to_string(row.flags.position()));
        item.set("title", rule_title(row.flags.rule));
        item.set("entries", entries_words(row));
        item.set("contracts", contracts_words(page, row));
        item.set("count", std::to_string(row.entries.size()));
        item.set("sure", sure_words(row.flags.sure()));
        item.set("per_cent", std::to_string(row.flags.sure() / 10) + "%");
        set_text(item, "held", filter.settled ? "" : held_words(row));
        set_text(item, "settled_as", row.settled_as ? resolution_words(*row.settled_as) : "");
        item.set("settled_by", row.settled_by);
        item.set("settled_at", row.settled_as ? moment(row.settled_at, clock) : std::string());
        rows.push_back(std::move(item));
    }
    set_list(view, "rows", std::move(rows));
    auto later = filter;
    later.skip += page.cases.rows.size();
    auto first = filter;
    first.skip = 0;
    view.set("paging", filter.skip > 0 || page.cases.more);
    set_text(view, "first", filter.skip > 0 ? cases_path(first) : "");
    set_text(view, "next", page.cases.more ? cases_path(later) : "");
    return view;
}

View case_view(const CasePageInput& input, const Clock& clock)
{
    const auto& detail = input.detail;
    View view = object();
    view.set("back", "/flags" + std::string(detail.settled_as ? "?settled=1" : ""));
    view.set("title", rule_title(detail.flags.rule));
    view.set("words", rule_words(detail.flags.rule));
    set_text(view, "excludes",
             detail.excludes.empty() || detail.flags.rule != "exclusive_measures" ? "" : detail.excludes);
    view.set("flag_icon", icon("flagged"));
    view.set("is_open", detail.open);
    view.set("sure", sure_words(detail.flags.sure()));
    view.set("per_cent", std::to_string(detail.flags.sure() / 10) + "%");
    const auto pairs = detail.flags.flags.size();
    set_list(view, "evidence", evidence_view(detail));
    set_text(view, "evidence_more",
             pairs > pairs_shown_max ? "And " +
                                           counted(static_cast<std::int64_t>(pairs - pairs_shown_max),
                                                   "more pair", "more pairs") +
                                           " of the same kind."
                                     : "");
    view.set("side_by_side", detail.entries.size() <= side_by_side_max);
    view.set("single", detail.entries.size() == 1);
    ViewList heads;
    bool any_photo = false;
    for (std::size_t i = 0; i < detail.entries.size(); ++i) {
        heads.push_back(entry_head(detail.entries[i], i));
        any_photo = any_photo || !photos_view(detail.entries[i]).empty();
    }
    set_list(view, "heads", std::move(heads));
    view.set("any_photo", any_photo);
    view.set("columns", std::to_string(detail.entries.size() + 1));
    view.set("count_class",
             std::to_string(std::min<std::size_t>(detail.entries.size(), side_by_side_max + 1)));
    const bool few = detail.entries.size() <= side_by_side_max;
    set_list(view, "sections", few ? sections_view(detail.entries, clock) : ViewList{});
    set_settled(view, detail, clock);
    set_decision(view, input);
    return view;
}

Result<SettleForm> read_settle_form(const Fields& form)
{
    SettleForm read;
    std::string_view list = form.get("seen");
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        std::int64_t position = 0;
        std::from_chars(list.data(), list.data() + end, position);
        read.seen.push_back(position);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    const std::string_view chosen = form.get("as");
    const auto as = resolution_named(chosen.substr(0, chosen.find(':')));
    if (!as)
        return Error{"bad_choice", "Choose what these entries are.", "as"};
    read.settlement.as = *as;
    if (*as == Resolution::Same || *as == Resolution::PartOf) {
        const auto mark = chosen.find(':');
        const auto kept =
            Uuid::parse(mark == std::string_view::npos ? form.get("keep") : chosen.substr(mark + 1));
        if (!kept)
            return Error{"bad_choice", "Choose which entry is to count.", "as"};
        read.settlement.kept = *kept;
        for (const auto id : form.all("about"))
            if (const auto entry = Uuid::parse(id))
                read.settlement.about.push_back(*entry);
    }
    return read;
}

} // namespace tally::server::console
