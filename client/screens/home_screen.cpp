#include "client/screens/home_screen.h"

#include "client/screens/sync_words.h"
#include "client/widgets/fields.h"

namespace tally::client::screens {

using namespace widgets;

namespace {

const char* greeting_key(const AppModel& model)
{
    const std::int32_t minute = local_minute(model.now, model.utc_offset_min);
    if (minute < 12 * 60)
        return "home.morning";
    return minute < 18 * 60 ? "home.afternoon" : "home.evening";
}

Route form_of_draft(std::string_view id)
{
    if (id.starts_with("hours"))
        return {ScreenName::Hours};
    if (id.starts_with("story"))
        return {ScreenName::Story};
    return {ScreenName::Delivery};
}

const char* draft_key(std::string_view id)
{
    if (id.starts_with("hours"))
        return "home.draft_hours";
    return id.starts_with("story") ? "home.draft_story" : "home.draft_delivery";
}

/// Below the first few of a kind.
void see_all(std::int64_t count, int shown, std::string_view which, CommandQueue& commands)
{
    if (count > shown &&
        quiet_button(tr("home.see_all", {{"count", std::to_string(count)}}), {.icon = Icon::List}))
        commands.push(Go{{ScreenName::Entries, std::string(which)}});
}

} // namespace

void HomeScreen::draw_event(const AppModel& model, CommandQueue& commands)
{
    const EventModel* event = model.event_of_today();
    if (event == nullptr) {
        if (!model.events.empty() &&
            action_tile(Icon::People, tr("home.sign_people_in"), tr("home.choose_event")))
            commands.push(Go{{ScreenName::SignIn}});
        gap(model.events.empty() ? 0 : 12);
        return;
    }
    {
        const Card card(Card::Look::Accent);
        const Palette& palette = Context::current().palette();
        words(tr(event->starts_at <= model.now && model.now <= event->ends_at ? "home.event_now"
                                                                              : "home.event_today"),
              TextStyle::BodyBold, palette.accent);
        title_heading(event->title);
        body_soft(event_line(*event, model));
        gap(16);
        if (primary_button(tr("home.sign_people_in"), {.icon = Icon::People}))
            commands.push(Go{{ScreenName::SignIn, event->id}});
    }
    gap(16);
}

void HomeScreen::draw_actions(CommandQueue& commands)
{
    struct Action
    {
        Icon icon;
        const char* title;
        const char* detail;
        ScreenName screen;
    };
    const Action actions[] = {
        {Icon::Clock, "home.hours", "home.hours_detail", ScreenName::Hours},
        {Icon::Pen, "home.story", "home.story_detail", ScreenName::Story},
        {Icon::Speech, "home.feedback", "home.feedback_detail", ScreenName::Feedback},
        {Icon::Box, "home.delivery", "home.delivery_detail", ScreenName::Delivery},
    };
    const bool two = is_wide(560);
    const float tile_gap = 12;
    for (int index = 0; index < 4; index += two ? 2 : 1) {
        if (index > 0)
            gap(tile_gap);
        Columns columns(two ? 2 : 1, tile_gap);
        for (int cell = index; cell < index + (two ? 2 : 1); ++cell) {
            const Action& action = actions[cell];
            columns.next();
            if (action_tile(action.icon, tr(action.title), tr(action.detail)))
                commands.push(Go{{action.screen}});
        }
    }
}

void HomeScreen::draw_drafts(const AppModel& model, CommandQueue& commands)
{
    bool any = false;
    for (const DraftModel& draft : model.drafts) {
        if (draft.id.find('/') != std::string::npos)
            continue;
        ImGui::PushID(draft.id.c_str());
        if (list_row(tr(draft_key(draft.id)),
                     {.icon = Icon::Pen,
                      .detail = tr("home.draft_at", {{"time", time_of_day(draft.updated_at, model)}})}))
            commands.push(Go{form_of_draft(draft.id)});
        ImGui::PopID();
        any = true;
    }
    if (any)
        gap(24);
}

void HomeScreen::draw_questions(const AppModel& model, CommandQueue& commands)
{
    const std::int64_t queried = model.count(EntryState::Queried);
    if (queried > 0) {
        {
            const Card card(Card::Look::Attention, 20);
            section_heading(tr("home.questions", {{"count", std::to_string(queried)}}));
            int shown = 0;
            for (const EntryModel& entry : model.entries) {
                if (entry.state != EntryState::Queried || shown == 3)
                    continue;
                ++shown;
                ImGui::PushID(entry.id.text().c_str());
                const EntryWords entry_words = words_of(entry, model);
                if (list_row(entry_words.title, {.detail = entry.question, .has_line = false}))
                    commands.push(Go{{ScreenName::Entry, entry.id.text()}});
                ImGui::PopID();
            }
            see_all(queried, shown, questions_alone, commands);
        }
        gap(24);
    }
}

void HomeScreen::draw_sync_trouble(const AppModel& model, CommandQueue& commands)
{
    const SyncModel& sync = model.sync;
    if (sync.state == SyncState::Refused || !needs_somebody(sync))
        return;
    {
        const Card card(Card::Look::Attention, 20);
        const SyncWords trouble = trouble_words(sync);
        section_heading(trouble.title);
        body(trouble.text);
        gap(12);
        if (secondary_button(tr(sync.state == SyncState::Working ? "sync.working" : "sync.now"),
                             {.icon = Icon::Sync, .is_enabled = sync.state != SyncState::Working}))
            commands.push(SyncNow{});
        if (sync.trouble == SyncTrouble::WrongServer) {
            gap(12);
            if (secondary_button(tr("home.refused_enrol"), {.icon = Icon::Link}))
                commands.push(Go{{ScreenName::Enrol}});
        }
    }
    gap(24);
}

void HomeScreen::draw_refused(const AppModel& model, CommandQueue& commands)
{
    if (model.sync.state != SyncState::Refused)
        return;
    {
        const Card card(Card::Look::Attention, 20);
        section_heading(tr("home.refused"));
        body(model.sync.entries_unsent > 0
                 ? tr("home.refused_holds", {{"count", std::to_string(model.sync.entries_unsent)}})
                 : std::string(tr("home.refused_empty")));
        gap(12);
        if (secondary_button(tr("home.refused_enrol"), {.icon = Icon::Link}))
            commands.push(Go{{ScreenName::Enrol}});
        if (model.sync.entries_unsent > 0) {
            gap(12);
            if (secondary_button(tr("bundle.title"), {.icon = Icon::Stick}))
                commands.push(Go{{ScreenName::Bundle}});
        }
    }
    gap(24);
}

void HomeScreen::draw_put_aside(const AppModel& model, CommandQueue& commands)
{
    const std::int64_t count = model.not_taken();
    if (count == 0)
        return;
    {
        const Card card(Card::Look::Attention, 20);
        section_heading(tr("home.put_aside", {{"count", std::to_string(count)}}));
        int shown = 0;
        for (const EntryModel& entry : model.entries) {
            if (!is_put_aside(entry) || shown == 3)
                continue;
            ++shown;
            ImGui::PushID(entry.id.text().c_str());
            if (list_row(words_of(entry, model).title, {.detail = entry.note, .has_line = false}))
                commands.push(Go{{ScreenName::Entry, entry.id.text()}});
            ImGui::PopID();
        }
        see_all(count, shown, not_taken_alone, commands);
    }
    gap(24);
}

void HomeScreen::draw_entries(const AppModel& model, CommandQueue& commands)
{
    draw_drafts(model, commands);
    draw_refused(model, commands);
    draw_sync_trouble(model, commands);
    draw_questions(model, commands);
    draw_put_aside(model, commands);
    m_pin.draw(model, commands);
    section_heading(tr("home.recent"));
    if (model.is_loading) {
        loading(tr("app.loading"));
        return;
    }
    if (model.entries.empty()) {
        gap(8);
        body_soft(tr("home.no_entries"));
        return;
    }
    const bool needs_pin = model.lock.has_pin && !model.lock.is_unlocked;
    int shown = 0;
    for (const EntryModel& entry : model.entries) {
        if (shown == 4 || (needs_pin && shown == 2))
            break;
        ++shown;
        ImGui::PushID(entry.id.text().c_str());
        const EntryWords entry_words = words_of(entry, model);
        const StateWords state = words_of(entry.state);
        if (list_row(entry_words.title, {.icon = icon_of(entry.kind),
                                         .detail = entry_words.detail,
                                         .badge_icon = state.icon,
                                         .badge = state.word,
                                         .badge_tone = state.tone,
                                         .has_chevron = false}))
            commands.push(Go{{ScreenName::Entry, entry.id.text()}});
        ImGui::PopID();
    }
    gap(8);
    if (quiet_button(tr("home.all_entries"), {.icon = Icon::List}))
        commands.push(Go{{ScreenName::Entries}});
}

void HomeScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands,
                 {.title = "", .has_back = false, .has_settings = true, .column_width = 1120});
    if (!model.device.is_enrolled && !model.is_loading) {
        display_heading(tr("home.welcome"));
        gap(8);
        large(tr("home.welcome_text"));
        gap(24);
        if (primary_button(tr("home.enrol"), {.icon = Icon::Link}))
            commands.push(Go{{ScreenName::Enrol}});
    } else {
        display_heading(tr(greeting_key(model)));
        body_soft(model.device.name.empty() ? day_words(model.today)
                                            : day_words(model.today) + " \u00b7 " + model.device.name);
        gap(24);
        const auto left = [&] {
            draw_event(model, commands);
            draw_actions(commands);
        };
        const auto right = [&] { draw_entries(model, commands); };
        if (is_wide(1000)) {
            Columns columns({11, 9}, 56);
            columns.next();
            left();
            columns.next();
            right();
        } else {
            left();
            gap(32);
            right();
        }
    }
    end_page();
}

} // namespace tally::client::screens
