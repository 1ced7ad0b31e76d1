#include "tests/support/ledger.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

constexpr Quarter first_quarter{2026, 1};
constexpr Quarter second_quarter{2026, 2};
constexpr Quarter third_quarter{2026, 3};

/// Two waiting entries of 59.255 pounds under one open flag.
struct FlaggedPair
{
    explicit FlaggedPair(Ledger& ledger) : a(ledger.receive_hours()), b(ledger.receive_hours())
    {
        const auto raised = ledger.flag({a, b});
        REQUIRE_MESSAGE(raised.ok(), (raised ? "" : raised.error().text()));
        flag = *raised;
    }

    Uuid a;
    Uuid b;
    std::int64_t flag = 0;
};

std::vector<EntryFacts> two_parts(Ledger& ledger, const Uuid& whole, std::int64_t first, std::int64_t second)
{
    return {ledger.part_of(whole, "LCC-1", first), ledger.part_of(whole, "LCC-2", second)};
}

EntryFacts latest_facts(Ledger& ledger, Date until, std::int64_t units)
{
    auto facts = ledger.facts();
    facts.kind = EvidenceKind::Delivery;
    facts.measure = "NT20";
    facts.counting = Counting::Latest;
    facts.until = until;
    facts.quantity = Quantity{units * Quantity::parts_per_unit};
    facts.proxy.reset();
    facts.value.reset();
    return facts;
}

} // namespace

// Flags

TEST_CASE("an open flag holds the value of waiting entries and not of those accepted before")
{
    on_both_databases([](Ledger& ledger) {
        const auto accepted = ledger.receive_hours();
        REQUIRE(ledger.accept(accepted).ok());
        const auto waiting = ledger.receive_hours();
        CHECK(ledger.balance() == "59.255 59.255");
        REQUIRE(ledger.flag({accepted, waiting}).ok());
        CHECK(ledger.balance() == "0.00+59.255 59.255");
        CHECK(ledger.standing(accepted).flagged);
        // Taking the acceptance back makes it wait, and so it is held too.
        REQUIRE(ledger.reverse(accepted).ok());
        CHECK(ledger.balance() == "0.00+118.51 0.00");
        CHECK(Ledger::code(ledger.accept(accepted)) == "flag_open");
    });
}

TEST_CASE("an entry under an open flag is neither accepted nor divided, but can be queried and declined")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        CHECK(ledger.balance() == "0.00+118.51 0.00");
        CHECK(Ledger::code(ledger.accept(pair.a)) == "flag_open");
        CHECK(Ledger::code(ledger.split(pair.a, two_parts(ledger, pair.a, 100, 110))) == "flag_open");
        CHECK(ledger.decide(DecisionKind::Query, pair.a).ok());
        CHECK(ledger.balance() == "0.00+118.51 0.00");
        CHECK(Ledger::code(ledger.accept(pair.a)) == "flag_open");
        CHECK(ledger.decline(pair.a).ok());
        CHECK(ledger.balance() == "59.255 0.00");
    });
}

TEST_CASE("a flag resolved as different or fine frees its entries, and reopening holds them again")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        for (const auto as : {Resolution::Different, Resolution::Fine}) {
            CHECK(ledger.resolve(pair.flag, as).ok());
            CHECK(ledger.balance() == "118.51 0.00");
            CHECK(Ledger::code(ledger.resolve(pair.flag, as)) == "wrong_state");
            CHECK(ledger.reopen(pair.flag).ok());
            CHECK(ledger.balance() == "0.00+118.51 0.00");
            CHECK(Ledger::code(ledger.reopen(pair.flag)) == "wrong_state");
        }
        // What was accepted in between stays confirmed.
        CHECK(ledger.resolve(pair.flag, Resolution::Different).ok());
        CHECK(ledger.accept(pair.a).ok());
        CHECK(ledger.reopen(pair.flag).ok());
        CHECK(ledger.balance() == "0.00+59.255 59.255");
    });
}

TEST_CASE("resolving as same or part of keeps one entry, and reopening brings the others back as they were")
{
    on_both_databases([](Ledger& ledger) {
        for (const auto as : {Resolution::Same, Resolution::PartOf}) {
            CAPTURE(name_of(as));
            const auto kept = ledger.receive_hours();
            const auto waiting = ledger.receive_hours();
            const auto queried = ledger.receive_hours();
            const auto accepted = ledger.receive_hours();
            REQUIRE(ledger.decide(DecisionKind::Query, queried).ok());
            REQUIRE(ledger.accept(accepted).ok());
            const std::string before = ledger.balance();
            const auto flag = ledger.flag({kept, waiting, queried, accepted});
            const std::string held = ledger.balance();
            REQUIRE(ledger.resolve(*flag, as, kept).ok());
            CHECK(ledger.state(kept) == "waiting");
            for (const auto& id : {waiting, queried, accepted})
                CHECK(ledger.state(id) == "duplicate");
            CHECK(Ledger::code(ledger.accept(waiting)) == "wrong_state");
            CHECK(Ledger::code(ledger.reverse(accepted)) == "wrong_state");
            REQUIRE(ledger.reopen(*flag).ok());
            CHECK(ledger.balance() == held);
            CHECK(ledger.state(waiting) == "waiting");
            CHECK(ledger.state(queried) == "queried");
            CHECK(ledger.state(accepted) == "accepted");
            REQUIRE(ledger.resolve(*flag, Resolution::Different).ok());
            CHECK(ledger.balance() == before);
            // The decisions made before can be taken back as ever.
            CHECK(ledger.reverse(accepted).ok());
            CHECK(ledger.reverse(queried).ok());
            for (const auto& id : {kept, waiting, queried, accepted})
                CHECK(ledger.decline(id).ok());
        }
        CHECK(ledger.balance() == "0.00 0.00");
    });
}

TEST_CASE("the one kept entry counts, whether it is the first or the last")
{
    on_both_databases([](Ledger& ledger) {
        const auto group = ledger.receive(ledger.facts(EntryAction::Capture, {}, 600));
        const auto single = ledger.receive(ledger.facts(EntryAction::Capture, {}, 60));
        const auto flag = ledger.flag({group, single}, "group_includes");
        REQUIRE(ledger.resolve(*flag, Resolution::PartOf, group).ok());
        CHECK(ledger.balance() == "169.30 0.00");
        REQUIRE(ledger.reopen(*flag).ok());
        REQUIRE(ledger.resolve(*flag, Resolution::Same, single).ok());
        CHECK(ledger.balance() == "16.93 0.00");
        CHECK(ledger.accept(single).ok());
        CHECK(ledger.balance() == "0.00 16.93");
    });
}

TEST_CASE("a resolution names the kept entry exactly where one is kept")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        const auto other = ledger.receive_hours();
        const auto code = [&](Resolution as, std::optional<Uuid> kept) {
            return Ledger::code(ledger.resolve(pair.flag, as, kept));
        };
        CHECK(code(Resolution::Same, {}) == "wrong_state");
        CHECK(code(Resolution::PartOf, other) == "wrong_state");
        CHECK(code(Resolution::Different, pair.a) == "wrong_state");
        CHECK(code(Resolution::Fine, pair.a) == "wrong_state");
        const auto alone = ledger.flag({other}, "over_twelve_hours");
        CHECK(Ledger::code(ledger.resolve(*alone, Resolution::Same, other)) == "wrong_state");
        CHECK(Ledger::code(ledger.resolve(*alone + 100, Resolution::Fine)) == "not_found");
        CHECK(Ledger::code(ledger.reopen(*alone + 100)) == "not_found");
        CHECK(ledger.resolve(*alone, Resolution::Fine).ok());
    });
}

TEST_CASE("a flag names known entries, each once and in order, and stands only once")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        CHECK(Ledger::code(ledger.flag({pair.a, pair.b})) == "already_known");
        CHECK(ledger.flag({pair.a, pair.b}, "same_photo").ok());
        CHECK(Ledger::code(ledger.flag({pair.a, ledger.ids.next()})) == "not_found");
        CHECK(Ledger::code(ledger.flag({pair.a, pair.a})) == "wrong_state");
        CHECK(Ledger::code(ledger.flag({})) == "wrong_state");
        CHECK(Ledger::code(ledger.flag({pair.a}, "")) == "wrong_state");
        CHECK(Ledger::code(ledger.append(FlaggedLeaf{
                  sample_moment, "late", {std::max(pair.a, pair.b), std::min(pair.a, pair.b)}})) ==
              "wrong_state");
        // Two flags hold until both are settled.
        CHECK(ledger.resolve(pair.flag, Resolution::Different).ok());
        CHECK(ledger.balance() == "0.00+118.51 0.00");
        CHECK(Ledger::code(ledger.flag({pair.a, pair.b})) == "already_known");
    });
}

TEST_CASE("a flag sleeps while one of its entries counts no longer, and wakes when that is taken back")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        REQUIRE(ledger.decline(pair.a).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(Ledger::code(ledger.resolve(pair.flag, Resolution::Different)) == "wrong_state");
        REQUIRE(ledger.reverse(pair.a).ok());
        CHECK(ledger.balance() == "0.00+118.51 0.00");

        // Accepted elsewhere, then replaced by an accepted amendment: it wakes when that is reversed.
        REQUIRE(ledger.resolve(pair.flag, Resolution::Different).ok());
        REQUIRE(ledger.accept(pair.a).ok());
        REQUIRE(ledger.reopen(pair.flag).ok());
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, pair.a, 60));
        CHECK(ledger.balance() == "0.00+59.255 59.255");
        REQUIRE(ledger.accept(amended).ok());
        CHECK(ledger.balance() == "59.255 16.93");
        REQUIRE(ledger.reverse(amended).ok());
        CHECK(ledger.balance() == "0.00+59.255 59.255");

        // A withdrawal of an accepted entry, the same way.
        const auto withdrawn = ledger.receive(ledger.withdrawal_of(pair.a));
        REQUIRE(ledger.accept(withdrawn).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        REQUIRE(ledger.reverse(withdrawn).ok());
        CHECK(ledger.balance() == "0.00+59.255 59.255");

        // What a device replaces or takes back while it waits sleeps for good.
        ledger.receive(ledger.withdrawal_of(pair.b));
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(Ledger::code(ledger.resolve(pair.flag, Resolution::Different)) == "wrong_state");
    });
}

TEST_CASE("a duplicate that its author amends stands anew, and reopening does not bring the old one back")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        REQUIRE(ledger.resolve(pair.flag, Resolution::Same, pair.a).ok());
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, pair.b, 60));
        CHECK(ledger.balance() == "76.185 0.00");
        REQUIRE(ledger.reopen(pair.flag).ok());
        CHECK(ledger.state(pair.b) == "replaced");
        CHECK(ledger.state(amended) == "waiting");
        CHECK(ledger.balance() == "76.185 0.00");
    });
}

// Amendments and reversals

TEST_CASE("an amendment stands exactly where the entry stood that it amends")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        REQUIRE(ledger.accept(id).ok());
        const auto waiting = ledger.receive(ledger.facts(EntryAction::Amend, id, 120));
        REQUIRE(ledger.decline(waiting).ok());
        // The declined amendment stood beside the accepted entry, and so does what amends it.
        const auto again = ledger.receive(ledger.facts(EntryAction::Amend, waiting, 60));
        CHECK(ledger.balance() == "0.00 59.255");
        REQUIRE(ledger.accept(again).ok());
        CHECK(ledger.balance() == "0.00 16.93");
        CHECK(ledger.standing(again).ended == id);

        const auto declined = ledger.receive_hours();
        REQUIRE(ledger.decline(declined).ok());
        ledger.receive(ledger.facts(EntryAction::Amend, declined, 60));
        CHECK(ledger.balance() == "16.93 16.93");
    });
}

TEST_CASE("an amendment that was withdrawn since is not reversed past its withdrawal")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        REQUIRE(ledger.accept(id).ok());
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, id, 120));
        REQUIRE(ledger.accept(amended).ok());
        const auto withdrawn = ledger.receive(ledger.withdrawal_of(amended));
        REQUIRE(ledger.accept(withdrawn).ok());
        CHECK(ledger.balance() == "0.00 0.00");
        CHECK(Ledger::code(ledger.reverse(amended)) == "wrong_state");
        CHECK(ledger.balance() == "0.00 0.00");
        CHECK(ledger.reverse(withdrawn).ok());
        CHECK(ledger.balance() == "0.00 33.86");
        CHECK(ledger.reverse(amended).ok());
        CHECK(ledger.balance() == "0.00 59.255");
    });
}

// Splitting

TEST_CASE("a split entry counts as its parts, each in its own contract")
{
    on_both_databases([](Ledger& ledger) {
        const auto whole = ledger.receive_hours();
        const auto parts = two_parts(ledger, whole, 150, 60);
        REQUIRE(ledger.split(whole, parts).ok());
        CHECK(ledger.state(whole) == "split");
        CHECK(ledger.balance("LCC-1") == "42.325 0.00");
        CHECK(ledger.balance("LCC-2") == "16.93 0.00");
        CHECK(ledger.standing(parts[1].id).root == whole);
        CHECK(Ledger::code(ledger.accept(whole)) == "wrong_state");
        CHECK(ledger.accept(parts[0].id).ok());
        CHECK(ledger.balance("LCC-1") == "0.00 42.325");
        // Not while a part is accepted.
        CHECK(Ledger::code(ledger.reverse(whole)) == "wrong_state");
        CHECK(ledger.reverse(parts[0].id).ok());
        CHECK(ledger.decline(parts[1].id).ok());
        CHECK(ledger.reverse(whole).ok());
        CHECK(ledger.balance("LCC-1") == "59.255 0.00");
        CHECK(ledger.balance("LCC-2") == "0.00 0.00");
        CHECK(Ledger::code(ledger.reverse(parts[1].id)) == "wrong_state");
        // And once more, otherwise.
        REQUIRE(ledger.split(whole, two_parts(ledger, whole, 105, 105)).ok());
        CHECK(ledger.balance("LCC-2") == "29.6275 0.00");
    });
}

TEST_CASE("parts add up exactly, are two to twenty, and each is of the whole's kind")
{
    on_both_databases([](Ledger& ledger) {
        const auto whole = ledger.receive_hours();
        const auto code = [&](const std::vector<EntryFacts>& parts) {
            return Ledger::code(ledger.split(whole, parts));
        };
        CHECK(code(two_parts(ledger, whole, 150, 59)) == "split_sum");
        CHECK(code(two_parts(ledger, whole, 150, 61)) == "split_sum");
        CHECK(code(two_parts(ledger, whole, 210, 0)) == "split_sum");
        CHECK(code(two_parts(ledger, whole, 211, 1)) == "split_sum");
        CHECK(code({ledger.part_of(whole, "LCC-2", 210)}) == "split_sum");
        CHECK(code(std::vector<EntryFacts>(21, ledger.part_of(whole, "LCC-2", 10))) == "split_sum");
        auto other_kind = two_parts(ledger, whole, 150, 60);
        other_kind[1].kind = EvidenceKind::Delivery;
        CHECK(code(other_kind) == "wrong_state");
        CHECK(ledger.state(whole) == "waiting");
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(ledger.refusal_of(ledger.part_of(whole, "LCC-2", 60)) == "wrong_state");
        REQUIRE(ledger.split(whole, two_parts(ledger, whole, 150, 60)).ok());
        CHECK(ledger.refusal_of(ledger.part_of(whole, "LCC-2", 60)) == "wrong_state");
    });
}

TEST_CASE("only what waits, counts and has an amount is divided, and nobody changes it meanwhile")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        REQUIRE(ledger.accept(id).ok());
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, id));
        CHECK(Ledger::code(ledger.split(id, two_parts(ledger, id, 150, 60))) == "wrong_state");
        CHECK(Ledger::code(ledger.split(amended, two_parts(ledger, amended, 150, 60))) == "wrong_state");
        const auto people = ledger.receive(ledger.facts_of_people(first_quarter, {"p1", "p2"}));
        CHECK(Ledger::code(ledger.split(people, two_parts(ledger, people, 60, 60))) == "wrong_state");
        auto story = ledger.facts();
        story.kind = EvidenceKind::Story;
        story.quantity.reset();
        story.value.reset();
        const auto told = ledger.receive(story);
        CHECK(Ledger::code(ledger.split(told, two_parts(ledger, told, 60, 60))) == "wrong_state");

        const auto whole = ledger.receive_hours();
        const auto parts = two_parts(ledger, whole, 150, 60);
        REQUIRE(ledger.split(whole, parts).ok());
        CHECK(ledger.refusal_of(ledger.facts(EntryAction::Amend, whole)) == "amends_split");
        CHECK(ledger.refusal_of(ledger.withdrawal_of(parts[0].id)) == "amends_split");
        CHECK(Ledger::code(ledger.split(parts[0].id, two_parts(ledger, parts[0].id, 75, 75))) ==
              "wrong_state");
    });
}

TEST_CASE("a divided entry keeps a flag open, and is not made a duplicate")
{
    on_both_databases([](Ledger& ledger) {
        const auto whole = ledger.receive_hours();
        const auto parts = two_parts(ledger, whole, 150, 60);
        REQUIRE(ledger.split(whole, parts).ok());
        const auto other = ledger.receive_hours();
        const auto flag = ledger.flag({whole, other});
        // Its parts wait with it.
        CHECK(ledger.balance("LCC-1") == "0.00+101.58 0.00");
        CHECK(Ledger::code(ledger.accept(parts[0].id)) == "flag_open");
        CHECK(Ledger::code(ledger.resolve(*flag, Resolution::Same, other)) == "wrong_state");
        CHECK(ledger.resolve(*flag, Resolution::Same, whole).ok());
        CHECK(ledger.state(other) == "duplicate");
        CHECK(ledger.balance("LCC-1") == "42.325 0.00");
        CHECK(ledger.reopen(*flag).ok());
        CHECK(ledger.balance("LCC-1") == "0.00+101.58 0.00");
        // A part that is declined and comes back waits again.
        CHECK(ledger.decline(parts[0].id).ok());
        CHECK(ledger.balance("LCC-1") == "0.00+59.255 0.00");
        CHECK(ledger.reverse(parts[0].id).ok());
        CHECK(ledger.balance("LCC-1") == "0.00+101.58 0.00");
        CHECK(ledger.decline(other).ok());
        CHECK(ledger.balance("LCC-1") == "42.325 0.00");
        CHECK(ledger.accept(parts[0].id).ok());
    });
}

// Held values

TEST_CASE("an administrator lets a held value count and takes that back, waiting or accepted")
{
    on_both_databases([](Ledger& ledger) {
        auto facts = ledger.facts();
        facts.held = true;
        const auto id = ledger.receive(facts);
        CHECK(ledger.balance() == "0.00+59.255 0.00");
        CHECK(Ledger::code(ledger.hold(id)) == "wrong_state");
        CHECK(ledger.release(id).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(Ledger::code(ledger.release(id)) == "wrong_state");
        CHECK(ledger.accept(id).ok());
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.hold(id).ok());
        CHECK(ledger.balance() == "0.00 0.00+59.255");
        CHECK(ledger.reverse(id).ok());
        CHECK(ledger.decline(id).ok());
        CHECK(Ledger::code(ledger.release(id)) == "wrong_state");

        // A flag holds what the administrator let through.
        const auto flagged = ledger.receive([&] {
            auto again = ledger.facts();
            again.held = true;
            return again;
        }());
        CHECK(ledger.release(flagged).ok());
        REQUIRE(ledger.flag({flagged}, "over_twelve_hours").ok());
        CHECK(ledger.balance() == "0.00+59.255 0.00");
        CHECK(Ledger::code(ledger.release(ledger.receive_hours())) == "wrong_state");
        CHECK(Ledger::code(ledger.release(ledger.ids.next())) == "not_found");
    });
}

// Erasure

TEST_CASE("an erased entry counts on when it was accepted and is void when it waited")
{
    on_both_databases([](Ledger& ledger) {
        const auto accepted = ledger.receive_hours();
        REQUIRE(ledger.accept(accepted).ok());
        const auto waiting = ledger.receive_hours();
        const auto declined = ledger.receive_hours();
        REQUIRE(ledger.decline(declined).ok());
        for (const auto& id : {accepted, waiting, declined})
            CHECK(ledger.erase(id).ok());
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.state(waiting) == "erased");
        CHECK(ledger.standing(accepted).erased);
        CHECK(Ledger::code(ledger.erase(waiting)) == "wrong_state");
        CHECK(Ledger::code(ledger.accept(waiting)) == "wrong_state");
        CHECK(Ledger::code(ledger.reverse(waiting)) == "wrong_state");
        // Nobody can look at it again: what is taken back waits for nothing.
        CHECK(ledger.reverse(accepted).ok());
        CHECK(ledger.state(accepted) == "erased");
        CHECK(ledger.reverse(declined).ok());
        CHECK(ledger.state(declined) == "erased");
        CHECK(ledger.balance() == "0.00 0.00");
        CHECK(ledger.refusal_of(ledger.facts(EntryAction::Amend, accepted)) == "amends_erased");
        CHECK(Ledger::code(ledger.erase(ledger.ids.next())) == "not_found");
        CHECK(ledger.erase(ledger.receive_hours(), ErasureReason::Retention).ok());
        CHECK(ledger.erase(ledger.receive_hours(), ErasureReason::Withdrawal).ok());
    });
}

TEST_CASE("erasing wakes no flag, and a duplicate that was erased does not come back to wait")
{
    on_both_databases([](Ledger& ledger) {
        const FlaggedPair pair(ledger);
        REQUIRE(ledger.resolve(pair.flag, Resolution::Same, pair.a).ok());
        CHECK(ledger.erase(pair.b).ok());
        CHECK(ledger.state(pair.b) == "duplicate");
        CHECK(ledger.reopen(pair.flag).ok());
        CHECK(ledger.state(pair.b) == "erased");
        CHECK(ledger.balance() == "59.255 0.00");
    });
}

TEST_CASE("erasing a divided entry ends the parts that wait and leaves those that were accepted")
{
    on_both_databases([](Ledger& ledger) {
        const auto whole = ledger.receive_hours();
        const auto parts = two_parts(ledger, whole, 150, 60);
        REQUIRE(ledger.split(whole, parts).ok());
        REQUIRE(ledger.accept(parts[0].id).ok());
        CHECK(ledger.erase(whole).ok());
        CHECK(ledger.state(parts[0].id) == "accepted");
        CHECK(ledger.state(parts[1].id) == "erased");
        CHECK(ledger.balance("LCC-1") == "0.00 42.325");
        CHECK(ledger.balance("LCC-2") == "0.00 0.00");
        CHECK(Ledger::code(ledger.erase(parts[1].id)) == "wrong_state");
    });
}

// Quarters

TEST_CASE("after closing, decisions post to the earliest open quarter with the quarter of the work beside")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive(ledger.facts_in(first_quarter));
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 3.5 59.255");
        REQUIRE(ledger.close(first_quarter).ok());
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 3.5 59.255");
        REQUIRE(ledger.accept(id).ok());
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 3.5 59.255; "
                                "2026-Q2 2026-Q1 claimed -1 -3.5 -59.255; "
                                "2026-Q2 2026-Q1 confirmed 1 3.5 59.255");
        REQUIRE(ledger.close(second_quarter).ok());
        REQUIRE(ledger.reverse(id).ok());
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 3.5 59.255; "
                                "2026-Q2 2026-Q1 claimed -1 -3.5 -59.255; "
                                "2026-Q2 2026-Q1 confirmed 1 3.5 59.255; "
                                "2026-Q3 2026-Q1 claimed 1 3.5 59.255; "
                                "2026-Q3 2026-Q1 confirmed -1 -3.5 -59.255");
        // The sum over all quarters says where it stands.
        CHECK(ledger.balance() == "59.255 0.00");
    });
}

TEST_CASE("late work is booked in the earliest open quarter, later work in its own")
{
    on_both_databases([](Ledger& ledger) {
        REQUIRE(ledger.close(second_quarter).ok());
        CHECK(read_closed_through(ledger.database) == second_quarter);
        ledger.receive(ledger.facts_in(first_quarter));
        ledger.receive(ledger.facts_in(third_quarter));
        ledger.receive(ledger.facts_in({2026, 4}));
        CHECK(ledger.lines() == "2026-Q3 2026-Q1 claimed 1 3.5 59.255; "
                                "2026-Q3 2026-Q3 claimed 1 3.5 59.255; "
                                "2026-Q4 2026-Q4 claimed 1 3.5 59.255");
    });
}

TEST_CASE("a quarter is closed once, and never after a later one")
{
    on_both_databases([](Ledger& ledger) {
        CHECK(ledger.close(second_quarter).ok());
        CHECK(Ledger::code(ledger.close(second_quarter)) == "quarter_closed");
        CHECK(Ledger::code(ledger.close(first_quarter)) == "quarter_closed");
        CHECK(Ledger::code(ledger.close({2025, 4})) == "quarter_closed");
        CHECK(ledger.close({2027, 1}).ok());
        const auto closings = read_closings(ledger.database);
        REQUIRE(closings.size() == 2);
        CHECK(closings.front().quarter == Quarter{2027, 1});
        CHECK(closings.back().quarter == second_quarter);
    });
}

TEST_CASE("what a flag, an amendment or a split moves after closing is booked in the open quarter")
{
    on_both_databases([](Ledger& ledger) {
        const auto first = ledger.receive(ledger.facts_in(first_quarter));
        const auto second = ledger.receive(ledger.facts_in(first_quarter));
        REQUIRE(ledger.close(first_quarter).ok());
        const auto flag = ledger.flag({first, second});
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 2 7 118.51; "
                                "2026-Q2 2026-Q1 claimed -2 -7 -118.51; "
                                "2026-Q2 2026-Q1 held claimed 2 7 118.51");
        REQUIRE(ledger.resolve(*flag, Resolution::Same, first).ok());
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 2 7 118.51; "
                                "2026-Q2 2026-Q1 claimed -1 -3.5 -59.255");
        REQUIRE(ledger.split(first, two_parts(ledger, first, 150, 60)).ok());
        CHECK(ledger.lines("LCC-1") == "2026-Q1 2026-Q1 claimed 2 7 118.51; "
                                       "2026-Q2 2026-Q1 claimed -1 -4.5 -76.185");
        CHECK(ledger.lines("LCC-2") == "2026-Q2 2026-Q1 claimed 1 1 16.93");
    });
}

// People counted once

TEST_CASE("a person counts in the first quarter that reports them, whatever the order of arrival")
{
    on_both_databases([](Ledger& ledger) {
        const auto later = ledger.receive(ledger.facts_of_people(second_quarter, {"p1", "p2", "p3"}));
        CHECK(ledger.lines() == "2026-Q2 2026-Q2 claimed 1 3 300.00");
        const auto first = ledger.receive(ledger.facts_of_people(first_quarter, {"p1", "p2"}));
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 2 200.00; 2026-Q2 2026-Q2 claimed 1 1 100.00");
        // Nobody counts twice within a quarter either: the first to arrive counts them.
        ledger.receive(ledger.facts_of_people(second_quarter, {"p3"}));
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 2 200.00; 2026-Q2 2026-Q2 claimed 2 1 100.00");
        REQUIRE(ledger.accept(later).ok());
        CHECK(ledger.balance() == "200.00 100.00");
        // Declining the first moves its people to the entry that reports them next.
        REQUIRE(ledger.decline(first).ok());
        CHECK(ledger.balance() == "0.00 300.00");
        REQUIRE(ledger.reverse(first).ok());
        CHECK(ledger.balance() == "200.00 100.00");
    });
}

TEST_CASE("people count anew in another year, contract or measure")
{
    on_both_databases([](Ledger& ledger) {
        ledger.receive(ledger.facts_of_people(first_quarter, {"p1"}));
        ledger.receive(ledger.facts_of_people({2027, 1}, {"p1"}));
        auto measure = ledger.facts_of_people(first_quarter, {"p1"});
        measure.measure = "NT2";
        ledger.receive(measure);
        auto contract = ledger.facts_of_people(first_quarter, {"p1"});
        contract.contract = "LCC-2";
        ledger.receive(contract);
        CHECK(ledger.balance("LCC-1") == "300.00 0.00");
        CHECK(ledger.balance("LCC-2") == "100.00 0.00");
    });
}

TEST_CASE("people that move after closing are booked in the open quarter")
{
    on_both_databases([](Ledger& ledger) {
        const auto first = ledger.receive(ledger.facts_of_people(first_quarter, {"p1"}));
        ledger.receive(ledger.facts_of_people(second_quarter, {"p1"}));
        REQUIRE(ledger.close(second_quarter).ok());
        REQUIRE(ledger.decline(first).ok());
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 1 1 100.00; 2026-Q2 2026-Q2 claimed 1 0 0.00; "
                                "2026-Q3 2026-Q1 claimed -1 -1 -100.00; 2026-Q3 2026-Q2 claimed 0 1 100.00");
    });
}

TEST_CASE("an entry whose people were all counted before still stands in the balances, with nothing")
{
    on_both_databases([](Ledger& ledger) {
        ledger.receive(ledger.facts_of_people(first_quarter, {"p1", "p2"}));
        const auto again = ledger.receive(ledger.facts_of_people(first_quarter, {"p2", "p1"}));
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 2 2 200.00");
        CHECK(ledger.standing(again).persons_counted == 0);
        CHECK(ledger.accept(again).ok());
        CHECK(ledger.balance() == "200.00 0.00");
    });
}

// Figures of which only the newest counts

TEST_CASE("of a latest figure no quantity is posted, and the newest stands by last day, then by arrival")
{
    on_both_databases([](Ledger& ledger) {
        const auto march = ledger.receive(latest_facts(ledger, {2026, 3, 31}, 40));
        const auto february = ledger.receive(latest_facts(ledger, {2026, 2, 28}, 30));
        CHECK(ledger.lines() == "2026-Q1 2026-Q1 claimed 2 0 0.00");
        const auto figure = [&](Phase phase) -> std::optional<LatestFigure> {
            for (const auto& each : read_latest_figures(ledger.database, "LCC-1"))
                if (each.phase == phase)
                    return each;
            return std::nullopt;
        };
        CHECK(figure(Phase::Claimed)->entry == march);
        CHECK(figure(Phase::Claimed)->quantity.parts == 40 * Quantity::parts_per_unit);
        const auto corrected = ledger.receive(latest_facts(ledger, {2026, 3, 31}, 41));
        CHECK(figure(Phase::Claimed)->entry == corrected);
        CHECK_FALSE(figure(Phase::Confirmed).has_value());
        REQUIRE(ledger.accept(february).ok());
        REQUIRE(ledger.accept(march).ok());
        CHECK(figure(Phase::Confirmed)->entry == march);
        CHECK(figure(Phase::Claimed)->entry == corrected);
        REQUIRE(ledger.decline(corrected).ok());
        CHECK_FALSE(figure(Phase::Claimed).has_value());
        REQUIRE(ledger.reverse(march).ok());
        CHECK(figure(Phase::Confirmed)->entry == february);
        CHECK(figure(Phase::Claimed)->entry == march);
    });
}

TEST_CASE("each quarter keeps the newest of its own latest figures")
{
    on_both_databases([](Ledger& ledger) {
        ledger.receive(latest_facts(ledger, {2026, 3, 31}, 40));
        ledger.receive(latest_facts(ledger, {2026, 2, 28}, 30));
        auto later = latest_facts(ledger, {2026, 5, 31}, 50);
        later.quarter = second_quarter;
        ledger.receive(later);
        const auto figures = read_latest_figures_by_quarter(ledger.database, "LCC-1");
        REQUIRE(figures.size() == 2);
        CHECK(figures[0].quarter == "2026-Q1");
        CHECK(figures[0].quantity.parts == 40 * Quantity::parts_per_unit);
        CHECK(figures[1].quarter == "2026-Q2");
        CHECK(figures[1].quantity.parts == 50 * Quantity::parts_per_unit);
        CHECK(figures[0].position < figures[1].position);
        CHECK(read_latest_figures(ledger.database, "LCC-1").size() == 1);
    });
}

// Who may decide

TEST_CASE("nobody settles, reopens, divides or releases what they captured themselves")
{
    on_both_databases([](Ledger& ledger) {
        auto theirs = ledger.facts();
        theirs.author = "manager";
        theirs.held = true;
        const auto own = ledger.receive(theirs);
        const auto other = ledger.receive_hours();
        // Also through a later revision by somebody else on the same device.
        auto amendment = ledger.facts(EntryAction::Amend, own);
        amendment.held = true;
        const auto amended = ledger.receive(amendment);
        CHECK(Ledger::code(ledger.release(amended, "manager")) == "own_entry");
        CHECK(Ledger::code(ledger.split(amended, two_parts(ledger, amended, 150, 60))) == "own_entry");
        CHECK(ledger.release(amended).ok());
        CHECK(Ledger::code(ledger.hold(amended, "manager")) == "own_entry");

        const auto flag = ledger.flag({other, amended});
        CHECK(Ledger::code(ledger.resolve(*flag, Resolution::Different, {}, "manager")) == "own_entry");
        CHECK(Ledger::code(ledger.resolve(*flag, Resolution::Same, other, "worker")) == "own_entry");
        CHECK(ledger.resolve(*flag, Resolution::Different, {}, "colleague").ok());
        CHECK(Ledger::code(ledger.reopen(*flag, "manager")) == "own_entry");
        CHECK(ledger.reopen(*flag, "colleague").ok());
        CHECK(ledger.resolve(*flag, Resolution::Different, {}, "colleague").ok());

        // Who captured the whole decides on no part of it either, whoever divided it.
        auto parts = two_parts(ledger, amended, 150, 60);
        for (auto& part : parts)
            part.author.clear();
        REQUIRE(ledger.split(amended, parts, "colleague").ok());
        CHECK(Ledger::code(ledger.decide(DecisionKind::Accept, parts[0].id, "manager")) == "own_entry");
        CHECK(Ledger::code(ledger.decide(DecisionKind::Accept, parts[0].id, "worker")) == "own_entry");
        CHECK(ledger.decide(DecisionKind::Accept, parts[0].id, "colleague").ok());
    });
}

// Leaves

TEST_CASE("leaves of every type read back as they were written")
{
    TemporaryFolder folder;
    Ledger ledger("sqlite:" + (folder.path() / "ledger.db").string());
    auto full = ledger.facts_of_people(second_quarter, {"token one", "token two"});
    full.digest = std::string(64, 'd');
    full.held = true;
    full.event = "planting-day";
    full.place = "park";
    full.verification = "sign_in_sheet";
    auto latest = latest_facts(ledger, {2026, 3, 31}, 40);
    latest.digest = full.digest;
    auto part = ledger.part_of(full.id, "LCC-2", 60);
    part.digest = full.digest;
    EntryFacts bare;
    bare.id = ledger.ids.next();
    bare.kind = EvidenceKind::Feedback;
    bare.device = ledger.ids.next();
    bare.digest = full.digest;
    const std::string note(64, 'a');
    const auto other = ledger.ids.next();
    std::vector<Leaf> leaves = {
        ReceivedLeaf{sample_moment, full},
        ReceivedLeaf{sample_moment, latest},
        ReceivedLeaf{sample_moment, part},
        ReceivedLeaf{sample_moment, bare},
        SplitLeaf{sample_moment, full.id, 3, "manager", note},
        FlaggedLeaf{sample_moment, "person_overlap", {full.id, other}, 90, 950},
        FlaggedLeaf{sample_moment, "late", {full.id}, 0, 1000},
        ResolvedLeaf{sample_moment, 7, Resolution::Same, other, "manager", note},
        ResolvedLeaf{sample_moment, 7, Resolution::Fine, {}, "manager", ""},
        ReopenedLeaf{sample_moment, 7, "manager", note},
        ErasedLeaf{sample_moment, other, ErasureReason::Staff, "admin", note},
        ErasedLeaf{sample_moment, other, ErasureReason::Retention, "", ""},
        ClosedLeaf{sample_moment, first_quarter, "admin", ""},
    };
    for (const auto kind : {DecisionKind::Accept, DecisionKind::Query, DecisionKind::Decline,
                            DecisionKind::Reverse, DecisionKind::Release, DecisionKind::Hold})
        leaves.push_back(DecisionLeaf{sample_moment, kind, full.id, "manager", note});
    for (const auto& leaf : leaves) {
        const auto text = write_leaf(leaf);
        CAPTURE(text);
        const auto read = parse_leaf(text);
        REQUIRE_MESSAGE(read.ok(), (read ? "" : read.error().text()));
        CHECK(*read == leaf);
        CHECK(write_leaf(*read) == text);
        // A field more is refused in each of them.
        auto longer = text;
        longer.insert(longer.size() - 1, ",\"extra\":1");
        CHECK_FALSE(parse_leaf(longer).ok());
    }
}

TEST_CASE("words, kinds and shapes that the ledger does not know are refused in every leaf")
{
    const auto refused = [](const Leaf& leaf, const std::string& from, const std::string& to) {
        auto text = write_leaf(leaf);
        const auto at = text.find(from);
        REQUIRE_MESSAGE(at != std::string::npos, text);
        text.replace(at, from.size(), to);
        CAPTURE(text);
        const auto read = parse_leaf(text);
        CHECK_FALSE(read.ok());
        CHECK((read.ok() || read.error().code == "bad_leaf"));
    };
    EntryFacts facts;
    facts.counting = Counting::Latest;
    facts.until = Date{2026, 3, 31};
    facts.persons = {"token"};
    const Leaf received = ReceivedLeaf{sample_moment, facts};
    refused(received, "\"capture\"", "\"imagine\"");
    refused(received, "\"hours\"", "\"minutes\"");
    refused(received, "\"latest\"", "\"newest\"");
    refused(received, "2026-03-31", "2026-03-32");
    refused(received, "[\"token\"]", "[7]");
    refused(received, "[\"token\"]", "\"token\"");
    refused(received, "1970-Q1", "1970-Q5");
    const Leaf resolved = ResolvedLeaf{sample_moment, 3, Resolution::PartOf, Uuid{}, "m", ""};
    refused(resolved, "\"part_of\"", "\"similar\"");
    refused(resolved, "\"flag\":3", "\"flag\":\"3\"");
    refused(resolved, "\"kept\":\"0", "\"kept\":\"x");
    const Leaf erased = ErasedLeaf{sample_moment, Uuid{}, ErasureReason::Staff, "admin", ""};
    refused(erased, "\"staff\"", "\"tidiness\"");
    const Leaf flagged = FlaggedLeaf{sample_moment, "late", {Uuid{}}, 0, 0};
    refused(flagged, "\"minutes\":0", "\"minutes\":0.5");
    refused(flagged, "[\"0", "[\"z");
    refused(ClosedLeaf{sample_moment, first_quarter, "admin", ""}, "2026-Q1", "2026");
    refused(SplitLeaf{sample_moment, Uuid{}, 2, "m", ""}, "\"parts\":2,", "");
    refused(ReopenedLeaf{sample_moment, 3, "m", ""}, "\"reopened\"", "\"forgotten\"");
}
