#include "client/screens/entries_screen.h"

#include "client/widgets/fields.h"
#include "client/widgets/overlay.h"
#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

namespace tally::client::screens {

using namespace widgets;

namespace {

constexpr std::size_t page_length = 50;

Route form_of(const EntryModel& entry)
{
    switch (entry.kind) {
    case EvidenceKind::Hours:
        return {ScreenName::Hours, entry.id.text()};
    case EvidenceKind::Story:
        return {ScreenName::Story, entry.id.text()};
    case EvidenceKind::Delivery:
        return {ScreenName::Delivery, entry.id.text()};
    case EvidenceKind::Feedback:
        break;
    }
    return {};
}

const char* confirmation_key(HoursConfirmation how)
{
    switch (how) {
    case HoursConfirmation::None:
        return "hours.confirmed_none";
    case HoursConfirmation::Host:
        return "hours.confirmed_host";
    case HoursConfirmation::Supervisor:
        return "hours.confirmed_supervisor";
    case HoursConfirmation::SignInSheet:
        return "hours.confirmed_sheet";
    }
    return "";
}

/// What a state means, where its word alone does not say; empty where it does.
const char* meaning_key(const EntryModel& entry)
{
    switch (entry.state) {
    case EntryState::Duplicate:
        return "state.duplicate_text";
    case EntryState::Split:
        return "state.split_text";
    case EntryState::Erased:
        switch (entry.erased_why) {
        case ErasureReason::Withdrawal:
            return "state.erased_withdrawal";
        case ErasureReason::Staff:
            return "state.erased_staff";
        case ErasureReason::Retention:
            return "state.erased_retention";
        case ErasureReason::Unknown:
            return "state.erased_text";
        }
        return "";
    default:
        return "";
    }
}

void show(const char* key, std::string_view value)
{
    if (!value.empty())
        fact(tr(key), value);
}

void draw_hours(const HoursBody& body)
{
    show("hours.activity", body.activity);
    show("hours.host", body.host);
    fact(tr("hours.date"), day_words(body.date));
    fact(tr("hours.time"), tr("date.from_to", {{"from", format_minute_of_day(body.start_min)},
                                               {"to", format_minute_of_day(body.end_min % (24 * 60))}}) +
                               " (" + duration_words(body.minutes()) + ")");
    if (body.people.is_group())
        fact(tr("hours.people"),
             tr("hours.group_words", {{"adults", std::to_string(body.people.adults)},
                                      {"children", std::to_string(body.people.under_18)}}));
    else
        fact(tr("hours.name"), body.people.name);
    fact(tr("hours.whose_time"),
         tr(body.whose_time == WhoseTime::Residents ? "hours.residents" : "hours.staff"));
    fact(tr("hours.confirmation"), tr(confirmation_key(body.confirmation)));
    show("hours.confirmed_by", body.confirmed_by);
    if (body.closed_at_event_end)
        fact(tr("hours.note"), tr("signin.forgotten_long"));
}

void draw_story(const StoryBody& body)
{
    show("story.title_field", body.title);
    show("story.what", body.what);
    show("story.how", body.how);
    show("story.who", body.who);
    show("story.where", body.where);
    show("story.changed", body.changed);
    show("story.known_by", body.known_by);
    show("story.otherwise", body.otherwise);
    for (const Quote& quote : body.quotes)
        show("story.quote", quote.speaker.empty() ? quote.text : quote.text + "\n" + quote.speaker);
    for (const Consent& consent : body.consents)
        fact(tr("consent.people"),
             consent.person + "\n" + tr("consent.code") + " " + consent.withdrawal_code + "\n" +
                 tr("consent.read_version",
                    {{"version", consent.wording_version}, {"language", consent.language}}));
}

void draw_delivery(const AppModel& model, const Entry& entry, const DeliveryBody& body)
{
    const MeasureModel* measure = model.find_measure(entry.about.contract, entry.about.measure);
    show("delivery.description", body.description);
    if (body.quantity)
        fact(tr("delivery.quantity"),
             format_quantity_for_people(*body.quantity) + (measure != nullptr ? " " + measure->unit : ""));
    fact(tr("delivery.period"),
         tr("date.from_to", {{"from", day_words(body.period_start)}, {"to", day_words(body.period_end)}}));
    show("delivery.reference", body.evidence_reference);
    std::string people;
    for (const std::string& reference : body.people)
        people += (people.empty() ? "" : ", ") + reference;
    show("delivery.people", people);
}

} // namespace

void EntriesScreen::enter(const AppModel& model, CommandQueue&)
{
    m_filter.reset();
    if (model.route.id == questions_alone)
        m_filter = EntryState::Queried;
    else if (model.route.id == not_taken_alone)
        m_filter = model.count(EntryState::Rejected) > 0 ? EntryState::Rejected : EntryState::Conflict;
    m_shown = page_length;
}

void EntriesScreen::draw_filters(const AppModel& model)
{
    Context& ui = Context::current();
    const float space = ui.dp(8);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    float x = 0;
    float y = 0;
    const auto chip = [&](const std::string& label, std::optional<EntryState> filter) {
        const float width = filter_chip_width(label);
        if (x > 0 && x + width > ui.width()) {
            x = 0;
            y += ui.dp(48) + space;
        }
        ImGui::SetCursorScreenPos(ImVec2(origin.x + x, origin.y + y));
        if (filter_chip(label, m_filter == filter)) {
            m_filter = filter;
            m_shown = page_length;
        }
        x += width + space;
    };
    chip(tr("entries.all", {{"count", std::to_string(model.entries.size())}}), std::nullopt);
    for (const EntryState state :
         {EntryState::Queried, EntryState::Rejected, EntryState::Conflict, EntryState::Unsent,
          EntryState::Waiting, EntryState::Accepted, EntryState::Declined, EntryState::Duplicate,
          EntryState::Split, EntryState::Erased}) {
        const std::int64_t count = model.count(state);
        if (count > 0 || m_filter == state)
            chip(std::string(words_of(state).word) + " (" + std::to_string(count) + ")", state);
    }
    ImGui::SetCursorScreenPos(origin);
    ImGui::Dummy(ImVec2(ui.width(), y + ui.dp(48)));
}

void EntriesScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("entries.title"), .column_width = 860});
    if (model.is_loading) {
        loading(tr("app.loading"));
    } else if (model.entries.empty()) {
        empty_state(Icon::List, tr("entries.empty"), tr("entries.empty_text"));
    } else {
        m_pin.draw(model, commands);
        draw_filters(model);
        gap(16);
        std::size_t shown = 0;
        std::size_t matching = 0;
        for (const EntryModel& entry : model.entries) {
            if (m_filter && entry.state != *m_filter)
                continue;
            if (++matching > m_shown)
                continue;
            ++shown;
            ImGui::PushID(entry.id.text().c_str());
            const EntryWords entry_words = words_of(entry, model);
            const StateWords state = words_of(entry.state);
            if (list_row(entry_words.title, {.icon = icon_of(entry.kind),
                                             .detail = entry.state == EntryState::Queried ? entry.question
                                                       : is_put_aside(entry)              ? entry.note
                                                                             : entry_words.detail,
                                             .badge_icon = state.icon,
                                             .badge = state.word,
                                             .badge_tone = state.tone}))
                commands.push(Go{{ScreenName::Entry, entry.id.text()}});
            ImGui::PopID();
        }
        if (matching == 0) {
            gap(16);
            body_soft(tr("entries.none_here"));
        }
        if (matching > shown) {
            gap(16);
            if (secondary_button(tr("entries.more", {{"count", std::to_string(matching - shown)}})))
                m_shown += page_length;
        } else if (model.entries_not_listed > 0) {
            gap(16);
            body_soft(tr("entries.not_listed", {{"count", std::to_string(model.entries_not_listed)}}));
        }
    }
    end_screen(commands);
}

void EntryScreen::enter(const AppModel&, CommandQueue&)
{
    m_is_withdrawing = false;
    m_is_taking_back = false;
    m_reason_missing = false;
    m_reason.clear();
}

void EntryScreen::draw_state(const EntryModel& entry)
{
    const StateWords state = words_of(entry.state);
    state_badge(state.icon, state.word, state.tone);
    gap(12);
    if (const char* meaning = meaning_key(entry); *meaning != '\0') {
        body_soft(tr(meaning));
        gap(12);
    }
    if (entry.state == EntryState::Queried) {
        const Card card(Card::Look::Attention);
        section_heading(tr("entry.question"));
        large(entry.question);
    } else if (is_put_aside(entry)) {
        const Card card(Card::Look::Attention);
        section_heading(tr("aside.title"));
        large(entry.note);
        gap(8);
        body_soft(tr("aside.text"));
    } else if (!entry.note.empty()) {
        notice(Icon::Info, entry.note, state.tone);
    }
    if (!entry.photo_problem.empty()) {
        gap(12);
        notice(Icon::Camera, tr("entry.photo_problem", {{"why", entry.photo_problem}}), Tone::Attention);
    }
}

void EntryScreen::draw_words(const AppModel& model, const EntryModel& entry)
{
    gap(16);
    fact(tr("entry.captured"), day_words(local_date(entry.captured_at, model.utc_offset_min)) + ", " +
                                   time_of_day(entry.captured_at, model));
    if (entry.state == EntryState::Erased) {
        fact(tr("state.erased"), entry.erased_at
                                     ? day_words(local_date(*entry.erased_at, model.utc_offset_min))
                                     : std::string(tr("entry.erased_some_time")));
        return;
    }
    if (!entry.words) {
        gap(16);
        if (!entry.needs_pin)
            notice(Icon::Lock, tr("entry.sealed_text"), Tone::Neutral);
        return;
    }
    const Entry& words = *entry.words;
    const EventModel* event = model.find_event(words.about.event);
    const ContractModel* contract = model.find_contract(words.about.contract);
    show("hours.event", event != nullptr ? event->title : words.about.event);
    show("hours.contract", contract != nullptr ? contract->title : words.about.contract);
    show("hours.measure", words.about.measure);
    if (const auto* hours = std::get_if<HoursBody>(&words.body))
        draw_hours(*hours);
    else if (const auto* story = std::get_if<StoryBody>(&words.body))
        draw_story(*story);
    else if (const auto* delivery = std::get_if<DeliveryBody>(&words.body))
        draw_delivery(model, words, *delivery);
    else if (const auto* feedback = std::get_if<FeedbackBody>(&words.body))
        fact(tr("kind.feedback"),
             tr("feedback.answer_count", {{"count", std::to_string(feedback->answers.size())}}));
    if (entry.photos > 0)
        fact(tr("story.photos"),
             entry.photos_waiting > 0
                 ? tr("entry.photos_waiting", {{"photos", std::to_string(entry.photos)},
                                               {"waiting", std::to_string(entry.photos_waiting)}})
                 : tr("story.photo_count", {{"count", std::to_string(entry.photos)}}));
    show("entry.reason", words.reason);
}

void EntryScreen::draw_put_aside(const EntryModel& entry, CommandQueue& commands)
{
    gap(16);
    const bool can_put_right =
        entry.words && entry.kind != EvidenceKind::Feedback && entry.action != EntryAction::Withdraw;
    if (can_put_right) {
        if (primary_button(tr("aside.put_right"), {.icon = Icon::Pen}))
            commands.push(Go{form_of(entry)});
        gap(12);
    }
    const auto send = [&] {
        if (secondary_button(tr("entry.send_again"), {.icon = Icon::Sync}))
            commands.push(SendAgain{entry.id});
    };
    const auto carry = [&] {
        if (secondary_button(tr("aside.carry"), {.icon = Icon::Stick}))
            commands.push(Go{{ScreenName::Bundle, entry.id.text()}});
    };
    // What clashes with another entry will clash again.
    if (entry.state == EntryState::Conflict) {
        carry();
    } else if (is_wide(520)) {
        Columns columns({-button_width(tr("entry.send_again"), true) / Context::current().scale(), 1}, 12);
        columns.next();
        send();
        columns.next();
        carry();
    } else {
        send();
        gap(12);
        carry();
    }
}

void EntryScreen::draw_taking_back(const EntryModel& entry, CommandQueue& commands)
{
    const DialogResult dialog = begin_dialog(tr("aside.take_back_title"));
    body(tr("aside.take_back_text"));
    gap(24);
    if (primary_button(tr("aside.take_back"), {.fill_width = true, .tone = Tone::Bad})) {
        commands.push(TakeBack{entry.id});
        m_is_taking_back = false;
    }
    gap(12);
    if (secondary_button(tr("nav.cancel"), {.fill_width = true}) || dialog.dismissed)
        m_is_taking_back = false;
    end_dialog();
}

void EntryScreen::draw_withdrawal(const EntryModel& entry, CommandQueue& commands)
{
    const DialogResult dialog = begin_dialog(tr("withdraw.title"));
    body(tr("withdraw.text"));
    gap(16);
    text_area(tr("withdraw.reason"), m_reason,
              {.error = m_reason_missing ? tr("withdraw.reason_missing") : "",
               .code_points_max = limits::text_max,
               .rows = 2});
    gap(24);
    if (primary_button(tr("withdraw.confirm"), {.fill_width = true, .tone = Tone::Bad})) {
        m_reason_missing = trimmed(m_reason).empty();
        if (!m_reason_missing) {
            commands.push(Withdraw{entry.id, std::string(trimmed(m_reason))});
            m_is_withdrawing = false;
        }
    }
    gap(12);
    if (secondary_button(tr("nav.cancel"), {.fill_width = true}) || dialog.dismissed)
        m_is_withdrawing = false;
    end_dialog();
}

void EntryScreen::draw(const AppModel& model, CommandQueue& commands)
{
    const EntryModel* entry = model.find_entry(model.route.id);
    begin_screen(model, commands, {.title = tr("entry.title"), .column_width = 760});
    if (model.is_loading) {
        loading(tr("app.loading"));
    } else if (entry == nullptr) {
        empty_state(Icon::Search, tr("entry.missing"), tr("entry.missing_text"));
    } else {
        title_heading(words_of(*entry, model).title);
        gap(12);
        draw_state(*entry);
        const bool can_amend = can_change(*entry) && entry->words && entry->kind != EvidenceKind::Feedback &&
                               entry->action != EntryAction::Withdraw;
        if (can_amend) {
            gap(16);
            const bool is_queried = entry->state == EntryState::Queried;
            const char* label = tr(is_queried ? "entry.answer" : "entry.amend");
            if (is_queried ? primary_button(label, {.icon = Icon::Pen})
                           : secondary_button(label, {.icon = Icon::Pen}))
                commands.push(Go{form_of(*entry)});
        }
        if (is_put_aside(*entry))
            draw_put_aside(*entry, commands);
        if (entry->needs_pin) {
            gap(24);
            m_pin.draw(model, commands);
        }
        draw_words(model, *entry);
        if (entry->kind == EvidenceKind::Story && entry->state != EntryState::Erased) {
            gap(24);
            if (quiet_button(tr("withdraw_consent.title"), {.icon = Icon::Person, .tone = Tone::Neutral}))
                commands.push(Go{{ScreenName::WithdrawConsent}});
        }
        if (can_change(*entry) && entry->action != EntryAction::Withdraw) {
            gap(24);
            if (quiet_button(tr("entry.withdraw"), {.icon = Icon::Undo, .tone = Tone::Bad}))
                m_is_withdrawing = true;
        }
        if (is_put_aside(*entry)) {
            gap(24);
            if (quiet_button(tr("aside.take_back_ask"), {.icon = Icon::Undo, .tone = Tone::Bad}))
                m_is_taking_back = true;
        }
        if (m_is_withdrawing)
            draw_withdrawal(*entry, commands);
        if (m_is_taking_back && is_put_aside(*entry))
            draw_taking_back(*entry, commands);
    }
    end_screen(commands);
}

} // namespace tally::client::screens
