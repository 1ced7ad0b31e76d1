#include "server/ledger/flags.h"
#include "server/ledger/rebuild.h"
#include "server/ledger/standings.h"
#include "server/ledger/verify.h"
#include "tests/support/council_server.h"
#include "tests/support/postgres.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

constexpr const char* contracts = R"({"schema":"tallybook-contracts/1","places":[],"contracts":[
    {"ref":"LCC-1","title":"Parks","supplier":"Greenway","buyer":"Lancashire","framework":"lancashire-toms-2024",
     "framework_version":"2024-28","starts":"2025-04-01","ends":"2027-03-31","targets":[],"events":[]},
    {"ref":"LCC-2","title":"Roads","supplier":"Ribble","buyer":"Lancashire","framework":"lancashire-toms-2024",
     "framework_version":"2024-28","starts":"2025-04-01","ends":"2027-03-31","targets":[],"events":[]}]})";

/// A server without HTTP, with two contracts and one device. What merge would find is flagged by hand, so
/// that a test says which flags there are.
struct Council : CouncilServer
{
    explicit Council(const std::string& url) : CouncilServer(url, contracts) {}

    Uuid send(Entry entry)
    {
        const auto outcome = receive({device.seal(entry)}).front();
        REQUIRE_MESSAGE(outcome.outcome == protocol::Outcome::Created, outcome.code);
        return entry.id;
    }

    /// Hours of a person of their own, so that merge finds nothing.
    Uuid send_hours(const std::string& person, std::string contract = "LCC-1", std::string measure = "NT86")
    {
        Entry entry = sample_hours_entry();
        entry.about.contract = std::move(contract);
        entry.about.measure = std::move(measure);
        auto& body = std::get<HoursBody>(entry.body);
        body.people.name = person;
        body.host = "Friends of " + person;
        return send(entry);
    }

    std::int64_t raise(std::vector<Uuid> entries, const std::string& rule = "same_delivery")
    {
        std::sort(entries.begin(), entries.end());
        std::int64_t position = -1;
        writer.run([&](LedgerTransaction& ledger) {
            const auto appended = ledger.append(FlaggedLeaf{clock.now(), rule, entries, 60, 900});
            REQUIRE_MESSAGE(appended.ok(), (appended ? "" : appended.error().text()));
            position = *appended;
        });
        return position;
    }

    EntryState state(const Uuid& id) { return read_standing(database, id)->state; }
    std::int64_t leaves() { return latest_checkpoint(database)->tree_size; }

    std::string sums(std::string_view contract)
    {
        Money confirmed;
        Money claimed;
        Money held;
        for (const auto& balance : read_balances(database, contract)) {
            auto& sum = balance.held ? held : balance.phase == Phase::Confirmed ? confirmed : claimed;
            sum = add(sum, balance.value).value();
        }
        return format_exact(confirmed) + " " + format_exact(claimed) + " " + format_exact(held);
    }
};

void on_both(const std::function<void(Council&)>& test)
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "server.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        Council council(url);
        test(council);
        const auto report = verify_ledger(council.database, council.keys.signing.public_key);
        CHECK_MESSAGE(report.ok(), (report.ok() ? "" : report.findings.front().text()));
    }
}

Viewer manager()
{
    return {"manager-1", "Asha Patel", false, {"LCC-1", "LCC-2"}, true, false};
}

Viewer of_one_contract()
{
    return {"manager-2", "Bea Hall", false, {"LCC-1"}, true, false};
}

Viewer administrator()
{
    return {"admin-1", "Ruth Ashworth", true, {}, false, true};
}

std::string code_of(const Result<void>& result)
{
    return result ? "ok" : result.error().code;
}

} // namespace

TEST_CASE("a case is settled as the same work in one go, holds nothing any more, and can be opened again")
{
    on_both([](Council& council) {
        const auto a = council.send_hours("Jo Marsden");
        const auto b = council.send_hours("Wu Lan");
        const auto c = council.send_hours("Ivy Cross");
        const auto first = council.raise({a, b});
        const auto second = council.raise({b, c});
        CHECK(council.sums("LCC-1") == "0.00 0.00 177.765");
        CHECK(code_of(council.review.decide(manager(), a, DecisionKind::Accept, "")) == "flag_open");
        CHECK(council.review.counts(manager(), {}).flagged == 3);

        const auto open = council.review.cases(manager(), {});
        REQUIRE(open.rows.size() == 1);
        CHECK(open.rows[0].entries.size() == 3);

        const Settlement same{Resolution::Same, a, {a, b, c}};
        const auto before = council.leaves();
        CHECK(code_of(council.review.settle(manager(), second, same, {first, second}, " ")) ==
              "note_missing");
        CHECK(code_of(council.review.settle(manager(), second, same, {first}, "Seen")) == "case_changed");
        CHECK(council.leaves() == before);
        REQUIRE(code_of(council.review.settle(manager(), second, same, {first, second},
                                              "One sheet, kept twice")) == "ok");
        CHECK(council.state(a) == EntryState::Waiting);
        CHECK(council.state(b) == EntryState::Duplicate);
        CHECK(council.state(c) == EntryState::Duplicate);
        CHECK(council.sums("LCC-1") == "0.00 59.255 0.00");
        CHECK(council.review.entry(manager(), b)->counted_by.has_value());

        const auto settled = council.review.flag_case(manager(), first);
        REQUIRE(settled);
        CHECK(settled->kept == a);
        CHECK(settled->note == "One sheet, kept twice");
        CHECK(settled->flags.flags.size() == 2);
        CHECK(council.review.cases(manager(), {"", true, 0, 25}).rows.size() == 1);

        REQUIRE(code_of(council.review.reopen(manager(), first, "The dates differ")) == "ok");
        CHECK(council.state(b) == EntryState::Waiting);
        CHECK(council.state(c) == EntryState::Waiting);
        CHECK(council.sums("LCC-1") == "0.00 0.00 177.765");
        REQUIRE(code_of(council.review.settle(manager(), first, {Resolution::Different, {}, {}},
                                              {first, second}, "Three people")) == "ok");
        CHECK(council.sums("LCC-1") == "0.00 177.765 0.00");
    });
}

TEST_CASE("nobody settles what they captured or confirmed, nor what they see only in part")
{
    on_both([](Council& council) {
        const auto a = council.send_hours("Jo Marsden");
        const auto b = council.send_hours("Wu Lan", "LCC-2");
        Entry confirmed = sample_hours_entry();
        auto& body = std::get<HoursBody>(confirmed.body);
        body.people.name = "Ivy Cross";
        body.host = "Library";
        body.confirmation = HoursConfirmation::Host;
        body.confirmed_by = "asha  PATEL";
        const auto c = council.send(confirmed);
        const auto across = council.raise({a, b});
        const auto by_host = council.raise({a, c}, "same_photo");
        const Settlement different{Resolution::Different, {}, {}};

        CHECK(code_of(council.review.settle(of_one_contract(), across, different, {across}, "x")) ==
              "not_allowed");
        const auto partly = council.review.flag_case(of_one_contract(), across);
        REQUIRE(partly);
        CHECK_FALSE(partly->can_settle);
        for (const auto& entry : partly->entries)
            CHECK(entry.visible == (entry.id == a));
        Viewer author = manager();
        author.user_id = "p-0007";
        author.name = "Somebody";
        CHECK(code_of(council.review.settle(author, across, different, {across}, "x")) == "own_entry");
        CHECK(code_of(council.review.settle(manager(), by_host, different, {by_host}, "x")) == "own_entry");
        Viewer auditor{"auditor-1", "Miriam", true, {}, false, false};
        CHECK(code_of(council.review.settle(auditor, across, different, {across}, "x")) == "not_allowed");
        Viewer stranger{"other", "Other", false, {"LCC-9"}, true, false};
        CHECK(code_of(council.review.settle(stranger, across, different, {across}, "x")) == "not_found");
        CHECK_FALSE(council.review.flag_case(stranger, across));
        CHECK(code_of(council.review.settle(administrator(), across, different, {across}, "Two people")) ==
              "ok");
        CHECK(code_of(council.review.reopen(author, across, "")) == "own_entry");
    });
}

TEST_CASE("an entry is divided over contracts exactly, and put together again until a part is accepted")
{
    on_both([](Council& council) {
        const auto whole = council.send_hours("Jo Marsden");
        const auto before = council.leaves();
        const auto half = *parse_quantity("1.75");
        const auto split = [&](std::vector<PartRequest> parts) {
            const auto made = council.review.split(manager(), whole, parts, "Half on each road");
            return made ? "ok" : made.error().code + "@" + made.error().where;
        };
        CHECK(split({{"LCC-1", "NT86", half}}) == "split_sum@");
        CHECK(split({{"LCC-1", "NT86", half}, {"LCC-2", "NT86", *parse_quantity("1.7")}}) == "split_sum@");
        CHECK(split({{"LCC-1", "NT86", half}, {"LCC-9", "NT86", half}}) == "contract_unknown@2");
        // The second part is refused after the first was written: nothing of either may stay.
        CHECK(split({{"LCC-1", "NT86", half}, {"LCC-2", "NT999", half}}) == "unknown_measure@2");
        CHECK(split({{"LCC-1", "NT86", half}, {"LCC-2", "NT10", half}}) == "unit_mismatch@2");
        CHECK(council.leaves() == before);
        CHECK(council.state(whole) == EntryState::Waiting);
        CHECK(council.sums("LCC-1") == "0.00 59.255 0.00");

        const auto made = council.review.split(
            manager(), whole, {{"LCC-1", "NT86", half}, {"LCC-2", "NT15", half}}, "Half on each road");
        REQUIRE_MESSAGE(made.ok(), (made ? "" : made.error().text()));
        CHECK(council.state(whole) == EntryState::Split);
        CHECK(council.sums("LCC-1") == "0.00 29.6275 0.00");
        CHECK(council.sums("LCC-2") == "0.00 176.75 0.00");
        const auto page = council.review.entry(manager(), whole);
        CHECK(page->parts.size() == 2);
        const auto part = council.review.entry(manager(), made->back());
        REQUIRE(part->entry);
        CHECK(std::get<HoursBody>(part->entry->body).people.name == "Jo Marsden");
        Viewer author = manager();
        author.user_id = "p-0007";
        CHECK(code_of(council.review.decide(author, made->back(), DecisionKind::Accept, "")) == "own_entry");

        REQUIRE(code_of(council.review.decide(manager(), made->back(), DecisionKind::Accept, "Fine")) ==
                "ok");
        CHECK(code_of(council.review.decide(manager(), whole, DecisionKind::Reverse, "")) == "wrong_state");
        REQUIRE(code_of(council.review.decide(manager(), made->back(), DecisionKind::Reverse, "")) == "ok");
        REQUIRE(code_of(council.review.decide(manager(), whole, DecisionKind::Reverse, "No")) == "ok");
        CHECK(council.sums("LCC-1") == "0.00 59.255 0.00");
        CHECK(council.sums("LCC-2") == "0.00 0.00 0.00");
        CHECK(council.review.entry(manager(), whole)->parts.empty());
    });
}

TEST_CASE("an administrator lets held values count and holds them again; nobody else does")
{
    on_both([](Council& council) {
        const auto first = council.send(sample_delivery_entry("NT88", "10"));
        const auto second = council.send(sample_delivery_entry("NT88", "4"));
        for (const auto& flag : read_open_flags(council.database, -1, 10))
            REQUIRE(code_of(council.review.settle(administrator(), flag.position,
                                                  {Resolution::Different, {}, {}}, {flag.position}, "Two")) ==
                    "ok");
        CHECK(council.sums("LCC-1") == "0.00 0.00 2212.28");
        const auto groups = council.review.held_groups(administrator());
        REQUIRE(groups.size() == 1);
        CHECK(groups[0].measure == "NT88");
        CHECK(groups[0].held == 2);
        CHECK_FALSE(groups[0].why.empty());
        CHECK(council.review.held_entries(administrator(), "LCC-1", "NT88").size() == 2);

        const auto by_manager = council.review.set_held(manager(), {first}, DecisionKind::Release, "Ours");
        CHECK(by_manager.error().code == "not_allowed");
        CHECK(code_of(council.review.decide(manager(), first, DecisionKind::Release, "Ours")) ==
              "not_allowed");
        CHECK(council.review.set_held(administrator(), {first}, DecisionKind::Release, "").error().code ==
              "note_missing");
        const auto released = council.review.set_held(administrator(), {first, second}, DecisionKind::Release,
                                                      "Confirmed per kg");
        REQUIRE(released.ok());
        CHECK(released->changed == 2);
        CHECK(council.sums("LCC-1") == "0.00 2212.28 0.00");
        const auto again =
            council.review.set_held(administrator(), {first}, DecisionKind::Release, "Once more");
        CHECK(again->changed == 0);
        CHECK(again->refused.size() == 1);
        CHECK(council.review.set_held(administrator(), {second}, DecisionKind::Hold, "Wrong")->changed == 1);
        CHECK(council.sums("LCC-1") == "0.00 1580.20 632.08");
        EntryFilter filter;
        filter.held = true;
        const auto held = council.review.entries(manager(), filter).rows;
        REQUIRE(held.size() == 1);
        CHECK(held[0].id == second);
        filter.held = false;
        const auto counted = council.review.entries(manager(), filter).rows;
        REQUIRE(counted.size() == 1);
        CHECK(counted[0].id == first);
        CHECK(council.review.entry(manager(), first)->history.back().note == "Confirmed per kg");
    });
}

TEST_CASE("a quarter closes in order after it has ended, and what comes later is shown on both sides")
{
    on_both([](Council& council) {
        const auto id = council.send_hours("Jo Marsden");
        const Quarter quarter{2026, 1};
        CHECK(code_of(council.review.close_quarter(administrator(), quarter, 0, "")) == "quarter_running");
        council.clock.advance_ms(std::int64_t{60} * 24 * 3'600'000); // 1 May
        auto detail = council.review.quarter(administrator(), quarter);
        CHECK(detail.can_close);
        CHECK(detail.checklist.waiting == 1);
        CHECK(detail.checklist.late_devices.size() == 1);
        REQUIRE(detail.checklist.silent_contracts.size() == 1);
        CHECK(detail.checklist.silent_contracts[0].ref == "LCC-2");
        CHECK(detail.checklist.items() == 3);
        CHECK(code_of(council.review.close_quarter(manager(), quarter, 3, "")) == "not_allowed");
        CHECK(code_of(council.review.close_quarter(administrator(), quarter, 2, "")) == "checklist_changed");
        REQUIRE(code_of(council.review.close_quarter(administrator(), quarter, 3, "As agreed")) == "ok");
        CHECK(code_of(council.review.close_quarter(administrator(), quarter, 0, "")) == "quarter_closed");
        CHECK(code_of(council.review.close_quarter(administrator(), {2025, 4}, 0, "")) == "quarter_closed");

        REQUIRE(code_of(council.review.decide(manager(), id, DecisionKind::Accept, "")) == "ok");
        detail = council.review.quarter(manager(), quarter);
        CHECK(detail.closed);
        CHECK(detail.note == "As agreed");
        REQUIRE(detail.posted_later.size() == 1);
        CHECK(detail.posted_later[0].account == Quarter{2026, 2});
        CHECK(format_exact(detail.posted_later[0].social.confirmed) == "59.255");
        CHECK(format_exact(detail.posted_later[0].social.claimed) == "-59.255");
        const auto next_quarter = council.review.quarter(manager(), {2026, 2});
        REQUIRE(next_quarter.of_earlier.size() == 1);
        CHECK(next_quarter.of_earlier[0].work == quarter);
        CHECK(council.review.entry(manager(), id)->account_quarter == Quarter{2026, 2});

        const auto year = year_containing(Date{2026, 3, 2}, YearKind::Academic);
        const auto totals = totals_of(council.review.year_balances(manager(), {year}, "").front());
        CHECK(format_exact(totals.social.confirmed) == "59.255");
        CHECK(format_exact(totals.social.claimed) == "0.00");
        const auto table = council.review.balances(manager(), {Dimension::Contract, "", quarter});
        CHECK(format_exact(table.total.social.claimed) == "59.255");
    });
}

TEST_CASE("a year that begins inside a quarter takes the work of its own days, of one contract or of all")
{
    on_both([](Council& council) {
        const auto send_on = [&](const std::string& person, Date day, const std::string& contract) {
            Entry entry = sample_hours_entry();
            entry.about.contract = contract;
            auto& body = std::get<HoursBody>(entry.body);
            body.people.name = person;
            body.host = "Friends of " + person;
            body.date = day;
            return council.send(entry);
        };
        const auto last_day_before = send_on("Jo Marsden", {2026, 2, 28}, "LCC-1");
        const auto first_day_of = send_on("Wu Lan", {2026, 3, 1}, "LCC-1");
        const auto accepted = send_on("Ivy Cross", {2026, 3, 2}, "LCC-1");
        const auto other = send_on("Ola Nowak", {2026, 3, 2}, "LCC-2");
        for (const auto& [until, quantity] : {std::pair{Date{2026, 2, 27}, "41"}, {Date{2026, 3, 1}, "44"}}) {
            Entry entry = sample_delivery_entry("NT41", quantity);
            entry.about.contract = "LCC-1";
            auto& body = std::get<DeliveryBody>(entry.body);
            body.period_start = Date{2026, 1, 1};
            body.period_end = until;
            council.send(entry);
        }
        REQUIRE(code_of(council.review.decide(manager(), accepted, DecisionKind::Accept, "")) == "ok");

        const auto year = year_containing({2026, 3, 2}, YearStart{3, 1});
        const auto before = year_containing({2025, 3, 2}, YearStart{3, 1});
        const auto years = council.review.year_balances(manager(), {year, before}, "LCC-1");
        REQUIRE(years.size() == 2);
        const auto totals = totals_of(years[0]);
        CHECK(format_exact(totals.social.confirmed) == "59.255");
        CHECK(format_exact(totals.social.claimed) == "59.255");
        CHECK(format_exact(totals.by_part.front().claimed) == "59.255");
        CHECK(format_exact(totals_of(years[1]).social.claimed) == "59.255");
        CHECK(format_exact(totals_of(years[1]).social.confirmed) == "0.00");
        // Of both figures of that quarter the later one is of the new year, so the earlier stands in the old.
        for (const auto& [place, quantity] : {std::pair{0, "44"}, {1, "41"}}) {
            const auto& figures = years[static_cast<std::size_t>(place)].figures;
            REQUIRE(figures.size() == 1);
            REQUIRE(figures[0].figures.size() == 1);
            CHECK(figures[0].figures[0].quantity == *parse_quantity(quantity));
        }
        const auto all = council.review.year_balances(manager(), {year}, "");
        CHECK(format_exact(totals_of(all.front()).social.claimed) == "118.51");
        const auto own = council.review.year_balances(of_one_contract(), {year}, "");
        CHECK(format_exact(totals_of(own.front()).social.claimed) == "59.255");
        CHECK(council.review.year_balances(of_one_contract(), {year}, "LCC-2").front().balances.empty());

        const auto table =
            council.review.balances(manager(), {Dimension::Contract, "LCC-1", std::nullopt, year});
        CHECK(format_exact(table.total.social.claimed) == "59.255");
        REQUIRE(table.lines.size() == 1);
        REQUIRE(table.lines[0].latest.size() == 1);
        CHECK(table.lines[0].latest[0].quantity == *parse_quantity("44"));

        EntryFilter filter;
        filter.any_state = true;
        filter.kind = EvidenceKind::Hours;
        filter.year = year;
        auto page = council.review.entries(manager(), filter);
        REQUIRE(page.rows.size() == 3);
        CHECK(page.rows[0].id == first_day_of);
        CHECK(page.rows[1].id == accepted);
        CHECK(page.rows[2].id == other);
        filter.year = before;
        page = council.review.entries(manager(), filter);
        REQUIRE(page.rows.size() == 1);
        CHECK(page.rows[0].id == last_day_before);
    });
}

TEST_CASE("the queue shows what stands behind a line of the balances, and only flagged entries when asked")
{
    on_both([](Council& council) {
        const auto a = council.send_hours("Jo Marsden");
        const auto b = council.send_hours("Wu Lan", "LCC-2", "NT15");
        council.raise({a}, "late");
        EntryFilter filter;
        filter.line = EntryFilter::Line{Dimension::Measure, "lancashire-toms-2024/NT15"};
        auto page = council.review.entries(manager(), filter);
        REQUIRE(page.rows.size() == 1);
        CHECK(page.rows[0].id == b);
        filter.line.reset();
        filter.flagged = true;
        page = council.review.entries(manager(), filter);
        REQUIRE(page.rows.size() == 1);
        CHECK(page.rows[0].id == a);
        CHECK(page.rows[0].flagged);
        CHECK_FALSE(page.more);
    });
}
