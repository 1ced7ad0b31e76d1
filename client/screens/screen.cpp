#include "client/screens/screen.h"

#include "client/screens/forms.h"
#include "client/screens/sync_words.h"
#include "client/widgets/choices.h"
#include "client/widgets/draw.h"
#include "client/widgets/fields.h"

#include <algorithm>

namespace tally::client::screens {

using namespace widgets;

namespace {

void draw_wordmark(float height)
{
    Context& ui = Context::current();
    const Font font = ui.font(TextStyle::LargeBold);
    const float margin = ui.dp(24);
    const float mark = ui.dp(30);
    draw_mark({margin, (height - mark) / 2}, mark, ui.palette().accent);
    draw_line({margin + mark + ui.dp(12), (height - font.size_px) / 2}, tr("app.name"), font,
              ui.palette().ink);
}

} // namespace

void begin_screen(const AppModel& model, CommandQueue& commands, const ScreenOptions& options)
{
    PageOptions page;
    page.title = options.title;
    if (options.has_back)
        page.back_label = tr("nav.back");
    else
        page.header_start = draw_wordmark;
    page.has_footer = options.has_footer;
    page.column_width = options.column_width;
    const float settings_width = options.has_settings ? 60 : 0;
    const SyncBadge badge = badge_of(model);
    page.header_end_width =
        (badge_button_width(badge.word) + 2) / Context::current().scale() + settings_width;
    page.header_end = [&] {
        Columns columns({1, options.has_settings ? -52.0F : -1.0F}, options.has_settings ? 8 : 0);
        columns.next();
        if (badge_button(badge.icon, badge.word, badge.tone, tr("sync.now"))) {
            if (model.device.is_enrolled && model.sync.state != SyncState::Refused) {
                commands.push(SyncNow{});
                commands.push(ShowSync{true});
            } else {
                commands.push(Go{{ScreenName::Enrol}});
            }
        }
        columns.next();
        if (options.has_settings && icon_button(Icon::Settings, tr("settings.title")))
            commands.push(Go{{ScreenName::Settings}});
    };
    if (begin_page(page))
        commands.push(GoBack{});
    if (!model.failure.empty()) {
        notice(Icon::Warning, model.failure, Tone::Bad);
        gap(24);
    }
}

void end_screen(CommandQueue& commands)
{
    end_page();
    if (escape_pressed())
        commands.push(GoBack{});
}

StateWords words_of(EntryState state)
{
    switch (state) {
    case EntryState::Unsent:
        return {Icon::Sync, tr("state.unsent"), Tone::Neutral};
    case EntryState::Waiting:
        return {Icon::Clock, tr("state.waiting"), Tone::Neutral};
    case EntryState::Queried:
        return {Icon::Question, tr("state.queried"), Tone::Attention};
    case EntryState::Accepted:
        return {Icon::Check, tr("state.accepted"), Tone::Good};
    case EntryState::Declined:
        return {Icon::Cross, tr("state.declined"), Tone::Bad};
    case EntryState::Replaced:
        return {Icon::Undo, tr("state.replaced"), Tone::Neutral};
    case EntryState::Withdrawn:
        return {Icon::Undo, tr("state.withdrawn"), Tone::Neutral};
    case EntryState::Duplicate:
        return {Icon::Copies, tr("state.duplicate"), Tone::Neutral};
    case EntryState::Split:
        return {Icon::Fork, tr("state.split"), Tone::Neutral};
    case EntryState::Erased:
        return {Icon::Trash, tr("state.erased"), Tone::Neutral};
    case EntryState::Rejected:
        return {Icon::Warning, tr("state.rejected"), Tone::Bad};
    case EntryState::Conflict:
        return {Icon::Warning, tr("state.conflict"), Tone::Bad};
    }
    return {Icon::None, "", Tone::Neutral};
}

std::string time_of_day(Timestamp moment, const AppModel& model)
{
    return format_minute_of_day(local_minute(moment, model.utc_offset_min));
}

std::string time_range(const EventModel& event, const AppModel& model)
{
    return tr("date.from_to",
              {{"from", time_of_day(event.starts_at, model)}, {"to", time_of_day(event.ends_at, model)}});
}

std::string event_line(const EventModel& event, const AppModel& model)
{
    const Date day = local_date(event.starts_at, model.utc_offset_min);
    std::string line = day == model.today ? std::string(tr("date.today")) : short_day_words(day);
    if (!event.place_title.empty())
        line += ", " + event.place_title;
    return line + ", " + time_range(event, model);
}

Icon icon_of(EvidenceKind kind)
{
    switch (kind) {
    case EvidenceKind::Hours:
        return Icon::Clock;
    case EvidenceKind::Story:
        return Icon::Pen;
    case EvidenceKind::Feedback:
        return Icon::Speech;
    case EvidenceKind::Delivery:
        return Icon::Box;
    }
    return Icon::None;
}

bool choose_event_and_contract(const AppModel& model, std::string& event, std::string& contract,
                               std::string_view event_problem, std::string_view contract_problem)
{
    bool changed = false;
    if (!model.events.empty()) {
        std::vector<Option> options;
        for (const EventModel& known : model.events)
            options.push_back({known.id, known.title, event_line(known, model)});
        // The latest first: somebody writes up what has just been.
        std::reverse(options.begin(), options.end());
        if (widgets::select(tr("hours.event"), options, event,
                            {.field = {.error = event_problem}, .none_title = tr("hours.no_event")})) {
            changed = true;
            if (const EventModel* chosen = model.find_event(event))
                contract = chosen->contract;
        }
        gap(24);
    }
    if (model.find_event(event) == nullptr || !contract_problem.empty()) {
        std::vector<Option> options;
        for (const ContractModel& known : model.contracts)
            options.push_back({known.reference, known.title, known.supplier});
        changed |=
            widgets::select(tr("hours.contract"), options, contract,
                            {.field = {.error = contract_problem}, .empty_text = tr("hours.no_contracts")});
        gap(24);
    }
    return changed;
}

void PinCard::draw(const AppModel& model, CommandQueue& commands)
{
    if (!model.lock.has_pin || model.lock.is_unlocked) {
        m_pin.clear();
        return;
    }
    {
        const Card card(Card::Look::Surface);
        section_heading(tr("lock.title"));
        body_soft(tr("lock.text"));
        gap(16);
        const FieldResult field = text_field(
            tr("lock.pin"), m_pin,
            {.error = model.lock.problem, .code_points_max = 64, .box_width_dp = 260, .is_secret = true});
        gap(16);
        const bool pressed = secondary_button(model.lock.is_busy ? tr("lock.busy") : tr("lock.unlock"),
                                              {.icon = Icon::Lock, .is_enabled = !model.lock.is_busy});
        if ((pressed || field.submitted) && !m_pin.empty() && !model.lock.is_busy) {
            commands.push(Unlock{m_pin});
            m_pin.clear();
        }
    }
    gap(24);
}

void show_problems(const std::vector<Error>& problems, const std::vector<FieldPlace>& places)
{
    std::vector<std::string> messages;
    std::vector<std::string_view> labels;
    for (const Error& problem : problems) {
        messages.push_back(problem.message);
        std::string_view label;
        for (const FieldPlace& place : places)
            if (problem.where.starts_with(place.where) && label.empty())
                label = place.label;
        labels.push_back(label);
    }
    const int pressed =
        error_summary(tr("form.problems", {{"count", std::to_string(messages.size())}}), messages);
    if (pressed >= 0)
        Context::current().focus_label(std::string(labels[static_cast<std::size_t>(pressed)]));
    if (!messages.empty())
        gap(24);
}

Correction correction_of(const EntryModel& entry)
{
    if (!is_put_aside(entry))
        return {};
    // Nobody has seen it, so only one that was to change another says why.
    return {true, entry.action == EntryAction::Amend};
}

void amendment_reason(std::string& reason, const std::vector<Error>& problems)
{
    {
        const Card card(Card::Look::Attention);
        text_area(tr("amend.reason"), reason,
                  {.hint = tr("amend.reason_hint"),
                   .error = problem_at(problems, "reason"),
                   .code_points_max = 2000,
                   .rows = 2});
    }
    gap(24);
}

} // namespace tally::client::screens
