#include "client/screens/feedback_screen.h"

#include "client/widgets/choices.h"
#include "client/widgets/draw.h"
#include "client/widgets/fields.h"
#include "client/widgets/overlay.h"

#include <algorithm>
#include <cmath>

namespace tally::client::screens {

using namespace widgets;

namespace {

/// A kiosk asks after this long without a touch, and starts anew after the second.
constexpr double idle_ask_s = 60;
constexpr double idle_reset_s = 80;
constexpr double thanks_s = 15;

const char* language_name(std::string_view code)
{
    struct Known
    {
        std::string_view code;
        const char* name;
    };
    // Each in its own words, as its readers look for it.
    constexpr Known known[] = {{"en", "English"},   {"pl", "Polski"},   {"cy", "Cymraeg"},
                               {"pt", "Português"}, {"ro", "Română"},   {"es", "Español"},
                               {"fr", "Français"},  {"de", "Deutsch"},  {"it", "Italiano"},
                               {"lt", "Lietuvių"},  {"so", "Soomaali"}, {"tr", "Türkçe"}};
    for (const Known& language : known)
        if (language.code == code)
            return language.name;
    return nullptr;
}

std::vector<std::string> mood_words()
{
    return {tr("mood.1"), tr("mood.2"), tr("mood.3"), tr("mood.4"), tr("mood.5")};
}

std::vector<Option> options_of(const Question& question, const std::string& language,
                               const Questionnaire& questionnaire)
{
    std::vector<Option> options;
    for (const QuestionOption& option : question.options)
        options.push_back({option.id, std::string(text_in(option.text, language, questionnaire))});
    return options;
}

} // namespace

void FeedbackScreen::enter(const AppModel& model, CommandQueue&)
{
    start_anew(model);
}

void FeedbackScreen::start_anew(const AppModel& model)
{
    m_answers.clear();
    m_about_you = {};
    m_page = 0;
    m_answer_missing = false;
    m_language = "en";
    m_about = model.settings.feedback_place;
    m_questionnaire = model.settings.feedback_questionnaire;
    if (m_questionnaire.empty() && model.questionnaires.size() == 1)
        m_questionnaire = model.questionnaires.front().id;
    if (!model.device.is_kiosk)
        if (const EventModel* event = model.event_of_today())
            m_about = "event/" + event->id;
    m_step =
        model.device.is_kiosk && !m_about.empty() && chosen(model) != nullptr ? Step::Welcome : Step::SetUp;
}

const Questionnaire* FeedbackScreen::chosen(const AppModel& model) const
{
    const Questionnaire* found = nullptr;
    for (const Questionnaire& questionnaire : model.questionnaires)
        if (questionnaire.id == m_questionnaire &&
            (found == nullptr || questionnaire.version > found->version))
            found = &questionnaire;
    return found;
}

std::string FeedbackScreen::text(const LocalText& local, const Questionnaire& questionnaire) const
{
    return std::string(text_in(local, m_language, questionnaire));
}

std::vector<Answer> FeedbackScreen::answers(const Questionnaire& questionnaire) const
{
    std::vector<Answer> given;
    for (const Question& question : questionnaire.questions)
        if (const auto answer = m_answers.find(question.id); answer != m_answers.end())
            given.push_back({question.id, answer->second});
    return given;
}

std::vector<const Question*> FeedbackScreen::pages(const Questionnaire& questionnaire) const
{
    return questionnaire.shown(answers(questionnaire));
}

void FeedbackScreen::go_to(Step step)
{
    m_step = step;
    m_answer_missing = false;
    Context::current().scroll_to_top();
}

void FeedbackScreen::draw_set_up(const AppModel& model, CommandQueue& commands)
{
    title_heading(tr("feedback.set_up"));
    body_soft(tr(model.device.is_kiosk ? "feedback.set_up_kiosk" : "feedback.set_up_text"));
    gap(24);
    if (model.questionnaires.empty()) {
        empty_state(Icon::Speech, tr("feedback.no_questionnaire"), tr("feedback.no_questionnaire_text"));
        return;
    }
    std::vector<Option> questionnaires;
    for (const Questionnaire& questionnaire : model.questionnaires)
        questionnaires.push_back(
            {questionnaire.id, std::string(text_in(questionnaire.title, "en", questionnaire))});
    widgets::select(tr("feedback.questionnaire"), questionnaires, m_questionnaire);
    gap(24);
    std::vector<Option> places;
    for (auto event = model.events.rbegin(); event != model.events.rend(); ++event)
        places.push_back({"event/" + event->id, event->title, event_line(*event, model)});
    for (const PlaceModel& place : model.places)
        places.push_back({"place/" + place.id, place.title});
    widgets::select(
        tr("feedback.about"), places, m_about,
        {.field = {.error = m_answer_missing && m_about.empty() ? tr("feedback.about_missing") : ""},
         .empty_text = tr("feedback.no_places")});
    gap(32);
    if (primary_button(tr("feedback.hand_over"))) {
        if (m_about.empty() || chosen(model) == nullptr) {
            m_answer_missing = true;
        } else {
            SettingsModel settings = model.settings;
            settings.feedback_place = m_about;
            settings.feedback_questionnaire = m_questionnaire;
            commands.push(ChangeSettings{settings});
            go_to(Step::Welcome);
        }
    }
}

void FeedbackScreen::draw_welcome(const AppModel& model)
{
    const Questionnaire* questionnaire = chosen(model);
    if (questionnaire == nullptr) {
        go_to(Step::SetUp);
        return;
    }
    gap(48);
    display_heading(text(questionnaire->title, *questionnaire));
    gap(8);
    const std::string intro = text(questionnaire->intro, *questionnaire);
    large(intro.empty() ? std::string(tr("feedback.intro")) : intro);
    gap(32);
    if (primary_button(tr("feedback.start"), {.icon = Icon::Forward})) {
        m_page = 0;
        go_to(Step::Questions);
    }
    // Only languages whose letters this window can draw.
    std::vector<Option> languages;
    for (const std::string& code : questionnaire->languages)
        if (const char* name = language_name(code);
            name != nullptr && can_show(text_in(questionnaire->title, code, *questionnaire)))
            languages.push_back({code, name});
    if (languages.size() > 1) {
        gap(48);
        const Narrow narrow(520);
        segmented(tr("feedback.language"), languages, m_language);
    }
    gap(48);
    notice(Icon::Lock, tr("feedback.privacy"), Tone::Neutral);
}

void FeedbackScreen::draw_question(const Questionnaire& questionnaire)
{
    const auto shown = pages(questionnaire);
    m_page = std::min(m_page, shown.size() - 1);
    const Question& question = *shown[m_page];
    ImGui::PushID(question.id.c_str());
    progress(tr("feedback.progress"), static_cast<int>(m_page) + 1, static_cast<int>(shown.size()) + 1);
    gap(12);
    body_soft(tr("feedback.question_number",
                 {{"number", std::to_string(m_page + 1)}, {"of", std::to_string(shown.size())}}));
    gap(8);
    const std::string title = text(question.text, questionnaire);
    title_heading(title);
    const std::string help = text(question.help, questionnaire);
    if (!help.empty())
        body_soft(help);
    if (m_answer_missing) {
        gap(12);
        notice(Icon::Warning, tr("feedback.answer_needed"), Tone::Bad);
    }
    gap(24);
    const auto given = m_answers.find(question.id);
    const auto keep = [&](AnswerValue value) {
        m_answers[question.id] = std::move(value);
        m_answer_missing = false;
    };
    switch (question.type) {
    case QuestionType::Smiley:
    case QuestionType::Scale: {
        std::optional<std::int64_t> value;
        if (given != m_answers.end())
            value = std::get<std::int64_t>(given->second);
        const bool changed = question.type == QuestionType::Smiley
                                 ? smiley_scale(title, mood_words(), value)
                                 : number_scale(title, 0, 10, text(question.low, questionnaire),
                                                text(question.high, questionnaire), value);
        if (changed)
            keep(*value);
        break;
    }
    case QuestionType::Single: {
        std::string value;
        if (given != m_answers.end())
            value = std::get<std::vector<std::string>>(given->second).front();
        if (choice_list(title, options_of(question, m_language, questionnaire), value,
                        {.has_hidden_label = true}))
            keep(std::vector<std::string>{value});
        break;
    }
    case QuestionType::Multiple: {
        std::vector<std::string> value;
        if (given != m_answers.end())
            value = std::get<std::vector<std::string>>(given->second);
        body_soft(tr("feedback.choose_any"));
        gap(12);
        if (check_list(title, options_of(question, m_language, questionnaire), value,
                       {.has_hidden_label = true})) {
            if (value.empty())
                m_answers.erase(question.id);
            else
                keep(value);
        }
        break;
    }
    case QuestionType::YesNo: {
        std::string value;
        if (given != m_answers.end())
            value = std::get<bool>(given->second) ? "yes" : "no";
        if (segmented(title, {{"yes", tr("feedback.yes")}, {"no", tr("feedback.no")}}, value,
                      {.has_hidden_label = true}))
            keep(value == "yes");
        break;
    }
    case QuestionType::Text: {
        std::string value;
        if (given != m_answers.end())
            value = std::get<std::string>(given->second);
        const auto most = question.length_max > 0 ? static_cast<std::size_t>(question.length_max) : 2000;
        if (text_area(title, value, {.code_points_max = most, .rows = 5, .has_hidden_label = true}).changed) {
            if (value.empty())
                m_answers.erase(question.id);
            else
                keep(value);
        }
        gap(8);
        body_soft(tr("feedback.no_names"));
        break;
    }
    }
    ImGui::PopID();
}

void FeedbackScreen::draw_about_you()
{
    title_heading(tr("about_you.title"));
    body_soft(tr("about_you.text"));
    gap(24);
    choice_list(tr("about_you.age"),
                {{"", tr("about_you.not_say")},
                 {"under_16", tr("about_you.under_16")},
                 {"16_24", tr("about_you.16_24")},
                 {"25_44", tr("about_you.25_44")},
                 {"45_64", tr("about_you.45_64")},
                 {"65_over", tr("about_you.65_over")}},
                m_about_you.age_band);
    gap(32);
    choice_list(tr("about_you.connection"),
                {{"", tr("about_you.not_say")},
                 {"lives_here", tr("about_you.lives_here")},
                 {"works_here", tr("about_you.works_here")},
                 {"visits", tr("about_you.visits")}},
                m_about_you.connection);
}

std::string FeedbackScreen::answer_words(const Question& question, const Questionnaire& questionnaire) const
{
    const auto given = m_answers.find(question.id);
    if (given == m_answers.end())
        return tr("feedback.skipped");
    if (const auto* point = std::get_if<std::int64_t>(&given->second))
        return question.type == QuestionType::Smiley ? mood_words()[static_cast<std::size_t>(*point - 1)]
                                                     : std::to_string(*point);
    if (const auto* yes = std::get_if<bool>(&given->second))
        return tr(*yes ? "feedback.yes" : "feedback.no");
    if (const auto* words_given = std::get_if<std::string>(&given->second))
        return *words_given;
    std::string list;
    for (const std::string& id : std::get<std::vector<std::string>>(given->second))
        for (const QuestionOption& option : question.options)
            if (option.id == id)
                list += (list.empty() ? "" : "\n") + text(option.text, questionnaire);
    return list;
}

void FeedbackScreen::draw_review(const AppModel&, const Questionnaire& questionnaire, CommandQueue& commands)
{
    title_heading(tr("feedback.review"));
    body_soft(tr("feedback.review_text"));
    gap(16);
    const auto shown = pages(questionnaire);
    for (std::size_t index = 0; index < shown.size(); ++index) {
        ImGui::PushID(static_cast<int>(index));
        if (list_row(text(shown[index]->text, questionnaire),
                     {.detail = answer_words(*shown[index], questionnaire)})) {
            m_page = index;
            go_to(Step::Questions);
        }
        ImGui::PopID();
    }
    gap(32);
    if (m_answer_missing) {
        notice(Icon::Warning, tr("feedback.nothing_answered"), Tone::Bad);
        gap(16);
    }
    if (primary_button(tr("feedback.send"), {.icon = Icon::Check})) {
        SaveFeedback save;
        const std::size_t slash = m_about.find('/');
        (m_about.starts_with("event/") ? save.about.event : save.about.place) = m_about.substr(slash + 1);
        save.body.questionnaire = questionnaire.id;
        save.body.questionnaire_version = questionnaire.version;
        save.body.language = m_language;
        for (const Question* question : shown)
            if (const auto answer = m_answers.find(question->id); answer != m_answers.end())
                save.body.answers.push_back({question->id, answer->second});
        save.body.about_you = m_about_you;
        if (save.body.answers.empty()) {
            m_answer_missing = true;
        } else {
            commands.push(save);
            go_to(Step::Thanks);
        }
    }
}

void FeedbackScreen::draw_thanks(const AppModel& model, const Questionnaire& questionnaire,
                                 CommandQueue& commands)
{
    Context& ui = Context::current();
    gap(64);
    const auto rect = next_rect(ui.dp(96), ui.dp(96));
    draw_fill(rect, ui.palette().good_soft, rect.width / 2);
    draw_icon(Icon::Check, {rect.x + ui.dp(26), rect.y + ui.dp(26)}, ui.dp(44), ui.palette().good);
    ImGui::Dummy(ImVec2(rect.width, rect.height));
    gap(24);
    const std::string thanks = text(questionnaire.thanks, questionnaire);
    display_heading(thanks.empty() ? std::string(tr("feedback.thanks")) : thanks);
    gap(8);
    large(tr("feedback.thanks_text"));
    gap(32);
    if (primary_button(tr("feedback.another")))
        start_anew(model), go_to(model.device.is_kiosk ? Step::Welcome : m_step);
    if (!model.device.is_kiosk) {
        gap(12);
        if (secondary_button(tr("feedback.done"), {.icon = Icon::Home}))
            commands.push(Go{{ScreenName::Home}});
    }
}

void FeedbackScreen::draw_footer(const Questionnaire& questionnaire)
{
    begin_footer();
    Columns columns({-180, 1, -220}, 16);
    columns.next();
    if (secondary_button(tr("feedback.previous"), {.icon = Icon::Back})) {
        if (m_step == Step::AboutYou)
            go_to(Step::Questions);
        else if (m_page > 0)
            --m_page, go_to(Step::Questions);
        else
            go_to(Step::Welcome);
    }
    columns.next();
    ImGui::Dummy(ImVec2(1, 1));
    columns.next();
    if (primary_button(tr("feedback.next"), {.fill_width = true})) {
        if (m_step == Step::AboutYou) {
            go_to(Step::Review);
            return;
        }
        const auto shown = pages(questionnaire);
        if (shown[m_page]->required && !m_answers.contains(shown[m_page]->id)) {
            m_answer_missing = true;
        } else if (m_page + 1 < shown.size()) {
            ++m_page;
            go_to(Step::Questions);
        } else {
            go_to(Step::AboutYou);
        }
    }
}

void FeedbackScreen::watch_idle(const AppModel& model, CommandQueue&)
{
    if (!model.device.is_kiosk)
        return;
    Context& ui = Context::current();
    const ImGuiIO& io = ImGui::GetIO();
    const bool is_touched = io.MouseDown[0] || io.MouseDelta.x != 0 || io.MouseDelta.y != 0 ||
                            !ui.keyboard().empty() || ui.screen_is_new();
    if (is_touched || m_touched_at_s == 0)
        m_touched_at_s = ui.now_s();
    const double idle = ui.now_s() - m_touched_at_s;
    if (m_step == Step::Welcome || m_step == Step::SetUp)
        return;
    if (idle > (m_step == Step::Thanks ? thanks_s : idle_reset_s)) {
        start_anew(model);
        m_touched_at_s = ui.now_s();
        ui.wake_in(0);
    } else if (m_step == Step::Thanks) {
        ui.wake_in(thanks_s - idle + 0.05);
    } else if (idle > idle_ask_s) {
        const DialogResult dialog = begin_dialog(tr("feedback.still_there"));
        body(tr("feedback.still_there_text",
                {{"count", std::to_string(static_cast<int>(std::ceil(idle_reset_s - idle)))}}));
        gap(24);
        if (primary_button(tr("feedback.still_here"), {.fill_width = true}) || dialog.dismissed)
            m_touched_at_s = ui.now_s();
        end_dialog();
        ui.wake_in(1);
    } else {
        ui.wake_in(idle_ask_s - idle + 0.05);
    }
}

void FeedbackScreen::draw(const AppModel& model, CommandQueue& commands)
{
    const Questionnaire* questionnaire = chosen(model);
    const bool has_footer =
        (m_step == Step::Questions || m_step == Step::AboutYou) && questionnaire != nullptr;
    if (model.device.is_kiosk) {
        // Full screen, with nothing around it that a resident could stray into.
        PageOptions page;
        page.has_header = false;
        page.has_footer = has_footer;
        page.column_width = 820;
        static_cast<void>(begin_page(page));
        if (!model.failure.empty()) {
            notice(Icon::Warning, model.failure, Tone::Bad);
            gap(24);
        }
    } else {
        begin_screen(model, commands,
                     {.title = tr("feedback.title"), .has_footer = has_footer, .column_width = 820});
    }
    if (model.is_loading) {
        loading(tr("app.loading"));
    } else if (questionnaire == nullptr || m_step == Step::SetUp) {
        draw_set_up(model, commands);
    } else {
        switch (m_step) {
        case Step::SetUp:
            break;
        case Step::Welcome:
            draw_welcome(model);
            break;
        case Step::Questions:
            draw_question(*questionnaire);
            break;
        case Step::AboutYou:
            draw_about_you();
            break;
        case Step::Review:
            draw_review(model, *questionnaire, commands);
            break;
        case Step::Thanks:
            draw_thanks(model, *questionnaire, commands);
            break;
        }
    }
    watch_idle(model, commands);
    if (has_footer)
        draw_footer(*questionnaire);
    if (model.device.is_kiosk) {
        end_page();
        static_cast<void>(escape_pressed());
    } else {
        end_screen(commands);
    }
}

} // namespace tally::client::screens
