#include "server/console/console.h"
#include "server/console/contract_view.h"
#include "server/console/ledger_view.h"
#include "server/console/qr_picture.h"
#include "server/console/review_view.h"
#include "server/console/words.h"
#include "shared/base/files.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace tally;
using namespace tally::server;
using namespace tally::server::console;

namespace {

const ManualClock clock_at_noon{{1'772'452'800'000}}; // 2 March 2026, 12:00 UTC

Visitor sample_visitor(Role role)
{
    Visitor visitor;
    visitor.user.id = "0190a5c4-7d1e-7b3a-8f00-0123456789ab";
    visitor.user.name = "Asha Roy";
    visitor.user.role = role;
    visitor.user.contracts = {"LCC-2024-017"};
    visitor.csrf = std::string(16, 'x');
    return visitor;
}

Uuid sample_id(char last)
{
    return *Uuid::parse(std::string("0190a5c4-7d1e-7b3a-8f00-01234567890") + last);
}

EntrySummary sample_summary(char last = '1')
{
    EntrySummary row;
    row.id = sample_id(last);
    row.position = 41;
    row.contract = "LCC-2024-017";
    row.measure = "NT86";
    row.measure_title = "Volunteer hours looking after nature";
    row.quantity = hours_from_minutes(210, 1).value();
    row.value = value_of(*row.quantity, *parse_proxy("16.93")).value();
    row.value_class = "social";
    row.quarter = "2026-Q1";
    row.work_date = {2026, 2, 27};
    row.received_at = {clock_at_noon.now().ms - 12 * 60'000};
    row.headline = "3.5 hours · Planting trees <along> the canal · Dev Patel";
    return row;
}

EntryDetail sample_detail()
{
    EntryDetail detail;
    detail.summary = sample_summary();
    detail.summary.photos = 1;
    detail.facts.id = detail.summary.id;
    detail.facts.digest = std::string(64, 'a');
    detail.facts.device = sample_id('9');
    detail.facts.device_seq = 12;
    detail.facts.contract = "LCC-2024-017";
    detail.facts.framework = "lancashire-toms-2024";
    detail.facts.framework_version = "2024-28";
    detail.facts.framework_revision = 1;
    detail.facts.measure = "NT86";
    detail.facts.quantity = detail.summary.quantity;
    detail.facts.proxy = *parse_proxy("16.93");
    detail.facts.value = detail.summary.value;
    detail.facts.value_class = "social";
    detail.facts.quarter = {2026, 1};
    Entry entry;
    entry.id = detail.summary.id;
    entry.captured_at = {1'772'206'200'000};
    entry.about = {"LCC-2024-017", "", "brierley-park", "", "NT86"};
    HoursBody hours;
    hours.host = "Friends of Brierley Park";
    hours.activity = "Planting trees <along> the canal";
    hours.date = {2026, 2, 27};
    hours.start_min = 570;
    hours.end_min = 780;
    hours.people.name = "Dev Patel";
    hours.confirmation = HoursConfirmation::Host;
    hours.confirmed_by = "Mary Shaw";
    entry.body = hours;
    Attachment photo;
    photo.digest = std::string(64, 'b');
    photo.width = 1600;
    photo.height = 1200;
    photo.caption = "The first thirty saplings";
    entry.attachments.push_back(photo);
    detail.entry = entry;
    detail.photo_arrived = {false};
    detail.framework_title = "Lancashire TOMs (themes, outcomes and measures)";
    detail.device_name = "Tablet 3";
    detail.contract_title = "Highways maintenance, East Lancashire";
    detail.received_at = detail.summary.received_at;
    detail.history = {{41, detail.received_at, detail.summary.id, "received", "Tablet 3", ""}};
    detail.revisions = {detail.summary.id};
    detail.can_decide = true;
    return detail;
}

const Framework& lancashire()
{
    static const Framework framework = [] {
        auto loaded = load_framework(assets_dir() / "frameworks" / "lancashire-toms-2024.json");
        REQUIRE(loaded.framework);
        return *loaded.framework;
    }();
    return framework;
}

Balance sample_balance(Phase phase, std::string measure, std::string quarter, std::string quantity,
                       std::string value_class = "social", bool held = false)
{
    Balance balance;
    balance.phase = phase;
    balance.contract = "LCC-2024-017";
    balance.framework = "lancashire-toms-2024";
    balance.framework_version = "2024-28";
    balance.measure = std::move(measure);
    balance.value_class = std::move(value_class);
    balance.held = held;
    balance.quarter = std::move(quarter);
    balance.entries = 3;
    balance.quantity = *parse_quantity(quantity);
    const Measure* known = lancashire().find_measure(balance.measure);
    if (known != nullptr && known->proxy && balance.value_class != "community")
        balance.value = *value_of(balance.quantity, *known->proxy);
    return balance;
}

ContractPage sample_contract()
{
    ContractPage page;
    page.contract = {"LCC-2024-017",         "Highways maintenance, East Lancashire",
                     "Ribble Roads Ltd",     "Lancashire County Council",
                     "lancashire-toms-2024", "2024-28",
                     {2025, 4, 1},           {2028, 3, 31}};
    page.framework = std::make_shared<const Framework>(lancashire());
    page.today = {2026, 1};
    for (const auto& [measure, amount] : {std::pair{"NT86", "120"},
                                          {"NT8", "60"},
                                          {"NT1", "2"},
                                          {"NT10", "52"},
                                          {"NT11", "12"},
                                          {"NT31", "4"}})
        for (Quarter quarter{2025, 2}; quarter <= Quarter{2026, 2}; quarter = next(quarter))
            page.targets.push_back({measure, quarter, *parse_quantity(amount)});
    page.balances = {sample_balance(Phase::Confirmed, "NT86", "2025-Q2", "96.5"),
                     sample_balance(Phase::Confirmed, "NT86", "2025-Q3", "140"),
                     sample_balance(Phase::Confirmed, "NT86", "2025-Q4", "101.25"),
                     sample_balance(Phase::Claimed, "NT86", "2026-Q1", "72.75"),
                     sample_balance(Phase::Confirmed, "NT8", "2025-Q4", "48"),
                     sample_balance(Phase::Confirmed, "NT1", "2025-Q4", "1.75", "local_economic"),
                     sample_balance(Phase::Claimed, "NT1", "2026-Q1", "0.5", "local_economic"),
                     sample_balance(Phase::Confirmed, "NT10", "2026-Q1", "61"),
                     sample_balance(Phase::Confirmed, "NT11", "2025-Q4", "6", "social", true),
                     sample_balance(Phase::Claimed, "NT26", "2026-Q1", "2500"),
                     sample_balance(Phase::Confirmed, "NT86", "2025-Q4", "212.5", "community")};
    page.may_see_evidence = true;
    return page;
}

Templates& templates()
{
    static Templates made(console_dir() / "templates", "/static/test");
    return made;
}

/// Renders a page and, for whoever wants to look at it, writes it into the folder TALLYBOOK_RENDER.
std::string rendered(const std::string& name, View view, const std::string& section, const std::string& file,
                     Role role = Role::Manager)
{
    const Visitor visitor = sample_visitor(role);
    Frame frame;
    frame.title = file;
    frame.section = section;
    frame.visitor = &visitor;
    frame.csrf = "c";
    frame.waiting = 14;
    auto html = templates().page(name, std::move(view), frame);
    if (const char* folder = std::getenv("TALLYBOOK_RENDER"); folder != nullptr)
        REQUIRE(write_file_durably(std::filesystem::path(folder) / (file + ".html"), html));
    return html;
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

QueuePage sample_queue()
{
    QueuePage queue;
    queue.counts = {14, 2, 186, 3};
    queue.may_decide = true;
    queue.contracts = {sample_contract().contract};
    auto group = sample_summary('2');
    group.headline = "45 hours · Litter picking at Calder Vale · 15 people";
    group.quantity = hours_from_minutes(180, 15).value();
    group.value = std::nullopt;
    group.value_class = "community";
    auto story = sample_summary('3');
    story.kind = EvidenceKind::Story;
    story.headline =
        "How a school allotment brought two streets together, and what the children did with four "
        "hundred kilogrammes of potatoes";
    story.quantity = std::nullopt;
    story.value = std::nullopt;
    story.value_class = "none";
    story.measure.clear();
    story.photos = 2;
    auto held = sample_summary('4');
    held.kind = EvidenceKind::Delivery;
    held.action = EntryAction::Amend;
    held.measure = "NT88";
    held.headline = "1,250 · Timber formwork used again on the A671 scheme";
    held.quantity = *parse_quantity("1250");
    held.value = *value_of(*held.quantity, *parse_proxy("158.02"));
    held.held = true;
    auto queried = sample_summary('5');
    queried.state = EntryState::Queried;
    queue.entries.rows = {sample_summary('1'), group, story, held, queried};
    queue.entries.more = true;
    queue.entries.last = 41;
    return queue;
}

} // namespace

TEST_CASE("the queue shows what people wrote escaped, and quantity before pounds")
{
    const auto html = rendered("queue", queue_view(sample_queue(), clock_at_noon), "queue", "queue");
    CHECK(has(html, "Planting trees &lt;along&gt; the canal"));
    CHECK_FALSE(has(html, "<along>"));
    CHECK(has(html, ">3.5 hours<"));
    CHECK(has(html, "£59.26"));
    CHECK(html.find(">3.5 hours<") < html.find("£59.26"));
    CHECK(has(html, "12 minutes ago"));
    CHECK(has(html, "after=41"));
    CHECK(has(html, "held apart"));
    CHECK(has(html, "no pounds"));
}

TEST_CASE("the queue says when what has just arrived is still being compared")
{
    auto queue = sample_queue();
    const auto html = [&](const char* name) {
        return rendered("queue", queue_view(queue, clock_at_noon), "queue", name);
    };
    CHECK_FALSE(has(html("queue-compared"), "still being compared"));
    queue.counts.comparing = true;
    CHECK(has(html("queue-comparing"), "still being compared"));
}

TEST_CASE("an empty queue says that nothing waits")
{
    QueuePage queue;
    queue.may_decide = true;
    const auto html = rendered("queue", queue_view(queue, clock_at_noon), "queue", "queue-empty");
    CHECK(has(html, "Nothing waits for you"));
    queue.address.kind = "hours";
    CHECK(has(rendered("queue", queue_view(queue, clock_at_noon), "queue", "queue-filtered"),
              "Nothing here fits what you chose"));
}

TEST_CASE("a queue address keeps only what it knows, and says the same again")
{
    Fields query;
    for (const auto& [name, value] : {std::pair{"contract", "A/1 b"},
                                      {"kind", "hours"},
                                      {"state", "queried"},
                                      {"quarter", "2026-Q1"},
                                      {"measure", "NT86"},
                                      {"after", "17"}})
        query.add(name, value);
    const auto address = QueueAddress::from(query);
    CHECK(address.path() ==
          "/queue?state=queried&contract=A%2F1%20b&kind=hours&quarter=2026-Q1&measure=NT86&after=17");
    CHECK(address.filter().after == 17);

    Fields nonsense;
    for (const auto& [name, value] :
         {std::pair{"kind", "x"}, {"state", "x"}, {"quarter", "2026-Q5"}, {"after", "-1"}})
        nonsense.add(name, value);
    CHECK(QueueAddress::from(nonsense).path() == "/queue?state=waiting");
}

TEST_CASE("an entry shows how its value came about, exactly and as shown")
{
    EntryPageInput input;
    input.detail = sample_detail();
    input.measure = lancashire().find_measure("NT86");
    input.place_title = "Brierley Park";
    input.back = "/queue";
    const auto html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry");
    CHECK(has(html, "3.5 hours"));
    CHECK(has(html, "£16.93 an hour"));
    CHECK(has(html, "£59.255"));
    CHECK(has(html, "Shown as £59.26 where"));
    CHECK(has(html, "Edition 2024-28, revision 1"));
    CHECK(has(html, "Mary Shaw, for the host organisation"));
    CHECK(has(html, "This photo has not arrived yet"));
    CHECK(has(html, R"(value="accept")"));
    CHECK(html.find("3.5 hours") < html.find("£59.255"));
}

TEST_CASE("an entry of one's own is shown with the reason instead of buttons")
{
    EntryPageInput input;
    input.detail = sample_detail();
    input.detail.can_decide = false;
    input.detail.why_not = "You captured this entry yourself. Somebody else has to decide on it.";
    const auto html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry-own");
    CHECK(has(html, "Somebody else has to decide on it."));
    CHECK_FALSE(has(html, R"(value="accept")"));
}

TEST_CASE("a story shows its words, photos, consent and whole history")
{
    EntryPageInput input;
    input.detail = sample_detail();
    EntryDetail& detail = input.detail;
    detail.summary.kind = EvidenceKind::Story;
    detail.summary.state = EntryState::Queried;
    detail.summary.headline = "How a school allotment brought two streets together";
    detail.summary.quantity = std::nullopt;
    detail.facts.quantity = std::nullopt;
    detail.facts.proxy = std::nullopt;
    detail.facts.value = std::nullopt;
    detail.facts.value_class = "none";
    StoryBody story;
    story.title = detail.summary.headline;
    story.what = "We cleared the ground behind the school.\n\nThen every class took a bed.";
    story.changed = "Neighbours who had not spoken for years now share a shed.";
    story.quotes = {{"I never knew soup could start as mud.", "a pupil, aged 9"}};
    const auto wordings = load_consent_wordings(assets_dir() / "consents");
    REQUIRE(wordings.ok());
    story.consents = {
        {"Joan Ali", {ConsentUse::Report, ConsentUse::Website}, "2026-1", "en", "", "ABC", true},
        {"Per Holm", {ConsentUse::Report}, "1999-1", "en", "", "DEF", false}};
    input.wordings = &*wordings;
    detail.entry->body = story;
    detail.question = "Which school was this?";
    detail.history.push_back({44,
                              {clock_at_noon.now().ms - 60'000},
                              detail.summary.id,
                              "queried",
                              "Asha Roy",
                              "Which school was this?"});
    detail.can_reverse = true;
    const auto html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry-story");
    CHECK(has(html, "Which school was this?"));
    CHECK(has(html, "I never knew soup could start as mud."));
    CHECK(has(html, "reports to the council, the website"));
    CHECK(has(html, "Wording 2026-1 in English, spoken, by a parent or guardian"));
    CHECK(has(html, "I can change my mind at any time"));
    CHECK(has(html, digest_of(*find_wording(*wordings, "2026-1", "en"))));
    CHECK(has(html, "Public websites <span class=\"tb-strong\">Agreed"));
    CHECK(has(html, "Social media <span class=\"tb-strong\">Not agreed"));
    CHECK(has(html, "Wording 1999-1 in English"));
    CHECK(has(html, "does not hold the words of that version"));
    CHECK(has(html, "Question asked"));
    CHECK(has(html, R"(value="reverse")"));
    CHECK_FALSE(has(html, R"(value="query")"));
}

TEST_CASE("a divided entry says that its value is past, and its history names its parts")
{
    EntryPageInput input;
    input.detail = sample_detail();
    input.measure = lancashire().find_measure("NT86");
    input.detail.summary.state = EntryState::Split;
    input.detail.history.push_back({42, input.detail.received_at, sample_id('7'), "part", "Asha Patel", ""});
    auto html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry-divided");
    CHECK(has(html, "What it counted for before it was divided"));
    CHECK(has(html, "(see the part)"));
    CHECK_FALSE(has(html, "(another revision)"));

    input.detail.summary.state = EntryState::Waiting;
    input.detail.part_of = RelatedEntry{};
    input.detail.history.back().what = "split";
    html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry-part");
    CHECK(has(html, "What it counts for"));
    CHECK(has(html, "(the whole entry)"));
}

TEST_CASE("of an erased entry the page says plainly when and why, and what is still known")
{
    EntryPageInput input;
    input.detail = sample_detail();
    input.measure = lancashire().find_measure("NT86");
    EntryDetail& detail = input.detail;
    detail.entry = std::nullopt;
    detail.summary.erased = true;
    detail.summary.headline.clear();
    detail.summary.state = EntryState::Accepted;
    detail.device_name = "Tablet 4";
    detail.erasure = EntryErasure{clock_at_noon.now(), ErasureReason::Withdrawal, "By letter, 3 March"};
    const auto html = rendered("entry", entry_view(input, clock_at_noon), "queue", "entry-erased");
    CHECK(has(html, "The words of this entry were erased"));
    CHECK(has(html, "were destroyed on 2 March 2026"));
    CHECK(has(html, "because a person took their consent back"));
    CHECK(has(html, "Reason given: <span class=\"tb-words\">By letter, 3 March"));
    CHECK(has(html, "What is still known"));
    CHECK(has(html, "3.5 hours"));
    CHECK(has(html, "Tablet 4"));
    CHECK_FALSE(has(html, "What was captured"));
    CHECK_FALSE(has(html, "Mary Shaw"));
}

TEST_CASE("a contract shows claimed, confirmed and both, and keeps kinds of value apart")
{
    const auto html = rendered("contract", contract_view(sample_contract()), "contracts", "contract");
    CHECK(has(html, "Local economic value"));
    CHECK(has(html, "Held apart"));
    CHECK(has(html, "Community contribution"));
    CHECK(has(html, "212.5 h"));
    CHECK(has(html, "337.75")); // NT86 confirmed
    CHECK(has(html, "410.5"));  // NT86 both
    CHECK(has(html, "480"));    // NT86 promised to date
    CHECK(has(html, "85%"));
    CHECK(has(html, "of 600"));
    CHECK(has(html, "unplanned"));
    CHECK(has(html, "/queue?state=accepted&amp;contract=LCC-2024-017&amp;measure=NT86"));
}

TEST_CASE("the figures of a contract lead to the entries that they add, and to no others")
{
    auto page = sample_contract();
    page.balances.push_back(sample_balance(Phase::Claimed, "NT86", "2026-Q1", "6", "social", true));
    page.balances.push_back(sample_balance(Phase::Confirmed, "", "2026-Q1", "0", "none"));
    page.balances.push_back(sample_balance(Phase::Claimed, "NT88", "2026-Q1", "9", "social", true));
    const auto html = rendered("contract", contract_view(page), "contracts", "contract-links");
    const std::string path = "/queue?state=claimed&amp;contract=LCC-2024-017&amp;measure=";
    // What is queried waits too. What a flag holds, and residents' hours, stand in rows of their own.
    CHECK(has(html, path + "NT86&amp;by=value_class&amp;line=social&amp;flagged=0\""));
    CHECK(has(html, path + "NT86&amp;by=value_class&amp;line=social&amp;flagged=1\""));
    CHECK(has(html, "measure=NT86&amp;by=value_class&amp;line=community\""));
    CHECK(has(html, path + "NT26&amp;flagged=0\""));
    CHECK(has(html, path + "NT88&amp;held=1\""));
    CHECK(has(html, "state=accepted&amp;contract=LCC-2024-017&amp;by=measure&amp;line=none\""));
    CHECK_FALSE(has(html, "state=waiting"));

    Fields query;
    for (const auto& [name, value] : {std::pair{"state", "claimed"}, {"flagged", "0"}})
        query.add(name, value);
    const auto address = QueueAddress::from(query);
    CHECK(address.path() == "/queue?state=claimed&flagged=0");
    CHECK(address.filter().unflagged);
    CHECK_FALSE(address.filter().flagged);
}

TEST_CASE("what an administrator let count of a held measure stands in its theme, the rest apart")
{
    auto page = sample_contract();
    const Measure* held = lancashire().find_measure("NT11");
    REQUIRE(held->hold_value);
    page.balances = {sample_balance(Phase::Confirmed, "NT11", "2025-Q4", "6", "social", true),
                     sample_balance(Phase::Confirmed, "NT11", "2025-Q4", "5")};
    const auto html = rendered("contract", contract_view(page), "contracts", "contract-released");
    const auto in_theme = html.find("measure=NT11&amp;held=0\"");
    const auto apart = html.find("measure=NT11&amp;held=1\"");
    REQUIRE(in_theme != std::string::npos);
    REQUIRE(apart != std::string::npos);
    const auto heading = html.find("Held apart", in_theme);
    CHECK(heading < apart);

    Fields query;
    for (const auto& [name, value] : {std::pair{"state", "accepted"}, {"held", "0"}})
        query.add(name, value);
    const auto address = QueueAddress::from(query);
    CHECK(address.path() == "/queue?state=accepted&held=0");
    CHECK(address.filter().held == false);
}

TEST_CASE("the total of a contract is the rounding of the exact sum and leaves held value out")
{
    std::vector<Balance> balances;
    for (int i = 0; i < 3; ++i) {
        Balance balance = sample_balance(Phase::Confirmed, "NT86", "2026-Q1", "3.5");
        balances.push_back(balance);
    }
    balances.push_back(sample_balance(Phase::Confirmed, "NT11", "2026-Q1", "6", "social", true));
    balances.push_back(sample_balance(Phase::Claimed, "NT1", "2026-Q1", "1", "local_economic"));
    const auto totals = social_value_of(balances);
    CHECK(format_pounds(totals.confirmed) == "£177.76"); // 3 x 59.255 = 177.765, half to even; not 3 x 59.26
    CHECK(format_pounds(totals.claimed) == "£0.00");
}

TEST_CASE("a contract in one quarter, and one with nothing yet")
{
    auto page = sample_contract();
    page.period.quarter = Quarter{2025, 4};
    const auto html = rendered("contract", contract_view(page), "contracts", "contract-quarter");
    CHECK(has(html, "quarter=2025-Q4"));
    CHECK_FALSE(has(html, "By quarter"));
    page.balances.clear();
    page.targets.clear();
    CHECK(has(rendered("contract", contract_view(page), "contracts", "contract-empty"),
              "Nothing was promised or delivered"));
}

TEST_CASE("of a figure that replaces the one before, a contract shows the newest and never a sum")
{
    auto page = sample_contract();
    page.balances.clear();
    page.targets = {{"NT41", {2025, 4}, *parse_quantity("60")}, {"NT41", {2026, 1}, *parse_quantity("65")}};
    const auto figure = [&](Phase phase, std::string quarter, Date until, const char* quantity) {
        Balance balance = sample_balance(phase, "NT41", quarter, "0", "none");
        balance.entries = 1;
        page.balances.push_back(balance);
        page.figures.push_back({phase,
                                "lancashire-toms-2024",
                                "2024-28",
                                "NT41",
                                std::move(quarter),
                                {},
                                std::ssize(page.figures),
                                until,
                                *parse_quantity(quantity)});
    };
    figure(Phase::Confirmed, "2025-Q3", {2025, 9, 30}, "41");
    figure(Phase::Confirmed, "2025-Q4", {2025, 12, 31}, "44");
    figure(Phase::Claimed, "2026-Q1", {2026, 2, 28}, "52");
    const auto html = rendered("contract", contract_view(page), "contracts", "contract-newest");
    CHECK(has(html, "per cent, not added up · newest figure"));
    CHECK(has(html, ">44%</a><span class=\"tb-minor tb-until\">31 Dec 2025</span>"));
    CHECK(has(html, ">52%</a><span class=\"tb-minor tb-until\">28 Feb 2026</span>"));
    CHECK(has(html, "<span>52%</span><span class=\"tb-minor tb-until\">28 Feb 2026</span>"));
    CHECK(has(html, "<span>65%</span>")); // the promise that is due, not 125%
    CHECK(has(html, "80%"));              // 52 of 65
    CHECK_FALSE(has(html, "125"));
    CHECK_FALSE(has(html, "137")); // 41 + 44 + 52
    CHECK(has(html, ">41%<"));     // in its own quarter

    page.period.quarter = Quarter{2025, 3};
    const auto quarter = rendered("contract", contract_view(page), "contracts", "contract-newest-quarter");
    CHECK(has(quarter, ">41%</a><span class=\"tb-minor tb-until\">30 Sep 2025</span>"));
    CHECK(has(quarter, "none yet"));
    CHECK_FALSE(has(quarter, "44%"));
}

TEST_CASE("a contract shows the years by which it reports, and one of them by the day of the work")
{
    auto page = sample_contract();
    page.contract.year_kind = YearKind::Academic;
    const auto years = reporting_years(page.contract, page.balances, page.today);
    REQUIRE(years.size() == 2); // from April 2025 to March 2026
    CHECK(years[0] == year_containing({2026, 1, 1}, YearKind::Academic));
    page.years_to_choose = years;
    YearTotals totals;
    totals.year = years[0];
    totals.social.confirmed = *value_of(*parse_quantity("3.5"), *parse_proxy("16.93"));
    totals.community.claimed = *parse_quantity("2");
    page.years = {totals};
    const auto whole = rendered("contract", contract_view(page), "contracts", "contract-years");
    CHECK(has(whole, "<h2 class=\"govuk-heading-m tb-group-heading\" id=\"years\">Academic years</h2>"));
    CHECK(has(whole, "/contracts/LCC-2024-017?period=2025-09-01\">2025/26</a>"));
    CHECK(has(whole, "£59.26"));
    CHECK(has(whole, "<option value=\"2025-09-01\">Academic year 2025/26</option>"));

    page.years.clear();
    page.period = period_from("2025-09-01");
    page.balances = {sample_balance(Phase::Confirmed, "NT86", "2025-Q3", "12"),
                     sample_balance(Phase::Claimed, "NT86", "2026-Q1", "24")};
    page.erased_days = 1;
    const auto html = rendered("contract", contract_view(page), "contracts", "contract-year");
    CHECK(has(html, "<option value=\"2025-09-01\" selected>"));
    CHECK(has(html, "Work of 1 September 2025 to 31 August 2026"));
    CHECK(has(html, "1 erased entry counts by the first day"));
    // Targets of 120 a quarter until Q2 2026; those of Q3 2025 are of the year before.
    CHECK(has(html, "Promised to date"));
    CHECK(has(html, "<span>240</span><span class=\"tb-minor\">of 360</span>"));
    CHECK(has(html, "15%")); // 36 of 240
    CHECK(has(html, ">Sep 2025</th>"));
    CHECK(has(html, ">Jul to Aug 2026</th>"));
    CHECK(has(html, "12<"));
    CHECK_FALSE(has(html, "12<span class=\"tb-minor\">of 120"));
    CHECK(has(html, "24<span class=\"tb-minor\">of 120"));
    CHECK(has(html, "&amp;year=2025-09-01&amp;measure=NT86"));
}

TEST_CASE("a period of an address is a quarter, or a year that begins as some kind of year does")
{
    CHECK(period_from("2026-Q1").quarter == Quarter{2026, 1});
    CHECK(name_of(period_from("2026-Q1")) == "2026-Q1");
    CHECK(period_from("2025-09-01").year == year_containing({2025, 9, 1}, YearKind::Academic));
    CHECK(name_of(period_from("2025-04-01")) == "2025-04-01");
    CHECK(year_title(*year_from("2025-04-01")) == "Financial year 2025/26");
    CHECK(year_title(*year_from("2025-01-01")) == "Calendar year 2025");
    for (const char* text : {"", "2026", "2026-Q5", "2025-09-02", "2025-13-01", "x"}) {
        CAPTURE(text);
        CHECK_FALSE(period_from(text).quarter);
        CHECK_FALSE(period_from(text).year);
    }
    CHECK(years_between(YearKind::Academic, {2020, 9, 1}, {2022, 8, 31}).size() == 2);
    CHECK(years_between(YearKind::Calendar, {1990, 1, 1}, {2026, 1, 1}).size() == 10);

    Fields query;
    query.add("year", "2025-09-01");
    const auto address = QueueAddress::from(query);
    CHECK(address.path() == "/queue?state=waiting&year=2025-09-01");
    CHECK(address.filter().year == year_from("2025-09-01"));

    auto queue = sample_queue();
    CHECK(has(rendered("queue", queue_view(queue, clock_at_noon), "queue", "queue-counts"), ">186</span>"));
    queue.address = address;
    const auto html = rendered("queue", queue_view(queue, clock_at_noon), "queue", "queue-year");
    CHECK(has(html, "Only work of 1 Sep 2025 to 31 Aug 2026"));
    CHECK_FALSE(has(html, ">186</span>"));
}

TEST_CASE("what came after a quarter was closed is shown in both quarters of a contract")
{
    auto page = sample_contract();
    for (const auto& [phase, entries] : {std::pair{Phase::Claimed, -1}, {Phase::Confirmed, 1}}) {
        Balance moved = sample_balance(phase, "NT86", "2026-Q1", "3.5");
        moved.quantity.parts *= entries;
        moved.value.parts *= entries;
        moved.work_quarter = "2025-Q4";
        moved.entries = entries;
        page.balances.push_back(moved);
    }
    for (auto& balance : page.balances)
        if (balance.work_quarter.empty())
            balance.work_quarter = balance.quarter;
    const auto shown = [&](std::optional<Quarter> quarter) {
        page.period.quarter = quarter;
        return rendered("contract", contract_view(page), "contracts",
                        "contract-corrections-" + (quarter ? format_quarter(*quarter) : std::string("all")));
    };
    const auto whole = shown(std::nullopt);
    CHECK(has(whole, "Posted after a quarter was closed"));
    CHECK(has(whole, "−£59.26 waiting, +£59.26 confirmed"));
    CHECK(has(whole, "period=2025-Q4\">Q4 2025</a>"));
    CHECK(has(whole, "period=2026-Q1\">Q1 2026</a>"));
    const auto work = shown(Quarter{2025, 4});
    CHECK(has(work, "Posted later"));
    CHECK_FALSE(has(work, "Corrections of earlier quarters"));
    const auto account = shown(Quarter{2026, 1});
    CHECK(has(account, "Corrections of earlier quarters"));
    CHECK_FALSE(has(account, "Posted later"));
    CHECK_FALSE(has(shown(Quarter{2025, 3}), "tb-corrections"));
    page.may_see_evidence = false;
    CHECK_FALSE(has(shown(std::nullopt), "/queue?"));
}

TEST_CASE("who may not see evidence gets figures without links")
{
    auto page = sample_contract();
    page.may_see_evidence = false;
    CHECK_FALSE(
        has(rendered("contract", contract_view(page), "contracts", "contract-supplier", Role::Supplier),
            "/queue"));
}

TEST_CASE("the ledger's lines are told in words, and another contract's stay closed")
{
    ReceivedLeaf received;
    received.at = clock_at_noon.now();
    received.facts = sample_detail().facts;
    LedgerReader reader;
    reader.person = [](std::string_view) { return "Asha Roy"; };
    reader.contract = [](std::string_view) { return "Highways maintenance"; };
    reader.sees = [](std::string_view) { return true; };
    reader.entry = [&received](const Uuid&) { return received.facts; };
    reader.may_see_evidence = true;
    DecisionLeaf decision{clock_at_noon.now(), DecisionKind::Accept, received.facts.id, "someone", ""};
    View view = object();
    ViewList rows;
    rows.push_back(ledger_line({42, write_leaf(decision), std::string(64, 'c')}, reader, clock_at_noon));
    rows.push_back(ledger_line({41, write_leaf(received), std::string(64, 'c')}, reader, clock_at_noon));
    reader.sees = [](std::string_view) { return false; };
    rows.push_back(ledger_line({40, write_leaf(received), std::string(64, 'c')}, reader, clock_at_noon));
    set_list(view, "rows", std::move(rows));
    view.set("paging", true);
    view.set("first", false);
    view.set("next", "/ledger?before=40");
    View checkpoint = object();
    checkpoint.set("size", "43");
    checkpoint.set("signed_at", "2 March 2026, 12:00");
    checkpoint.set("root", std::string(64, 'd'));
    checkpoint.set("note",
                   "tallybook/0123456789abcdef\n43\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n\n— "
                   "tallybook/0123456789abcdef AAECAwQFBgcICQ==\n");
    checkpoint.set("verifier", "tallybook/0123456789abcdef+11223344+AQIDBAUGBwgJ");
    view.set("checkpoint", std::move(checkpoint));
    const auto html = rendered("ledger", std::move(view), "ledger", "ledger");
    CHECK(has(html, "Accepted by Asha Roy"));
    CHECK(has(html, "Hours received"));
    CHECK(has(html, "Something about a contract that you do not see"));
    CHECK(has(html, "£59.26"));

    const auto decided =
        ledger_row_view({42, write_leaf(decision), std::string(64, 'c')}, reader, clock_at_noon);
    CHECK_FALSE(has(rendered("ledger-row", decided, "ledger", "ledger-row-decided"), "Accepted"));
    const auto closed =
        ledger_row_view({40, write_leaf(received), std::string(64, 'c')}, reader, clock_at_noon);
    CHECK_FALSE(has(rendered("ledger-row", closed, "ledger", "ledger-row-closed"), "NT86"));
}

TEST_CASE("quantities are said in the unit of their measure")
{
    CHECK(amount(MeasureKind::Hours, *parse_quantity("1")) == "1 hour");
    CHECK(amount(MeasureKind::Hours, *parse_quantity("3.5")) == "3.5 hours");
    CHECK(amount(MeasureKind::Gbp, *parse_quantity("1200")) == "£1,200");
    CHECK(amount(MeasureKind::PeopleFte, *parse_quantity("0.25")) == "0.25 FTE years");
    CHECK(duration(90) == "1 h 30 min");
    CHECK(duration(45) == "45 min");
    CHECK(time_since({clock_at_noon.now().ms - 2 * 3'600'000}, clock_at_noon) == "2 hours ago");
}

TEST_CASE("every state is a word with an icon")
{
    for (const auto state : {EntryState::Waiting, EntryState::Queried, EntryState::Accepted,
                             EntryState::Declined, EntryState::Replaced, EntryState::Withdrawn}) {
        CHECK_FALSE(word_for(state).empty());
        CHECK_MESSAGE(icon(name_of(state)).find("<svg") == 0, name_of(state));
    }
}

TEST_CASE("links lead only to our own pages")
{
    CHECK(own_path("/entries/1?a=b", "/") == "/entries/1?a=b");
    for (const auto* path :
         {"", "//evil.example", "https://evil.example", "/\\evil.example", "/a b", "/a\r\nX: y"})
        CHECK_MESSAGE(own_path(path, "/queue") == "/queue", path);
}

TEST_CASE("a QR code is a picture with a name")
{
    const auto svg =
        qr_svg("tallybook://enrol?server=https://tallybook.example&code=ABCDEFGHJKMN", "QR code");
    CHECK(has(svg, R"(aria-label="QR code")"));
    CHECK(has(svg, "h1v1h-1z"));
    CHECK(qr_svg(std::string(5000, 'x'), "too long").empty());
}
