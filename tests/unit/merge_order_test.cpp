#include "tests/unit/merge_samples.h"

#include <doctest/doctest.h>

#include <random>

using namespace tally;
using namespace tally::server;
using namespace tally::server::test;

namespace {

using Found = std::set<std::pair<FlagRule, std::vector<Uuid>>>;

/// Those flags of a rule that no other flag of the rule includes.
Found maximal(const Found& all)
{
    Found out;
    for (const auto& flag : all) {
        const bool is_included = std::ranges::any_of(all, [&](const auto& other) {
            return other.first == flag.first && other.second.size() > flag.second.size() &&
                   std::ranges::includes(other.second, flag.second);
        });
        if (!is_included)
            out.insert(flag);
    }
    return out;
}

/// Entries of a busy week in a small place, where much overlaps.
std::vector<MergeFacts> busy_week(std::mt19937& random, int count)
{
    const std::vector<std::string> names = {
        "John Smith", "J. Smith",       "Smith, John",   "Jane Smith",  "Mohammed Khan",      "Md Khan",
        "Amir Khan",  "Łukasz Nowak",   "Lukasz Novak",  "Kasia Nowak", "Wei Zhang",          "张伟",
        "محمد احمد",  "Muhammad Ahmad", "Maria Popescu", "Maria",       "Maria Elena Popescu"};
    const std::vector<std::string> hosts = {"Ribble Rivers Group", "Ribble Rivers", "Wyre Food Bank"};
    const std::vector<std::string> events = {"", "", "E-1", "E-2"};
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    std::vector<MergeFacts> entries;
    for (int i = 1; i <= count; ++i) {
        const Date date = date_from_days(days_from_date({2026, 3, 2}) + static_cast<int>(below(3)));
        MergeFacts facts;
        if (below(6) == 0) {
            DeliveryBody body;
            body.quantity = Quantity{60'000 * static_cast<std::int64_t>(100 + below(3))};
            body.period_start = {2026, 1, 1};
            body.period_end = {2026, 3, static_cast<std::int32_t>(1 + below(31))};
            body.description = below(2) == 0 ? "Bought timber" : "Bought paint and brushes";
            body.evidence_reference = below(2) == 0 ? "" : "INV-" + std::to_string(below(3));
            facts = sample_facts(i, date, body);
        } else {
            const auto from = static_cast<std::int32_t>(60 * below(23));
            const auto to = from + static_cast<std::int32_t>(30 + 30 * below(18));
            facts = below(4) == 0 ? group(i, static_cast<int>(8 + below(4)), from, to, date)
                                  : person(i, names[below(names.size())], from, to, date);
            hours_of(facts).host = hosts[below(hosts.size())];
            hours_of(facts).whose_time = below(3) == 0 ? WhoseTime::Residents : WhoseTime::SupplierStaff;
            facts.about.event = events[below(events.size())];
        }
        facts.device = numbered(9'000 + static_cast<int>(below(4)));
        facts.about.contract = below(2) == 0 ? "C-1" : "C-2";
        facts.about.measure = below(2) == 0 ? "NT17" : "NT29";
        facts.supplier = below(3) == 0 ? "S-2" : "S-1";
        if (below(5) == 0)
            facts.photos.push_back({"photo" + std::to_string(below(4)), std::nullopt});
        entries.push_back(std::move(facts));
    }
    return entries;
}

MergeRules some_rules()
{
    MergeRules rules;
    rules.exclusive.push_back({"toms", {"NT17", "NT29"}});
    return rules;
}

Found of(const std::vector<Flag>& flags)
{
    Found out;
    for (const Flag& flag : flags)
        out.insert({flag.rule, flag.entries});
    return out;
}

} // namespace

TEST_CASE("the flags that stand at the end depend neither on the order of arrival nor on the index")
{
    std::size_t flags_seen = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::vector<MergeFacts> entries = busy_week(random, 90);
        const MergeRules rules = some_rules();

        // Everything compared with everything, without an index.
        Found all;
        for (const MergeFacts& entry : entries)
            all.merge(of(flags_of(entry, entries, rules)));
        const Found expected = maximal(all);
        flags_seen += expected.size();

        for (int turn = 0; turn < 6; ++turn) {
            std::ranges::shuffle(entries, random);
            MergeIndex index;
            Found found;
            for (const MergeFacts& entry : entries)
                found.merge(of(index.arrive(entry, rules)));
            REQUIRE(maximal(found) == expected);
        }
    }
    CHECK(flags_seen > 1'000);
}

TEST_CASE("a flag of a pair is the same whichever entry arrives last")
{
    std::mt19937 random(77);
    const std::vector<MergeFacts> entries = busy_week(random, 120);
    const MergeRules rules = some_rules();
    for (const MergeFacts& a : entries) {
        for (const MergeFacts& b : entries) {
            const auto pairs = [](std::vector<Flag> flags) {
                std::erase_if(flags, [](const Flag& flag) { return flag.entries.size() < 2; });
                return flags;
            };
            REQUIRE(pairs(flags_of(a, std::span(&b, 1), rules)) ==
                    pairs(flags_of(b, std::span(&a, 1), rules)));
        }
    }
}

TEST_CASE("an arriving person opens few entries however many stand in the index")
{
    // 4,000 people on one day, each under a name of their own: a busier day than a region has.
    MergeIndex index;
    std::mt19937 random(5);
    const auto letters = [&](int count) {
        std::string word;
        for (int i = 0; i < count; ++i) {
            const std::string_view kind = i % 2 == 0 ? "bdfgklmnprst" : "aeiou";
            word += kind[random() % kind.size()];
        }
        return word;
    };
    std::size_t opened = 0;
    for (int i = 1; i <= 4'000; ++i) {
        MergeFacts facts = person(i, letters(6) + " " + letters(7), 540, 720);
        facts.about.contract = "C-" + std::to_string(i % 200);
        hours_of(facts).host = letters(9);
        opened += index.candidates(facts).size();
        index.store(facts);
    }
    CHECK(opened < 4'000 * 3);
}
