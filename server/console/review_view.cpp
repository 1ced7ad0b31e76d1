#include "server/console/review_view.h"

#include "server/console/balance_view.h"
#include "server/console/flag_view.h"
#include "server/console/reporting_period.h"
#include "server/console/words.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tally::server::console {
namespace {

constexpr std::array kinds = {EvidenceKind::Hours, EvidenceKind::Story, EvidenceKind::Feedback,
                              EvidenceKind::Delivery};
constexpr std::array tab_states = {EntryState::Waiting, EntryState::Queried, EntryState::Accepted,
                                   EntryState::Declined};

std::int64_t count_of(const StateCounts& counts, EntryState state)
{
    switch (state) {
    case EntryState::Waiting:
        return counts.waiting;
    case EntryState::Queried:
        return counts.queried;
    case EntryState::Accepted:
        return counts.accepted;
    default:
        return counts.declined;
    }
}

std::string change_word(EntryAction action)
{
    if (action == EntryAction::Amend)
        return "Amended";
    return action == EntryAction::Withdraw ? "Withdrawal" : "";
}

std::string contract_title(const QueuePage& page, const std::string& ref)
{
    for (const Contract& contract : page.contracts)
        if (contract.ref == ref)
            return contract.title;
    return ref.empty() ? "No contract" : ref;
}

View row_view(const EntrySummary& row, const QueuePage& page, const Clock& clock)
{
    View view = object();
    view.set("path", "/entries/" + row.id.text() + "?back=" + percent_encoded(page.address.path()));
    view.set("headline", row.erased ? "Erased entry" : row.headline);
    view.set("kind", word_for(row.kind));
    set_text(view, "change", change_word(row.action));
    view.set("contract", contract_title(page, row.contract));
    set_text(view, "measure", row.measure);
    set_text(view, "photos",
             row.photos > 0 ? counted(static_cast<std::int64_t>(row.photos), "photo", "photos") : "");
    view.set("photo_icon", icon("photo"));
    set_text(view, "thumbnail",
             row.first_photo.empty() || row.erased
                 ? ""
                 : "/entries/" + row.id.text() + "/photos/" + row.first_photo + "/small");
    view.set("date", short_date(row.work_date));
    view.set("received", time_since(row.received_at, clock));
    set_text(view, "quantity",
             !row.quantity                     ? std::string()
             : row.kind == EvidenceKind::Hours ? format_hours_for_people(*row.quantity)
                                               : format_quantity_for_people(*row.quantity));
    set_text(view, "value", row.value ? format_pounds(*row.value) : "");
    const bool community = row.value_class == "community";
    set_text(view, "value_note", row.held ? "held apart" : community ? "community" : "");
    view.set("value_icon", icon(row.held ? "held" : "community"));
    view.set("state", state_view(row.state));
    view.set("flagged", row.flagged);
    view.set("flag_icon", icon("flagged"));
    return view;
}

/// What a page was narrowed to by the link that led here; empty when it was not.
std::string narrowed_words(const QueueAddress& address)
{
    std::string words = address.measure;
    const auto add = [&](const std::string& more) { words += (words.empty() ? "" : ", ") + more; };
    if (!address.quarter.empty())
        add(address.quarter);
    if (address.year)
        add("work of " + short_date(address.year->first) + " to " + short_date(address.year->last));
    if (address.line) {
        const bool says_it =
            address.line->dimension == Dimension::Supplier || address.line->dimension == Dimension::Measure;
        const auto& key = address.line->key;
        const auto slash = key.find('/');
        if (says_it && key != "none")
            add(address.line->dimension == Dimension::Measure && slash != std::string::npos
                    ? key.substr(slash + 1)
                    : key);
        else
            add("what stands behind one line of the balances by “" +
                dimension_title(address.line->dimension) + "”");
    }
    if (address.held)
        add(*address.held ? "whose value is held apart" : "whose value is not held apart");
    if (address.flags == QueueAddress::Flags::Without)
        add("what no flag holds");
    return words.empty() ? "" : "Only " + words;
}

ViewList tabs_of(const QueuePage& page)
{
    ViewList tabs;
    for (const EntryState state : tab_states) {
        QueueAddress address = page.address;
        address.after.reset();
        address.state = name_of(state);
        View tab = object();
        tab.set("path", address.path());
        tab.set("word", word_for(state));
        // Counts know nothing of flags, years and lines of the balances.
        const bool known =
            page.address.flags == QueueAddress::Flags::Any && !page.address.line && !page.address.year;
        set_text(tab, "count", known ? std::to_string(count_of(page.counts, state)) : "");
        tab.set("present", page.address.state == name_of(state));
        tab.set("important", state == EntryState::Waiting && page.counts.waiting > 0);
        tabs.push_back(std::move(tab));
    }
    return tabs;
}

void set_empty_words(View& view, const QueuePage& page)
{
    const QueueAddress& address = page.address;
    const bool filtered = address.flags != QueueAddress::Flags::Any || address.line ||
                          !address.contract.empty() || !address.kind.empty() || !address.measure.empty() ||
                          !address.quarter.empty() || address.year;
    set_text(view, "empty_link", "");
    view.set("empty_link_text", "");
    if (filtered) {
        view.set("empty_heading", "Nothing here fits what you chose");
        view.set("empty_text", "There may be more under another contract or kind.");
        view.set("empty_link", "/queue?state=" + address.state);
        view.set("empty_link_text", "Show everything in this state");
    } else if (address.state == name_of(EntryState::Waiting)) {
        view.set("empty_heading", page.may_decide ? "Nothing waits for you" : "Nothing waits for a decision");
        view.set("empty_text", "New evidence appears here as soon as a device has sent it.");
    } else {
        view.set("empty_heading", "Nothing is in this state");
        view.set("empty_text", "Entries appear here when somebody has decided on them.");
    }
}

// ---- one entry ----

void add_fact(ViewList& facts, std::string_view name, std::string_view text, std::string_view minor = {},
              bool words = false)
{
    if (text.empty())
        return;
    View fact = object();
    fact.set("name", std::string(name));
    fact.set("text", std::string(text));
    set_text(fact, "minor", minor);
    fact.set("words", words);
    fact.set("lead", name == "Time" || name == "How much");
    facts.push_back(std::move(fact));
}

std::string people_words(const HoursPeople& people)
{
    if (!people.is_group())
        return people.name;
    std::string text = "A group of " + counted(people.heads(), "person", "people");
    if (people.under_18 > 0)
        text += ": " + counted(people.adults, "adult", "adults") + " and " + std::to_string(people.under_18) +
                " under 18";
    return text;
}

std::string confirmation_words(const HoursBody& hours)
{
    switch (hours.confirmation) {
    case HoursConfirmation::None:
        return "Nobody else";
    case HoursConfirmation::Host:
        return hours.confirmed_by.empty() ? "The host organisation"
                                          : hours.confirmed_by + ", for the host organisation";
    case HoursConfirmation::Supervisor:
        return hours.confirmed_by.empty() ? "The worker’s supervisor" : hours.confirmed_by + ", supervisor";
    case HoursConfirmation::SignInSheet:
        return "Times signed in and out at the event";
    }
    return "";
}

void add_hours(ViewList& facts, const HoursBody& hours)
{
    const std::int64_t heads = hours.people.heads();
    const auto in_all = hours_from_minutes(hours.minutes(), heads);
    add_fact(facts, "Time", in_all ? format_hours_for_people(*in_all) : "More than can be counted",
             heads > 1 ? duration(hours.minutes()) + " each, for " + counted(heads, "person", "people")
                       : std::string());
    add_fact(facts, "Who", people_words(hours.people));
    add_fact(facts, "Whose time", word_for(hours.whose_time));
    add_fact(facts, "Activity", hours.activity, {}, true);
    add_fact(facts, "Host organisation", hours.host);
    std::string when =
        format_minute_of_day(hours.start_min % 1440) + " to " + format_minute_of_day(hours.end_min % 1440);
    if (hours.end_min >= 1440)
        when += " on the next day";
    if (hours.break_min > 0)
        when += ", with a break of " + duration(hours.break_min);
    add_fact(facts, "When", format_date_long(hours.date) + ", " + when,
             hours.closed_at_event_end ? "Nobody signed out: the time was closed at the event’s end." : "");
    add_fact(facts, "Confirmed by", confirmation_words(hours));
}

void add_story(ViewList& facts, const StoryBody& story, const std::string& headline)
{
    if (story.title != headline)
        add_fact(facts, "Title", story.title);
    add_fact(facts, "What we did", story.what, {}, true);
    add_fact(facts, "How", story.how, {}, true);
    add_fact(facts, "Who with and for", story.who, {}, true);
    add_fact(facts, "Where", story.where, {}, true);
    add_fact(facts, "What changed", story.changed, {}, true);
    add_fact(facts, "How we know", story.known_by, {}, true);
    add_fact(facts, "What would have happened anyway", story.otherwise, {}, true);
    if (story.organisation_permission)
        add_fact(facts, "Organisation’s permission",
                 story.organisation_permission->organisation + ", given by " +
                     story.organisation_permission->given_by);
}

std::string in_english(const LocalText& text, std::string_view fallback)
{
    if (const auto found = text.find("en"); found != text.end())
        return found->second;
    return text.empty() ? std::string(fallback) : text.begin()->second;
}

std::string answer_words(const Answer& answer, const Question* question)
{
    if (const auto* text = std::get_if<std::string>(&answer.value))
        return *text;
    if (const auto* yes = std::get_if<bool>(&answer.value))
        return *yes ? "Yes" : "No";
    if (const auto* number = std::get_if<std::int64_t>(&answer.value)) {
        const bool smiley = question != nullptr && question->type == QuestionType::Smiley;
        return std::to_string(*number) + (smiley ? " of 5" : " of 10");
    }
    std::string words;
    for (const auto& chosen : std::get<std::vector<std::string>>(answer.value)) {
        std::string word = chosen;
        if (question != nullptr)
            for (const auto& option : question->options)
                if (option.id == chosen)
                    word = in_english(option.text, chosen);
        words += (words.empty() ? "" : ", ") + word;
    }
    return words.empty() ? "Nothing chosen" : words;
}

void add_feedback(ViewList& facts, const FeedbackBody& feedback, const Questionnaire* questionnaire)
{
    for (const auto& answer : feedback.answers) {
        const Question* question =
            questionnaire != nullptr ? questionnaire->find_question(answer.question) : nullptr;
        add_fact(facts, question != nullptr ? in_english(question->text, answer.question) : answer.question,
                 answer_words(answer, question), {}, std::holds_alternative<std::string>(answer.value));
    }
    add_fact(facts, "Questionnaire",
             questionnaire != nullptr ? in_english(questionnaire->title, questionnaire->id)
                                      : feedback.questionnaire,
             "Version " + std::to_string(feedback.questionnaire_version) + ", answered in “" +
                 feedback.language + "”");
}

void add_delivery(ViewList& facts, const DeliveryBody& delivery, const Measure* measure)
{
    if (delivery.quantity)
        add_fact(facts, "How much",
                 measure != nullptr ? amount(measure->kind, *delivery.quantity)
                                    : format_quantity_for_people(*delivery.quantity));
    add_fact(facts, "What was delivered", delivery.description, {}, true);
    add_fact(facts, "Period",
             format_date_long(delivery.period_start) + " to " + format_date_long(delivery.period_end));
    add_fact(facts, "Where the papers are", delivery.evidence_reference);
}

ViewList captured_facts(const EntryPageInput& input, const Clock& clock)
{
    ViewList facts;
    const EntryDetail& detail = input.detail;
    if (detail.entry) {
        const Entry& entry = *detail.entry;
        if (const auto* hours = std::get_if<HoursBody>(&entry.body))
            add_hours(facts, *hours);
        else if (const auto* story = std::get_if<StoryBody>(&entry.body))
            add_story(facts, *story, detail.summary.headline);
        else if (const auto* feedback = std::get_if<FeedbackBody>(&entry.body))
            add_feedback(facts, *feedback, input.questionnaire);
        else if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body))
            add_delivery(facts, *delivery, input.measure);
        add_fact(facts, "Event", input.event_title.empty() ? entry.about.event : input.event_title);
        add_fact(facts, "Place", input.place_title.empty() ? entry.about.place : input.place_title);
        const Date day = local_date(entry.captured_at, entry.utc_offset_min);
        add_fact(facts, "Captured",
                 format_date_long(day) + ", " +
                     format_minute_of_day(local_minute(entry.captured_at, entry.utc_offset_min)) +
                     (detail.device_name.empty() ? "" : " on " + detail.device_name),
                 "Arrived " + moment(detail.received_at, clock));
    } else {
        const auto& quantity = detail.summary.quantity;
        add_fact(facts, "How much",
                 !quantity                                  ? std::string()
                 : detail.facts.kind == EvidenceKind::Hours ? format_hours_for_people(*quantity)
                 : input.measure != nullptr                 ? amount(input.measure->kind, *quantity)
                                                            : format_quantity_for_people(*quantity));
        add_fact(facts, "Captured on", detail.device_name);
        add_fact(facts, "Arrived", moment(detail.received_at, clock));
    }
    return facts;
}

/// Which words exactly somebody agreed to, and the digest that they can be compared by.
void set_wording(View& item, const Consent& consent, const std::vector<ConsentWording>* wordings)
{
    const auto* wording =
        wordings != nullptr ? find_wording(*wordings, consent.wording_version, consent.language) : nullptr;
    set_text(item, "wording", wording != nullptr ? wording->wording : "");
    set_text(item, "digest", wording != nullptr ? digest_of(*wording) : "");
    ViewList agreed;
    if (wording != nullptr)
        for (const auto& [use, words] : wording->uses) {
            View line = object();
            line.set("words", words);
            line.set("yes", std::ranges::find(consent.uses, use) != consent.uses.end());
            agreed.push_back(std::move(line));
        }
    set_list(item, "agreed", std::move(agreed));
}

void set_story_extras(View& view, const EntryPageInput& input)
{
    const EntryDetail& detail = input.detail;
    ViewList quotes;
    ViewList consents;
    const auto* story = detail.entry ? std::get_if<StoryBody>(&detail.entry->body) : nullptr;
    if (story != nullptr) {
        for (const auto& quote : story->quotes) {
            View item = object();
            item.set("text", quote.text);
            set_text(item, "speaker", quote.speaker);
            quotes.push_back(std::move(item));
        }
        for (const auto& consent : story->consents) {
            std::string uses;
            for (const ConsentUse use : consent.uses) {
                constexpr std::array<std::string_view, 4> words = {"reports to the council", "the website",
                                                                   "the press", "social media"};
                uses += (uses.empty() ? "" : ", ") + std::string(words.at(static_cast<std::size_t>(use)));
            }
            View item = object();
            item.set("person", consent.person);
            item.set("uses", uses.empty() ? "no use yet" : uses);
            item.set("detail", "Wording " + consent.wording_version + " in " +
                                   language_name(consent.language) +
                                   (consent.signature.empty() ? ", spoken" : ", signed on screen") +
                                   (consent.parent_or_guardian ? ", by a parent or guardian" : ""));
            set_wording(item, consent, input.wordings);
            consents.push_back(std::move(item));
        }
    }
    set_list(view, "quotes", std::move(quotes));
    set_list(view, "consents", std::move(consents));
}

void set_photos(View& view, const EntryDetail& detail)
{
    ViewList photos;
    if (detail.entry) {
        const auto& attachments = detail.entry->attachments;
        const auto* story = std::get_if<StoryBody>(&detail.entry->body);
        for (std::size_t i = 0; i < attachments.size(); ++i) {
            const Attachment& attachment = attachments[i];
            bool is_signature = false;
            if (story != nullptr)
                for (const auto& consent : story->consents)
                    is_signature = is_signature ||
                                   (!consent.signature.empty() && consent.signature == attachment.digest);
            View photo = object();
            photo.set("path", "/entries/" + detail.summary.id.text() + "/photos/" + attachment.digest);
            photo.set("arrived", i < detail.photo_arrived.size() && detail.photo_arrived[i]);
            photo.set("alt", is_signature ? "Drawn signature"
                             : attachment.caption.empty()
                                 ? "Photo " + std::to_string(i + 1) + " without a caption"
                                 : attachment.caption);
            photo.set("width", std::to_string(attachment.width));
            photo.set("height", std::to_string(attachment.height));
            set_text(photo, "caption", is_signature ? "Signature for consent" : attachment.caption);
            photos.push_back(std::move(photo));
        }
    }
    set_list(view, "photos", std::move(photos));
}

/// The exact product while its decimals are readable, else pence, with words about what is kept.
void set_product(View& sum, Money value)
{
    const std::string exact = "£" + format_exact(value);
    const std::string shown = format_pounds(value);
    const bool is_short = value.parts % (Money::parts_per_pound / 10'000) == 0;
    sum.set("exact", is_short ? exact : shown);
    set_text(sum, "shown",
             !is_short        ? "Kept as minutes times pounds, without rounding; rounded here to be shown."
             : exact == shown ? ""
                              : "Shown as " + shown +
                                    " where it stands alone. Totals add the exact value and are "
                                    "rounded once.");
}

void set_worth(View& view, const EntryPageInput& input)
{
    const EntryDetail& detail = input.detail;
    const EntryFacts& facts = detail.facts;
    const Measure* measure = input.measure;
    // The parts of a divided entry count in its place.
    view.set("worth_heading", detail.summary.state == EntryState::Split
                                  ? "What it counted for before it was divided"
                                  : "What it counts for");
    view.set("sum", false);
    set_text(view, "no_sum", "");
    if (facts.quantity) {
        // Hours that were given under a measure in another unit have no product that means anything.
        const bool is_hours = facts.kind == EvidenceKind::Hours;
        const bool fits = measure != nullptr && (!is_hours || measure->kind == MeasureKind::Hours);
        const std::string quantity = fits       ? amount(measure->kind, *facts.quantity)
                                     : is_hours ? format_hours_for_people(*facts.quantity)
                                                : format_quantity_for_people(*facts.quantity);
        if (fits && facts.proxy && facts.value) {
            View sum = object();
            sum.set("quantity", quantity);
            sum.set("proxy", pounds(*facts.proxy) + " " + per_unit(measure->kind));
            set_product(sum, *facts.value);
            view.set("sum", std::move(sum));
        } else {
            view.set("no_sum", quantity);
            view.set("no_sum_words", facts.held ? "pounds held apart" : "no pounds");
        }
    }
    set_text(view, "value_note", detail.value_note);

    ViewList worth;
    const auto fact = [&worth](std::string_view name, std::string_view text, std::string_view minor) {
        if (text.empty())
            return;
        View item = object();
        item.set("name", std::string(name));
        item.set("text", std::string(text));
        set_text(item, "minor", minor);
        worth.push_back(std::move(item));
    };
    if (!facts.measure.empty())
        fact("Measure",
             facts.measure +
                 (detail.summary.measure_title.empty() ? "" : " · " + detail.summary.measure_title),
             detail.measure_note == detail.value_note ? std::string() : detail.measure_note);
    else
        fact("Measure", "None chosen", "");
    fact("Kind of value",
         facts.held ? word_for_value_class(facts.value_class) + ", held apart from totals"
                    : word_for_value_class(facts.value_class),
         "");
    if (!facts.framework.empty())
        fact("Framework", detail.framework_title.empty() ? facts.framework : detail.framework_title,
             "Edition " + facts.framework_version + ", revision " + std::to_string(facts.framework_revision) +
                 ". A later edition never reprices this entry.");
    fact("Quarter", format_quarter_long(facts.quarter),
         detail.account_quarter ? "Counted in " + format_quarter_long(*detail.account_quarter) +
                                      ", because the quarter of the work was closed by then."
                                : "");
    set_list(view, "worth", std::move(worth));
}

std::string history_words(const HistoryItem& item)
{
    if (item.what == "received")
        return "Arrived";
    if (item.what == "amended")
        return "Amended";
    if (item.what == "withdrawn")
        return "Withdrawn";
    if (item.what == "accepted")
        return "Accepted";
    if (item.what == "queried")
        return "Question asked";
    if (item.what == "declined")
        return "Declined";
    if (item.what == "reversed")
        return "Decision reversed";
    if (item.what == "flagged")
        return "Flagged";
    if (item.what == "resolved")
        return "Flag settled";
    if (item.what == "reopened")
        return "Flag opened again";
    if (item.what == "split")
        return "Divided";
    if (item.what == "part")
        return "Made as a part";
    if (item.what == "released")
        return "Held value let through";
    if (item.what == "held")
        return "Value held again";
    if (item.what == "erased")
        return "Words erased";
    return item.what;
}

void set_history(View& view, const EntryDetail& detail, const std::string& back, const Clock& clock)
{
    ViewList history;
    for (const HistoryItem& item : detail.history) {
        View line = object();
        line.set("what", history_words(item));
        set_text(line, "by", item.by);
        line.set("preposition", item.what == "received"                              ? "from"
                                : item.what == "amended" || item.what == "withdrawn" ? "on"
                                                                                     : "by");
        set_text(line, "note", item.note);
        line.set("at", moment(item.at, clock));
        line.set("position", std::to_string(item.position));
        const bool other = item.entry != detail.summary.id;
        set_text(line, "revision",
                 other ? "/entries/" + item.entry.text() + "?back=" + percent_encoded(back) : "");
        line.set("revision_text", item.what == "part" ? "(see the part)"
                                  : detail.part_of    ? "(the whole entry)"
                                                      : "(another revision)");
        history.push_back(std::move(line));
    }
    set_list(view, "history", std::move(history));
}

void set_identifiers(View& view, const EntryDetail& detail)
{
    ViewList items;
    const auto add = [&items](std::string_view name, std::string text) {
        View item = object();
        item.set("name", std::string(name));
        item.set("text", std::move(text));
        items.push_back(std::move(item));
    };
    add("Entry", detail.summary.id.text());
    add("SHA-256 of the sealed record", detail.facts.digest);
    add("Device and number", detail.facts.device.text() + " / " + std::to_string(detail.facts.device_seq));
    add("Ledger position", std::to_string(detail.summary.position));
    if (detail.entry)
        for (const auto& attachment : detail.entry->attachments)
            add("SHA-256 of a photo", attachment.digest);
    set_list(view, "identifiers", std::move(items));
}

std::string erasure_words(const EntryErasure& erasure, EntryState state, const Clock& clock)
{
    std::string words = "They, and any photos, were destroyed on " + moment(erasure.at, clock);
    if (erasure.why == ErasureReason::Withdrawal)
        words += ", because a person took their consent back.";
    else if (erasure.why == ErasureReason::Retention)
        words += ", because the time for which they may be kept is over.";
    else
        words += " by somebody of the council.";
    if (state == EntryState::Accepted)
        return words + " The quantity still counts because it was accepted before.";
    return state == EntryState::Erased ? words + " Nobody had decided on it, so it counts no more." : words;
}

/// A link to another entry that this one is tied to.
View related_view(const RelatedEntry& related, const std::string& back)
{
    View view = object();
    const auto& summary = related.summary;
    set_text(view, "path",
             related.visible ? "/entries/" + summary.id.text() + "?back=" + percent_encoded(back) : "");
    view.set("headline", !related.visible ? std::string("An entry of a contract that you do not see")
                         : summary.erased ? std::string("Erased entry")
                                          : summary.headline);
    set_text(view, "quantity",
             !related.visible || !summary.quantity ? std::string()
             : summary.kind == EvidenceKind::Hours ? format_hours_for_people(*summary.quantity)
                                                   : format_quantity_for_people(*summary.quantity));
    view.set("measure", summary.measure);
    view.set("contract", summary.contract);
    view.set("state", related.visible ? state_view(summary.state) : View(false));
    return view;
}

/// Flags, duplicates, parts: how the entry stands to others.
void set_ties(View& view, const EntryPageInput& input, const Clock& clock)
{
    const EntryDetail& detail = input.detail;
    ViewList flags;
    for (const auto& flag : detail.flags) {
        View item = object();
        item.set("path", "/flags/" + std::to_string(flag.position));
        item.set("title", rule_title(flag.rule));
        item.set("icon", icon("flagged"));
        item.set("open", flag.open);
        item.set("words", flag.open ? sure_words(flag.sure) + ", " + std::to_string(flag.sure / 10) + "%"
                          : flag.resolution ? "Settled: " + resolution_words(*flag.resolution)
                                            : std::string("Nothing to settle any more"));
        flags.push_back(std::move(item));
    }
    set_list(view, "flags", std::move(flags));
    view.set("counted_by", detail.counted_by ? related_view(*detail.counted_by, input.back) : View(false));
    view.set("part_of", detail.part_of ? related_view(*detail.part_of, input.back) : View(false));
    ViewList parts;
    for (const auto& part : detail.parts)
        parts.push_back(related_view(part, input.back));
    set_list(view, "parts", std::move(parts));
    set_text(view, "erasure_note", detail.erasure ? detail.erasure->note : "");
    set_text(view, "erasure",
             detail.erasure ? erasure_words(*detail.erasure, detail.summary.state, clock) : "");
}

void set_decision(View& view, const EntryPageInput& input)
{
    const EntryDetail& detail = input.detail;
    view.set("action", "/entries/" + detail.summary.id.text() + "/decisions");
    view.set("decide", detail.can_decide);
    view.set("reverse", detail.can_reverse);
    view.set("is_queried", detail.summary.state == EntryState::Queried);
    view.set("is_split", detail.summary.state == EntryState::Split);
    std::string settle_first;
    for (const auto& flag : detail.flags)
        if (flag.open && settle_first.empty())
            settle_first = "/flags/" + std::to_string(flag.position);
    set_text(view, "settle_first", settle_first);
    set_text(view, "split_path",
             detail.can_split
                 ? "/entries/" + detail.summary.id.text() + "/split?back=" + percent_encoded(input.back)
                 : "");
    view.set("note", input.note);
    const bool about_note =
        input.refusal && (input.refusal->code == "note_missing" || input.refusal->code == "note_too_long");
    set_text(view, "note_error", about_note ? input.refusal->message : "");
    const bool says_why = !detail.can_decide && !detail.why_not.empty();
    set_text(view, "why_not", says_why ? detail.why_not : "");
    const bool open =
        detail.summary.state == EntryState::Waiting || detail.summary.state == EntryState::Queried;
    view.set("why_not_heading", open ? "You cannot decide on this" : "Decided");
    ViewList errors;
    if (input.refusal) {
        View error = object();
        error.set("message", input.refusal->message);
        set_text(error, "field", about_note && detail.can_decide ? "note" : "");
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
}

} // namespace

std::string amount(MeasureKind kind, Quantity quantity)
{
    const std::string number = format_quantity_for_people(quantity);
    const bool one = number == "1";
    switch (kind) {
    case MeasureKind::Hours:
        return format_hours_for_people(quantity);
    case MeasureKind::AttendeeHours:
        return number + (one ? " attendee hour" : " attendee hours");
    case MeasureKind::Weeks:
        return number + (one ? " week" : " weeks");
    case MeasureKind::PeopleFte:
        return number + (one ? " FTE year" : " FTE years");
    case MeasureKind::People:
        return number + (one ? " person" : " people");
    case MeasureKind::Gbp:
        return "£" + number;
    case MeasureKind::Percent:
        return number + "%";
    case MeasureKind::Miles:
        return number + (one ? " mile" : " miles");
    case MeasureKind::Tco2e:
        return number + " tCO₂e";
    case MeasureKind::Kg:
        return number + " kg";
    case MeasureKind::Count:
    case MeasureKind::YesNo:
    case MeasureKind::Narrative:
        return number;
    }
    return number;
}

std::string per_unit(MeasureKind kind)
{
    switch (kind) {
    case MeasureKind::Hours:
        return "an hour";
    case MeasureKind::AttendeeHours:
        return "an attendee hour";
    case MeasureKind::Weeks:
        return "a week";
    case MeasureKind::PeopleFte:
        return "an FTE year";
    case MeasureKind::People:
        return "a person";
    case MeasureKind::Gbp:
        return "for each £1";
    case MeasureKind::Miles:
        return "a mile";
    case MeasureKind::Tco2e:
        return "a tonne of CO₂e";
    case MeasureKind::Kg:
        return "a kg";
    default:
        return "each";
    }
}

QueueAddress QueueAddress::from(const Fields& query)
{
    QueueAddress address;
    address.contract = query.get("contract");
    if (kind_named(query.get("kind")))
        address.kind = query.get("kind");
    if (entry_state_named(query.get("state")) || query.get("state") == "all" ||
        query.get("state") == "claimed")
        address.state = query.get("state");
    if (parse_quarter(query.get("quarter")))
        address.quarter = query.get("quarter");
    address.year = year_from(query.get("year"));
    address.measure = query.get("measure");
    const std::string_view after = query.get("after");
    std::int64_t position = 0;
    const auto [end, failure] = std::from_chars(after.data(), after.data() + after.size(), position);
    if (failure == std::errc() && end == after.data() + after.size() && position >= 0)
        address.after = position;
    address.flags = query.get("flagged") == "1"   ? Flags::Only
                    : query.get("flagged") == "0" ? Flags::Without
                                                  : Flags::Any;
    if (query.get("held") == "1" || query.get("held") == "0")
        address.held = query.get("held") == "1";
    if (const auto dimension = dimension_named(query.get("by")); dimension && !query.get("line").empty())
        address.line = EntryFilter::Line{*dimension, std::string(query.get("line"))};
    return address;
}

EntryFilter QueueAddress::filter() const
{
    EntryFilter filter;
    filter.contract = contract;
    filter.kind = kind_named(kind);
    filter.state = entry_state_named(state);
    filter.any_state = !filter.state && state != "claimed";
    filter.flagged = flags == Flags::Only;
    filter.unflagged = flags == Flags::Without;
    filter.held = held;
    filter.line = line;
    filter.quarter = quarter;
    filter.year = year;
    filter.measure = measure;
    filter.after = after;
    return filter;
}

std::string QueueAddress::path() const
{
    std::string path = "/queue?state=" + state;
    const auto add = [&path](std::string_view name, std::string_view value) {
        if (!value.empty())
            path += "&" + std::string(name) + "=" + percent_encoded(value);
    };
    add("contract", contract);
    add("kind", kind);
    add("quarter", quarter);
    add("year", name_of(ReportingPeriod{std::nullopt, year}));
    add("measure", measure);
    if (line) {
        add("by", name_of(line->dimension));
        add("line", line->key);
    }
    if (flags != Flags::Any)
        add("flagged", flags == Flags::Only ? "1" : "0");
    if (held)
        add("held", *held ? "1" : "0");
    if (after)
        add("after", std::to_string(*after));
    return path;
}

View queue_view(const QueuePage& page, const Clock& clock)
{
    View view = object();
    const auto state = entry_state_named(page.address.state);
    view.set("heading", page.address.state == "claimed" ? std::string("Evidence that is not decided yet")
                        : !state                        ? std::string("All evidence")
                        : *state == EntryState::Waiting ? std::string("Evidence that waits for a decision")
                                                        : word_for(*state) + " evidence");
    view.set("state_name", page.address.state);
    view.set("flagged_chosen", page.address.flags == QueueAddress::Flags::Only);
    view.set("flag_icon", icon("flagged"));
    view.set("comparing", page.counts.comparing);
    view.set("comparing_icon", icon("waiting"));
    set_text(view, "flagged_words",
             page.counts.flagged > 0
                 ? counted(page.counts.flagged, "entry has to be settled before it can be accepted.",
                           "entries have to be settled before they can be accepted.")
                 : "");
    set_list(view, "tabs", tabs_of(page));
    ViewList contracts;
    for (const Contract& contract : page.contracts) {
        View option = object();
        option.set("ref", contract.ref);
        option.set("title", contract.title);
        option.set("chosen", contract.ref == page.address.contract);
        contracts.push_back(std::move(option));
    }
    set_list(view, "contracts", std::move(contracts));
    ViewList kind_options;
    for (const EvidenceKind kind : kinds) {
        View option = object();
        option.set("name", std::string(name_of(kind)));
        option.set("word", word_for(kind));
        option.set("chosen", name_of(kind) == page.address.kind);
        kind_options.push_back(std::move(option));
    }
    set_list(view, "kinds", std::move(kind_options));
    // A page that was reached by a link from a contract keeps its measure and quarter until they are let go.
    set_text(view, "narrowed", narrowed_words(page.address));
    QueueAddress wider = page.address;
    wider.measure.clear();
    wider.quarter.clear();
    wider.year.reset();
    wider.line.reset();
    wider.held.reset();
    wider.after.reset();
    view.set("wider", wider.path());
    ViewList rows;
    for (const EntrySummary& row : page.entries.rows)
        rows.push_back(row_view(row, page, clock));
    set_list(view, "rows", std::move(rows));
    set_empty_words(view, page);
    view.set("notice", false);
    view.set("paging", page.address.after.has_value() || page.entries.more);
    QueueAddress first = page.address;
    first.after.reset();
    set_text(view, "first", page.address.after ? first.path() : "");
    QueueAddress next = page.address;
    if (page.entries.more && !page.entries.rows.empty())
        next.after = page.entries.last;
    set_text(view, "next", page.entries.more ? next.path() : "");
    view.set("page_size", std::to_string(page.address.filter().limit));
    return view;
}

View entry_view(const EntryPageInput& input, const Clock& clock)
{
    const EntryDetail& detail = input.detail;
    const EntrySummary& summary = detail.summary;
    View view = object();
    view.set("back", input.back);
    view.set("notice", false);
    view.set("kind", word_for(summary.kind));
    set_text(view, "contract_path",
             detail.facts.contract.empty() ? "" : "/contracts/" + percent_encoded(detail.facts.contract));
    view.set("contract_title", detail.contract_title.empty() ? "No contract" : detail.contract_title);
    view.set("headline", summary.erased ? "Erased entry" : summary.headline);
    view.set("state", state_view(summary.state));
    view.set("held", summary.held);
    view.set("held_icon", icon("held"));
    view.set("erased", summary.erased);
    set_text(view, "replaced_by",
             detail.replaced_by
                 ? "/entries/" + detail.replaced_by->text() + "?back=" + percent_encoded(input.back)
                 : "");
    set_text(view, "question", detail.question.value_or(""));
    set_text(view, "change",
             summary.action == EntryAction::Amend      ? "Why it was amended"
             : summary.action == EntryAction::Withdraw ? "Why it was withdrawn"
                                                       : "");
    view.set("change_reason",
             detail.entry && !detail.entry->reason.empty() ? detail.entry->reason : "No reason was kept.");
    set_list(view, "facts", captured_facts(input, clock));
    view.set("is_feedback", summary.kind == EvidenceKind::Feedback);
    set_story_extras(view, input);
    set_photos(view, detail);
    set_worth(view, input);
    set_ties(view, input, clock);
    set_history(view, detail, input.back, clock);
    set_identifiers(view, detail);
    set_decision(view, input);
    return view;
}

} // namespace tally::server::console
