#include "tests/unit/merge_samples.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using namespace tally::server::test;

namespace {

constexpr Date monday{2026, 3, 2};

MergeRules toms_rules()
{
    MergeRules rules;
    rules.exclusive.push_back({"toms", {"NT8", "NT17", "NT29", "NT86"}});
    rules.exclusive.push_back({"toms", {"NT26", "NT28"}});
    return rules;
}

MergeFacts delivery(int number, const char* quantity, const char* reference, const char* description,
                    Date first = {2026, 1, 1}, Date last = {2026, 3, 31})
{
    DeliveryBody body;
    body.quantity = parse_quantity(quantity).value();
    body.period_start = first;
    body.period_end = last;
    body.evidence_reference = reference;
    body.description = description;
    MergeFacts facts = sample_facts(number, last, body);
    facts.about.measure = "NT26";
    return facts;
}

std::vector<FlagRule> rules_of(const std::vector<Flag>& flags)
{
    std::vector<FlagRule> rules;
    for (const Flag& flag : flags)
        rules.push_back(flag.rule);
    return rules;
}

using Rules = std::vector<FlagRule>;

} // namespace

TEST_CASE("a flag names its entries, the shared minutes and how sure it is, and no person")
{
    MergeFacts a = person(2, "Katarzyna Nowak", 540, 720);
    MergeFacts b = person(1, "Kasia Nowak", 660, 900);
    b.about.contract = "C-2";
    const auto flags = flags_of_pair(a, b);
    REQUIRE(flags.size() == 1);
    CHECK(flags[0].rule == FlagRule::PersonOverlap);
    CHECK(flags[0].entries == std::vector{numbered(1), numbered(2)});
    CHECK(flags[0].minutes == 60);
    CHECK(flags[0].sure_per_mille >= 900);
    CHECK(flags[0].why ==
          "The same name in another spelling or form stands on two entries that overlap by 60 "
          "minutes, under two contracts.");
}

TEST_CASE("an initial is less sure than a name, and residents are persons too")
{
    const auto sure = [](const char* name) {
        MergeFacts a = person(1, "John Smith", 540, 720);
        MergeFacts b = person(2, name, 540, 720);
        hours_of(a).whose_time = WhoseTime::Residents;
        const auto flags = flags_of_pair(a, b);
        const Flag* flag = find_flag(flags, FlagRule::PersonOverlap);
        return flag == nullptr ? 0 : flag->sure_per_mille;
    };
    CHECK(sure("John Smith") > sure("Jon Smith"));
    CHECK(sure("Jon Smith") > sure("J. Smith"));
    CHECK(sure("J. Smith") > 500);
    CHECK(sure("P. Smith") == 0);
}

TEST_CASE("a single name says something only at the same event or host")
{
    const MergeFacts full = person(1, "Maria Popescu", 540, 720);
    MergeFacts single = person(2, "Maria", 540, 720);
    CHECK(rules_of(flags_of_pair(full, single)) == Rules{FlagRule::PersonOverlap});
    hours_of(single).host = "Wyre Food Bank";
    CHECK(flags_of_pair(full, single).empty());
}

TEST_CASE("a head count is flagged beside the persons who may be among the heads")
{
    MergeFacts heads = group(1, 12, 540, 720);
    MergeFacts one = person(2, "Edith Kershaw", 540, 700);
    heads.about.event = one.about.event = "E-1";
    const auto flags = flags_of_pair(heads, one);
    REQUIRE(rules_of(flags) == Rules{FlagRule::GroupAndIndividual});
    CHECK(flags[0].minutes == 160);

    SUBCASE("not at another event")
    {
        one.about.event = "E-2";
        CHECK(flags_of_pair(heads, one).empty());
    }
    SUBCASE("not after it")
    {
        hours_of(one).start_min = 720;
        hours_of(one).end_min = 800;
        CHECK(flags_of_pair(heads, one).empty());
    }
    SUBCASE("not staff beside residents")
    {
        hours_of(heads).whose_time = WhoseTime::Residents;
        CHECK(flags_of_pair(heads, one).empty());
    }
    SUBCASE("not the staff of two suppliers, but residents whoever counts them")
    {
        one.about.contract = "C-2";
        one.supplier = "S-2";
        CHECK(flags_of_pair(heads, one).empty());
        hours_of(heads).whose_time = hours_of(one).whose_time = WhoseTime::Residents;
        CHECK(rules_of(flags_of_pair(heads, one)) == Rules{FlagRule::GroupAndIndividual});
    }
    SUBCASE("also by the host alone")
    {
        heads.about.event = one.about.event = "";
        CHECK(rules_of(flags_of_pair(heads, one)) == Rules{FlagRule::GroupAndIndividual});
        hours_of(one).host = "the Ribble Rivers group";
        CHECK(rules_of(flags_of_pair(heads, one)) == Rules{FlagRule::GroupAndIndividual});
        hours_of(one).host = "Leyland Green Gym";
        CHECK(flags_of_pair(heads, one).empty());
    }
}

TEST_CASE("two head counts of one group are flagged, two groups are not")
{
    MergeFacts a = group(1, 12, 540, 720);
    MergeFacts b = group(2, 12, 550, 720);
    a.about.event = b.about.event = "E-1";
    CHECK(rules_of(flags_of_pair(a, b)) == Rules{FlagRule::GroupOverlap});
    hours_of(b).people.adults = 11;
    CHECK(rules_of(flags_of_pair(a, b)) == Rules{FlagRule::GroupOverlap});
    hours_of(b).people.adults = 30;
    CHECK(flags_of_pair(a, b).empty());
    hours_of(b).people.adults = 12;
    hours_of(b).start_min = 720;
    hours_of(b).end_min = 900;
    CHECK(flags_of_pair(a, b).empty());
}

TEST_CASE("hours outside the times of the event are flagged, coming early to set up is not")
{
    MergeFacts facts = person(1, "Tom Halliwell", 540, 720);
    const std::int64_t midnight = days_from_date(monday) * 1440;
    facts.event_start_min = midnight + 600;
    facts.event_end_min = midnight + 720;
    const auto flags = flags_of(facts, {}, {});
    REQUIRE(rules_of(flags) == Rules{FlagRule::BeyondEvent});
    CHECK(flags[0].minutes == 60);
    hours_of(facts).start_min = 585;
    CHECK(flags_of(facts, {}, {}).empty());
    hours_of(facts).end_min = 736;
    CHECK(rules_of(flags_of(facts, {}, {})) == Rules{FlagRule::BeyondEvent});
}

TEST_CASE("more than 12 hours of one person in a day are flagged, all entries together")
{
    MergeFacts one = person(1, "Aisha Rahman", 0, 721);
    CHECK(rules_of(flags_of(one, {}, {})) == Rules{FlagRule::Over12Hours});
    hours_of(one).break_min = 1;
    CHECK(flags_of(one, {}, {}).empty());

    MergeIndex index;
    index.store(person(1, "Aisha Rahman", 360, 600));
    index.store(person(2, "Ayesha Rahman", 600, 840));
    index.store(person(3, "Aisha Rehman", 600, 840, {2026, 3, 3}));
    index.store(person(4, "Aisha Khan", 900, 1200));
    const auto flags = index.arrive(person(5, "Rehman, Aisha", 840, 1100), {});
    REQUIRE(rules_of(flags) == Rules{FlagRule::Over12Hours});
    CHECK(flags[0].entries == std::vector{numbered(1), numbered(2), numbered(5)});
    CHECK(flags[0].minutes == 740);
}

TEST_CASE("one hour under two measures that exclude each other is flagged beside the overlap")
{
    MergeFacts a = person(1, "Priya Nair", 540, 720);
    MergeFacts b = person(2, "Priya Nair", 600, 720);
    a.about.measure = "NT17";
    b.about.measure = "NT29";
    CHECK(rules_of(flags_of_pair(a, b, toms_rules())) ==
          Rules{FlagRule::PersonOverlap, FlagRule::ExclusiveMeasures});
    b.about.measure = "NT1";
    CHECK(rules_of(flags_of_pair(a, b, toms_rules())) == Rules{FlagRule::PersonOverlap});
    b.about.measure = "NT29";
    b.framework = "other";
    CHECK(rules_of(flags_of_pair(a, b, toms_rules())) == Rules{FlagRule::PersonOverlap});
    b.framework = "toms";
    hours_of(b).start_min = 720;
    hours_of(b).end_min = 780;
    CHECK(flags_of_pair(a, b, toms_rules()).empty());
}

TEST_CASE("a delivery written down twice is flagged, honest repeats are not")
{
    const MergeFacts a = delivery(1, "1234.56", "INV-100", "Timber from Preston");
    CHECK(rules_of(flags_of_pair(a, delivery(2, "1234.56", "inv 100", "Wood"))) ==
          Rules{FlagRule::SameDelivery});
    CHECK(rules_of(flags_of_pair(a, delivery(2, "1234.56", "", "Wood"))) == Rules{FlagRule::SameDelivery});
    CHECK(rules_of(flags_of_pair(a, delivery(2, "900", "INV-100", "Timber"))) ==
          Rules{FlagRule::SameDelivery});
    // Two invoices of one amount, another quarter, another quantity.
    CHECK(flags_of_pair(a, delivery(2, "1234.56", "INV-101", "Timber from Preston")).empty());
    CHECK(flags_of_pair(a, delivery(2, "1234.56", "INV-100", "Timber", {2026, 4, 1}, {2026, 6, 30})).empty());
    CHECK(flags_of_pair(a, delivery(2, "800", "", "Timber from Preston")).empty());
    // One apprentice each, by the word of two descriptions and in two halves of a quarter.
    CHECK(flags_of_pair(delivery(1, "1", "", "Joiner taken on", {2026, 1, 5}, {2026, 2, 20}),
                        delivery(2, "1", "", "Plasterer from Leyland", {2026, 2, 1}, {2026, 3, 20}))
              .empty());
}

TEST_CASE("one delivery under two measures that exclude each other, or under two contracts, is flagged")
{
    const MergeFacts a = delivery(1, "1234.56", "INV-100", "Timber from Preston");
    MergeFacts b = delivery(2, "1234.56", "INV-100", "Timber from Preston");
    b.about.measure = "NT28";
    CHECK(rules_of(flags_of_pair(a, b, toms_rules())) == Rules{FlagRule::ExclusiveMeasures});
    CHECK(flags_of_pair(a, b).empty());
    b.about.measure = "NT26";
    b.about.contract = "C-2";
    CHECK(rules_of(flags_of_pair(a, b)) == Rules{FlagRule::SameDelivery});
    b.supplier = "S-2";
    CHECK(flags_of_pair(a, b).empty());
}

TEST_CASE("what arrives more than 30 days after its quarter is late")
{
    MergeFacts facts = person(1, "Tom Halliwell", 540, 720);
    const auto received_on = [&](Date date) {
        facts.received_at = {(days_from_date(date) * 1440 + 600) * 60'000};
        return rules_of(flags_of(facts, {}, {}));
    };
    CHECK(received_on({2026, 4, 30}).empty());
    CHECK(received_on({2026, 5, 1}) == Rules{FlagRule::Late});
}

TEST_CASE("a clock out of step is flagged, a small difference is not")
{
    const MergeFacts facts = person(1, "Tom Halliwell", 540, 720);
    const auto with = [&](auto change) {
        MergeFacts changed = facts;
        change(changed);
        return rules_of(flags_of(changed, {}, {}));
    };
    CHECK(with([](MergeFacts& f) { f.clock_offset_ms = -660'000; }) == Rules{FlagRule::Clock});
    CHECK(with([](MergeFacts& f) { f.clock_offset_ms = 600'000; }).empty());
    CHECK(with([](MergeFacts& f) { f.received_at.ms = f.captured_at.ms - 660'000; }) ==
          Rules{FlagRule::Clock});
    CHECK(with([](MergeFacts& f) { f.received_at.ms = f.captured_at.ms - 600'000; }).empty());
    CHECK(with([](MergeFacts& f) { f.captured_at.ms -= 3 * 86'400'000LL; }) == Rules{FlagRule::Clock});
    CHECK(with([](MergeFacts& f) { f.captured_at.ms -= 86'400'000LL; }).empty());
}

TEST_CASE("amendments of one entry, withdrawals and feedback meet nobody")
{
    const MergeFacts a = person(1, "Tom Halliwell", 540, 720);
    MergeFacts b = person(2, "Tom Halliwell", 540, 720);
    b.root = a.root;
    CHECK(flags_of_pair(a, b).empty());

    MergeFacts gone = person(2, "Tom Halliwell", 540, 720);
    gone.body = std::monostate{};
    CHECK(blocking_keys(gone, merge_secret).empty());
    CHECK(flags_of(gone, std::span(&a, 1), {}).empty());
    CHECK(flags_of(a, std::span(&gone, 1), {}).empty());

    MergeFacts feedback = sample_facts(3, monday, FeedbackBody{});
    feedback.photos.push_back({"aa", std::nullopt});
    feedback.clock_offset_ms = 3'600'000;
    CHECK(blocking_keys(feedback, merge_secret).empty());
    CHECK(rules_of(flags_of(feedback, std::span(&a, 1), {})) == Rules{FlagRule::Clock});
}

TEST_CASE("the same photo is found whatever it hangs on, and a signature is no photo")
{
    MergeFacts a = person(1, "Tom Halliwell", 540, 720);
    MergeFacts b = delivery(2, "3", "", "Benches");
    a.photos = {{"aa", std::nullopt}, {"bb", std::nullopt}};
    b.photos = {{"bb", std::nullopt}};
    CHECK(rules_of(flags_of_pair(a, b)) == Rules{FlagRule::SamePhoto});
    CHECK(photo_keys(a, merge_secret).size() == 2);

    Entry entry;
    entry.kind = EvidenceKind::Story;
    StoryBody story;
    story.consents.emplace_back().signature = "aa";
    entry.body = story;
    entry.attachments.resize(2);
    entry.attachments[0].digest = "aa";
    entry.attachments[1].digest = "bb";
    const MergeFacts facts = merge_facts(entry, entry.id, numbered(7), {});
    CHECK(facts.photos == std::vector<PhotoMark>{{"bb", std::nullopt}});
}

TEST_CASE("an hours entry has few keys, which say nothing without the secret")
{
    MergeFacts facts = person(1, "John Smith", 540, 720);
    const auto stored = [](const std::vector<BlockingKey>& keys) {
        return std::ranges::count_if(keys, [](const BlockingKey& key) { return key.use != KeyUse::Look; });
    };
    CHECK(stored(blocking_keys(facts, merge_secret)) == 4);
    hours_of(facts).people.name = "Maria Elena Popescu";
    CHECK(stored(blocking_keys(facts, merge_secret)) <= 7);
    for (const BlockingKey& key : blocking_keys(facts, merge_secret)) {
        for (const BlockingKey& other : blocking_keys(facts, std::string(32, 'x')))
            CHECK(key.key != other.key);
    }
}

TEST_CASE("every rule has a word of its own")
{
    for (int i = 0; i <= static_cast<int>(FlagRule::Clock); ++i) {
        const auto rule = static_cast<FlagRule>(i);
        CHECK(flag_rule_named(name_of(rule)) == rule);
    }
    CHECK_FALSE(flag_rule_named("overlap"));
}
