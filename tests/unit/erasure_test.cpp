#include "server/erasure/erasure_list.h"
#include "server/erasure/retention.h"
#include "tests/support/ledger.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

TEST_CASE("months are counted on the calendar, to the last day of a shorter month")
{
    const auto later = [](const char* day, std::int64_t months) {
        return format_date(after_months(parse_date(day).value(), months));
    };
    CHECK(later("2026-03-31", 12) == "2027-03-31");
    CHECK(later("2026-12-31", 2) == "2027-02-28");
    CHECK(later("2026-12-31", 14) == "2028-02-29");
    CHECK(later("2028-02-29", 12) == "2029-02-28");
    CHECK(later("2026-09-30", 72) == "2032-09-30");
}

TEST_CASE("a rule is about the newest revision, the kind and the day after the last day")
{
    on_both_databases([](Ledger& ledger) {
        const Uuid old = ledger.receive(ledger.facts_in({2025, 4}));
        const Uuid renewed = ledger.receive(ledger.facts_in({2025, 4}));
        auto amendment = ledger.facts(EntryAction::Amend, renewed);
        amendment.quarter = {2026, 1};
        ledger.receive(amendment);
        const RetentionRule rule{EvidenceKind::Hours, CountedFrom::QuarterEnd, 12, true};
        const auto due = [&](const char* day) {
            return find_due(ledger.database, rule, parse_date(day).value());
        };
        CHECK(due("2026-12-31").roots.empty());
        CHECK(due("2027-01-01").roots == std::vector{old});
        CHECK(due("2027-01-01").waiting == 1);
        CHECK(due("2027-04-01").roots.size() == 2);
        CHECK(ledger.accept(old).ok());
        CHECK(due("2027-01-01").waiting == 0);
        auto other = rule;
        other.kind = EvidenceKind::Story;
        CHECK(find_due(ledger.database, other, {2040, 1, 1}).roots.empty());
        CHECK(ledger.erase(old).ok());
        CHECK(due("2027-01-01").roots.empty());
    });
}

TEST_CASE("rules are off until somebody turns them on, and keep to their limits")
{
    on_both_databases([](Ledger& ledger) {
        for (const auto& rule : read_retention_rules(ledger.database))
            CHECK_FALSE(rule.active);
        RetentionRule rule{EvidenceKind::Story, CountedFrom::ContractEnd, 36, true};
        CHECK(store_retention_rule(ledger.database, rule, "admin", ledger.clock.now()).ok());
        CHECK(read_retention_rules(ledger.database).at(1) == rule);
        for (const std::int64_t months : {std::int64_t{0}, std::int64_t{-1}, retention_months_max + 1}) {
            rule.months = months;
            CHECK(store_retention_rule(ledger.database, rule, "admin", ledger.clock.now()).error().code ==
                  "bad_months");
        }
    });
}

TEST_CASE("the list of erasures is only added to, and a line that was cut short harms no other")
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "erasures.list";
    const ListedErasure erasure{Uuid::from_bytes("entry-0000-00001"), ErasureReason::Staff, "account-1",
                                Timestamp{1'700'000'000'000}, "Asked for \"by letter\""};
    const ListedWithdrawal withdrawal{"00ff", Timestamp{5}};
    const auto bytes = append_lines(file, {erasure});
    CHECK(bytes == static_cast<std::int64_t>(std::filesystem::file_size(file)));
    std::ofstream(file, std::ios::app) << "{\"entry\":\"0190a5c4-7d1e";
    CHECK(append_lines(file, {withdrawal}) > bytes);
    std::ifstream in(file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto lines = read_lines(text);
    REQUIRE(lines.size() == 2);
    CHECK(std::get<ListedErasure>(lines[0]) == erasure);
    CHECK(std::get<ListedWithdrawal>(lines[1]) == withdrawal);
    CHECK(read_lines("not JSON\n[]\n{}\n{\"entry\":7}\n").empty());
}
