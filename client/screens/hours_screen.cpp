#include "client/screens/hours_screen.h"

#include "client/widgets/choices.h"
#include "client/widgets/draw.h"
#include "client/widgets/fields.h"
#include "shared/domain/validate.h"

namespace tally::client::screens {

using namespace widgets;

namespace {

/// A choice between values of an enum, by their stable names.
template <typename Value, typename Name, typename Named>
bool choose(Value& value, Name name, Named named, const std::function<bool(std::string&)>& draw_choice)
{
    std::string chosen(name(value));
    if (!draw_choice(chosen))
        return false;
    if (const auto found = named(chosen))
        value = *found;
    return true;
}

} // namespace

void HoursScreen::enter(const AppModel& model, CommandQueue&)
{
    m_show_problems = false;
    m_reason.clear();
    m_replaces.reset();
    m_correction = {};
    m_draft = model.route.id.empty() ? "hours" : "hours/" + model.route.id;
    const EntryModel* entry = model.find_entry(model.route.id);
    const DraftModel* draft = model.find_draft(m_draft);
    if (entry != nullptr && entry->words) {
        m_replaces = entry->id;
        m_correction = correction_of(*entry);
        if (m_correction.puts_right)
            m_reason = entry->words->reason;
        m_form = hours_form_of(*entry->words);
    } else {
        m_form = new_hours_form(model);
    }
    if (draft != nullptr)
        m_form = hours_from_draft(draft->text).value_or(m_form);
}

SaveHours HoursScreen::command(const AppModel& model) const
{
    SaveHours command = m_form.command(model);
    if (m_replaces)
        command.amendment = {*m_replaces, m_reason, m_correction.puts_right, m_correction.needs_reason};
    command.draft = m_draft;
    return command;
}

std::vector<Error> HoursScreen::problems(const AppModel& model) const
{
    std::vector<Error> found = problems_of(command(model), model);
    if (!m_form.start_min || !m_form.duration_min) {
        // What validate() says of times that are not there would only confuse.
        std::erase_if(found, [](const Error& error) {
            return error.where == "body.end" || error.where == "body.start";
        });
        found.push_back(
            {"missing_time", tr("hours.times_missing"), m_form.start_min ? "body.end" : "body.start"});
    }
    return found;
}

bool HoursScreen::draw_what(const AppModel& model, const std::vector<Error>& problems)
{
    bool changed =
        choose_event_and_contract(model, m_form.event, m_form.contract, problem_at(problems, "about.event"),
                                  problem_at(problems, "about.contract"));
    changed |= text_field(tr("hours.activity"), m_form.activity,
                          {.error = problem_at(problems, "body.activity"),
                           .placeholder = tr("hours.activity_example"),
                           .code_points_max = limits::line_max})
                   .changed;
    gap(24);
    changed |= text_field(tr("hours.host"), m_form.host,
                          {.error = problem_at(problems, "body.host"),
                           .placeholder = tr("hours.host_example"),
                           .code_points_max = limits::line_max})
                   .changed;
    gap(24);
    if (const ContractModel* contract = model.find_contract(m_form.contract)) {
        std::vector<Option> options;
        for (const MeasureModel& measure : contract->measures)
            if (measure.kind == MeasureKind::Hours || measure.kind == MeasureKind::AttendeeHours)
                options.push_back({measure.code, measure.title, measure.code});
        if (!options.empty()) {
            changed |= widgets::select(tr("hours.measure"), options, m_form.measure,
                                       {.field = {.error = problem_at(problems, "about.measure")},
                                        .none_title = tr("hours.no_measure")});
            gap(24);
        }
    }
    return changed;
}

bool HoursScreen::draw_when(const AppModel& model, const std::vector<Error>& problems)
{
    bool changed = date_input(tr("hours.date"), m_form.date, model.today, model.today,
                              {.error = problem_at(problems, "body.date")});
    gap(24);
    const auto start = [&] {
        if (time_input(tr("hours.start"), m_form.start_min, {.error = problem_at(problems, "body.start")})) {
            m_form.start_changed();
            changed = true;
        }
    };
    const auto end = [&] {
        if (time_input(tr("hours.end"), m_form.end_min, {.error = problem_at(problems, "body.end")})) {
            m_form.end_changed();
            changed = true;
        }
    };
    const auto duration = [&] {
        if (duration_input(tr("hours.duration"), m_form.duration_min)) {
            m_form.duration_changed();
            changed = true;
        }
    };
    if (is_wide(700)) {
        Columns columns(3, 16);
        columns.next();
        start();
        columns.next();
        end();
        columns.next();
        duration();
    } else {
        {
            Columns columns(2, 16);
            columns.next();
            start();
            columns.next();
            end();
        }
        gap(24);
        duration();
    }
    gap(24);
    return changed;
}

bool HoursScreen::draw_who(const std::vector<Error>& problems)
{
    bool changed = choose(
        m_form.whose_time, [](WhoseTime value) { return name_of(value); }, whose_time_named,
        [](std::string& chosen) {
            return segmented(tr("hours.whose_time"),
                             {{"supplier_staff", tr("hours.staff"), tr("hours.staff_detail")},
                              {"residents", tr("hours.residents"), tr("hours.residents_detail")}},
                             chosen);
        });
    gap(24);
    std::string people = m_form.people_entry == PeopleEntry::Group ? "group" : "person";
    if (segmented(tr("hours.people"), {{"person", tr("hours.one_person")}, {"group", tr("hours.group")}},
                  people)) {
        m_form.people_entry = people == "group" ? PeopleEntry::Group : PeopleEntry::Person;
        changed = true;
    }
    gap(16);
    if (m_form.people_entry == PeopleEntry::Person) {
        changed |=
            text_field(tr("hours.name"), m_form.name,
                       {.error = problem_at(problems, "body.people"), .code_points_max = limits::name_max})
                .changed;
    } else {
        Columns columns(2, 16);
        columns.next();
        changed |= number_stepper(tr("hours.adults"), m_form.adults, 0, limits::heads_max,
                                  {.error = problem_at(problems, "body.people")});
        columns.next();
        changed |= number_stepper(tr("hours.under_18"), m_form.under_18, 0, limits::heads_max);
    }
    return changed;
}

bool HoursScreen::draw_confirmation(const std::vector<Error>& problems)
{
    bool changed = choose(
        m_form.confirmation, [](HoursConfirmation value) { return name_of(value); }, confirmation_named,
        [](std::string& chosen) {
            const auto name = [](HoursConfirmation how) { return std::string(name_of(how)); };
            return widgets::select(tr("hours.confirmation"),
                                   {{name(HoursConfirmation::None), tr("hours.confirmed_none")},
                                    {name(HoursConfirmation::Host), tr("hours.confirmed_host")},
                                    {name(HoursConfirmation::Supervisor), tr("hours.confirmed_supervisor")},
                                    {name(HoursConfirmation::SignInSheet), tr("hours.confirmed_sheet")}},
                                   chosen);
        });
    if (m_form.confirmation == HoursConfirmation::Host ||
        m_form.confirmation == HoursConfirmation::Supervisor) {
        gap(16);
        changed |= text_field(tr("hours.confirmed_by"), m_form.confirmed_by,
                              {.error = problem_at(problems, "body.confirmed_by"),
                               .code_points_max = limits::name_max})
                       .changed;
    }
    return changed;
}

std::string HoursScreen::total() const
{
    if (!m_form.duration_min)
        return tr("hours.total_none");
    const std::int64_t heads = m_form.heads();
    const std::string each = duration_words(*m_form.duration_min);
    if (heads <= 1)
        return each;
    return tr("hours.total", {{"people", std::to_string(heads)},
                              {"each", each},
                              {"total", duration_words(*m_form.duration_min * heads)}});
}

void HoursScreen::draw(const AppModel& model, CommandQueue& commands)
{
    const std::vector<Error> found = m_show_problems ? problems(model) : std::vector<Error>{};
    begin_screen(model, commands,
                 {.title = tr(m_replaces ? "hours.amend_title" : "hours.title"),
                  .has_footer = true,
                  .column_width = 1120});
    show_problems(found, {{"about.event", tr("hours.event")},
                          {"about.contract", tr("hours.contract")},
                          {"body.activity", tr("hours.activity")},
                          {"body.host", tr("hours.host")},
                          {"body.date", tr("hours.date")},
                          {"body.start", tr("hours.start")},
                          {"body.end", tr("hours.end")},
                          {"body.people", m_form.people_entry == PeopleEntry::Person ? tr("hours.name")
                                                                                     : tr("hours.adults")},
                          {"body.confirmed_by", tr("hours.confirmed_by")},
                          {"reason", tr("amend.reason")}});
    if (m_replaces && m_correction.needs_reason)
        amendment_reason(m_reason, found);
    bool changed = false;
    if (is_wide(1000)) {
        Columns columns(2, 56);
        columns.next();
        changed |= draw_what(model, found);
        changed |= draw_confirmation(found);
        columns.next();
        changed |= draw_when(model, found);
        changed |= draw_who(found);
    } else {
        changed |= draw_what(model, found);
        changed |= draw_when(model, found);
        changed |= draw_who(found);
        gap(24);
        changed |= draw_confirmation(found);
    }
    if (changed)
        commands.push(SaveDraft{m_draft, to_draft(m_form)});
    begin_footer();
    {
        Context& ui = Context::current();
        const float save_width = button_width(tr("hours.save"), true) + ui.dp(16);
        Columns columns({1, -save_width / ui.scale()}, 24);
        columns.next();
        const Font font = ui.font(is_wide(380) ? TextStyle::LargeBold : TextStyle::BodyBold);
        const auto rect = next_rect(ui.width(), ui.dp(56));
        const std::string words_of_total = total();
        draw_fitted({rect.x, rect.y + (rect.height - font.size_px) / 2}, words_of_total, font,
                    m_form.duration_min ? ui.palette().ink : ui.palette().ink_soft, rect.width);
        ui.describe({.role = accessibility::Role::Status, .name = words_of_total, .rect = rect});
        ImGui::Dummy(ImVec2(rect.width, rect.height));
        columns.next();
        if (primary_button(tr("hours.save"), {.icon = Icon::Check, .fill_width = true})) {
            m_show_problems = true;
            if (problems(model).empty())
                commands.push(command(model));
            else
                ui.scroll_to_top();
        }
    }
    end_screen(commands);
}

} // namespace tally::client::screens
