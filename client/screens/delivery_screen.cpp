#include "client/screens/delivery_screen.h"

#include "client/widgets/choices.h"
#include "client/widgets/fields.h"
#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

namespace tally::client::screens {

using namespace widgets;

void DeliveryScreen::enter(const AppModel& model, CommandQueue&)
{
    m_show_problems = false;
    m_reason.clear();
    m_replaces.reset();
    m_correction = {};
    m_draft = model.route.id.empty() ? "delivery" : "delivery/" + model.route.id;
    m_form = new_delivery_form(model);
    const EntryModel* entry = model.find_entry(model.route.id);
    if (entry != nullptr && entry->words) {
        m_replaces = entry->id;
        m_correction = correction_of(*entry);
        if (m_correction.puts_right)
            m_reason = entry->words->reason;
        m_form = delivery_form_of(*entry->words);
    }
    if (const DraftModel* draft = model.find_draft(m_draft))
        m_form = delivery_from_draft(draft->text).value_or(m_form);
}

SaveDelivery DeliveryScreen::command(const AppModel& model) const
{
    SaveDelivery command = m_form.command(model);
    if (m_replaces)
        command.amendment = {*m_replaces, m_reason, m_correction.puts_right, m_correction.needs_reason};
    command.draft = m_draft;
    return command;
}

std::vector<Error> DeliveryScreen::problems(const AppModel& model) const
{
    std::vector<Error> found = problems_of(command(model), model);
    const MeasureModel* measure = model.find_measure(m_form.contract, m_form.measure);
    const std::string_view typed = trimmed(m_form.quantity);
    if (measure != nullptr && measure->once_per_person && !m_form.references().empty())
        return found; // the list says how many
    if (!typed.empty() && !parse_quantity(typed))
        found.push_back({"bad_number", tr("delivery.bad_quantity"), "body.quantity"});
    else if (typed.empty() && measure != nullptr && measure->kind != MeasureKind::Narrative)
        found.push_back({"missing", tr("delivery.quantity_missing"), "body.quantity"});
    return found;
}

bool DeliveryScreen::draw_how_much(const MeasureModel* measure, const std::vector<Error>& found)
{
    bool changed = false;
    std::size_t named = 0;
    if (measure != nullptr && measure->once_per_person) {
        changed |= text_area(tr("delivery.people"), m_form.people,
                             {.hint = tr("delivery.people_hint"),
                              .error = problem_at(found, "body.people"),
                              .placeholder = tr("delivery.people_example"),
                              .code_points_max = limits::people_max * (limits::person_reference_max + 1),
                              .rows = 3,
                              .is_optional = true})
                       .changed;
        named = m_form.references().size();
        gap(12);
        if (named == 0)
            notice(Icon::Info, tr("delivery.people_none"), Tone::Neutral);
        gap(named == 0 ? 24 : 12);
    }
    if (named > 0) {
        fact(tr("delivery.how_many"), tr("delivery.people_count", {{"count", std::to_string(named)}}));
        gap(24);
        return changed;
    }
    changed |= text_field(tr("delivery.quantity"), m_form.quantity,
                          {.hint = measure != nullptr ? tr("delivery.unit", {{"unit", measure->unit}})
                                                      : std::string(),
                           .error = problem_at(found, "body.quantity"),
                           .code_points_max = 20,
                           .box_width_dp = 240})
                   .changed;
    gap(24);
    return changed;
}

void DeliveryScreen::draw(const AppModel& model, CommandQueue& commands)
{
    const std::vector<Error> found = m_show_problems ? problems(model) : std::vector<Error>{};
    begin_screen(model, commands,
                 {.title = tr(m_replaces ? "delivery.amend_title" : "delivery.title"),
                  .has_footer = true,
                  .column_width = 720});
    show_problems(found, {{"about.contract", tr("hours.contract")},
                          {"about.measure", tr("delivery.measure")},
                          {"body.people", tr("delivery.people")},
                          {"body.quantity", tr("delivery.quantity")},
                          {"body.period_start", tr("delivery.from")},
                          {"body.period_end", tr("delivery.to")},
                          {"body.description", tr("delivery.description")},
                          {"reason", tr("amend.reason")}});
    if (m_replaces && m_correction.needs_reason)
        amendment_reason(m_reason, found);
    bool changed = false;
    std::vector<Option> contracts;
    for (const ContractModel& contract : model.contracts)
        contracts.push_back({contract.reference, contract.title, contract.supplier});
    if (widgets::select(tr("hours.contract"), contracts, m_form.contract,
                        {.field = {.error = problem_at(found, "about.contract")},
                         .empty_text = tr("hours.no_contracts")})) {
        m_form.measure.clear();
        changed = true;
    }
    gap(24);
    const ContractModel* contract = model.find_contract(m_form.contract);
    if (contract != nullptr) {
        std::vector<Option> measures;
        for (const MeasureModel& measure : contract->measures)
            if (measure.kind != MeasureKind::Hours)
                measures.push_back(
                    {measure.code, measure.title,
                     measure.unit.empty() ? measure.code : measure.code + " \u00b7 " + measure.unit});
        changed |= widgets::select(tr("delivery.measure"), measures, m_form.measure,
                                   {.field = {.error = problem_at(found, "about.measure")},
                                    .empty_text = tr("delivery.no_measures")});
        gap(24);
    }
    const MeasureModel* measure = model.find_measure(m_form.contract, m_form.measure);
    if (measure == nullptr || measure->kind != MeasureKind::Narrative)
        changed |= draw_how_much(measure, found);
    changed |= date_input(tr("delivery.from"), m_form.period_start, model.today, model.today,
                          {.error = problem_at(found, "body.period_start")});
    gap(24);
    changed |= date_input(tr("delivery.to"), m_form.period_end, model.today, model.today,
                          {.error = problem_at(found, "body.period_end")});
    gap(24);
    changed |=
        text_area(
            tr("delivery.description"), m_form.description,
            {.error = problem_at(found, "body.description"), .code_points_max = limits::text_max, .rows = 3})
            .changed;
    gap(24);
    changed |= text_field(tr("delivery.reference"), m_form.evidence_reference,
                          {.hint = tr("delivery.reference_hint"),
                           .error = problem_at(found, "body.evidence_reference"),
                           .code_points_max = limits::line_max,
                           .is_optional = true})
                   .changed;
    if (changed)
        commands.push(SaveDraft{m_draft, to_draft(m_form)});
    begin_footer();
    if (primary_button(tr("delivery.save"), {.icon = Icon::Check, .fill_width = true})) {
        m_show_problems = true;
        if (problems(model).empty())
            commands.push(command(model));
        else
            Context::current().scroll_to_top();
    }
    end_screen(commands);
}

} // namespace tally::client::screens
