#include "server/review/balance_table.h"
#include "server/review/cases.h"
#include "server/review/passages.h"
#include "shared/base/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

using namespace tally;
using namespace tally::server;

namespace {

Uuid id(int number)
{
    std::string bytes(16, '\0');
    bytes[15] = static_cast<char>(number);
    return Uuid::from_bytes(bytes);
}

FlagStanding flag(std::int64_t position, std::vector<int> entries, std::string rule = "person_overlap")
{
    FlagStanding made{position, std::move(rule), {}, 60, 900, {}, {}, {}};
    for (const int entry : entries)
        made.entries.push_back(id(entry));
    return made;
}

/// What the ledger does with steps: a flag is settled only while all its entries live.
std::set<Uuid> duplicates_after(const FlagCase& flag_case, const Settlement& settlement)
{
    std::map<std::int64_t, std::vector<Uuid>> flags;
    for (const auto& one : flag_case.flags)
        flags[one.position] = one.entries;
    std::set<Uuid> ended;
    for (const auto& step : steps_of(flag_case, settlement)) {
        const auto& entries = flags.at(step.flag);
        if (std::any_of(entries.begin(), entries.end(), [&](const Uuid& e) { return ended.contains(e); }))
            continue;
        if (step.kept)
            for (const auto& entry : entries)
                if (entry != *step.kept)
                    ended.insert(entry);
    }
    return ended;
}

Settlement same(int kept, const std::vector<int>& about)
{
    Settlement settlement{Resolution::Same, id(kept), {}};
    for (const int entry : about)
        settlement.about.push_back(id(entry));
    return settlement;
}

std::string joined(const std::vector<Passage>& passages)
{
    std::string text;
    for (const auto& passage : passages)
        text += passage.shared ? "[" + passage.text + "]" : passage.text;
    return text;
}

} // namespace

TEST_CASE("flags of one rule that share entries are one case, also when a later flag joins two")
{
    const auto cases = cases_of(
        {flag(7, {1, 2}), flag(3, {3, 4}), flag(9, {2, 3}), flag(5, {1, 2}, "late"), flag(8, {8, 9})});
    REQUIRE(cases.size() == 3);
    CHECK(cases[0].position() == 3);
    CHECK(cases[0].flags.size() == 3);
    CHECK(cases[0].entries == std::vector{id(1), id(2), id(3), id(4)});
    CHECK(cases[1].rule == "late");
    CHECK(cases[2].position() == 8);
}

TEST_CASE("a group count with twelve sign-ins is settled in one go, and who was not part of it stays")
{
    std::vector<FlagStanding> flags;
    for (int person = 2; person <= 13; ++person)
        flags.push_back(flag(person, {1, person}, "group_and_individual"));
    const auto made = cases_of(flags).front();
    Settlement settlement{Resolution::PartOf, id(1), {}};
    for (int person = 2; person <= 12; ++person)
        settlement.about.push_back(id(person));
    const auto steps = steps_of(made, settlement);
    REQUIRE(steps.size() == 12);
    CHECK(steps.front() == SettlementStep{13, Resolution::Different, std::nullopt});
    for (std::size_t i = 1; i < steps.size(); ++i)
        CHECK(steps[i].kept == id(1));
    const auto ended = duplicates_after(made, settlement);
    CHECK(ended.size() == 11);
    CHECK_FALSE(ended.contains(id(13)));
}

TEST_CASE("a chain is settled from its far end, so that every link still lives when its turn comes")
{
    const auto made = cases_of({flag(1, {1, 2}), flag(2, {2, 3}), flag(3, {3, 4})}).front();
    CHECK(duplicates_after(made, same(1, {1, 2, 3, 4})) == std::set{id(2), id(3), id(4)});
    CHECK(duplicates_after(made, same(2, {1, 2, 3, 4})) == std::set{id(1), id(3), id(4)});
    // Only the first two are the same work: the flag between them and the rest says different.
    CHECK(duplicates_after(made, same(1, {2})) == std::set{id(2)});
    const auto steps = steps_of(made, same(1, {2}));
    CHECK(steps.front() == SettlementStep{2, Resolution::Different, std::nullopt});
}

TEST_CASE("a flag about a subset ends together with the greater one")
{
    const auto made = cases_of({flag(1, {1, 2}, "same_photo"), flag(2, {1, 2, 3}, "same_photo")}).front();
    CHECK(duplicates_after(made, same(2, {1, 2, 3})) == std::set{id(1), id(3)});
    const auto different = steps_of(made, {Resolution::Different, std::nullopt, {}});
    CHECK(different.size() == 2);
}

TEST_CASE("whatever pairs are flagged, settling all of a case as one work leaves the kept entry alone")
{
    SeededRandom random(20261122);
    for (int round = 0; round < 400; ++round) {
        const auto entries = 2 + static_cast<int>(random.u64() % 7);
        std::vector<FlagStanding> flags;
        for (int entry = 2; entry <= entries; ++entry)
            flags.push_back(
                flag(entry, {1 + static_cast<int>(random.u64() % static_cast<unsigned>(entry - 1)), entry}));
        for (int extra = 0; extra < 4; ++extra) {
            const int a = 1 + static_cast<int>(random.u64() % static_cast<unsigned>(entries));
            const int b = 1 + static_cast<int>(random.u64() % static_cast<unsigned>(entries));
            if (a < b)
                flags.push_back(flag(100 + extra, {a, b}));
        }
        const auto made = cases_of(flags).front();
        const int kept = 1 + static_cast<int>(random.u64() % static_cast<unsigned>(entries));
        std::vector<int> all;
        std::set<Uuid> others;
        for (int entry = 1; entry <= entries; ++entry) {
            all.push_back(entry);
            if (entry != kept)
                others.insert(id(entry));
        }
        CHECK(duplicates_after(made, same(kept, all)) == others);
    }
}

TEST_CASE("shared passages are marked whatever their capitals and punctuation, and nothing is lost")
{
    const std::string_view here = "On Monday, twelve of us turned the yard into a garden. It rained.";
    const std::string_view there = "Twelve of us turned the YARD into a garden, and then it rained";
    const auto passages = shared_passages(here, {there});
    CHECK(joined(passages) == "On Monday, [twelve of us turned the yard into a garden]. It rained.");
    std::string whole;
    for (const auto& passage : passages)
        whole += passage.text;
    CHECK(whole == here);
    CHECK(joined(shared_passages("Leyland", {"leyland"})) == "[Leyland]");
    CHECK(joined(shared_passages("Leyland", {"Wyre"})) == "Leyland");
    CHECK(shared_passages("", {"a"}).empty());
    CHECK(joined(shared_passages("one two three", {"one two three four"})) == "[one two three]");
}

namespace {

Balance balance(std::string measure, Phase phase, std::string_view quantity,
                std::string value_class = "social", bool held = false)
{
    Balance made;
    made.phase = phase;
    made.contract = "LCC-1";
    made.framework = "lancashire-toms-2024";
    made.framework_version = "2024-28";
    made.kind = "hours";
    made.measure = std::move(measure);
    made.value_class = std::move(value_class);
    made.held = held;
    made.quarter = "2026-Q1";
    made.work_quarter = "2026-Q1";
    made.verification = "none";
    made.entries = 1;
    made.quantity = *parse_quantity(quantity);
    if (made.value_class != "community")
        made.value = *value_of(made.quantity, *parse_proxy("10"));
    return made;
}

} // namespace

TEST_CASE("a table of balances keeps held, community and local economic value apart, and adds one unit only")
{
    const ReferenceSnapshot nothing;
    const std::vector<Balance> balances = {
        balance("NT86", Phase::Confirmed, "3"),
        balance("NT86", Phase::Claimed, "1.5"),
        balance("NT8", Phase::Confirmed, "2", "social", true),
        balance("NT8", Phase::Confirmed, "4", "community"),
        balance("NT1", Phase::Claimed, "5", "local_economic"),
    };
    const auto by_class = balance_table(balances, {}, Dimension::ValueClass, nothing);
    REQUIRE(by_class.lines.size() == 3);
    CHECK(by_class.lines[0].title == "Social value");
    CHECK(format_exact(by_class.lines[0].social.confirmed) == "30.00");
    CHECK(format_exact(by_class.lines[0].social.claimed) == "15.00");
    CHECK(format_exact(by_class.lines[0].held.confirmed) == "20.00");
    CHECK(format_exact(by_class.lines[1].local_economic.claimed) == "50.00");
    CHECK(by_class.lines[1].social == PhaseSums<Money>{});
    CHECK(format_quantity(by_class.lines[2].community.confirmed) == "4");
    CHECK(by_class.lines[2].quantities.empty());
    // Held hours are in no quantity either.
    REQUIRE(by_class.total.quantities.size() == 1);
    CHECK(format_quantity(by_class.total.quantities[0].sum.confirmed) == "3");
    CHECK(by_class.total.entries == PhaseSums<std::int64_t>{3, 2});

    const auto by_contract = balance_table(balances, {}, Dimension::Contract, nothing);
    REQUIRE(by_contract.lines.size() == 1);
    CHECK(by_contract.lines[0].key == "LCC-1");
    CHECK(by_contract.lines[0].social == by_class.total.social);
}

TEST_CASE("an entry belongs to the line that its balance is in")
{
    const ReferenceSnapshot nothing;
    const LineFacts facts{"LCC-1", "f", "1", "NT86", "social", "2026-Q1", "", "host"};
    CHECK(line_keys(Dimension::Place, facts, nothing) == std::vector<std::string>{"none"});
    CHECK(line_keys(Dimension::Verification, facts, nothing) == std::vector<std::string>{"host"});
    CHECK(line_keys(Dimension::Measure, facts, nothing) == std::vector<std::string>{"f/NT86"});
    CHECK(line_keys(Dimension::Quarter, facts, nothing) == std::vector<std::string>{"2026-Q1"});
    for (const auto dimension : all_dimensions)
        CHECK(dimension_named(name_of(dimension)) == dimension);
}
