#include "server/console/framework_view.h"
#include "server/console/static_files.h"
#include "server/console/terms_view.h"
#include "shared/base/files.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using namespace tally::server::console;

namespace {

const ManualClock noon(*parse_utc("2026-06-01T12:00:00.000Z"), 60);

TermsPage sample_terms()
{
    TermsPage page;
    Contract& contract = page.terms.contract;
    contract = {"LCC/1",   "Roads <all>", "Ribble Roads Ltd", "The council", "lancashire-toms-2024",
                "2024-28", {2025, 4, 1},  {2026, 9, 30}};
    contract.also_suppliers = {"Calder"};
    contract.roles = {ContractRole::Employer, ContractRole::CivicLeader};
    contract.year_kind = YearKind::Academic;
    contract.framework_basis = FrameworkBasis::ByDate;
    page.terms.targets = {{"NT1", {2026, 1}, *parse_quantity("2.5")},
                          {"NT28", {2026, 2}, *parse_quantity("1000")}};
    page.terms.plans = {{"NT28", Commitment::Added, "Gifts", "", "", "", "None"}};
    page.framework = std::make_shared<const Framework>(
        *load_framework(assets_dir() / "frameworks" / "lancashire-toms-2024.json").framework);
    page.person = [](std::string_view id) { return "Person " + std::string(id); };
    page.clock = &noon;
    return page;
}

std::string rendered(const char* name, View view)
{
    static const Templates templates(console_dir() / "templates", "/static/test");
    for (const char* missing : {"notice", "errors_any"})
        view.set(missing, false);
    return templates.page(name, std::move(view), Frame{"Test", "contracts", nullptr, "secret", std::nullopt});
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string contract_html(const TermsPage& page)
{
    View view = object();
    set_terms(view, page);
    return rendered("contract", std::move(view));
}

} // namespace

TEST_CASE("the terms of a contract are told in words, with the parts of its plan that were written")
{
    const auto html = contract_html(sample_terms());
    CHECK(has(html, "Ribble Roads Ltd, Calder"));
    CHECK(has(html, "Employer, Civic leader"));
    CHECK(has(html, "Academic years, 1 September to 31 August"));
    CHECK(has(html, "chosen because its dates cover the first day"));
    CHECK(has(html, "Added value"));
    CHECK(has(html, "<dt>Baseline</dt>"));
    CHECK_FALSE(has(html, "<dt>How</dt>"));
    CHECK(has(html, "Not agreed yet"));
    CHECK(has(html, "Nothing has changed since"));
}

TEST_CASE("an administrator is offered to take an agreement back, and the history says who did and why")
{
    TermsPage page = sample_terms();
    page.may_reopen = true;
    CHECK_FALSE(has(contract_html(page), "Take the agreement back"));
    page.terms.contract.agreed = Agreement{noon.now(), "ruth"};
    CHECK(has(contract_html(page), "/contract-reopenings/LCC%2F1"));
    page.may_reopen = false;
    CHECK_FALSE(has(contract_html(page), "Take the agreement back"));
    TermChange change;
    change.at = noon.now();
    change.by = "ada";
    change.field = "reopened";
    change.reason = "Too early.";
    page.changes = {change};
    const auto html = contract_html(page);
    CHECK(has(html, "Agreement taken back"));
    CHECK(has(html, "Too early."));
    CHECK(has(html, "Person ada"));
    CHECK_FALSE(has(html, "dropped"));
    auto form = reopen_view(page, "");
    form.set("reason_error", false);
    CHECK(has(rendered("contract-reopen", std::move(form)), "On 1 June 2026 by Person ruth"));
}

TEST_CASE("who manages a contract can agree and change it, and others see the same words")
{
    TermsPage page = sample_terms();
    CHECK_FALSE(has(contract_html(page), "Agree this contract"));
    CHECK_FALSE(has(contract_html(page), "Change these terms"));
    page.may_manage = true;
    CHECK(has(contract_html(page), "Agree this contract"));
    CHECK(has(contract_html(page), "/contract-agreements/LCC%2F1"));
    CHECK(has(contract_html(page), "Write the plan of NT1"));
    page.terms.targets.clear();
    CHECK_FALSE(has(contract_html(page), "Agree this contract")); // there is nothing to agree
    page = sample_terms();
    page.may_manage = true;
    page.terms.contract.agreed = Agreement{*parse_utc("2026-03-31T23:30:00.000Z"), "7"};
    CHECK(has(contract_html(page), "On 1 April 2026 by Person 7."));
    CHECK_FALSE(has(contract_html(page), "Agree this contract"));
}

TEST_CASE("each line of the history says who, when, from what, to what and why")
{
    TermsPage page = sample_terms();
    const Timestamp at = *parse_utc("2026-05-02T08:05:00.000Z");
    page.changes = {{3, "LCC/1", at, "9", "target", "NT28", "2026-Q2", "1500", "1000", "Less <money>"},
                    {2, "LCC/1", at, "9", "ends", "", "", "2026-06-30", "2026-09-30", "Longer"},
                    {1, "LCC/1", at, "9", "roles", "", "", std::nullopt, "employer; civic_leader", ""}};
    const auto html = contract_html(page);
    CHECK(has(html, "Target of NT28, Q2 2026"));
    CHECK(has(html, "£1,500"));
    CHECK(has(html, "£1,000"));
    CHECK(has(html, "Less &lt;money&gt;"));
    CHECK(has(html, "Person 9"));
    CHECK(has(html, "2 May 2026, 09:05"));
    CHECK(has(html, "30 Jun 2026"));
    CHECK(has(html, ">new<"));
    CHECK(has(html, "before it was agreed"));
}

TEST_CASE("targets of FTE are in FTE years, and every quarter of the contract has a column")
{
    TermsPage page = sample_terms();
    page.may_manage = true;
    const auto table = rendered("contract-targets", targets_view(page));
    for (const char* quarter : {"Q2 2025", "Q3 2026"})
        CHECK(has(table, quarter));
    CHECK_FALSE(has(table, "Q4 2026"));
    CHECK(has(table, "FTE years"));
    CHECK(has(table, "/contract-targets/LCC%2F1?measure=NT1&amp;quarter=2026-Q1"));
    const auto form = rendered("contract-target", target_view(page, {"NT1", {2026, 1}, "2,5", "Because"}));
    CHECK(has(form, "At present 2.5 FTE years."));
    CHECK(has(form, "value=\"2,5\""));
    CHECK(has(form, ">Because</textarea>"));
    CHECK(has(form, "Ten people in full-time work for this quarter are 2.5 FTE years."));
    CHECK(has(form, "Remove this target"));
    CHECK(has(rendered("contract-target", target_view(page, {"NT28", {2026, 1}, {}, ""})), "Add the target"));
}

TEST_CASE("the report of an import tells what would happen, or all that is wrong")
{
    ImportReport report;
    report.added = 2;
    report.lines = {"contract A: added"};
    View view = report_view(report);
    view.set("has_report", true);
    auto html = rendered("import", std::move(view));
    CHECK(has(html, "contract A: added"));
    CHECK(has(html, "Load it"));
    report.problems = {{"contract_agreed", "It is locked.", "line 2, ref"}};
    view = report_view(report);
    view.set("has_report", true);
    html = rendered("import", std::move(view));
    CHECK(has(html, "1 thing is wrong"));
    CHECK(has(html, "line 2, ref"));
    CHECK(has(html, "Check again with this reason"));
    CHECK_FALSE(has(html, "Load it"));
    report.problems.push_back({"bad_date", "No day.", "line 3, starts"});
    view = report_view(report);
    view.set("has_report", true);
    html = rendered("import", std::move(view));
    CHECK_FALSE(has(html, "Check again with this reason")); // a reason would not help
    CHECK(has(html, "2 things are wrong"));
}

TEST_CASE("a framework's page marks local measures and says what each counts as")
{
    const TermsPage page = sample_terms();
    const LocalSetLoad local = parse_local_set(*read_file(assets_dir() / "demo" / "local-measures.json"));
    REQUIRE(local.set.has_value());
    const LocalMerge merge = merge_local_sets(*page.framework, std::vector{*local.set});
    REQUIRE(merge.framework.has_value());
    const auto html = rendered("framework", framework_view(*merge.framework, {*local.set}));
    CHECK(has(html, "LOCAL-1"));
    CHECK(has(html, ">Local<"));
    CHECK(has(html, "£31,285.00"));
    CHECK(has(html, "1 January 2024 to 31 December 2028"));
    CHECK(has(html, "Measures of our own"));
    CHECK_FALSE(has(rendered("framework", framework_view(*page.framework, {})), ">Local<"));
    const auto list =
        rendered("frameworks", frameworks_view({{std::make_shared<const Framework>(*merge.framework), 3}}));
    CHECK(has(list, "2 local"));
    CHECK(has(list, "1 Jan 2024 to 31 Dec 2028"));
}
