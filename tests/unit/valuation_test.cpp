#include "shared/base/files.h"
#include "shared/framework/valuation.h"

#include <doctest/doctest.h>

using namespace tally;

namespace {

const Framework& lancashire()
{
    static const Framework framework =
        *load_framework(assets_dir() / "frameworks" / "lancashire-toms-2024.json").framework;
    return framework;
}

ValuationFacts hours(const std::string& measure, std::int64_t minutes,
                     WhoseTime whose = WhoseTime::SupplierStaff)
{
    return {EvidenceKind::Hours, measure,         whose, *hours_from_minutes(minutes, 1),
            Date{2026, 3, 2},    Date{2026, 3, 2}};
}

ValuationFacts delivery(const std::string& measure, const std::string& quantity, Date start, Date end)
{
    return {EvidenceKind::Delivery, measure, std::nullopt, *parse_quantity(quantity), start, end};
}

ValuationFacts delivery(const std::string& measure, const std::string& quantity)
{
    return delivery(measure, quantity, Date{2026, 1, 1}, Date{2026, 3, 31});
}

} // namespace

TEST_CASE("3.5 hours of staff time for nature are worth exactly 59.255, shown 59.26")
{
    const Valuation valuation = value_evidence(hours("NT86", 210), lancashire());
    REQUIRE(valuation.value.has_value());
    CHECK(format_exact(*valuation.value) == "59.255");
    CHECK(format_pounds(*valuation.value) == "£59.26");
    CHECK(valuation.value_class == ValueClass::Social);
    CHECK_FALSE(valuation.held);
    CHECK(valuation.problems.empty());
}

TEST_CASE("minutes stay exact: three times 200 minutes make ten hours to the last part")
{
    const Valuation valuation = value_evidence(hours("NT86", 200), lancashire());
    REQUIRE(valuation.value.has_value());
    CHECK(valuation.value->parts == 200 * 1'000 * 169'300LL);
    CHECK(3 * valuation.value->parts ==
          value_of(Quantity{10 * Quantity::parts_per_unit}, Proxy{169'300})->parts);
}

TEST_CASE("what each kind of evidence is worth")
{
    struct Case
    {
        ValuationFacts facts;
        const char* value; ///< null for none
        ValueClass value_class;
        bool held;
    };
    const std::vector<Case> cases = {
        {hours("NT8", 60), "16.93", ValueClass::Social, false},
        {hours("NT29", 90), "1.50", ValueClass::Social, false},
        {hours("NT15", 30), "50.50", ValueClass::Social, false},
        {hours("NT11", 60), nullptr, ValueClass::None, true},
        {delivery("NT11", "2"), "211.16", ValueClass::Social, true},
        {delivery("NT88", "1.5"), "237.03", ValueClass::Social, true},
        {delivery("NT18", "4200.50"), "4200.50", ValueClass::LocalEconomic, false},
        {delivery("NT14", "100.25"), "12.03", ValueClass::Social, false},
        {delivery("NT10", "13"), "3273.27", ValueClass::Social, false},
        {delivery("NT31", "0.25"), "61.1575", ValueClass::Social, false},
        {delivery("NT1", "10"), "78212.50", ValueClass::LocalEconomic, false},
        {delivery("NT41", "97"), nullptr, ValueClass::None, false},
        {hours("", 60), nullptr, ValueClass::None, false},
        {hours("NT86", 60, WhoseTime::Residents), nullptr, ValueClass::Community, false},
        {hours("", 60, WhoseTime::Residents), nullptr, ValueClass::Community, false},
    };
    for (const Case& c : cases) {
        const Valuation valuation = value_evidence(c.facts, lancashire());
        CAPTURE(c.facts.measure);
        CHECK(valuation.problems.empty());
        CHECK(valuation.value.has_value() == (c.value != nullptr));
        CHECK(valuation.proxy.has_value() == (c.value != nullptr));
        if (valuation.value && c.value != nullptr)
            CHECK(format_exact(*valuation.value) == c.value);
        CHECK(valuation.value_class == c.value_class);
        CHECK(valuation.held == c.held);
        CHECK(valuation.note.empty() == (!c.held && c.value_class != ValueClass::Community));
    }
}

TEST_CASE("residents' hours keep their quantity and are never priced")
{
    const Valuation valuation = value_evidence(hours("NT86", 210, WhoseTime::Residents), lancashire());
    CHECK(valuation.quantity == *hours_from_minutes(210, 1));
    CHECK(valuation.proxy == std::nullopt);
    CHECK(valuation.note.find("community contribution") != std::string::npos);
    CHECK(valuation.problems.empty());
}

TEST_CASE("a held value carries the note of its measure")
{
    for (const char* code : {"NT11", "NT88"}) {
        const Valuation valuation = value_evidence(delivery(code, "1"), lancashire());
        CHECK(valuation.held);
        CHECK(valuation.note == lancashire().find_measure(code)->note);
    }
}

TEST_CASE("four quarters of ten people in work make ten years, not forty")
{
    const Quantity ten = *parse_quantity("10");
    Quantity sum;
    for (int month = 1; month <= 10; month += 3) {
        const Date start{2026, month, 1};
        const Date end =
            date_from_days(days_from_date(month == 10 ? Date{2027, 1, 1} : Date{2026, month + 3, 1}) - 1);
        const auto years = fte_years_round_half_even_to_quantity(ten, start, end);
        REQUIRE(years.ok());
        CHECK(format_quantity(*years) == "2.5");
        sum = *add(sum, *years);
    }
    CHECK(format_quantity(sum) == "10");
    CHECK(fte_years_round_half_even_to_quantity(ten, Date{2026, 1, 1}, Date{2026, 12, 31})->parts ==
          sum.parts);
}

TEST_CASE("part of a quarter counts by its days")
{
    struct Case
    {
        Date start;
        Date end;
        const char* years;
    };
    for (const Case& c : {Case{{2026, 1, 1}, {2026, 1, 1}, "0.0028"},   // 1 of 90 days
                          Case{{2026, 1, 1}, {2026, 2, 14}, "0.125"},   // 45 of 90
                          Case{{2026, 10, 1}, {2026, 11, 15}, "0.125"}, // 46 of 92
                          Case{{2026, 2, 15}, {2026, 4, 1}, "0.1250"},  // 45 of 90, and 1 of 91
                          Case{{2024, 1, 1}, {2024, 12, 31}, "1"}}) {   // a leap year is one year
        const auto years = fte_years_round_half_even_to_quantity(*parse_quantity("1"), c.start, c.end);
        REQUIRE(years.ok());
        if (std::string(c.years) == "0.1250")
            CHECK(years->parts == 60'000 / 8 + 165); // 60,000 / 364 = 164.8
        else
            CHECK(format_quantity(*years) == c.years);
    }
    CHECK(fte_years_round_half_even_to_quantity(Quantity{60'000}, Date{2026, 2, 1}, Date{2026, 1, 1})
              .error()
              .code == "bad_period");
    CHECK(fte_years_round_half_even_to_quantity(Quantity{INT64_MAX}, Date{2000, 1, 1}, Date{2020, 12, 31})
              .error()
              .code == "overflow");
}

TEST_CASE("what cannot be valued says why and is not zero pounds")
{
    ValuationFacts no_number = delivery("NT18", "1");
    no_number.quantity = std::nullopt;
    struct Case
    {
        ValuationFacts facts;
        const char* code;
    };
    for (const Case& c : {Case{hours("NT999", 60), "unknown_measure"},
                          Case{hours("NT18", 60), "unit_mismatch"}, Case{no_number, "quantity_missing"},
                          Case{delivery("NT1", "1", {2026, 2, 1}, {2026, 1, 1}), "bad_period"},
                          Case{delivery("NT1", "100000000000"), "overflow"}}) {
        const Valuation valuation = value_evidence(c.facts, lancashire());
        REQUIRE(valuation.problems.size() == 1);
        CHECK(valuation.problems[0].code == c.code);
        CHECK(valuation.value == std::nullopt);
        CHECK(valuation.value_class == ValueClass::None);
    }
}

TEST_CASE("a story under a measure has no quantity and no pounds")
{
    Entry entry;
    entry.kind = EvidenceKind::Story;
    entry.about.measure = "NT86";
    entry.body = StoryBody{};
    const auto facts = facts_of(entry);
    REQUIRE(facts.ok());
    const Valuation valuation = value_evidence(*facts, lancashire());
    CHECK(valuation.quantity == std::nullopt);
    CHECK(valuation.value == std::nullopt);
    CHECK(valuation.problems.empty());
}

TEST_CASE("the facts of a group are its minutes times its heads")
{
    Entry entry;
    entry.kind = EvidenceKind::Hours;
    entry.about.measure = "NT86";
    HoursBody body;
    body.date = Date{2026, 3, 2};
    body.start_min = 600;
    body.end_min = 810;
    body.people.adults = 6;
    body.people.under_18 = 4;
    entry.body = body;
    const auto facts = facts_of(entry);
    REQUIRE(facts.ok());
    CHECK(format_quantity(*facts->quantity) == "35");
    CHECK(facts->period_start == Date{2026, 3, 2});

    entry.body = std::monostate{};
    CHECK(facts_of(entry).error().code == "no_body");
}
