#include "client/screens/sign_in_screen.h"

#include "client/widgets/choices.h"
#include "client/widgets/draw.h"
#include "client/widgets/fields.h"
#include "client/widgets/overlay.h"
#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

namespace tally::client::screens {

using namespace widgets;

void SignInScreen::enter(const AppModel& model, CommandQueue& commands)
{
    m_name.clear();
    m_sheet = Sheet::None;
    m_event = model.route.id;
    if (m_event.empty())
        if (const EventModel* today = model.event_of_today())
            m_event = today->id;
    if (!m_event.empty())
        commands.push(OpenSheet{m_event});
}

void SignInScreen::choose_event(const AppModel& model, CommandQueue& commands)
{
    if (model.events.empty()) {
        empty_state(Icon::Calendar, tr("signin.no_events"), tr("signin.no_events_text"));
        return;
    }
    title_heading(tr("signin.choose_event"));
    gap(16);
    for (auto event = model.events.rbegin(); event != model.events.rend(); ++event) {
        ImGui::PushID(event->id.c_str());
        if (list_row(event->title, {.icon = Icon::Calendar, .detail = event_line(*event, model)})) {
            m_event = event->id;
            commands.push(OpenSheet{m_event});
        }
        ImGui::PopID();
    }
}

void SignInScreen::draw_door(const AppModel& model, const EventModel& event, CommandQueue& commands)
{
    title_heading(event.title);
    body_soft(event_line(event, model));
    gap(24);
    const bool is_over = model.now > event.ends_at;
    if (is_over) {
        notice(Icon::Clock, tr("signin.over", {{"time", time_of_day(event.ends_at, model)}}), Tone::Neutral);
        gap(24);
    } else {
        const FieldResult field = text_field(tr("signin.name"), m_name,
                                             {.error = model.sheet.problem,
                                              .placeholder = tr("signin.name_example"),
                                              .code_points_max = limits::name_max,
                                              .takes_focus = true});
        gap(16);
        segmented(tr("signin.whose_time"),
                  {{"residents", tr("signin.residents")}, {"supplier_staff", tr("signin.staff")}},
                  m_whose_time);
        gap(24);
        const bool pressed = primary_button(tr("signin.sign_in"), {.icon = Icon::Check, .fill_width = true});
        if ((pressed || field.submitted) && !trimmed(m_name).empty()) {
            commands.push(SignIn{std::string(trimmed(m_name)),
                                 whose_time_named(m_whose_time).value_or(WhoseTime::Residents)});
            m_name.clear();
            Context::current().focus_label(tr("signin.name"));
        }
        gap(32);
    }
    body_bold(tr("signin.counts_for"));
    body_soft(
        model.sheet.activity.empty() && model.sheet.host.empty()
            ? std::string(tr("signin.no_details"))
            : tr("signin.details_line", {{"activity", model.sheet.activity}, {"host", model.sheet.host}}));
    if (quiet_button(tr("signin.change_details"), {.icon = Icon::Pen})) {
        m_details = {model.sheet.host, model.sheet.activity, model.sheet.measure};
        m_sheet = Sheet::Details;
    }
}

void SignInScreen::draw_here(const AppModel& model, CommandQueue& commands)
{
    const auto count = model.sheet.here.size();
    {
        Context& ui = Context::current();
        const float button = button_width(tr("signin.everybody_out"), false);
        Columns columns({1, -button / ui.scale()}, 16);
        columns.next();
        gap(8);
        section_heading(tr("signin.here", {{"count", std::to_string(count)}}));
        columns.next();
        if (count > 0 && secondary_button(tr("signin.everybody_out")))
            m_sheet = Sheet::SignOutEverybody;
    }
    gap(8);
    if (count == 0) {
        empty_state(Icon::People, tr("signin.nobody"), tr("signin.nobody_text"));
        return;
    }
    hairline();
    Context& ui = Context::current();
    const float out = button_width(tr("signin.sign_out"), false);
    const float undo = ui.dp(52);
    for (const SheetRow& row : model.sheet.here) {
        ImGui::PushID(row.id.c_str());
        gap(8);
        {
            Columns columns({1, -undo / ui.scale(), -out / ui.scale()}, 8);
            columns.next();
            const std::string minutes =
                duration_words(std::max<std::int64_t>(0, (model.now.ms - row.in_at.ms) / 60'000));
            const std::string detail =
                tr("signin.since", {{"time", time_of_day(row.in_at, model)}, {"duration", minutes}});
            const std::string whose = row.whose_time == WhoseTime::SupplierStaff
                                          ? ", " + std::string(tr("signin.staff_short"))
                                          : "";
            const Font bold = ui.font(TextStyle::BodyBold);
            const Font font = ui.font(TextStyle::Body);
            const auto rect = next_rect(ui.width(), std::ceil(bold.size_px) * 2);
            draw_fitted({rect.x, rect.y}, row.name, bold, ui.palette().ink, rect.width);
            draw_fitted({rect.x, rect.y + std::ceil(bold.size_px)}, detail + whose, font,
                        ui.palette().ink_soft, rect.width);
            ui.describe({.role = accessibility::Role::ListRow,
                         .name = row.name,
                         .value = detail + whose,
                         .rect = rect});
            ImGui::Dummy(ImVec2(rect.width, rect.height));
            columns.next();
            if (icon_button(Icon::Cross, tr("signin.remove_name", {{"name", row.name}})))
                commands.push(RemoveSignIn{row.id});
            columns.next();
            if (secondary_button(tr("signin.sign_out"),
                                 {.name = tr("signin.sign_out_name", {{"name", row.name}})}))
                commands.push(SignOut{row.id});
        }
        gap(8);
        hairline();
        ImGui::PopID();
    }
}

void SignInScreen::draw_gone(const AppModel& model, CommandQueue& commands)
{
    if (model.sheet.gone.empty())
        return;
    gap(32);
    section_heading(tr("signin.gone", {{"count", std::to_string(model.sheet.gone.size())}}));
    gap(4);
    for (const SheetRow& row : model.sheet.gone) {
        ImGui::PushID(row.id.c_str());
        const std::string out = row.out_at ? time_of_day(*row.out_at, model) : "";
        const std::string times = tr("date.from_to", {{"from", time_of_day(row.in_at, model)}, {"to", out}});
        if (list_row(row.name, {.detail = times,
                                .end_text = duration_words(row.minutes),
                                .badge_icon = row.forgotten ? Icon::Clock : Icon::None,
                                .badge = row.forgotten ? tr("signin.forgotten") : "",
                                .badge_tone = Tone::Attention}))
            commands.push(Go{{ScreenName::Entry, row.id}});
        ImGui::PopID();
    }
}

void SignInScreen::draw_dialogs(const AppModel& model, CommandQueue& commands)
{
    if (m_sheet == Sheet::SignOutEverybody) {
        const DialogResult dialog =
            begin_dialog(tr("signin.everybody_title", {{"count", std::to_string(model.sheet.here.size())}}));
        body(tr("signin.everybody_text", {{"time", time_of_day(model.now, model)}}));
        gap(24);
        if (primary_button(tr("signin.everybody_out"), {.fill_width = true})) {
            commands.push(SignOutEverybody{});
            m_sheet = Sheet::None;
        }
        gap(12);
        if (secondary_button(tr("nav.cancel"), {.fill_width = true}) || dialog.dismissed)
            m_sheet = Sheet::None;
        end_dialog();
    } else if (m_sheet == Sheet::Details) {
        const DialogResult dialog = begin_dialog(tr("signin.details_title"));
        body_soft(tr("signin.details_text"));
        gap(16);
        text_field(tr("hours.activity"), m_details.activity, {.code_points_max = limits::line_max});
        gap(16);
        text_field(tr("hours.host"), m_details.host, {.code_points_max = limits::line_max});
        gap(16);
        const EventModel* event = model.find_event(m_event);
        const ContractModel* contract = event != nullptr ? model.find_contract(event->contract) : nullptr;
        std::vector<Option> options;
        if (contract != nullptr)
            for (const MeasureModel& measure : contract->measures)
                if (measure.kind == MeasureKind::Hours)
                    options.push_back({measure.code, measure.title, measure.code});
        if (!options.empty())
            widgets::select(tr("hours.measure"), options, m_details.measure,
                            {.none_title = tr("hours.no_measure")});
        gap(24);
        if (primary_button(tr("nav.done"), {.fill_width = true})) {
            commands.push(m_details);
            m_sheet = Sheet::None;
        }
        gap(12);
        if (secondary_button(tr("nav.cancel"), {.fill_width = true}) || dialog.dismissed)
            m_sheet = Sheet::None;
        end_dialog();
    }
}

void SignInScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("signin.title"), .column_width = 1120});
    const EventModel* event = model.find_event(m_event);
    if (model.is_loading) {
        loading(tr("app.loading"));
    } else if (event == nullptr) {
        choose_event(model, commands);
    } else if (is_wide(1000)) {
        Columns columns({2, 3}, 64);
        columns.next();
        draw_door(model, *event, commands);
        columns.next();
        draw_here(model, commands);
        draw_gone(model, commands);
    } else {
        draw_door(model, *event, commands);
        gap(32);
        draw_here(model, commands);
        draw_gone(model, commands);
    }
    draw_dialogs(model, commands);
    end_screen(commands);
    if (event != nullptr && !model.sheet.here.empty())
        Context::current().wake_in(30); // "42 min" moves on
}

} // namespace tally::client::screens
