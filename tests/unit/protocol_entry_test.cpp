#include "shared/domain/validate.h"
#include "tests/support/entries.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::protocol;
using namespace tally::test;

namespace {

Entry with_id(Entry entry)
{
    entry.id = Uuid::from_bytes("0123456789abcdef");
    return entry;
}

/// The code of the first problem of a text.
std::string refusal_of(std::string_view json)
{
    const auto parsed = parse_entry_input(json);
    return parsed ? "accepted" : parsed.error().code + " " + parsed.error().where;
}

const std::string good_hours =
    R"({"kind":"hours","about":{"contract":"LCC-1","measure":"NT86"},"body":{"host":"A","activity":"B",)"
    R"("date":"2026-03-02","start":"09:00","end":"12:30","whose_time":"supplier_staff",)"
    R"("people":{"name":"Jo"},"confirmation":"none"}})";

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("every kind of entry reads back from its JSON as it was written")
{
    for (auto entry : {sample_hours_entry(), sample_story_entry(), sample_feedback_entry(),
                       sample_delivery_entry("NT18", "1234.56")}) {
        entry = with_id(entry);
        entry.clock_offset_ms = -250;
        const auto json = write_entry(entry);
        const auto read = parse_entry(json, entry.id);
        REQUIRE_MESSAGE(read.ok(), (read ? "" : read.error().text()));
        CHECK(*read == entry);
        CHECK(write_entry(*read) == json);
    }
}

TEST_CASE("people who count once a year travel as references, and anything else in their place is refused")
{
    Entry entry = with_id(sample_delivery_entry("NT20", "2"));
    std::get<DeliveryBody>(entry.body).people = {"PR-0417", "\xd8\xb9-12"};
    const auto json = write_entry(entry);
    CHECK(json.find(R"("people":["PR-0417",)") != std::string::npos);
    CHECK(*parse_entry(json, entry.id) == entry);
    CHECK(parse_entry(replaced(json, R"(["PR-0417",)", R"([417,)"), entry.id)
              .error()
              .text()
              .find("body.people") != std::string::npos);
    CHECK(parse_entry(replaced(json, R"(["PR-0417",)", R"(["PR-0417",{},)"), entry.id).error().code ==
          "wrong_type");
}

TEST_CASE("references of people and withdrawal codes are compared as people write them")
{
    CHECK(person_reference_key("  PR-0417\t") == "pr-0417");
    CHECK(person_reference_key("\xd0\x96\xd0\xa3\xd0\x9a") == "\xd0\xb6\xd1\x83\xd0\xba");
    CHECK(person_reference_key("\xce\xa9\xc3\x97") == "\xcf\x89\xc3\x97");
    CHECK(person_reference_key("\xe6\x9d\x8e-A") == "\xe6\x9d\x8e-a");
    CHECK(withdrawal_code_key(" k7qd 3mhx\n") == withdrawal_code_key("K7QD-3MHX"));
    CHECK(withdrawal_code_key("K7QD-3MHX") == "K7QD3MHX");
}

TEST_CASE("amendments, withdrawals and work past midnight read back too")
{
    Entry amended = with_id(sample_hours_entry());
    amended.action = EntryAction::Amend;
    amended.amends = Uuid::from_bytes("fedcba9876543210");
    amended.reason = "The school was another one.";
    auto& body = std::get<HoursBody>(amended.body);
    body.start_min = 22 * 60;
    body.end_min = 25 * 60;
    body.break_min = 15;
    body.people = {"", 12, 30};
    CHECK(*parse_entry(write_entry(amended), amended.id) == amended);

    Entry withdrawn = amended;
    withdrawn.action = EntryAction::Withdraw;
    withdrawn.body = std::monostate{};
    CHECK(*parse_entry(write_entry(withdrawn), withdrawn.id) == withdrawn);
}

TEST_CASE("input that is not exactly an entry is refused with the field that is wrong")
{
    CHECK(refusal_of(good_hours) == "accepted");
    CHECK(refusal_of("{") == "bad_json ");
    CHECK(refusal_of("[]") == "not_an_object ");
    CHECK(refusal_of(replaced(good_hours, "\"hours\"", "\"wages\"")) == "unknown_word kind");
    CHECK(refusal_of(replaced(good_hours, "\"host\":\"A\",", "")) == "missing body.host");
    CHECK(refusal_of(replaced(good_hours, "\"host\":\"A\"", "\"host\":7")) == "wrong_type body.host");
    CHECK(refusal_of(replaced(good_hours, "\"host\"", "\"hots\"")) == "missing body.host");
    CHECK(refusal_of(replaced(good_hours, "\"host\":\"A\"", "\"host\":\"A\",\"extra\":1")) ==
          "unknown_field body.extra");
    CHECK(refusal_of(replaced(good_hours, "\"host\":\"A\"", "\"host\":\"A\",\"host\":\"B\"")) ==
          "repeated_field body.host");
    CHECK(refusal_of(replaced(good_hours, "2026-03-02", "2026-02-30")) == "bad_date body.date");
    CHECK(refusal_of(replaced(good_hours, "12:30", "25:30")) == "bad_time body.end");
    CHECK(refusal_of(replaced(good_hours, "supplier_staff", "staff")) == "unknown_word body.whose_time");
    CHECK(refusal_of(replaced(good_hours, "\"name\":\"Jo\"", "\"adults\":99999999999")) ==
          "out_of_range body.people.adults");
    CHECK(refusal_of(replaced(good_hours, "\"kind\"", "\"captured_at\":\"x\",\"kind\"")) ==
          "unknown_field captured_at");
    CHECK(refusal_of("\xff") == "bad_json ");
    CHECK(refusal_of(std::string(300 * 1024, ' ')) == "entry_too_large ");
    std::string deep(200, '[');
    CHECK(refusal_of(deep + std::string(200, ']')).substr(0, 9) != "accepted");
}

TEST_CASE("the rules name what is wrong with an entry")
{
    const auto codes = [](const Entry& entry) {
        std::string list;
        for (const auto& error : validate(entry))
            list += error.code + "@" + error.where + " ";
        return list;
    };
    const auto hours_with = [&](auto change) {
        Entry entry = with_id(sample_hours_entry());
        change(entry, std::get<HoursBody>(entry.body));
        return codes(entry);
    };
    CHECK(codes(with_id(sample_hours_entry())).empty());
    CHECK(codes(with_id(sample_story_entry())).empty());
    CHECK(codes(with_id(sample_feedback_entry())).empty());
    CHECK(codes(with_id(sample_delivery_entry("NT18", "5"))).empty());

    CHECK(hours_with([](Entry& e, HoursBody&) { e.about.contract.clear(); }) ==
          "missing_contract@about.contract ");
    CHECK(hours_with([](Entry& e, HoursBody&) { e.about.contract = "a b"; }) ==
          "bad_reference@about.contract ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.end_min = b.start_min; }) == "end_before_start@body.end ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.end_min = b.start_min + 1441; }) ==
          "shift_too_long@body.end ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.break_min = 210; }) ==
          "break_too_long@body.break_minutes ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.people.name.clear(); }) == "missing_people@body.people ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.people.adults = 2; }) == "person_and_group@body.people ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.date = {2026, 3, 4}; }) == "date_in_future@body.date ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.date = {2020, 3, 4}; }) == "date_too_old@body.date ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.host = "  "; }) == "missing@body.host ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.host = std::string(201, 'x'); }) ==
          "text_too_long@body.host ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.host = "a\x01z"; }) == "bad_text@body.host ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.confirmation = HoursConfirmation::Host; }) ==
          "missing@body.confirmed_by ");
    CHECK(hours_with([](Entry&, HoursBody& b) { b.closed_at_event_end = true; }) == "no_event@about.event ");
    CHECK(hours_with([](Entry& e, HoursBody&) { e.action = EntryAction::Amend; }) ==
          "missing_amends@amends missing@reason ");

    Entry story = with_id(sample_story_entry());
    std::get<StoryBody>(story.body).consents.front().signature = std::string(64, 'f');
    CHECK(codes(story) == "signature_missing@body.consents[0].signature ");
    std::get<StoryBody>(story.body).consents.front() = {};
    CHECK(codes(story).find("missing_uses@body.consents[0].uses") != std::string::npos);

    Entry delivery = with_id(sample_delivery_entry("NT18", "5"));
    std::get<DeliveryBody>(delivery.body).period_end = {2025, 12, 31};
    CHECK(codes(delivery) == "end_before_start@body.period_end ");
    delivery = with_id(sample_delivery_entry("", "5"));
    CHECK(codes(delivery) == "missing_measure@about.measure ");

    const auto people = [&](std::vector<std::string> references, std::string_view quantity) {
        Entry counted = with_id(sample_delivery_entry("NT20", quantity));
        std::get<DeliveryBody>(counted.body).people = std::move(references);
        return codes(counted);
    };
    CHECK(people({"PR-0417", "PR-0418"}, "2").empty());
    CHECK(people({"PR-0417", "PR-0418"}, "3") == "people_mismatch@body.quantity ");
    CHECK(people({"PR-0417", " pr-0417 "}, "2") == "person_twice@body.people[1] ");
    CHECK(people({"\xc3\x89va", "\xc3\xa9VA"}, "2") == "person_twice@body.people[1] ");
    CHECK(people({"PR-0417", "  "}, "2") == "missing@body.people[1] ");
    CHECK(people({std::string(65, 'x')}, "1") == "text_too_long@body.people[0] ");
    CHECK(people({"one\ntwo"}, "1") == "bad_text@body.people[0] ");
    CHECK(people(std::vector<std::string>(201, "x"), "201") == "too_many_people@body.people ");

    Entry feedback = with_id(sample_feedback_entry());
    std::get<FeedbackBody>(feedback.body).answers.push_back({"overall", true});
    CHECK(codes(feedback) == "answered_twice@body.answers[4].question ");
}
