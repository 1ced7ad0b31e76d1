#include "client/screens/story_screen.h"

#include "client/widgets/choices.h"
#include "client/widgets/fields.h"
#include "client/widgets/pictures.h"
#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

#include <algorithm>

namespace tally::client::screens {

using namespace widgets;

void StoryScreen::enter(const AppModel& model, CommandQueue& commands)
{
    m_step = Step::Story;
    m_show_problems = false;
    m_changed = false;
    m_reason.clear();
    m_replaces.reset();
    m_correction = {};
    m_kept.clear();
    m_problems.clear();
    m_draft = model.route.id.empty() ? "story" : "story/" + model.route.id;
    commands.push(ForgetPhotos{});
    const EntryModel* entry = model.find_entry(model.route.id);
    const DraftModel* draft = model.find_draft(m_draft);
    m_form = new_story_form(model);
    if (entry != nullptr && entry->words) {
        m_replaces = entry->id;
        m_correction = correction_of(*entry);
        if (m_correction.puts_right)
            m_reason = entry->words->reason;
        m_form = story_form_of(*entry->words);
        m_kept = entry->words->attachments;
    }
    if (draft != nullptr) {
        m_form = story_from_draft(draft->text).value_or(m_form);
        std::vector<std::string> digests;
        for (const PhotoForm& photo : m_form.photos)
            digests.push_back(photo.digest);
        if (!digests.empty())
            commands.push(FetchPhotos{digests});
    }
}

SaveStory StoryScreen::command(const AppModel& model) const
{
    SaveStory command = m_form.command(model);
    if (m_replaces) {
        command.amendment = {*m_replaces, m_reason, m_correction.puts_right, m_correction.needs_reason};
        command.kept = m_kept;
        // Signatures that were given for the entry that this one replaces stay good.
        for (std::size_t i = 0; i < m_form.consents.size(); ++i)
            if (const Consent* old = kept_consent(model, m_form.consents[i])) {
                Consent& consent = command.body.consents[i];
                consent.signature = old->signature;
                consent.wording_version = old->wording_version;
                consent.language = old->language;
            }
    }
    command.draft = m_draft;
    return command;
}

const Consent* StoryScreen::kept_consent(const AppModel& model, const ConsentForm& form) const
{
    const EntryModel* entry = m_replaces ? model.find_entry(m_replaces->text()) : nullptr;
    if (entry == nullptr || !entry->words || !form.strokes.empty())
        return nullptr;
    for (const Consent& old : std::get<StoryBody>(entry->words->body).consents) {
        const bool is_same_person = old.withdrawal_code == form.withdrawal_code &&
                                    old.person == trimmed(form.person) &&
                                    old.parent_or_guardian == form.parent_or_guardian;
        // Nobody signed for a use that was ticked since.
        const bool asks_no_more =
            std::all_of(form.uses.begin(), form.uses.end(), [&](const std::string& use) {
                return std::any_of(old.uses.begin(), old.uses.end(),
                                   [&](ConsentUse agreed) { return name_of(agreed) == use; });
            });
        if (is_same_person && asks_no_more && form.spoken == old.signature.empty())
            return &old;
    }
    return nullptr;
}

std::vector<Error> StoryScreen::problems(const AppModel& model) const
{
    std::vector<Error> found = problems_of(command(model), model);
    for (std::size_t i = 0; i < m_form.consents.size(); ++i) {
        const ConsentForm& form = m_form.consents[i];
        if (!form.spoken && form.strokes.empty() && kept_consent(model, form) == nullptr)
            found.push_back({"missing", tr("consent.signature_missing"),
                             "body.consents[" + std::to_string(i) + "].signature"});
    }
    return found;
}

void StoryScreen::go_to(Step step)
{
    m_step = step;
    Context::current().scroll_to_top();
}

void StoryScreen::draw_steps()
{
    const char* keys[] = {"story.step_story", "story.step_pictures", "story.step_consent",
                          "story.step_check"};
    progress(tr("story.progress"), static_cast<int>(m_step) + 1, step_count);
    gap(12);
    body_soft(tr("story.step", {{"number", std::to_string(static_cast<int>(m_step) + 1)},
                                {"of", std::to_string(step_count)}}));
    title_heading(tr(keys[static_cast<int>(m_step)]));
    gap(24);
}

void StoryScreen::draw_story(const AppModel& model)
{
    m_changed |=
        choose_event_and_contract(model, m_form.event, m_form.contract, problem_at(m_problems, "about.event"),
                                  problem_at(m_problems, "about.contract"));
    m_changed |= text_field(tr("story.title_field"), m_form.title,
                            {.hint = tr("story.title_hint"),
                             .error = problem_at(m_problems, "body.title"),
                             .code_points_max = limits::line_max})
                     .changed;
    struct Prompt
    {
        const char* label;
        const char* hint;
        const char* where;
        std::string* value;
        bool is_optional;
    };
    const Prompt prompts[] = {
        {"story.what", "story.what_hint", "body.what", &m_form.what, false},
        {"story.how", "story.how_hint", "body.how", &m_form.how, true},
        {"story.who", "story.who_hint", "body.who", &m_form.who, true},
        {"story.where", "", "body.where", &m_form.where, true},
        {"story.changed", "story.changed_hint", "body.changed", &m_form.changed, false},
        {"story.known_by", "story.known_by_hint", "body.known_by", &m_form.known_by, true},
        {"story.otherwise", "story.otherwise_hint", "body.otherwise", &m_form.otherwise, true},
    };
    for (const Prompt& prompt : prompts) {
        gap(28);
        m_changed |= text_area(tr(prompt.label), *prompt.value,
                               {.hint = *prompt.hint == '\0' ? "" : tr(prompt.hint),
                                .error = problem_at(m_problems, prompt.where),
                                .code_points_max = limits::story_text_max,
                                .rows = prompt.is_optional ? 2 : 4,
                                .is_optional = prompt.is_optional})
                         .changed;
    }
}

void StoryScreen::take_photos(const AppModel& model)
{
    // Photos are prepared elsewhere; the form takes those that are ready and not yet in it.
    for (const PhotoModel& photo : model.photos) {
        const bool is_known =
            std::any_of(m_form.photos.begin(), m_form.photos.end(),
                        [&](const PhotoForm& known) { return known.digest == photo.digest; });
        if (!photo.digest.empty() && !is_known) {
            m_form.photos.push_back({photo.digest, ""});
            m_changed = true;
        }
    }
}

void StoryScreen::draw_photos(const AppModel& model, CommandQueue& commands)
{
    section_heading(tr("story.photos"));
    body_soft(tr("story.photos_hint"));
    gap(16);
    for (const std::string& file : Context::current().take_dropped())
        commands.push(ImportPhoto{file});
    const bool two = is_wide(560);
    std::size_t remove = model.photos.size();
    for (std::size_t index = 0; index < model.photos.size(); index += two ? 2 : 1) {
        Columns columns(two ? 2 : 1, 24);
        for (std::size_t cell = index; cell < std::min(index + (two ? 2 : 1), model.photos.size()); ++cell) {
            const PhotoModel& photo_model = model.photos[cell];
            columns.next();
            ImGui::PushID(static_cast<int>(cell));
            const auto kept =
                std::find_if(m_form.photos.begin(), m_form.photos.end(), [&](const PhotoForm& form) {
                    return !photo_model.digest.empty() && form.digest == photo_model.digest;
                });
            const std::string name = tr("story.photo_number", {{"number", std::to_string(cell + 1)}});
            photo(photo_model.texture,
                  kept != m_form.photos.end() && !kept->caption.empty() ? kept->caption : name, 340);
            gap(8);
            if (!photo_model.problem.empty())
                notice(Icon::Warning, photo_model.problem, Tone::Bad);
            else if (kept == m_form.photos.end())
                body_soft(tr("story.photo_busy"));
            else
                m_changed |= text_field(tr("story.caption"), kept->caption,
                                        {.placeholder = tr("story.caption_example"),
                                         .code_points_max = limits::line_max})
                                 .changed;
            if (quiet_button(tr("story.remove_photo"),
                             {.icon = Icon::Trash,
                              .tone = Tone::Neutral,
                              .name = tr("story.remove_photo_name", {{"name", name}})}))
                remove = cell;
            gap(16);
            ImGui::PopID();
        }
    }
    if (remove < model.photos.size()) {
        std::erase_if(m_form.photos,
                      [&](const PhotoForm& form) { return form.digest == model.photos[remove].digest; });
        commands.push(RemovePhoto{remove});
        m_changed = true;
    }
    if (!m_kept.empty()) {
        body_soft(tr("story.photos_kept", {{"count", std::to_string(m_kept.size())}}));
        gap(12);
    }
    if (secondary_button(tr("story.choose_photos"), {.icon = Icon::Camera}))
        commands.push(ChoosePhotos{});
}

void StoryScreen::draw_pictures(const AppModel& model, CommandQueue& commands)
{
    draw_photos(model, commands);
    gap(40);
    section_heading(tr("story.quotes"));
    body_soft(tr("story.quotes_hint"));
    gap(16);
    std::size_t remove = m_form.quotes.size();
    for (std::size_t index = 0; index < m_form.quotes.size(); ++index) {
        QuoteForm& quote = m_form.quotes[index];
        const std::string where = "body.quotes[" + std::to_string(index) + "]";
        ImGui::PushID(static_cast<int>(index));
        {
            const Card card;
            m_changed |=
                text_area(
                    tr("story.quote"), quote.text,
                    {.error = problem_at(m_problems, where), .code_points_max = limits::text_max, .rows = 2})
                    .changed;
            gap(16);
            m_changed |= text_field(tr("story.speaker"), quote.speaker,
                                    {.hint = tr("story.speaker_hint"),
                                     .code_points_max = limits::name_max,
                                     .is_optional = true})
                             .changed;
            gap(8);
            if (quiet_button(tr("story.remove_quote"), {.icon = Icon::Trash, .tone = Tone::Neutral}))
                remove = index;
        }
        gap(16);
        ImGui::PopID();
    }
    if (remove < m_form.quotes.size()) {
        m_form.quotes.erase(m_form.quotes.begin() + static_cast<std::ptrdiff_t>(remove));
        m_changed = true;
    }
    if (m_form.quotes.size() < limits::quotes_max &&
        secondary_button(tr("story.add_quote"), {.icon = Icon::Plus})) {
        m_form.quotes.emplace_back();
        m_changed = true;
    }
}

void StoryScreen::draw_consent(const AppModel& model, std::size_t index)
{
    ConsentForm& consent = m_form.consents[index];
    const std::string where = "body.consents[" + std::to_string(index) + "]";
    const Card card;
    m_changed |=
        text_field(tr("consent.person"), consent.person,
                   {.error = problem_at(m_problems, where + ".person"), .code_points_max = limits::name_max})
            .changed;
    gap(20);
    const Consent* const kept = kept_consent(model, consent);
    const ConsentWording* const wording =
        kept != nullptr ? find_wording(model.consent_wordings, kept->wording_version, kept->language)
                        : wording_to_read(model);
    body_bold(tr("consent.wording_title"));
    if (wording != nullptr) {
        body(wording->wording);
        gap(8);
        body_soft(tr("consent.version", {{"version", wording->version}}));
        gap(20);
        std::vector<Option> uses;
        for (const auto& [use, words] : wording->uses)
            uses.push_back({std::string(name_of(use)), words});
        m_changed |= check_list(tr("consent.uses"), uses, consent.uses,
                                {.error = problem_at(m_problems, where + ".uses")});
    } else {
        notice(Icon::Warning, tr("consent.no_wording"), Tone::Bad);
    }
    gap(20);
    m_changed |= check_box(tr("consent.guardian"), consent.parent_or_guardian, tr("consent.guardian_detail"));
    gap(20);
    body_bold(tr("consent.signature"));
    gap(8);
    if (const auto problem = problem_at(m_problems, where + ".signature"); !problem.empty()) {
        notice(Icon::Warning, problem, Tone::Bad);
        gap(8);
    }
    if (kept != nullptr && !kept->signature.empty()) {
        body_soft(tr("consent.signed_before"));
        gap(8);
    }
    if (!consent.spoken) {
        m_changed |= signature_pad(tr("consent.signature"), consent.strokes);
        gap(8);
    }
    m_changed |= check_box(tr("consent.spoken"), consent.spoken, tr("consent.spoken_detail"));
    gap(24);
    {
        Columns columns({-170, 1}, 24);
        columns.next();
        qr_code(consent.withdrawal_code, tr("consent.code_picture"), 170);
        columns.next();
        body_bold(tr("consent.code"));
        words(consent.withdrawal_code, TextStyle::Title, Context::current().palette().ink);
        body_soft(tr("consent.code_text"));
    }
    gap(16);
    if (quiet_button(tr("consent.remove"), {.icon = Icon::Trash, .tone = Tone::Neutral})) {
        m_form.consents.erase(m_form.consents.begin() + static_cast<std::ptrdiff_t>(index));
        m_changed = true;
    }
}

void StoryScreen::draw_consents(const AppModel& model)
{
    body(tr("consent.intro"));
    gap(24);
    for (std::size_t index = 0; index < m_form.consents.size(); ++index) {
        ImGui::PushID(static_cast<int>(index));
        draw_consent(model, index);
        ImGui::PopID();
        gap(24);
    }
    if (m_form.consents.size() < limits::consents_max &&
        secondary_button(tr(m_form.consents.empty() ? "consent.add" : "consent.add_another"),
                         {.icon = Icon::Signature})) {
        m_form.consents.emplace_back();
        m_form.consents.back().withdrawal_code = new_withdrawal_code();
        m_changed = true;
    }
    gap(40);
    section_heading(tr("story.permission"));
    body_soft(tr("story.permission_hint"));
    gap(16);
    m_changed |= check_box(tr("story.has_permission"), m_form.has_permission);
    if (m_form.has_permission) {
        gap(16);
        m_changed |= text_field(tr("story.organisation"), m_form.permission_organisation,
                                {.error = problem_at(m_problems, "body.organisation_permission.organisation"),
                                 .code_points_max = limits::line_max})
                         .changed;
        gap(16);
        m_changed |= text_field(tr("story.given_by"), m_form.permission_given_by,
                                {.error = problem_at(m_problems, "body.organisation_permission.given_by"),
                                 .code_points_max = limits::name_max})
                         .changed;
    }
}

void StoryScreen::draw_check(const AppModel& model)
{
    const EventModel* event = model.find_event(m_form.event);
    const ContractModel* contract = model.find_contract(m_form.contract);
    const auto show = [](const char* key, const std::string& value) {
        if (!value.empty())
            fact(tr(key), value);
    };
    show("story.title_field", m_form.title);
    show("hours.event", event != nullptr ? event->title : "");
    show("hours.contract", contract != nullptr ? contract->title : "");
    show("story.what", m_form.what);
    show("story.how", m_form.how);
    show("story.who", m_form.who);
    show("story.where", m_form.where);
    show("story.changed", m_form.changed);
    show("story.known_by", m_form.known_by);
    show("story.otherwise", m_form.otherwise);
    for (const QuoteForm& quote : m_form.quotes)
        show("story.quote", quote.speaker.empty() ? quote.text : quote.text + "\n" + quote.speaker);
    fact(tr("story.photos"),
         tr("story.photo_count", {{"count", std::to_string(m_form.photos.size() + m_kept.size())}}));
    std::string people;
    for (const ConsentForm& consent : m_form.consents)
        people += (people.empty() ? "" : "\n") + consent.person;
    fact(tr("consent.people"), people.empty() ? std::string(tr("consent.nobody")) : people);
    if (m_form.has_permission)
        fact(tr("story.permission"), m_form.permission_organisation);
    if (!m_form.photos.empty() && m_form.consents.empty()) {
        gap(24);
        notice(Icon::Info, tr("consent.missing"), Tone::Attention);
    }
}

void StoryScreen::draw(const AppModel& model, CommandQueue& commands)
{
    take_photos(model);
    m_problems = m_show_problems ? problems(model) : std::vector<Error>{};
    begin_screen(model, commands,
                 {.title = tr(m_replaces ? "story.amend_title" : "story.title"),
                  .has_footer = true,
                  .column_width = 760});
    draw_steps();
    std::vector<Error> shown = m_problems;
    show_problems(shown, {{"body.title", tr("story.title_field")},
                          {"about.contract", tr("hours.contract")},
                          {"body.what", tr("story.what")},
                          {"body.changed", tr("story.changed")},
                          {"reason", tr("amend.reason")},
                          {"body.organisation_permission.organisation", tr("story.organisation")},
                          {"body.organisation_permission.given_by", tr("story.given_by")},
                          {"body.consents", tr("consent.person")}});
    if (m_replaces && m_correction.needs_reason && (m_step == Step::Story || m_step == Step::Check))
        amendment_reason(m_reason, m_problems);
    switch (m_step) {
    case Step::Story:
        draw_story(model);
        break;
    case Step::Pictures:
        draw_pictures(model, commands);
        break;
    case Step::Consent:
        draw_consents(model);
        break;
    case Step::Check:
        draw_check(model);
        break;
    }
    if (m_changed)
        commands.push(SaveDraft{m_draft, to_draft(m_form)});
    m_changed = false;

    begin_footer();
    {
        Columns columns({-200, 1, -220}, 16);
        columns.next();
        if (m_step != Step::Story && secondary_button(tr("story.previous"), {.icon = Icon::Back}))
            go_to(static_cast<Step>(static_cast<int>(m_step) - 1));
        columns.next();
        ImGui::Dummy(ImVec2(1, 1));
        columns.next();
        if (m_step != Step::Check) {
            if (primary_button(tr("story.next"), {.fill_width = true}))
                go_to(static_cast<Step>(static_cast<int>(m_step) + 1));
        } else if (primary_button(tr("story.save"), {.icon = Icon::Check, .fill_width = true})) {
            m_show_problems = true;
            const std::vector<Error> found = problems(model);
            if (found.empty()) {
                commands.push(command(model));
            } else {
                const std::string& where = found.front().where;
                go_to(where.starts_with("body.consents") || where.starts_with("body.organisation")
                          ? Step::Consent
                      : where.starts_with("body.quotes") ? Step::Pictures
                                                         : Step::Story);
            }
        }
    }
    end_screen(commands);
}

} // namespace tally::client::screens
