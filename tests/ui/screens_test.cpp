#include "client/screens/forms.h"
#include "tests/ui/sample_model.h"
#include "tests/ui/screen_harness.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tally;
using namespace tally::client;
using namespace tally::client::screens;
using accessibility::Role;
using tally::test::ScreenHarness;
using widgets::Key;

namespace {

/// The badge has the name of the button that it stands for.
std::ptrdiff_t buttons_named(const ScreenHarness& screen, std::string_view name)
{
    const auto& nodes = screen.tree().nodes();
    return std::count_if(nodes.begin(), nodes.end(), [&](const accessibility::Node& node) {
        return node.role == Role::Button && node.name == name;
    });
}

} // namespace

TEST_CASE("a device that is not enrolled offers only to be set up")
{
    ScreenHarness screen(test::fresh_model());
    CHECK(screen.find(Role::Button, screen.text("home.hours")) == nullptr);
    screen.press(Role::Button, screen.text("home.enrol"));
    CHECK(screen.model.route.screen == ScreenName::Enrol);
    CHECK(screen.focused() == screen.text("enrol.code"));
    screen.type("8WSV-G3T3-AAB3");
    screen.key(Key::Enter);
    REQUIRE(screen.last<Enrol>() != nullptr);
    CHECK(screen.last<Enrol>()->code == "8WSV-G3T3-AAB3");
    CHECK(screen.last<Enrol>()->pin.empty());
}

TEST_CASE("enrolment asks for the code and for a PIN that is long enough")
{
    ScreenHarness screen(test::fresh_model());
    screen.go(ScreenName::Enrol);
    screen.press(Role::Button, screen.text("enrol.enrol"));
    CHECK(screen.last<Enrol>() == nullptr);
    CHECK(screen.find(Role::TextField, screen.text("enrol.code"))->states.invalid);
    screen.type_into(Role::TextField, screen.text("enrol.code"), "ABC");
    screen.type_into(Role::TextField, screen.text("enrol.pin"), "12");
    screen.press(Role::Button, screen.text("enrol.enrol"));
    CHECK(screen.last<Enrol>() == nullptr);
    CHECK(screen.find(Role::TextField, screen.text("enrol.pin"))->states.invalid);
    // A secret is never given away by the tree.
    CHECK(screen.find(Role::TextField, screen.text("enrol.pin"))->value.empty());
}

TEST_CASE("an hours entry needs a name and what was done, the device knows the rest")
{
    ScreenHarness screen(test::sample_model());
    screen.press(Role::Button, screen.text("home.hours"));
    screen.type_into(Role::TextField, screen.text("hours.activity"), "Planted bulbs");
    screen.type_into(Role::TextField, screen.text("hours.name"), "Grace Okafor");
    screen.press(Role::Button, screen.text("hours.save"));
    const SaveHours* saved = screen.last<SaveHours>();
    REQUIRE(saved != nullptr);
    CHECK(saved->about.event == "e2");
    CHECK(saved->about.contract == "LCC-2026-014");
    CHECK(saved->about.measure == "NT86");
    CHECK(saved->about.place == "moor-park");
    CHECK(saved->body.activity == "Planted bulbs");
    CHECK(saved->body.people.name == "Grace Okafor");
    CHECK(saved->body.date == Date{2026, 11, 28});
    CHECK(saved->body.start_min == 600);
    CHECK(saved->body.end_min == 780);
    CHECK(saved->body.whose_time == WhoseTime::SupplierStaff);
    CHECK(saved->draft == "hours");
    CHECK_FALSE(saved->amendment.has_value());
}

TEST_CASE("an incomplete hours form says what is missing and saves nothing")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.press(Role::Button, screen.text("hours.save"));
    CHECK(screen.last<SaveHours>() == nullptr);
    CHECK(screen.find(Role::TextField, screen.text("hours.activity"))->states.invalid);
    // Pressing a line of the summary leads to its field.
    screen.press(Role::Button, "Say what was done.");
    CHECK(screen.focused() == screen.text("hours.activity"));
    screen.type("Litter pick");
    CHECK_FALSE(screen.find(Role::TextField, screen.text("hours.activity"))->states.invalid);
}

TEST_CASE("hours of a group are counted by heads")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.type_into(Role::TextField, screen.text("hours.activity"), "Litter pick");
    screen.press(Role::Radio, screen.text("hours.residents"));
    screen.press(Role::Radio, screen.text("hours.group"));
    screen.type_into(Role::SpinButton, screen.text("hours.adults"), "9");
    screen.press(Role::Button, "More: " + screen.text("hours.under_18"));
    screen.press(Role::Button, "More: " + screen.text("hours.under_18"));
    CHECK(screen.tree().says("33 h"));
    screen.press(Role::Button, screen.text("hours.save"));
    REQUIRE(screen.last<SaveHours>() != nullptr);
    CHECK(screen.last<SaveHours>()->body.people.adults == 9);
    CHECK(screen.last<SaveHours>()->body.people.under_18 == 2);
    CHECK(screen.last<SaveHours>()->body.whose_time == WhoseTime::Residents);
}

TEST_CASE("start, end and duration of hours move together")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.type_into(Role::TextField, screen.text("hours.start"), "930");
    CHECK(screen.find(Role::TextField, screen.text("hours.end"))->value == "12:30");
    screen.type_into(Role::TextField, screen.text("hours.duration"), "1.5");
    CHECK(screen.find(Role::TextField, screen.text("hours.end"))->value == "11:00");
    screen.type_into(Role::TextField, screen.text("hours.end"), "00:15");
    screen.key(Key::Tab);
    CHECK(screen.find(Role::TextField, screen.text("hours.duration"))->value == "14:45");
}

TEST_CASE("what is typed becomes a draft from which the form starts again")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.type_into(Role::TextField, screen.text("hours.activity"), "Half a sen");
    const SaveDraft* draft = screen.last<SaveDraft>();
    REQUIRE(draft != nullptr);
    CHECK(draft->id == "hours");

    AppModel later = test::sample_model();
    later.drafts.push_back({draft->id, draft->text, later.now});
    later.route = {ScreenName::Hours};
    // One harness at a time: ImGui has one current context.
    const std::string label = screen.text("hours.activity");
    const auto form = hours_from_draft(draft->text);
    REQUIRE(form.has_value());
    CHECK(form->activity == "Half a sen");
    screen.model = later;
    screen.go(ScreenName::Home);
    CHECK(screen.find(Role::ListRow, screen.text("home.draft_hours")) != nullptr);
    screen.press(Role::ListRow, screen.text("home.draft_hours"));
    CHECK(screen.find(Role::TextField, label)->value == "Half a sen");
}

TEST_CASE("a form can be filled and saved by keyboard alone")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    for (int tabs = 0; tabs < 40 && screen.focused() != screen.text("hours.activity"); ++tabs)
        screen.key(Key::Tab);
    REQUIRE(screen.focused() == screen.text("hours.activity"));
    screen.type("Read with year 4");
    for (int tabs = 0; tabs < 40 && screen.focused() != screen.text("hours.name"); ++tabs)
        screen.key(Key::Tab);
    screen.type("Amina Patel");
    for (int tabs = 0; tabs < 40 && screen.focused() != screen.text("hours.save"); ++tabs)
        screen.key(Key::Tab);
    REQUIRE(screen.focused() == screen.text("hours.save"));
    screen.key(Key::Enter);
    REQUIRE(screen.last<SaveHours>() != nullptr);
    CHECK(screen.last<SaveHours>()->body.people.name == "Amina Patel");
}

TEST_CASE("Escape goes back, and first closes what lies above the page")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.press(Role::Select, screen.text("hours.measure"));
    CHECK(screen.find(Role::Dialog, screen.text("hours.measure")) != nullptr);
    screen.key(Key::Escape);
    CHECK(screen.find(Role::Dialog, screen.text("hours.measure")) == nullptr);
    CHECK(screen.last<GoBack>() == nullptr);
    screen.key(Key::Escape);
    CHECK(screen.last<GoBack>() != nullptr);
}

TEST_CASE("a dialog keeps the keyboard and nothing below it can be pressed")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Hours);
    screen.press(Role::Select, screen.text("hours.measure"));
    for (int tabs = 0; tabs < 12; ++tabs) {
        screen.key(Key::Tab);
        for (const auto& node : screen.tree().nodes())
            if (node.states.focused)
                CHECK(node.layer == 1);
    }
    screen.press(Role::ListRow, "Hours of support for people who are out of work");
    CHECK(screen.find(Role::Select, screen.text("hours.measure"))->value ==
          "Hours of support for people who are out of work");
}

TEST_CASE("forty people sign in by typing a name and Enter")
{
    AppModel model = test::sample_model();
    test::open_sample_sheet(model);
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::SignIn, "e2");
    CHECK(screen.focused() == screen.text("signin.name"));
    for (int person = 0; person < 40; ++person) {
        screen.type("Person " + std::to_string(person));
        screen.key(Key::Enter);
        CHECK(screen.focused() == screen.text("signin.name"));
        CHECK(screen.find(Role::TextField, screen.text("signin.name"))->value.empty());
    }
    CHECK(screen.count<SignIn>() == 40);
    CHECK(screen.last<SignIn>()->name == "Person 39");
    CHECK(screen.last<SignIn>()->whose_time == WhoseTime::Residents);
}

TEST_CASE("people are signed out one by one, or everybody after a question")
{
    AppModel model = test::sample_model();
    test::open_sample_sheet(model);
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::SignIn, "e2");
    screen.press(Role::Button, "Sign out Grace Okafor");
    REQUIRE(screen.last<SignOut>() != nullptr);
    CHECK(screen.last<SignOut>()->row == "Grace Okafor");
    screen.press(Role::Button, screen.text("signin.everybody_out"));
    CHECK(screen.last<SignOutEverybody>() == nullptr);
    screen.press(Role::Button, screen.text("nav.cancel"));
    CHECK(screen.last<SignOutEverybody>() == nullptr);
    screen.press(Role::Button, screen.text("signin.everybody_out"));
    screen.key(Key::Enter); // the dialog's first button has the focus
    CHECK(screen.last<SignOutEverybody>() != nullptr);
}

TEST_CASE("a queried entry shows its question and leads to a filled form that needs a reason")
{
    ScreenHarness screen(test::sample_model());
    CHECK(screen.tree().says("Which school was this?"));
    screen.press(Role::ListRow, "Reading with year 4");
    CHECK(screen.model.route.screen == ScreenName::Entry);
    screen.press(Role::Button, screen.text("entry.answer"));
    CHECK(screen.model.route.screen == ScreenName::Hours);
    CHECK(screen.find(Role::TextField, screen.text("hours.activity"))->value == "Reading with year 4");
    screen.type_into(Role::TextField, screen.text("hours.host"), "Moor Park Primary School");
    screen.press(Role::Button, screen.text("hours.save"));
    CHECK(screen.last<SaveHours>() == nullptr);
    screen.type_into(Role::TextArea, screen.text("amend.reason"), "Named the school");
    screen.press(Role::Button, screen.text("hours.save"));
    const SaveHours* saved = screen.last<SaveHours>();
    REQUIRE(saved != nullptr);
    REQUIRE(saved->amendment.has_value());
    CHECK(saved->amendment->reason == "Named the school");
    CHECK(saved->body.host == "Moor Park Primary School");
    CHECK(saved->body.minutes() == 150);
}

TEST_CASE("withdrawing an entry asks why")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Entry, screen.model.entries[3].id.text());
    screen.activate(Role::Button, screen.text("entry.withdraw"));
    screen.press(Role::Button, screen.text("withdraw.confirm"));
    CHECK(screen.last<Withdraw>() == nullptr);
    screen.type_into(Role::TextArea, screen.text("withdraw.reason"), "Entered twice");
    screen.press(Role::Button, screen.text("withdraw.confirm"));
    REQUIRE(screen.last<Withdraw>() != nullptr);
    CHECK(screen.last<Withdraw>()->reason == "Entered twice");
}

TEST_CASE("entries are filtered by state")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Entries);
    CHECK(screen.find(Role::ListRow, "Litter pick by the canal") != nullptr);
    screen.press(Role::Radio, "Question (1)");
    CHECK(screen.find(Role::ListRow, "Litter pick by the canal") == nullptr);
    CHECK(screen.find(Role::ListRow, "Reading with year 4") != nullptr);
}

TEST_CASE("lists say so when they are empty, and when they are being read")
{
    AppModel model = test::sample_model();
    model.entries.clear();
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Entries);
    CHECK(screen.tree().says(screen.text("entries.empty")));
    screen.model.is_loading = true;
    screen.frame();
    CHECK(screen.tree().says(screen.text("app.loading")));
    screen.model.is_loading = false;
    screen.model.events.clear();
    screen.go(ScreenName::SignIn);
    CHECK(screen.tree().says(screen.text("signin.no_events")));
    screen.model.questionnaires.clear();
    screen.go(ScreenName::Feedback);
    CHECK(screen.tree().says(screen.text("feedback.no_questionnaire")));
}

TEST_CASE("a failure of the store is shown on every screen")
{
    AppModel model = test::sample_model();
    model.failure = "There is no space left on this device.";
    ScreenHarness screen(std::move(model));
    for (const ScreenName name :
         {ScreenName::Home, ScreenName::Hours, ScreenName::SignIn, ScreenName::Story, ScreenName::Delivery,
          ScreenName::Feedback, ScreenName::Entries, ScreenName::Settings}) {
        screen.go(name);
        CHECK(screen.find(Role::Alert, "There is no space left on this device.") != nullptr);
    }
}

TEST_CASE("locked entries ask for the PIN and never show it")
{
    AppModel model = test::sample_model();
    model.lock = {.has_pin = true, .is_unlocked = false, .is_busy = false, .problem = ""};
    for (EntryModel& entry : model.entries) {
        entry.words = nullptr;
        entry.needs_pin = true;
    }
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Entries);
    CHECK(screen.tree().says(screen.text("entry.locked")));
    screen.type_into(Role::TextField, screen.text("lock.pin"), "2468");
    CHECK_FALSE(screen.tree().says("2468"));
    screen.key(Key::Enter);
    REQUIRE(screen.last<Unlock>() != nullptr);
    CHECK(screen.last<Unlock>()->pin == "2468");
    screen.model.lock.problem = "That PIN is not right.";
    screen.frame();
    CHECK(screen.find(Role::TextField, screen.text("lock.pin"))->states.invalid);
}

TEST_CASE("feedback asks one question a page, skips what does not apply, and can be changed at the end")
{
    AppModel model = test::sample_model();
    model.questionnaires.clear();
    const auto load = parse_questionnaire(R"({
        "schema": "sv-questionnaire/1", "id": "q", "version": 1, "languages": ["en"],
        "title": {"en": "This place"}, "intro": {"en": "Short."}, "thanks": {"en": "Thanks a lot."},
        "questions": [
            {"id": "feel", "type": "smiley", "required": true, "text": {"en": "How is it?"}},
            {"id": "why", "type": "text", "text": {"en": "What was wrong?"}, "show_if": [{"question": "feel", "at_most": 2}]},
            {"id": "again", "type": "yes_no", "text": {"en": "Will you come again?"}}
        ]})");
    for (const Error& problem : load.problems)
        MESSAGE(problem.text());
    REQUIRE(load.questionnaire.has_value());
    model.questionnaires.push_back(*load.questionnaire);
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Feedback);
    screen.press(Role::Button, screen.text("feedback.hand_over"));
    screen.press(Role::Button, screen.text("feedback.start"));
    CHECK(screen.tree().says("How is it?"));
    screen.press(Role::Button, screen.text("feedback.next"));
    CHECK(screen.tree().says(screen.text("feedback.answer_needed")));
    screen.press(Role::Radio, screen.text("mood.5"));
    screen.press(Role::Button, screen.text("feedback.next"));
    CHECK(screen.tree().says("Will you come again?"));
    screen.press(Role::Radio, screen.text("feedback.yes"));
    screen.press(Role::Button, screen.text("feedback.next"));
    CHECK(screen.tree().says(screen.text("about_you.title")));
    screen.press(Role::Button, screen.text("feedback.next"));
    CHECK(screen.tree().says(screen.text("feedback.review")));
    screen.press(Role::ListRow, "Will you come again?");
    screen.press(Role::Radio, screen.text("feedback.no"));
    screen.press(Role::Button, screen.text("feedback.next"));
    screen.press(Role::Button, screen.text("feedback.next"));
    screen.press(Role::Button, screen.text("feedback.send"));
    const SaveFeedback* saved = screen.last<SaveFeedback>();
    REQUIRE(saved != nullptr);
    CHECK(saved->about.event == "e2");
    CHECK(saved->body.questionnaire == "q");
    REQUIRE(saved->body.answers.size() == 2);
    CHECK(std::get<std::int64_t>(saved->body.answers[0].value) == 5);
    CHECK(std::get<bool>(saved->body.answers[1].value) == false);
    CHECK(screen.tree().says("Thanks a lot."));
}

TEST_CASE("a kiosk shows nothing but feedback, keeps no drafts and starts anew when left alone")
{
    AppModel model = test::sample_model();
    model.device.is_kiosk = true;
    model.settings.feedback_place = "place/harris";
    model.settings.feedback_questionnaire = "public-place";
    model.route = {ScreenName::Feedback};
    ScreenHarness screen(std::move(model));
    CHECK(screen.find(Role::Button, screen.text("nav.back")) == nullptr);
    CHECK(screen.find(Role::Button, screen.text("sync.now")) == nullptr);
    screen.press(Role::Button, screen.text("feedback.start"));
    screen.press(Role::Radio, screen.text("mood.1"));
    screen.key(Key::Escape);
    CHECK(screen.last<GoBack>() == nullptr);
    screen.advance_s(65);
    screen.frame();
    CHECK(screen.find(Role::Dialog, screen.text("feedback.still_there")) != nullptr);
    screen.advance_s(20);
    screen.frame(3);
    CHECK(screen.find(Role::Button, screen.text("feedback.start")) != nullptr);
    screen.press(Role::Button, screen.text("feedback.start"));
    for (const auto& node : screen.tree().nodes())
        CHECK_FALSE(node.states.checked);
    CHECK(screen.last<SaveDraft>() == nullptr);
    CHECK(screen.last<SaveFeedback>() == nullptr);
}

TEST_CASE(
    "a story carries its quotes, its consents with withdrawal codes, and the organisation's permission apart")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Story);
    screen.type_into(Role::TextField, screen.text("story.title_field"), "A path that everybody can use");
    screen.type_into(Role::TextArea, screen.text("story.what"), "We laid a path.");
    screen.type_into(Role::TextArea, screen.text("story.changed"), "Wheelchairs get to the pond.");
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.add_quote"));
    screen.type_into(Role::TextArea, screen.text("story.quote"), "I have not seen the ducks for years.");
    screen.type_into(Role::TextField, screen.text("story.speaker"), "a resident");
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("consent.add"));
    screen.type_into(Role::TextField, screen.text("consent.person"), "Maureen Duckworth");
    screen.press(Role::CheckBox, "Reports to the council, seen by the council and its auditors");
    screen.press(Role::CheckBox, screen.text("consent.spoken"));
    screen.press(Role::CheckBox, screen.text("story.has_permission"));
    screen.type_into(Role::TextField, screen.text("story.organisation"), "Friends of Moor Park");
    screen.type_into(Role::TextField, screen.text("story.given_by"), "Mr Walsh");
    screen.press(Role::Button, screen.text("story.next"));
    CHECK(screen.tree().says("Maureen Duckworth"));
    screen.press(Role::Button, screen.text("story.save"));
    const SaveStory* saved = screen.last<SaveStory>();
    REQUIRE(saved != nullptr);
    CHECK(saved->body.title == "A path that everybody can use");
    REQUIRE(saved->body.quotes.size() == 1);
    CHECK(saved->body.quotes[0].speaker == "a resident");
    REQUIRE(saved->body.consents.size() == 1);
    CHECK(saved->body.consents[0].uses == std::vector{ConsentUse::Report});
    CHECK(saved->body.consents[0].withdrawal_code.size() == 9);
    CHECK(saved->signatures.empty());
    REQUIRE(saved->body.organisation_permission.has_value());
    CHECK(saved->body.organisation_permission->given_by == "Mr Walsh");
}

TEST_CASE("a signature is drawn with the pointer")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Story);
    screen.type_into(Role::TextField, screen.text("story.title_field"), "T");
    screen.type_into(Role::TextArea, screen.text("story.what"), "W");
    screen.type_into(Role::TextArea, screen.text("story.changed"), "C");
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("consent.add"));
    screen.type_into(Role::TextField, screen.text("consent.person"), "Alan");
    screen.press(Role::CheckBox, "Public websites");
    screen.ui().focus(screen.find(Role::CheckBox, screen.text("consent.spoken"))->id); // into sight
    screen.frame(2);
    screen.press(Role::Drawing, screen.text("consent.signature"));
    CHECK(screen.find(Role::Drawing, screen.text("consent.signature"))->value ==
          screen.text("widgets.signed"));
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.save"));
    REQUIRE(screen.last<SaveStory>() != nullptr);
    REQUIRE(screen.last<SaveStory>()->signatures.size() == 1);
    CHECK_FALSE(screen.last<SaveStory>()->signatures[0].strokes.empty());
}

TEST_CASE("photos that are dropped on the story are imported")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Story);
    screen.press(Role::Button, screen.text("story.next"));
    screen.ui().drop_file("/home/amina/DSC_0001.JPG");
    screen.frame();
    REQUIRE(screen.last<ImportPhoto>() != nullptr);
    CHECK(screen.last<ImportPhoto>()->file == "/home/amina/DSC_0001.JPG");
    screen.model.photos.push_back({"/home/amina/DSC_0001.JPG", std::string(64, 'a'), {}, ""});
    screen.frame();
    screen.type_into(Role::TextField, screen.text("story.caption"), "The new path");
    REQUIRE(screen.last<SaveDraft>() != nullptr);
    const auto form = story_from_draft(screen.last<SaveDraft>()->text);
    REQUIRE(form.has_value());
    REQUIRE(form->photos.size() == 1);
    CHECK(form->photos[0].caption == "The new path");
}

TEST_CASE("a delivery is a number in the measure's unit")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Delivery);
    screen.press(Role::Select, screen.text("delivery.measure"));
    screen.press(Role::ListRow, "Apprenticeship weeks on the contract");
    screen.type_into(Role::TextField, screen.text("delivery.quantity"), "lots");
    screen.type_into(Role::TextArea, screen.text("delivery.description"), "Two apprentices");
    screen.press(Role::Button, screen.text("delivery.save"));
    CHECK(screen.last<SaveDelivery>() == nullptr);
    screen.type_into(Role::TextField, screen.text("delivery.quantity"), "6.5");
    screen.press(Role::Button, screen.text("delivery.save"));
    REQUIRE(screen.last<SaveDelivery>() != nullptr);
    CHECK(screen.last<SaveDelivery>()->about.measure == "NT10");
    CHECK(screen.last<SaveDelivery>()->body.quantity->parts == 6 * 60'000 + 30'000);
}

TEST_CASE("people who count once a year are listed by reference, and the list says how many")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Delivery);
    CHECK(screen.find(Role::TextArea, screen.text("delivery.people")) == nullptr);
    screen.press(Role::Select, screen.text("delivery.measure"));
    screen.press(Role::ListRow, "Staff with access to a wellbeing programme");
    CHECK(screen.tree().says(screen.text("delivery.people_none")));
    screen.type_into(Role::TextArea, screen.text("delivery.description"), "Counselling for everybody");
    screen.type_into(Role::TextField, screen.text("delivery.quantity"), "12");
    screen.press(Role::Button, screen.text("delivery.save"));
    REQUIRE(screen.last<SaveDelivery>() != nullptr);
    CHECK(screen.last<SaveDelivery>()->body.people.empty());
    CHECK(screen.last<SaveDelivery>()->body.quantity->parts == 12 * 60'000);

    screen.type_into(Role::TextArea, screen.text("delivery.people"), "PR-1\n PR-2, PR-3\n\npr-1");
    CHECK_FALSE(screen.tree().says(screen.text("delivery.people_none")));
    CHECK(screen.tree().says("4 people"));
    screen.forget_commands();
    screen.press(Role::Button, screen.text("delivery.save"));
    CHECK(screen.last<SaveDelivery>() == nullptr);
    CHECK(screen.find(Role::TextArea, screen.text("delivery.people"))->states.invalid);
    screen.type_into(Role::TextArea, screen.text("delivery.people"), "PR-1\n PR-2, PR-3\n");
    const auto draft = delivery_from_draft(screen.last<SaveDraft>()->text);
    REQUIRE(draft.has_value());
    CHECK(draft->references().size() == 3);
    screen.press(Role::Button, screen.text("delivery.save"));
    REQUIRE(screen.last<SaveDelivery>() != nullptr);
    CHECK(screen.last<SaveDelivery>()->body.people == std::vector<std::string>{"PR-1", "PR-2", "PR-3"});
    CHECK(screen.last<SaveDelivery>()->body.quantity->parts == 3 * 60'000);
}

TEST_CASE("an erased entry shows when and why, and offers nothing to do with it")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Entries);
    CHECK(screen.tree().says("Erased on 3 Nov"));
    screen.press(Role::Radio, "Erased (1)");
    screen.press(Role::ListRow, screen.text("kind.story"));
    CHECK(screen.model.route.screen == ScreenName::Entry);
    CHECK(screen.tree().says(screen.text("state.erased_withdrawal")));
    CHECK(screen.tree().says("Tuesday 3 November 2026"));
    for (const char* key : {"entry.amend", "entry.answer", "entry.withdraw", "withdraw_consent.title"})
        CHECK(screen.find(Role::Button, screen.text(key)) == nullptr);
    CHECK_FALSE(screen.tree().says(screen.text("entry.sealed_text")));
}

TEST_CASE("what is counted in another form says so in words and cannot be amended")
{
    ScreenHarness screen(test::sample_model());
    for (const auto& [title, meaning] : {std::pair{"Litter pick, group sheet", "state.duplicate_text"},
                                         std::pair{"Mock interviews", "state.split_text"}}) {
        screen.go(ScreenName::Entries);
        screen.press(Role::ListRow, title);
        CHECK(screen.tree().says(screen.text(meaning)));
        CHECK(screen.find(Role::Button, screen.text("entry.amend")) == nullptr);
        CHECK(screen.find(Role::Button, screen.text("entry.withdraw")) == nullptr);
    }
}

TEST_CASE("an agreement is taken back with its code, after a question that Enter does not answer")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Settings);
    screen.activate(Role::Button, screen.text("withdraw_consent.title"));
    CHECK(screen.model.route.screen == ScreenName::WithdrawConsent);
    CHECK(screen.focused() == screen.text("consent.code"));
    screen.type("K7QD");
    screen.key(Key::Enter);
    CHECK(screen.find(Role::TextField, screen.text("consent.code"))->states.invalid);
    screen.type("-3mhx");
    screen.key(Key::Enter);
    CHECK(screen.find(Role::Dialog, screen.text("withdraw_consent.question")) != nullptr);
    screen.key(Key::Enter);
    CHECK(screen.find(Role::Dialog, screen.text("withdraw_consent.question")) == nullptr);
    CHECK(screen.last<WithdrawConsent>() == nullptr);
    screen.press(Role::Button, screen.text("withdraw_consent.next"));
    screen.press(Role::Button, screen.text("withdraw_consent.confirm"));
    REQUIRE(screen.last<WithdrawConsent>() != nullptr);
    CHECK(screen.last<WithdrawConsent>()->code == "K7QD-3mhx");

    screen.model.withdrawal.problem = "That is no code.";
    screen.frame();
    CHECK(screen.find(Role::Alert, "That is no code.") != nullptr);
    screen.model.withdrawal = {.is_busy = false, .is_done = true, .erased = 1, .problem = ""};
    screen.frame();
    CHECK(screen.tree().says(screen.text("withdraw_consent.erased_text")));
    screen.model.withdrawal.erased = 0;
    screen.frame();
    CHECK(screen.tree().says(screen.text("withdraw_consent.passed_on_text")));
    screen.press(Role::Button, screen.text("nav.done"));
    CHECK(screen.model.route.screen == ScreenName::Home);
}

TEST_CASE("nobody has agreed who neither signed nor said so, and further uses need a new signature")
{
    AppModel model = test::sample_model();
    Entry story;
    story.id = model.entries[0].id;
    story.about.contract = "LCC-2026-014";
    StoryBody body;
    body.title = "A path";
    body.what = "We laid it.";
    body.changed = "It is used.";
    body.consents = {
        {"Alan Whittle", {ConsentUse::Report}, "2025-9", "cy", std::string(64, 'a'), "AAAA-BBBB", false}};
    story.body = body;
    story.attachments = {
        {std::string(64, 'a'), std::string(64, 'b'), std::string(32, 'k'), 1234, "image/png", 400, 120, ""}};
    model.entries[0].kind = EvidenceKind::Story;
    model.entries[0].words = std::make_shared<const Entry>(story);
    const std::string id = story.id.text();
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Story, id);
    screen.type_into(Role::TextArea, screen.text("amend.reason"), "Better words");
    const auto save = [&] {
        for (int step = 0; step < 4; ++step)
            if (screen.find(Role::Button, screen.text("story.next")) != nullptr)
                screen.press(Role::Button, screen.text("story.next"));
        screen.forget_commands();
        screen.press(Role::Button, screen.text("story.save"));
        return screen.last<SaveStory>();
    };
    const SaveStory* saved = save();
    REQUIRE(saved != nullptr);
    CHECK(saved->body.consents[0].wording_version == "2025-9");
    CHECK(saved->body.consents[0].language == "cy");
    CHECK(saved->body.consents[0].signature == std::string(64, 'a'));

    screen.go(ScreenName::Home);
    screen.go(ScreenName::Story, id);
    screen.type_into(Role::TextArea, screen.text("amend.reason"), "Also on the web");
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.next"));
    CHECK(screen.tree().says(screen.text("consent.signed_before")));
    // The wording of that version is not here, and none is made up.
    CHECK(screen.tree().says(screen.text("consent.no_wording")));
}

TEST_CASE("a new use of an old agreement is asked with the new wording and signed anew")
{
    AppModel model = test::sample_model();
    Entry story;
    story.id = model.entries[0].id;
    story.about.contract = "LCC-2026-014";
    StoryBody body;
    body.title = "A path";
    body.what = "We laid it.";
    body.changed = "It is used.";
    body.consents = {
        {"Alan Whittle", {ConsentUse::Report}, "2026-1", "en", std::string(64, 'a'), "AAAA-BBBB", false}};
    story.body = body;
    story.attachments = {
        {std::string(64, 'a'), std::string(64, 'b'), std::string(32, 'k'), 1234, "image/png", 400, 120, ""}};
    model.entries[0].kind = EvidenceKind::Story;
    model.entries[0].words = std::make_shared<const Entry>(story);
    ConsentWording newer = model.consent_wordings.back();
    newer.version = "2027-1";
    model.consent_wordings.push_back(newer);
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Story, story.id.text());
    screen.type_into(Role::TextArea, screen.text("amend.reason"), "Also on the web");
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.next"));
    CHECK(screen.tree().says("Wording 2026-1"));
    screen.press(Role::CheckBox, "Public websites");
    CHECK(screen.tree().says("Wording 2027-1"));
    CHECK_FALSE(screen.tree().says(screen.text("consent.signed_before")));
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.save"));
    CHECK(screen.last<SaveStory>() == nullptr);
    CHECK(screen.tree().says(screen.text("consent.signature_missing")));
    screen.press(Role::CheckBox, screen.text("consent.spoken"));
    screen.press(Role::Button, screen.text("story.next"));
    screen.press(Role::Button, screen.text("story.save"));
    REQUIRE(screen.last<SaveStory>() != nullptr);
    CHECK(screen.last<SaveStory>()->body.consents[0].wording_version == "2027-1");
    CHECK(screen.last<SaveStory>()->body.consents[0].signature.empty());
    CHECK(screen.last<SaveStory>()->body.consents[0].uses.size() == 2);
}

TEST_CASE("settings change at once")
{
    ScreenHarness screen(test::sample_model());
    screen.press(Role::Button, screen.text("settings.title"));
    screen.press(Role::Radio, screen.text("settings.dark"));
    REQUIRE(screen.last<ChangeSettings>() != nullptr);
    CHECK(screen.last<ChangeSettings>()->settings.appearance == widgets::Appearance::Dark);
    screen.press(Role::Radio, screen.text("settings.size_large"));
    CHECK(screen.last<ChangeSettings>()->settings.text_size == TextSize::Large);
    screen.press(Role::Switch, screen.text("settings.metered"));
    CHECK_FALSE(screen.last<ChangeSettings>()->settings.sync_on_metered);
    screen.press(Role::Switch, screen.text("settings.metered_photos"));
    CHECK(screen.last<ChangeSettings>()->settings.photos_on_metered);
    screen.press(Role::Switch, screen.text("settings.battery"));
    CHECK_FALSE(screen.last<ChangeSettings>()->settings.saves_battery);
    screen.press(Role::Radio, screen.text("settings.photos_year"));
    CHECK(screen.last<ChangeSettings>()->settings.keep_photos_days == 365);
    screen.press(Role::Radio, screen.text("settings.photos_always"));
    CHECK(screen.last<ChangeSettings>()->settings.keep_photos_days == 0);
}

TEST_CASE("an entry that the server could not take says why, also at the start, and can be sent again")
{
    AppModel model = test::sample_model();
    test::put_one_aside(model);
    const Uuid id = model.entries.front().id;
    const std::string why = model.entries.front().note;
    ScreenHarness screen(std::move(model));
    CHECK(screen.tree().says(screen.text("home.put_aside.one")));
    CHECK(screen.tree().says(why));
    screen.press(Role::ListRow, "Planted bulbs along the avenue");
    CHECK(screen.model.route.screen == ScreenName::Entry);
    CHECK(screen.tree().says(why));
    screen.press(Role::Button, screen.text("entry.send_again"));
    REQUIRE(screen.last<SendAgain>() != nullptr);
    CHECK(screen.last<SendAgain>()->entry == id);
    // The ways of an entry that counts are not those of this one.
    CHECK(screen.find(Role::Button, screen.text("entry.amend")) == nullptr);
    CHECK(screen.find(Role::Button, screen.text("entry.withdraw")) == nullptr);
}

TEST_CASE("an entry that the server could not take is put right in its form, without a reason")
{
    AppModel model = test::sample_model();
    test::put_one_aside(model);
    const Uuid id = model.entries.front().id;
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Entry, id.text());
    screen.press(Role::Button, screen.text("aside.put_right"));
    CHECK(screen.model.route.screen == ScreenName::Hours);
    CHECK(screen.find(Role::TextArea, screen.text("amend.reason")) == nullptr);
    CHECK(screen.find(Role::TextField, screen.text("hours.activity"))->value ==
          "Planted bulbs along the avenue");
    screen.press(Role::Button, screen.text("hours.save"));
    const SaveHours* saved = screen.last<SaveHours>();
    REQUIRE(saved != nullptr);
    REQUIRE(saved->amendment.has_value());
    CHECK(saved->amendment->replaces == id);
    CHECK(saved->amendment->puts_right);
}

TEST_CASE("an amendment that the server could not take keeps its reason when it is put right")
{
    AppModel model = test::sample_model();
    test::put_one_aside(model);
    EntryModel& entry = model.entries.front();
    Entry words = *entry.words;
    words.action = EntryAction::Amend;
    words.amends = model.entries[1].id;
    words.reason = "The name was spelt wrong";
    entry.action = EntryAction::Amend;
    entry.words = std::make_shared<const Entry>(words);
    const std::string id = entry.id.text();
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Hours, id);
    CHECK(screen.find(Role::TextArea, screen.text("amend.reason"))->value == "The name was spelt wrong");
    screen.type_into(Role::TextArea, screen.text("amend.reason"), " ");
    screen.press(Role::Button, screen.text("hours.save"));
    CHECK(screen.last<SaveHours>() == nullptr);
    screen.type_into(Role::TextArea, screen.text("amend.reason"), "Misspelt");
    screen.press(Role::Button, screen.text("hours.save"));
    REQUIRE(screen.last<SaveHours>() != nullptr);
    CHECK(screen.last<SaveHours>()->amendment->reason == "Misspelt");
    CHECK(screen.last<SaveHours>()->amendment->puts_right);
}

TEST_CASE("an entry that the server could not take is taken back after a question, or carried alone")
{
    AppModel model = test::sample_model();
    test::put_one_aside(model);
    const Uuid id = model.entries.front().id;
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Entry, id.text());
    screen.press(Role::Button, screen.text("aside.take_back_ask"));
    CHECK(screen.last<TakeBack>() == nullptr);
    screen.press(Role::Button, screen.text("nav.cancel"));
    CHECK(screen.last<TakeBack>() == nullptr);
    screen.press(Role::Button, screen.text("aside.take_back_ask"));
    screen.press(Role::Button, screen.text("aside.take_back"));
    REQUIRE(screen.last<TakeBack>() != nullptr);
    CHECK(screen.last<TakeBack>()->entry == id);
    screen.press(Role::Button, screen.text("aside.carry"));
    CHECK(screen.model.route.screen == ScreenName::Bundle);
    test::plug_in_sticks(screen.model);
    screen.frame();
    screen.press(Role::Button, screen.text("bundle.write"));
    REQUIRE(screen.last<WriteBundle>() != nullptr);
    CHECK(screen.last<WriteBundle>()->entry == id);
}

TEST_CASE("what waits is written to a stick that can be written to, by keyboard alone")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Settings);
    screen.activate(Role::Button, screen.text("bundle.title"));
    CHECK(screen.model.route.screen == ScreenName::Bundle);
    CHECK(screen.count<LookForSticks>() == 1);
    CHECK(screen.tree().says(screen.text("bundle.looking")));

    // No stick yet; it shows by itself.
    screen.model.bundle.has_looked = true;
    screen.frame();
    CHECK(screen.tree().says(screen.text("bundle.no_stick")));
    CHECK(screen.find(Role::Button, screen.text("bundle.write"))->states.disabled);
    screen.advance_s(2.5);
    screen.frame();
    CHECK(screen.count<LookForSticks>() == 2);

    // The next look waits for the end of the last one, and then for its pause.
    screen.model.bundle.is_looking = true;
    screen.frame();
    screen.advance_s(10);
    screen.frame();
    screen.model.bundle.is_looking = false;
    screen.advance_s(1.5);
    screen.frame();
    CHECK(screen.count<LookForSticks>() == 2);
    screen.advance_s(1);
    screen.frame();
    CHECK(screen.count<LookForSticks>() == 3);

    test::plug_in_sticks(screen.model);
    screen.frame();
    CHECK(screen.tree().says("3 entries and 2 photos"));
    const auto tab_to = [&](const std::string& name) {
        for (int tabs = 0; tabs < 40 && screen.focused() != name; ++tabs)
            screen.key(Key::Tab);
        CHECK(screen.focused() == name);
    };
    tab_to(screen.text("bundle.write"));
    screen.key(Key::Enter);
    REQUIRE(screen.last<WriteBundle>() != nullptr);
    CHECK(screen.last<WriteBundle>()->folder == "/media/amina/KINGSTON");
    CHECK_FALSE(screen.last<WriteBundle>()->entry.has_value());

    screen.forget_commands();
    screen.press(Role::Radio, "LOCKED");
    CHECK(screen.find(Role::Button, screen.text("bundle.write"))->states.disabled);
    screen.activate(Role::Button, screen.text("bundle.write"));
    CHECK(screen.last<WriteBundle>() == nullptr);
}

TEST_CASE("writing to a stick shows how far it is, can be stopped, and says what was written or why not")
{
    AppModel model = test::sample_model();
    REQUIRE(test::apply_case(model, "writing"));
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Bundle);
    screen.forget_commands();
    CHECK(screen.find(Role::Progress, screen.text("bundle.writing"))->value == "212 / 340");
    screen.advance_s(10);
    screen.frame();
    CHECK(screen.count<LookForSticks>() == 0);
    screen.press(Role::Button, screen.text("bundle.stop"));
    CHECK(screen.count<StopBundle>() == 1);

    REQUIRE(test::apply_case(screen.model, "written"));
    screen.frame();
    CHECK(screen.tree().says("On KINGSTON: 3 entries and 2 photos."));
    CHECK(screen.tree().says("4.2 MB"));
    CHECK(screen.tree().says("tallybook-tablet-7-preston-2026-11-28-1041.bundle"));
    // A second copy is there for whoever wants one.
    CHECK(screen.find(Role::Radio, "KINGSTON") == nullptr);
    screen.activate(Role::Button, screen.text("bundle.write_again"));
    screen.activate(Role::Button, screen.text("bundle.write"));
    CHECK(screen.count<WriteBundle>() == 1);

    screen.model.bundle.stage = BundleModel::Stage::Waiting;
    REQUIRE(test::apply_case(screen.model, "stick-full"));
    screen.frame();
    CHECK(screen.tree().says("The stick has no room left."));
    // It stands beside the button that was pressed, because the beginning of the screen may be out of sight.
    const auto* why = screen.find(Role::Alert, screen.model.bundle.problem);
    const auto* write = screen.find(Role::Button, screen.text("bundle.write"));
    REQUIRE(why != nullptr);
    REQUIRE(write != nullptr);
    CHECK(why->rect.y > screen.find(Role::Radio, "KINGSTON")->rect.y);
    CHECK(why->rect.y < write->rect.y);
    CHECK(write->rect.y - why->rect.y < 150);
    // That of receipts stands where they are read.
    screen.activate(Role::ListRow, "tallybook-receipts.tally");
    screen.model.bundle.problem = "This is not for this device.";
    screen.frame();
    why = screen.find(Role::Alert, screen.model.bundle.problem);
    write = screen.find(Role::Button, screen.text("bundle.write"));
    REQUIRE(why != nullptr);
    CHECK(why->rect.y > write->rect.y);

    screen.model.sync.entries_unsent = 0;
    screen.model.sync.photos_waiting = 0;
    screen.model.bundle.problem.clear();
    screen.frame();
    CHECK(screen.tree().says(screen.text("bundle.nothing")));
    CHECK(screen.find(Role::Button, screen.text("bundle.write")) == nullptr);
}

TEST_CASE("receipts on a stick are found and read, and what could not be taken leads to the entries")
{
    AppModel model = test::sample_model();
    test::plug_in_sticks(model);
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Bundle);
    screen.activate(Role::ListRow, "tallybook-receipts.tally");
    REQUIRE(screen.last<ReadReceipts>() != nullptr);
    CHECK(screen.last<ReadReceipts>()->file == "/media/amina/KINGSTON/tallybook-receipts.tally");
    REQUIRE(test::apply_case(screen.model, "receipts"));
    screen.frame();
    CHECK(screen.tree().says("The council has 3 entries and 2 photos."));
    CHECK(screen.tree().says(screen.text("bundle.rejected.one")));
    screen.activate(Role::Button, screen.text("bundle.see_rejected"));
    CHECK(screen.model.route.screen == ScreenName::Entries);

    screen.go(ScreenName::Bundle);
    screen.model.bundle = {};
    screen.model.bundle.stage = BundleModel::Stage::Read;
    screen.model.bundle.were_known = true;
    screen.frame();
    CHECK(screen.tree().says(screen.text("bundle.receipts_known")));
    CHECK(screen.find(Role::Button, screen.text("bundle.other_file")) != nullptr);
}

TEST_CASE("the settings say in plain words when this device's clock is wrong")
{
    AppModel model = test::sample_model();
    model.device.is_clock_known = true;
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Settings);
    CHECK(screen.tree().says(screen.text("settings.clock_right")));
    screen.model.device.clock_ahead_min = 3;
    screen.frame();
    CHECK(screen.tree().says("This device\u2019s clock is 3 min ahead."));
    screen.model.device.clock_ahead_min = -121;
    screen.frame();
    CHECK(screen.tree().says("This device\u2019s clock is 2 h 1 min behind."));
}

TEST_CASE("a device that the council no longer lets in says what it still holds and what to do")
{
    AppModel model = test::sample_model();
    model.sync.state = SyncState::Refused;
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Home);
    CHECK(screen.tree().says(screen.text("home.refused")));
    CHECK(screen.tree().says("3 entries on it have not been sent. They are safe here."));
    screen.activate(Role::Button, screen.text("bundle.title"));
    CHECK(screen.model.route.screen == ScreenName::Bundle);
    screen.go(ScreenName::Home);
    screen.model.sync.entries_unsent = 0;
    screen.frame();
    CHECK(screen.tree().says(screen.text("home.refused_empty")));
    screen.activate(Role::Button, screen.text("home.refused_enrol"));
    CHECK(screen.model.route.screen == ScreenName::Enrol);
}

TEST_CASE("pressing the badge sends, and says why not everything is sent and what to do")
{
    ScreenHarness screen(test::sample_model());
    const auto show = [&](const char* name) {
        screen.model = test::sample_model();
        REQUIRE(test::apply_case(screen.model, name));
        screen.forget_commands();
        screen.go(ScreenName::Hours);
        screen.press(Role::Button, screen.text("sync.now"));
        screen.frame(3);
        CHECK(screen.count<SyncNow>() == 1);
    };
    show("portal");
    CHECK(screen.find(Role::Dialog, screen.text("trouble.sign_in")) != nullptr);
    CHECK(screen.tree().says(screen.text("trouble.sign_in_text")));
    CHECK(screen.tree().says("3 entries"));
    CHECK(screen.tree().says("27 Nov, 16:05"));
    // It lies above the form, which stays as it is.
    screen.activate(Role::Button, screen.text("nav.close"));
    screen.frame(3);
    CHECK_FALSE(screen.model.sync.is_shown);
    CHECK(screen.model.route.screen == ScreenName::Hours);

    show("wrong-server");
    CHECK(screen.tree().says(screen.text("trouble.wrong_server_text")));
    screen.activate(Role::Button, screen.text("home.refused_enrol"));
    CHECK(screen.model.route.screen == ScreenName::Enrol);
    CHECK_FALSE(screen.model.sync.is_shown);

    show("wifi");
    CHECK(screen.tree().says(screen.text("trouble.wifi_text")));
    screen.activate(Role::Button, screen.text("bundle.title"));
    CHECK(screen.model.route.screen == ScreenName::Bundle);

    show("sync-other");
    CHECK(screen.tree().says("The server answered with status 500. Your entries are safe on this device"));
    screen.key(Key::Escape);
    screen.frame(3);
    CHECK_FALSE(screen.model.sync.is_shown);
    CHECK(screen.model.route.screen == ScreenName::Hours);

    show("sent");
    CHECK(screen.find(Role::Dialog, screen.text("sync.all_sent")) != nullptr);
    CHECK(screen.tree().says(screen.text("sync.all_sent_text")));
    CHECK(screen.tree().says("Today, 10:38"));
    screen.model.sync.state = SyncState::Working;
    screen.frame(3);
    CHECK(screen.find(Role::Dialog, screen.text("sync.working")) != nullptr);
}

TEST_CASE("the start says what keeps sync from working only when somebody has to act")
{
    ScreenHarness screen(test::sample_model());
    const std::pair<const char*, const char*> cases[] = {{"portal", "trouble.sign_in_text"},
                                                         {"wrong-server", "trouble.wrong_server_text"},
                                                         {"disk-full", "trouble.full_text"},
                                                         {"sync-other", "trouble.other"}};
    for (const auto& [name, key] : cases) {
        CAPTURE(name);
        screen.model = test::sample_model();
        REQUIRE(test::apply_case(screen.model, name));
        screen.go(ScreenName::Home);
        CHECK(screen.tree().says(screen.text(key)));
        CHECK(buttons_named(screen, screen.text("sync.now")) == 2);
    }
    for (const SyncTrouble trouble :
         {SyncTrouble::None, SyncTrouble::NoAnswer, SyncTrouble::TooSlow, SyncTrouble::ServerBusy,
          SyncTrouble::WaitsForWifi, SyncTrouble::WaitsForPower}) {
        screen.model.sync.trouble = trouble;
        screen.frame();
        CHECK(buttons_named(screen, screen.text("sync.now")) == 1);
    }
}

TEST_CASE("the settings say beside their button why sync does not go on, and nothing when all is well")
{
    AppModel model = test::sample_model();
    REQUIRE(test::apply_case(model, "portal"));
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Settings);
    CHECK(screen.tree().says(screen.text("trouble.sign_in_text")));
    REQUIRE(test::apply_case(screen.model, "sent"));
    screen.frame();
    CHECK_FALSE(screen.tree().says(screen.text("trouble.sign_in_text")));
    CHECK_FALSE(screen.tree().says(screen.text("sync.waiting")));
    CHECK(buttons_named(screen, screen.text("sync.now")) == 2);
    screen.model.sync.state = SyncState::Working;
    screen.frame();
    CHECK(screen.find(Role::Button, screen.text("sync.working"))->states.disabled);
}

TEST_CASE("neither the badge nor the stick says that all is sent while something stays behind")
{
    AppModel model = test::sample_model();
    REQUIRE(test::apply_case(model, "sent"));
    ScreenHarness screen(model);
    const auto says = [&](std::string_view words) {
        screen.go(ScreenName::Bundle);
        const bool has_claim = screen.tree().says(screen.text("bundle.nothing"));
        const bool has_badge = screen.tree().says(screen.text("sync.all_sent"));
        CHECK(has_claim == has_badge);
        return screen.tree().says(words);
    };
    CHECK(says(screen.text("bundle.nothing")));
    screen.model.sync.withdrawals_waiting = 1;
    CHECK_FALSE(says(screen.text("bundle.nothing")));
    CHECK(says(screen.text("sync.withdrawals.one")));
    CHECK(says(screen.text("bundle.withdrawals.one")));
    screen.model.sync.withdrawals_waiting = 2;
    CHECK(says("2 people took their agreement back"));

    screen.model = model;
    test::put_one_aside(screen.model);
    CHECK_FALSE(says(screen.text("bundle.nothing")));
    CHECK(says(screen.text("sync.not_taken.one")));
    CHECK(says(screen.text("bundle.not_taken.one")));
    CHECK(screen.find(Role::Button, screen.text("bundle.write")) == nullptr);
    screen.model.entries[1].state = EntryState::Conflict;
    CHECK(says("2 not taken"));
    // Beside what does go onto the stick it is said too.
    screen.model.sync.entries_unsent = 1;
    CHECK(says("2 entries could not be taken"));
    screen.model.bundle.has_looked = true;
    screen.frame();
    CHECK(screen.find(Role::Button, screen.text("bundle.write")) != nullptr);
    screen.activate(Role::Button, screen.text("bundle.see_rejected"));
    CHECK(screen.model.route.screen == ScreenName::Entries);
    // An entry that is carried alone goes; the others have their own pages.
    screen.go(ScreenName::Bundle, screen.model.entries.front().id.text());
    CHECK_FALSE(screen.tree().says("could not be taken"));
}

TEST_CASE("an entry says why its photo is not at the council yet")
{
    AppModel model = test::sample_model();
    REQUIRE(test::apply_case(model, "photo"));
    const std::string id = model.entries.front().id.text();
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Entry, id);
    CHECK(screen.tree().says("It says: The photo is larger than 25 MB. The photo is safe on this device"));
    // Its words may be locked.
    screen.model.entries.front().words.reset();
    screen.frame();
    CHECK(screen.tree().says("The photo is larger than 25 MB."));
    screen.model.entries.front().photo_problem.clear();
    screen.frame();
    CHECK_FALSE(screen.tree().says("It says:"));
}

TEST_CASE("what waits for the worker leads to a list of it alone, however many others there are")
{
    AppModel model = test::sample_model();
    REQUIRE(test::apply_case(model, "questions"));
    ScreenHarness screen(std::move(model));
    const auto rows = [&] {
        const auto& nodes = screen.tree().nodes();
        return std::count_if(nodes.begin(), nodes.end(),
                             [](const accessibility::Node& node) { return node.role == Role::ListRow; });
    };
    CHECK(screen.find(Role::Button, "See all 5") != nullptr);
    screen.activate(Role::Button, "See all 5");
    screen.frame(3);
    CHECK(screen.model.route.screen == ScreenName::Entries);
    CHECK(rows() == 5);

    REQUIRE(test::apply_case(screen.model, "not-taken"));
    screen.go(ScreenName::Hours);
    screen.press(Role::Button, screen.text("sync.now"));
    screen.frame(3);
    screen.activate(Role::Button, screen.text("bundle.see_rejected"));
    screen.frame(3);
    CHECK_FALSE(screen.model.sync.is_shown);
    CHECK(rows() == 1);
    CHECK(screen.tree().says("There is no contract LCC-2026-013 here."));
    // One alone needs no such way.
    screen.go(ScreenName::Home);
    CHECK_FALSE(screen.tree().says("See all 1"));
    // Two versions are not taken either.
    screen.model.entries.front().state = EntryState::Conflict;
    screen.go(ScreenName::Bundle);
    screen.activate(Role::Button, screen.text("bundle.see_rejected"));
    screen.frame(3);
    CHECK(rows() == 1);
}

TEST_CASE("a list that leaves older entries out says so at its end")
{
    ScreenHarness screen(test::sample_model());
    screen.go(ScreenName::Entries);
    CHECK_FALSE(screen.tree().says("not listed"));
    screen.model.entries_not_listed = 812;
    screen.frame();
    CHECK(screen.tree().says("812 older entries are not listed."));
}

TEST_CASE("sizes are said in units that fit them")
{
    AppModel model = test::sample_model();
    test::plug_in_sticks(model);
    model.bundle.sticks.push_back({"/media/amina/A", "A", 15'300'000, false, {}});
    model.bundle.sticks.push_back({"/media/amina/B", "B", 999'999, false, {}});
    ScreenHarness screen(std::move(model));
    screen.go(ScreenName::Bundle);
    for (const char* words : {"12 GB free", "40 kB free", "15 MB free", "1 MB free"}) {
        CAPTURE(words);
        CHECK(screen.tree().says(words));
    }
}

TEST_CASE("everything that can be pressed is large enough for a gloved thumb and has a name")
{
    AppModel model = test::sample_model();
    test::open_sample_sheet(model);
    test::plug_in_sticks(model);
    ScreenHarness screen(std::move(model), 800, 1280);
    for (const ScreenName name :
         {ScreenName::Home, ScreenName::Hours, ScreenName::SignIn, ScreenName::Story, ScreenName::Delivery,
          ScreenName::Feedback, ScreenName::Entries, ScreenName::Settings, ScreenName::Enrol,
          ScreenName::WithdrawConsent, ScreenName::Bundle}) {
        screen.go(name);
        for (const auto& node : screen.tree().nodes()) {
            if (!node.states.focusable)
                continue;
            CAPTURE(node.name);
            CHECK_FALSE(node.name.empty());
            CHECK(node.rect.height >= 48);
            CHECK(node.rect.width >= 48);
            CHECK(node.rect.x >= 0);
            CHECK(node.rect.x + node.rect.width <= 800);
        }
    }
}

TEST_CASE("an idle screen asks for no further frame")
{
    ScreenHarness screen(test::sample_model());
    for (const ScreenName name :
         {ScreenName::Home, ScreenName::Hours, ScreenName::Entries, ScreenName::Settings}) {
        screen.go(name);
        screen.frame(4);
        CHECK_FALSE(screen.ui().next_frame_in_s().has_value());
    }
}

TEST_CASE("the settings let a person make a new key for this device, and say when one waits")
{
    {
        ScreenHarness screen(test::sample_model());
        screen.go(ScreenName::Settings);
        screen.press(Role::Button, screen.text("settings.new_key"));
        CHECK(screen.last<MakeNewKey>() != nullptr);
        screen.model.device.has_new_key = true;
        screen.frame();
        CHECK(screen.tree().says(screen.text("settings.key_waits")));
        CHECK(screen.find(Role::Button, screen.text("settings.new_key")) == nullptr);
    }
    ScreenHarness fresh(test::fresh_model());
    fresh.go(ScreenName::Settings);
    CHECK(fresh.find(Role::Button, fresh.text("settings.new_key")) == nullptr);
}
