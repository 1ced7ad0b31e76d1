#include "shared/base/files.h"
#include "shared/framework/framework.h"
#include "shared/framework/local_set.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace tally;

namespace {

Framework shipped(const std::string& name)
{
    FrameworkLoad load = load_framework(assets_dir() / "frameworks" / (name + ".json"));
    for (const Error& problem : load.problems)
        MESSAGE(problem.text());
    REQUIRE(load.framework.has_value());
    return *std::move(load.framework);
}

/// A framework with one measure, valid until a test changes it.
nlohmann::json small_framework()
{
    return nlohmann::json::parse(R"({
        "schema": "sv-framework/1", "id": "small", "version": "1", "revision": 1, "title": "Small",
        "publisher": "A council", "source": "a page", "rights": "facts", "effective_from": "2024",
        "effective_to": null, "effective_basis": "stated", "currency": "GBP",
        "themes": [{"id": "nature", "title": "Nature", "order": 1}],
        "outcomes": [{"id": "green", "theme": "nature", "title": "Greener places", "order": 1}],
        "measures": [{"code": "A1", "code_origin": "published", "theme": "nature", "outcome": "green",
            "outcome_basis": "published", "title": "Hours for nature", "unit": "hours", "kind": "hours",
            "proxy_gbp": "16.93", "proxy_check": "as_published", "hold_value": false,
            "value_class": "social", "aggregate": "sum", "who": "supplier_staff",
            "evidence_hint": "a sheet", "note": null}],
        "exclusive_groups": [{"id": "one-hour", "applies_to": "the same hour", "codes": ["A1"], "basis": "practice"}],
        "rules": [{"id": "cycle", "value": "P1Y", "unit": "period", "text": "Every year.", "basis": "published"}]
    })");
}

bool has_problem(const FrameworkLoad& load, const std::string& code, const std::string& where)
{
    return std::ranges::any_of(load.problems, [&](const Error& problem) {
        return problem.code == code && problem.where == where && !problem.message.empty();
    });
}

} // namespace

TEST_CASE("all five published frameworks load")
{
    struct Case
    {
        const char* name;
        std::size_t themes;
        std::size_t outcomes;
        std::size_t measures;
        int with_value;
    };
    for (const Case& expected :
         {Case{"lancashire-toms-2024", 4, 20, 43, 42}, Case{"cheshire-merseyside-outcomes", 4, 30, 67, 0},
          Case{"lcr-social-value-framework", 5, 17, 24, 0}, Case{"crosby-plan", 5, 4, 6, 0},
          Case{"salford-checklist", 6, 8, 27, 0}}) {
        CAPTURE(expected.name);
        const Framework framework = shipped(expected.name);
        CHECK(framework.id == expected.name);
        CHECK(framework.themes.size() == expected.themes);
        CHECK(framework.outcomes.size() == expected.outcomes);
        CHECK(framework.measures.size() == expected.measures);
        CHECK(std::ranges::count_if(framework.measures, [](const Measure& m) {
                  return m.proxy.has_value();
              }) == expected.with_value);
    }
}

TEST_CASE("a code is found with its proxy value read digit by digit")
{
    const Framework framework = shipped("lancashire-toms-2024");
    const Measure* nt86 = framework.find_measure("NT86");
    REQUIRE(nt86 != nullptr);
    CHECK(nt86->proxy == Proxy{169'300});
    CHECK(nt86->who == WhoCounts::SupplierStaff);
    CHECK(framework.find_measure("NT41")->proxy == std::nullopt);
    CHECK(framework.find_measure("NT1")->aggregate == Aggregate::FteYear);
    CHECK(framework.find_measure("NT88")->hold_value);
    CHECK(framework.find_measure("nt86") == nullptr);
}

TEST_CASE("two measures of one exclusive group are known as such")
{
    const Framework framework = shipped("lancashire-toms-2024");
    REQUIRE(framework.exclusive_with("NT17", "NT86").size() == 1);
    CHECK(framework.exclusive_with("NT17", "NT86")[0]->id == "one-hour-one-measure");
    CHECK(framework.exclusive_with("NT17", "NT31").empty());
}

TEST_CASE("a short date means the first or the last day of its span")
{
    struct Case
    {
        const char* text;
        SpanEnd end;
        const char* day;
    };
    for (const Case& c :
         {Case{"2024", SpanEnd::First, "2024-01-01"}, Case{"2024", SpanEnd::Last, "2024-12-31"},
          Case{"2024-02", SpanEnd::First, "2024-02-01"}, Case{"2024-02", SpanEnd::Last, "2024-02-29"},
          Case{"2023-12", SpanEnd::Last, "2023-12-31"}, Case{"2024-07-15", SpanEnd::Last, "2024-07-15"}}) {
        const auto date = parse_span_date(c.text, c.end);
        REQUIRE_MESSAGE(date.ok(), c.text);
        CHECK(format_date(*date) == c.day);
    }
    for (const char* bad :
         {"", "24", "2024-13", "2024/02", "2024-2", "2024-02-30", "abcd", "2024-00", "20240201"})
        CHECK_MESSAGE(!parse_span_date(bad, SpanEnd::First).ok(), bad);
}

TEST_CASE("the day of the work picks the set whose dates cover it")
{
    const std::vector<Framework> sets = {shipped("lancashire-toms-2024"), shipped("salford-checklist")};
    const auto found = framework_for_day(sets, Date{2026, 3, 2});
    REQUIRE(found.ok());
    CHECK((*found)->id == "lancashire-toms-2024");
    CHECK(framework_for_day(sets, Date{2030, 1, 1}).error().code == "framework_none");

    const std::vector<Framework> both = {sets[0], shipped("crosby-plan")};
    CHECK(framework_for_day(both, Date{2026, 3, 2}).error().code == "framework_ambiguous");
    CHECK(framework_for_day(both, Date{2023, 3, 2}).ok());
}

TEST_CASE("extra keys are kept and ignored")
{
    nlohmann::json file = small_framework();
    file["colour"] = "green";
    file["measures"][0]["local_code"] = 12;
    const FrameworkLoad load = parse_framework(file.dump());
    REQUIRE(load.framework.has_value());
    CHECK(load.framework->text.find("local_code") != std::string::npos);
}

TEST_CASE("every key that the shape names is asked for")
{
    const nlohmann::json good = small_framework();
    REQUIRE(parse_framework(good.dump()).framework.has_value());
    for (const auto& [key, value] : good.items()) {
        nlohmann::json file = good;
        file.erase(key);
        CHECK_MESSAGE(has_problem(parse_framework(file.dump()), "missing_key", key), key);
    }
    for (const auto& [key, value] : good["measures"][0].items()) {
        nlohmann::json file = good;
        file["measures"][0].erase(key);
        CHECK_MESSAGE(has_problem(parse_framework(file.dump()), "missing_key", "measures[0]." + key), key);
    }
}

TEST_CASE("a bad file is reported whole, each mistake with its place")
{
    struct Case
    {
        const char* pointer;
        nlohmann::json value;
        const char* code;
        const char* where;
    };
    const std::vector<Case> cases = {
        {"/schema", "sv-framework/2", "unknown_schema", "schema"},
        {"/id", "Small Set", "bad_id", "id"},
        {"/revision", 0, "out_of_range", "revision"},
        {"/revision", "1", "wrong_type", "revision"},
        {"/effective_from", "spring", "bad_date", "effective_from"},
        {"/effective_to", "2023", "out_of_order", "effective_to"},
        {"/currency", "EUR", "unknown_word", "currency"},
        {"/themes", "nature", "wrong_type", "themes"},
        {"/outcomes/0/theme", "sea", "unknown_theme", "outcomes[0].theme"},
        {"/measures/0/outcome", "blue", "unknown_outcome", "measures[0].outcome"},
        {"/measures/0/kind", "minutes", "unknown_word", "measures[0].kind"},
        {"/measures/0/proxy_gbp", 16.93, "wrong_type", "measures[0].proxy_gbp"},
        {"/measures/0/proxy_gbp", "16,93", "bad_number", "measures[0].proxy_gbp"},
        {"/measures/0/proxy_check", "none_published", "contradiction", "measures[0].proxy_check"},
        {"/measures/0/who", "everybody", "unknown_word", "measures[0].who"},
        {"/measures/0/title", std::string(91, 'x'), "too_long", "measures[0].title"},
        {"/exclusive_groups/0/codes/0", "A2", "unknown_code", "exclusive_groups[0].codes"},
        {"/rules/0/value", 12, "wrong_type", "rules[0].value"},
    };
    for (const Case& c : cases) {
        nlohmann::json file = small_framework();
        file[nlohmann::json::json_pointer(c.pointer)] = c.value;
        const FrameworkLoad load = parse_framework(file.dump());
        CHECK_FALSE(load.framework.has_value());
        CHECK_MESSAGE(has_problem(load, c.code, c.where), c.pointer);
    }

    nlohmann::json file = small_framework();
    file["schema"] = "other";
    file["measures"].push_back(file["measures"][0]);
    file["themes"][0].erase("title");
    CHECK(parse_framework(file.dump()).problems.size() == 3);
}

TEST_CASE("a file that is not JSON is refused with the place where reading stopped")
{
    const FrameworkLoad load = parse_framework("{\n  \"schema\": oops }");
    REQUIRE(load.problems.size() == 1);
    CHECK(load.problems[0].code == "bad_json");
    CHECK(load.problems[0].where == "line 2, column 13");
    const FrameworkLoad number = parse_framework(R"({"schema":1e999})");
    REQUIRE(number.problems.size() == 1);
    CHECK(number.problems[0].code == "bad_json");
    CHECK_FALSE(parse_framework("").framework.has_value());
    CHECK_FALSE(parse_framework("[]").framework.has_value());
    CHECK(load_framework("/no/such/file.json").problems[0].code == "file_missing");
}

namespace {

nlohmann::json local_file()
{
    return nlohmann::json::parse(R"({
        "schema": "sv-local/1", "id": "preston", "framework": "small", "revision": 1,
        "title": "Preston's own measures", "publisher": "Preston City Council",
        "outcomes": [{"id": "local-allotments", "theme": "nature", "title": "Shared growing"}],
        "measures": [{"code": "LOCAL-1", "theme": "nature", "outcome": "local-allotments",
            "title": "Allotment plots brought back", "unit": "plots", "kind": "count",
            "proxy_gbp": "210.5", "value_class": "social", "aggregate": "sum"}]})");
}

LocalSet local_set(const nlohmann::json& file = local_file())
{
    LocalSetLoad load = parse_local_set(file.dump());
    for (const Error& problem : load.problems)
        MESSAGE(problem.text());
    REQUIRE(load.set.has_value());
    return *std::move(load.set);
}

Framework published(const nlohmann::json& file = small_framework())
{
    FrameworkLoad load = parse_framework(file.dump());
    REQUIRE(load.framework.has_value());
    return *std::move(load.framework);
}

} // namespace

TEST_CASE("local measures are merged into the edition that they stand beside, as devices read it")
{
    const std::vector<LocalSet> sets = {local_set()};
    const LocalMerge merge = merge_local_sets(published(), sets);
    REQUIRE(merge.framework.has_value());
    const Measure* measure = merge.framework->find_measure("LOCAL-1");
    REQUIRE(measure != nullptr);
    CHECK(measure->local_set == "preston");
    CHECK(measure->proxy == *parse_proxy("210.5"));
    CHECK(measure->proxy_check == ProxyCheck::AsPublished);
    CHECK_FALSE(measure->hold_value);
    CHECK(merge.framework->find_outcome("local-allotments")->local_set == "preston");
    CHECK(merge.framework->find_measure("A1")->local_set.empty());
    // What stands in the text is all that a device gets.
    const FrameworkLoad on_device = parse_framework(merge.framework->text);
    REQUIRE(on_device.framework.has_value());
    CHECK(on_device.framework->find_measure("LOCAL-1") != nullptr);
}

TEST_CASE("a local set is for every later edition, unless it names the editions")
{
    nlohmann::json next = small_framework();
    next["version"] = "2";
    CHECK(merge_local_sets(published(next), std::vector{local_set()}).framework->find_measure("LOCAL-1") !=
          nullptr);
    nlohmann::json named = local_file();
    named["versions"] = {"1"};
    CHECK(
        merge_local_sets(published(next), std::vector{local_set(named)}).framework->find_measure("LOCAL-1") ==
        nullptr);
    nlohmann::json other = local_file();
    other["framework"] = "large";
    CHECK(merge_local_sets(published(), std::vector{local_set(other)}).framework->measures.size() == 1);
}

TEST_CASE("names that clash with an edition are told with both places, and nothing is merged")
{
    nlohmann::json next = small_framework();
    next["measures"].push_back(next["measures"][0]);
    next["measures"][1]["code"] = "LOCAL-1";
    next["outcomes"].push_back(
        {{"id", "local-allotments"}, {"theme", "nature"}, {"title", "x"}, {"order", 2}});
    const LocalMerge merge = merge_local_sets(published(next), std::vector{local_set()});
    CHECK_FALSE(merge.framework.has_value());
    REQUIRE(merge.clashes.size() == 2);
    CHECK(merge.clashes[0].code == "local_outcome_taken");
    CHECK(merge.clashes[1].name == "LOCAL-1");
    CHECK(merge.clashes[1].where == "measures[0].code");
    CHECK(merge.clashes[1].published == "measures[1].code");

    nlohmann::json moved = small_framework();
    moved["themes"][0]["id"] = moved["outcomes"][0]["theme"] = moved["measures"][0]["theme"] = "green";
    const LocalMerge lost = merge_local_sets(published(moved), std::vector{local_set()});
    REQUIRE(lost.clashes.size() == 2);
    CHECK(lost.clashes[0].code == "local_theme_missing");
    CHECK(lost.clashes[0].message.find("green") != std::string::npos);

    nlohmann::json twin = local_file();
    twin["id"] = "fylde";
    CHECK(merge_local_sets(published(), std::vector{local_set(), local_set(twin)}).clashes.size() == 2);
}

TEST_CASE("a bad local set is refused with every place and what is known there")
{
    struct Case
    {
        const char* pointer;
        nlohmann::json value;
        const char* code;
        const char* where;
    };
    for (const Case& c :
         {Case{"/schema", "sv-local/2", "unknown_word", "schema"}, Case{"/id", "A B", "bad_id", "id"},
          Case{"/revision", 0, "out_of_range", "revision"},
          Case{"/measures", nlohmann::json::array(), "empty_list", "measures"},
          Case{"/measures/0/proxy", "1.00", "unknown_key", "measures[0].proxy"},
          Case{"/measures/0/proxy_gbp", 210.5, "wrong_type", "measures[0].proxy_gbp"},
          Case{"/measures/0/kind", "plots", "unknown_word", "measures[0].kind"},
          Case{"/measures/1", local_file()["measures"][0], "duplicate", "measures[1].code"},
          Case{"/outcomes/0/theme", nullptr, "wrong_type", "outcomes[0].theme"},
          Case{"/colour", "green", "unknown_key", "colour"}}) {
        nlohmann::json file = local_file();
        file[nlohmann::json::json_pointer(c.pointer)] = c.value;
        const LocalSetLoad load = parse_local_set(file.dump());
        CAPTURE(c.pointer);
        CHECK_FALSE(load.set.has_value());
        CHECK(std::ranges::any_of(load.problems, [&](const Error& problem) {
            return problem.code == c.code && problem.where == c.where;
        }));
    }
    CHECK(is_local_set(local_file().dump()));
    CHECK_FALSE(is_local_set(small_framework().dump()));
    CHECK_FALSE(is_local_set("["));
    CHECK_FALSE(parse_local_set("[1]").set.has_value());
}

TEST_CASE("of two editions that cover a day the later one is meant, and other doubts are told")
{
    const auto edition = [](const char* id, const char* version, const char* from) {
        nlohmann::json file = small_framework();
        file["id"] = id;
        file["version"] = version;
        file["effective_from"] = from;
        return published(file);
    };
    const std::vector<Framework> two = {edition("small", "1", "2024"), edition("small", "2", "2026-04")};
    CHECK((*framework_for_day(two, {2026, 4, 1}))->version == "2");
    CHECK((*framework_for_day(two, {2026, 3, 31}))->version == "1");
    CHECK(framework_for_day(two, {2023, 12, 31}).error().code == "framework_none");
    const std::vector<Framework> same = {edition("small", "1", "2024"), edition("small", "2", "2024")};
    CHECK(framework_for_day(same, {2026, 4, 1}).error().code == "framework_ambiguous");
    const std::vector<Framework> sets = {edition("small", "1", "2024"), edition("other", "9", "2025")};
    const auto told = framework_for_day(sets, {2026, 4, 1});
    REQUIRE_FALSE(told.ok());
    CHECK(told.error().message.find("small@1, other@9") != std::string::npos);
}
