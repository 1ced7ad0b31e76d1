#include "client/capture/capture.h"
#include "client/capture/json_documents.h"
#include "client/capture/sign_in_sheet.h"
#include "shared/domain/validate.h"
#include "shared/protocol/entry_json.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tally;
using namespace tally::client;
using namespace tally::test;

namespace {

const std::string good_line =
    R"({"kind":"hours","about":{"contract":"C1","measure":"NT86"},"body":{"host":"School",)"
    R"("activity":"Gardening","date":"2026-03-02","start":"09:30","end":"13:00",)"
    R"("whose_time":"supplier_staff","people":{"name":"Jo"},"confirmation":"none"}})";

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    return text.replace(text.find(from), from.size(), to);
}

Event sample_event()
{
    // 2026-03-02, 09:00 to 12:00 UTC.
    return {"e1", "C1", "Litter pick", "park", Timestamp{1'772'442'000'000}, Timestamp{1'772'452'800'000}};
}

SheetDetails sample_details()
{
    SheetDetails details;
    details.host = "Friends of the Park";
    details.activity = "Litter pick";
    return details;
}

} // namespace

TEST_CASE("one document or lines: the input is told apart by where its first object ends")
{
    CHECK(split_json_documents("  \n ").empty());
    CHECK(split_json_documents("\xef\xbb\xbf{\"a\":\n [1, \"}\\\"{\"]\n}\n").size() == 1);
    const auto lines = split_json_documents("{\"a\":1}\n\n  {\"b\":2}  \r\n{\"c\":3}");
    REQUIRE(lines.size() == 3);
    CHECK(lines[1].text == "{\"b\":2}");
    CHECK(lines[1].line == 3);
    CHECK(lines[2].line == 4);
}

TEST_CASE("many lines are saved in order, and their ids come back in order")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    std::string text;
    for (int i = 0; i < 2'345; ++i)
        text += good_line + "\n";
    const auto result = run.capture.save_text(text, {});
    CHECK(result.problems.empty());
    REQUIRE(result.saved.size() == 2'345);
    CHECK(std::is_sorted(result.saved.begin(), result.saved.end()));
    CHECK(run.store.counts().unsent == 2'345);
}

TEST_CASE("one wrong line saves nothing and is named")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    std::string text;
    for (int i = 1; i <= 1'500; ++i)
        text += (i == 1'499 ? replaced(good_line, "13:00", "08:00") : good_line) + "\n";
    const auto result = run.capture.save_text(text, {});
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].where == "line 1499, body.end");
    CHECK(result.saved.empty());
    CHECK(run.store.counts().entries == 0);
}

TEST_CASE("capture refuses what it does not understand")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    struct Case
    {
        std::string text;
        const char* code;
    };
    const Case cases[] = {
        {"", "no_entry"},
        {"[]", "not_an_object"},
        {"{\"kind\":", "bad_json"},
        {replaced(good_line, "\"hours\"", "\"party\""), "unknown_word"},
        {replaced(good_line, "\"host\":\"School\",", ""), "missing"},
        {replaced(good_line, "\"host\"", "\"color\":1,\"host\""), "unknown_field"},
        {replaced(good_line, "2026-03-02", "2026-02-30"), "bad_date"},
        {replaced(good_line, "2026-03-02", "2031-03-02"), "date_in_future"},
        {replaced(good_line, "\"C1\"", "\"\""), "missing_contract"},
        {replaced(good_line, "\"kind\"", "\"attachments\":[],\"kind\""), "unknown_field"},
        {good_line + "\n" + replaced(good_line, "09:30", "9.30"), "bad_time"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.text);
        const auto result = run.capture.save_text(one.text, {});
        REQUIRE(!result.problems.empty());
        CHECK(result.problems[0].code == std::string(one.code));
    }
    CHECK(run.store.counts().entries == 0);
    CHECK(run.capture.save_text(good_line + "\n" + good_line, {Picture{}}).problems[0].code ==
          "photos_need_one_entry");
}

TEST_CASE("two lines cannot change the same entry")
{
    const TemporaryFolder folder;
    DeviceRun run(folder.path());
    run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
    const std::string id = run.capture.save_text(good_line, {}).saved.at(0).text();
    const std::string change =
        R"({"action":"withdraw","kind":"hours","amends":")" + id + R"(","reason":"Entered twice"})";
    const auto refused = run.capture.save_text(change + "\n" + change, {});
    REQUIRE(refused.problems.size() == 1);
    CHECK(refused.problems[0].where == "line 2, amends");
    CHECK(run.capture.save_text(change, {}).saved.size() == 1);
}

TEST_CASE("the example in each schema is taken by capture")
{
    for (const auto kind :
         {EvidenceKind::Hours, EvidenceKind::Story, EvidenceKind::Feedback, EvidenceKind::Delivery}) {
        CAPTURE(std::string(name_of(kind)));
        const auto schema = nlohmann::json::parse(input_schema(kind));
        CHECK(schema["properties"]["kind"]["const"] == name_of(kind));
        const TemporaryFolder folder;
        DeviceRun run(folder.path());
        run.enrol(ServerKeys(), DeviceMode::Worker, std::nullopt);
        run.clock.set(Timestamp{1'774'000'000'000});
        const auto result = run.capture.save_text(schema["examples"][0].dump(), {});
        REQUIRE_MESSAGE(result.problems.empty(), (result.problems.empty() ? "" : result.problems[0].text()));
        CHECK(result.saved.size() == 1);
    }
}

TEST_CASE("hours of a sign-in stay within the event")
{
    const Event event = sample_event();
    const SheetDetails details = sample_details();
    const auto minutes = [&](std::int64_t in_min, std::int64_t out_min, bool forgotten = false) {
        const SignIn one{"x", "Jo", WhoseTime::Residents, Timestamp{event.starts_at.ms + in_min * 60'000}};
        const auto body =
            hours_of(one, Timestamp{event.starts_at.ms + out_min * 60'000}, forgotten, event, details, 0);
        return body ? body->minutes() : 0;
    };
    CHECK(minutes(0, 60) == 60);
    CHECK(minutes(-30, 60) == 60);
    CHECK(minutes(30, 600) == 150);
    CHECK(minutes(60, 60) == 0);
    CHECK(minutes(200, 300) == 0);
    const SignIn one{"x", "Jo", WhoseTime::Residents, event.starts_at};
    CHECK(hours_of(one, event.ends_at, true, event, details, 0)->closed_at_event_end);
    CHECK(
        !hours_of(one, Timestamp{event.ends_at.ms - 60'000}, false, event, details, 0)->closed_at_event_end);
    CHECK(hours_of(one, event.ends_at, false, event, details, 60)->start_min == 10 * 60);
}

TEST_CASE("an event that runs over midnight gives hours that end on the next day")
{
    Event event = sample_event();
    event.starts_at = {1'772'491'800'000}; // 22:50 UTC
    event.ends_at = {event.starts_at.ms + 3 * 3'600'000};
    const SignIn one{"x", "Jo", WhoseTime::Residents, event.starts_at};
    const auto body = hours_of(one, event.ends_at, false, event, sample_details(), 0);
    REQUIRE(body.has_value());
    CHECK(body->date == Date{2026, 3, 2});
    CHECK(body->start_min == 22 * 60 + 50);
    CHECK(body->end_min == 25 * 60 + 50);
}

TEST_CASE("open sign-ins survive a crash, and signing out makes one entry")
{
    const TemporaryFolder folder;
    const ServerKeys server;
    {
        DeviceRun run(folder.path());
        run.enrol(server);
        SignInSheet sheet(sample_event(), sample_details(), run.vault, run.capture, run.clock, run.random);
        CHECK(sheet.sign_in("Jo Marsden", WhoseTime::Residents).ok());
        CHECK(sheet.sign_in("  Aisha Khan ", WhoseTime::SupplierStaff).ok());
        CHECK(sheet.sign_in("jo marsden", WhoseTime::Residents).error().code == "already_here");
        CHECK(sheet.sign_in(" ", WhoseTime::Residents).error().code == "name_missing");
    }
    DeviceRun run(folder.path());
    REQUIRE(run.vault.unlock("2468").ok());
    SignInSheet sheet(sample_event(), sample_details(), run.vault, run.capture, run.clock, run.random);
    REQUIRE(sheet.here().size() == 2);
    CHECK(sheet.here()[1].name == "Aisha Khan");

    run.clock.advance_ms(60 * 60'000);
    const auto out = sheet.sign_out(sheet.here()[0].id);
    REQUIRE(out.ok());
    REQUIRE(out->has_value());
    CHECK(std::get<HoursBody>(run.vault.open_entry(**out)->body).minutes() == 60);
    CHECK(sheet.here().size() == 1);
    CHECK(sheet.sign_out("nobody").error().code == "not_here");

    CHECK(sheet.close().error().code == "event_running");
    run.clock.set(Timestamp{sample_event().ends_at.ms + 3 * 3'600'000});
    CHECK(sheet.sign_in("Late", WhoseTime::Residents).error().code == "event_over");
    const auto closed = sheet.close();
    REQUIRE(closed.ok());
    REQUIRE(closed->size() == 1);
    const auto entry = run.vault.open_entry(closed->front());
    const auto& body = std::get<HoursBody>(entry->body);
    CHECK(body.closed_at_event_end);
    CHECK(body.minutes() == 150);
    CHECK(body.whose_time == WhoseTime::SupplierStaff);
    CHECK(entry->about.event == "e1");
    SignInSheet again(sample_event(), sample_details(), run.vault, run.capture, run.clock, run.random);
    CHECK(again.here().empty());
}
