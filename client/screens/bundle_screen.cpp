#include "client/screens/bundle_screen.h"

#include "client/screens/sync_words.h"
#include "client/widgets/choices.h"
#include "client/widgets/fields.h"

#include <algorithm>

namespace tally::client::screens {

using namespace widgets;

namespace {

using Stage = BundleModel::Stage;

/// A stick that is plugged in while the screen is open should show by itself.
constexpr double look_every_s = 2;

const StickModel* find_stick(const BundleModel& bundle, std::string_view folder)
{
    const auto found = std::find_if(bundle.sticks.begin(), bundle.sticks.end(),
                                    [&](const StickModel& stick) { return stick.folder == folder; });
    return found == bundle.sticks.end() ? nullptr : &*found;
}

std::string detail_of(const StickModel& stick)
{
    return stick.is_read_only ? std::string(tr("bundle.stick_read_only"))
                              : tr("bundle.stick_free", {{"size", size_words(stick.free_bytes)}});
}

bool has_outgoing(const AppModel& model)
{
    return model.find_entry(model.route.id) != nullptr ||
           model.sync.entries_unsent + model.sync.photos_waiting > 0;
}

} // namespace

void BundleScreen::enter(const AppModel&, CommandQueue& commands)
{
    m_folder.clear();
    m_was_reading = false;
    m_wants_more = false;
    m_next_look_s = Context::current().now_s() + look_every_s;
    commands.push(LookForSticks{});
}

void BundleScreen::look_for_sticks(const AppModel& model, CommandQueue& commands)
{
    Context& ui = Context::current();
    const bool is_busy = model.bundle.stage == Stage::Writing || model.bundle.stage == Stage::Reading;
    // A slow stick has its time: the pause begins when the last look has ended.
    if (model.bundle.is_looking)
        m_next_look_s = ui.now_s() + look_every_s;
    if (!is_busy && ui.now_s() >= m_next_look_s) {
        m_next_look_s = ui.now_s() + look_every_s;
        commands.push(LookForSticks{});
    }
    if (!is_busy && !model.bundle.is_looking)
        ui.wake_in(m_next_look_s - ui.now_s() + 0.01);
    const StickModel* chosen = find_stick(model.bundle, m_folder);
    if (chosen != nullptr)
        return;
    m_folder.clear();
    for (const StickModel& stick : model.bundle.sticks)
        if (m_folder.empty() && !stick.is_read_only)
            m_folder = stick.folder;
}

void BundleScreen::draw_sticks(const AppModel& model, CommandQueue& commands)
{
    if (!model.bundle.has_looked) {
        loading(tr("bundle.looking"));
        return;
    }
    if (model.bundle.sticks.empty()) {
        notice(Icon::Stick, tr("bundle.no_stick"), Tone::Neutral);
    } else {
        std::vector<Option> options;
        for (const StickModel& stick : model.bundle.sticks)
            options.push_back({stick.folder, stick.name, detail_of(stick)});
        choice_list(tr("bundle.which_stick"), options, m_folder);
    }
    gap(12);
    if (quiet_button(tr("bundle.other_folder"), {.icon = Icon::Search}))
        commands.push(ChooseFolder{});
}

void BundleScreen::draw_writing(const BundleModel& bundle, CommandQueue& commands)
{
    body(tr("bundle.writing"));
    gap(12);
    progress(tr("bundle.writing"), static_cast<int>(bundle.done),
             static_cast<int>(std::max<std::int64_t>(1, bundle.all)));
    gap(24);
    if (secondary_button(tr("bundle.stop"), {.icon = Icon::Cross}))
        commands.push(StopBundle{});
}

/// Beside what was pressed: the beginning of the screen may be out of sight.
void BundleScreen::draw_problem(const BundleModel& bundle)
{
    if (bundle.problem.empty())
        return;
    notice(Icon::Warning, bundle.problem, Tone::Bad);
    gap(16);
}

void BundleScreen::draw_written(const BundleModel& bundle)
{
    notice(Icon::Check,
           tr("bundle.written",
              {{"what", counts_words(bundle.entries, bundle.photos)}, {"stick", bundle.stick}}),
           Tone::Good);
    gap(16);
    fact(tr("bundle.file"), bundle.file + "\n" + size_words(bundle.bytes));
    gap(16);
    body(tr("bundle.written_next"));
    gap(24);
}

/// What is recorded here and does not go onto the stick with the rest.
void BundleScreen::draw_left_behind(const AppModel& model, CommandQueue& commands)
{
    if (model.sync.withdrawals_waiting > 0) {
        gap(16);
        notice(Icon::Info,
               tr("bundle.withdrawals", {{"count", std::to_string(model.sync.withdrawals_waiting)}}),
               Tone::Neutral);
    }
    if (model.not_taken() > 0) {
        gap(16);
        notice(Icon::Warning, tr("bundle.not_taken", {{"count", std::to_string(model.not_taken())}}),
               Tone::Attention);
        gap(12);
        if (secondary_button(tr("bundle.see_rejected"), {.icon = Icon::List}))
            commands.push(Go{{ScreenName::Entries, std::string(not_taken_alone)}});
    }
}

void BundleScreen::draw_nothing_waits(const AppModel& model, CommandQueue& commands)
{
    if (model.not_taken() + model.sync.withdrawals_waiting == 0) {
        body_soft(tr("bundle.nothing"));
        return;
    }
    body(tr("bundle.nothing_else"));
    draw_left_behind(model, commands);
}

void BundleScreen::draw_outgoing(const AppModel& model, CommandQueue& commands)
{
    const BundleModel& bundle = model.bundle;
    const EntryModel* entry = model.find_entry(model.route.id);
    section_heading(tr("bundle.take_out"));
    gap(8);
    if (bundle.stage == Stage::Writing) {
        draw_writing(bundle, commands);
        return;
    }
    if (bundle.stage == Stage::Written && !m_wants_more) {
        draw_written(bundle);
        m_wants_more = secondary_button(tr("bundle.write_again"), {.icon = Icon::Stick});
        return;
    }
    const bool has_any = has_outgoing(model);
    if (entry != nullptr)
        body(tr("bundle.one_entry", {{"title", words_of(*entry, model).title}}));
    else if (has_any)
        body(tr("bundle.waiting",
                {{"what", counts_words(model.sync.entries_unsent, model.sync.photos_waiting)}}));
    else
        draw_nothing_waits(model, commands);
    if (!has_any)
        return;
    if (entry == nullptr)
        draw_left_behind(model, commands);
    gap(16);
    draw_sticks(model, commands);
    gap(24);
    if (!m_was_reading)
        draw_problem(bundle);
    const StickModel* stick = find_stick(bundle, m_folder);
    const bool can_write = stick != nullptr && !stick->is_read_only && bundle.stage != Stage::Reading;
    if (primary_button(tr("bundle.write"), {.icon = Icon::Stick, .is_enabled = can_write})) {
        commands.push(WriteBundle{m_folder, entry != nullptr ? std::optional(entry->id) : std::nullopt});
        m_wants_more = false;
        m_was_reading = false;
    }
}

void BundleScreen::draw_read(const BundleModel& bundle, CommandQueue& commands)
{
    if (bundle.were_known && bundle.rejected == 0) {
        notice(Icon::Info, tr("bundle.receipts_known"), Tone::Neutral);
        return;
    }
    notice(Icon::Check, tr("bundle.accepted", {{"what", counts_words(bundle.accepted, bundle.photos_there)}}),
           Tone::Good);
    if (bundle.rejected > 0) {
        gap(12);
        notice(Icon::Warning, tr("bundle.rejected", {{"count", std::to_string(bundle.rejected)}}),
               Tone::Attention);
        gap(12);
        if (secondary_button(tr("bundle.see_rejected"), {.icon = Icon::List}))
            commands.push(Go{{ScreenName::Entries, std::string(not_taken_alone)}});
    }
}

void BundleScreen::draw_receipts(const AppModel& model, CommandQueue& commands)
{
    const BundleModel& bundle = model.bundle;
    section_heading(tr("bundle.bring_back"));
    gap(8);
    if (bundle.stage == Stage::Reading) {
        loading(tr("bundle.reading"));
        return;
    }
    if (m_was_reading || !has_outgoing(model))
        draw_problem(bundle);
    if (bundle.stage == Stage::Read) {
        draw_read(bundle, commands);
        gap(24);
    }
    body_soft(tr("bundle.bring_back_text"));
    gap(12);
    bool any = false;
    for (const StickModel& stick : bundle.sticks)
        for (const std::string& name : stick.receipts) {
            any = true;
            ImGui::PushID((stick.folder + "/" + name).c_str());
            if (list_row(name, {.icon = Icon::Ledger, .detail = stick.name})) {
                commands.push(ReadReceipts{stick.folder + "/" + name});
                m_was_reading = true;
            }
            ImGui::PopID();
        }
    if (!any && !bundle.sticks.empty())
        body_soft(tr("bundle.no_receipts"));
    gap(12);
    if (quiet_button(tr("bundle.other_file"), {.icon = Icon::Search})) {
        commands.push(ChooseReceipts{});
        m_was_reading = true;
    }
}

void BundleScreen::draw(const AppModel& model, CommandQueue& commands)
{
    begin_screen(model, commands, {.title = tr("bundle.page"), .column_width = 720});
    look_for_sticks(model, commands);
    title_heading(tr("bundle.heading"));
    gap(8);
    body_soft(tr("bundle.text"));
    gap(32);
    if (model.is_loading) {
        loading(tr("app.loading"));
    } else if (!model.device.is_enrolled) {
        empty_state(Icon::Link, tr("settings.not_enrolled"), tr("bundle.not_enrolled"));
    } else {
        draw_outgoing(model, commands);
        gap(40);
        draw_receipts(model, commands);
    }
    end_screen(commands);
}

} // namespace tally::client::screens
