#include "server/console/balance_view.h"
#include "server/console/flag_view.h"
#include "server/console/quarter_view.h"
#include "server/console/split_view.h"
#include "server/console/static_files.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using namespace tally::server::console;

namespace {

const ManualClock clock_at_noon{{1'772'452'800'000}}; // 2 March 2026, 12:00 UTC

std::string rendered(const std::string& name, View view)
{
    static const Templates templates(console_dir() / "templates", "/static/test");
    view.set("notice", false);
    return templates.page(name, std::move(view), Frame{});
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

Uuid sample_id(char last)
{
    return *Uuid::parse(std::string("0190a5c4-7d1e-7b3a-8f00-01234567890") + last);
}

ComparedEntry hours_of(char last, const std::string& person, std::int32_t from, std::int32_t to)
{
    ComparedEntry entry;
    entry.id = entry.summary.id = entry.facts.id = sample_id(last);
    entry.summary.headline = "Hours";
    entry.summary.quantity = hours_from_minutes(to - from, 1).value();
    Entry words;
    HoursBody body;
    body.people.name = person;
    body.host = "Friends of <the> Park";
    body.activity = "Planting";
    body.date = {2026, 3, 1};
    body.start_min = from;
    body.end_min = to;
    words.body = body;
    entry.words = words;
    return entry;
}

CasePageInput sample_case()
{
    CasePageInput input;
    input.detail.flags =
        cases_of({{7, "person_overlap", {sample_id('1'), sample_id('2')}, 90, 960, {}, {}, {}}}).front();
    input.detail.open = true;
    input.detail.can_settle = true;
    input.detail.entries = {hours_of('1', "Jo Marsden", 600, 780), hours_of('2', "Jo Marsden", 690, 840)};
    return input;
}

Fields form_of(const std::vector<std::pair<std::string, std::string>>& items)
{
    Fields form;
    for (const auto& [name, value] : items)
        form.add(name, value);
    return form;
}

} // namespace

TEST_CASE("a comparison says which minutes overlap, what differs in words, and escapes what people wrote")
{
    const auto html = rendered("case", case_view(sample_case(), clock_at_noon));
    CHECK(has(html, "both say 11:30 to 13:00 on 1 March 2026: 1 h 30 min"));
    CHECK(has(html, "Almost certain, 96%"));
    CHECK(has(html, "Friends of &lt;the&gt; Park"));
    CHECK_FALSE(has(html, "<the>"));
    CHECK(has(html, "differs"));
    CHECK(has(html, "Same work: keep B"));
    CHECK(has(html, R"(name="seen" value="7")"));
}

TEST_CASE("a name with one apostrophe or the other is the same name")
{
    const auto differences = [](const char* first, const char* second) {
        auto input = sample_case();
        input.detail.entries = {hours_of('1', first, 600, 780), hours_of('2', second, 600, 780)};
        const auto html = rendered("case", case_view(input, clock_at_noon));
        const auto row = html.find(">Who");
        REQUIRE(row != std::string::npos);
        return has(html.substr(row, html.find("</tr>", row) - row), "differs");
    };
    CHECK_FALSE(differences("Siobhan O’Neill", "Siobhan O'Neill"));
    CHECK(differences("Siobhan O’Neill", "Siobhan ONeill"));
}

TEST_CASE("what a viewer does not see of a case is neither shown nor named in the choices")
{
    auto input = sample_case();
    input.detail.can_settle = false;
    input.detail.why_not = "Some of these entries belong to a contract that is not yours.";
    input.detail.entries[1] = ComparedEntry{};
    input.detail.entries[1].id = sample_id('2');
    input.detail.entries[1].visible = false;
    input.who_can = {"Samir Khan", "Ruth Ashworth"};
    const auto html = rendered("case", case_view(input, clock_at_noon));
    CHECK(has(html, "an entry of a contract that you do not see"));
    CHECK(has(html, "Samir Khan or Ruth Ashworth can."));
    CHECK_FALSE(has(html, "/entries/" + sample_id('2').text()));
    CHECK_FALSE(has(html, "Settle</button>"));
}

TEST_CASE("the form of a decision names its choice, the kept entry and what was seen")
{
    const auto id = sample_id('1').text();
    const auto same = read_settle_form(form_of({{"as", "same:" + id}, {"seen", "7,12"}, {"about", id}}));
    REQUIRE(same.ok());
    CHECK(same->settlement.as == Resolution::Same);
    CHECK(same->settlement.kept == sample_id('1'));
    CHECK(same->seen == std::vector<std::int64_t>{7, 12});
    const auto chosen = read_settle_form(form_of({{"as", "same"}, {"keep", id}, {"seen", "7"}}));
    CHECK(chosen->settlement.kept == sample_id('1'));
    for (const char* wrong : {"", "same", "same:x", "other"})
        CHECK_FALSE(read_settle_form(form_of({{"as", wrong}, {"seen", "7"}})).ok());
    CHECK_FALSE(read_settle_form(form_of({{"as", "different"}}))->settlement.kept.has_value());
}

TEST_CASE("parts of hours are written as decimals or with minutes, exactly")
{
    CHECK(parse_amount("1.5", true)->parts == 90'000);
    CHECK(parse_amount("1:40", true)->parts == 100'000);
    for (const char* wrong : {"1:4", "1:60", ":30", "1:", "-1:30", "1:30:00", "x", ""})
        CHECK_FALSE(parse_amount(wrong, true).ok());
    CHECK_FALSE(parse_amount("1:40", false).ok());

    const auto form = [](const std::string& first, const std::string& second) {
        return form_of({{"rows", "3"},
                        {"target-1", "LCC-1|NT86"},
                        {"amount-1", first},
                        {"target-2", "A|B|NT8"},
                        {"amount-2", second}});
    };
    const auto parts = read_split_form(form("1:40", "0.5"), true);
    REQUIRE(parts.ok());
    CHECK(parts->size() == 2);
    CHECK(parts->at(1).contract == "A|B");
    CHECK(parts->at(1).measure == "NT8");
    CHECK(read_split_form(form("0", "1"), true).error().where == "amount-1");
    CHECK(read_split_form(form("1", "abc"), true).error().where == "amount-2");
    CHECK(read_split_form(form_of({{"target-1", "LCC-1|NT86"}, {"amount-1", "1"}}), true).error().code ==
          "split_sum");
    CHECK(split_rows(form_of({{"rows", "99"}})) == 20);
    CHECK(split_rows(form_of({{"rows", "-4"}, {"do", "add"}})) == 3);
}

TEST_CASE("a table for a spreadsheet is exact, quoted, and holds no formula")
{
    BalancesPage page;
    page.dimension = Dimension::Supplier;
    BalanceLine line;
    line.key = line.title = "=SUM(A1), \"Greenway\"";
    line.social.confirmed = *value_of(hours_from_minutes(210, 1).value(), *parse_proxy("16.93"));
    page.table.lines = {line};
    page.table.total = line;
    const auto csv = balances_csv(page);
    CHECK(has(csv, "\" =SUM(A1), \"\"Greenway\"\"\",,59.255,0.00,59.255,"));
    CHECK(has(csv, "\r\nTotal,"));
}

TEST_CASE("corrections are shown with their sign")
{
    CHECK(signed_pounds({-Money::parts_per_pound}) == "−£1.00");
    CHECK(signed_pounds({Money::parts_per_pound}) == "+£1.00");
}

TEST_CASE("closing asks to look at what is open, and says which quarters go with it")
{
    ClosePage page;
    page.detail.quarter = {2026, 1};
    page.detail.can_close = true;
    page.detail.closes_with = {{2025, 3}, {2025, 4}};
    page.detail.checklist.waiting = 2;
    const auto html = rendered("quarter-close", close_view(page));
    CHECK(has(html, "July to September 2025 and October to December 2025 are closed with it"));
    CHECK(has(html, "I have looked at the 2 open items"));
    CHECK(has(html, "2 entries wait for a decision"));
    CHECK(has(html, "No flag is open"));
    page.detail.checklist = {};
    CHECK_FALSE(has(rendered("quarter-close", close_view(page)), "I have looked at"));
}
